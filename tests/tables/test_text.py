"""`kubectl get`, as text."""

import gzip
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

from reconcile.model.clock import instant
from reconcile.model.kinds import BY_NAME, BY_PLURAL
from reconcile.tables.columns import tabulate
from reconcile.tables.table import Row, Table
from reconcile.tables.text import Shape, get_text, listed, named, names_text, not_found, nothing_found

VECTORS = Path(__file__).parent.parent / "vectors" / "kubectl_get.jsonl.gz"
NOW = instant("2026-01-01T00:01:00Z")


def _rows() -> list[dict[str, Any]]:
    with gzip.open(VECTORS, "rt") as lines:
        return [json.loads(line) for line in lines]


def _table(raw: dict[str, Any]) -> Table:
    plural = raw["path"].rpartition("/")[2]
    kind = BY_PLURAL.get(plural)
    columns = raw["columns"] or []
    rows = tuple(Row(tuple(row["cells"]), {"metadata": row["metadata"]}) for row in raw["rows"] or [])
    return Table(
        kind.qualified if kind else plural,
        tuple(column["name"] for column in columns),
        tuple(column["priority"] for column in columns),
        rows,
    )


def _shape(args: list[str]) -> Shape:
    columns = [arg.partition("=")[2].split(",") for arg in args if arg.startswith("--label-columns=")]
    columns += [value.split(",") for flag, value in pairwise(args) if flag == "-L"]
    types = args[1].split(",")
    return Shape(
        wide="wide" in args,
        headers="--no-headers" not in args,
        namespaces="-A" in args or "--all-namespaces" in args,
        kinds="--show-kind" in args or len(types) > 1 or types == ["all"] or any("/" in arg for arg in args[1:2]),
        labels="--show-labels" in args,
        label_columns=tuple(columns[0]) if columns else (),
    )


def _output(row: dict[str, Any], everything: dict[str, list[Table]]) -> str:
    """Return what we print; `-o name` receives no tables, so its rows are those of the plain listing."""
    if row["args"][-2:] == ["-o", "name"]:
        [table] = everything[row["args"][1]]
        kind = BY_PLURAL[row["args"][1]].name
        return names_text({"kind": kind, **item.object} for item in table.rows)
    return get_text([_table(raw) for raw in row["tables"]], shape=_shape(row["args"]))


def test_recorded_text() -> None:
    """Every recorded table is printed as kubectl printed it."""
    rows = _rows()
    everything = {row["args"][1]: [_table(raw) for raw in row["tables"]] for row in rows if len(row["args"]) == 2}
    wrong = {
        row["id"]: (row["stdout"], actual) for row in rows if (actual := _output(row, everything)) != row["stdout"]
    }

    assert list(wrong.items())[:3] == [], f"{len(wrong)} texts differ"


def test_recorded_complaints() -> None:
    """What is said on stderr where nothing was found."""
    texts = {row["id"]: row["stderr"] for row in _rows() if row["stderr"]}

    assert texts["kubectl-get-028"] == nothing_found("no-such-namespace") + "\n"
    assert texts["kubectl-get-030"] == nothing_found("oracle-api") + "\n"


def test_not_found() -> None:
    """The resource is named with its group."""
    assert not_found(BY_NAME["Pod"], "x") == 'Error from server (NotFound): pods "x" not found'
    assert not_found(BY_NAME["Job"], "x") == 'Error from server (NotFound): jobs.batch "x" not found'


def _object(kind: str, name: str, **metadata: Any) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": name, "creationTimestamp": "2026-01-01T00:00:00Z", **metadata}}


def test_namespaces_and_labels() -> None:
    """The namespace comes first, labels come last."""
    items = [
        _object("StatefulSet", "a", namespace="default", labels={"x/tier": "db", "app": "a"}),
        _object("StatefulSet", "b", namespace="kube-system"),
    ]
    shape = Shape(namespaces=True, labels=True, label_columns=("x/tier",))
    expected = (
        "NAMESPACE     NAME   READY   AGE   TIER   LABELS\n"
        "default       a      0/1     60s   db     app=a,x/tier=db\n"
        "kube-system   b      0/1     60s          <none>\n"
    )

    assert expected == get_text([tabulate("statefulsets", items, NOW)], shape=shape)


def test_cluster_wide_kinds_have_no_namespace_column() -> None:
    """With -A, namespaces themselves are shown without one."""
    item = {**_object("Namespace", "default"), "status": {"phase": "Active"}}
    expected = "NAME      STATUS   AGE\ndefault   Active   60s\n"

    assert expected == get_text([tabulate("namespaces", [item], NOW)], shape=Shape(namespaces=True))


def test_several_resources_without_headers() -> None:
    """Headers gone, the empty lines between the tables are gone as well."""
    tables = [tabulate("namespaces", [_object("Namespace", name)], NOW) for name in ("a", "b")]

    # The status is unknown, and even an empty column is six wide.
    assert get_text(tables, shape=Shape(headers=False, kinds=True)) == (
        "namespace/a         60s\nnamespace/b         60s\n"
    )


def test_text_stays_on_its_line() -> None:
    """A cell is cut at the end of its first line and cannot talk to the terminal."""
    event = {"metadata": {"name": "e"}, "message": "one\ntwo", "reason": "\x1b[31mred"}
    expected = "<unknown>         ^[[31mred         one...\n"

    assert expected == get_text([tabulate("events", [event], NOW)], shape=Shape(headers=False))


def test_order() -> None:
    """Objects are listed by the key they are stored under."""
    items = [
        _object("Pod", "x", namespace="a"),
        _object("Pod", "a", namespace="a"),
        _object("Pod", "z", namespace="a-b"),
    ]

    assert ["z", "a", "x"] == [item["metadata"]["name"] for item in listed(items)]


def test_names_of_other_kinds() -> None:
    """A kind we do not know is named after itself and its group."""
    assert named({"apiVersion": "x.io/v1", "kind": "Widget", "metadata": {"name": "w"}}) == "widget.x.io/w"
