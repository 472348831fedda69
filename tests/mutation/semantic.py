"""Defects that someone who reads a contract too quickly would make, each as one change of text.

Each row says which kind it breaks, in which module of `reconcile/controllers`, what is put in the place of what, and
what that means to a user. `test_semantic.py` holds the rows to the code: the old text stands there exactly once, and
the new one compiles.
"""

from typing import Final, NamedTuple


class Semantic(NamedTuple):
    """One defect."""

    kind: str
    """Lower case, as controllers are named."""
    module: str
    """A path below `reconcile`."""
    old: str
    new: str
    meaning: str


_RS: Final = "controllers/replicaset.py"
_RANK: Final = "controllers/_ranking.py"
_CLAIM: Final = "controllers/_claim.py"
_PODS: Final = "controllers/_pods.py"

# fmt: off
REPLICASET: Final = (
    (_RS, "extra = len(active) - rs.replicas", "extra = len(active) - rs.replicas - 1", "one pod too many is kept"),
    (_RS, "min(-extra, BURST), -extra", "min(-extra, BURST) + 1, -extra", "one pod too many is created"),
    (_RS, "min(-extra, BURST), -extra", "-extra, -extra", "creates without a bound"),
    (_RS, "min(extra, BURST), observed", "extra, observed", "deletes without a bound"),
    (_RS, "active = ours.where(lambda t: t.active)", "active = ours", "finished and terminating pods count as alive"),
    (_RS, "t.active and selector.matches(t.labels)", "selector.matches(t.labels)", "adopts pods that are on their way out"),
    (_RS, "    if not rs.meta.deleting:\n        failure", "    if True:\n        failure", "makes pods while it is deleted"),
    (_RS, "failure = failure or str(answer)", "failure = None", "a failed create is not an error"),
    (_RS, "        if failure is not None:\n            break\n", "", "goes on creating after a failed batch"),
    (_RS, "answer.reason is not Reason.NAMESPACE_TERMINATING", "True", "a namespace that goes away is an error"),
    (_RS, "answer.reason is not Reason.NOT_FOUND", "True", "a pod that is gone already is a failed delete"),
    (_RS, "ours.count(lambda t: t.terminating and selector.matches(t.labels))", "0", "terminating pods are not reported"),
    (_RS, "wanted <= t.labels.items()", "True", "every pod counts as fully labelled"),
    (_RS, "pods.ready_since(later(now, -min_ready_seconds))[0]", "pods.count(lambda t: t.ready)", "minReadySeconds is ignored"),
    (_RS, "later(following or now, rs.min_ready_seconds)", "later(now, 10 * rs.min_ready_seconds)", "looks again too late"),
    (_RS, "yield WakeAt(later(following or now, rs.min_ready_seconds), \"a ready pod becomes available\")", "yield from ()", "forgets to look again"),
    (_RS, "return without(stored, FAILURE) if find(stored, FAILURE) is not None else stored", "return stored", "ReplicaFailure is never cleared"),
    (_RS, '"FailedCreate" if seen < rs.replicas else "FailedDelete"', '"FailedDelete" if seen < rs.replicas else "FailedCreate"', "reasons of ReplicaFailure are swapped"),
    (_RS, 'status == rs.status and rs.status.get("observedGeneration", 0) == rs.meta.generation', "False", "writes the same status for ever"),
    (_RS, '"observedGeneration": rs.meta.generation}', '"observedGeneration": rs.status.get("observedGeneration", 0)}', "the generation is never observed"),
    (_RS, "    fresh = observed.reread(rs)\n    if isinstance(fresh, Rejected):\n        return new, str(fresh)\n", "    fresh = rs\n", "a conflict is retried on the stale copy"),
    (_RS, "tiers.setdefault(-related.get(node, 0), [])", "tiers.setdefault(related.get(node, 0), [])", "pods go from the emptiest node"),
    (_RANK, "return (trait.assigned,", "return (not trait.assigned,", "scheduled pods go before unscheduled ones"),
    (_RANK, "_PHASES.get(trait.phase, 0), trait.ready", "_PHASES.get(trait.phase, 0), not trait.ready", "ready pods go first"),
    (_RANK, "trait.ready, trait.cost)", "trait.ready, -trait.cost)", "the dearest pods go first"),
    (_RANK, '"Unknown": 1, "Running": 2', '"Unknown": 2, "Running": 1', "Unknown pods go after running ones"),
    (_RANK, "or b.restarts - a.restarts", "or a.restarts - b.restarts", "pods with few restarts go first"),
    (_RANK, "difference or (-1 if a.uid < b.uid else 1)", "difference or (1 if a.uid < b.uid else -1)", "the tie-break by uid is flipped"),
    (_RANK, "(age * 1000).bit_length() - 1 if age > 0", "age if age > 0", "ages are compared exactly, not by magnitude"),
    (_CLAIM, "    if fresh.meta.deleting:\n        return f\"{owner} is being deleted\"\n", "", "adopts for an owner that is being deleted"),
    (_CLAIM, "    if fresh.uid != owner.uid:\n        return f\"{owner} was replaced: its uid is {fresh.uid}, not {owner.uid}\"\n", "", "adopts for an owner that was replaced"),
    (_CLAIM, "    if refusal is not None:\n        return [], refusal\n", "", "adopts without asking whether it may"),
    (_CLAIM, "_RELEASE_IGNORES: Final = (Reason.NOT_FOUND, Reason.INVALID)", "_RELEASE_IGNORES: Final = ()", "a child that vanished fails the release"),
    (_CLAIM, '"$patch": "delete", "uid": owner.uid', '"$patch": "delete", "uid": child.uid', "releases nothing"),
    (_PODS, "size = min(2 * size, BURST)", "size = 1", "never speeds up after a good batch"),
    (_PODS, "start, size = 0, 1", "start, size = 0, BURST", "floods the API server at once"),
    (_PODS, "BURST: Final = 500", "BURST: Final = 499", "the burst is off by one"),
    (_PODS, '"ownerReferences": [controller_reference(owner)]', '"ownerReferences": []', "makes pods that nobody owns"),
)

_SIZES: Final = "controllers/deployment/sizes.py"
_ROLL: Final = "controllers/deployment/rolling.py"
_SCALE: Final = "controllers/deployment/scaling.py"
_NEW: Final = "controllers/deployment/creation.py"
_SETS: Final = "controllers/deployment/replicasets.py"
_PROGRESS: Final = "controllers/deployment/progress.py"
_HISTORY: Final = "controllers/deployment/history.py"
_NOTES: Final = "controllers/deployment/annotations.py"
_MATH: Final = "model/rollout_math.py"
_DPLAN: Final = "controllers/deployment/plan.py"
_RECREATE: Final = "controllers/deployment/recreate.py"
_BACK: Final = "controllers/deployment/rollback.py"
_DSTATUS: Final = "controllers/deployment/status.py"
_DCOND: Final = "controllers/deployment/conditions.py"

DEPLOYMENT: Final = (
    (_MATH, "resolve(max_surge, desired, round_up=True)", "resolve(max_surge, desired, round_up=False)", "surge rounds down"),
    (_MATH, "resolve(max_unavailable, desired, round_up=False)", "resolve(max_unavailable, desired, round_up=True)", "unavailability rounds up"),
    (_MATH, "    if surge == 0 and unavailable == 0:\n        unavailable = 1\n", "", "both bounds 0: the rollout never moves"),
    (_MATH, "return surge, min(unavailable, desired) if desired else 0", "return surge, unavailable", "more may be unavailable than there are"),
    (_MATH, "grown + (0.5 if grown >= 0 else -0.5)", "grown", "shares are cut, not rounded"),
    (_MATH, "min(share, left) if to_add > 0 else max(share, left)", "share", "shares may add up to more than there is"),
    (_SIZES, "resolve(d.max_surge, d.replicas, round_up=True)", "resolve(d.max_surge, d.replicas, round_up=False)", "the new ReplicaSet's surge rounds down"),
    (_SIZES, "min(int32(most - existing), d.replicas - size)", "d.replicas - size", "surge is ignored: all new pods at once"),
    (_SIZES, "min(int32(most - existing), d.replicas - size)", "int32(most - existing)", "the new ReplicaSet outgrows the Deployment"),
    (_SIZES, "return size if existing >= most", "return size if existing > most", "the bound of surge is off by one"),
    (_ROLL, "pending = new.replicas - new.available_replicas", "pending = 0", "new pods count before they are available"),
    (_ROLL, "total((*old, new)) - d.least - pending", "total((*old, new)) - d.least - pending + 1", "one pod too many may go"),
    (_ROLL, "quota = available - d.least", "quota = available - d.least + 1", "availability falls one below its bound"),
    (_ROLL, "quota = available - d.least", "quota = total((*old, new)) - d.least", "unavailable pods are held against the bound"),
    (_ROLL, "available = sum(rs.available_replicas for rs in (*old, new))", "available = sum(rs.ready_replicas for rs in (*old, new))", "ready counts as available"),
    (_ROLL, "count = min(removable - removed, rs.replicas - rs.available_replicas)", "count = min(removable - removed, 0)", "unhealthy old pods are not cleaned up first"),
    (_ROLL, "for rs in old:\n        count = min(rs.replicas, quota - removed)", "for rs in old[::-1]:\n        count = min(rs.replicas, quota - removed)", "the newest old ReplicaSet shrinks first"),
    (_ROLL, "moved = (yield from _scale_new(d, new, sets)) or (yield from _scale_old(d, new, sets))", "moved = yield from _scale_new(d, new, sets)\n    moved = (yield from _scale_old(d, new, sets)) or moved", "scales up and down in one sync"),
    (_ROLL, "    if new.replicas > d.replicas:\n", "    if False:\n", "a new ReplicaSet that is too large stays so"),
    (_ROLL, "if not moved and complete(d, d.status):", "if complete(d, d.status):", "the history is cut while pods still move"),
    (_SCALE, "count is not None and count != d.replicas", "False", "a scaled Deployment is never noticed"),
    (_SCALE, "sorted(aged, key=lambda rs: -rs.replicas)", "sorted(aged, key=lambda rs: rs.replicas)", "small ReplicaSets are served first"),
    (_SCALE, "    if to_add > 0:\n        aged.reverse()\n", "", "of equals the older grow first"),
    (_SCALE, "sizes[0] = max(int32(sizes[0] + to_add - added), 0)", "sizes[-1] = max(int32(sizes[-1] + to_add - added), 0)", "the leftover goes to the last, not the first"),
    (_SCALE, "(d.most if d.replicas > 0 else 0) - total(active)", "d.replicas - total(active)", "proportional scaling forgets the surge"),
    (_SCALE, "elif saturated(d, sets.new):", "elif False:", "a saturated rollout is scaled proportionally"),
    (_NEW, "pod_template_hash(d.template.raw, d.collision_count)", "pod_template_hash(d.template.raw, None)", "collisions lead to the same name again"),
    (_NEW, "(d.collision_count or 0) + 1", "d.collision_count or 0", "a collision is not counted"),
    (_NEW, "if ours and same_template(there.template.raw, d.template.raw):", "if ours:", "any ReplicaSet of that name is taken for the new one"),
    (_NEW, 'put(d.selector or EMPTY, ("matchLabels", HASH_LABEL), suffix)', "d.selector or EMPTY", "ReplicaSets select each other's pods"),
    (_NEW, '"minReadySeconds": d.min_ready_seconds or None,', "", "minReadySeconds is not handed on"),
    (_NEW, "{**foreign(d), **sizes_of(d)}", "{**d.meta.annotations, **sizes_of(d)}", "the last-applied annotation is copied"),
    (_SETS, "new = next((rs for rs in claimed if", "new = next((rs for rs in reversed(claimed) if", "the youngest of two equal templates is the new one"),
    (_SETS, "changed or new.min_ready_seconds != d.min_ready_seconds", "changed", "a new minReadySeconds is not handed on"),
    (_SETS, "orphans = [rs for rs in matching.of(ReplicaSet) if not rs.meta.deleting]", "orphans = matching.of(ReplicaSet)", "adopts ReplicaSets that are being deleted"),
    (_NOTES, "(max(highest, 0) + 1 + 2**63) % 2**64 - 2**63", "max(highest, 0)", "revisions do not grow"),
    (_NOTES, "    if old >= number:\n        return copied, copied is not rs\n", "", "the revision is lowered"),
    (_NOTES, "if key not in OWN}", "}", "the controller's own annotations are copied"),
    (_NOTES, 'return ",".join([*entries, old]) if length', 'return ",".join([old, *entries]) if length', "the history of revisions is in the wrong order"),
    (_PROGRESS, 'counts = (status.get(key) or 0 for key in ("updatedReplicas", "replicas", "availableReplicas"))', 'counts = (status.get(key) or 0 for key in ("updatedReplicas", "availableReplicas"))', "complete while old pods are left"),
    (_PROGRESS, "or _outdated(new) < _outdated(old)", "", "the end of an old pod is no progress"),
    (_PROGRESS, "return replaced(conditions, condition(PROGRESSING", "return with_condition(conditions, condition(PROGRESSING", "progress does not start the deadline anew"),
    (_PROGRESS, 'current is None or d.progress_deadline is None or current.get("reason") == COMPLETE:\n        return False', 'current is None or d.progress_deadline is None:\n        return False', "a complete rollout times out"),
    (_PROGRESS, "return FrozenList(without(conditions, REPLICA_FAILURE))", "return conditions", "ReplicaFailure is never cleared"),
    (_PROGRESS, "later(observed.now, left + 1)", "later(observed.now, left)", "looks again at the very deadline, too early"),
    (_PROGRESS, "    else:\n        yield from _await_deadline(d, status, observed)\n", "", "the deadline is never looked at"),
    (_HISTORY, "excess = len(kept) - d.history_limit", "excess = len(kept) - d.history_limit + 1", "one revision fewer is kept"),
    (_HISTORY, "by_revision(kept)[:excess]", "by_revision(kept)[-excess:]", "the newest history goes first"),
    (_HISTORY, "rs.current_replicas or rs.replicas or", "rs.replicas or", "a ReplicaSet goes while it still has pods"),
    (_DPLAN, 'd.paused == (reason == PAUSED)', "True", "pausing is not noted"),
    (_DPLAN, "    if d.paused:\n        yield from follow_size", "    if False:\n        yield from follow_size", "a paused Deployment rolls out"),
    (_DPLAN, "    if d.meta.deleting:\n", "    if False:\n", "rolls out while it is being deleted"),
    (_RECREATE, "not sets.active_old and not _old_pods_left(sets, observed)", "not sets.active_old", "Recreate does not wait for the old pods to end"),
    (_RECREATE, "t.owner == rs.key and t.phase not in FINISHED", "t.owner == rs.key and t.active", "Recreate does not wait for terminating pods"),
    (_BACK, "        if number >= highest:\n            second, highest = highest, number\n        elif number > second:\n            second = number\n", "        second = max(second, number)\n", "rolls back to the newest revision"),
    (_BACK, "_cleared(returned(d, found))", "returned(d, found)", "the rollback is asked for again and again"),
    (_DSTATUS, '"unavailableReplicas": max(0, total(every) - available)', '"unavailableReplicas": max(0, d.replicas - available)', "unavailable is measured against the spec"),
    (_DSTATUS, "available >= d.least", "available >= d.replicas", "Available wants every pod"),
    (_DSTATUS, '"updatedReplicas": sets.new.current_replicas if', '"updatedReplicas": sets.new.replicas if', "updated pods are those wanted, not those there"),
    (_DCOND, 'if old is not None and old.get("status") == new["status"]:', "if False:", "a condition turns although its status stays"),
)

_KEEP: Final = "controllers/statefulset/replicas.py"
_DOWN: Final = "controllers/statefulset/update.py"
_LINE: Final = "controllers/statefulset/lineup.py"
_SELF: Final = "controllers/statefulset/identity.py"
_VISIT: Final = "controllers/statefulset/visit.py"
_SREV: Final = "controllers/statefulset/revisions.py"
_SSTATUS: Final = "controllers/statefulset/status.py"
_RETAIN: Final = "controllers/statefulset/retention.py"
_SCLAIMS: Final = "controllers/statefulset/claims.py"
_SPLAN: Final = "controllers/statefulset/plan.py"
_REVISIONS: Final = "controllers/_history.py"

STATEFULSET: Final = (
    (_KEEP, "    if not sts.parallel and not _settled(sts, pod, observed):\n        return WAIT\n", "", "does not wait for the pod before"),
    (_KEEP, "not pod.meta.deleting and running_available(sts, pod, observed.now)", "running_available(sts, pod, observed.now)", "a terminating pod counts as healthy"),
    (_KEEP, "    return None if sts.parallel else WAIT\n\n\ndef _claim_is_stale", "    return None\n\n\ndef _claim_is_stale", "creates several pods in one ordered sync"),
    (_KEEP, "    if pod.finished:\n        return (yield from _replace(sts, pod))\n", "", "a failed pod is not replaced"),
    (_KEEP, "    error = yield from create_missing(sts, pod, ordinal_of(pod), claims)\n    if error is not None:\n        yield _event(sts, \"Create\"", "    error = None\n    if error is not None:\n        yield _event(sts, \"Create\"", "a pod is made without its claims"),
    (_DOWN, "first = next((pod for pod in reversed(condemned)", "first = next((pod for pod in condemned", "the highest unhealthy pod goes, not the lowest"),
    (_DOWN, "    if pod.meta.deleting:\n        return None if sts.parallel else WAIT\n", "", "does not wait for the pod that is going"),
    (_DOWN, "if not sts.parallel and pod is not first and not running_available(sts, pod, now):", "if False:", "an unhealthy pod does not halt the scale-down"),
    (_DOWN, "range(sts.replicas - 1, (sts.partition or 0) - 1, -1)", "range(sts.replicas - 1, (sts.partition or 0), -1)", "the pod at the partition is not updated"),
    (_DOWN, "range(sts.replicas - 1, (sts.partition or 0) - 1, -1)", "range(sts.replicas - 1, -1, -1)", "the partition is ignored"),
    (_DOWN, "range(sts.replicas - 1, (sts.partition or 0) - 1, -1)", "range(sts.partition or 0, sts.replicas)", "the rollout goes upwards"),
    (_DOWN, "        if unavailable(sts, pod, now):\n            return NOTHING_ROLLED\n", "", "the rollout does not wait for unavailable pods"),
    (_DOWN, "return Rolled(error=error) if error is not None else Rolled(replaced=1)", "return Rolled(error=error)", "currentReplicas is not lowered"),
    (_LINE, "sorted(condemned, key=ordinal_of, reverse=True)", "sorted(condemned, key=ordinal_of)", "the lowest ordinal goes first"),
    (_LINE, "return self.revisions.current if index < kept else self.revisions.update", "return self.revisions.update", "pods below the partition get the update revision"),
    (_LINE, "index < kept", "index <= kept", "the partition is off by one"),
    (_LINE, "replicas[ordinal - sts.start] = pod", "replicas[ordinal - sts.start] = replicas[ordinal - sts.start] or pod", "of two pods with one ordinal the first counts"),
    (_SELF, "sts.start <= ordinal < sts.start + sts.replicas", "sts.start <= ordinal <= sts.start + sts.replicas", "one ordinal too many"),
    (_SELF, "sts.start <= ordinal < sts.start + sts.replicas", "0 <= ordinal < sts.replicas", "ordinals.start is ignored"),
    (_SELF, 'return pod.phase == "Running" and pod.ready', 'return pod.phase == "Running"', "running counts as ready"),
    (_SELF, "return running_ready(pod) and pod.available(sts.min_ready_seconds, now)", "return running_ready(pod)", "minReadySeconds is ignored between pods"),
    (_SELF, "        POD_LABEL: revision.name,\n", "", "pods carry no revision"),
    (_SELF, 'own = {"hostname": name, "subdomain": sts.service_name}', 'own = {"hostname": name}', "pods have no stable domain name"),
    (_SELF, "pod is None or pod.meta.deleting or not", "pod is None or not", "a terminating pod counts as available in the rollout"),
    (_VISIT, "        if errors:\n            return Halt", "        if False:\n            return Halt", "goes on after a failed batch"),
    (_SREV, "    if equal:\n", "    if False:\n", "a rollback makes a new revision"),
    (_SREV, "return revision_patch(template_defaults(restored_template(revision.data))) == data", "return False", "an upgrade of Kubernetes restarts every pod"),
    (_SREV, "        collisions += 1\n", "        collisions += 1\n        number += 1\n        body = put(body, (\"revision\",), number)\n", "a collision skips a number"),
    (_SREV, "    live |= {chosen.current.name, chosen.update.name} if chosen is not None else set()\n", "", "the wanted revision is cut from the history"),
    (_SREV, "return Revisions(next(named, update), update, collisions), None", "return Revisions(update, update, collisions), None", "the current revision is forgotten"),
    (_SSTATUS, 'status["currentReplicas"] -= replaced', "pass", "pods that were just replaced count as current"),
    (_SSTATUS, "for pod in seen if not pod.meta.deleting)", "for pod in seen)", "terminating pods count for their revision"),
    (_SSTATUS, 'if sts.strategy == "RollingUpdate" and _complete(sts, status):', "if False:", "a rollout is never complete"),
    (_SSTATUS, "answer.reason is not Reason.CONFLICT", "True", "a conflict is not tried again"),
    (_RETAIN, '("Retain", "Delete"): (SET, SET)', '("Retain", "Delete"): (SET, POD)', "claims go when a set is scaled though they are to stay"),
    (_RETAIN, '("Delete", "Retain"): (NOBODY, POD)', '("Delete", "Retain"): (POD, POD)', "a restarted pod loses its claims"),
    (_RETAIN, '("Retain", "Retain"): (NOBODY, NOBODY)', '("Retain", "Retain"): (SET, SET)', "claims go with the set though they are to stay"),
    (_RETAIN, "wanted if in_range(sts, ordinal_of(pod)) else scaled_away", "wanted", "the claims of pods that are scaled away stay"),
    (_SCLAIMS, 'return f"{template_name(template)}-{sts.name}-{ordinal}"', 'return f"{template_name(template)}-{sts.name}"', "all pods share one claim"),
    (_SCLAIMS, '{**(meta.get("labels") or EMPTY), **((sts.selector or EMPTY).get("matchLabels") or EMPTY)}', '{**(meta.get("labels") or EMPTY)}', "claims do not carry the set's labels"),
    (_SCLAIMS, "        elif known.meta.deleting:\n            errors.append(f\"claim {name} is being deleted\")\n", "", "a pod is made beside a claim that goes away"),
    (_SPLAN, "parted(pod.name)[0] == sts.name and selector", "selector", "pods of another set are taken"),
    (_SPLAN, "    if sts.meta.deleting:\n        return status_of", "    if False:\n        return status_of", "makes pods while it is deleted"),
    (_SPLAN, "    if halt is None:\n        halt = yield from scale_down", "    if True:\n        halt = yield from scale_down", "scales down before all wanted pods are ready"),
    (_SPLAN, '    if sts.strategy != "RollingUpdate":\n        return NOTHING_ROLLED\n', "", "OnDelete rolls out by itself"),
    (_REVISIONS, "return max((revision.revision for revision in revisions), default=0) + 1", "return len(list(revisions)) + 1", "numbers of revisions repeat"),
    (_REVISIONS, "return dead[: max(excess, 0)]", "return dead[len(dead) - max(excess, 0) :]", "the newest history goes first"),
    (_REVISIONS, "excess = len(revisions if live_count else dead) - limit", "excess = len(revisions) - limit", "revisions in use count against the limit"),
)

_NODES: Final = "controllers/daemonset/manage.py"
_DROLL: Final = "controllers/daemonset/rolling.py"
_NSTATUS: Final = "controllers/daemonset/status.py"
_WAITS: Final = "controllers/daemonset/backoff.py"
_CARRY: Final = "controllers/daemonset/carry.py"
_SCENE: Final = "controllers/daemonset/scene.py"
_NHISTORY: Final = "controllers/daemonset/history.py"
_NPLAN: Final = "controllers/daemonset/plan.py"
_FITS: Final = "model/daemonset.py"

DAEMONSET: Final = (
    (_NODES, "    if not trait.exists or not trait.should_run:\n        return False\n", "", "makes pods on nodes that must not have one"),
    (_NODES, "return not running(trait) if scene.surges else not trait.pods", "return not running(trait)", "makes a pod beside one that is on its way out"),
    (_NODES, "return not running(trait) if scene.surges else not trait.pods", "return not trait.pods", "a surging node waits for the old pod to go"),
    (_NODES, "if not pod.deleting and not pod.ended]", "if not pod.deleting]", "ended pods count as running"),
    (_NODES, "wait = _hold(scene, waits, entry.node) if pod.phase == FAILED else None", "wait = None", "failed pods are deleted without back-off"),
    (_NODES, "if pod.phase == FAILED else None", "", "succeeded pods are held back, too"),
    (_NODES, 'yield WakeAt(later(scene.observed.now, min(delays)), "a failed pod is left alone for a while")', "pass", "forgets the pod that waits"),
    (_NODES, "for place in running(entry.trait)[1:]:", "for place in running(entry.trait)[:-1]:", "of two pods of a node the older goes"),
    (_NODES, "for place in running(entry.trait)[1:]:", "for place in ():", "a node keeps two pods"),
    (_NODES, '        if not pod.meta.deleting:\n            yield Doomed(pod, f"{entry.node} must not run a pod")', '        if False:\n            yield Doomed(pod, f"{entry.node} must not run a pod")', "pods stay on nodes that must not have one"),
    (_NODES, "            if not pod.node:\n                yield Doomed", "            if pod.node:\n                yield Doomed", "bound pods of a node that is gone are deleted"),
    (_NODES, "    if not old.ready:\n        yield Doomed", "    if False:\n        yield Doomed", "an old pod that is not ready stays until the new one is available"),
    (_NODES, "elif new.available(scene.ds.min_ready_seconds, scene.observed.now):", "else:", "the old pod goes before the new one is available"),
    (_DROLL, "    if desired > 0 and unavailable == 0 and surge == 0:\n        unavailable = 1\n", "", "both bounds 0: the rollout never moves"),
    (_DROLL, "min(limit - without, BURST - len(lost))", "limit", "nodes without a pod are not held against the bound"),
    (_DROLL, "min(limit - without, BURST - len(lost))", "min(limit - without + 1, BURST - len(lost))", "one node too many loses its pod"),
    (_DROLL, "lost = scene.first(BURST, *broken)", "lost = scene.first(limit, *broken)", "broken old pods are held to the bound"),
    (_DROLL, "if not stand.excess and stand.new is None and stand.old is not None]\n    without", "if stand.new is None and stand.old is not None]\n    without", "nodes with too many pods are rolled"),
    (_DROLL, "min(limit - busy, BURST - len(broken))", "limit", "surging nodes are not counted"),
    (_DROLL, "sum(_missing(scene, *pair) for pair in both)", "0", "new pods that are not available yet do not count as surging"),
    (_DROLL, "sum(_serving(scene, stand) for stand in single) - scene.desired", "sum(_serving(scene, stand) for stand in single)", "pods on unwanted nodes go at once"),
    (_DROLL, "    _need_nodes(single)\n", "", "a node that is gone is no error"),
    (_DROLL, "staying = [place for place, pod in enumerate(trait.pods) if not pod.deleting]", "staying = list(range(len(trait.pods)))", "terminating pods take part in the rollout"),
    (_SCENE, "round_up=True", "round_up=False", "percentages round down"),
    (_SCENE, "or pod.generation == self._generation", "", "the generation label does not count"),
    (_SCENE, "share(self.ds, self.ds.max_surge, 1) > 0", "share(self.ds, self.ds.max_surge, self.desired) > 0", "whether a node surges is measured on all nodes"),
    (_SCENE, "if ds.rolling else 0", "", "OnDelete surges"),
    (_NSTATUS, 'if trait.exists:\n            total.update', 'if True:\n            total.update', "pods on nodes that are gone are counted"),
    (_NSTATUS, 'return {"numberMisscheduled": size} if trait.pods else {}', "return {}", "misscheduled pods are not told"),
    (_NSTATUS, "senior = trait.pods[0]", "senior = trait.pods[-1]", "the youngest pod of a node is reported"),
    (_NSTATUS, '"numberAvailable": group.available(0, scene.matured)', '"numberAvailable": size if senior.ready else 0', "minReadySeconds is ignored"),
    (_NSTATUS, "if not changed and ds.observed_generation >= ds.meta.generation:", "if False:", "writes the same status for ever"),
    (_NSTATUS, "generation = ds.meta.generation if seen else None", "generation = ds.meta.generation", "a generation is reported that was not acted on"),
    (_NSTATUS, 'yield WakeAt(later(scene.observed.now, seconds), "a ready pod becomes available")', "yield from ()", "forgets to look again"),
    (_WAITS, "min(2 * self.seconds, LONGEST)", "self.seconds", "the back-off does not grow"),
    (_WAITS, "now - self.since >= timedelta(seconds=self.seconds)", "True", "the back-off is not waited for"),
    (_WAITS, "FIRST if self.expired(now) else min(2 * self.seconds, LONGEST)", "min(2 * self.seconds, LONGEST)", "an old failure is never forgotten"),
    (_CARRY, "work.creates[:BURST]", "work.creates", "creates without a bound"),
    (_CARRY, "list(islice(work.deletes, BURST))", "list(work.deletes)", "deletes without a bound"),
    (_CARRY, "own |= {POD_LABEL: digest} if digest else {}", "", "pods carry no revision"),
    (_CARRY, 'put(body, ("spec",), pinned_to(body["spec"], node))', "body", "pods are not meant for a node"),
    (_CARRY, 'return put(labelled, ("spec",), ds.pod_spec)', "return labelled", "pods lack the automatic tolerations"),
    (_CARRY, "        if error is not None:\n            break\n", "", "goes on creating after a failed batch"),
    (_NHISTORY, "kept = max(reversed(current), key=", "kept = max(current, key=", "of equal revisions the first is kept"),
    (_NHISTORY, "if error is None and kept.revision < number:", "if False:", "a rollback does not renumber"),
    (_NHISTORY, "count = (live.collision_count or 0) + 1", "count = live.collision_count or 0", "a collision is not counted"),
    (_NHISTORY, "labels = claimed.revisions() - {\"\"}", "labels: set[str] = set()", "revisions in use are cut from the history"),
    (_NHISTORY, "live_count=True", "live_count=False", "revisions in use do not count against the limit"),
    (_NHISTORY, "strange = [pod for pod in claimed.pods() if revision_label(pod.meta.labels) != wanted]", "strange = []", "pods of a merged revision are restarted"),
    (_NHISTORY, "orphans = [item for item in orphan_revisions(ds, selector, observed) if not item.meta.deleting]", "orphans = orphan_revisions(ds, selector, observed)", "adopts revisions that are being deleted"),
    (_NPLAN, "    if ds.meta.deleting:\n        return\n", "", "makes pods while it is deleted"),
    (_NPLAN, "not done.acted and ds.rolling", "ds.rolling", "rolls out in the sync that already made or removed pods"),
    (_NPLAN, "not done.acted and ds.rolling", "not done.acted", "OnDelete rolls out by itself"),
    (_NPLAN, "if observed.settled else None", "", "acts on a cache that does not show its own writes"),
    (_FITS, '    if untolerated(tolerations, node, ("NoExecute",)):\n        return False, False\n', "", "NoExecute does not drive pods away"),
    (_FITS, 'return not untolerated(tolerations, node, ("NoSchedule",)), True', "return True, True", "NoSchedule does not keep pods away"),
    (_FITS, '    ("node.kubernetes.io/unschedulable", "NoSchedule"),\n', "", "a cordoned node gets no pod"),
    (_FITS, "    if not selects(spec, node):\n        return False, False\n", "", "the node selector is ignored"),
    (_FITS, "_ON_HOST_NETWORK if spec.get(\"hostNetwork\") else ()", "_ON_HOST_NETWORK", "every pod tolerates a missing network"),
    (_NODES, "if not entry.should_continue:", "if not entry.should_run:", "NoSchedule drives pods away"),
    (_NODES, "if trait.pods[place].revision == scene.hash]", "if scene.updated(trait.pods[place])]", "the generation decides which of two pods is new"),
    (_NODES, "sorted([*news[1:], *olds[1:]])", "sorted(olds[1:])", "a surging node keeps two new pods"),
    (_NODES, "for pod in entry.pods:\n            if not pod.node:", "for pod in entry.pods[:1]:\n            if not pod.node:", "of the pods that wait for a node that is gone one goes"),
    (_NODES, "min(delays)", "max(delays)", "looks again after the longest wait"),
    (_NODES, "delays.append(wait.seconds)\n                continue", "delays.append(wait.seconds)", "a pod that waits is deleted all the same"),
    (_NODES, "    waits[key] = failed(waits, key, now)\n", "", "the back-off never begins"),
    (_WAITS, "return f\"{ds.uid}/{ds.observed_generation}/{node}\"", "return f\"{ds.uid}/{ds.observed_generation}\"", "all nodes share a back-off"),
    (_WAITS, "{ds.observed_generation}/", "", "a new template gets no new chance"),
    (_WAITS, "now - self.since >= timedelta", "now - self.since > timedelta", "the back-off is waited for a moment too long"),
    (_DROLL, "excess = len(news) > 1 or len(olds) > 1", "excess = len(staying) > 1", "an old and a new pod are too many"),
    (_DROLL, "if stand.excess or alone is None:", "if alone is None:", "nodes with too many pods count as served"),
    (_DROLL, "lost = scene.first(BURST, *broken)", "lost = scene.first(0, *broken)", "broken old pods are not replaced"),
    (_DROLL, "scene.first(min(spare, BURST - len(gone)), *(_with_available", "scene.first(min(spare + 1, BURST - len(gone)), *(_with_available", "one pod too many leaves an unwanted node"),
    (_DROLL, "place = stand.old if stand.old is not None else stand.new", "place = stand.new if stand.new is not None else stand.old", "of two pods the new one counts as serving"),
    (_DROLL, "if not pair[0].trait.should_run]", "if False]", "old pods on unwanted nodes stay during a surge"),
    (_DROLL, "busy = sum(len(stand.group) for stand in stands if stand.excess) + sum", "busy = sum", "crowded nodes do not count as surging"),
    (_SCENE, "if trait.exists and trait.should_run)", "if trait.exists and trait.should_continue)", "nodes that only keep a pod count for the bounds"),
    (_NSTATUS, '["desiredNumberScheduled"] - total["numberAvailable"]', '["desiredNumberScheduled"] - total["numberReady"]', "ready pods count as available in what is unavailable"),
    (_NSTATUS, '"numberReady": size if senior.ready else 0', '"numberReady": size if senior.ready and not senior.deleting else 0', "a ready pod on its way out is not reported"),
    (_NSTATUS, "if seconds > 0 and", "if False and", "does not come back for a pod that becomes available"),
    (_NHISTORY, "next_number(old)", "next_number(revisions)", "every sync renumbers the wanted revision"),
    (_NHISTORY, "for revision in surplus(old, live, ds.history_limit, live_count=True)", "for revision in surplus(old, live, ds.history_limit + 1, live_count=True)", "the history keeps one too many"),
    (_NHISTORY, "for revision in surplus(old, live,", "for revision in surplus(old[::-1], live,", "the newest of the history go"),
    (_NHISTORY, "requests += [_superfluous(revision, kept) for revision in others]", "requests += []", "equal revisions stay"),
    (_CARRY, "own = {} if ds.template_generation is None else {GENERATION_LABEL: str(ds.template_generation)}", "own: dict[str, str] = {}", "pods carry no generation"),
    (_CARRY, "elif answer.reason is not Reason.NOT_FOUND:", "else:", "a pod that is gone already is an error"),
)

_TALLY: Final = "controllers/job/tally.py"
_FLUSH: Final = "controllers/job/flush.py"
_MANAGE: Final = "controllers/job/manage.py"
_CREATE: Final = "controllers/job/creation.py"
_POLICY: Final = "controllers/job/policy.py"
_REMOVE: Final = "controllers/job/removal.py"
_JPLAN: Final = "controllers/job/plan.py"
_JCOND: Final = "controllers/job/conditions.py"
_TERMINAL: Final = "controllers/job/terminal.py"
_BACKOFF: Final = "model/backoff.py"

JOB: Final = (
    (_TALLY, "and p.uid not in known and self.valid(p)]\n\n    @cached_property\n    def new_failed", "and self.valid(p)]\n\n    @cached_property\n    def new_failed", "a success is counted again while it is on its way"),
    (_TALLY, "failed(self.job, p) and p.uid not in known and self.valid(p)", "failed(self.job, p) and self.valid(p)", "a failure is counted again while it is on its way"),
    (_TALLY, "fresh = sum(judge(self.job, pod).counts for pod in self.new_failed)", "fresh = len(self.new_failed)", "ignored failures are held against the Job"),
    (_TALLY, "UNKNOWN < completion_index(pod) < self.job.limit", "UNKNOWN < completion_index(pod) <= self.job.limit", "an index beyond the completions counts"),
    (_TALLY, 'if tracked(pod) and pod.uid not in self.removed]', "if pod.uid not in self.removed]", "pods that were counted count again"),
    (_TALLY, "self.job.start_time or (None if self.job.suspended else self.now)", "self.job.start_time or self.now", "a suspended Job starts"),
    (_FLUSH, "CAP: Final = 500", "CAP: Final = 501", "the bound of uncounted pods is off by one"),
    (_FLUSH, "not (counted.capped or counters.waiting or managed.terminating)", "not (counted.capped or managed.terminating)", "ends while pods are still uncounted"),
    (_FLUSH, "not (counted.capped or counters.waiting or managed.terminating)", "not (counted.capped or counters.waiting)", "ends while pods are on their way out"),
    (_FLUSH, "succeeded + len(self.waiting_succeeded) - len(succeeded)", "succeeded + len(self.waiting_succeeded)", "successes are counted twice"),
    (_FLUSH, "    if _differs(tally.job, new):\n        answer", "    if False:\n        answer", "finalizers go before their pods are noted"),
    (_FLUSH, "if tally.job.meta.deleting or end is not None:", "if end is not None:", "the pods of a Job that is deleted keep their finalizers"),
    (_FLUSH, "INDEXES if tally.valid(pod) and not tally.reported_completed.has(completion_index(pod)) else None", "SUCCEEDED", "an Indexed Job counts pods, not indexes"),
    (_FLUSH, "return failed(tally.job, pod) and (held is None or held.uid != pod.uid)", "return failed(tally.job, pod)", "the count of an index's failures is lost"),
    (_FLUSH, 'lost = end is not None and end["type"] != SUCCESS_MET', "lost = False", "pods that a failed Job stopped are not counted"),
    (_FLUSH, '        status["completionTime"] = final["lastTransitionTime"]\n', "        pass\n", "the time of completion is not told"),
    (_FLUSH, "return [*conditions, end], turned(end, FAILED, now)", "return conditions, turned(end, FAILED, now)", "the failure is not announced"),
    (_MANAGE, "max(0, min(job.completions - tally.successes, job.parallelism))", "max(0, job.completions - tally.successes)", "parallelism is ignored"),
    (_MANAGE, "max(0, min(job.completions - tally.successes, job.parallelism))", "max(0, min(job.completions, job.parallelism))", "goes on making pods for what has succeeded"),
    (_MANAGE, "tally.claimed.active if tally.successes > 0 else job.parallelism", "job.parallelism", "a work queue starts pods after the first success"),
    (_MANAGE, "(tally.claimed.terminating if job.replaces_only_failed else 0)", "0", "a pod on its way out is replaced at once"),
    (_MANAGE, "if job.suspended:", "if False:", "a suspended Job runs"),
    (_MANAGE, "active = created.pods if created.pods is not None else 0", "active = created.pods if created.pods is not None else now.active", "a Job that waits reports its active pods"),
    (_CREATE, "wait = 0.0 if tally.job.per_index else tally.record.remaining(tally.now)", "wait = 0.0", "no back-off after failures"),
    (_CREATE, "max(wait, _SOONEST)", "_SOONEST", "does not sleep through the back-off"),
    (_CREATE, "terminating = tally.terminating_indexes if tally.job.replaces_only_failed else nobody", "terminating = nobody", "an index gets a second pod before the first has ended"),
    (_CREATE, "busy = tally.active_indexes | terminating", "busy = terminating", "an index gets two pods"),
    (_CREATE, "count = {FAILURE_COUNT: str(index_failures(before) + counts)}", "count = {FAILURE_COUNT: str(index_failures(before))}", "failures of an index are not carried on"),
    (_CREATE, "if JOB_TRACKING not in finalizers:", "if False:", "pods are not tracked"),
    (_CREATE, 'COMPLETION_INDEX: text, **failures}', "**failures}", "pods do not carry their index"),
    (_POLICY, "    if not code:\n        return False\n", "", "NotIn matches exit code 0"),
    (_POLICY, "return listed if wanted.get(\"operator\") == \"In\" else not listed", "return listed", "NotIn is In"),
    (_POLICY, "return self.action != IGNORE", "return True", "Ignore does not ignore"),
    (_POLICY, 'for key in ("containerStatuses", "initContainerStatuses"):', 'for key in ("initContainerStatuses", "containerStatuses"):', "init containers are looked at first"),
    (_POLICY, "common == wanted.total or (count is not None and common >= count)", "common == wanted.total", "succeededCount is ignored beside indexes"),
    (_REMOVE, "*others, last = sorted(pods, key=first_to_go)", "last, *others = sorted(pods, key=first_to_go)", "of two pods of an index the better one goes"),
    (_REMOVE, "        if tracked(pod):\n            answer = yield untrack(pod, why)", "        if False:\n            answer = yield untrack(pod, why)", "removed pods are counted as failures"),
    (_REMOVE, "*rank_class(pod.trait)[:3],", "*rank_class(pod.trait),", "the deletion cost matters to a Job"),
    (_JPLAN, "if job.managed_elsewhere:", "if False:", "takes a Job that somebody else manages"),
    (_JPLAN, "seen = observed.settled and not memory.get(\"expectationsPending\")", "seen = True", "acts on a cache that does not show its own writes"),
    (_JPLAN, "enough = tally.successes > 0 if completions is None", "enough = tally.successes >= tally.job.parallelism if completions is None", "a work queue waits for a success of each"),
    (_JPLAN, "return enough and active == 0", "return enough", "is complete while pods still run"),
    (_JPLAN, '        return job.drop(("status", "startTime"))\n', "        return job\n", "a suspended Job's deadline goes on running"),
    (_JCOND, "if new[\"status\"] != \"False\" else None", "", "Suspended=False is told where nothing was suspended"),
    (_BACKOFF, "BASE << min(failures - 1, 6)", "BASE", "the back-off does not grow"),
    (_BACKOFF, "min(LONGEST, BASE << min(failures - 1, 6))", "BASE << (failures - 1)", "the back-off has no bound"),
    (_BACKOFF, "failures = [moment for moment in failures if moment > success]", "failures = list(failures)", "a success does not reset the back-off"),
    (_TALLY, "UNKNOWN < completion_index(pod) < self.job.limit", "completion_index(pod) < self.job.limit", "a pod without an index counts"),
    (_TALLY, "index_failures(pod) >= limit", "index_failures(pod) > limit", "an index is tried once more than it may be"),
    (_TALLY, "return pod if newer else held", "return pod", "of two failed pods of an index the last one counts"),
    (_TALLY, "return not job.replaces_only_failed and pod.terminating", "return pod.terminating", "a pod that is waited for has failed already"),
    (_TERMINAL, "tally.failures > tally.job.backoff_limit", "tally.failures >= tally.job.backoff_limit", "fails at the limit of failures, not beyond it"),
    (_TERMINAL, "total >= max(tally.job.backoff_limit, 1)", "total > tally.job.backoff_limit", "one restart too many is allowed"),
    (_TERMINAL, "if left <= 0:", "if left < 0:", "the deadline itself is not too late"),
    (_TERMINAL, "job.active_deadline is None or job.suspended or tally.start is None", "job.active_deadline is None or tally.start is None", "the deadline runs on while suspended"),
    (_TERMINAL, "count > most", "count >= most", "as many failed indexes as are allowed are too many"),
    (_TERMINAL, "count + tally.completed.total >= tally.job.limit", "count + tally.completed.total > tally.job.limit", "a Job with failed indexes never ends"),
    (_TERMINAL, "_settled(tally) or _job_failed(tally) or _limit_reached(tally)", "_settled(tally) or _limit_reached(tally) or _job_failed(tally)", "the limit is looked at before the policy"),
    (_TERMINAL, "for pod in tally.claimed.not_succeeded:", "for pod in tally.new_failed:", "FailJob forgets pods that were counted"),
    (_TERMINAL, "found or _indexes_failed(tally) or _policy_met(tally)", "found or _policy_met(tally) or _indexes_failed(tally)", "success is looked at before failed indexes"),
    (_POLICY, "for number, rule in enumerate(job.failure_rules or NOTHING):", "for number, rule in [*enumerate(job.failure_rules or NOTHING)][::-1]:", "the last failure rule decides"),
    (_POLICY, "for number, rule in enumerate(job.success_rules):", "for number, rule in [*enumerate(job.success_rules)][::-1]:", "the last success rule decides"),
    (_POLICY, "    if not wanted.total:\n        return False\n", "", "a success rule beyond the completions is met"),
    (_POLICY, "succeeded.total >= count", "succeeded.total > count", "succeededCount is off by one"),
    (_POLICY, "if (condition.get(\"type\"), condition.get(\"status\")) in wanted:", "if (condition.get(\"type\"), \"True\") in wanted:", "a condition that is False matches"),
    (_POLICY, "wanted.get(\"containerName\") in (None, status.get(\"name\")) and ", "", "a rule for one container matches all"),
    (_CREATE, "remaining(all_index_failures(pod) + 1,", "remaining(index_failures(pod) + 1,", "ignored failures of an index do not make it wait"),
    (_CREATE, "sorted(busy), tally.failed_indexes)", "sorted(busy), None)", "indexes that have failed are tried again"),
    (_CREATE, "active - len(errors) - (len(items) - tried)", "active - len(errors)", "pods that were never asked for are reported"),
    (_CREATE, "return put(put(body, (\"metadata\",), new), (\"spec\", \"hostname\"), f\"{job.name}-{index}\")", "return put(body, (\"metadata\",), new)", "pods have no host name of their own"),
    (_MANAGE, "if job.replaces_only_failed else 0) - active", "if job.replaces_only_failed else 0)", "active pods are not counted"),
    (_REMOVE, "        ready += pod.ready\n", "", "removed pods are still ready"),
    (_REMOVE, "for pod in sorted(tally.claimed.active_pods,", "for pod in sorted(tally.claimed.unfinished,", "pods on their way out are deleted again"),
    (_JPLAN, "== tally.claimed.active and seen", "== tally.claimed.active", "ends before it sees its own writes"),
    (_JPLAN, "acts = seen and not draft.meta.deleting", "acts = seen", "a Job that is deleted makes pods"),
    (_JPLAN, "tally.successes >= completions", "tally.successes > completions", "waits for one success too many"),
    (_JPLAN, "return _BATCH if same else 0.0", "return 0.0", "a burst of changes is not one sync"),
    (_JCOND, "return None if _alike(old, new) else", "return None if False else", "a condition turns in every sync"),
    (_FLUSH, "if error is None and final is not None and not (", "if final is not None and not (", "ends though a pod kept its finalizer"),
    (_FLUSH, "or 0) > job.completions:", "or 0) >= job.completions:", "exactly as many successes as wanted are too many"),
    (_FLUSH, "lost = end is not None and end[\"type\"] != SUCCESS_MET", "lost = end is not None", "pods that a success stopped have failed"),
    ("controllers/job/claimed.py", "return self._pods(TERMINATING, FINISHED, accept=lambda t: t.tracked)", "return self._pods(TERMINATING, FINISHED)", "an index that was counted comes back"),
    ("controllers/job_orphan.py", "if job.finished and not job.managed_elsewhere else None", "if job.finished else None", "pods of somebody else's Job are let go"),
    (_BACKOFF, "if moment > success]", "if moment >= success]", "a failure at the moment of a success counts"),
)

_START: Final = "controllers/cronjob/start.py"
_SLOTS: Final = "controllers/_slots.py"
_CHISTORY: Final = "controllers/cronjob/history.py"
_CPLAN: Final = "controllers/cronjob/plan.py"
_CACTIVE: Final = "controllers/cronjob/active.py"

CRONJOB: Final = (
    (_START, "later(slot, deadline) < observed.now", "later(slot, deadline) > observed.now", "the starting deadline is turned round"),
    (_START, "    if _started(cronjob, slot):\n        return draft\n", "", "a run is started again"),
    (_START, "listed or cronjob.last_schedule_time == slot", "listed", "a finished run is started again"),
    (_START, "if cronjob.concurrency == FORBID and cronjob.active:", "if False:", "Forbid overlaps"),
    (_START, "if cronjob.concurrency == REPLACE:", "if False:", "Replace does not replace"),
    (_START, "(slot - EPOCH) // _MINUTE", "(slot - EPOCH) // _MINUTE // 60", "runs of one hour share a name"),
    (_START, "draft.noted(cronjob.started(_reference(job), slot))", "draft.noted(cronjob.started(_reference(job), now))", "the last run is when it was noticed"),
    (_START, "answer.reason not in (Reason.NAMESPACE_TERMINATING, Reason.ALREADY_EXISTS)", "True", "a name in use is told as a failure"),
    (_SLOTS, "    if now < first:\n        return Due(None, \"none\")\n", "    if now < first:\n        return Due(first, \"none\")\n", "runs before its time"),
    (_SLOTS, "start = later(first, (count - 2) * gap)", "start = earliest", "the missed-run defect is repaired, silently"),
    (_SLOTS, '"many" if count > MANY else "few"', '"few"', "many missed runs are not told"),
    (_SLOTS, "MANY: Final = 100", "MANY: Final = 99", "the bound of missed runs is off by one"),
    (_SLOTS, "_DELAY: Final = 0.1", "_DELAY: Final = 60.0", "looks a minute late"),
    (_SLOTS, "while slot is not None and slot <= now:", "while slot is not None and slot < now:", "a slot at this very instant is not due"),
    (_SLOTS, "found, slot = slot, schedule.next(slot)", "found, slot = found or slot, schedule.next(slot)", "the first missed run starts, not the last"),
    (_CHISTORY, "sorted(ended, key=_by_start)[: len(ended) - limit]", "sorted(ended, key=_by_start)[: len(ended) - limit + 1]", "one finished Job fewer is kept"),
    (_CHISTORY, "sorted(ended, key=_by_start)[: len(ended) - limit]", "sorted(ended, key=_by_start)[limit:]", "the newest history goes first"),
    (_CHISTORY, "ended = [job for job in jobs if job.end == end]", "ended = [job for job in jobs if job.end]", "successful and failed Jobs are counted together"),
    (_CHISTORY, "return draft.noted(draft.cronjob.without(job.uid)), True", "return draft, True", "a deleted Job stays in the list of active ones"),
    (_CPLAN, "    if cronjob.suspended:\n        return None\n", "", "a suspended CronJob runs"),
    (_CPLAN, "    if cronjob.meta.deleting:\n        return None\n", "", "a CronJob that is deleted runs"),
    (_CPLAN, "earliest = max(earliest, later(now, -min(deadline, _LONGEST)))", "pass", "the starting deadline does not bound what was missed"),
    (_CPLAN, "job.meta.controller.name == cronjob.name", "job.meta.controller.uid == cronjob.uid", "Jobs of an earlier CronJob of that name are not its own"),
    (_CPLAN, "    elif wake is not None:\n        yield wake\n", "", "forgets the next run"),
    (_SLOTS, "    if now < first:\n", "    if now <= first:\n", "a run at this very instant waits"),
    (_SLOTS, "count = (now - first) // _SECOND // gap + 1", "count = (now - first) // _SECOND // gap", "one missed run fewer is counted"),
    (_SLOTS, "base = due.slot or (earliest if due.missed == \"none\" else now)", "base = now", "the next run is counted from now"),
    (_CHISTORY, "return start is None, start", "return start is not None, start", "Jobs that never started go first"),
    (_CHISTORY, "if limit is not None and len(ended) > limit:", "if limit and len(ended) > limit:", "a limit of 0 keeps all"),
    (_CHISTORY, "propagation=\"Background\"", "propagation=\"Orphan\"", "the pods of old Jobs stay"),
    (_START, "SCHEDULED: _local(cronjob, slot)}", "SCHEDULED: stamp(slot)}", "the slot is not told in the zone of the CronJob"),
    (_START, "if cronjob.concurrency == FORBID and cronjob.active:", "if cronjob.concurrency == FORBID and len(cronjob.active) > 1:", "Forbid allows for one overlap"),
    (_START, "        \"labels\": look(template, \"metadata\", \"labels\"),\n", "", "the labels of the template are lost"),
    (_START, "return draft.failed(f\"the Job was not created: {answer}\")", "return draft", "a run that was refused is not tried again"),
    (_CACTIVE, "(last is None or time > last)", "(last is None or time < last)", "the oldest success is the last one"),
    (_CACTIVE, "return _succeeded(draft, job) if job.succeeded else draft", "return draft", "the last success is never told"),
    (_CACTIVE, "    if fresh.lists(job.uid):\n        return draft.replaced(fresh)\n", "", "a stale list is not read again"),
    (_CPLAN, "earliest = max(earliest, later(now, -min(deadline, _LONGEST)))", "earliest = later(now, -min(deadline, _LONGEST))", "a run starts again until its deadline"),
    (_CPLAN, "return schedules.parse(cronjob.schedule, cronjob.time_zone)", "return schedules.parse(cronjob.schedule, None)", "the time zone is ignored"),
    (_CPLAN, "            wake, error = None, f\"the status was not written: {answer}\"\n", "            pass\n", "a status that was refused is not written again"),
)

# fmt: on
KINDS: Final = {
    "replicaset": REPLICASET,
    "deployment": DEPLOYMENT,
    "statefulset": STATEFULSET,
    "daemonset": DAEMONSET,
    "job": JOB,
    "cronjob": CRONJOB,
}

SEMANTIC: Final = tuple(Semantic(kind, *row) for kind, rows in KINDS.items() for row in rows)
