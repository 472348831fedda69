"""Random walks through worlds that are too large to be searched whole.

Rules
1. A walk is so many steps of any kind, each drawn from what is possible, and then as many as it takes without mishaps
   until nothing is left to do: whoever rests must have reached the goal.
2. All draws follow from the seed, the number of the walk and the number of the step. So a walk is the same whoever
   takes it, and what is found does not depend on how walks were shared out.
3. Of what is found the shortest way is kept, and made shorter still by leaving out what it does not take.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from hashlib import blake2b
from time import perf_counter
from typing import Final

from attrs import field, frozen

from reconcile.testing.explore.atoms import State
from reconcile.testing.explore.expand import Label, Workshop, label_of, workshop
from reconcile.testing.explore.memo import Outcome
from reconcile.testing.explore.report import STUCK, Finding
from reconcile.testing.explore.search import Make, pickled
from reconcile.testing.explore.steps import Step

UNSETTLED: Final = "unsettled"
"""The name of a finding: without mishaps, and after very many steps, the goal is not reached and nothing rests."""
CALM: Final = 2_000
"""How many steps a world may take to come to rest."""
_CHUNK: Final = 16


@frozen
class Walks:
    """The figures of a random search and what it found."""

    walks: int
    steps: int
    """How many steps were taken in all."""
    findings: tuple[Finding, ...]
    """What must not be, with a short way to each."""
    seconds: float = field(eq=False)

    def find(self, name: str) -> Finding | None:
        """Return the finding of that name; None if there is none."""
        return next((finding for finding in self.findings if finding.name == name), None)

    def text(self) -> str:
        """Return the figures and the findings in a few lines."""
        lines = [
            f"walks     {self.walks:>12,}",
            f"steps     {self.steps:>12,}",
            f"seconds   {self.seconds:>12,.1f} ({self.steps / max(self.seconds, 1e-9):,.0f} steps/s)",
            *(f"found     {finding}" for finding in self.findings),
        ]
        return "".join(f"{line}\n" for line in lines)


@frozen
class WalkTask:
    """Walks to be taken."""

    scope: bytes
    numbers: tuple[int, ...]
    length: int
    seed: int


Result = tuple[int, tuple[Finding, ...]]
"""How many steps were taken, and what was found."""


def wander(
    make: Make, *, walks: int = 100, length: int = 100, seed: int = 0, executor: Executor | None = None
) -> Walks:
    """Take so many random *walks* of *length* steps through the scope that *make* returns, and report what was found.

    With an *executor* its workers take them; *make* must then be a function that they can import.
    """
    began = perf_counter()
    shop = Workshop(make())
    results = _shared(make, walks, length, seed, executor) if executor else [_walked(shop, range(walks), length, seed)]
    found: dict[str, Finding] = {}
    for _, findings in results:
        for finding in findings:
            if finding.name not in found or len(finding.path) < len(found[finding.name].path):
                found[finding.name] = finding
    shortest = tuple(shortened(shop, found[name]) for name in sorted(found))
    return Walks(walks, sum(steps for steps, _ in results), shortest, perf_counter() - began)


def _shared(make: Make, walks: int, length: int, seed: int, executor: Executor) -> list[Result]:
    scope = pickled(make)
    chunks = [tuple(range(walks)[start : start + _CHUNK]) for start in range(0, walks, _CHUNK)]
    futures = [executor.submit(walk, WalkTask(scope, numbers, length, seed)) for numbers in chunks]
    return [future.result() for future in futures]


def walk(task: WalkTask) -> Result:
    """Take the walks of a task, in whatever process this is."""
    return _walked(workshop(task.scope), task.numbers, task.length, task.seed)


def _walked(shop: Workshop, numbers: Iterable[int], length: int, seed: int) -> Result:
    steps, found = 0, []
    for number in numbers:
        here = _Walk(shop, f"{seed}/{number}")
        here.go(length)
        steps += len(here.path)
        found += here.findings
    return steps, tuple(found)


class _Walk:
    """One walk."""

    def __init__(self, shop: Workshop, seed: str) -> None:
        self.shop = shop
        self.state = shop.start
        self.path: list[Label] = []
        self.findings: list[Finding] = []
        self._seed = seed

    def go(self, length: int) -> None:
        """Walk; then calm down, and see whether the goal is reached."""
        self._steps(length, mishaps=True)
        walked = len(self.path)
        rests = self._steps(CALM, mishaps=False)
        if not self.shop.is_goal(self.state, {}):
            name, text, size = (STUCK, _AT_REST, len(self.path)) if rests else (UNSETTLED, _RESTLESS, walked)
            self.findings.append(Finding(name, text, tuple(self.path[:size])))

    def _steps(self, most: int, *, mishaps: bool) -> bool:
        """Take so many steps; return whether it came to a rest before."""
        return any(not self._step(mishaps=mishaps) for _ in range(most))

    def _step(self, *, mishaps: bool) -> bool:
        every = [each for each in self.shop.steps(self.state, {}) if mishaps or not each[1]]
        if not every:
            return False
        digest = blake2b(f"{self._seed}/{len(self.path)}".encode(), digest_size=8).digest()
        step, mishap, way, outcome = every[int.from_bytes(digest, "big") % len(every)]
        self.path.append(label_of(step, way))
        self.state = self.shop.after(self.state, step, mishap, outcome)
        for name, message in (*outcome.violations, *self.shop.wrong(self.state)):
            self.findings.append(Finding(name, message, tuple(self.path)))
        return True


_AT_REST: Final = "nothing is left to do, and the goal is not reached"
_RESTLESS: Final = f"{CALM:,} steps later, without mishaps, something still happens, and the goal is not reached"


# --- making it shorter -------------------------------------------------------------------------------------------


def shortened(shop: Workshop, finding: Finding) -> Finding:
    """Return *finding* with a way to it from which no step can be left out; what never rests as it is."""
    if finding.name == UNSETTLED:
        return finding
    size = len(finding.path) // 2
    while size:
        start = 0
        while start < len(finding.path):
            shorter = _found_on(shop, (*finding.path[:start], *finding.path[start + size :]), finding)
            if shorter is None:
                start += size
            else:
                finding = shorter
        size //= 2
    return finding


def _found_on(shop: Workshop, path: Sequence[Label], finding: Finding) -> Finding | None:
    """Return what is like *finding* along *path*; None if nothing is, or the path cannot be gone."""
    state = shop.start
    for number, label in enumerate(path, 1):
        taken = _taken(shop, state, label)
        if taken is None:
            return None
        step, mishap, outcome = taken
        state = shop.after(state, step, mishap, outcome)
        for name, message in (*outcome.violations, *shop.wrong(state)):
            if name == finding.name:
                return Finding(name, message, tuple(path[:number]))
    rests = finding.name == STUCK and not shop.is_goal(state, {}) and not any(True for _ in shop.steps(state, {}))
    return Finding(finding.name, finding.message, tuple(path)) if rests else None


def _taken(shop: Workshop, state: State, label: Label) -> tuple[Step, str, Outcome] | None:
    for step, mishap, way, outcome in shop.steps(state, {}):
        if label_of(step, way) == label:
            return step, mishap, outcome
    return None
