"""Campaigns: very many random histories, told in a few lines; `--slow` plays five thousand."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reconcile.testing import campaign
from reconcile.testing.campaign import Found, Plan, Tally, main, stretch, summary
from reconcile.testing.histories import History, failure, of_document, play, read
from reconcile.testing.stage import Broken, Stage

SMALL = Plan(kinds=("Deployment",), max_size=4)
HISTORY = """
nodes: 3
seed: 2
protected: false
fates: [{image: "*", ready: 2s}]
moves:
- apply:
    manifest:
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: web}
      spec:
        selector: {matchLabels: {app: web}}
        template: {metadata: {labels: {app: web}}, spec: {containers: [{name: app, image: "app:1"}]}}
- {work: {steps: 3}}
"""


def test_the_same_stretch_plays_the_same() -> None:
    """Its number decides on its histories; so whoever counts the steps of both counts the same."""
    assert stretch(SMALL, 1, 3) == stretch(SMALL, 1, 3)


def test_a_campaign_is_cut_into_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of so many histories each, numbered from the first one; the last has what is left."""
    monkeypatch.setattr(campaign, "STRETCH", 3)

    tallies = list(campaign.campaign(SMALL, 7, first=2))

    assert [stretch(SMALL, 2, 3), stretch(SMALL, 3, 3), stretch(SMALL, 4, 1)] == tallies


def test_stretches_go_to_an_executor() -> None:
    """Any executor will do; each stretch has its number."""
    with ThreadPoolExecutor(1) as executor:
        tallies = list(campaign.campaign(SMALL, 3, executor=executor))

    assert [stretch(SMALL, 0, 3)] == tallies


def broken(stage: Stage) -> None:
    raise Broken("goes wrong: always", stage)


def test_a_stretch_ends_at_what_breaks(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The smallest history that breaks is told, with what is wrong; the campaign ends with an error."""
    monkeypatch.setattr(Stage, "converge", broken)

    assert 1 == main(["--count", "2", "--kinds", "Deployment", "--max-size", "2"])

    told = capsys.readouterr().out
    assert "goes wrong: always" in told
    assert "HISTORY:" in told
    assert "1 broke: goes wrong" in told
    history = read(told[told.index("HISTORY:\n") + len("HISTORY:\n") : told.rindex("\n\n")])
    assert ["apply"] == [move.word for move in history.moves]


def test_a_campaign_from_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    """It says how far it has come, and that nothing broke."""
    assert 0 == main(["--count", "2", "--kinds", "Job", "--max-size", "3", "--no-faults"])
    assert capsys.readouterr().out.startswith("2 histories, ")


def test_a_history_can_be_played_from_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a campaign has found, once more."""
    file = tmp_path / "history.yaml"
    file.write_text(HISTORY, encoding="utf-8")

    assert 0 == main(["--replay", os.fspath(file)])
    assert "it is played to its good end\n" == capsys.readouterr().out
    monkeypatch.setattr(Stage, "converge", broken)
    assert 1 == main(["--replay", os.fspath(file)])
    assert capsys.readouterr().out.startswith("goes wrong: always")


def test_a_summary_names_what_broke() -> None:
    """Each name once."""
    found = Found("moves: []", "surge_bound: too many\nwhat happened last:")

    assert "6 histories, 30 steps, 2 s: 2 broke: surge_bound" == summary([Tally(3, 15, found)] * 2, 2.0)


def test_a_history_is_all_that_a_play_depends_on() -> None:
    """It is written, read back, and played to the same world."""
    history = read(HISTORY)

    assert history == of_document(history.document()) == read(history.text())
    assert play(history).world.store.version == play(history).world.store.version
    assert (3, 2, False) == (history.nodes, history.seed, history.protected)
    assert repr(history).startswith("History:\nnodes: 3\n")
    assert None is failure(history)
    assert 0 == len(play(History(), calm=False).world.trace)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(25))
def test_many_histories(number: int) -> None:
    """Two hundred histories of all kinds with all faults: no invariant breaks, and all converge and stay."""
    assert None is stretch(Plan(), 1_000_000 + number, campaign.STRETCH).found
