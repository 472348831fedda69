"""Manifests: what is read, and what is refused with one clear line."""

import io
import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.manifest import ManifestError, load, loads
from reconcile.yaml_json import MAX_BYTES, MAX_DOCUMENTS, TextError, read_documents

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: c, image: i}]}\n"


def test_several_documents_and_lists() -> None:
    """Documents and the items of lists come in the order in which they stand; empty documents are left out."""
    pods = "\n---\n".join(POD.replace("name: a", f"name: {name}") for name in "ab")
    listed = json.dumps(
        {"apiVersion": "v1", "kind": "List", "items": [json.loads(json.dumps(d)) for d in read_documents(pods)]}
    )

    assert ["a", "b"] == [item.name for item in loads(pods + "\n---\n")]
    assert ["a", "b"] == [item.name for item in loads(listed)]


def test_what_is_written_survives() -> None:
    """Nothing is added or lost: the object is the document."""
    (item,) = loads(POD)

    assert {"apiVersion": "v1", "kind": "Pod"} | {"metadata": {"name": "a"}} == {
        k: v for k, v in item.raw.items() if k != "spec"
    }


def test_folders_files_and_the_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder's manifests come by name, others of its files and its folders are passed over; `-` is the input."""
    (tmp_path / "b.yaml").write_text(POD.replace("name: a", "name: b"))
    (tmp_path / "a.json").write_text(json.dumps(read_documents(POD)[0]))
    (tmp_path / "notes.txt").write_text("no manifest")
    (tmp_path / "inner").mkdir()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(POD.encode())))

    assert ["a", "b"] == [item.name for item in load(tmp_path)]
    assert ["a"] == [item.name for item in load("-")]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("kind: Pod", "manifest: apiVersion: expected text, got nothing"),
        ("apiVersion: v1\nkind: 3", "manifest: kind: expected text, got a number"),
        ("[1]", "manifest: expected an object, got a list"),
        ("apiVersion: v1\nkind: Widget", 'no matches for kind "Widget" in version "v1"'),
        ("apiVersion: v1\nkind: Pod\nspec: {containers: [{prots: 1}]}", r"spec\.containers\[0\]\.prots"),
        ("apiVersion: apps/v1\nkind: ReplicaSet\nspec: {replicas: two}", r"spec\.replicas"),
        (POD + "---\nkind: 1", "manifest: document 2: apiVersion: expected text"),
        (
            '{"apiVersion": "v1", "kind": "List", "items": [5]}',
            r"manifest: items\[0\]: expected an object, got a number",
        ),
    ],
)
def test_a_bad_manifest_is_one_line_with_its_place(text: str, problem: str) -> None:
    """The error names the document and the path of the field."""
    with pytest.raises(ManifestError, match=problem) as caught:
        loads(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: 1\na: 2", 'line 2, column 4: duplicate key "a"'),
        ('{"a": 1, "a": 2}', 'line 1, column 10: duplicate key "a"'),
        ("a: .nan", r"\.nan is no JSON number"),
        ('{"a": NaN}', "line 1, column 7: NaN is no JSON number"),
        ("a: -.inf", "no JSON number"),
        ("a: 1e999", "out of range"),
        ("a: !!binary aGk=", "unknown tag"),
        ("a: !!python/object:x {}", "unknown tag"),
        ("[" * 5000, "nested too deep"),
        ("- " * 5000, "line 1, column 201: nested too deep"),
        ("[" * 500 + "]" * 500, "nested too deep"),
        ("a: " * 2, "mapping values are not allowed"),
        ("a: *b", r"unknown alias \*b"),
        ("? {a: b}\n: c", "a key must be text"),
        ("<<: 1", "a merge key needs a map"),
        ("a: \x00", "line 1, column 4: control characters are not allowed"),
        ('{"a": "\\ud800"}', "half of a surrogate pair"),
        ("\ud800", "line 1, column 1: half of a surrogate pair"),
        ("a: " + "9" * 500, "a number is too long"),
        ("a: !foo x", "unknown tag !foo"),
        ("a: !foo {}", "unknown tag !foo"),
        ("[a: *b, {}", "unknown alias"),
        ("--- 1\n" * (MAX_DOCUMENTS + 1), f"line {MAX_DOCUMENTS + 1}, column 1: more than {MAX_DOCUMENTS} documents"),
        ("a: b\n---\n" + "x" * (MAX_BYTES + 1), "line 2, column 1: a document of"),
        ("x" * (MAX_BYTES + 1), "the API server takes at most"),
    ],
)
def test_hostile_text_is_refused(text: str, problem: str) -> None:
    """Every text that is no YAML we take gives one line that says where and why."""
    with pytest.raises(TextError, match=problem) as caught:
        read_documents(text)
    assert "\n" not in str(caught.value)


def test_a_bomb_of_aliases_is_refused() -> None:
    """Aliases that expand too far are an error, not a full memory."""
    levels = "".join(
        f"{name}: &{name} [{', '.join(['*' + below] * 10)}]\n" for below, name in zip("abcdef", "bcdefg", strict=True)
    )

    with pytest.raises(TextError, match="aliases expand too far"):
        read_documents("a: &a [x]\n" + levels)


def test_a_bomb_of_text_is_refused() -> None:
    """What counts is how long a document is once its aliases are expanded, not how many there are."""
    text = f"a: &a {'x' * 100_000}\nb: [{', '.join(['*a'] * 100)}]\n"

    with pytest.raises(TextError, match=r"line 2, column .*aliases expand too far"):
        read_documents(text)


def test_many_merges_are_read_in_time() -> None:
    """Merging takes time by what is merged, not by what was there before."""
    many = "".join(f"  k{number}: 1\n" for number in range(5_000))
    (found,) = read_documents(f"a: &a\n{many}b: {{<<: [*a{', {x: 2, k1: 3}' * 5_000}]}}\n")

    assert (5_001, 1, 2) == (len(found["b"]), found["b"]["k1"], found["b"]["x"])


def test_what_only_looks_like_a_number() -> None:
    """It is read as kubectl reads it: digits that are not octal are decimal, half of a number is text."""
    text = "a: 089\nb: 0x_\nc: 0b\nd: 1_000\ne: 2.0\nf: 0o17\ng: 0b101\n"

    assert [{"a": 89, "b": "0x_", "c": "0b", "d": 1000, "e": 2, "f": 15, "g": 5}] == read_documents(text)


def test_yaml_as_kubectl_reads_it() -> None:
    """Words for true and false, octal numbers, text that looks like a date, numbers as keys, anchors and merges."""
    text = "a: yes\nb: 0644\nc: 2026-01-01\n1: x\nd: &d {e: off}\nf: {<<: *d, g: 1e3}\n"
    text += "h: '1'\ni: 1:30\nj: ~\nk: 0x1F\nl: !!str 5\n"

    assert [
        {"a": True, "b": 420, "c": "2026-01-01", "1": "x", "d": {"e": False}, "f": {"e": False, "g": 1000.0}}
        | {"h": "1", "i": "1:30", "j": None, "k": 31, "l": "5"}
    ] == read_documents(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(st.characters(codec="utf-8"), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(JSON.filter(lambda value: isinstance(value, dict)))
def test_json_is_read_as_it_is(value: Any) -> None:
    """Every JSON object is read back."""
    assert [value] == read_documents(json.dumps(value))


@given(st.text(max_size=60))
def test_no_text_makes_it_fail_otherwise(text: str) -> None:
    """Whatever the text, it is read or refused with a TextError."""
    with suppress(TextError):
        read_documents(text)


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("missing.yaml", None, "missing.yaml: No such file"),
        ("binary.yaml", b"\xff\xfe\x00", "byte 1 is no UTF-8 text"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str, content: bytes | None, problem: str) -> None:
    """The error names the file."""
    if content is not None:
        (tmp_path / name).write_bytes(content)

    with pytest.raises(ManifestError, match=problem):
        load(tmp_path / name)


def test_a_folder_without_manifests(tmp_path: Path) -> None:
    """There is nothing to read."""
    with pytest.raises(ManifestError, match=r"no \.yaml, \.yml or \.json file"):
        load(tmp_path)
