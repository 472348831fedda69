"""Editing: what a person writes is stored, or kept."""

import os
import re
import sys
from pathlib import Path

import pytest

from reconcile.cli.main import main
from reconcile.cli.state import read_text

MANIFESTS = Path(__file__).parent.parent / "scenarios" / "manifests"


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """A state with the tutorial's ReplicaSet; temporary files are kept in the test's folder."""
    path = tmp_path / "state.json"
    monkeypatch.setenv("RECONCILE_STATE", os.fspath(path))
    monkeypatch.setenv("RECONCILE_CLOCK", "manual")
    monkeypatch.setattr("tempfile.tempdir", os.fspath(tmp_path))
    main(["apply", "-f", os.fspath(MANIFESTS / "myreplicaset.yaml")])
    capsys.readouterr()
    return path


def editor(monkeypatch: pytest.MonkeyPatch, folder: Path, *scripts: str) -> None:
    """Make the editor one that changes the file by one `sed` script each time that it is opened; the last one stays."""
    lines = ["#!/bin/sh", f'n=$(cat "{folder}/times" 2>/dev/null || echo 0)', f'echo $((n + 1)) > "{folder}/times"']
    lines += [f"[ $n = {number} ] && exec sed -i '{script}' \"$1\"" for number, script in enumerate(scripts)]
    path = folder / "editor"
    path.write_text("\n".join([*lines, "exit 0", ""]))
    path.chmod(0o755)
    monkeypatch.setenv("KUBE_EDITOR", os.fspath(path))


def replicas(state: Path) -> int:
    found: int = read_text(state.read_text()).cluster.get("rs", "myreplicaset").spec["replicas"]
    return found


def test_a_change_is_stored(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The difference is sent, and the cluster follows."""
    editor(monkeypatch, tmp_path, "s/replicas: 2/replicas: 3/")

    assert 0 == main(["edit", "rs/myreplicaset"])
    assert "replicaset.apps/myreplicaset edited\n" == capsys.readouterr().out
    assert 3 == replicas(state)
    assert 3 == len(read_text(state.read_text()).cluster.all("Pod"))


def test_a_mistake_can_be_mended(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be stored comes back with the reason, and the next version counts."""
    editor(
        monkeypatch,
        tmp_path,
        "s/replicas: 2/replicas: -5/",
        "/^# Refused: .*greater than or equal to 0/!b; s/^/# seen /w " + os.fspath(tmp_path / "seen"),
        "s/replicas: -5/replicas: 4/",
    )

    assert 0 == main(["edit", "rs/myreplicaset"])
    assert "spec.replicas: Invalid value: -5" in (tmp_path / "seen").read_text()
    assert 4 == replicas(state)


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("s/replicas: 2/replicas: -5/", "must be greater than or equal to 0"),
        ("s/replicas: 2/replicas: [/", "line "),
        ("s/replicas: 2/replicas: two/", "spec.replicas"),
        ("s/name: myreplicaset/name: other/", "cannot be edited"),
        ("s/^kind: .*/kind: Pod/", "cannot be edited"),
    ],
)
def test_a_mistake_is_not_lost(
    state: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    script: str,
    why: str,
) -> None:
    """Who gives up finds the text in a file; the cluster stays as it was."""
    before = state.read_bytes()
    editor(monkeypatch, tmp_path, script)

    assert 1 == main(["edit", "rs", "myreplicaset"])
    told = capsys.readouterr().err
    assert why in told
    assert told.endswith("error: Edit cancelled, no valid changes were saved.\n")
    kept = re.search(r"stored to (\S+)", told)
    assert kept is not None
    assert "# Refused: " in Path(kept[1]).read_text()
    assert before == state.read_bytes()


def test_nothing_to_do(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A text that was not changed, or is empty, changes nothing; no file is left behind."""
    before = state.read_bytes()
    for script, told in (("", "no changes made"), ("d", "saved file was empty")):
        (tmp_path / "times").unlink(missing_ok=True)
        editor(monkeypatch, tmp_path, script)

        assert 0 == main(["edit", "rs", "myreplicaset"])
        assert f"Edit cancelled, {told}.\n" == capsys.readouterr().err
    assert before == state.read_bytes()
    assert [] == list(tmp_path.glob("reconcile-edit-*"))


def test_an_editor_that_never_stops_changing(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An editor that is a program cannot keep the command for ever."""
    monkeypatch.setattr("reconcile.cli.edit._ROUNDS", 3)
    monkeypatch.setenv("KUBE_EDITOR", "sed -i -e 's/replicas: .*/replicas: -1/' -e '$a # more'")

    assert 1 == main(["edit", "rs", "myreplicaset"])
    assert "no valid changes were saved" in capsys.readouterr().err


def test_what_others_changed_meanwhile_stays(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The editor does not hold the lock, and only the difference is sent."""
    script = tmp_path / "editor"
    other = "from reconcile.cli.main import main; main(['label', 'rs', 'myreplicaset', 'by=another'])"
    root = Path(__file__).parent.parent.parent
    lines = [
        "#!/bin/sh",
        f'PYTHONPATH="{root}" {sys.executable} -c "{other}"',
        "sed -i 's/replicas: 2/replicas: 3/' \"$1\"",
        "",
    ]
    script.write_text("\n".join(lines))
    script.chmod(0o755)
    monkeypatch.setenv("KUBE_EDITOR", os.fspath(script))

    assert 0 == main(["edit", "rs", "myreplicaset"])
    item = read_text(state.read_text()).cluster.get("rs", "myreplicaset")
    assert ("another", 3) == (item.meta.labels["by"], item.spec["replicas"])
