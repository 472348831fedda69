"""`kubectl describe`, kind by kind."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

from reconcile.model.clock import instant
from reconcile.model.json import freeze
from reconcile.tables.describe import Around, describe
from reconcile.tables.describe.kinds import DESCRIPTIONS
from reconcile.tables.describe.pods import qos_class

VECTORS = Path(__file__).parent.parent.parent / "vectors" / "table.jsonl.gz"
NOW = instant("2026-01-01T00:10:00Z")
BORN = "2026-01-01T00:00:00Z"
BARE = Around(NOW)


def _meta(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "namespace": "default", "uid": f"uid-{name}", "creationTimestamp": BORN, **more}


def _owned(kind: str, name: str) -> list[dict[str, Any]]:
    return [{"kind": kind, "name": name, "uid": f"uid-{name}", "controller": True}]


def _after(text: str, title: str) -> list[str]:
    """Return the lines of *text* from the one that starts with *title* on."""
    lines = text.splitlines()
    return lines[next(n for n, line in enumerate(lines) if line.startswith(title)) :]


def _line(text: str, title: str) -> str:
    """Return what stands behind *title*."""
    return _after(text, f"{title}:")[0].removeprefix(f"{title}:").strip()


def test_every_kind_bears_every_recorded_object() -> None:
    """Whatever the server stores can be described, and nothing less either."""
    with gzip.open(VECTORS, "rt") as lines:
        rows = [json.loads(line) for line in lines]
    for row in rows:
        text = describe(row["resource"], freeze(row["object"]), Around(instant(row["now"])))

        assert text.startswith("Name:")
        assert text.splitlines()[-1].split() == ["Events:", "<none>"]
    for resource in DESCRIPTIONS:
        assert describe(resource, {"metadata": {"name": "x"}}, BARE).split()[:2] == ["Name:", "x"]


TEMPLATE = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
SELECTOR = {"matchLabels": {"app": "web"}}


def _set(name: str, image: str, replicas: int) -> dict[str, Any]:
    labels = {"app": "web", "pod-template-hash": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": image}]}}
    return {
        "metadata": _meta(name, labels=labels, ownerReferences=_owned("Deployment", "web")),
        "spec": {"replicas": replicas, "template": template},
        "status": {"replicas": replicas},
    }


def test_deployment() -> None:
    """A Deployment names its ReplicaSets, the new one apart, and tells what happened."""
    deployment = {
        "kind": "Deployment",
        "metadata": _meta("web", annotations={"kubectl.kubernetes.io/last-applied-configuration": "{}"}),
        "spec": {
            "replicas": 3,
            "selector": SELECTOR,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": 1}},
            "template": TEMPLATE,
        },
        "status": {
            "replicas": 3,
            "availableReplicas": 2,
            "conditions": [{"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable"}],
        },
    }
    events = [
        {
            "involvedObject": {"kind": "Deployment", "namespace": "default", "name": "web", "uid": "uid-web"},
            "type": "Normal",
            "reason": reason,
            "firstTimestamp": BORN,
            "lastTimestamp": last,
            "count": count,
            "message": message,
            "source": {"component": "deployment-controller"},
        }
        for reason, last, count, message in (
            ("Later", "2026-01-01T00:09:00Z", 2, "again\n"),
            ("Sooner", BORN, 1, "once"),
        )
    ]
    other = {"involvedObject": {"kind": "Deployment", "uid": "uid-other"}, "reason": "Never"}
    sets = [_set("web-2", "i", 1), _set("web-1", "old", 2), _set("stray", "i", 1) | {"metadata": _meta("stray")}]
    expected = """\
Name:                   web
Namespace:              default
CreationTimestamp:      Thu, 01 Jan 2026 00:00:00 +0000
Labels:                 <none>
Annotations:            <none>
Selector:               app=web
Replicas:               3 desired | 0 updated | 3 total | 2 available | 0 unavailable
StrategyType:           RollingUpdate
MinReadySeconds:        0
RollingUpdateStrategy:  25% max unavailable, 1 max surge
Pod Template:
  Labels:  app=web
  Containers:
   c:
    Image:         i
    Port:          <none>
    Host Port:     <none>
    Environment:   <none>
    Mounts:        <none>
  Volumes:         <none>
  Node-Selectors:  <none>
  Tolerations:     <none>
Conditions:
  Type           Status  Reason
  ----           ------  ------
  Available      True    MinimumReplicasAvailable
OldReplicaSets:  web-1 (2/2 replicas created)
NewReplicaSet:   web-2 (1/1 replicas created)
Events:
  Type    Reason  Age                From                   Message
  ----    ------  ----               ----                   -------
  Normal  Sooner  10m                deployment-controller  once
  Normal  Later   60s (x2 over 10m)  deployment-controller  again
"""

    assert expected == describe("deployments", deployment, Around(NOW, events=[*events, other], replica_sets=sets))


def _pod(name: str, phase: str, **more: Any) -> dict[str, Any]:
    owner = _owned("ReplicaSet", "web")
    return {
        "kind": "Pod",
        "metadata": _meta(name, labels={"app": "web"}, ownerReferences=owner),
        "spec": more,
        "status": {"phase": phase},
    }


def test_replica_set_counts_its_own_pods() -> None:
    """Pods that another controls, or that the selector does not want, are not counted."""
    item = {"metadata": _meta("web"), "spec": {"replicas": 3, "selector": SELECTOR}, "status": {"replicas": 2}}
    foreign = _pod("d", "Running")
    foreign["metadata"]["ownerReferences"] = _owned("ReplicaSet", "other")
    pods = [_pod("a", "Running"), _pod("b", "Pending"), _pod("c", "Failed"), foreign]
    text = describe("replicasets", item, Around(NOW, pods=pods))

    assert _line(text, "Pods Status") == "1 Running / 1 Waiting / 0 Succeeded / 1 Failed"
    assert _line(text, "Replicas") == "2 current / 3 desired"


def test_pod() -> None:
    """A pod tells where it runs and what became of each container."""
    pod = {
        "kind": "Pod",
        "metadata": _meta("web-x", ownerReferences=_owned("ReplicaSet", "web"), annotations={"note": "two\nlines"}),
        "spec": {
            "nodeName": "node-1",
            "priority": 0,
            "containers": [
                {"name": "a", "image": "x", "env": [_field("metadata.name"), _field("metadata.annotations['note']")]},
                {"name": "b", "image": "y"},
            ],
            "readinessGates": [{"conditionType": "x.io/ok"}],
        },
        "status": {
            "phase": "Running",
            "hostIP": "10.0.0.1",
            "startTime": BORN,
            "podIP": "10.1.0.1",
            "podIPs": [{"ip": "10.1.0.1"}],
            "conditions": [{"type": "Ready", "status": "False"}],
            "containerStatuses": [
                {"name": "a", "imageID": "sha", "state": {"running": {"startedAt": BORN}}, "ready": True},
                {"name": "b", "restartCount": 4, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}
                | {"lastState": {"terminated": {"exitCode": 137, "signal": 9, "startedAt": BORN, "finishedAt": BORN}}},
            ],
        },
    }
    expected = """\
Name:         web-x
Namespace:    default
Priority:     0
Node:         node-1/10.0.0.1
Start Time:   Thu, 01 Jan 2026 00:00:00 +0000
Labels:       <none>
Annotations:  note:
                two
                lines
Status:       Running
IP:           10.1.0.1
IPs:
  IP:           10.1.0.1
Controlled By:  ReplicaSet/web
Containers:
  a:
    Container ID:\x20\x20\x20
    Image:          x
    Image ID:       sha
    Port:           <none>
    Host Port:      <none>
    State:          Running
      Started:      Thu, 01 Jan 2026 00:00:00 +0000
    Ready:          True
    Restart Count:  0
    Environment:
      E:  web-x (v1:metadata.name)
      E:  two
lines (v1:metadata.annotations['note'])
    Mounts:  <none>
  b:
    Container ID:\x20\x20\x20
    Image:          y
    Image ID:\x20\x20\x20\x20\x20\x20\x20
    Port:           <none>
    Host Port:      <none>
    State:          Waiting
      Reason:       CrashLoopBackOff
    Last State:     Terminated
      Exit Code:    137
      Signal:       9
      Started:      Thu, 01 Jan 2026 00:00:00 +0000
      Finished:     Thu, 01 Jan 2026 00:00:00 +0000
    Ready:          False
    Restart Count:  4
    Environment:    <none>
    Mounts:         <none>
Readiness Gates:
  Type      Status
  x.io/ok   <none>\x20
Conditions:
  Type           Status
  Ready          False\x20
Volumes:         <none>
QoS Class:       BestEffort
Node-Selectors:  <none>
Tolerations:     <none>
Events:          <none>
"""

    assert expected == describe("pods", pod, BARE)


def _field(path: str) -> dict[str, Any]:
    return {"name": "E", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": path}}}


def test_pod_on_its_way_out() -> None:
    """A deleted pod says for how long, and how long it may take."""
    pod = _pod("a", "Running")
    pod["metadata"] |= {"deletionTimestamp": "2026-01-01T00:09:50Z", "deletionGracePeriodSeconds": 30}
    text = describe("pods", pod, BARE)

    assert _line(text, "Status") == "Terminating (lasts 10s)"
    assert _line(text, "Termination Grace Period") == "30s"
    assert _line(text, "Node") == "<none>"


def test_quality_of_service() -> None:
    """Guaranteed takes both limits in every container, and requests that are not lower."""
    both = {"cpu": "1", "memory": "1Gi"}

    assert qos_class({"containers": [{"resources": {"limits": both}}]}) == "Guaranteed"
    assert qos_class({"containers": [{"resources": {"limits": both, "requests": {"cpu": "500m"}}}]}) == "Burstable"
    assert qos_class({"containers": [{"resources": {"limits": both}}, {}]}) == "Burstable"
    assert qos_class({"containers": [{"resources": {"requests": {"nvidia.com/gpu": "1"}}}]}) == "BestEffort"


def test_stateful_set() -> None:
    """A StatefulSet shows its claims and how far an update may go."""
    claim = {"metadata": {"name": "data", "labels": {"a": "1", "b": "2"}}, "spec": {"accessModes": ["ReadWriteOnce"]}}
    item = {
        "metadata": _meta("db"),
        "spec": {
            "selector": SELECTOR,
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 2, "maxUnavailable": "50%"}},
            "template": TEMPLATE,
            "volumeClaimTemplates": [claim],
        },
    }
    text = describe("statefulsets", item, BARE)

    assert _after(text, "Update Strategy")[:3] == [
        "Update Strategy:    RollingUpdate",
        "  Partition:        2",
        "  MaxUnavailable:   50%",
    ]
    assert _after(text, "Volume Claims") == [
        "Volume Claims:",
        "  Name:          data",
        "  StorageClass:  ",
        "  Labels:        a=1",
        "                 b=2",
        "  Annotations:   <none>",
        "  Capacity:      <default>",
        "  Access Modes:  [ReadWriteOnce]",
        "Events:          <none>",
    ]


def test_daemon_set() -> None:
    """A DaemonSet counts nodes, in lines that are not aligned."""
    text = describe("daemonsets", {"metadata": _meta("d"), "status": {"desiredNumberScheduled": 5}}, BARE)

    assert "\nDesired Number of Nodes Scheduled: 5\n" in text
    assert _line(text, "Node-Selector") == "<none>"


def test_job() -> None:
    """A Job shows its limits, its times, and the indexes it has completed, cut if they are many."""
    indexes = ",".join(str(n) for n in range(0, 60, 2))
    item = {
        "metadata": _meta("j"),
        "spec": {"parallelism": 2, "completionMode": "Indexed", "backoffLimit": 0, "activeDeadlineSeconds": 60},
        "status": {
            "startTime": BORN,
            "completionTime": "2026-01-01T00:02:05Z",
            "active": 1,
            "ready": 0,
            "completedIndexes": indexes,
        },
    }
    text = describe("jobs", item, BARE)

    assert _line(text, "Completions") == "<unset>"
    assert _line(text, "Backoff Limit") == "0"
    assert _line(text, "Duration") == "2m5s"
    assert _line(text, "Active Deadline Seconds") == "60s"
    assert _line(text, "Pods Statuses") == "1 Active (0 Ready) / 0 Succeeded / 0 Failed"
    assert _line(text, "Completed Indexes") == "0,2,4,6,8,10,12,14,16,18,20,22,24,26,28,30,32,34,36,..."


def test_cron_job() -> None:
    """A CronJob lists the Jobs that are running."""
    item = {
        "metadata": _meta("c"),
        "spec": {"schedule": "* * * * *", "suspend": False, "startingDeadlineSeconds": 10},
        "status": {"active": [{"name": "c-1"}, {"name": "c-2"}], "lastScheduleTime": BORN},
    }
    text = describe("cronjobs", item, BARE)

    assert _line(text, "Suspend") == "False"
    assert _line(text, "Starting Deadline Seconds") == "10s"
    assert _line(text, "Last Schedule Time") == "Thu, 01 Jan 2026 00:00:00 +0000"
    assert _line(text, "Active Jobs") == "c-1, c-2"


def test_budget() -> None:
    """A budget with no selector selects nothing, and says that it is unset."""
    item = {"metadata": _meta("b"), "spec": {"minAvailable": 1}, "status": {"disruptionsAllowed": 2}}
    text = describe("poddisruptionbudgets", item, BARE)

    assert _line(text, "Min available") == "1"
    assert _line(text, "Selector") == "<unset>"
    assert _line(text, "    Allowed disruptions") == "2"


def test_service() -> None:
    """Each port lists who answers on it, from slices or, without them, from Endpoints."""
    item = {
        "metadata": _meta("s"),
        "spec": {"type": "NodePort", "ports": [{"name": "web", "port": 80, "targetPort": "http", "nodePort": 30000}]},
    }
    subset = {"addresses": [{"ip": "10.0.0.1"}], "ports": [{"name": "web", "port": 8080}, {"name": "x", "port": 1}]}
    endpoints = {"metadata": _meta("s"), "subsets": [subset]}
    part = {
        "metadata": _meta("s-1", labels={"kubernetes.io/service-name": "s"}),
        "ports": [{"name": "web", "port": 8080}],
        "endpoints": [
            *({"addresses": [f"fd00::{n}"]} for n in range(1, 6)),
            {"addresses": ["x"], "conditions": {"ready": False}},
        ],
    }

    assert _after(describe("services", item, Around(NOW, endpoints=[endpoints])), "Port:")[:4] == [
        "Port:              web  80/TCP",
        "TargetPort:        http/TCP",
        "NodePort:          web  30000/TCP",
        "Endpoints:         10.0.0.1:8080",
    ]
    assert _line(describe("services", item, Around(NOW, slices=[part])), "Endpoints") == (
        "[fd00::1]:8080,[fd00::2]:8080,[fd00::3]:8080 + 2 more..."
    )
    assert _line(describe("services", item, BARE), "Endpoints") == "<none>"
    assert _line(describe("endpoints", endpoints, BARE), "  Addresses") == "10.0.0.1"


def test_claim() -> None:
    """A claim knows who uses it: the pods that mount it and the pods that own it."""
    volumes = [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]
    item = {
        "metadata": _meta("data", finalizers=["kubernetes.io/pvc-protection"])
        | {"ownerReferences": [{"kind": "Pod", "name": "a", "uid": "uid-a"}]},
        "spec": {"volumeName": "pv", "dataSource": {"kind": "PersistentVolumeClaim", "name": "old"}},
        "status": {"phase": "Bound", "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"]},
    }
    pods = [_pod("b", "Running", volumes=volumes), _pod("a", "Running"), _pod("c", "Running")]

    assert _after(describe("persistentvolumeclaims", item, Around(NOW, pods=pods)), "Finalizers") == [
        "Finalizers:    [kubernetes.io/pvc-protection]",
        "Capacity:      1Gi",
        "Access Modes:  RWO",
        "DataSource:",
        "  Kind:   PersistentVolumeClaim",
        "  Name:   old",
        "Used By:  a",
        "          b",
        "Events:   <none>",
    ]


def test_node() -> None:
    """A node adds up what its pods ask for; pods that have ended ask for nothing."""
    taint = {"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"}
    item = {
        "metadata": {"name": "n", "creationTimestamp": BORN},
        "spec": {"taints": [taint]},
        "status": {"allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110", "x.io/card": "2"}},
    }
    resources = {"requests": {"cpu": "500m", "memory": "1Gi", "x.io/card": "1"}, "limits": {"cpu": "1"}}
    spec = {"nodeName": "n", "containers": [{"name": "c", "resources": resources}]}
    sidecar = {"name": "s", "restartPolicy": "Always", "resources": {"requests": {"cpu": "100m"}}}
    peak = {"name": "i", "resources": {"requests": {"memory": "2Gi"}}}
    pods = [
        _pod("b", "Running", **spec, initContainers=[sidecar, peak]),
        _pod("a", "Pending", **spec),
        _pod("c", "Succeeded", **spec),
    ]
    text = describe("nodes", item, Around(NOW, pods=pods))

    assert _line(text, "Taints") == "node.kubernetes.io/unreachable:NoExecute"
    assert _after(text, "Non-terminated Pods") == [
        "Non-terminated Pods:          (2 in total)",
        "  Namespace                   Name    CPU Requests  CPU Limits  Memory Requests  Memory Limits  Age",
        "  ---------                   ----    ------------  ----------  ---------------  -------------  ---",
        "  default                     a       500m (12%)    1 (25%)     1Gi (12%)        0 (0%)         10m",
        "  default                     b       600m (15%)    1 (25%)     2Gi (25%)        0 (0%)         10m",
        "Allocated resources:",
        "  (Total limits may be over 100 percent, i.e., overcommitted.)",
        "  Resource           Requests     Limits",
        "  --------           --------     ------",
        "  cpu                1100m (27%)  2 (50%)",
        "  memory             3Gi (37%)    0 (0%)",
        "  ephemeral-storage  0 (0%)       0 (0%)",
        "  x.io/card          2            0",
        "Events:              <none>",
    ]


def test_long_annotations() -> None:
    """A long annotation stands below its key, and is cut."""
    item = {"metadata": _meta("x", annotations={"a": "v" * 200, "b": "short"})}

    assert _after(describe("namespaces", item, BARE), "Annotations")[:3] == [
        "Annotations:  a:",
        f"                {'v' * 138}...",
        "              b: short",
    ]


def test_a_namespace_tells_what_holds_it_up() -> None:
    """Its conditions stand below its phase, if it has any."""
    condition = {"type": "NamespaceContentRemaining", "status": "True", "reason": "SomeResourcesRemain"}
    told = {**condition, "lastTransitionTime": "2026-01-01T00:00:00Z", "message": "pods (1)"}
    item = {"metadata": _meta("x"), "status": {"phase": "Terminating", "conditions": [told]}}

    assert _after(describe("namespaces", item, BARE), "Status") == [
        "Status:       Terminating",
        "Conditions:",
        "  Type                       Status  LastTransitionTime               Reason               Message",
        "  ----                       ------  ------------------               ------               -------",
        "  NamespaceContentRemaining  True    Thu, 01 Jan 2026 00:00:00 +0000  SomeResourcesRemain  pods (1)",
        "",
        "No resource quota.",
        "",
        "No LimitRange resource.",
    ]


def test_a_kind_without_a_description_of_its_own() -> None:
    """All of the object is shown, in words."""
    item = {
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": {"name": "x", "uid": "u", "managedFields": [{}]},
        "revision": 3,
        "data": {"podIPs": ["a"], "list": [{"k": True}]},
    }
    expected = """\
Name:         x
Labels:       <none>
Annotations:  <none>
API Version:  apps/v1
Kind:         ControllerRevision
Data:
  List:
    K:  true
  Pod I Ps:
    a
Metadata:
  UID:     u
Revision:  3
Events:    <none>
"""

    assert expected == describe("controllerrevisions", item, BARE)


def test_endpoint_slices() -> None:
    """An EndpointSlice tells of each endpoint whether it is ready, and its name if it has one."""
    item = {
        "kind": "EndpointSlice",
        "metadata": {"name": "web-abcde"},
        "addressType": "IPv4",
        "ports": [{"port": 80}, {"name": "all"}],
        "endpoints": [
            {
                "addresses": ["10.0.0.1"],
                "conditions": {"ready": True},
                "hostname": "web-0",
                "nodeName": "node-0",
                "targetRef": {"kind": "Pod", "name": "web-0"},
            },
            {"addresses": ["10.0.0.2"]},
        ],
    }
    empty = describe("endpointslices", {"metadata": {"name": "none"}}, BARE)

    assert """\
Name:         web-abcde
Labels:       <none>
Annotations:  <none>
AddressType:  IPv4
Ports:
  Name     Port     Protocol
  ----     ----     --------
  <unset>  80       TCP
  all      <unset>  TCP
Endpoints:
  - Addresses:  10.0.0.1
    Conditions:
      Ready:    true
    Hostname:   web-0
    TargetRef:  Pod/web-0
    NodeName:   node-0
    Zone:       <unset>
  - Addresses:  10.0.0.2
    Conditions:
      Ready:   <unset>
    Hostname:  <unset>
    NodeName:  <unset>
    Zone:      <unset>
Events:        <none>
""" == describe("endpointslices", item, BARE)
    assert "Ports: <unset>\nEndpoints: <none>\n" in empty


def test_a_pod_with_resources_of_its_own_and_a_container_of_which_nothing_is_known() -> None:
    """What a pod asks for as a whole is shown; a state without a name is Waiting; all labels can be a variable."""
    labels = {"fieldRef": {"fieldPath": "metadata.labels"}}
    variables = [{"name": "L", "valueFrom": labels}, {"name": "F", "valueFrom": {"fileKeyRef": {"key": "k"}}}]
    pod = _pod("a", "Running")
    pod["metadata"]["labels"] = {"b": "2", "a": "1"}
    pod["spec"] = {
        "resources": {"limits": {"cpu": "1"}},
        "containers": [{"name": "main", "image": "i", "env": variables}],
        "volumes": [{"name": "scratch", "ephemeral": {"volumeClaimTemplate": {"spec": {"volumeMode": "Block"}}}}],
    }
    pod["status"]["containerStatuses"] = [{"name": "main", "state": {}, "ready": False, "restartCount": 0}]
    text = describe("pods", pod, BARE)

    assert re.search(r"State: +Waiting", text)
    assert re.search(r"VolumeMode: +Block", text)
    assert "Resources:\n  Limits:" in text
    assert 'a="1"' in text


def test_endpoints_without_ports_are_addresses() -> None:
    """A slice that names no port lists the addresses alone, and a slice of other ports lists none."""
    service = {"metadata": _meta("web"), "spec": {"ports": [{"port": 80}], "type": "ClusterIP"}}

    def endpoints(**more: Any) -> str:
        made = {"metadata": _meta("web-x", labels={"kubernetes.io/service-name": "web"}), **more}
        ready = {"endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": True}}]}
        return _line(describe("services", service, Around(NOW, slices=[made | ready])), "Endpoints")

    assert endpoints() == "10.0.0.1"
    assert endpoints(ports=[{"name": "other", "port": 8080}]) == ""
