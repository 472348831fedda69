"""The formats of `-o`."""

import pytest

from reconcile.tables.output import Shown, output_text

POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "managedFields": [{}]}}


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("name", "pod/a\n"),
        ("yaml", "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n"),
        (
            "json",
            '{\n    "apiVersion": "v1",\n    "kind": "Pod",\n    "metadata": {\n        "name": "a"\n    }\n}\n',
        ),
        ("jsonpath={.metadata.name}", "a"),
        ("jsonpath-as-json={.metadata.name}", '[\n    "a"\n]\n'),
        ("custom-columns=N:.metadata.name", "N\na\n"),
    ],
)
def test_formats(output: str, expected: str) -> None:
    """Each format prints a single object as itself."""
    assert expected == output_text(output, Shown([POD], single=True))


def test_lists() -> None:
    """What was not asked for by name is a list, even of one and of none."""
    assert output_text("jsonpath={.kind} {.items[*].metadata.name}", Shown([POD])) == "List a"
    assert output_text("yaml", Shown([])) == (
        'apiVersion: v1\nitems: []\nkind: List\nmetadata:\n  resourceVersion: ""\n'
    )


def test_unknown_format() -> None:
    """The complaint says what there is."""
    with pytest.raises(ValueError, match="custom-columns,json,jsonpath,jsonpath-as-json,name,wide,yaml"):
        output_text("xml", Shown([POD]))
