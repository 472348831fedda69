"""Small values: frozen JSON, instants, durations, metadata, kinds, pods, placement, requests."""

import copy
import json
import pickle
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.model.clock import between, duration, instant, later, parse, stamp, whole
from reconcile.model.condition import find, holds, without
from reconcile.model.json import EMPTY, FrozenList, FrozenMap, compact, drop, freeze, look, put, thaw
from reconcile.model.kinds import KINDS
from reconcile.model.kinds import find as find_kind
from reconcile.model.meta import Meta
from reconcile.model.node import Node
from reconcile.model.objects import read
from reconcile.model.placement import pinned, selects, tolerates
from reconcile.model.pod import Pod, deletion_cost
from reconcile.model.requests import Amount, of_node, of_pod
from reconcile.model.resource import Resource

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_freezing_changes_nothing_that_can_be_read(value: Any) -> None:
    """A frozen document equals the plain one, prints the same, and thaws to an equal copy."""
    frozen = freeze(value)

    assert value == frozen == thaw(frozen)
    assert json.dumps(value) == json.dumps(frozen)
    assert freeze(frozen) is frozen
    assert frozen == pickle.loads(pickle.dumps(frozen))
    assert hash(frozen) == hash(freeze(copy.deepcopy(value)))


@pytest.mark.parametrize("change", ["__setitem__", "pop", "update", "clear", "setdefault", "popitem", "__delitem__"])
def test_a_frozen_map_refuses_to_change(change: str) -> None:
    """Every way to change a map raises TypeError."""
    with pytest.raises(TypeError, match="FrozenMap does not change"):
        getattr(FrozenMap(a=1), change)("a", 1)


@pytest.mark.parametrize("change", ["append", "extend", "insert", "pop", "remove", "sort", "reverse", "__setitem__"])
def test_a_frozen_list_refuses_to_change(change: str) -> None:
    """Every way to change a list raises TypeError."""
    with pytest.raises(TypeError, match="FrozenList does not change"):
        getattr(FrozenList([1]), change)(1, 1)


def test_copies_of_what_cannot_change_are_the_same() -> None:
    """Copying gives the very same value."""
    for value in (FrozenMap(a=1), FrozenList([1])):
        assert value is copy.copy(value)
        assert value is copy.deepcopy(value)


PATHS = st.lists(st.sampled_from("ab"), min_size=1, max_size=3)


@given(VALUES.filter(lambda v: isinstance(v, dict)), PATHS, st.integers())
def test_what_is_put_is_there_and_nothing_else_changed(value: Any, path: list[str], item: int) -> None:
    """An edit gives a new document; the old one, and all that lies beside the path, stay the same objects."""
    before = freeze(value)
    kept = thaw(before)
    after = put(before, path, item)

    assert item == look(after, *path)
    assert kept == before
    assert all(after[key] is before[key] for key in before if key != path[0])
    assert put(after, path, item) == after


@given(VALUES.filter(lambda v: isinstance(v, dict)), PATHS)
def test_what_is_dropped_is_gone(value: Any, path: list[str]) -> None:
    """Dropping what is not there gives the very same document."""
    before = freeze(value)
    after = drop(before, path)
    there = isinstance(look(before, *path[:-1]) if path[1:] else before, dict) and path[-1] in (
        look(before, *path[:-1]) if path[1:] else before
    )

    assert there == (after is not before)
    assert look(after, *path) is None


def test_an_edit_that_changes_nothing_gives_the_same_object() -> None:
    """Putting in what is there, and compacting what is empty."""
    item = Resource({"spec": {"replicas": 2}})

    assert item.put(("spec", "replicas"), 2) is item
    assert item.drop(("status",)) is item
    assert EMPTY == compact({"a": None, "b": "", "c": [], "d": {}})


def test_instants_are_whole_seconds_at_the_edge() -> None:
    """They are written in UTC, cut to the second, and read with or without an offset from it."""
    moment = datetime(2026, 1, 2, 3, 4, 5, 999_999, tzinfo=UTC)

    assert "2026-01-02T03:04:05Z" == stamp(moment)
    assert instant("2026-01-02T05:04:05+02:00") == whole(moment)
    assert parse(None) is None
    assert 1.5 == between(moment, later(moment, 1.5))
    assert later(moment, 1e18).year == 9999
    assert later(moment, -1e18).year == 1
    with pytest.raises(ValueError, match="has no time zone"):
        instant("2026-01-02T03:04:05")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("1h30m", 5400), ("3d", 259_200), ("500ms", 0.5), ("0", 0), ("-5s", -5), (".5m", 30)],
)
def test_durations(text: str, seconds: float) -> None:
    """Go's durations, and days."""
    assert seconds == duration(text)


@pytest.mark.parametrize("text", ["", "5", "s", "1x", "1 h", "--1s"])
def test_what_is_no_duration(text: str) -> None:
    """The error says what was expected."""
    with pytest.raises(ValueError, match="is not a duration; expected something like 90s"):
        duration(text)


@given(st.datetimes(timezones=st.just(UTC)).filter(lambda moment: 1900 < moment.year < 2200))
def test_what_is_stamped_is_read_back(aware: datetime) -> None:
    """Writing and reading an instant gives it back to the second."""
    assert instant(stamp(aware)) == whole(aware)
    assert aware - whole(aware) < timedelta(seconds=1)


def test_every_kind_is_found_by_each_of_its_names() -> None:
    """Kind, plural, singular and short names, in any case, with or without the group."""
    for kind in KINDS:
        for name in (kind.name, kind.plural, kind.singular, *kind.shorts, kind.qualified, kind.plural.upper()):
            assert kind is find_kind(name), name
    assert find_kind("deployments.v1.apps") is find_kind("deploy")
    assert find_kind("deployments.batch") is None


def test_the_controller_is_the_one_owner_that_says_so() -> None:
    """Owners that do not control are not the controller."""
    owners = [{"uid": "a", "name": "a", "kind": "K"}, {"uid": "b", "name": "b", "kind": "K", "controller": True}]
    meta = Meta.of(freeze({"ownerReferences": owners, "deletionTimestamp": "2026-01-01T00:00:00Z"}))

    assert meta.controller is not None
    assert "b" == meta.controller.uid
    assert meta.deleting
    assert Meta.of(EMPTY).controller is None


def test_conditions_are_found_by_type() -> None:
    """The first of its type counts."""
    conditions = [{"type": "A", "status": "True"}, {"type": "A", "status": "False"}, {"type": "B", "status": "False"}]

    assert holds(conditions, "A")
    assert not holds(conditions, "B")
    assert find(None, "A") is None
    assert ["B"] == [entry["type"] for entry in without(conditions, "A")]


@pytest.mark.parametrize(
    ("text", "cost"),
    [("", 0), ("0", 0), ("-0", 0), ("7", 7), ("-7", -7), ("+7", 0), ("07", 0), ("-07", -7), ("1.5", 0), ("x", 0)],
)
def test_deletion_costs(text: str, cost: int) -> None:
    """Only plain decimal integers of 32 bits count."""
    assert cost == deletion_cost(text)


def pod(**status: Any) -> Pod:
    item = read({"kind": "Pod", "metadata": {"name": "p"}, "status": status})
    assert isinstance(item, Pod)
    return item


def test_a_pod_is_available_after_its_time() -> None:
    """A pod is available if it has been ready for long enough."""
    now = instant("2026-01-01T00:01:00Z")
    ready = pod(conditions=[{"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:30Z"}])
    unknown = pod(conditions=[{"type": "Ready", "status": "True"}])

    assert [True, True, False] == [ready.available(seconds, now) for seconds in (0, 30, 31)]
    assert [True, False] == [unknown.available(seconds, now) for seconds in (0, 1)]
    assert not pod().available(0, now)


def test_restarts_are_the_largest_of_their_kind() -> None:
    """Ordinary init containers never count."""
    item = read(
        {
            "kind": "Pod",
            "spec": {"initContainers": [{"name": "i"}, {"name": "s", "restartPolicy": "Always"}]},
            "status": {
                "containerStatuses": [{"restartCount": 1}, {"restartCount": 3}],
                "initContainerStatuses": [{"name": "i", "restartCount": 9}, {"name": "s", "restartCount": 2}],
            },
        }
    )
    assert isinstance(item, Pod)

    assert (3, 2) == (item.restarts, item.sidecar_restarts)


def node(**labels: str) -> Node:
    item = read({"kind": "Node", "metadata": {"name": "n", "labels": labels}})
    assert isinstance(item, Node)
    return item


def affinity(*terms: dict[str, Any]) -> FrozenMap:
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": list(terms)}}
    return freeze({"affinity": {"nodeAffinity": required}})  # type: ignore[no-any-return]


def expression(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


@pytest.mark.parametrize(
    ("term", "taken"),
    [
        (expression("zone", "In", "a"), True),
        (expression("zone", "NotIn", "a"), False),
        (expression("other", "NotIn", "a"), True),
        (expression("zone", "Exists"), True),
        (expression("zone", "DoesNotExist"), False),
        (expression("size", "Gt", "4"), True),
        (expression("size", "Lt", "4"), False),
        (expression("zone", "Gt", "4"), False),
        (expression("huge", "Gt", "4"), False),
        (expression("size", "Lt", "9223372036854775808"), False),
        (expression("zone", "Near", "a"), False),
        ({"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n"]}]}, True),
        ({"matchFields": [{"key": "metadata.name", "operator": "NotIn", "values": ["n"]}]}, False),
        ({"matchFields": [{"key": "metadata.uid", "operator": "In", "values": ["n"]}]}, False),
        ({}, False),
    ],
)
def test_node_affinity(term: dict[str, Any], taken: bool) -> None:
    """A term takes a node if all its requirements do; an empty term takes none. Numbers have 64 bits."""
    assert taken == selects(affinity(term), node(zone="a", size="5", huge="9223372036854775808"))


def test_one_term_is_enough_and_none_takes_nothing() -> None:
    """Terms are alternatives; a list without any takes no node."""
    both = affinity(expression("zone", "In", "b"), expression("zone", "In", "a"))

    assert selects(both, node(zone="a"))
    assert not selects(affinity(), node(zone="a"))
    assert selects(EMPTY, node())


def test_a_daemon_pod_names_its_node() -> None:
    """The one node that the affinity names is found; two are not one."""
    one = affinity({"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n"]}]})
    two = affinity({"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n", "m"]}]})

    assert ("n", None, None) == (pinned(one), pinned(two), pinned(EMPTY))


TAINT = {"key": "k", "value": "v", "effect": "NoSchedule"}


@pytest.mark.parametrize(
    ("toleration", "taken"),
    [
        ({"operator": "Exists"}, True),
        ({"key": "k", "value": "v"}, True),
        ({"key": "k", "operator": "Equal", "value": "w"}, False),
        ({"key": "k", "operator": "Exists", "effect": "NoExecute"}, False),
        ({"key": "k", "operator": "Lt", "value": "5"}, False),
        ({"key": "x", "operator": "Exists"}, False),
    ],
)
def test_tolerations(toleration: dict[str, Any], taken: bool) -> None:
    """A toleration takes a taint if key, effect and value agree, as far as it names them."""
    assert taken == tolerates([freeze(toleration)], freeze(TAINT))


def test_requests_add_up() -> None:
    """Containers add up, the largest init container counts if it is more, sidecars add."""
    wanted = {"resources": {"requests": {"cpu": "100m", "memory": "1Mi"}}}
    big = {"resources": {"requests": {"cpu": "1"}}}
    spec = freeze({"containers": [wanted, wanted], "initContainers": [big, {**wanted, "restartPolicy": "Always"}]})

    assert Amount(1, 1000, 3 * 2**20) == of_pod(spec)
    assert Amount(110, 2000, 2**30) == of_node(freeze({"allocatable": {"pods": "110", "cpu": "2", "memory": "1Gi"}}))
    assert [] == of_node(EMPTY).lacks(Amount(10**6, 10**9, 10**15))
