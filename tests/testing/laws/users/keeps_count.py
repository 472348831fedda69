"""A user's controller: keep `spec.replicas` pods. It waits until it sees what it made (`settles`)."""

from reconcile import Action, Controller, Create, Delete, Observed, Resource, owned
from reconcile.model.pod import Pod, controller_reference


def reconcile(widget: Resource, observed: Observed) -> list[Action]:
    pods = [pod for pod in observed.owned("Pod", widget).of(Pod) if pod.active]
    missing = widget.spec["replicas"] - len(pods)
    if widget.meta.deleting or missing == 0:
        return []
    if missing < 0:
        return [Delete("Pod", pod.namespace, pod.name, "one too many") for pod in pods[missing:]]
    meta = {"generateName": f"{widget.name}-", "ownerReferences": [controller_reference(widget)]}
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": widget.spec["template"]["spec"]}
    return [Create("Pod", widget.namespace, body, "one is missing") for _ in range(missing)]


WIDGETS = Controller("widgets", "Widget", reconcile, watches=(owned("Pod", "Widget"),), settles=True)
