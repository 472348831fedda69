"""Objects as documents."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconcile.model.json import freeze
from reconcile.tables.documents import json_text, list_of, misread, shown, yaml_text

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


@given(JSON)
def test_documents_read_back(value: Any) -> None:
    """What is written as YAML or JSON reads back as what it was."""
    assert yaml.safe_load(yaml_text(freeze(value))) == value
    assert json.loads(json_text(freeze(value))) == value


def test_yaml_layout() -> None:
    """Keys are sorted, sequences are not indented, and many lines make a literal block."""
    value = {
        "spec": {"ports": [{"port": 80, "name": "web"}], "list": [["a"], []]},
        "data": {"text": "one\ntwo\n", "none": None, "yes": "yes", "on": True},
        "args": ["--flag", "a: b", "# c", "* d", ""],
    }
    expected = """\
args:
- --flag
- 'a: b'
- '# c'
- '* d'
- ""
data:
  none: null
  "on": true
  text: |
    one
    two
  "yes": "yes"
spec:
  list:
  - - a
  - []
  ports:
  - name: web
    port: 80
"""

    assert expected == yaml_text(value)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "true",
            "Yes",
            "n",
            "~",
            "",
            "1",
            "-1",
            "010",
            "0x1f",
            "0b1",
            "1_000",
            "1.5",
            "1e3",
            ".5",
            ".inf",
            "1:30",
            "<<",
        ),
        *("2026-01-01", "2026-01-01T00:00:00Z", "2026-01-01 00:00:00"),
    ],
)
def test_texts_that_look_like_something_else(text: str) -> None:
    """A label `"true"` stays a text."""
    assert yaml_text([text]) == f'- "{text}"\n'


@pytest.mark.parametrize(
    "text", ["web", "1.2.3", "v1", "10m", "1Gi", "_1", "5e", "0xg", "nginx:1.25", "tRue", "2026-1"]
)
def test_texts_that_look_like_texts(text: str) -> None:
    """What can only be a text needs no quotes."""
    assert not misread(text)
    assert yaml_text([text]) == f"- {text}\n"


def test_order_of_keys() -> None:
    """Numbers within keys count by value, and letters come after everything else."""
    keys = ["a10", "a2", "a-b", "ab", "a", "a/b"]

    actual = [line.partition(":")[0] for line in yaml_text(dict.fromkeys(keys)).splitlines()]

    assert actual == ["a", "a-b", "a/b", "a2", "a10", "ab"]


def test_json_layout() -> None:
    """Four blanks, sorted keys, Go's escapes."""
    assert json_text({"b": [], "a": {"x": "<&é"}}) == (
        '{\n    "a": {\n        "x": "\\u003c\\u0026é"\n    },\n    "b": []\n}\n'
    )


def test_list() -> None:
    """Several objects are one document."""
    expected = 'apiVersion: v1\nitems:\n- a: 1\nkind: List\nmetadata:\n  resourceVersion: ""\n'

    assert expected == yaml_text(list_of([{"a": 1}]))


def test_managed_fields() -> None:
    """Who owns which field is left out unless asked for."""
    item = {"metadata": {"name": "x", "managedFields": [{}]}}

    assert shown(item) == {"metadata": {"name": "x"}}
    assert shown(item, managed_fields=True) == item
