"""Nodes under their own verbs."""

import pytest

from reconcile.cluster import Cluster
from reconcile.kubectl.failures import Refused
from reconcile.kubectl.nodes import relabel, taint
from reconcile.kubectl.session import Session
from tests.checked import daemonset

HOST = "kubernetes.io/hostname"


def labels(session: Session, name: str) -> dict[str, str]:
    found = session.cluster.get("node", name).meta.labels
    return {key: value for key, value in found.items() if "/" not in key}


def test_labels_are_set_and_removed() -> None:
    """As `kubectl label nodes` does it, but without saying that it is nodes."""
    start = Session(Cluster.new(nodes=2))
    marked = relabel(start, ["node-0", "node/node-1", "disk=ssd"])
    kept = relabel(marked, ["node-0", "disk=hdd"])
    changed = relabel(marked, ["node-0", "disk=hdd", "zone=a"], overwrite=True)
    removed = relabel(changed, ["node-0", "disk-"])

    assert ["node/node-0 labeled\n", "node/node-1 labeled\n"] == [piece.text for piece in marked.printed]
    assert ["'disk' already has a value (ssd), and --overwrite is false"] == [one.message for one in kept.failures]
    assert {"disk": "hdd", "zone": "a"} == labels(changed, "node-0")
    assert {"disk": "ssd"} == labels(changed, "node-1")
    assert "node/node-0 unlabeled\n" == removed.printed[-1].text
    assert {"zone": "a"} == labels(removed, "node-0")


def test_nodes_are_picked_by_flags_as_well() -> None:
    """Labels or --all; nothing at all is a mistake."""
    start = Session(Cluster.new(nodes=2))
    one = relabel(start, ["disk=ssd"], selector=f"{HOST}=node-1")
    both = relabel(start, ["disk=ssd"], every=True)

    assert [{}, {"disk": "ssd"}] == [labels(one, name) for name in ("node-0", "node-1")]
    assert 2 * [{"disk": "ssd"}] == [labels(both, name) for name in ("node-0", "node-1")]
    with pytest.raises(Refused, match="no node was named"):
        relabel(start, ["disk=ssd"])


def test_daemons_follow_labels() -> None:
    """A DaemonSet that wants a label goes where it is set, and leaves where it is removed."""
    item = daemonset()
    item["spec"]["template"]["spec"]["nodeSelector"] = {"disk": "ssd"}
    start = Session(Cluster.new(nodes=2).apply(item).settle())
    there = relabel(start, ["node-1", "disk=ssd"]).cluster.settle()
    gone = relabel(Session(there), ["node-1", "disk-"]).cluster.settle()

    assert [0, 1, 0] == [len(cluster.all("Pod")) for cluster in (start.cluster, there, gone)]


def taints(session: Session) -> list[str]:
    return [
        f"{one['key']}={one.get('value', '')}:{one['effect']}"
        for one in session.cluster.get("node", "node-0").spec["taints"]
    ]


def test_taints() -> None:
    """What is set comes first; what was there stays; kubectl's word tells which it was."""
    session, told = Session(Cluster.new(nodes=1)), []
    for words, overwrite in [
        (["gpu=yes:NoSchedule"], False),
        (["old:NoExecute"], False),
        (["gpu=no:NoSchedule"], True),
        (["gpu-", "new=1:NoSchedule"], False),
        (["old:NoExecute-"], False),
    ]:
        session = taint(session, ["nodes", "node-0", *words], overwrite=overwrite)
        told.append(session.printed[-1].text.strip())

    assert [f"node/node-0 {word}" for word in ("tainted", "tainted", "modified", "modified", "untainted")] == told
    assert ["new=1:NoSchedule"] == taints(session)
    assert ["b=:NoExecute", "new=1:NoSchedule"] == taints(taint(session, ["node-0", "b:NoExecute"]))


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["gpu=yes:NoSchedule"], "node node-0 already has gpu taint(s) with same effect(s) and --overwrite is false"),
        (["gpu:NoExecute-"], 'taint "gpu:NoExecute" not found'),
        (["cpu-"], 'taint "cpu" not found'),
    ],
)
def test_taints_that_do_not_fit(words: list[str], text: str) -> None:
    """A taint that is there is not set again, even with the same value; one that is not there is not removed."""
    start = taint(Session(Cluster.new(nodes=1)), ["node-0", "gpu=yes:NoSchedule"])
    done = taint(start, ["node-0", *words])

    assert [text] == [failure.message for failure in done.failures]
    assert ["gpu=yes:NoSchedule"] == taints(done)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["node-0"], "at least one taint update is required"),
        (["node-0", "a=b"], "invalid taint spec: a=b"),
        (["node-0", "a=b=c:NoSchedule"], "invalid taint spec: a=b=c:NoSchedule"),
        (["node-0", "a:b:NoSchedule"], "invalid taint spec: a:b:NoSchedule"),
        (["node-0", "a:Never"], "invalid taint effect: Never, unsupported taint effect"),
        (["node-0", "_:NoSchedule"], "invalid taint spec: _:NoSchedule, "),
        (["node-0", "a=_:NoSchedule"], "invalid taint spec: a=_:NoSchedule, "),
        (["a:NoSchedule", "node-0"], "all resources must be specified before taint changes: node-0"),
        (["node-0", "a=1:NoSchedule", "a=2:NoSchedule"], "duplicated taints with the same key and effect: a"),
    ],
)
def test_words_that_are_no_taints(words: list[str], text: str) -> None:
    """What is no taint is refused before any node is looked at."""
    with pytest.raises(Refused) as refused:
        taint(Session(Cluster.new(nodes=1)), words)
    assert str(refused.value).startswith(text)
