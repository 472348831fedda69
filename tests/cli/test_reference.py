"""The reference of the command line says what the commands are."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def test_the_page_is_up_to_date() -> None:
    """`python docs/commands.py > docs/pages/reference/commands.md` brings it up to date."""
    page = ROOT / "docs" / "pages" / "reference" / "commands.md"

    made = subprocess.run([sys.executable, "docs/commands.py"], cwd=ROOT, capture_output=True, text=True, check=True)

    assert page.read_text(encoding="utf-8") == made.stdout
