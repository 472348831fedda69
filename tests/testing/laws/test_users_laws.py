"""Users' controllers: what is wrong with one is found within the default budget, and told on a screen."""

import importlib.util
import sys
import unittest
from pathlib import Path
from textwrap import indent
from types import ModuleType

import pytest
from hypothesis import strategies as st

from reconcile import Action, Controller, Create, Observed, Patch, Resource, UpdateStatus, WakeAt, owned
from reconcile.actions import MERGE
from reconcile.model.pod import controller_reference
from reconcile.testing import laws
from reconcile.testing.laws.kin import children
from reconcile.testing.scenes import Scene, admitted

USERS = Path(__file__).parent / "users"
SCREEN = 50
"""How many lines a counterexample may have."""

CONTAINER = {"name": "app", "image": "app:1"}
_COUNT = {"calls": 0}


def load(name: str) -> ModuleType:
    """The user's file of that name, as a module that nobody can import by its name."""
    spec = importlib.util.spec_from_file_location(name, USERS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def broken(controller: Controller, law: str, **how: object) -> str:
    """What the test of *law* says about *controller*; empty if it passes."""
    result = unittest.TestResult()
    laws.check(controller, **how)(f"test_{law}").run(result)  # type: ignore[arg-type]
    assert [] == result.errors
    return result.failures[0][1] if result.failures else ""


@pytest.mark.parametrize(
    ("file", "name", "law", "said"),
    [
        ("too_many", "WIDGETS", "stale", "under a stale view it creates 2 Pods where 1 are enough"),
        (
            "breaks_first",
            "WIDGETS",
            "make_before_break",
            "it deletes before it creates: cut short, there are 1 Pods less",
        ),
        ("oversleeps", "LEASES", "wakes_itself", "it had not asked to be woken"),
    ],
)
def test_a_faulty_controller_is_caught(file: str, name: str, law: str, said: str) -> None:
    """Thirty lines with a mistake: the law that it breaks says which, with a small state and a line to try it again."""
    assert len((USERS / f"{file}.py").read_text(encoding="utf-8").splitlines()) <= 40

    told = broken(getattr(load(file), name), law)

    assert said in told
    report = told[told.index("breaks the law") :]
    assert len(report.splitlines()) <= SCREEN, report
    assert f'from {file} import {name}\nlaws.replay({name}, "{law}", """\n' in report


def pasted(told: str) -> str:
    """The Python in a report."""
    return told[told.index("from reconcile.testing import laws") :]


def test_a_counterexample_can_be_tried_again() -> None:
    """What a report ends with can be pasted as it is, also into a function; a law that holds is silent there."""
    snippet = pasted(broken(load("too_many").WIDGETS, "stale")).rstrip()

    for text in (snippet, "if True:\n" + indent(snippet, "    ")):
        with pytest.raises(laws.LawBroken, match="stale view"):
            exec(text, {})
    exec(snippet.replace('"stale"', '"settles"'), {})


def test_a_report_is_all_there_is_to_read() -> None:
    """Neither Hypothesis's own account of the example nor its frames come with a report."""
    told = broken(load("too_many").WIDGETS, "stale")

    assert told.rstrip().endswith('""")')
    assert "hypothesis" not in told


def test_what_cannot_be_pasted_is_said() -> None:
    """A controller that no module holds has no import, and `touches` must be given again; the report says so."""
    controller = Controller("all-pods", "Widget", labels_everybody)
    lines = pasted(broken(controller, "guarantee", touches=lambda desired, item: False)).splitlines()

    assert "# ALL_PODS: the controller called 'all-pods', which is no attribute of a module" == lines[1]
    assert "# touches: what `laws.check` was given" == lines[2]
    assert 'laws.replay(ALL_PODS, "guarantee", """' == lines[3]
    assert '""", touches=...)' in lines


def test_a_good_controller_of_a_users_own_passes() -> None:
    """The controller that waits for its own writes keeps every law."""
    controller = load("keeps_count").WIDGETS
    result = unittest.TestResult()

    unittest.defaultTestLoader.loadTestsFromTestCase(laws.check(controller, max_examples=15)).run(result)

    assert [] == result.failures + result.errors
    assert [] == result.skipped
    assert len(laws.LAWS) == result.testsRun


# --- one mistake for each law --------------------------------------------------------------------------------------


def raises(widget: Resource, observed: Observed) -> list[Action]:
    return [] if widget.spec["replicas"] else widget.spec["no such field"]


def counts_calls(widget: Resource, observed: Observed) -> list[Action]:
    _COUNT["calls"] += 1
    return [UpdateStatus(widget.put(("status", "calls"), _COUNT["calls"]), "one more call")]


_SEEN: dict[str, int] = {}


def skips_what_it_knows(widget: Resource, observed: Observed) -> list[Action]:
    """Keeps by the uid what it has seen, in a global variable."""
    if _SEEN.get(widget.uid) == widget.spec["replicas"]:
        return []
    _SEEN[widget.uid] = widget.spec["replicas"]
    return [UpdateStatus(widget.put(("status", "seen"), widget.spec["replicas"]), "it was seen")]


def fails_once(widget: Resource, observed: Observed) -> list[Action]:
    _COUNT["fails"] = _COUNT.get("fails", 0) + 1
    return [] if _COUNT["fails"] != 20 else widget.spec["no such field"]


def takes_the_first(widget: Resource, observed: Observed) -> list[Action]:
    """Reads the store's map of pods as it comes, which depends on the order in which they came into it."""
    pods = observed.cache.objects.get("Pod", {}).values()  # type: ignore[attr-defined]
    names = ",".join(pod.name for pod in pods)
    return [UpdateStatus(widget.put(("status", "names"), names), "the pods that there are")] if names else []


MANY_PODS = st.just(
    [
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"pod-{index}"}, "spec": {"containers": [CONTAINER]}}
        for index in range(24)
    ]
)


def takes_any(widget: Resource, observed: Observed) -> list[Action]:
    owners = {key for pod in observed.cache.all("Pod") for key in (*pod.meta.labels, pod.name)}
    return [UpdateStatus(widget.put(("status", "names"), ",".join(owners)), "who owns pods")] if owners else []


def labels_everybody(widget: Resource, observed: Observed) -> list[Action]:
    body = {"metadata": {"labels": {"seen": "yes"}}}
    pods = [pod for pod in observed.cache.all("Pod") if pod.meta.labels.get("seen") != "yes"]
    return [Patch("Pod", pod.namespace, pod.name, body, "it was seen") for pod in pods]


def makes_foundlings(widget: Resource, observed: Observed) -> list[Action]:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"{widget.name}-config"}}
    there = observed.cache.get("ConfigMap", widget.namespace, f"{widget.name}-config")
    return [] if there is not None else [Create("ConfigMap", widget.namespace, body, "there is none")]


def wakes_in_the_past(widget: Resource, observed: Observed) -> list[Action]:
    return [WakeAt(widget.meta.created, "it should have been done then")] if widget.meta.deleting else []


def writes_idly(widget: Resource, observed: Observed) -> list[Action]:
    return [UpdateStatus(widget, "to be sure")]


def always_counts(widget: Resource, observed: Observed) -> list[Action]:
    return [UpdateStatus(widget.put(("status", "pods"), len(list(observed.owned("Pod", widget)))), "they were counted")]


def never_rests(widget: Resource, observed: Observed) -> list[Action]:
    turns = int(widget.status.get("turns") or 0)
    return [UpdateStatus(widget.put(("status", "turns"), turns + 1), "round and round")]


def always_fails(widget: Resource, observed: Observed) -> list[Action]:
    return [Patch("Pod", widget.namespace, "nowhere", {"metadata": {"labels": {"a": "b"}}}, "it is not there")]


def twice_after_a_crash(widget: Resource, observed: Observed) -> list[Action]:
    """Notes that it has made its pod only after making it; what it notes is what it goes by."""
    if widget.status.get("made") or widget.meta.deleting:
        return []
    meta = {"generateName": f"{widget.name}-", "ownerReferences": [controller_reference(widget)]}
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": widget.spec["template"]["spec"]}
    return [
        Create("Pod", widget.namespace, body, "it has none"),
        UpdateStatus(widget.put(("status", "made"), True), "it has one now"),
    ]


def numbers_its_pods(widget: Resource, observed: Observed) -> list[Action]:
    """Notes in its object how many pods it has named; two pods are never called the same."""
    there = sum(1 for pod in observed.owned("Pod", widget) if not pod.meta.deleting)
    if widget.meta.deleting or there >= widget.spec["replicas"]:
        return []
    number = int(widget.meta.annotations.get("number", "0"))
    meta = {"name": f"{widget.name}-{number}", "ownerReferences": [controller_reference(widget)]}
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": widget.spec["template"]["spec"]}
    noted = {"metadata": {"annotations": {"number": str(number + 1)}}}
    return [
        Create("Pod", widget.namespace, body, "there are too few"),
        Patch(*widget.key, noted, "the number is taken", patch_type=MERGE),
    ]


@pytest.mark.parametrize(
    ("law", "reconcile", "said"),
    [
        ("total", raises, "KeyError"),
        ("pure", counts_calls, "asked twice it answers differently"),
        ("pure", skips_what_it_knows, "asked twice it answers differently"),
        ("total", fails_once, "`pure`: shown the same twice it does not want the same twice"),
        ("guarantee", labels_everybody, "is not its own"),
        ("guarantee", makes_foundlings, "would not be the owner of what it creates"),
        ("future_wakes", wakes_in_the_past, "it asks to be woken at"),
        ("no_idle_status", writes_idly, "it writes the status as it is"),
        ("no_idle_status", always_counts, "asked again, it writes the status as it is: {'pods': 0}"),
        ("settles", always_fails, "it fails for ever: patch Pod/nowhere"),
        ("stale", numbers_its_pods, "under a stale view it creates 2 Pods where 1 are enough"),
        ("interrupted", twice_after_a_crash, "creates 2 Pods where 1 are enough"),
    ],
)
def test_each_law_catches_its_mistake(law: str, reconcile: object, said: str) -> None:
    """A controller that breaks one law is told so by the test of that law."""
    settles = law != "stale"  # who waits for its own writes sees no stale view
    controller = Controller("widgets", "Widget", reconcile, watches=(owned("Pod", "Widget"),), settles=settles)  # type: ignore[arg-type]

    assert said in broken(controller, law, max_examples=60)


def test_an_order_that_depends_on_history_is_caught() -> None:
    """The same objects, put into the store in the opposite order, give another plan."""
    controller = Controller("widgets", "Widget", takes_the_first)

    assert "with the objects in the opposite order" in broken(controller, "order_blind", observed=MANY_PODS)


LIFE = """
moves:
- apply: {manifest: {apiVersion: example.com/v1, kind: Widget, metadata: {name: web}}}
"""


def test_a_controller_that_never_rests_is_caught() -> None:
    """Each of its writes wakes it once more; the laws that need it to come to rest say so."""
    controller = Controller("widgets", "Widget", never_rests)

    for law in ("settles", "quiet_at_goal", "interrupted", "stale"):
        with pytest.raises(laws.LawBroken, match="still busy after"):
            laws.replay(controller, law, LIFE)


def stamps_each_look(widget: Resource, observed: Observed) -> list[Action]:
    looks = int(widget.status.get("looks") or 0)
    return [UpdateStatus(widget.put(("status", "looks"), looks + 1), "it was looked at")]


def test_a_controller_that_is_only_quiet_while_nobody_wakes_it_is_caught() -> None:
    """Its own writes do not wake it, so it comes to rest; but every further look makes it write."""
    controller = Controller("widgets", "Widget", stamps_each_look, interest=lambda change, _: change[0] is None)

    assert "" == broken(controller, "settles", max_examples=10)
    assert "nothing was left to do, but it wants to update status" in broken(controller, "quiet_at_goal")


SEEDS = Controller("seeds", "Widget", takes_any)
"""An attribute of this module, so that another process can find it."""


def test_an_order_that_depends_on_hashing_is_caught() -> None:
    """Another process, with another hash seed, gives another plan."""
    assert "another process plans otherwise" in broken(SEEDS, "hash_seed_blind", max_examples=60)


def test_children_that_admission_has_filled_in_are_told_in_a_line_each() -> None:
    """A pod that the controller itself has made is as short as a drawn one."""
    spec = {"containers": [{"name": "app", "image": "app:1"}]}
    body = {"metadata": {"name": "web-0"}, "apiVersion": "v1", "kind": "Pod", "spec": spec}
    widget = admitted(
        {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "web"}}, uid="uid-desired"
    )
    controller = Controller("w", "Widget", lambda widget, observed: [Create("Pod", "default", body, "it has none")])

    text = Scene(widget, tuple(children(controller, widget))).text()

    assert 'spec: {containers: [{name: app, image: "app:1"}]}' in text
    assert "tolerations" not in text


def test_a_controller_that_nobody_can_import_is_not_asked() -> None:
    """A controller that is no attribute of a module cannot be found by another process; the test says so."""
    result = unittest.TestResult()

    laws.check(Controller("w", "Widget", raises))("test_hash_seed_blind").run(result)

    assert "another process cannot find it" in result.skipped[0][1]


def test_laws_can_be_waived_with_a_reason() -> None:
    """A law that a controller breaks on purpose is skipped, and the reason shown."""
    result = unittest.TestResult()
    controller = load("breaks_first").WIDGETS

    laws.check(controller, waive={"make_before_break": "there is room for one only"})("test_make_before_break").run(
        result
    )

    assert [] == result.failures
    assert "there is room for one only" == result.skipped[0][1]


def test_a_controller_of_all_kinds_is_refused() -> None:
    """Laws are said of a controller of one kind."""
    with pytest.raises(ValueError, match="looks after all kinds"):
        laws.check(Controller("all", "*", raises))


def test_what_else_there_is_may_depend_on_the_object() -> None:
    """`observed` takes a function, and lists whose objects nobody owns are there in lives as well."""

    def named(widget: Resource) -> st.SearchStrategy[object]:
        return MANY_PODS.map(lambda pods: [{**pod, "metadata": {"name": f"{widget.name}-pod"}} for pod in pods[:1]])

    seen: set[str] = set()

    def looks(widget: Resource, observed: Observed) -> list[Action]:
        seen.update(pod.name for pod in observed.cache.all("Pod"))
        return []

    controller = Controller("widgets", "Widget", looks)
    assert "" == broken(controller, "total", observed=named, max_examples=5)
    assert {"web-pod"} == seen
    assert "" == broken(controller, "settles", observed=MANY_PODS, max_examples=5)
    assert "pod-0" in seen
