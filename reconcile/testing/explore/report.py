"""What an exploration found."""

from typing import Final

from attrs import field, frozen

from reconcile.testing.explore.expand import Label

STUCK: Final = "stuck"
"""The name of a finding: a state from which the goal is out of reach."""
FIGHT: Final = "fight"
"""The name of a finding: a cycle of syncs that write."""


@frozen
class Finding:
    """Something that must not be, with a shortest way to it."""

    name: str
    """The name of the invariant, `stuck` or `fight`."""
    message: str
    path: tuple[Label, ...]
    """The steps that lead to it from the beginning, no more than are needed; `tell` tells them."""
    rest: tuple[Label, ...] = ()
    """Steps from there to a state in which nothing can happen any more; only of what is stuck."""

    def __str__(self) -> str:
        return f"{self.name}: {self.message} (after {len(self.path)} steps)"


@frozen
class Report:
    """The figures of an exploration and what it found."""

    states: int
    """How many states there are, up to names and ages."""
    steps: int
    """How many steps there are between them."""
    depth: int
    """How many steps it takes to the farthest of them."""
    goals: int
    """In how many of them everything is as it is asked for."""
    hopeless: int
    """From how many of them the goal is out of reach."""
    closed: bool
    """Whether these are all that there are."""
    findings: tuple[Finding, ...]
    """What must not be, the shortest way to each."""
    seconds: float = field(eq=False)
    """How long it took."""

    def find(self, name: str) -> Finding | None:
        """Return the finding of that name; None if there is none."""
        return next((finding for finding in self.findings if finding.name == name), None)

    def text(self) -> str:
        """Return the figures and the findings in a few lines."""
        kind = "all of them" if self.closed else "not all of them"
        lines = [
            f"states    {self.states:>12,} ({kind})",
            f"steps     {self.steps:>12,}",
            f"depth     {self.depth:>12,}",
            f"goals     {self.goals:>12,}",
            f"hopeless  {self.hopeless:>12,}",
            f"seconds   {self.seconds:>12,.1f} ({self.states / max(self.seconds, 1e-9):,.0f} states/s)",
            *(f"found     {finding}" for finding in self.findings),
        ]
        return "".join(f"{line}\n" for line in lines)
