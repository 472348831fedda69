"""Hostile input: one line that says where and why, exit code 1, and a cluster that stays as it was."""

import io
import json
import os
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconcile.cli.host import LONGEST
from reconcile.cli.main import main
from reconcile.cli.state import MANUAL, Settings, State, StateFile, fresh, read_text
from reconcile.model.json import thaw
from reconcile.yaml_json import read_documents

MANIFESTS = Path(__file__).parent.parent / "scenarios" / "manifests"
MEGABYTES = 10_000_000


class Terminal:
    """A state file, and a command line that works on it."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.path = path
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def run(self, *args: str, given: bytes = b"") -> tuple[int, str]:
        """Return the exit code of a command and what it printed on the standard error."""
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        self._capsys.readouterr()
        code = main([*args, "--state", os.fspath(self.path), "--clock", MANUAL])
        return code, self._capsys.readouterr().err

    def refuses(self, *args: str, given: bytes = b"") -> str:
        """Return the one line with which a command is refused; the state stays as it is."""
        before = self.path.read_bytes()

        code, told = self.run(*args, given=given)

        assert (1, 1) == (code, told.count("\n")), told
        assert told.startswith(("error: ", "Error from server", "The "))
        assert "internal error" not in told
        assert told.rstrip("\n").isprintable()
        assert before == self.path.read_bytes()
        return told


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """A cluster with the tutorial's ReplicaSet."""
    path = tmp_path / "state" / "state.json"
    found = Terminal(path, monkeypatch, capsys)
    assert (0, "") == found.run("apply", "-f", os.fspath(MANIFESTS / "myreplicaset.yaml"))
    return found


# --- texts that are no manifests ---------------------------------------------------------------------------------


def bomb(line: str) -> bytes:
    """A text whose every line refers to the one before: *line* with %(this)s and %(last)s."""
    names = "abcdefghijklmnopqrstuvwxyz"
    lines = [line % {"this": this, "last": last} for last, this in pairwise(names)]
    return "\n".join(["a: &a {x: 1, y: 2}", *lines]).encode()


REPLICAS = (
    '{"kind": "ReplicaSet", "apiVersion": "apps/v1", "metadata": {"name": "x"},\n"spec": {"replicas": %s, "selector": '
    '{"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}}}}}'
)
UNREADABLE = {
    "half of a list": (b"a: [", "line 2, column 1: "),
    "two colons": (b"kind: Pod\na: b: c", "line 2, column 5: mapping values are not allowed"),
    "a tab": (b"a:\n\tb: c", "line 2, column 1: "),
    "a quote": (b'"', "line 1, column "),
    "a duplicate key in yaml": (b"kind: Pod\napiVersion: v1\nkind: Pod", 'line 3, column 7: duplicate key "kind"'),
    "a duplicate key in json": (b'{"a": 1,\n "a": 2}', 'line 2, column 2: duplicate key "a"'),
    "NaN in yaml": (b"a: .nan", "line 1, column 4: .nan is no JSON number"),
    "infinity in yaml": (b"a: -.inf", "line 1, column 4: -.inf is no JSON number"),
    "NaN in json": ((REPLICAS % "NaN").encode(), "line 2, column 22: NaN is no JSON number"),
    "infinity in json": ((REPLICAS % "-Infinity").encode(), "line 2, column 22: -Infinity is no JSON number"),
    "a float beyond all": ((REPLICAS % "1e999").encode(), "line 2, column 22: 1e999 is out of range"),
    "an integer beyond all": ((REPLICAS % ("9" * 5000)).encode(), "line 2, column 22: a number is too long"),
    "the same in yaml": (b"a: " + b"9" * 5000, "line 1, column 4: a number is too long"),
    "a program": (b"\x7fELF\x02\x01\x01\0" + bytes(range(256)), "byte 137 is no UTF-8 text"),
    "latin-1": ("kind: é".encode("latin-1"), "byte 7 is no UTF-8 text"),
    "utf-16": ("kind: Pod".encode("utf-16"), "byte 1 is no UTF-8 text"),
    "a zero byte": (b"kind: \x00", "line 1, column 7: control characters are not allowed"),
    "half of a pair": (b'{"a": "\\ud800"}', "line 1, column 7: half of a surrogate pair is no character"),
    "an object of python's": (b"!!python/object/apply:os.system ['true']", "line 1, column 1: unknown tag"),
    "binary": (b"a: !!binary aGk=", "line 1, column 4: unknown tag"),
    "a list as a key": (b"? [a]\n: b", "line 1, column 3: a key must be text"),
    "an alias of nothing": (b"a: *b", "line 1, column 4: unknown alias *b"),
    "an alias of itself": (b"a: &a [*a]", "line 1, column 8: unknown alias *a"),
    "a bomb of lists": (bomb("%(this)s: &%(this)s [*%(last)s, *%(last)s, *%(last)s]"), "aliases expand too far"),
    "a bomb of maps": (bomb("%(this)s: &%(this)s {p: *%(last)s, q: *%(last)s, r: 1}"), "aliases expand too far"),
    "a bomb of merges": (bomb("%(this)s: &%(this)s {<<: [*%(last)s, *%(last)s]}"), "aliases expand too far"),
    "a bomb of texts": (b"a: &a " + b"x" * 100_000 + b"\nb: [" + b"*a, " * 100_000 + b"]", "aliases expand too far"),
    "deep lists in json": (b"[" * 100_000 + b"]" * 100_000, "line 1, column 101: nested too deep"),
    "deep maps in json": (b'{"a": ' * 5_000 + b"1" + b"}" * 5_000, "nested too deep"),
    "deep lists in flow style": (b"a: " + b"[" * 100_000, "nest"),
    "deep lists in yaml": (b"- " * 5_000 + b"a", "line 1, column 201: nested too deep"),
    "deep maps in yaml": (b"\n".join(b" " * n + b"a:" for n in range(1_500)), "line 101, column 101: nested too deep"),
    "a long text": (b"a: " + b"x" * MEGABYTES, "a document of 10000003 characters"),
    "a long json text": (b'{"a": "' + b"x" * MEGABYTES + b'"}', "a document of 10000009 characters"),
    "a long map": (b"".join(b"k%d: 1\n" % n for n in range(1_000_000)), "line 1, column 1: a document of"),
    "a long second document": (b"a: 1\n---\n" + b"- a\n" * (MEGABYTES // 4), "line 2, column 1: a document of"),
    "a long comment": (b"# x\n" * (MEGABYTES // 4), "a document of 10000000 characters"),
    "many empty lines": (b"\n" * MEGABYTES, "a document of 10000000 characters"),
    "many documents": (b"---\n" * (MEGABYTES // 4), "line 20001, column 1: more than 20000 documents"),
    "many json documents": (b"{}" * 1_000_000, "more than 20000 documents"),
    "without end": (b"x" * (LONGEST + 1), "the input is too long: more than 64 MiB"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_text_that_cannot_be_read(terminal: Terminal, name: str) -> None:
    """The line names the input, the place in it and what is wrong there, and comes in time."""
    data, why = UNREADABLE[name]
    begun = time.process_time()

    told = terminal.refuses("apply", "-f", "-", given=data)

    assert why in told
    assert "STDIN" in told or "the input" in told
    assert time.process_time() - begun < 10


NO_OBJECTS = {
    "nothing": (b"", "no objects passed to apply"),
    "spaces": (b" \n\n", "no objects passed to apply"),
    "a comment": (b"# nothing\n", "no objects passed to apply"),
    "null": (b"null", "no objects passed to apply"),
    "empty documents": (b"---\n---\n~\n---\n", "no objects passed to apply"),
    "an empty list": (b"kind: List\napiVersion: v1\nitems: []", "no objects passed to apply"),
    "a number": (b"3", 'error validating "STDIN": error validating data: a manifest must be a map'),
    "a text": (b'"kind: Pod"', "a manifest must be a map"),
    "a list": (b"[]", "a manifest must be a map"),
    "an empty map": (b"{}", "error validating data: [apiVersion not set, kind not set]"),
    "no kind": (b"apiVersion: v1", "error validating data: kind not set"),
    "a kind that is a list": (b"kind: [a]\napiVersion: {b: c}", "[apiVersion not set, kind not set]"),
    "metadata that is a number": (b"kind: Pod\napiVersion: v1\nmetadata: 3", "metadata must be a map"),
    "no name": (b"kind: Pod\napiVersion: v1", "resource name may not be empty"),
    "an unknown kind": (b"kind: Pot\napiVersion: v1", 'no matches for kind "Pot" in version "v1"'),
    "a list of nothing": (b"kind: List\napiVersion: v1\nitems: [null]", "document 1: items[0]: a manifest must be"),
    "lists in lists": (
        b"kind: List\napiVersion: v1\nitems: [{kind: List, apiVersion: v1, items: [3]}]",
        "document 1: items[0]: items[0]: a manifest must be a map",
    ),
    "the second document": (b"# one\n---\n- 1\n---\n- 2", "document 1: a manifest must be a map"),
    "many numbers": (b"--- 1\n" * 20_000, "document 1: a manifest must be a map"),
    "control characters": (
        b'{"kind": "P\\u001b[2Jd\\n", "apiVersion": "v1", "metadata": {"name": "\\u202e"}}',
        r'for name: "\u202e" namespace: "" from "STDIN": no matches for kind "P\x1b[2Jd\n" in version "v1"',
    ),
    "a field with a line end": (
        b'{"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}, "sp\\nec": {}}',
        r'strict decoding error: unknown field "sp\nec"',
    ),
    "a name with a line end": (
        b'{"kind": "Node", "apiVersion": "v1", "metadata": {"name": "a\\nb"}}',
        r'The Node "a\nb" is invalid: metadata.name: Invalid value: "a\nb"',
    ),
    "a long list in an object": (
        b'{"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}, "spec": [%s1]}' % (b"1," * 1_400_000),
        "spec: must be an object, not a list",
    ),
    "replicas of text": ((REPLICAS % '"2"').encode(), "spec.replicas: must be an integer, not a string"),
    "replicas of truth": ((REPLICAS % "true").encode(), "spec.replicas: must be an integer, not a boolean"),
    "half a replica": ((REPLICAS % "1.5").encode(), "spec.replicas: must be an integer, not a number with a fraction"),
    "too many replicas": ((REPLICAS % ("9" * 300)).encode(), "spec.replicas: must be an integer of 32 bits"),
}


@pytest.mark.parametrize("name", NO_OBJECTS)
def test_a_document_that_is_no_object(terminal: Terminal, name: str) -> None:
    """What can be read and is no object is told in kubectl's words."""
    data, why = NO_OBJECTS[name]

    assert why in terminal.refuses("apply", "-f", "-", given=data)


def test_what_looks_hostile_and_is_none(terminal: Terminal) -> None:
    """A byte order mark, other line ends, null for what is absent, several values of JSON in a row."""
    text = (REPLICAS % "null").replace('"x"', '"y"').replace('"b"}}}', '"b"}}, "spec": {"containers": [{"name": "c",'
    ' "image": "i"}]}}')  # fmt: skip
    pod = b"kind: Pod\r\napiVersion: v1\r\nmetadata: {name: z}\r\nspec: {containers: [{name: c, image: i}]}\r\n"

    assert (0, "") == terminal.run("apply", "-f", "-", given=b"\xef\xbb\xbf" + text.encode())
    assert (0, "") == terminal.run("apply", "-f", "-", given=pod)
    assert (0, "") == terminal.run("delete", "-f", "-", given=(text + text.replace('"y"', '"myreplicaset"')).encode())
    assert [] == read_text(terminal.path.read_text()).cluster.all("ReplicaSet")


TAKE_FILES = (
    "apply",
    "create",
    "replace",
    "delete",
    "get",
    "describe",
    "scale --replicas=3",
    "label a=b",
    "annotate a=b",
    "patch -p {}",
    "wait --for=delete",
    "edit",
    "set image nginx=nginx:2",
    "set env a=b",
    "set resources --limits=cpu=1",
    "rollout status",
    "rollout history",
    "rollout undo",
    "rollout pause",
    "rollout restart",
)


@pytest.mark.parametrize("line", TAKE_FILES)
def test_every_verb_that_reads(terminal: Terminal, line: str) -> None:
    """Every verb that takes manifests refuses what cannot be read in the same way."""
    words = line.split()

    assert "duplicate key" in terminal.refuses(*words, "-f", "-", given=b"a: 1\na: 2")
    assert "a manifest must be a map" in terminal.refuses(*words, "-f", "-", given=b"[]")
    assert 'the path "nowhere" does not exist' in terminal.refuses(*words, "-f", "nowhere")


# --- files -------------------------------------------------------------------------------------------------------


def test_files_that_cannot_be_read(terminal: Terminal, tmp_path: Path) -> None:
    """What is no file, or no file of text, is told by name."""
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "notes.txt").write_text("no manifest")
    (tmp_path / "binary.yaml").write_bytes(b"\xff")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "a.yaml").symlink_to(tmp_path / "nowhere")

    assert f"error reading [{empty}]: recognized file extensions are [.json .yaml .yml]" in terminal.refuses(
        "apply", "-f", os.fspath(empty)
    )
    assert "recognized file extensions" in terminal.refuses("apply", "-R", "-f", os.fspath(empty))
    assert "binary.yaml: byte 1 is no UTF-8 text" in terminal.refuses(
        "apply", "-f", os.fspath(tmp_path / "binary.yaml")
    )
    assert "circle" in terminal.refuses("apply", "-f", os.fspath(tmp_path / "circle"))
    assert "recognized file extensions" in terminal.refuses("apply", "-f", os.fspath(tmp_path / "broken"))
    assert "File name too long" in terminal.refuses("apply", "-f", "x" * 5_000)
    assert "embedded null byte" in terminal.refuses("apply", "-f", "x\0y")
    assert "only files, folders and the standard input" in terminal.refuses("apply", "-f", "https://example.com/a.yaml")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="the system has no endless file")
def test_a_file_without_end(terminal: Terminal) -> None:
    """Reading stops where no manifest can be so long."""

    assert "the input is too long" in terminal.refuses("apply", "-f", "/dev/zero")


def test_one_bad_file_among_good_ones(terminal: Terminal, tmp_path: Path) -> None:
    """A folder is read to its end before anything is done."""
    (tmp_path / "a.yaml").write_text("kind: Namespace\napiVersion: v1\nmetadata: {name: a}\n")
    (tmp_path / "b.yaml").write_text("a: [")

    assert "b.yaml: line 2, column 1" in terminal.refuses("apply", "-f", os.fspath(tmp_path))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: [", "line 2, column 1"),
        ("- start: soon", "behaviours[0].start"),
        ("- color: red", "behaviours[0].color: unknown field"),
        ("- start: -1s", "behaviours[0].start"),
        ("3", "behaviours: expected a list"),
        ("behaviours: {}", "behaviours: expected a list"),
        ("[3]", "behaviours[0]: expected a map"),
        ("- exitCodes: [a]", "behaviours[0].exitCodes"),
        ("- labels: 3", "behaviours[0].labels"),
        ("[" * 1000, "nested too deep"),
    ],
)
def test_hostile_behaviours(terminal: Terminal, tmp_path: Path, text: str, why: str) -> None:
    """A table of fates is checked before the cluster begins."""
    (tmp_path / "kubelet.yaml").write_text(text)

    assert why in terminal.refuses("reset", "--behaviours", os.fspath(tmp_path / "kubelet.yaml"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("kubectl get pods", "line 1: expected `$ command` or `# comment`"),
        ("$ rm -rf /", "line 1: expected kubectl or reconcile"),
        ("# a\n$ kubectl get 'pods", "line 2: No closing quotation"),
        ("$ reconcile play x", "line 1: `play` cannot be part of a scenario"),
        ("# options: --color", "options: unknown flag: --color"),
        ("# options: 'x", "line 1: No closing quotation"),
        ("# options: --nodes=-1", "--nodes must be between 0 and 10000"),
        ("# options: --behaviours nowhere.yaml", 'the path "nowhere.yaml" does not exist'),
        ("\xff", "byte 1 is no UTF-8 text"),
    ],
)
def test_hostile_scenarios(terminal: Terminal, tmp_path: Path, text: str, why: str) -> None:
    """What is no scenario is told with the file and the line."""
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode("latin-1"))
    told = terminal.refuses("play", os.fspath(path))

    assert why in told
    assert "a.txt" in told


# --- whatever ----------------------------------------------------------------------------------------------------


def held(path: Path) -> State:
    state = fresh(Settings(clock=MANUAL, nodes=1))
    StateFile(path, lambda: state).replace(state)
    return state


FUZZED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=40)


@FUZZED
@given(st.binary(max_size=40) | st.text(st.sampled_from("{}[]:,-&*!|>'\"%@`?# \n\tab1.\0é")).map(str.encode))
def test_no_bytes_do_harm(terminal: Terminal, data: bytes) -> None:
    """Whatever is given to `apply`, it is one line."""
    terminal.refuses("apply", "-f", "-", given=data)


JUNK = st.recursive(
    st.sampled_from(
        [
            None,
            True,
            0,
            -1,
            2**31,
            2**63,
            10**30,
            1.5,
            "",
            "a",
            "\n",
            "50%",
            "101%",
            "1Gi",
            "é",
            "x" * 300,
            "2020-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
            "Always",
            "*/5 * * * *",
            "TZ=UTC * * * * *",
        ]
    ),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["", "a", "a/b/c"]), inner, max_size=2),
    max_leaves=3,
)
KINDS = [
    thaw(document)
    for path in [*sorted(MANIFESTS.glob("my*.yaml")), MANIFESTS / "job.yaml", MANIFESTS / "fluentd.yaml"]
    for document in read_documents(path.read_text())
]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, item in pairs for found in ((*path, key), *places(item, (*path, key)))]


@FUZZED
@given(st.data())
def test_no_field_does_harm(terminal: Terminal, data: st.DataObject) -> None:
    """A manifest with junk somewhere is taken or refused; a refused one leaves the cluster as it was."""
    manifest = json.loads(json.dumps(data.draw(st.sampled_from(KINDS))))
    *path, last = data.draw(st.sampled_from(places(manifest)))
    inner = manifest
    for step in path:
        inner = inner[step]
    inner[last] = data.draw(JUNK)
    held(terminal.path)
    before = terminal.path.read_bytes()

    code, told = terminal.run("apply", "-f", "-", given=json.dumps(manifest).encode())

    assert "internal error" not in told
    assert (code == 0) or before == terminal.path.read_bytes()
    assert (code == 1) is told.startswith(("error: ", "Error from server", "The "))
