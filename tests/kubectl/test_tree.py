"""What the tree of owners says about each object."""

from reconcile.cluster import Cluster
from reconcile.kubectl.objects import Choice
from reconcile.kubectl.session import Session
from reconcile.kubectl.tree import tree

TEMPLATE = {
    "metadata": {"labels": {"app": "web"}},
    "spec": {"containers": [{"name": "main", "image": "app:bad"}, {"name": "log", "image": "app"}]},
}
WORKLOAD = {"selector": {"matchLabels": {"app": "web"}}, "replicas": 1, "template": TEMPLATE}
SET = {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web"}}
SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web"},
    "spec": {"selector": {"app": "web"}, "clusterIP": "None", "ports": [{"port": 80}]},
}


def printed(cluster: Cluster, word: str) -> list[str]:
    session = tree(Session(cluster), Choice((word,)))

    return "".join(piece.text for piece in session.pieces).splitlines()


def test_a_deployment() -> None:
    """Each level says which revision it is and how many are ready, each container whether it is, and why not."""
    web = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": WORKLOAD}
    top, middle, pod, *containers = printed(Cluster.new(nodes=1).apply(web).settle(), "deploy/web")

    assert "deployment.apps/web   revision 1, ready 0/1" == top
    assert middle.endswith("revision 1, desired 1, current 1, ready 0")
    assert pod.endswith("ready 0/2, status ImagePullBackOff")
    assert [
        "      ├─ container main (app:bad)   not ready: ImagePullBackOff",
        "      └─ container log (app)   not ready: ImagePullBackOff",
    ] == containers


def test_a_statefulset_and_its_service() -> None:
    """Revisions say their number; endpoints go by the names under which they are found."""
    workload = {**WORKLOAD, "serviceName": "web"}
    alone = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "alone", "labels": {"app": "web"}}}
    pod = {**alone, "spec": {"containers": [{"name": "c", "image": "app"}]}}
    cluster = Cluster.new(nodes=1).apply([{**SET, "spec": workload}, SERVICE, pod]).advance(2)
    revision = printed(cluster, "sts/web")[1]

    assert (revision.startswith("├─ controllerrevision.apps/web-"), revision.endswith("   revision 1")) == (True, True)
    assert [
        "│  ├─ alone   web.default.svc.cluster.local, ready",
        "│  └─ web-0   web-0.web.default.svc.cluster.local, not ready",
        "└─ endpoints/web",
    ] == printed(cluster, "svc/web")[2:]


def test_a_pod_without_a_node() -> None:
    """A pod that nothing has begun with has containers too."""
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [{"name": "c"}]}}
    pod["spec"]["containers"][0]["image"] = "app"  # type: ignore[index]

    assert ["pod/a   ready 0/1, status Pending", "└─ container c (app)   not ready"] == printed(
        Cluster.new(nodes=0).apply(pod).settle(), "pod/a"
    )
