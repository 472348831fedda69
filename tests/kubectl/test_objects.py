"""Arguments to objects."""

import pytest

from reconcile.cluster import Cluster
from reconcile.kubectl.failures import Refused
from reconcile.kubectl.objects import Choice, choose, parse
from reconcile.kubectl.session import Session


def pod(name: str, namespace: str = "default") -> dict[str, object]:
    meta = {"name": name, "namespace": namespace, "labels": {"app": name}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": meta,
        "spec": {"containers": [{"name": "c", "image": "x"}]},
    }


SESSION = Session(Cluster.new(nodes=1).apply([pod("b"), pod("a"), pod("c", "kube-system")]).settle())


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("pods", "Pod/*"),
        ("pods x y", "Pod/x Pod/y"),
        ("po,rs", "Pod/* ReplicaSet/*"),
        ("deploy,rs x", "Deployment/x ReplicaSet/x"),
        ("pod/x replicasets.apps/y", "Pod/x ReplicaSet/y"),
        ("deployment.v1.apps/y", "Deployment/y"),
        ("PODS", "Pod/*"),
        ("", ""),
        ("all", "Pod/* Service/* DaemonSet/* Deployment/* ReplicaSet/* StatefulSet/* Job/* CronJob/*"),
    ],
)
def test_arguments(words: str, named: str) -> None:
    """Types in all their names, alone, with names, or with a slash."""

    assert named == " ".join(f"{part.kind.name}/{part.name or '*'}" for part in parse(words.split()))


@pytest.mark.parametrize(
    "words", ["pods pod/x", "pod/x y", "pod/", "/x", "pod/x/y", "widget", "widgets/x", "deploy.batch"]
)
def test_arguments_that_do_not_fit(words: str) -> None:
    """What kubectl would not take is refused."""
    with pytest.raises(Refused):
        parse(words.split())


def names(choice: Choice, session: Session = SESSION) -> list[str]:
    return [item.name for _, item in choose(session, choice).items]


def test_order() -> None:
    """A type is listed by name; named objects come as they were named."""

    assert ["a", "b"] == names(Choice(("pods",)))
    assert ["b", "a"] == names(Choice(("pods", "b", "a")))


def test_namespaces() -> None:
    """Only the session's namespace is looked at, unless all are."""

    assert ["a", "b", "c"] == names(Choice(("pods",), all_namespaces=True))
    assert ["c"] == names(Choice(("pods",)), Session(SESSION.cluster, "kube-system"))
    assert ["node-0"] == names(Choice(("nodes",)), Session(SESSION.cluster, "elsewhere"))


def test_selectors() -> None:
    """Selectors choose among the objects of a type."""

    assert ["b"] == names(Choice(("pods",), selector="app=b"))
    assert ["a"] == names(Choice(("pods",), field_selector="metadata.name!=b"))


def test_what_is_missing() -> None:
    """A name that is not there is a failure beside what was found."""
    chosen = choose(SESSION, Choice(("pods", "a", "z")))

    assert ["a"] == [item.name for _, item in chosen.items]
    assert ['pods "z" not found'] == [failure.message for failure in chosen.failures]
    assert () == choose(SESSION, Choice(("pods", "z"), ignore_missing=True)).failures


@pytest.mark.parametrize(
    "choice",
    [
        Choice(("pods", "a"), selector="app=a"),
        Choice(("pods", "a"), every=True),
        Choice(("pods", "a"), all_namespaces=True),
    ],
)
def test_names_and_selectors(choice: Choice) -> None:
    """Names and selectors do not go together."""
    with pytest.raises(Refused):
        choose(SESSION, choice)


def test_one_object_by_name() -> None:
    """Only a single object by name is printed alone; anything else is a list."""

    assert choose(SESSION, Choice(("pods", "a"))).single
    assert not choose(SESSION, Choice(("pods", "a", "b"))).single
    assert not choose(SESSION, Choice(("pods",), selector="app=a")).single


def test_events_are_objects_too() -> None:
    """What controllers told can be listed, selected and read by name."""
    cluster = Cluster.new(nodes=0).apply(pod("a")).settle()
    found = choose(Session(cluster), Choice(("events",), field_selector="involvedObject.name=a")).items

    assert ["FailedScheduling"] == [event.raw["reason"] for _, event in found]
    assert found == choose(Session(cluster), Choice(("ev", found[0][1].name))).items
