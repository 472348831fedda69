"""What a verb works on and what it leaves behind: a cluster, and what was printed.

Rules
1. A verb is a function from a session to a session. It prints nothing and reads nothing: lines, failures and the exit
   code are values, in the order in which a terminal would show them.
2. The cluster is the one after the command, whether or not some of the command failed.
"""

from typing import Final

from attrs import evolve, frozen

from reconcile.actions import Action
from reconcile.cluster import DEFAULT_NAMESPACE, Cluster
from reconcile.kubectl.failures import Failure, error_text
from reconcile.outcome import Outcome

CLIENT: Final = " (dry run)"
"""What follows the verb of a dry run that the client makes by itself."""


@frozen
class Piece:
    """A piece of output, line ends included."""

    text: str
    error: bool = False
    """Whether it goes to the standard error."""


@frozen
class Session:
    """One command's work so far."""

    cluster: Cluster
    namespace: str = DEFAULT_NAMESPACE
    enforced: bool = False
    """Whether the user named the namespace, so that a manifest may not name another."""
    words: tuple[str, ...] = ()
    """The command as the user gave it, flags in full: what `--record` writes down."""
    dry: str = ""
    """What follows the verb of a dry run, ` (dry run)`; whoever runs the command keeps nothing of it."""
    strict: bool = True
    """Whether a manifest's unknown fields are refused rather than dropped."""
    served_only: bool = False
    """Whether a manifest of a version that was removed is refused rather than taken as the one that followed it."""
    printed: tuple[Piece, ...] = ()
    failures: tuple[Failure, ...] = ()
    status: int = 0
    """The exit code, unless something failed."""

    def say(self, line: str) -> "Session":
        """Return the session after *line* was printed."""
        return self.write(f"{line}\n")

    def write(self, text: str) -> "Session":
        """Return the session after *text* was printed as it is."""
        return evolve(self, printed=(*self.printed, Piece(text))) if text else self

    def warn(self, line: str) -> "Session":
        """Return the session after *line* was printed on the standard error."""
        return evolve(self, printed=(*self.printed, Piece(f"{line}\n", error=True)))

    def fail(self, *failures: Failure) -> "Session":
        """Return the session with what went wrong noted down."""
        return evolve(self, failures=(*self.failures, *failures)) if failures else self

    def on(self, cluster: Cluster) -> "Session":
        """Return the session with another cluster."""
        return evolve(self, cluster=cluster)

    def send(self, action: Action) -> "tuple[Session, Outcome]":
        """Send one request to the API and return its answer."""
        cluster, outcome = self.cluster.send(action)
        return self.on(cluster), outcome

    @property
    def code(self) -> int:
        """The exit code of the command."""
        return 1 if self.failures else self.status

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """Everything that the command prints, failures last."""
        text = error_text(self.failures)
        return (*self.printed, Piece(text, error=True)) if text else self.printed
