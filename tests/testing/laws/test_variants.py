"""Mistakes as users make them, in controllers of several styles: each is caught within the default budget, by the law
that says what is wrong, with a counterexample that fits on a screen."""

import itertools
import unittest
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import strategies as st

from reconcile import Action, Controller, Create, Delete, Observed, Patch, Remember, Resource, UpdateStatus, owned
from reconcile.model.clock import stamp
from reconcile.model.pod import Pod, controller_reference
from reconcile.testing import laws

SCREEN = 40
"""How many lines a counterexample may have."""

_NUMBERS = itertools.count()


def pod(holder: Resource, **meta: object) -> Create:
    """A pod of *holder*'s."""
    named = meta or {"generateName": f"{holder.name}-"}
    metadata = {**named, "ownerReferences": [controller_reference(holder)]}
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": holder.spec["template"]["spec"]}
    return Create("Pod", holder.namespace, body, "one is missing")


def config(holder: Resource, **meta: object) -> Create:
    """A ConfigMap of *holder*'s."""
    body = {"apiVersion": "v1", "kind": "ConfigMap"}
    metadata = {**meta, "ownerReferences": [controller_reference(holder)]}
    return Create("ConfigMap", holder.namespace, {**body, "metadata": metadata}, "there is none")


def living(holder: Resource, observed: Observed) -> list[Pod]:
    return [item for item in observed.owned("Pod", holder).of(Pod) if item.active]


def drop(item: Resource) -> Delete:
    return Delete(item.kind, item.namespace, item.name, "it is not wanted")


def missing(holder: Resource, observed: Observed) -> int:
    return 0 if holder.meta.deleting else int(holder.spec["replicas"]) - len(living(holder, observed))


# --- what is wrong with them -----------------------------------------------------------------------------------------


def counts_ready_pods(fleet: Resource, observed: Observed) -> list[Action]:
    """Pods that are on their way do not count, so more are made; when they come up, some are too many."""
    pods = living(fleet, observed)
    ready = [item for item in pods if item.ready]
    short = 0 if fleet.meta.deleting else fleet.spec["replicas"] - len(ready)
    return [pod(fleet)] * short if short > 0 else [drop(item) for item in ready[:-short]] if short else []


def counts_ready_pods_and_keeps_all(fleet: Resource, observed: Observed) -> list[Action]:
    ready = [item for item in living(fleet, observed) if item.ready]
    return [] if fleet.meta.deleting else [pod(fleet)] * (fleet.spec["replicas"] - len(ready))


def replaces_config(app: Resource, observed: Observed) -> list[Action]:
    """The old ConfigMap goes before the new one comes."""
    name = f"{app.name}-v{app.spec['version']}"
    mine = list(observed.owned("ConfigMap", app))
    new = [] if app.meta.deleting or any(item.name == name for item in mine) else [config(app, name=name)]
    return [*(drop(item) for item in mine if item.name != name), *new]


def cleans_up_by_name(backup: Resource, observed: Observed) -> list[Action]:
    """Whatever has a name that begins like its own is taken for its own."""
    pods = [item for item in observed.cache.all("Pod", backup.namespace) if isinstance(item, Pod)]
    ended = [item for item in pods if item.name.startswith(backup.name) and item.finished]
    there = observed.owned("Pod", backup) or backup.meta.deleting
    return [*map(drop, ended), *([] if there else [pod(backup, name=f"{backup.name}-run")])]


def cleans_up_config_by_name(app: Resource, observed: Observed) -> list[Action]:
    found = [item for item in observed.cache.all("ConfigMap") if item.name.startswith(app.name)]
    if app.meta.deleting:
        return [drop(item) for item in found if not item.meta.deleting]
    return [] if found else [config(app, name=f"{app.name}-config")]


def ends_by_itself(session: Resource, observed: Observed) -> list[Action]:
    """Its time is over some time after it began; it does not ask to be woken then."""
    assert session.meta.created is not None
    over = session.meta.created + timedelta(seconds=session.spec["ttl"]) <= observed.now
    return [drop(session)] if over and not session.meta.deleting else []


def says_when_it_looked(widget: Resource, observed: Observed) -> list[Action]:
    return [UpdateStatus(widget.put(("status", "seen"), stamp(observed.now)), "it was looked at")]


def numbers_its_pods(pool: Resource, observed: Observed) -> list[Action]:
    """The numbers come from a counter of the process."""
    return [pod(pool, name=f"{pool.name}-{next(_NUMBERS)}") for _ in range(missing(pool, observed))]


def deletes_out_of_a_set(widget: Resource, observed: Observed) -> list[Action]:
    names = {item.name for item in living(widget, observed)}
    surplus = max(len(names) - widget.spec["replicas"], 0)
    return [Delete("Pod", widget.namespace, name, "one too many") for name in list(names)[:surplus]]


SETS = Controller("sets", "Widget", deletes_out_of_a_set, (owned("Pod", "Widget"),))
"""An attribute of this module, so that another process can find it."""


def outlives_itself(site: Resource, observed: Observed) -> list[Action]:
    """It does not look whether it is being deleted."""
    return [pod(site)] * (site.spec["replicas"] - len(living(site, observed)))


def remembers(runner: Resource, observed: Observed) -> list[Action]:
    """What it has made it knows by heart."""
    done = observed.memory or runner.meta.deleting
    return [] if done else [config(runner, generateName="run-"), Remember(True, "it has been made")]


def keeps_pods(holder: Resource, observed: Observed) -> list[Action]:
    return [pod(holder)] * missing(holder, observed)


def takes_all_of_a_label(zapper: Resource, observed: Observed) -> list[Action]:
    """Whoever carries the label is taken for its own."""
    marks = zapper.spec["selector"]["matchLabels"].items()
    pods = [item for item in observed.cache.all("Pod", zapper.namespace) if marks <= item.meta.labels.items()]
    return [drop(item) for item in pods[zapper.spec["replicas"] :] if not item.meta.deleting]


def labels_again_and_again(app: Resource, observed: Observed) -> list[Action]:
    """It patches its ConfigMap whether it needs to or not."""
    mine = list(observed.owned("ConfigMap", app))
    change: Any = {"metadata": {"labels": {"version": str(app.spec["version"])}}}
    patches = [Patch("ConfigMap", item.namespace, item.name, change, "its version") for item in mine]
    return [*patches, *([] if mine or app.meta.deleting else [config(app, name=f"{app.name}-config")])]


def numbered(field: str, most: int) -> Any:
    head = {"apiVersion": "example.com/v1", "kind": "App", "metadata": {"name": "shop"}}
    return st.integers(1, most).map(lambda number: {**head, "spec": {field: number}})


VERSIONS = numbered("version", 3)
TTLS = numbered("ttl", 600)


def of_pods(reconcile: Any) -> Controller:
    return Controller("widgets", "Widget", reconcile, (owned("Pod", "Widget"),), settles=True)


def of_config(reconcile: Any) -> Controller:
    return Controller("apps", "App", reconcile, (owned("ConfigMap", "App"),))


CASES: Mapping[str, tuple[Controller, Any, str, str]] = {
    "counts ready pods": (of_pods(counts_ready_pods), None, "keeps_what_it_makes", "which it has just made"),
    "and keeps them": (of_pods(counts_ready_pods_and_keeps_all), None, "any_order", "in another order it ends with"),
    "replaces config": (of_config(replaces_config), VERSIONS, "make_before_break", "deletes before it creates"),
    "cleans up by name": (of_pods(cleans_up_by_name), None, "guarantee", "is not its own"),
    "cleans up config by name": (of_config(cleans_up_config_by_name), VERSIONS, "guarantee", "is not its own"),
    "does not wake": (Controller("apps", "App", ends_by_itself), TTLS, "wakes_itself", "had not asked to be woken"),
    "hot loop": (of_pods(says_when_it_looked), None, "quiet_at_goal", "it wants to update status of Widget/web"),
    "counter": (of_pods(numbers_its_pods), None, "pure", "asked twice it answers differently"),
    "set": (SETS, None, "hash_seed_blind", "another process plans otherwise"),
    "outlives itself": (of_pods(outlives_itself), None, "lets_go", "Widget/web is being deleted"),
    "outlives itself for ever": (of_pods(outlives_itself), None, "settles", "still busy after 300 steps"),
    "remembers": (of_config(remembers), VERSIONS, "interrupted", "creates 2 ConfigMaps where 1 are enough"),
    "watches nothing": (
        Controller("widgets", "Widget", keeps_pods, settles=True), None, "wakes_itself", "wants to create Pod/web-*"
    ),
    "takes all of a label": (of_pods(takes_all_of_a_label), None, "guarantee", "is not its own"),
    "labels again": (of_config(labels_again_and_again), VERSIONS, "quiet_at_goal", "wants to patch ConfigMap"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_mistakes_are_caught(case: str) -> None:
    """The law that speaks of it is broken, and the report is read at a glance."""
    controller, desired, law, said = CASES[case]
    result = unittest.TestResult()

    laws.check(controller, desired=desired)(f"test_{law}").run(result)

    assert [] == result.errors + result.skipped
    (_, told), *_ = [*result.failures, (None, "the law holds")]
    assert said in told
    report = told[told.index("breaks the law") :]
    assert len(report.splitlines()) <= SCREEN, report


GOOD = {
    "pods": (of_pods(keeps_pods), None),
    "deployments": (Controller("apps", "App", lambda app, observed: [], ()), VERSIONS),
}


@pytest.mark.parametrize("case", GOOD)
def test_nothing_is_said_of_good_ones(case: str) -> None:
    """A controller without a mistake breaks no law."""
    controller, desired = GOOD[case]
    result = unittest.TestResult()

    tests = unittest.defaultTestLoader.loadTestsFromTestCase(laws.check(controller, desired=desired, max_examples=25))
    tests.run(result)

    assert [] == result.failures + result.errors


STATE = """
now: "2026-01-01T01:00:00Z"
parent: {kind: Widget, apiVersion: example.com/v1, metadata: {name: web}, spec: {replicas: 0}}
observed:
  pods:
"""
OWN = "  - {metadata: {name: web-%d, ownerReferences: [parent]}, spec: {containers: [{name: c}]}, status: new}\n"


def test_a_plan_of_another_process_can_be_asked_for_again() -> None:
    """`replay` starts the second process, too; with twelve names no two hash seeds give one order."""
    with pytest.raises(laws.LawBroken, match="another process plans otherwise:\n  here: delete Pod/web-"):
        laws.replay(SETS, "hash_seed_blind", STATE + "".join(OWN % number for number in range(12)))


def reads_versions(app: Resource, observed: Observed) -> list[Action]:
    return [] * int(app.spec["version"])


def test_a_hint_is_given_if_objects_are_not_as_expected() -> None:
    """A controller of an unknown kind may want other fields than those that are drawn by default."""
    result = unittest.TestResult()

    laws.check(of_config(reads_versions), max_examples=5)("test_total").run(result)

    (_, told), *_ = result.failures
    assert "it raises KeyError: 'version' (test_variants.py:" in told
    assert "by default its objects have replicas, selector and template" in told


def makes_nonsense(app: Resource, observed: Observed) -> list[Action]:
    """What the API refuses, over and over."""
    return [Create("Pod", app.namespace, {"apiVersion": "v1", "kind": "Pod", "metadata": {}, "spec": {}}, "nonsense")]


def test_what_the_api_refuses_is_no_child() -> None:
    """Scenes are drawn without it; the life shows that it fails for ever."""
    result = unittest.TestResult()
    case = laws.check(of_config(makes_nonsense), desired=VERSIONS, max_examples=20)

    for law in ("make_before_break", "settles"):
        case(f"test_{law}").run(result)

    (test, told), *others = result.failures
    assert ("test_settles", []) == (test._testMethodName, others)
    assert "it fails for ever: create Pod" in told
