"""Strategies: what they draw is valid, within its bounds, of every sort; and it shrinks to what one would write."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis.strategies import SearchStrategy

from reconcile.model.resource import Resource
from reconcile.testing import strategies as st
from reconcile.testing.moves import EDITS, Move
from reconcile.testing.pod_states import STATES
from reconcile.testing.scenes import admitted
from reconcile.testing.stage import FAULTS
from reconcile.testing.strategies.labels import choices
from reconcile.testing.strategies.moves import CONTROLLERS
from reconcile.testing.strategies.workloads import BY_KIND
from reconcile.view import Observed

T = TypeVar("T")

SEARCH: Final = settings(max_examples=2_000, database=None, derandomize=True, phases=[Phase.generate, Phase.shrink])


def least(strategy: SearchStrategy[T], such: Callable[[T], bool] = lambda drawn: True) -> T:
    """The smallest example of *strategy* that is *such*."""
    return find(strategy, such, settings=SEARCH)


CONTAINERS: Final = {"spec": {"containers": [{"name": "app", "image": "app:1"}]}}
SELECTING: Final = {
    "selector": {"matchLabels": {"app": "web"}},
    "template": {"metadata": {"labels": {"app": "web"}}, **CONTAINERS},
}


def ending(label: str) -> Any:
    spec = {"containers": [{"name": "app", "image": "app:ok"}], "restartPolicy": "Never"}
    return {"metadata": {"labels": {"made": label}}, "spec": spec}


LEAST: Final[Mapping[str, Any]] = {
    "Deployment": {"replicas": 0, **SELECTING},
    "ReplicaSet": {"replicas": 0, **SELECTING},
    "StatefulSet": {"replicas": 0, "serviceName": "web", **SELECTING},
    "DaemonSet": SELECTING,
    "Job": {"template": ending("by-job")},
    "CronJob": {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": ending("by-cron")}}},
}


@pytest.mark.parametrize("kind", BY_KIND)
def test_a_manifest_shrinks_to_the_shortest(kind: str) -> None:
    """No replicas, a good image, and nothing that need not be said."""
    assert LEAST[kind] == least(st.manifests(kinds=(kind,)))["spec"]


@given(st.manifests())
def test_the_api_takes_every_manifest(manifest: Any) -> None:
    """None is refused."""
    assert manifest["kind"] == admitted(manifest, uid="u").kind


@given(st.manifests(kinds=("Deployment", "StatefulSet", "Job"), max_replicas=1, name="mine"))
def test_bounds_are_kept(manifest: Any) -> None:
    """Names and sizes are as they are asked for."""
    spec = manifest["spec"]

    assert "mine" == manifest["metadata"]["name"]
    assert max(spec.get("replicas", 0), spec.get("parallelism", 0), spec.get("completions", 0)) <= 1


@pytest.mark.parametrize(
    ("strategy", "such", "expected"),
    [
        (st.deployments(), lambda spec: spec["replicas"] >= 2, {"replicas": 2, **SELECTING}),
        (
            st.deployments(),
            lambda spec: "strategy" in spec,
            {"replicas": 0, **SELECTING, "strategy": {"type": "Recreate"}},
        ),
        (
            st.jobs(),
            lambda spec: "successPolicy" in spec,
            {
                "template": ending("by-job"),
                "completionMode": "Indexed",
                "completions": 1,
                "successPolicy": {"rules": [{"succeededCount": 1}]},
            },
        ),
    ],
)
def test_a_specification_shrinks_to_what_matters(strategy: Any, such: Any, expected: Any) -> None:
    """What was looked for is there, and nothing else."""
    assert expected == least(strategy, lambda manifest: such(manifest["spec"]))["spec"]


# --- pods, nodes, states -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", STATES)
def test_pods_are_in_every_state(state: str) -> None:
    """Each state by its name; bound where it must be, and not on its way out if that was not looked for."""
    pod = least(st.pods(states=(state,)))

    assert STATES[state][0] in (pod.phase, "")
    assert bool(pod.node) == (STATES[state][0] in ("Running", "Succeeded", "Failed"))
    assert not pod.meta.deleting


def test_pods_may_be_told_apart() -> None:
    """Terminating ones, dear ones, restarted ones; none is on its way out if that is not wanted."""
    assert least(st.pods(), lambda pod: pod.meta.deleting).ready
    assert 5 == least(st.pods(), lambda pod: pod.cost > 0).cost
    assert 1 == least(st.pods(), lambda pod: pod.restarts > 0).restarts
    assert ["pod-0", "pod-1", "pod-2"] == [pod.name for pod in least(st.pod_lists(), lambda pods: len(pods) == 3)]


@given(st.pods(deleting=False, nodes=("mine",)))
def test_pods_keep_their_bounds(pod: Any) -> None:
    """Where they run, and whether they go."""
    assert pod.node in ("", "mine")
    assert not pod.meta.deleting


@pytest.mark.parametrize(
    "such",
    [
        lambda node: node.spec.get("unschedulable"),
        lambda node: node.taints,
        lambda node: node.meta.labels.get("zone"),
        lambda node: node.status["capacity"]["pods"] == "1",
        lambda node: node.status["conditions"][0]["status"] == "Unknown",
        lambda node: node.status["conditions"][0]["status"] == "False",
        lambda node: node.meta.annotations,
    ],
)
def test_nodes_are_in_every_state(such: Any) -> None:
    """Cordoned, tainted, labelled, small, lost, not ready, stopped; and in only one of them if that is enough."""
    usual, found = least(st.nodes()), least(st.nodes(), such)

    assert not such(usual)
    parts = ("spec", "status", "metadata")
    assert 1 == sum(usual.raw[part] != found.raw[part] for part in parts)


@pytest.mark.parametrize("kind", [*BY_KIND, "Widget"])
def test_states_shrink_to_the_object_alone(kind: str) -> None:
    """The least state has nobody around; the least one with company has one, which is well."""
    alone = least(st.states(kind))
    together = least(st.states(kind), lambda scene: len(scene.others) > 0)

    assert kind == alone.desired.kind
    assert () == alone.others
    assert 1 == len(together.others)
    assert alone.desired == together.desired


def test_states_come_in_three_forms() -> None:
    """As a scene, as what a controller's function takes, and as what `reconcile.sync` takes."""
    item, observed = least(st.observations("Job"))
    snapshot = least(st.snapshots("Job", controller="ttlafterfinished"))

    assert isinstance(item, Resource)
    assert isinstance(observed, Observed)
    assert ("ttlafterfinished", "Job") == (snapshot["controller"], snapshot["parent"]["kind"])


@given(st.states("ReplicaSet", max_children=1))
def test_states_keep_their_bounds(scene: Any) -> None:
    """How many there are around an object."""
    assert len(scene.others) <= 1


# --- moves and histories -------------------------------------------------------------------------------------------

LATER: Final = ("delete_child",)
"""Moves that only some laws draw."""


@pytest.mark.parametrize("word", sorted({*EDITS, *FAULTS} - {*LATER}))
def test_every_move_is_drawn(word: str) -> None:
    """What can be played can be drawn."""
    assert word == least(st.any_moves(), lambda move: move.word == word).word


def test_histories_shrink_to_what_matters() -> None:
    """One manifest, the move that was looked for, one node, the usual fates."""
    apply, undo = least(st.kubectl_histories(), lambda moves: any(move.word == "undo" for move in moves))
    assert ("apply", LEAST["Deployment"]) == (apply.word, apply.args["manifest"]["spec"])
    assert repr(Move("undo", {"target": 0, "revision": 0})) == repr(undo)

    history = least(st.histories(), lambda history: any(move.word == "crash" for move in history.moves))
    assert {"nodes": 1, "moves": 2} == {
        key: len(value) if key == "moves" else value for key, value in history.document().items()
    }

    schedule = least(st.fault_schedules(), lambda moves: any(move.word == "hold" for move in moves))
    assert [Move("hold", {"controller": CONTROLLERS[0]})] == schedule


@given(st.histories(max_size=3, max_nodes=1, max_replicas=1, faults=False, kinds=("Deployment",), protected=False))
def test_histories_keep_their_bounds(history: Any) -> None:
    """How long they are, how many nodes and pods there are, and what may go wrong."""
    applied = [move.args["manifest"] for move in history.moves if move.word == "apply"]

    assert 1 <= len(history.moves) <= 3
    assert (1, False) == (history.nodes, history.protected)
    assert {"Deployment"} == {manifest["kind"] for manifest in applied}
    assert all(manifest["spec"]["replicas"] <= 1 for manifest in applied)
    assert not {move.word for move in history.moves} & {"crash", "refuse", "lose_answer", "hold", "deafen", "follow"}


@given(st.fault_schedules(max_size=4, controllers=("job",)), st.pod_fates(max_pod=0, phases=("Failed",)))
def test_faults_keep_their_bounds(schedule: list[Move], fate: Move) -> None:
    """Who is struck, how often, and how."""
    assert len(schedule) <= 4
    assert {move.args["controller"] for move in schedule if "controller" in move.args} <= {"job"}
    assert (0, "Failed") == (fate.args["pod"], fate.args.get("phase", "Failed"))


def test_fates_shrink_to_everything_at_once() -> None:
    """No delays, and no chance in them; within the bound if there are some."""
    usual = least(st.fates())
    slow = least(st.fates(maximum=2), lambda rows: rows[-1].ready > 1)

    assert {0.0} == {usual[-1].start, usual[-1].ready, usual[-1].terminates, usual[-1].ready_jitter}
    assert 1.5 == slow[-1].ready
    assert 0.0 == least(st.delays())


def test_the_first_choice_is_the_least_one() -> None:
    """Equal options of different types are different ones."""
    assert 0 == least(choices(0, 1))
    assert False is least(choices(False, True))
    assert "a" == least(st.names())
    assert {} == least(st.labels())
    assert "app:1" == least(st.images())


@pytest.mark.parametrize("drawn", [st.manifests, st.patches, st.edits, st.histories])
def test_unknown_kinds_are_refused_in_one_sentence(drawn: Callable[..., Any]) -> None:
    """A kind that is no workload, and a name where several are expected."""
    with pytest.raises(ValueError, match=r"^unknown kind 'Pool'; expected some of Deployment, ReplicaSet, .*Job$"):
        drawn(kinds=("Job", "Pool"))
    with pytest.raises(ValueError, match=r"^expected kinds, e.g. \('Job',\), got 'Job'$"):
        drawn(kinds="Job")


def test_equal_arguments_give_the_very_same_strategy() -> None:
    """Making one costs more than drawing from it, so manifests are not made twice."""
    assert st.manifests(kinds=("Job",), name="a") is st.manifests(kinds=("Job",), name="a")
