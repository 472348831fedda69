"""The pages that people read: every console session on them is played."""

import os
from pathlib import Path

import pytest

from reconcile.cli.main import main

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs" / "pages").rglob("*.md"))]
PLAYED = [page for page in PAGES if "```console" in page.read_text(encoding="utf-8")]


@pytest.mark.parametrize("page", PLAYED, ids=lambda page: os.fspath(page.relative_to(ROOT)))
def test_sessions(page: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What the page shows is what is printed; `reconcile play --rewrite PAGE` brings it up to date."""
    monkeypatch.chdir(ROOT)

    code = main(["play", "--check", os.fspath(page)])

    assert 0 == code, capsys.readouterr().out


def test_the_tutorial_is_played() -> None:
    """The pages with sessions are found."""
    assert "first-cluster.md" in {page.name for page in PLAYED}
