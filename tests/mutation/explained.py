"""Why a mutant is caught by neither vectors nor properties, one by one."""

from typing import Final

EXPLAINED: Final[dict[tuple[str, str], str]] = {
    ("controllers/deployment/sizes.py", "the bound of surge is off by one"): (
        "Equivalent: with exactly as many pods as are allowed the branch taken instead adds min(0, what is missing), "
        "and nothing is missing below 0 there, because a new ReplicaSet that is too large is dealt with before."
    ),
    ("controllers/statefulset/replicas.py", "creates several pods in one ordered sync"): (
        "Equivalent: the pod that was just made is neither running nor ready, so the question that comes next, whether "
        "it has settled, ends the visit all the same."
    ),
    ("controllers/job/flush.py", "ends while pods are still uncounted"): (
        "Equivalent: a Job that ends lets every pod go that is still to be counted, and what else was noted has been "
        "counted before. Pods are left only if the bound of a sync was met or a request failed; both are asked, too."
    ),
    ("controllers/job/tally.py", "pods that were counted count again"): (
        "Equivalent: it is only asked of pods that were chosen for their finalizer before; that the choice is right is "
        "a mutant of its own."
    ),
    ("controllers/cronjob/start.py", "a finished run is started again"): (
        "Equivalent: slots are looked for strictly after the last run, so the one that is due is never the last one. "
        "The question stands there because the contract asks it (cronjob 7.2)."
    ),
    ("controllers/daemonset/carry.py", "creates without a bound"): (
        "Equivalent: what names the nodes asks for the first 250 of them, in manage and in the rollout, which takes "
        "its second list only as far as the first leaves room. So there are never more to cut off."
    ),
    # --- made by rule; their names end with the line that they make of it
    ("controllers/_claim.py", "ReplaceFalseWithTrue 0: return True"): (
        "Equivalent but for a look too many: the question only decides whom a change wakes, and an owner whose "
        "selector cannot be converted does nothing when it is woken."
    ),
    ("controllers/_ranking.py", "ReplaceBreakWithContinue 0: continue"): (
        "Equivalent: once enough are chosen, none are asked of the tiers that follow."
    ),
    ("controllers/_ranking.py", "ReplaceComparisonOperator_LtE_Lt 0: if size < left:"): (
        "Equivalent: a tier of which just as many are wanted as there are is taken whole by the other ways, too."
    ),
    ("controllers/_ranking.py", "ReplaceComparisonOperator_Gt_GtE 1: elif left * len(tier) >= 4 * size:"): (
        "Equivalent: both ways choose the same pods; the bound says which of them is quicker."
    ),
    (
        "controllers/_ranking.py",
        "ReplaceComparisonOperator_Lt_LtE 2: return -today if power <= 0 else (2 ** (power + 1) - 1) // 1000 - today",
    ): "Equivalent: ages are counted in whole microseconds, so their magnitudes in nanoseconds are 9 or more, or -1.",
    (
        "controllers/_ranking.py",
        (
            "NumberReplacer 40: same = "
            "_smallest(pods, first_at(youngest), first_at(_last_alike(youngest, now) + 2))[0].ready"
        ),
    ): "Equivalent: it takes in one microsecond more, and the API keeps times in whole seconds.",
    (
        "controllers/replicaset.py",
        "ReplaceUnaryOperator_Delete_USub 1: return (yield from _create(rs, min(-extra, BURST), extra))",
    ): "Equivalent but for a word: the number is only told to a person, as how many pods are missing.",
    (
        "controllers/deployment/rolling.py",
        "NumberReplacer 3: return unhealthy + available > -1",
    ): (
        "Equivalent: where there are old pods and none of them went, the rollout is not complete, and what comes after "
        "this question is only done for one that is."
    ),
    (
        "controllers/deployment/history.py",
        "ReplaceComparisonOperator_Lt_LtE 0: return age(one) <= age(other)",
    ): "Equivalent: names are part of the age, so no two of a Deployment's ReplicaSets are of one age.",
    (
        "controllers/deployment/scaling.py",
        "ReplaceUnaryOperator_Delete_USub 0: yield from clean_up(d, sets.old[::1])",
    ): (
        "The order in which they are handed over tells only where a revision cannot be read; what goes first then "
        "depends on the way of sorting, in upstream, too."
    ),
    (
        "controllers/deployment/scaling.py",
        "ReplaceTrueWithFalse 0: return list(zip(ordered, sizes, strict=False))",
    ): "Equivalent: there is a size for each of them.",
    ("controllers/statefulset/status.py", "ReplaceBreakWithContinue 0: continue"): (
        "Equivalent: once the answer is no conflict, the tries that are left ask for nothing."
    ),
    (
        "controllers/daemonset/rolling.py",
        "ReplaceBinaryOperator_Sub_Add 2: spared = scene.first(min(limit - without, BURST + len(lost)), *candidates)",
    ): "Equivalent: what is too much for one sync is cut off when it is carried out, and the lost come first.",
    (
        "controllers/daemonset/history.py",
        "ReplaceComparisonOperator_LtE_Lt 0: if error is not None or len(history.old) < ds.history_limit:",
    ): "Equivalent: of exactly as many as are kept none is too many.",
    ("controllers/job/manage.py", "NumberReplacer 1: too_many = max( -1, active - wanted)"): (
        "Equivalent: asked for fewer than none of them, it gives none."
    ),
    (
        "controllers/cronjob/history.py",
        "ReplaceComparisonOperator_Gt_GtE 0: if limit is not None and len(ended) >= limit:",
    ): "Equivalent: of exactly as many as are kept none is too many.",
    (
        "controllers/cronjob/start.py",
        "ReplaceComparisonOperator_Lt_LtE 0: if deadline is not None and later(slot, deadline) <= observed.now:",
    ): "Equivalent: slots are looked for strictly after the time that the deadline leaves, so none is due at its end.",
    (
        "controllers/cronjob/start.py",
        (
            'ReplaceTrueWithFalse 0: answer = yield Create("Job", cronjob.namespace, job_from_template(cronjob, slot), '
            "why, awaits=False)"
        ),
    ): "Equivalent here: the mark is for those who carry out a plan on their own; a script is told each answer anyway.",
}
"""By module and name of the mutant."""
