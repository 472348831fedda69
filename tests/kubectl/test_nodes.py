"""Nodes under their own verbs."""

import pytest

from reconcile.cluster import Cluster
from reconcile.kubectl.failures import Refused
from reconcile.kubectl.nodes import relabel
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
