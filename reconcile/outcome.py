"""Answers of the API to a request: values, never exceptions.

A controller meets the answers to its own requests in `Observed.answers`: it decides what follows a failure by looking
at it, as it looks at everything else.
"""

from enum import StrEnum

from attrs import frozen

from reconcile.model.resource import Resource


class Reason(StrEnum):
    """Why the API refused a request: the `reason` of its Status."""

    CONFLICT = "Conflict"
    NOT_FOUND = "NotFound"
    ALREADY_EXISTS = "AlreadyExists"
    INVALID = "Invalid"
    FORBIDDEN = "Forbidden"
    BAD_REQUEST = "BadRequest"
    INTERNAL_ERROR = "InternalError"
    TIMEOUT = "Timeout"
    NAMESPACE_TERMINATING = "NamespaceTerminating"
    """A Forbidden whose Status carries the cause NamespaceTerminating."""


@frozen
class Applied:
    """The request was carried out."""

    object: Resource | None = None
    """The object as the API answered it; None for actions that are no requests, and for objects that are gone."""


@frozen
class Cause:
    """One thing that is wrong with an object."""

    reason: str
    """The cause reason, e.g. `FieldValueInvalid`."""
    field: str
    """The path of the field, e.g. `spec.replicas`."""
    message: str = ""


@frozen
class Rejected:
    """The request was refused."""

    reason: Reason
    message: str = ""
    causes: tuple[Cause, ...] = ()

    def __str__(self) -> str:
        return f"{self.reason}: {self.message}" if self.message else str(self.reason)


Outcome = Applied | Rejected
