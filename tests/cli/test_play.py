"""Scenarios: read, played, compared, rewritten."""

import os
from pathlib import Path

import pytest

from reconcile.cli.main import main
from reconcile.cli.scenario import Step, read, written
from reconcile.kubectl.failures import Refused

TEXT = """\
# A comment.
# options: --seed 3 --nodes 2

$ kubectl get nodes
wrong

# More.

$ reconcile advance 5s
$ kubectl get pod


"""


def scenario(folder: Path, text: str = TEXT) -> str:
    path = folder / "a.txt"
    path.write_text(text)
    return os.fspath(path)


def test_reading_and_writing() -> None:
    """A file is written as it was read."""

    assert TEXT == written(read(TEXT).steps)
    assert ("--seed", "3", "--nodes", "2") == read(TEXT).options


def test_empty() -> None:
    """An empty file is a scenario without commands."""

    assert "" == written(read("").steps)


def test_output_that_looks_like_a_command() -> None:
    """A line of output that begins like a command or a comment comes back as it was."""
    step = Step(1, "kubectl get x", output=("$ x", "# y", "\\z", "#!"))

    text = written([step])

    assert "$ kubectl get x\n\\$ x\n\\# y\n\\\\z\n\\#!\n" == text
    assert step.output == read(text).steps[0].output


def test_text_before_the_first_command() -> None:
    """What is neither command nor comment is told with its line."""
    with pytest.raises(Refused, match="line 2: expected"):
        read("# a\nb\n")


def test_check_and_rewrite(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--check` shows what differs and fails; after `--rewrite` nothing does."""
    name = scenario(tmp_path)

    assert 1 == main(["play", "--check", name])
    printed = capsys.readouterr().out
    assert "-wrong" in printed
    assert "+node-0   Ready    <none>   0s    v1.36.2" in printed
    assert TEXT == Path(name).read_text()
    assert 0 == main(["play", "--rewrite", name])
    assert 0 == main(["play", "--check", name])
    text = Path(name).read_text()
    assert text.startswith("# A comment.\n# options: --seed 3 --nodes 2\n\n$ kubectl get nodes\nNAME ")
    assert "\n\n# More.\n\n$ reconcile advance 5s\nnow 2026-01-01T00:00:06Z\n$ kubectl get pod\nNo resources" in text
    assert text.endswith("namespace.\n\n\n")


def test_play_prints_the_session(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a flag the commands are shown with what they print."""
    main(["play", scenario(tmp_path, "$ kubectl get pod\n")])

    assert "$ kubectl get pod\nNo resources found in default namespace.\n" == capsys.readouterr().out


def test_it_is_the_same_every_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same seed gives the same names, another seed others."""
    manifests = Path(__file__).parent.parent / "scenarios" / "manifests"
    text = "# options: --seed {}\n$ kubectl apply -f " + os.fspath(manifests) + "/web.yaml\n$ kubectl get pods\n"
    printed = []
    for seed in (1, 1, 2):
        main(["play", scenario(tmp_path, text.format(seed))])
        printed.append(capsys.readouterr().out.replace(f"--seed {seed}", ""))

    assert printed[0] == printed[1]
    assert printed[0] != printed[2]


@pytest.mark.parametrize("place", ["beside", "here", "both"])
def test_files_are_beside_the_scenario_or_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    """A name is one of the scenario's folder, else one of the working folder."""
    beside, here = tmp_path / "beside", tmp_path / "here"
    for folder, name in ((beside, "one"), (here, "two")):
        folder.mkdir()
        if place in (folder.name, "both"):
            text = f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n"
            (folder / "it.yaml").write_text(text)
    monkeypatch.chdir(here)

    assert 0 == main(["play", scenario(beside, "$ kubectl apply -f it.yaml\n")])
    expected = {"beside": "one", "both": "one", "here": "two"}[place]
    assert f"namespace/{expected} created" in capsys.readouterr().out


def test_the_users_state_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scenario has a cluster of its own, even if it resets it or names a state."""
    monkeypatch.setenv("RECONCILE_STATE", os.fspath(tmp_path / "state.json"))
    main(["play", scenario(tmp_path, "$ reconcile reset --seed 9\n$ kubectl get pod --state other.json\n")])

    assert ["a.txt"] == sorted(path.name for path in tmp_path.iterdir())


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("ls -l", "line 1: expected kubectl or reconcile"),
        ("kubectl get 'pods", "line 1: No closing quotation"),
        ("reconcile play a.txt", "line 1: `play` cannot be part of a scenario"),
        ("", "line 1: expected kubectl or reconcile"),
    ],
)
def test_other_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, why: str) -> None:
    """A scenario runs kubectl and reconcile, and nothing else."""
    assert 1 == main(["play", scenario(tmp_path, f"$ {line}\n")])
    assert why in capsys.readouterr().err


@pytest.mark.parametrize("options", ["--nodes many", "--sed 3", "stray", "'", "--nodes -3", "--behaviours none.yaml"])
def test_bad_options(tmp_path: Path, capsys: pytest.CaptureFixture[str], options: str) -> None:
    """Options that are none are told, and nothing is played."""
    assert 1 == main(["play", scenario(tmp_path, f"# options: {options}\n$ kubectl get pod\n")])

    printed = capsys.readouterr()

    assert "" == printed.out
    assert 1 == printed.err.count("\n")


def test_folders_with_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--files` among the options says where the files are that commands and options name."""
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "pod.yaml").write_text(
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image: app}]}}"
    )
    (tmp_path / "inner" / "never.yaml").write_text("[{pull: false}]")
    text = "# options: --files inner --behaviours never.yaml\n$ kubectl apply -f pod.yaml\n$ kubectl get pod\n"

    assert 0 == main(["play", scenario(tmp_path, text)])
    printed = capsys.readouterr().out
    assert "pod/a created\n" in printed
    assert "ImagePullBackOff" in printed
