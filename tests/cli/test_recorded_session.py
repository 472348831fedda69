"""The tutorial prints what a real cluster printed when it was recorded there (`data/recorded-session.txt`).

The recording: Kubernetes 1.36, five nodes whose kubelets start every pod at once, never pull an image whose tag has
`bad` in it, and finish every pod of a Job with exit code 0. Random suffixes, addresses and ages are nobody's; the rest
is compared: messages by line, tables by their header and then column by column.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from reconcile.cli.scenario import Step, read

TESTS = Path(__file__).parent.parent
RECORDED = [step for step in read((TESTS / "data" / "recorded-session.txt").read_text()).steps if step.is_command]
TUTORIAL = [step for step in read((TESTS / "scenarios" / "tutorial.txt").read_text()).steps if step.is_command]

INSTEAD = {
    # A CronJob of batch/v1beta1 is refused only to who asks for it, and else taken with a warning.
    "kubectl apply -f cronjob.yaml": "kubectl apply --validate=strict -f cronjob.yaml",
    "kubectl apply -f cronjob-v1.yaml": "kubectl apply -f cronjob.yaml",
}
"""What the tutorial asks for instead of what was recorded."""
FORMS = (
    (r"-[bcdfghjklmnpqrstvwxz2456789]{5}\b", "-*"),
    (r"\bhello-\d+", "hello-<minute>"),
    (r"\b10\.\d+\.\d+\.\d+\b", "<ip>"),
)
"""What a random name, a Job's minute and an address are replaced by."""
AGES = ("AGE", "LAST SCHEDULE")
"""The columns that depend on how long the user took."""


def plain(text: str) -> str:
    for form, instead in FORMS:
        text = re.sub(form, instead, text)
    return text


def partners() -> Iterator[tuple[Step, Step | None]]:
    """Yield each recorded step with the tutorial's next one of the same command."""
    place = 0
    for step in RECORDED:
        wanted = plain(INSTEAD.get(step.text, step.text))
        found = next((n for n in range(place, len(TUTORIAL)) if plain(TUTORIAL[n].text) == wanted), None)
        place = place if found is None else found + 1
        yield step, None if found is None else TUTORIAL[found]


PAIRS = list(partners())


def test_every_recorded_command_is_in_the_tutorial() -> None:
    """All of them, in their order."""

    assert [] == [recorded.text for recorded, ours in PAIRS if ours is None]


# --- tables ------------------------------------------------------------------------------------------------------

Table = dict[str, Counter[str]]
"""The cells of each column, in no order: rows are sorted by random names."""


def blocks(lines: Sequence[str]) -> list[list[str]]:
    """The lines between empty ones."""
    found: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            found[-1].append(line)
        else:
            found.append([])
    return [block for block in found if block]


def is_table(block: Sequence[str]) -> bool:
    return re.fullmatch(r"[A-Z][-A-Z()]*( ?[-A-Z()]+)*( {2,}[-A-Z()]+( [-A-Z()]+)*)+", block[0]) is not None


def table(block: Sequence[str]) -> Table:
    """A table taken apart where its header says that the columns begin."""
    names = [(match.start(), match.group()) for match in re.finditer(r"\S+( \S+)*", block[0])]
    ends = [start for start, _ in names[1:]] + [None]
    columns: Table = {}
    for (start, name), end in zip(names, ends, strict=True):
        cells = (line[start:end].strip() for line in block[1:])
        columns[name] = Counter("<age>" if name in AGES and cell != "<none>" else plain(cell) for cell in cells)
    return columns


TABLES = [
    pytest.param(recorded, ours, id=f"{number} {recorded.text}")
    for number, (recorded, ours) in enumerate(PAIRS)
    if any(map(is_table, blocks(recorded.output)))
]


@pytest.mark.parametrize(("recorded", "ours"), TABLES)
def test_tables(recorded: Step, ours: Step) -> None:
    """The same tables with the same columns, and in each column the same cells."""
    theirs, mine = blocks(recorded.output), blocks(ours.output)

    assert len(theirs) == len(mine)
    for expected, found in zip(theirs, mine, strict=True):
        assert table(expected) == table(found)
        if "wide" not in recorded.text:  # addresses are as wide as they are
            assert expected[0] == found[0]


def test_tables_are_found() -> None:
    """The recording is read as meant: some twenty tables, with blanks in the names of columns."""

    assert len(TABLES) > 20
    assert {"NAME": Counter({"a": 1}), "LAST SCHEDULE": Counter({"<age>": 1})} == table(
        ["NAME   LAST SCHEDULE", "a      5s"]
    )
    assert not is_table(["REVISION"])


# --- the rest ----------------------------------------------------------------------------------------------------

PROGRESS = re.compile(r'Waiting for deployment "mydeploy" rollout to finish: \d+ (out of|old replicas|of) .*\.\.\.')
MESSAGES = [
    pytest.param(recorded, ours, id=f"{number} {recorded.text}")
    for number, (recorded, ours) in enumerate(PAIRS)
    if not any(map(is_table, blocks(recorded.output)))
]


def message(step: Step) -> list[str]:
    """What a command prints that does not depend on how fast the pods start, without our warning about old versions."""
    return [plain(line) for line in step.output if not PROGRESS.fullmatch(line) and "deprecated in v1.21+" not in line]


@pytest.mark.parametrize(("recorded", "ours"), MESSAGES)
def test_messages(recorded: Step, ours: Step) -> None:
    """The same words in the same lines: what was done, histories, templates, warnings and errors."""

    assert message(recorded) == message(ours)


def test_a_rollout_is_told_while_it_happens() -> None:
    """Where the recording saw a rollout going on, so does the tutorial."""
    watched: list[Any] = [
        (recorded, ours) for recorded, ours in PAIRS if "rollout status" in recorded.text and len(recorded.output) > 1
    ]

    assert 1 == len(watched)
    assert all(any(PROGRESS.fullmatch(line) for line in ours.output) for _, ours in watched)
