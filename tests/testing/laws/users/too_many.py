"""A user's controller: keep `spec.replicas` pods. Its mistake: it does not wait until it sees what it made."""

from reconcile import Action, Controller, Create, Delete, Observed, Resource, owned
from reconcile.model.pod import Pod, controller_reference


def reconcile(widget: Resource, observed: Observed) -> list[Action]:
    pods = [pod for pod in observed.owned("Pod", widget).of(Pod) if pod.active]
    missing = widget.spec["replicas"] - len(pods)
    if widget.meta.deleting or missing == 0:
        return []
    if missing < 0:
        return [Delete("Pod", pod.namespace, pod.name, "one too many") for pod in pods[missing:]]
    body = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "generateName": f"{widget.name}-",
            "labels": widget.spec["template"]["metadata"]["labels"],
            "ownerReferences": [controller_reference(widget)],
        },
        "spec": widget.spec["template"]["spec"],
    }
    return [Create("Pod", widget.namespace, body, "one is missing") for _ in range(missing)]


WIDGETS = Controller("widgets", "Widget", reconcile, watches=(owned("Pod", "Widget"),))
