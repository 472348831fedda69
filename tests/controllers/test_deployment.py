"""The Deployment controller: recorded syncs, the main facts one by one, and purity."""

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from reconcile.actions import Create, Event, Update, UpdateStatus
from reconcile.controllers.deployment.annotations import (
    DESIRED_REPLICAS,
    MAX_REPLICAS,
    REVISION,
    REVISION_HISTORY,
    with_revision,
)
from reconcile.controllers.deployment.history import by_revision
from reconcile.controllers.deployment.plan import DEPLOYMENT, reconcile
from reconcile.controllers.deployment.rollback import last_revision
from reconcile.engine.perform import perform, replay
from reconcile.model.clock import instant, later, stamp
from reconcile.model.deployment import Deployment
from reconcile.model.intstr import int64
from reconcile.model.json import freeze
from reconcile.model.objects import read
from reconcile.model.replicaset import ReplicaSet
from reconcile.model.template_hash import pod_template_hash
from reconcile.outcome import Applied, Outcome, Reason, Rejected
from reconcile.store.store import Store
from reconcile.sync import sync
from reconcile.testing.vectors import disagreements, read_rows
from reconcile.view import Observed

VECTORS = Path(__file__).parents[1] / "vectors"
NOW = "2026-01-01T12:00:00Z"
BEFORE = "2026-01-01T11:00:00Z"


def recorded() -> Iterator[dict[str, Any]]:
    return read_rows(VECTORS / "deployment.jsonl.gz")


def test_agrees_with_the_recorded_syncs() -> None:
    """Every recorded sync gives the recorded requests, events, requeue and error."""
    assert [] == list(islice(disagreements(recorded(), sync), 3))


def test_agrees_with_the_recorded_syncs_where_versions_are_checked() -> None:
    """With an API that checks resourceVersions each sync ends where the recorded one does."""
    rows = {row["id"]: row for row in recorded()}
    conflicts = read_rows(VECTORS / "deployment-conflict.jsonl.gz")
    unlike = disagreements(conflicts, lambda row: sync(rows[row["id"]], conflicts=True))

    assert [] == list(islice(unlike, 3))


def test_a_read_that_shows_another_object_is_only_a_read() -> None:
    """Writes are checked for their versions alone: syncs of which nothing else was recorded end as without checks."""
    noted = {row["id"] for row in read_rows(VECTORS / "deployment-conflict.jsonl.gz")}
    rows = [row for row in recorded() if row["id"] not in noted and "liveParent" in row]

    assert rows
    for row in rows:
        assert outline(row) == outline(sync(row, conflicts=True))


def outline(result: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what a sync did, without bodies: these carry the versions."""
    requests = [(r["verb"], r["resource"], r["subresource"], r["name"]) for r in result["requests"]]
    return requests, result["events"], result["error"]


# --- a Deployment and its ReplicaSets ----------------------------------------------------------------------------


def template(image: str) -> dict[str, Any]:
    container = {"name": "web", "image": image, "resources": {}}
    return {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container]}}


def deployment(
    image: str = "new",
    *,
    status: Mapping[str, Any] | None = None,
    annotations: Mapping[str, str] | None = None,
    surge: int | str = "25%",
    unavailable: int | str = "25%",
    **spec: Any,
) -> dict[str, Any]:
    """Return a Deployment of ten pods with the image *image*, with what is given in its place."""
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
    defaults = {
        "replicas": 10,
        "selector": {"matchLabels": {"app": "web"}},
        "template": template(image),
        "strategy": rolling,
        "revisionHistoryLimit": 10,
        "progressDeadlineSeconds": 600,
    }
    meta = {
        "name": "web",
        "namespace": "default",
        "uid": "d",
        "resourceVersion": "7",
        "generation": 1,
        "annotations": annotations or {},
    }
    return {
        "kind": "Deployment",
        "apiVersion": "apps/v1",
        "metadata": meta,
        "spec": {**defaults, **spec},
        "status": dict(status or {}),
    }


def replicaset(
    image: str,
    size: int,
    *,
    ready: int | None = None,
    revision: str | None = None,
    desired: int = 10,
    most: int = 13,
    age: int = 0,
    owned: bool = True,
    **annotations: str,
) -> dict[str, Any]:
    """Return the ReplicaSet web-*image* of *size* pods, of which *ready* are available (all, if it is not said)."""
    own = {DESIRED_REPLICAS: str(desired), MAX_REPLICAS: str(most)}
    if revision is not None:
        own[REVISION] = revision
    owner = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "d", "controller": True}
    meta = {
        "name": f"web-{image}",
        "namespace": "default",
        "uid": f"rs-{image}",
        "generation": 1,
        "labels": {"app": "web"},
        "annotations": {**own, **annotations},
        "creationTimestamp": stamp(later(instant(BEFORE), -age)),
        "ownerReferences": [owner] if owned else [],
    }
    available = size if ready is None else ready
    counts = {"replicas": size, "readyReplicas": available, "availableReplicas": available}
    return {
        "kind": "ReplicaSet",
        "apiVersion": "apps/v1",
        "metadata": meta,
        "spec": {"replicas": size, "selector": {"matchLabels": {"app": "web"}}, "template": template(image)},
        "status": {**counts, "observedGeneration": 1, "terminatingReplicas": 0},
    }


def pod(rs: str, **status: Any) -> dict[str, Any]:
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": rs, "uid": f"rs-{rs[4:]}", "controller": True}
    meta = {"name": f"{rs}-1", "namespace": "default", "uid": f"pod-{rs}", "ownerReferences": [owner]}
    return {"kind": "Pod", "apiVersion": "v1", "metadata": meta, "spec": {}, "status": status}


def ask(d: dict[str, Any], *others: dict[str, Any], now: str = NOW, **inputs: Any) -> dict[str, Any]:
    """Return what one sync asks for, in the vector format."""
    observed = {
        "replicasets": [other for other in others if other["kind"] == "ReplicaSet"],
        "pods": [other for other in others if other["kind"] == "Pod"],
    }
    return sync({"controller": "deployment", "now": now, "parent": d, "observed": observed, **inputs})


def observe(d: dict[str, Any], *others: dict[str, Any]) -> Observed:
    return Observed(now=instant(NOW), cache=Store.of(map(read, (d, *others))), live=Store.of([read(d)]))  # type: ignore[arg-type]


def plan(d: dict[str, Any], *others: dict[str, Any]) -> list[Any]:
    desired = read(d)
    assert isinstance(desired, Deployment)
    return list(reconcile(desired, observe(d, *others)))


def sizes(result: Mapping[str, Any]) -> dict[str, int]:
    """Return the sizes that ReplicaSets are given, by name."""
    return {
        request["name"]: request["body"]["spec"]["replicas"]
        for request in result["requests"]
        if request["resource"] == "replicasets" and request["verb"] in ("create", "update")
    }


def last_status(result: Mapping[str, Any]) -> dict[str, Any]:
    status: dict[str, Any] = result["requests"][-1]["body"]["status"]
    return status


def condition(result: Mapping[str, Any], kind: str) -> dict[str, Any]:
    found = [entry for entry in last_status(result)["conditions"] if entry["type"] == kind]
    return {key: found[0][key] for key in ("status", "reason")} if found else {}


# --- the new ReplicaSet ------------------------------------------------------------------------------------------


def test_a_new_deployment_gets_a_replicaset_named_by_the_hash_of_its_template() -> None:
    """Name, label, selector and pod label carry the same hash; all pods may come at once."""
    suffix = pod_template_hash(template("new"))
    request = ask(deployment())["requests"][0]
    body = request["body"]

    assert ("create", f"web-{suffix}", 10) == (request["verb"], request["name"], body["spec"]["replicas"])
    assert {"app": "web", "pod-template-hash": suffix} == body["metadata"]["labels"]
    assert body["metadata"]["labels"] == body["spec"]["selector"]["matchLabels"]
    assert body["metadata"]["labels"] == body["spec"]["template"]["metadata"]["labels"]


def test_a_new_template_starts_with_the_surge() -> None:
    """10 wanted + 3 surge, 10 exist: the new ReplicaSet starts with 3 pods, as revision 2."""
    create = plan(deployment(), replicaset("old", 10, revision="1"))[0]

    assert isinstance(create, Create)
    assert 3 == create.body["spec"]["replicas"]
    assert "2" == create.body["metadata"]["annotations"][REVISION]
    assert create.why == "revision 2 has no ReplicaSet yet; it starts with 3 of 10 pods: 10 wanted + 3 surge, 10 exist"


def test_a_surge_counts_pods_asked_for_not_pods_terminating() -> None:
    """D-D1: of 15 pods 3 go and 7 come at once; pods that are still terminating hold nothing back."""
    d = deployment(replicas=15)
    old = replicaset("old", 15, desired=15, most=19, revision="1", age=9)
    new = replicaset("new", 4, ready=0, desired=15, most=19, revision="2")
    removed = sizes(ask(d, old, new))
    old_now = replicaset("old", 12, desired=15, most=19, revision="1", age=9)

    assert {"web-old": 12} == removed
    assert {"web-new": 7} == sizes(ask(d, old_now, new))


def test_without_surge_a_new_pod_comes_for_each_old_one_that_is_asked_to_go() -> None:
    """D-D2: it does not wait until the old one has ended, so for a while there is one more."""
    d = deployment(surge=0, unavailable=1)
    new = replicaset("new", 0, revision="2", most=10)

    assert {"web-old": 9} == sizes(ask(d, replicaset("old", 10, age=9, revision="1", most=10), new))
    assert {"web-new": 1} == sizes(ask(d, replicaset("old", 9, age=9, revision="1", most=10), new))


def test_a_name_in_use_by_others_is_a_collision() -> None:
    """D-D17: the count of collisions goes up, the sync fails, and the next one comes to another name."""
    taken = replicaset("x", 1, owned=False) | {"spec": {"template": template("foreign")}}
    taken["metadata"] |= {"name": f"web-{pod_template_hash(template('new'))}", "labels": {}}
    result = ask(deployment(), taken)

    assert result["error"]
    assert 1 == last_status(result)["collisionCount"]
    assert f"web-{pod_template_hash(template('new'), 1)}" in sizes(ask(deployment(status=last_status(result)), taken))


def test_a_refused_creation_is_reported_and_tried_again() -> None:
    """Progressing turns False with the reason ReplicaSetCreateError, an event tells why, the sync fails."""
    result = ask(deployment(), reject=[{"verb": "create", "resource": "replicasets", "reason": "Forbidden"}])

    assert {"status": "False", "reason": "ReplicaSetCreateError"} == condition(result, "Progressing")
    assert ["ReplicaSetCreateError"] == [event["reason"] for event in result["events"]]
    assert result["error"]


# --- revisions ---------------------------------------------------------------------------------------------------


def test_a_replicaset_that_becomes_the_new_one_again_gets_a_new_revision() -> None:
    """D-D18: it takes the highest number plus one, compared as integers; its old number stays in its history."""
    back = replicaset("new", 0, revision="9", age=9)
    update = plan(deployment(), back, replicaset("old", 10, revision="10"))[0]

    assert isinstance(update, Update)
    assert "11" == update.object.meta.annotations[REVISION]
    assert "9" == update.object.meta.annotations[REVISION_HISTORY]


def test_a_revision_wraps_around_behind_the_greatest() -> None:
    """D-D13: one more than the greatest 64-bit number is the least one; the new ReplicaSet goes without a revision."""
    create, _, status = plan(deployment(), replicaset("old", 10, revision=str(2**63 - 1)))[:3]

    assert REVISION not in create.body["metadata"]["annotations"]
    assert str(-(2**63)) == status.object.meta.annotations[REVISION]


def test_the_history_of_revisions_stays_below_its_limit() -> None:
    """The oldest numbers go as soon as the text would be longer than 2000 characters."""
    long = ",".join(["1000"] * 400)

    assert len(with_revision(long, "77")) <= 2000
    assert with_revision(long, "77").endswith("1000,77")


def test_the_history_of_revisions_is_measured_in_bytes() -> None:
    """What somebody wrote into it counts as what it takes."""
    assert "77" == with_revision("é" * 1500, "77")


@pytest.mark.parametrize(("text", "number"), [("+5", 5), ("0" * 5000 + "1", 1), ("", None), ("1_0", None)])
def test_revisions_are_read_as_upstream_reads_them(text: str, number: int | None) -> None:
    """A sign and leading zeros are fine, anything else is not."""

    assert number == int64(text)


def test_the_first_with_the_template_is_the_new_one() -> None:
    """Of two ReplicaSets with the template the older one is new, the younger one is old and goes."""
    older, younger = replicaset("new", 10, age=9), replicaset("new", 5)
    younger["metadata"] |= {"name": "web-twin", "uid": "twin"}

    assert 0 == sizes(ask(deployment(), older, younger))["web-twin"]


# --- the rolling update ------------------------------------------------------------------------------------------


def test_new_pods_that_are_not_available_hold_back_the_old_ones() -> None:
    """D-D12: 13 exist, 8 must be available, 5 new ones are not: no old pod may go, not even one that is unhealthy."""
    result = ask(deployment(), replicaset("old", 8, ready=6, age=9), replicaset("new", 5, ready=0))

    assert {"web-new": 5} == sizes(result)  # only its revision is written, twice
    assert [] == result["events"]


def test_unhealthy_old_pods_go_first() -> None:
    """D-D10, D-D12: pods that nobody can use go before those that serve, of the oldest ReplicaSet first."""
    oldest = replicaset("a", 4, ready=2, age=9, revision="1")
    middle = replicaset("b", 4, ready=4, age=5, revision="2")
    new = replicaset("new", 5, ready=5, revision="3")
    updates = [step for step in plan(deployment(), oldest, middle, new) if isinstance(step, Update)]

    assert [("web-a", 2), ("web-a", 0), ("web-b", 3)] == [
        (step.object.name, step.object.spec["replicas"]) for step in updates
    ]
    assert updates[0].why == (
        "2 old pods are not available and may go first: at most 5, because 8 must stay available and 0 new not "
        "available yet"
    )
    assert updates[1].why == "2 old pods are no longer needed: 11 available, 8 must stay"


def test_each_step_of_a_rollout_says_what_allows_it() -> None:
    """The new ReplicaSet grows by what is missing up to wanted + surge."""
    new, old = replicaset("new", 3, ready=3, revision="2"), replicaset("old", 8, age=9, revision="1")
    step = plan(deployment(annotations={REVISION: "2"}), old, new)[1]

    assert isinstance(step, Update)
    assert step.why == "5 of 10 new pods allowed now, 3 so far: 10 wanted + 3 surge, 11 exist"


def test_a_refusal_while_old_pods_are_removed_is_no_error() -> None:
    """The sync reports its status and the next one tries again."""
    reject = [{"verb": "update", "resource": "replicasets", "name": "web-old", "reason": "Conflict"}]
    d = deployment(annotations={REVISION: "2"})
    result = ask(d, replicaset("old", 10, age=9, revision="1"), replicaset("new", 3, revision="2"), reject=reject)

    assert not result["error"]
    assert "status" == result["requests"][-1]["subresource"]


def test_sizes_beyond_32_bits_wrap_around() -> None:
    """Upstream adds sizes up in 32 bits: two of the largest come to -2, and so leave room for all that is wanted."""
    huge = [replicaset(f"old{n}", 2**31 - 1, ready=0, revision=str(n), desired=10, age=n) for n in (1, 2)]
    (made,) = [r for r in ask(deployment(surge=0, unavailable=1), *huge)["requests"] if r["verb"] == "create"]

    assert 10 == made["body"]["spec"]["replicas"]


def test_a_complete_rollout_cleans_up_its_history() -> None:
    """Beyond the limit the lowest revisions go, as integers; one that still has pods stays without a substitute."""
    counts = {"replicas": 10, "updatedReplicas": 10, "availableReplicas": 10, "observedGeneration": 1}
    d = deployment(status=counts, annotations={REVISION: "11"}, revisionHistoryLimit=1)
    old = [replicaset(name, 0, revision=name) for name in ("10", "9", "2")]
    old[1]["status"]["replicas"] = 1
    result = ask(d, *old, replicaset("new", 10, revision="11"))

    assert ["web-2"] == [request["name"] for request in result["requests"] if request["verb"] == "delete"]


def test_an_unreadable_revision_is_ordered_by_age_only() -> None:
    """It stands before a younger one, whatever that one's number is."""
    sets = [ReplicaSet(freeze(replicaset(n, 0, revision=r, age=a))) for n, r, a in (("b", "1", 2), ("a", "x", 3))]

    assert ["web-a", "web-b"] == [rs.name for rs in by_revision(sets)]


# --- recreate ----------------------------------------------------------------------------------------------------

RECREATE: dict[str, Any] = {"strategy": {"type": "Recreate"}}


def test_recreate_removes_all_old_pods_first() -> None:
    """The old ReplicaSet goes to 0, and no new one is created in that sync."""

    assert {"web-old": 0} == sizes(ask(deployment(**RECREATE), replicaset("old", 10)))


@pytest.mark.parametrize(("phase", "created"), [("Running", False), ("", False), ("Failed", True)])
def test_recreate_waits_until_the_last_old_pod_has_ended(phase: str, created: bool) -> None:
    """A pod without a phase counts, one that has ended does not."""
    result = ask(deployment(**RECREATE), replicaset("old", 0), pod("web-old", phase=phase))

    assert created == (list(sizes(result).values()) == [10])


def test_the_end_of_a_pod_wakes_a_deployment_that_recreates() -> None:
    """Only Recreate looks at pods, so only there they wake the Deployment."""
    gone = read(pod("web-old", phase="Running"))
    watch = next(watch for watch in DEPLOYMENT.watches if watch.kind == "Pod")
    woken = [
        list(watch.keys((gone, None), observe(d, replicaset("old", 0)).cache))
        for d in (deployment(**RECREATE), deployment())
    ]

    assert [[("default", "web")], []] == woken


# --- scaling -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "replicas", "surge", "after"),
    [
        ((8, 5), 30, 3, (20, 13)),
        ((5, 1), 10, 2, (10, 2)),
        ((2, 2), 2, 1, (1, 2)),
        ((3, 3), 2, 1, (1, 2)),
        ((4, 4), 6, 1, (3, 4)),
    ],
    ids=["D-D3", "D-D6", "D-D4", "D-D4 of three", "D-D4 of four"],
)
def test_replicasets_keep_their_shares(
    before: tuple[int, int], replicas: int, surge: int, after: tuple[int, int]
) -> None:
    """Scaled in the middle of a rollout, both grow in proportion; the first one takes what rounding left over."""
    old = replicaset("old", before[0], desired=1, most=sum(before), age=9, revision="1")
    new = replicaset("new", before[1], desired=1, most=sum(before), revision="2")
    result = ask(deployment(replicas=replicas, surge=surge, annotations={REVISION: "2"}), old, new)

    assert {"web-old": after[0], "web-new": after[1]} == sizes(result)


def test_shares_of_big_replicasets_overflow() -> None:
    """D-D14: 32-bit products wrap, so one ReplicaSet passes all bounds and the other goes below zero."""
    old = replicaset("old", 30_000, desired=47_200, most=59_000, age=9, revision="1")
    new = replicaset("new", 29_000, desired=47_200, most=59_000, revision="2")
    result = ask(deployment(replicas=60_000, annotations={REVISION: "2"}), old, new)

    assert {"web-old": 110_932, "web-new": -35_932} == sizes(result)


def test_a_new_size_comes_before_a_new_template() -> None:
    """D-D7: with both in one change the old ReplicaSet is scaled, and the new one waits for the next sync."""
    result = ask(deployment(replicas=12), replicaset("old", 10, revision="1"))

    assert {"web-old": 12} == sizes(result)


def test_a_stale_annotation_of_a_replicaset_that_has_its_size_stays_stale() -> None:
    """It looks like a change of size in every sync, and nothing is written for it."""
    d = deployment(annotations={REVISION: "1"})
    first = ask(d, replicaset("new", 10, desired=7, revision="1"))

    assert {} == sizes(first)


def test_a_paused_deployment_follows_its_size_but_not_its_template() -> None:
    """While it is paused it scales what there is and creates nothing; Progressing says so."""
    result = ask(deployment(paused=True, replicas=4), replicaset("old", 10, revision="1"))

    assert {"web-old": 4} == sizes(result)
    assert {"status": "Unknown", "reason": "DeploymentPaused"} == condition(result, "Progressing")


# --- rolling back ------------------------------------------------------------------------------------------------

TO_LAST = {"deprecated.deployment.rollback.to": "0", REVISION: "2", "note": "mine"}


def test_the_rollback_annotation_brings_back_a_template() -> None:
    """Template and annotations of the last revision replace the Deployment's own; the annotation goes."""
    old = replicaset("old", 0, revision="1", age=9, note="theirs")
    old["spec"]["template"]["metadata"]["labels"]["pod-template-hash"] = "x"
    result = ask(deployment(annotations=TO_LAST), old, replicaset("new", 10, revision="2", note="mine"))
    body = result["requests"][-1]["body"]

    assert template("old") == body["spec"]["template"]
    assert {REVISION: "2", "note": "theirs"} == body["metadata"]["annotations"]
    assert ["DeploymentRollback"] == [event["reason"] for event in result["events"]]


def test_a_rollback_to_nowhere_is_given_up() -> None:
    """With one revision only there is no last one: an event says so, and the annotation goes."""
    result = ask(deployment(annotations=TO_LAST), replicaset("new", 10, revision="1", note="mine"))

    assert ["DeploymentRollbackRevisionNotFound"] == [event["reason"] for event in result["events"]]
    assert {REVISION: "1", "note": "mine"} == result["requests"][-1]["body"]["metadata"]["annotations"]


def test_the_last_revision_is_the_second_highest() -> None:
    """Two with the highest number are last and second last."""
    sets = [ReplicaSet(freeze(replicaset("x", 0, revision=text))) for text in ("3", "x", "7", "7")]

    assert [3, 7] == [last_revision(sets[:3]), last_revision(sets)]


# --- the status --------------------------------------------------------------------------------------------------


def rolling(reason: str, since: str, **counts: int) -> dict[str, Any]:
    """Return a status that says what the ReplicaSets below do, with Progressing at *reason* since *since*."""
    times = {"lastUpdateTime": since, "lastTransitionTime": since}
    return {
        "observedGeneration": 1,
        "replicas": 10,
        "updatedReplicas": 10,
        "readyReplicas": 9,
        "availableReplicas": 9,
        "unavailableReplicas": 1,
        "terminatingReplicas": 0,
        **counts,
        "conditions": [
            {"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable", **times},
            {"type": "Progressing", "status": "True", "reason": reason, **times},
        ],
    }


def waiting(status: dict[str, Any], **spec: Any) -> dict[str, Any]:
    d = deployment(status=status, annotations={REVISION: "1"}, **spec)
    return ask(d, replicaset("new", 10, ready=9, revision="1"))


def test_without_news_the_deadline_is_waited_for() -> None:
    """Nothing is written, and the Deployment is looked at again one second after the deadline."""
    result = waiting(rolling("ReplicaSetUpdated", "2026-01-01T11:55:00Z"))

    assert ([], 301) == (result["requests"], result["requeueAfter"])


def test_a_rollout_without_progress_times_out() -> None:
    """D-D15: behind the deadline Progressing turns False; nobody is called again for it."""
    result = waiting(rolling("ReplicaSetUpdated", "2026-01-01T11:49:59Z"))

    assert {"status": "False", "reason": "ProgressDeadlineExceeded"} == condition(result, "Progressing")
    assert result["requeueAfter"] is None


def test_a_moment_noted_in_this_sync_keeps_its_fraction() -> None:
    """A condition that this sync has noted is as new as can be, so not even a deadline of zero has passed."""
    paused = {"type": "Progressing", "status": "Unknown", "reason": "DeploymentPaused"}
    status = {"replicas": 10, "updatedReplicas": 10, "conditions": [paused]}
    new = replicaset("new", 10, ready=0, revision="1")
    d = deployment(progressDeadlineSeconds=0, status=status, annotations={REVISION: "1"})
    written = ask(d, new, now="2026-01-01T01:00:00.5Z")["requests"][-1]["body"]["status"]["conditions"]

    assert ["DeploymentResumed"] == [found["reason"] for found in written if found["type"] == "Progressing"]


def test_any_progress_starts_the_deadline_anew() -> None:
    """One more available pod renews lastUpdateTime, although status and reason stay."""
    result = waiting(rolling("ReplicaSetUpdated", BEFORE, availableReplicas=8))
    progressing = last_status(result)["conditions"][-1]

    assert (NOW, BEFORE) == (progressing["lastUpdateTime"], progressing["lastTransitionTime"])


def test_a_complete_rollout_never_times_out() -> None:
    """A pod that is lost after the rollout is not the rollout's failure, and its return no progress."""
    lost = waiting(rolling("NewReplicaSetAvailable", BEFORE))
    back = waiting(rolling("NewReplicaSetAvailable", BEFORE, readyReplicas=8, availableReplicas=8))

    assert [] == lost["requests"]
    assert {"status": "True", "reason": "NewReplicaSetAvailable"} == condition(back, "Progressing")


def test_the_failure_of_a_replicaset_is_the_deployments_own() -> None:
    """The new ReplicaSet's ReplicaFailure is shown with its reason and time."""
    new = replicaset("new", 10, ready=0, revision="1")
    failure = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "lastTransitionTime": BEFORE}
    new["status"]["conditions"] = [failure]
    result = ask(deployment(annotations={REVISION: "1"}), new)

    assert {"status": "True", "reason": "FailedCreate"} == condition(result, "ReplicaFailure")


def test_a_selector_of_everything_is_refused() -> None:
    """An event says so; only the generation is noted."""
    result = ask(deployment(selector={}), replicaset("old", 10))

    assert ["SelectingAll"] == [event["reason"] for event in result["events"]]
    assert [("deployments", "status")] == [(r["resource"], r["subresource"]) for r in result["requests"]]


def test_a_replicaset_of_another_deployment_is_never_touched() -> None:
    """D-D20: owner references decide; an orphan that matches is adopted, a foreign one is not looked at."""
    foreign, orphan = replicaset("a", 3), replicaset("b", 3, owned=False)
    foreign["metadata"]["ownerReferences"][0]["uid"] = "other"
    result = ask(deployment(), foreign, orphan)

    assert "web-a" not in [request["name"] for request in result["requests"]]
    assert ("patch", "web-b") == (result["requests"][0]["verb"], result["requests"][0]["name"])


# --- purity ------------------------------------------------------------------------------------------------------


def test_planning_anew_after_each_answer_gives_the_same_sync() -> None:
    """The pure function and the answers so far are all there is: running the script or replanning is the same."""
    d, others = deployment(), [replicaset("old", 10, revision="1"), replicaset("new", 3, ready=1, age=-5)]

    def send(count: int, action: Any) -> tuple[int, Outcome]:
        if isinstance(action, Update | UpdateStatus):
            refused = Rejected(Reason.CONFLICT, "the object has been modified")
            return count + 1, refused if count == 2 else Applied(action.object)
        return count, Applied()

    done = [way(DEPLOYMENT, read(d), lambda: observe(d, *others), 0, send) for way in (perform, replay)]

    assert done[0] == done[1]
    assert len(done[0][1]) > 3


def test_every_action_says_why() -> None:
    """No recorded sync asks for anything without a reason."""
    d = deployment()
    actions = plan(d, replicaset("old", 10, revision="1"), replicaset("new", 3, ready=1, age=-5))

    assert all(action.why for action in actions)
    assert any(isinstance(action, Event) for action in actions)
    assert json.loads(json.dumps(d)) == deployment()
