"""One step by hand: one controller looks at one object, or something becomes of one pod."""

import pytest

from reconcile import Cluster
from reconcile.kubectl.failures import Refused
from reconcile.kubectl.session import Session
from reconcile.kubectl.step import fare, step
from reconcile.model.pod import Pod
from reconcile.nodes.fates import FATES, Fate
from tests.checked import deployment, names, pods, replicaset


def session(**more: int) -> Session:
    return Session(
        Cluster.new(nodes=1, by_hand=True, trace_limit=more.get("rows")).create(replicaset("web", replicas=2))
    )


def said(session: Session) -> list[str]:
    return "".join(piece.text for piece in session.pieces).splitlines()


def test_nobody_acts_unless_told_to() -> None:
    """In a cluster that is moved by hand nothing happens by itself."""
    assert [] == pods(session().cluster.settle().advance(600))


def test_a_controller_looks_once() -> None:
    """What it does is told, with why; a second look does what follows."""
    once = step(session(), "replicaset", "rs/web")

    assert 2 == len(pods(once.cluster))
    assert "create Pod/web-*: 2 of 2 pods are missing" == said(once)[0]
    assert "update status of ReplicaSet/web: the status is not up to date" == said(once)[-1]
    assert ["create Pod/web-*", "create Pod/web-*"] == [
        row.what for row in once.cluster.trace if row.actor == "replicaset" and row.what.startswith("create")
    ]
    again = step(once, "replicaset", "rs/web")
    assert said(again)[len(said(once)) :] == [
        "update status of ReplicaSet/web: replicas 0 -> 2, fullyLabeledReplicas 0 -> 2"
    ]


def test_a_full_trace_does_not_hide_what_was_done() -> None:
    """The rows of one look are told even if the trace keeps fewer."""
    once = step(session(rows=1), "replicaset", "rs/web")

    assert 5 == len(said(once))
    assert 1 == len(once.cluster.trace)


@pytest.mark.parametrize(("request_", "made"), [(1, 0), (2, 1), (3, 2), (9, 2)])
def test_a_crash_before_a_request(request_: int, made: int) -> None:
    """The process ends before that request, counted from 1, or after the last one; then it starts again."""
    after = step(session(), "replicaset", "rs/web", crash_before=request_)

    assert made == len(pods(after.cluster))
    assert "replicaset starts again" == said(after)[-1]


def test_a_refused_request_is_told() -> None:
    """A request that the API refuses is told with its answer."""
    cluster = Cluster.new(nodes=1, by_hand=True).create(deployment("web", replicas=1))
    found = step(Session(cluster), "deployment", "deploy/web").cluster.all("rs")[0]
    stranger = cluster.create(replicaset(found.name, image="other:1", replicas=0))

    lines = said(step(Session(stranger), "deployment", "deploy/web"))

    assert [line for line in lines if line.startswith(f"create ReplicaSet/{found.name}") and line.endswith("]")]


def test_another_namespace() -> None:
    """The object is looked for in the namespace of the session."""
    cluster = Cluster.new(nodes=1, by_hand=True).create(replicaset("web", replicas=1), namespace="kube-system")

    assert 1 == len(pods(step(Session(cluster, namespace="kube-system"), "replicaset", "rs/web").cluster))


@pytest.mark.parametrize(
    ("controller", "target", "why"),
    [
        ("replicasets", "rs/web", 'there is no controller "replicasets"; expected one of cronjob, daemonset, '),
        ("replicaset", "rs", 'expected TYPE/NAME, got "rs"'),
        ("replicaset", "rs/", 'expected TYPE/NAME, got "rs/"'),
    ],
)
def test_refused(controller: str, target: str, why: str) -> None:
    """What cannot be meant is refused, and says what can."""
    with pytest.raises(Refused) as refused:
        step(session(), controller, target)

    assert str(refused.value).startswith(why)


def test_an_object_that_is_not_there() -> None:
    """An object that is not there is a failure, as kubectl has it; so is a pod."""
    assert ['replicasets.apps "app" not found'] == failures(step(session(), "replicaset", "rs/app"))
    assert ['pods "app" not found'] == failures(fare(session(), "pod/app", "starts", FATES))


def failures(session: Session) -> list[str]:
    return [failure.message for failure in session.failures]


# --- fates -------------------------------------------------------------------------------------------------------


def test_a_pod_fares() -> None:
    """The pod starts, and then becomes ready."""
    made = step(session(), "replicaset", "rs/web")
    (first, _) = names(pods(made.cluster))

    ready = fare(fare(made, f"pod/{first}", "starts", FATES), f"pod/{first}", "becomes ready", FATES)

    assert [True, False] == [pod.ready for pod in pods(ready.cluster)]
    assert [f"Pod/{first} starts", f"Pod/{first} becomes ready"] == said(ready)[-2:]


def test_a_fate_that_is_not_possible() -> None:
    """A pod that does not run does not crash, and only pods have fates."""
    made = step(session(), "replicaset", "rs/web")
    (first, _) = names(pods(made.cluster))

    assert [f'error: "crashes" is not possible for Pod/{first} now'] == failures(
        fare(made, f"pod/{first}", "crashes", FATES)
    )
    assert ['error: "starts" is not possible for ReplicaSet/web now'] == failures(fare(made, "rs/web", "starts", FATES))


def test_an_unknown_fate() -> None:
    """A fate that nobody has heard of is refused, and says which there are."""
    with pytest.raises(Refused, match='unknown fate "flies"; expected one of starts, becomes ready, '):
        fare(session(), "pod/web", "flies", FATES)


def test_a_fate_that_the_api_refuses() -> None:
    """What the API does not take fails, and nothing is done."""
    made = step(session(), "replicaset", "rs/web")
    (first, _) = names(pods(made.cluster))
    starts = FATES[0]

    def bound_twice(pod: Pod, now: object) -> list[object]:
        return [*starts.writes(pod, now)[:1], *starts.writes(pod, now)]  # type: ignore[arg-type]

    after = fare(made, f"pod/{first}", "is twice", [Fate("is twice", starts.possible, bound_twice)])  # type: ignore[arg-type]

    assert 1 == len(failures(after))
    assert made.cluster.get("pod", first) == after.cluster.get("pod", first)
