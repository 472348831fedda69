"""`reconcile advance`: let time pass."""

from typing import Final

from reconcile.kubectl.failures import Refused
from reconcile.kubectl.session import Session
from reconcile.model.clock import stamp

LONGEST: Final = 100 * 366 * 86400.0
"""How far one command advances at most, in seconds: a century."""


def advance(session: Session, seconds: float) -> Session:
    """Let *seconds* pass, with everything that falls due in them."""
    if not 0 <= seconds <= LONGEST:
        raise Refused("time passes forward, and at most 100 years at once")
    cluster = session.cluster.advance(seconds)
    return session.on(cluster).say(f"now {stamp(cluster.now)}")
