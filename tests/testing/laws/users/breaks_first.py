"""A user's controller: keep `spec.replicas` pods of the image that is asked for. Its mistake: the old ones go first."""

from reconcile import Action, Controller, Create, Delete, Observed, Resource, owned
from reconcile.model.pod import Pod, controller_reference


def image(holder: Resource) -> str:
    return holder.look("spec", "containers", 0, "image") or ""


def reconcile(widget: Resource, observed: Observed) -> list[Action]:
    pods = [pod for pod in observed.owned("Pod", widget).of(Pod) if pod.active]
    wanted = widget.spec["template"]["spec"]
    current = [pod for pod in pods if image(pod) == wanted["containers"][0]["image"]]
    surplus = [*(pod for pod in pods if pod not in current), *current[widget.spec["replicas"] :]]
    body = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"generateName": f"{widget.name}-", "ownerReferences": [controller_reference(widget)]},
        "spec": wanted,
    }
    missing = 0 if widget.meta.deleting else widget.spec["replicas"] - len(current)
    return [
        *(Delete("Pod", pod.namespace, pod.name, "outdated or one too many") for pod in surplus),
        *(Create("Pod", widget.namespace, body, "one is missing") for _ in range(missing)),
    ]


WIDGETS = Controller("widgets", "Widget", reconcile, watches=(owned("Pod", "Widget"),), settles=True)
