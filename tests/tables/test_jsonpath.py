"""kubectl's JSONPath."""

from typing import Any

import pytest

from reconcile.tables.jsonpath import JsonPathError, find, jsonpath_text

DOCUMENT: dict[str, Any] = {
    "kind": "List",
    "items": [
        {
            "metadata": {"name": "a", "annotations": {"x.io/cause": "why"}, "labels": {"app": "web"}},
            "status": {"ready": True, "conditions": [{"type": "Ready", "status": "True"}], "n": 3},
        },
        {"metadata": {"name": "b"}, "status": {"ready": False, "conditions": [], "n": 12}},
    ],
}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{.kind}", "List"),
        ("{$.kind}", "List"),
        ("kind is {.kind}!", "kind is List!"),
        ("{.items[*].metadata.name}", "a b"),
        ("{.items[0].metadata.name}", "a"),
        ("{.items[-1].metadata.name}", "b"),
        ("{.items[-1:].metadata.name}", "b"),
        ("{.items[0:1].metadata.name}", "a"),
        ("{.items[::2].metadata.name}", "a"),
        ("{.items[0,1].metadata.name}", "a b"),
        ("{.items[0].metadata['name','labels']}", 'a {"app":"web"}'),
        ("{.items[0].metadata.annotations.x\\.io/cause}", "why"),
        ("{.items[0].metadata.annotations['x.io/cause']}", "why"),
        ("{.items[*].status.ready}", "true false"),
        ("{..name}", "a b"),
        ("{.items[*].status.conditions[?(@.type=='Ready')].status}", "True"),
        ('{.items[?(@.status.n>5)].metadata.name}{" "}{.kind}', "b List"),
        ("{.items[?(@.status.ready==true)].metadata.name}", "a"),
        ("{.items[?(@.metadata.labels)].metadata.name}", "a"),
        ("{.items[?(@.metadata.name!='a')].metadata.name}", "b"),
        ('{range .items[*]}{.metadata.name}{"\\t"}{.status.n}{"\\n"}{end}', "a\t3\nb\t12\n"),
        ("{range .items[*]}[{@.metadata.name}]{end}", "[a][b]"),
        ("{.items[0].metadata.labels}", '{"app":"web"}'),
        ("{.items[0].metadata.*}", 'a {"app":"web"} {"x.io/cause":"why"}'),
        ("{.nothing.here}", ""),
        ("{.items[1].status.conditions[*].type}", ""),
        ("{.kind} {.kind}", "List List"),
        ("{.items[1:1].metadata.name}", ""),
        ("{.nothing[0:1]}", ""),
        ("{.items[?(@.status.n>5)].status.n.}", "12"),
    ],
)
def test_templates(template: str, expected: str) -> None:
    """Each form of path finds what it should."""
    actual = jsonpath_text(template, DOCUMENT)

    if template.endswith(".*}"):
        expected, actual = " ".join(sorted(expected.split())), " ".join(sorted(actual.split()))
    assert expected == actual


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{.items[5]}", "array index out of bounds: index 5, length 2"),
        ("{.kind[*]}", "is not array or slice"),
        ("{.kind", "unclosed action"),
        ("{range .items[*]}x", "unterminated range"),
        ("{end}", "nothing to end"),
        ("{.items[x]}", "invalid array index x"),
        ("{.items[0}", "unterminated array"),
        ("{.items[::0]}", "step must be > 0"),
        ("{.items[?(@.status.n>'a')]}", "incompatible types"),
        ("{kind}", "unrecognized character"),
        ("{.items[0:5]}", "array index out of bounds: index 4, length 2"),
        ("{.items[3:4]}", "array index out of bounds: index 3, length 2"),
        ("{.items[?(@.metadata.*=='a')]}", "can only compare one element at a time"),
    ],
)
def test_complaints(template: str, message: str) -> None:
    """What does not parse, or points outside a list, is an error."""
    with pytest.raises(JsonPathError, match=message.replace("(", r"\(")):
        jsonpath_text(template, DOCUMENT)


def test_as_json() -> None:
    """`jsonpath-as-json` prints what was found as one list."""
    assert jsonpath_text("{.items[*].metadata.name}", DOCUMENT, as_json=True) == '[\n    "a",\n    "b"\n]\n'


@pytest.mark.parametrize("expression", ["kind", ".kind", "{.kind}", "{kind}"])
def test_relaxed(expression: str) -> None:
    """Columns and sort keys may be written without braces and dot."""
    assert find(expression, DOCUMENT) == ["List"]


@pytest.mark.parametrize(
    ("expression", "message"),
    [("", "unexpected path string"), ("{.a}{.b}", "unexpected path string"), (".kind .b", "unrecognized character")],
)
def test_relaxed_complaints(expression: str, message: str) -> None:
    """There is one path in it, and nothing else."""
    with pytest.raises(JsonPathError, match=message):
        find(expression, DOCUMENT)
