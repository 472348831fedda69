"""Facts about what the API server fills into a pod template."""

from pathlib import Path
from typing import Any

from reconcile.model.json import look
from reconcile.model.pod_defaults import template_defaults
from reconcile.model.template_form import serialised
from reconcile.testing.vectors import read_rows

VECTORS = Path(__file__).parents[1] / "vectors" / "admission.jsonl.gz"
KINDS = {"Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"}


def accepted(row: dict[str, Any]) -> bool:
    request = row["request"]
    created = request["verb"] == "create" and row["status"] == 201 and not request.get("subresource")
    return created and row["stored"]["kind"] in KINDS


def test_recorded_templates() -> None:
    """Every template that a server accepted is stored with the defaults that we give it."""
    rows = [row for row in read_rows(VECTORS) if accepted(row)]
    wrong = [
        row["id"]
        for row in rows
        if serialised(template_defaults(look(row["request"]["object"], "spec", "template")))
        != serialised(look(row["stored"], "spec", "template"))
    ]

    assert len(rows) > 300
    assert [] == wrong


def test_defaults_are_kept_once_given() -> None:
    """A template that has all defaults stays as it is."""
    once = template_defaults({"spec": {"containers": [{"name": "main", "image": "nginx"}]}})

    assert once == template_defaults(once)


def test_zero_behind_a_pointer_is_a_value() -> None:
    """A grace period of 0 seconds stays; a probe period of 0 is replaced."""
    probe = {"periodSeconds": 0}
    spec = {"terminationGracePeriodSeconds": 0, "containers": [{"name": "main", "livenessProbe": probe}]}

    filled = template_defaults({"spec": spec})["spec"]

    assert 0 == filled["terminationGracePeriodSeconds"]
    assert 10 == filled["containers"][0]["livenessProbe"]["periodSeconds"]


def test_empty_structs_are_filled_too() -> None:
    """A volume source without any field gets the defaults of its type, and no emptyDir beside it."""
    filled = template_defaults({"spec": {"volumes": [{"name": "a", "configMap": {}}, {"name": "b"}]}})["spec"]

    assert [{"name": "a", "configMap": {"defaultMode": 420}}, {"name": "b", "emptyDir": {}}] == filled["volumes"]
