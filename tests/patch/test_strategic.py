"""Strategic merge patch: every directive, every refusal."""

from typing import Any

import pytest

from reconcile.model.json import freeze
from reconcile.patch.errors import BadPatch
from reconcile.patch.schema import struct_of_kind
from reconcile.patch.strategic import combine, strategic_merge_patch


def pod(*names: str, **spec: Any) -> dict[str, Any]:
    """Return a pod with containers called *names*."""
    return {"spec": {"containers": [{"name": name, "image": "i"} for name in names], **spec}}


def containers(target: dict[str, Any], *items: Any, order: list[str] | None = None) -> list[str]:
    """Return the names of the containers of *target* after a patch with *items* and, if given, an order."""
    spec: dict[str, Any] = {"containers": list(items)} if items else {}
    if order is not None:
        spec["$setElementOrder/containers"] = [{"name": name} for name in order]
    patched = strategic_merge_patch("Pod", target, {"spec": spec})
    return [item["name"] for item in patched["spec"]["containers"]]


def code(kind: str, target: Any, patch: Any) -> int:
    """Return the code of the refusal that *patch* meets."""
    with pytest.raises(BadPatch) as refused:
        strategic_merge_patch(kind, target, patch)
    return refused.value.code


OWNERS = [{"uid": "1", "name": "a", "controller": True}, {"uid": "2", "name": "b"}]


def test_adopts() -> None:
    """A new owner reference goes first, the others stay."""
    target = {"metadata": {"ownerReferences": OWNERS}}
    patched = strategic_merge_patch("Pod", target, {"metadata": {"ownerReferences": [{"uid": "3", "name": "c"}]}})

    assert [{"uid": "3", "name": "c"}, *OWNERS] == patched["metadata"]["ownerReferences"]


def test_releases() -> None:
    """The owner reference with the uid of a deletion goes, one that is not there does not matter."""
    target = {"metadata": {"ownerReferences": OWNERS, "finalizers": ["x", "y"]}}
    patch = {
        "metadata": {
            "ownerReferences": [{"$patch": "delete", "uid": "1"}, {"$patch": "delete", "uid": "9"}],
            "$deleteFromPrimitiveList/finalizers": ["x"],
        }
    }

    assert {"ownerReferences": OWNERS[1:], "finalizers": ["y"]} == strategic_merge_patch("Pod", target, patch)[
        "metadata"
    ]


def test_an_unknown_kind_has_metadata_too() -> None:
    """Owner references of an object whose kind has no schema merge by uid; other lists are replaced."""
    target = {"metadata": {"ownerReferences": OWNERS}, "spec": {"containers": [{"name": "a"}]}}
    patch = {
        "metadata": {"ownerReferences": [{"$patch": "delete", "uid": "2"}]},
        "spec": {"containers": [{"name": "b"}]},
    }

    assert {
        "metadata": {"ownerReferences": OWNERS[:1]},
        "spec": {"containers": [{"name": "b"}]},
    } == strategic_merge_patch("Widget", target, patch)


def test_shares_what_it_does_not_touch() -> None:
    """Unchanged members are the same objects, and a patch without effect gives back the target."""
    target = freeze({"metadata": {"uid": "u", "ownerReferences": OWNERS}, **pod("web")})
    released = {"metadata": {"uid": "u", "ownerReferences": [{"$patch": "delete", "uid": "9"}]}}

    assert strategic_merge_patch("Pod", target, released) is target
    assert strategic_merge_patch("Pod", target, {"metadata": {"labels": {"a": "b"}}})["spec"] is target["spec"]


def test_null_body_changes_nothing() -> None:
    """A patch that is null is no patch; one that is not an object is a bad request."""

    assert strategic_merge_patch("Pod", {"a": 1}, None) == {"a": 1}
    assert code("Pod", {}, [1]) == 400


# contract patch 2.3: the order list and what comes out of web, side, log.
ORDERS = [
    (["log", "side", "web"], ["log", "side", "web"]),
    (["log", "web"], ["side", "log", "web"]),
    (["ghost", "log", "web"], ["side", "log", "web"]),
    ([], ["web", "side", "log"]),
]


@pytest.mark.parametrize(("order", "result"), ORDERS)
def test_reorders(order: list[str], result: list[str]) -> None:
    """Without a list beside it, the directive only reorders."""

    assert result == containers(pod("web", "side", "log"), order=order)


def test_places_new_items() -> None:
    """A new item goes first unless the directive says where; a slot freed by a deletion counts as its place."""
    live = pod("web", "side", "log")

    assert containers(live, {"name": "new"}) == ["new", "web", "side", "log"]
    assert containers(live, {"name": "new"}, order=["new", "web"]) == ["new", "web", "side", "log"]
    assert containers(live, {"name": "new"}, order=["web", "new"]) == ["web", "new", "side", "log"]
    deletion = {"name": "side", "$patch": "delete"}
    assert containers(live, {"name": "new"}, deletion, order=["web", "new"]) == ["web", "log", "new"]


def test_named_items_come_in_the_order_of_the_patch() -> None:
    """A patch that names live items in another order reorders them."""

    assert containers(pod("web", "side", "log"), {"name": "log"}, {"name": "side"}, {"name": "web"}) == [
        "log",
        "side",
        "web",
    ]


def test_replaces_a_whole_list() -> None:
    """A replace marker on any item throws the live list away, and that item with it."""

    assert containers(pod("web"), {"name": "a", "$patch": "replace"}, {"name": "b"}) == ["b"]


PORTS = [{"containerPort": 53, "protocol": "TCP"}, {"containerPort": 53, "protocol": "UDP"}]


def test_ports_have_one_key() -> None:
    """Of two ports with one number a patch changes the first, and a deletion takes both."""
    target = {"spec": {"containers": [{"name": "web", "ports": PORTS}]}}

    def ports(item: dict[str, Any]) -> Any:
        patch = {"spec": {"containers": [{"name": "web", "ports": [item]}]}}
        return strategic_merge_patch("Pod", target, patch)["spec"]["containers"][0]["ports"]

    assert [{"containerPort": 53, "protocol": "TCP", "name": "d"}, PORTS[1]] == ports(
        {"containerPort": 53, "name": "d"}
    )
    assert ports({"containerPort": 53, "$patch": "delete"}) == []
    assert [port["containerPort"] for port in ports({"containerPort": "53"})] == ["53", 53, 53]


def test_finalizers_are_a_set() -> None:
    """Scalars of a merged list are united, and come in the order of the patch."""
    target = {"metadata": {"finalizers": ["a", "b"]}}

    def finalizers(**meta: Any) -> Any:
        return strategic_merge_patch("Pod", target, {"metadata": meta})["metadata"]["finalizers"]

    assert finalizers(finalizers=["c"]) == ["c", "a", "b"]
    assert finalizers(finalizers=["b", "a"]) == ["b", "a"]
    assert finalizers(**{"$deleteFromPrimitiveList/finalizers": "a"}) == ["a", "b"]
    assert strategic_merge_patch("Pod", target, {"metadata": {"$deleteFromPrimitiveList/finalizers": None}}) == {
        "metadata": {}
    }


def test_other_lists_are_replaced() -> None:
    """A list without a strategy is replaced, and directives in it are not interpreted."""
    target = pod("web", tolerations=[{"key": "a"}])
    patch = {"spec": {"tolerations": [{"$patch": "replace"}, {"key": "b"}]}}

    assert strategic_merge_patch("Pod", target, patch)["spec"]["tolerations"] == [{"$patch": "replace"}, {"key": "b"}]


def test_retains_keys() -> None:
    """Members that `$retainKeys` does not list go."""
    target = {"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}}
    patch = {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}

    assert strategic_merge_patch("Deployment", target, patch) == {"spec": {"strategy": {"type": "Recreate"}}}


def test_replaces_and_deletes_objects() -> None:
    """`$patch: replace` takes the patch as it is, `$patch: delete` leaves an empty object."""
    target = {"metadata": {"labels": {"a": "b"}}}

    def labels(**patch: Any) -> Any:
        return strategic_merge_patch("Pod", target, {"metadata": {"labels": patch}})["metadata"]["labels"]

    assert labels(**{"$patch": "replace", "c": "d"}) == {"c": "d"}
    assert labels(**{"$patch": "delete"}) == {}


def test_a_selector_of_a_budget_is_replaced() -> None:
    """The struct with the strategy `replace` is not merged."""
    target = {"spec": {"selector": {"matchLabels": {"a": "b"}}}}
    patch = {"spec": {"selector": {"matchLabels": {"c": "d"}}}}

    assert patch == strategic_merge_patch("PodDisruptionBudget", target, patch)


def test_cleans_values_that_meet_nothing() -> None:
    """What is new loses its nulls and every object with a `$patch`; an item added to a live list is taken as it is."""
    fresh = {"metadata": {"labels": {"$patch": "replace", "a": "b"}, "annotations": {"x": None}}}
    added = {"name": "new", "ports": [{"containerPort": 90, "$patch": "delete"}], "args": None}

    assert strategic_merge_patch("Pod", {"metadata": {}}, fresh) == {"metadata": {"annotations": {}}}
    patched = strategic_merge_patch("Pod", pod("web"), {"spec": {"containers": [added]}})
    assert added == patched["spec"]["containers"][0]


SPEC = {"containers": [{"name": "web"}], "tolerations": [{"key": "a"}], "nodeSelector": {"a": "b"}}
ORDER = "$setElementOrder/containers"

REFUSALS = [
    (400, {"$retainKeys": "containers"}),
    (400, {"$retainKeys": ["tolerations"], "nodeSelector": {}}),
    (400, {"$deleteFromPrimitiveList": ["x"]}),
    (400, {"$setElementOrder": ["x"]}),
    (500, {"nodeSelector": {"$patch": "merge"}}),
    (500, {"containers": [{"image": "x"}]}),
    (500, {"containers": [{"$patch": "delete"}]}),
    (500, {"containers": [{"name": "web", "$patch": "merge"}]}),
    (500, {"containers": ["web"]}),
    (500, {ORDER: {"name": "web"}}),
    (500, {ORDER: [{"image": "web"}]}),
    (500, {ORDER: [{"name": "a"}, {"name": "b"}], "containers": [{"name": "b"}, {"name": "a"}]}),
    (500, {ORDER: [{"name": "web"}], "containers": [{"name": "web"}, {"$patch": "replace"}]}),
    (500, {"$setElementOrder/tolerations": [{"key": "a"}]}),
    (500, {"$setElementOrder/nodeSelector": ["a"]}),
]


@pytest.mark.parametrize(("status", "spec"), REFUSALS)
def test_refuses(status: int, spec: dict[str, Any]) -> None:
    """A directive that is used wrongly fails with the code of contract patch 2.6."""

    assert status == code("Pod", {"spec": SPEC}, {"spec": spec})


def test_refuses_lists_of_lists() -> None:
    """A merged list whose first item is a list cannot be processed."""

    assert code("Pod", {"metadata": {"finalizers": []}}, {"metadata": {"finalizers": [["x"]]}}) == 422


def test_combines() -> None:
    """Combined, two patches keep their nulls and directives; deletions stay behind, in the order that both give."""
    order = {"$setElementOrder/containers": [{"name": "web"}]}
    first = {"spec": {**order, "nodeName": None, "containers": [{"name": "old", "$patch": "delete"}]}}
    second = {"spec": {**order, "containers": [{"name": "web", "image": "x"}]}}
    both = [{"name": "web", "image": "x"}, {"name": "old", "$patch": "delete"}]

    assert {"spec": {**order, "nodeName": None, "containers": both}} == combine(struct_of_kind("Pod"), first, second)


def test_combines_what_both_say_alike() -> None:
    """Both may hold the same directives; where they differ there is no telling what is meant."""
    pods = struct_of_kind("Pod")

    def both(first: dict[str, Any], second: dict[str, Any]) -> Any:
        return combine(pods, {"metadata": first}, {"metadata": second})["metadata"]

    kept = {"$deleteFromPrimitiveList/finalizers": ["a"]}
    assert kept == both({}, kept)
    for directive in ("$retainKeys", "$setElementOrder/finalizers"):
        assert both({directive: ["a"]}, {directive: ["a"]}) == {directive: ["a"]}
        with pytest.raises(BadPatch) as refused:
            both({directive: ["a"]}, {directive: ["b"]})
        assert refused.value.code == 400


def test_two_empty_lists_are_one() -> None:
    """Nothing united with nothing changes nothing."""
    target = freeze(pod(tolerations=[]))

    assert strategic_merge_patch("Pod", target, {"spec": {"containers": []}}) is target
