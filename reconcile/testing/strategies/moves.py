"""What users do, what time does, what goes wrong: moves, and whole histories of them."""

from collections.abc import Mapping
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from reconcile.testing.moves import Move
from reconcile.testing.strategies.labels import choices, optional
from reconcile.testing.strategies.templates import images
from reconcile.testing.strategies.workloads import BY_KIND, expect_kinds, manifests

Moves = SearchStrategy[Move]

CONTROLLERS: Final = (
    *("replicaset", "deployment", "statefulset", "daemonset", "job", "cronjob", "job-orphan", "ttlafterfinished"),
    *("garbage-collector", "endpointslice", "scheduler", "kubelet", "pvc-protection", "volume-binder"),
    *("node-lifecycle", "pod-eviction"),
)
"""Whose caches and processes fail."""

_INDEX: Final = st.integers(0, 5)
_FEW: Final = st.integers(0, 3)


def move(word: str, **args: SearchStrategy[Any]) -> Moves:
    """Return moves of one *word* with arguments drawn from *args*."""
    return st.fixed_dictionaries(args).map(lambda drawn: Move(word, drawn))


def _spec(kind: str, **fields: SearchStrategy[Any]) -> Moves:
    bodies = [st.fixed_dictionaries({name: values}) for name, values in fields.items()]
    return move("patch", kind=st.just(kind), target=_FEW, body=st.fixed_dictionaries({"spec": st.one_of(bodies)}))


def patches(*, kinds: tuple[str, ...] = tuple(BY_KIND)) -> Moves:
    """Return patches of one field of a workload's spec."""
    expect_kinds(kinds)
    ready = st.integers(0, 3)
    rolling = st.fixed_dictionaries({"maxSurge": st.integers(0, 2), "maxUnavailable": st.integers(0, 2)})
    strategies: dict[str, Moves] = {
        "Deployment": _spec(
            "Deployment",
            minReadySeconds=ready,
            revisionHistoryLimit=_FEW,
            strategy=rolling.map(lambda drawn: {"type": "RollingUpdate", "rollingUpdate": drawn})
            | st.just({"type": "Recreate", "rollingUpdate": None}),
        ),
        "ReplicaSet": _spec("ReplicaSet", minReadySeconds=ready),
        "StatefulSet": _spec(
            "StatefulSet",
            minReadySeconds=ready,
            updateStrategy=_FEW.map(lambda n: {"type": "RollingUpdate", "rollingUpdate": {"partition": n}})
            | st.just({"type": "OnDelete", "rollingUpdate": None}),
            ordinals=st.integers(0, 2).map(lambda first: {"start": first}),
        ),
        "DaemonSet": _spec(
            "DaemonSet",
            minReadySeconds=ready,
            updateStrategy=st.integers(1, 3).map(
                lambda n: {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": n, "maxSurge": 0}}
            )
            | st.integers(1, 2).map(
                lambda n: {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": n}}
            )
            | st.just({"type": "OnDelete", "rollingUpdate": None}),
        ),
        "Job": _spec("Job", parallelism=st.integers(0, 4), completions=st.integers(1, 4), backoffLimit=_FEW),
        "CronJob": _spec(
            "CronJob",
            schedule=st.sampled_from(("* * * * *", "*/2 * * * *")),
            concurrencyPolicy=st.sampled_from(("Allow", "Forbid", "Replace")),
            successfulJobsHistoryLimit=_FEW,
        ),
    }
    return st.one_of([strategies[kind] for kind in kinds])


Words = Mapping[str, Moves]
"""Moves by their word."""


def applies(*, kinds: tuple[str, ...] = tuple(BY_KIND), max_replicas: int | None = None) -> Moves:
    """Return moves that apply a manifest."""
    return move("apply", manifest=manifests(kinds=kinds, max_replicas=max_replicas))


def edits_by_word(*, kinds: tuple[str, ...] = tuple(BY_KIND), max_replicas: int = 5) -> Words:
    """Return, by word, what users of kubectl do to workloads of *kinds*: apply, scale, set image, undo, delete ..."""
    return {
        "apply": applies(kinds=kinds, max_replicas=max_replicas),
        "scale": move("scale", target=_FEW, replicas=st.integers(0, max_replicas), owned=st.booleans()),
        "image": move("image", target=_FEW, image=images()),
        "undo": move("undo", target=_FEW, revision=_FEW),
        "pause": move("pause", target=_FEW),
        "resume": move("resume", target=_FEW),
        "restart": move("restart", target=_FEW),
        "suspend": move("suspend", target=_FEW, on=st.booleans()),
        "patch": patches(kinds=kinds),
        "delete": move("delete", target=_FEW, propagation=choices("Background", "Foreground", "Orphan")),
        "delete_pod": move("delete_pod", pod=_INDEX, grace=choices(None, 0, 5)),
        "label_pod": move(
            "label_pod", pod=_INDEX, labels=st.fixed_dictionaries({"app": choices(None, "web", "other")})
        ),
        "delete_claim": move("delete_claim", claim=_INDEX),
    }


POD_FATES: Final[Words] = {
    "end_pod": move("end_pod", pod=_INDEX, phase=choices("Failed", "Succeeded")),
    "unready_pod": move("unready_pod", pod=_INDEX),
}
"""What befalls single pods."""

NODE_MOVES: Final[Words] = {
    "stop_node": move("stop_node", node=_INDEX),
    "start_node": move("start_node", node=_INDEX),
    "slow_node": move("slow_node", node=_INDEX, seconds=st.integers(1, 60).map(float)),
    "cordon": move("cordon", node=_INDEX, on=st.booleans()),
    "taint": move("taint", node=_INDEX, effect=choices(None, "NoSchedule", "NoExecute")),
    "label_node": move("label_node", node=_INDEX, labels=st.fixed_dictionaries({"zone": choices("a", "b", None)})),
    "add_node": move("add_node", number=_FEW, labels=optional({}, zone=st.just("a"))),
    "remove_node": move("remove_node", node=_INDEX),
}
"""What befalls nodes."""


def time_by_word(*, max_steps: int = 12, max_seconds: float = 60.0) -> Words:
    """Return, by word, syncs in any order, and time that passes."""
    return {
        "work": move("work", steps=st.integers(1, max_steps), seed=st.integers(0, 7)),
        "wait": move("wait", seconds=st.integers(0, int(max_seconds)).map(float)),
    }


def faults_by_word(*, controllers: tuple[str, ...] = CONTROLLERS) -> Words:
    """Return, by word, what goes wrong between *controllers* and the API: crashes, refusals, caches that lag ..."""
    named, request = choices(*controllers), st.integers(0, 4)
    reasons = choices("InternalError", "Conflict", "Forbidden", "Timeout")
    return {
        "crash": move("crash", pick=_FEW, before=request),
        "refuse": move("refuse", pick=_FEW, request=request, reason=reasons),
        "lose_answer": move("lose_answer", pick=_FEW, request=request),
        "hold": move("hold", controller=named),
        "deafen": move("deafen", controller=named),
        "follow": move("follow", controller=named),
        "catch_up": move("catch_up", controller=named),
        "restart_controller": move("restart_controller", controller=named),
        "again": move("again", target=_FEW),
    }


def edits(*, kinds: tuple[str, ...] = tuple(BY_KIND), max_replicas: int = 5) -> Moves:
    """Return what users of kubectl do to workloads of *kinds*: apply, scale, set image, undo, delete, label ..."""
    return st.one_of(list(edits_by_word(kinds=kinds, max_replicas=max_replicas).values()))


def pod_fates(*, max_pod: int = 5, phases: tuple[str, ...] = ("Failed", "Succeeded")) -> Moves:
    """Return what befalls single pods, one of the first *max_pod* + 1: they end in one of *phases*, or are unready for
    a moment."""
    pod = st.integers(0, max_pod)
    return st.one_of(move("end_pod", pod=pod, phase=choices(*phases)), move("unready_pod", pod=pod))


def node_moves() -> Moves:
    """Return what befalls nodes: they come, go, are cordoned, tainted, labelled, stop, start, are slow."""
    return st.one_of(list(NODE_MOVES.values()))


def time_moves(*, max_steps: int = 12, max_seconds: float = 60.0) -> Moves:
    """Return syncs in any order, and time that passes."""
    return st.one_of(list(time_by_word(max_steps=max_steps, max_seconds=max_seconds).values()))


def fault_moves(*, controllers: tuple[str, ...] = CONTROLLERS) -> Moves:
    """Return what goes wrong between *controllers* and the API: crashes, refusals, lost answers, caches that lag."""
    return st.one_of(list(faults_by_word(controllers=controllers).values()))


def fault_schedules(
    *, min_size: int = 0, max_size: int = 6, controllers: tuple[str, ...] = CONTROLLERS
) -> SearchStrategy[list[Move]]:
    """Return schedules of faults, with work that is done and time that passes between them."""
    return st.lists(fault_moves(controllers=controllers) | time_moves(), min_size=min_size, max_size=max_size)


def any_moves(*, kinds: tuple[str, ...] = tuple(BY_KIND), faults: bool = True, max_replicas: int = 5) -> Moves:
    """Return moves of all sorts; most of them are time, so that something happens between the others."""
    chaos = [pod_fates(), node_moves(), *([fault_moves()] if faults else [])]
    return st.one_of(time_moves(), time_moves(), edits(kinds=kinds, max_replicas=max_replicas), *chaos)


def kubectl_histories(
    *, kinds: tuple[str, ...] = tuple(BY_KIND), min_size: int = 1, max_size: int = 10, max_replicas: int = 5
) -> SearchStrategy[list[Move]]:
    """Return sequences of users' edits, with time between them; the first one applies a manifest."""
    first = applies(kinds=kinds, max_replicas=max_replicas)
    rest = st.lists(
        edits(kinds=kinds, max_replicas=max_replicas) | time_moves(), min_size=min_size - 1, max_size=max_size - 1
    )
    return st.builds(lambda head, tail: [head, *tail], first, rest)
