"""The difference of two objects: what is said, and what is left unsaid."""

from typing import Any

from reconcile.patch.diff import Half, diff
from reconcile.patch.schema import struct_of

POD_SPEC = struct_of("v1.PodSpec")
META = struct_of("v1.ObjectMeta")


def changes(old: dict[str, Any], new: dict[str, Any]) -> Any:
    """Return what a pod spec *new* changes of *old*."""
    return diff(POD_SPEC, old, new, Half.CHANGES)


def deletions(old: dict[str, Any], new: dict[str, Any]) -> Any:
    """Return what a pod spec *new* deletes of *old*."""
    return diff(POD_SPEC, old, new, Half.DELETIONS)


def named(*names: str) -> list[dict[str, Any]]:
    """Return items with *names*."""
    return [{"name": name} for name in names]


def test_equal_objects_do_not_differ() -> None:
    """Equal objects have no difference, but 1 is not 1.0."""
    spec = {"containers": named("a", "b"), "tolerations": [{"key": "k"}], "nodeSelector": {"x": "y"}}

    assert (changes(spec, spec), deletions(spec, spec)) == ({}, {})
    assert changes({"priority": 1}, {"priority": 1.0}) == {"priority": 1.0}


def test_a_new_type_is_a_change() -> None:
    """A value of another type is sent as it is, and no deletion."""

    assert changes({"nodeSelector": {"a": "b"}}, {"nodeSelector": "x"}) == {"nodeSelector": "x"}
    assert deletions({"nodeSelector": {"a": "b"}}, {"nodeSelector": "x"}) == {}


def test_items_differ_one_by_one() -> None:
    """A changed item carries its key; order and deletions come with it."""
    old = {"containers": [{"name": "a", "image": "1"}, {"name": "b", "image": "1"}]}
    new = {"containers": [{"name": "c", "image": "1"}, {"name": "a", "image": "2"}]}
    order = {"$setElementOrder/containers": named("c", "a")}

    assert changes(old, new) == {**order, "containers": [{"name": "c", "image": "1"}, {"name": "a", "image": "2"}]}
    assert deletions(old, new) == {**order, "containers": [{"name": "b", "$patch": "delete"}]}


def test_order_alone_is_a_change() -> None:
    """Items in another order, or one more in the old list, give an order and nothing else."""
    order = {"$setElementOrder/containers": named("b", "a")}

    assert changes({"containers": named("a", "b")}, {"containers": named("b", "a")}) == order
    assert changes({"containers": named("b", "a", "c")}, {"containers": named("b", "a")}) == order
    assert deletions({"containers": named("a", "b")}, {"containers": named("b", "a")}) == {}


def test_a_new_list_needs_no_order() -> None:
    """A list that meets an empty one is sent as it is; an empty list deletes without an order."""

    assert changes({"containers": []}, {"containers": named("a")}) == {"containers": named("a")}
    assert deletions({"containers": named("a")}, {"containers": []}) == {
        "containers": [{"name": "a", "$patch": "delete"}]
    }


def test_equal_keys_are_paired_from_the_end() -> None:
    """Of two old ports with one number the last is paired with the only new one."""
    tcp, udp = {"containerPort": 53, "protocol": "TCP"}, {"containerPort": 53, "protocol": "UDP"}
    old, new = {"ports": [tcp, udp]}, {"ports": [tcp]}
    container = struct_of("v1.Container")

    assert diff(container, old, new, Half.CHANGES)["ports"] == [tcp]
    assert diff(container, old, new, Half.DELETIONS)["ports"] == [{"containerPort": 53, "$patch": "delete"}]


def test_finalizers() -> None:
    """Values are added as a list and deleted as another; a list out of alphabetical order always gives an order."""
    old, new = {"finalizers": ["c", "a"]}, {"finalizers": ["z", "a", "b"]}
    order = {"$setElementOrder/finalizers": ["z", "a", "b"]}

    assert diff(META, old, new, Half.CHANGES) == {**order, "finalizers": ["z", "b"]}
    assert diff(META, old, new, Half.DELETIONS) == {**order, "$deleteFromPrimitiveList/finalizers": ["c"]}
    assert diff(META, new, new, Half.CHANGES) == order


def test_retained_keys() -> None:
    """A struct of the strategy names its members if it differs, or if the old one has more."""
    spec = struct_of("v1.DeploymentSpec")
    old, new = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}, {"rollingUpdate": {"maxSurge": 1}}

    def strategy(half: Half) -> Any:
        return diff(spec, {"strategy": old}, {"strategy": new}, half)["strategy"]

    assert strategy(Half.CHANGES) == {"$retainKeys": ["rollingUpdate"]}
    assert strategy(Half.DELETIONS) == {"$retainKeys": ["rollingUpdate"], "type": None}


def test_a_replaced_struct_is_always_sent() -> None:
    """The selector of a budget is replaced, so it is sent even if it does not differ."""
    spec = struct_of("v1.PodDisruptionBudgetSpec")
    selector = {"selector": {"matchLabels": {"a": "b"}}}

    assert diff(spec, selector, selector, Half.CHANGES) == selector
    assert diff(spec, selector, {"selector": {}}, Half.DELETIONS) == {}
