"""Objects as the API holds them, in few words, to make worlds of."""

from datetime import timedelta
from typing import Any, Final

from reconcile.engine.world import START
from reconcile.model.clock import stamp

NOW: Final = START + timedelta(hours=1)
Raw = dict[str, Any]

TEMPLATE: Final = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "app", "image": "app:1"}]}}
OLDER: Final = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "app", "image": "app:0"}]}}


def thing(kind: str, name: str, *, spec: Any = None, status: Any = None, owner: str = "", **meta: Any) -> Raw:
    """An object; *owner* is kind and name of its controller."""
    head = {"name": name, "namespace": "default", "uid": f"uid-{kind}-{name}", "resourceVersion": "1", "generation": 1}
    raw: Raw = {"apiVersion": "v1", "kind": kind, "metadata": {**head, **meta}}
    if owner:
        parent, _, called = owner.partition("/")
        entry = {"kind": parent, "name": called, "uid": f"uid-{parent}-{called}", "controller": True}
        raw["metadata"]["ownerReferences"] = [{"apiVersion": "v1", **entry}]
    return raw | ({"spec": spec} if spec is not None else {}) | ({"status": status} if status is not None else {})


def pod(name: str, owner: str = "", *, phase: str = "Running", ready: bool = True, node: str = "n", **meta: Any) -> Raw:
    turned = {"type": "Ready", "status": str(ready), "lastTransitionTime": stamp(START)}
    status = {"phase": phase, "conditions": [turned]}
    labels = {"app": "web", **meta.pop("labels", {})}
    return thing("Pod", name, spec={"nodeName": node}, status=status, owner=owner, labels=labels, **meta)


def gone(raw: Raw) -> Raw:
    """The object on its way out."""
    return {**raw, "metadata": {**raw["metadata"], "deletionTimestamp": stamp(NOW), "resourceVersion": "2"}}


def again(raw: Raw, **change: Any) -> Raw:
    """The object, written once more."""
    return {**raw, **change, "metadata": {**raw["metadata"], "resourceVersion": "2", **change.get("metadata", {})}}


def workload(kind: str, *, status: Any = None, meta: Any = None, **spec: Any) -> Raw:
    usual = {"selector": {"matchLabels": {"app": "web"}}, "template": TEMPLATE}
    return thing(kind, "web", spec={**usual, **spec}, status=status or {}, **(meta or {}))


def replicaset(name: str, replicas: int, template: Any = TEMPLATE, status: Any = None, **meta: Any) -> Raw:
    spec = {"replicas": replicas, "template": template, "selector": {"matchLabels": {"app": "web"}}}
    return thing("ReplicaSet", name, spec=spec, status=status or {}, owner="Deployment/web", **meta)


def revision(name: str, owner: str, template: Any = TEMPLATE) -> Raw:
    content = {"spec": {"template": {**template, "$patch": "replace"}}}
    labels = {"controller-revision-hash": name}
    return {**thing("ControllerRevision", name, owner=owner, labels=labels), "revision": 1, "data": content}


def node(name: str, **spec: Any) -> Raw:
    return thing("Node", name, spec=spec, status={}, namespace="")


def ended(outcome: str, when: Any = START, **status: Any) -> Raw:
    turned = {"type": outcome, "status": "True", "lastTransitionTime": stamp(when)}
    return {"conditions": [turned], **status}
