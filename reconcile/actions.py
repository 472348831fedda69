"""What a controller can ask for: a closed sum of frozen values.

Rules
1. An action is a wish, not an effect: controllers return actions, the interpreter carries them out.
2. Every action says *why*, in words that a user of the cluster understands.
3. Four things are done with an action, each by one function with one table: it is rendered to an API request
   (`reconcile.render.render`), described to a person (`reconcile.render.describe`), assumed to succeed
   (`reconcile.script.assume`), and applied (`reconcile.store.apply.apply`).
4. `Event`, `WakeAt` and `Remember` are no requests. There is no composite: a slow-start batch is a script that looks
   at the answers of one batch before it asks for the next (`reconcile.script`).
"""

from typing import Any, final

from attrs import field, frozen

from reconcile.model.clock import Instant
from reconcile.model.json import FrozenMap, Json, freeze
from reconcile.model.resource import Resource

STRATEGIC_MERGE = "application/strategic-merge-patch+json"
MERGE = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"


@final
@frozen
class Create:
    """Create an object, or post to a subresource such as `binding`."""

    kind: str
    namespace: str
    body: FrozenMap = field(converter=freeze)
    why: str
    subresource: str = field(default="", kw_only=True)
    awaits: bool = field(default=False, kw_only=True)
    """Whether what the controller does next depends on the object that the API answers."""


@final
@frozen
class Update:
    """Replace an object: its metadata and everything but its status; or what the subresource `finalize` is about."""

    object: Resource
    why: str
    subresource: str = field(default="", kw_only=True)
    awaits: bool = field(default=False, kw_only=True)


@final
@frozen
class UpdateStatus:
    """Replace the status of an object."""

    object: Resource
    why: str
    awaits: bool = field(default=False, kw_only=True)


@final
@frozen
class Patch:
    """Change part of an object."""

    kind: str
    namespace: str
    name: str
    body: FrozenMap = field(converter=freeze)
    why: str
    patch_type: str = field(default=STRATEGIC_MERGE, kw_only=True)
    subresource: str = field(default="", kw_only=True)
    awaits: bool = field(default=False, kw_only=True)


@final
@frozen
class Delete:
    """Ask for an object to go."""

    kind: str
    namespace: str
    name: str
    why: str
    propagation: str | None = field(default=None, kw_only=True)
    """Background, Foreground, Orphan, or None for the kind's default."""
    grace_period_seconds: int | None = field(default=None, kw_only=True)
    uid: str | None = field(default=None, kw_only=True)
    """Only if the object has this uid."""
    resource_version: str | None = field(default=None, kw_only=True)
    """Only if the object has this resourceVersion."""


@final
@frozen
class Event:
    """Tell the user what happened to an object."""

    type: str
    """Normal or Warning."""
    reason: str
    about: Resource
    why: str
    """The message."""


@final
@frozen
class WakeAt:
    """Look at the object again later.

    With an instant: then. Without: soon, as the queue's back-off for this key allows; *error* says that the sync
    failed.
    """

    at: Instant | None
    why: str
    error: str | None = field(default=None, kw_only=True)
    watched: bool = field(default=False, kw_only=True)
    """Whether the real controller asks for it when it is told of a change, and not in its sync: then `reconcile.sync`
    leaves it out."""


@final
@frozen
class Remember:
    """Keep *memory* for the next sync of this object, as the real controller keeps it in its process.

    It can be lost, as a process can crash.
    """

    memory: Json = field(converter=freeze)
    why: str


Action = Create | Update | UpdateStatus | Patch | Delete | Event | WakeAt | Remember
Write = Create | Update | UpdateStatus | Patch | Delete

WRITES: tuple[type[Any], ...] = (Create, Update, UpdateStatus, Patch, Delete)
