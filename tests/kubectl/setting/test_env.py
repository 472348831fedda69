"""Environment variables: what is read from arguments, where values come from."""

import pytest

from reconcile.cluster import Cluster
from reconcile.kubectl.failures import Refused
from reconcile.kubectl.objects import Choice
from reconcile.kubectl.session import Session
from reconcile.kubectl.setting.env import Manner, Variables, parse, reference, set_env
from reconcile.kubectl.setting.pod_specs import How

SOURCES = {
    "A": {"configMapKeyRef": {"name": "config", "key": "a"}},
    "B": {"secretKeyRef": {"name": "secret", "key": "b"}},
    "C": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}},
    "D": {"resourceFieldRef": {"containerName": "c", "resource": "limits.cpu"}},
    "E": {"resourceFieldRef": {"resource": "limits.cpu"}},
}
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "a"},
    "spec": {
        "initContainers": [{"name": "before", "image": "app", "env": [{"name": "EMPTY"}]}],
        "containers": [
            {"name": "c", "image": "app", "env": [{"name": name, "valueFrom": SOURCES[name]} for name in SOURCES]}
        ],
    },
}


def listed(cluster: Cluster, *words: str, containers: str = "*") -> list[str]:
    manner = Manner(listing=True, containers=containers)
    session = set_env(Session(cluster), Choice(words), manner=manner)
    return "".join(piece.text for piece in session.pieces).splitlines()


def test_values_that_come_from_elsewhere() -> None:
    """A reference is listed in words, an empty value as nothing; containers come before those that run first."""
    assert [
        "# Pod a, container c",
        "# A from configmap config, key a",
        "# B from secret secret, key b",
        "# C from field path metadata.name",
        "# D from resource field c/limits.cpu",
        "# E from resource field limits.cpu",
        "# Pod a, container before",
        "EMPTY=",
    ] == listed(Cluster.new(nodes=0).apply(POD), "pod/a")


def test_listing_shows_changes_and_makes_none() -> None:
    """What is listed is what would be there."""
    cluster = Cluster.new(nodes=0).apply(POD)

    assert ["# Pod a, container before", "EMPTY=x", "NEW=y"] == listed(
        cluster, "pod/a", "EMPTY=x", "NEW=y", containers="before"
    )
    assert [] == listed(cluster, "svc/kubernetes")


def test_an_unknown_source() -> None:
    """A source without a reference is told as such."""

    assert "invalid valueFrom" == reference({})


def test_a_prefix() -> None:
    """A prefix stands before the names of what is set."""

    assert Variables({"MY_A": "1", "MY_B": "2=3"}) == parse(["A=1", "B=2=3"], prefix="MY_")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("-", "when '-' is used, STDIN must be open"),
        ("\x07=1", '^"\x07" is not a valid key name: '),
        ("A", "^unknown environment variable: A$"),
    ],
)
def test_what_is_no_variable(text: str, why: str) -> None:
    """Everything else is refused."""
    with pytest.raises(Refused, match=why):
        parse([text])


def test_listing_and_output_exclude_each_other() -> None:
    """Either the variables are printed or the objects."""
    with pytest.raises(Refused, match="--list and --output may not be specified together"):
        set_env(Session(Cluster.new(nodes=0)), Choice(("pods",)), manner=Manner(listing=True), how=How("yaml"))


def test_a_running_pod_keeps_its_environment() -> None:
    """The server refuses the change, and the refusal is told."""
    session = set_env(Session(Cluster.new(nodes=0).apply(POD)), Choice(("pod/a", "NEW=1")))

    assert 1 == session.code
    assert session.pieces[-1].text.startswith('error: failed to patch env update to pod template: Pod "a" is invalid: ')


def test_overwriting_can_be_forbidden() -> None:
    """An object in which any container has another value is left alone; what has none is set."""
    pod = {**POD, "spec": {"containers": [{"name": "c", "image": "app", "env": [{"name": "A", "value": "1"}]}]}}
    web = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {"name": "web"},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": pod["spec"]},
        },
    }
    cluster = Cluster.new(nodes=0).apply(web)
    kept = set_env(Session(cluster), Choice(("rs/web", "A=2", "B=3")), manner=Manner(overwrite=False))
    changed = set_env(Session(cluster), Choice(("rs/web", "A=1", "B=3")), manner=Manner(overwrite=False))

    assert ["error: replicasets/web 'A' already has a value (1), and --overwrite is false\n"] == [
        piece.text for piece in kept.pieces
    ]
    assert ["replicaset.apps/web env updated\n"] == [piece.text for piece in changed.pieces]
