"""Endpoints behind Services, and claims with their volumes."""

from typing import Any

import pytest

from reconcile.cluster import Cluster
from reconcile.controllers.builtin import BUILTIN
from reconcile.controllers.claims import VOLUME_BINDER
from reconcile.controllers.endpoints_object import endpoints_of
from reconcile.engine import faults
from reconcile.engine.queue import Slot
from reconcile.model.objects import read
from reconcile.model.pod import Pod
from reconcile.model.resource import Resource
from reconcile.nodes.behaviour import Behaviour

SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web"},
    "spec": {"selector": {"app": "web"}, "clusterIP": "None", "ports": [{"port": 80, "targetPort": "http"}]},
}


def pod(name: str, **spec: Any) -> dict[str, Any]:
    container = {"name": "c", "image": "app", "ports": [{"name": "http", "containerPort": 8080}]}
    meta = {"name": name, "labels": {"app": "web"}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {"containers": [container], **spec}}


def endpoints(cluster: Cluster) -> list[Any]:
    return [entry for item in cluster.all("EndpointSlice") for entry in item.raw.get("endpoints") or ()]


def test_ready_pods_are_endpoints_with_their_names() -> None:
    """A pod in the Service's subdomain is known by its hostname; a named port is looked up."""
    cluster = Cluster.new(nodes=1).apply([SERVICE, pod("web-0", hostname="web-0", subdomain="web")]).advance(2)
    (found,) = cluster.all("EndpointSlice")

    assert [("web-0", True)] == [(entry["hostname"], entry["conditions"]["ready"]) for entry in endpoints(cluster)]
    assert 8080 == found.raw["ports"][0]["port"]


def test_a_pod_that_goes_is_no_endpoint() -> None:
    """The slice follows the pods that come and go."""
    cluster = Cluster.new(nodes=1).apply([SERVICE, pod("a"), pod("b")]).advance(2)

    assert [2, 1] == [len(endpoints(c)) for c in (cluster, cluster.delete("pod", "a").advance(2))]


def test_a_slice_holds_a_hundred() -> None:
    """More endpoints need more slices, fewer need fewer."""
    cluster = Cluster.new(nodes=2).apply([SERVICE, *(pod(f"p{index:03}") for index in range(101))]).advance(2)
    fewer = cluster.delete("pod", "p000").advance(2)

    assert [2, 1] == [len(c.all("EndpointSlice")) for c in (cluster, fewer)]


def the_object(cluster: Cluster) -> Resource:
    (found,) = cluster.all("Endpoints")
    return found


def listed(cluster: Cluster, member: str = "addresses") -> list[str]:
    """The names of the pods in a list of the only subset of the only Endpoints object."""
    return sorted(entry["targetRef"]["name"] for entry in the_object(cluster).look("subsets", 0, member, default=[]))


def test_the_older_endpoints_say_the_same() -> None:
    """Endpoints have the Service's name, and list addresses in order, with hostnames and ports."""
    cluster = (
        Cluster.new(nodes=1).apply([SERVICE, pod("web-0", hostname="web-0", subdomain="web"), pod("b")]).advance(2)
    )
    (subset,) = the_object(cluster).raw["subsets"]

    assert "web" == the_object(cluster).name
    assert ["b", "web-0"] == listed(cluster)
    assert {"web-0", None} == {entry.get("hostname") for entry in subset["addresses"]}
    assert [entry["ip"] for entry in subset["addresses"]] == sorted(entry["ip"] for entry in subset["addresses"])
    assert [{"port": 8080, "protocol": "TCP"}] == subset["ports"]


def test_endpoints_that_are_not_ready() -> None:
    """A pod that is not ready is listed apart, unless the Service does not mind."""
    behaviours = [Behaviour(becomes_ready=False)]
    cluster = Cluster.new(nodes=1, behaviours=behaviours).apply([SERVICE, pod("a")]).advance(2)
    public = cluster.patch("svc", "web", {"spec": {"publishNotReadyAddresses": True}}).advance(2)

    assert ([], ["a"]) == (listed(cluster), listed(cluster, "notReadyAddresses"))
    assert ["a"] == listed(public)


def test_endpoints_follow_the_service() -> None:
    """Labels are the Service's; nothing behind it is no subset; what others note stays; with the Service all goes."""
    cluster = Cluster.new(nodes=1).apply([SERVICE, pod("a")]).advance(2)
    noted = cluster.patch("ep", "web", {"metadata": {"annotations": {"mine": "yes"}}})
    after = noted.patch("svc", "web", {"metadata": {"labels": {"tier": "front"}}}).delete("pod", "a").advance(2)

    assert ("front", "yes") == (the_object(after).meta.labels["tier"], the_object(after).meta.annotations["mine"])
    assert "subsets" not in the_object(after).raw
    assert [] == after.delete("svc", "web").advance(2).all("Endpoints")


@pytest.mark.parametrize("kind", ["EndpointSlice", "Endpoints"])
def test_lost_endpoints_are_made_anew(kind: str) -> None:
    """What somebody deletes comes back, as long as there is the Service."""
    cluster = Cluster.new(nodes=1).apply([SERVICE, pod("a")]).advance(2)
    (before,) = cluster.all(kind)

    (after,) = cluster.delete(kind, before.name).advance(2).all(kind)
    assert before.uid != after.uid
    assert before.raw.get("endpoints") == after.raw.get("endpoints")


def test_endpoints_have_a_limit() -> None:
    """Of more than a thousand pods a thousand are listed, ready ones first, and the object says so."""
    service = read({**SERVICE, "metadata": {"name": "web", "namespace": "default", "uid": "u"}})
    ready = {"podIP": "10.0.0.1", "conditions": [{"type": "Ready", "status": "True"}]}
    pods = [Pod({**pod(f"p{n}"), "status": ready if n % 2 else {"podIP": "10.0.0.2"}}) for n in range(2100)]
    found = endpoints_of(service, pods, [])

    assert {"endpoints.kubernetes.io/over-capacity": "truncated"} == found["metadata"]["annotations"]
    assert [1000] == [len(entry["addresses"]) for entry in found["subsets"]]
    assert "notReadyAddresses" not in found["subsets"][0]


CLAIM = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "data"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}


def phase(claim: Resource) -> str:
    return str(claim.status.get("phase"))


def test_a_claim_gets_a_volume() -> None:
    """The binder makes a volume of the size that is asked for."""
    cluster = Cluster.new(nodes=1).apply(CLAIM).settle()

    assert "Bound" == phase(cluster.get("pvc", "data"))
    assert ["1Gi"] == [volume.spec["capacity"]["storage"] for volume in cluster.all("pv")]


@pytest.mark.parametrize("requests", [1, 2])
def test_a_binder_that_was_cut_off_goes_on(requests: int) -> None:
    """Its process ends after it has made the volume, or named it in the claim; the next one does the rest."""
    cluster = Cluster.new(nodes=1).apply(CLAIM)
    slot = Slot("volume-binder", "PersistentVolumeClaim", "default", "data")
    world = faults.crash(cluster.engine, cluster.world, slot, requests)

    after = Cluster(cluster.engine, world).settle()

    assert "Bound" == phase(after.get("pvc", "data"))
    assert [] == [row for row in after.trace if row.refused]


def test_without_the_binder_a_claim_stays_pending() -> None:
    """The binder is one controller among others: leave it out."""
    others = [controller for controller in BUILTIN if controller is not VOLUME_BINDER]

    assert "Pending" == phase(Cluster.new(nodes=1, builtin=others).apply(CLAIM).settle().get("pvc", "data"))


@pytest.mark.parametrize("used", [True, False])
def test_a_claim_in_use_is_protected(used: bool) -> None:
    """A deleted claim goes when no pod names it any more."""
    volume = {"name": "v", "persistentVolumeClaim": {"claimName": "data"}}
    cluster = Cluster.new(nodes=1).apply([CLAIM, pod("p", volumes=[volume] if used else [])]).settle()
    deleted = cluster.delete("pvc", "data").settle()

    assert used == (deleted.find("pvc", "data") is not None)
    assert deleted.delete("pod", "p").settle().find("pvc", "data") is None
