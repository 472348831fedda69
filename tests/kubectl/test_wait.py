"""What can be waited for."""

from typing import Any

import pytest

from reconcile.cluster import Cluster
from reconcile.kubectl.failures import Refused
from reconcile.kubectl.objects import Choice
from reconcile.kubectl.session import Session
from reconcile.kubectl.wait import parse_condition, wait
from reconcile.model.objects import read
from reconcile.nodes.behaviour import Behaviour

CONDITIONS = [{"type": "Ready", "status": "True"}, {"type": "Done", "status": "False", "observedGeneration": 1}]
ITEM = read(
    {
        "kind": "Pod",
        "metadata": {"name": "a", "generation": 2},
        "status": {"phase": "Running", "n": 3, "on": True, "conditions": CONDITIONS},
    }
)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("condition=Ready", True),
        ("condition=ready", True),
        ("condition=Ready=True", True),
        ("condition=Ready=false", False),
        ("condition=Done=False", False),
        ("condition=Other", False),
        ("condition=Other=Unknown", False),
        ("jsonpath={.status.phase}=Running", True),
        ("jsonpath={.status.phase}='Running'", True),
        ("jsonpath={.status.phase}=Pending", False),
        ("jsonpath={.status.phase}", True),
        ("jsonpath={.status.none}", False),
        ("jsonpath={.status.n}=3", True),
        ("jsonpath={.status.on}=true", True),
        ('jsonpath={.status.conditions[?(@.type=="Ready")].status}=True', True),
        ("delete", False),
        ("create", True),
    ],
)
def test_conditions(text: str, holds: bool) -> None:
    """A condition of an older generation does not count."""

    assert holds is parse_condition(text)(ITEM)


@pytest.mark.parametrize(
    "text", ["", "sunshine", "condition=", "condition", "jsonpath=", "jsonpath={.a", "jsonpath=.a=b", "jsonpath={.a}="]
)
def test_what_cannot_be_waited_for(text: str) -> None:
    """Anything else is refused."""
    with pytest.raises(Refused):
        parse_condition(text)


def session(*names: str) -> Session:
    slow = (Behaviour(start=10, terminates=5),)
    return Session(Cluster.new(nodes=1, behaviours=slow).apply([_pod(name) for name in names]).settle())


def _pod(name: str) -> dict[str, Any]:
    spec = {"containers": [{"name": "c", "image": "x"}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


def seconds(before: Session, after: Session) -> float:
    return (after.cluster.now - before.cluster.now).total_seconds()


def test_time_passes_until_it_is_true() -> None:
    """The cluster is played just as far as needed."""
    begun = session("a", "b")

    done = wait(begun, Choice(("pod/a", "pod/b")), condition_text="condition=Ready")

    assert 10 == seconds(begun, done)
    assert ["pod/a condition met\n", "pod/b condition met\n"] == [piece.text for piece in done.printed]
    assert 0 == done.code


def test_the_timeout_is_shared() -> None:
    """What does not come true in time is told for each object, and the whole time has passed."""
    begun = session("a", "b")

    done = wait(begun, Choice(("pods",), every=True), condition_text="condition=Ready", timeout=4)

    assert 4 == seconds(begun, done)
    assert [f"timed out waiting for the condition on pods/{name}" for name in "ab"] == [
        failure.message for failure in done.failures
    ]


def test_waiting_for_the_end() -> None:
    """An object that is being deleted is waited for; one that was never there is gone."""
    begun = session("a")
    begun = begun.on(begun.cluster.advance(10).delete("Pod", "a"))

    done = wait(begun, Choice(("pod/a",)), condition_text="delete")

    assert 5 == seconds(begun, done)
    assert 0 == wait(done, Choice(("pod/a",)), condition_text="delete").code
