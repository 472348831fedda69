"""What the server sends for each kind of object."""

import gzip
import json
from pathlib import Path
from typing import Any

from reconcile.model.clock import instant
from reconcile.model.json import freeze
from reconcile.tables.columns import COLUMNS, cells, columns, tabulate

VECTORS = Path(__file__).parent.parent / "vectors" / "table.jsonl.gz"
NOW = instant("2026-01-01T00:01:00Z")
BORN = {"name": "x", "creationTimestamp": "2026-01-01T00:00:00Z"}


def _rows() -> list[dict[str, Any]]:
    with gzip.open(VECTORS, "rt") as lines:
        return [json.loads(line) for line in lines]


def test_recorded_cells() -> None:
    """Every recorded table row reads as the real server wrote it."""
    wrong = {}
    for row in _rows():
        actual = cells(row["resource"], freeze(row["object"]), instant(row["now"]))
        if list(actual) != row["cells"]:
            wrong[row["id"]] = (row["cells"], actual)

    assert list(wrong.items())[:5] == [], f"{len(wrong)} rows differ"


def test_recorded_columns() -> None:
    """Names, types and priorities of the columns are the server's."""
    expected = {row["resource"]: [(c["name"], c["type"], c["priority"]) for c in row["columns"]] for row in _rows()}
    actual = {name: [(c.name, c.type, c.priority) for c in columns(name)] for name in expected}

    assert expected == actual


def test_every_table_bears_an_empty_object() -> None:
    """An object of which nothing is known yet can be shown, whatever its kind."""
    for resource in COLUMNS:
        assert len(columns(resource)) == len(cells(resource, {"metadata": {"name": "x"}}, NOW))


def test_node() -> None:
    """A cordoned node says so; roles come from labels."""
    node = {
        "metadata": {**BORN, "labels": {"node-role.kubernetes.io/control-plane": "", "kubernetes.io/role": "edge"}},
        "spec": {"unschedulable": True},
        "status": {
            "conditions": [{"type": "Ready", "status": "Unknown"}],
            "nodeInfo": {"kubeletVersion": "v1.36.2", "osImage": "Linux"},
            "addresses": [{"type": "InternalIP", "address": "10.0.0.9"}],
        },
    }
    expected = ("x", "NotReady,SchedulingDisabled", "control-plane,edge", "60s", "v1.36.2")

    assert (*expected, "10.0.0.9", "<none>", "Linux", "<unknown>", "<unknown>") == cells("nodes", node, NOW)


def test_event() -> None:
    """An event shows when it was seen last, and on what."""
    event = {
        "metadata": {"name": "e"},
        "involvedObject": {"kind": "ReplicaSet", "name": "web"},
        "firstTimestamp": "2026-01-01T00:00:00Z",
        "lastTimestamp": "2026-01-01T00:00:50Z",
        "count": 3,
        "type": "Normal",
        "reason": "SuccessfulCreate",
        "message": "Created pod: web-x\n",
        "source": {"component": "replicaset-controller"},
    }
    expected = ("10s", "Normal", "SuccessfulCreate", "replicaset/web", "", "replicaset-controller")

    assert (*expected, "Created pod: web-x", "60s", 3, "e") == cells("events", event, NOW)


def test_endpoints() -> None:
    """More than three addresses are counted, not listed."""
    ips = [{"ip": f"10.0.0.{n}"} for n in range(1, 6)]
    endpoints = {"metadata": BORN, "subsets": [{"addresses": ips, "ports": [{"port": 80}]}]}
    sliced = {
        "metadata": BORN,
        "addressType": "IPv4",
        "ports": [{"port": 80}],
        "endpoints": [{"addresses": ["10.0.0.1"]}],
    }

    assert ("x", "10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 2 more...", "60s", "<none>") == cells(
        "endpoints", endpoints, NOW
    )
    assert ("x", "IPv4", "80", "10.0.0.1", "60s", "<none>") == cells("endpointslices", sliced, NOW)
    assert ("x", "", "<unset>", "<unset>", "60s", "<none>") == cells("endpointslices", {"metadata": BORN}, NOW)


def test_stable_names() -> None:
    """Wide: the names by which the ready pods of a StatefulSet are found behind its Service."""
    meta = {**BORN, "name": "web", "namespace": "shop"}
    addresses = [{"ip": "10.0.0.2", "hostname": "web-1"}, {"ip": "10.0.0.1", "hostname": "web-0"}, {"ip": "10.0.0.9"}]
    endpoints = {"metadata": meta, "subsets": [{"addresses": addresses, "notReadyAddresses": [{"hostname": "web-2"}]}]}
    sliced = {
        "metadata": {**meta, "name": "web-x4k2z", "labels": {"kubernetes.io/service-name": "web"}},
        "endpoints": [
            {"addresses": ["10.0.0.1"], "hostname": "web-0", "conditions": {"ready": True}},
            {"addresses": ["10.0.0.2"], "hostname": "web-1"},
            {"addresses": ["10.0.0.3"], "hostname": "web-2", "conditions": {"ready": False}},
        ],
    }
    names = "web-0.web.shop.svc.cluster.local,web-1.web.shop.svc.cluster.local"

    assert names == cells("endpoints", endpoints, NOW)[-1]
    assert names == cells("endpointslices", sliced, NOW)[-1]


def test_volume() -> None:
    """A volume names the claim it serves."""
    spec = {
        "capacity": {"storage": "1Gi"},
        "accessModes": ["ReadWriteOnce"],
        "claimRef": {"namespace": "a", "name": "c"},
    }
    volume = {
        "metadata": BORN,
        "spec": {**spec, "persistentVolumeReclaimPolicy": "Delete"},
        "status": {"phase": "Bound"},
    }
    expected = ("x", "1Gi", "RWO", "Delete", "Bound", "a/c", "", "<unset>", "", "60s", "<unset>")

    assert expected == cells("persistentvolumes", volume, NOW)


def test_unknown_resource() -> None:
    """A kind we do not know has a name and an age."""
    table = tabulate("widgets", [{"metadata": BORN}], NOW)

    assert table.columns == ("Name", "Age")
    assert table.rows[0].cells == ("x", "60s")


def test_class_of_a_claim() -> None:
    """The old annotation goes before the field, even where it is empty."""
    annotations = {"volume.beta.kubernetes.io/storage-class": ""}
    claim = {"metadata": {**BORN, "annotations": annotations}, "spec": {"storageClassName": "fast"}}

    assert cells("persistentvolumeclaims", claim, NOW)[5] == ""
