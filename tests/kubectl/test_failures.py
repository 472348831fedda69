"""Failures in kubectl's words."""

from reconcile.kubectl.failures import LONGEST, Failure, error_text, refusal
from reconcile.outcome import Cause, Reason, Rejected

ONE = (Cause("FieldValueInvalid", "spec.replicas", "Invalid value: -1: must be greater than or equal to 0"),)
TWO = (*ONE, Cause("FieldValueRequired", "spec.selector", "Required value"))


def invalid(causes: tuple[Cause, ...]) -> Failure:
    return refusal(Rejected(Reason.INVALID, "", causes), "ReplicaSet", "web", doing='creating "web.yaml"')


def test_nothing() -> None:
    """Without failures nothing is told."""

    assert "" == error_text(())


def test_alone() -> None:
    """A single failure says whose it is."""

    assert "error: no\n" == error_text([Failure("no")])
    assert "error: no\n" == error_text([Failure("error: no")])
    assert "Error from server (Conflict): no\n" == error_text([Failure("no", Reason.CONFLICT)])


def test_invalid() -> None:
    """One cause stands on the line, several below it."""
    head = 'The ReplicaSet "web" is invalid'
    cause = "spec.replicas: Invalid value: -1: must be greater than or equal to 0"

    assert f"{head}: {cause}\n" == error_text([invalid(ONE)])
    assert f"{head}: {cause}\n" == error_text([invalid((*ONE, *ONE))])
    assert f"{head}: \n* {cause}\n* spec.selector: Required value\n" == error_text([invalid(TWO)])


def test_together() -> None:
    """Several failures are a line each, without `error:`, causes in brackets."""
    missing = refusal(Rejected(Reason.NOT_FOUND, 'pods "x" not found'), "Pod", "x")
    first, second, third = error_text([Failure("no"), invalid(TWO), missing]).splitlines()

    assert "no" == first
    assert (
        'Error from server (Invalid): error when creating "web.yaml": ReplicaSet.apps "web" is invalid: '
        "[spec.replicas: Invalid value: -1: must be greater than or equal to 0, spec.selector: Required value]"
    ) == second
    assert 'Error from server (NotFound): pods "x" not found' == third


def test_namespaces_that_end() -> None:
    """A namespace that is terminating forbids."""
    failure = refusal(Rejected(Reason.NAMESPACE_TERMINATING, "no"), "Pod", "x")

    assert "Error from server (Forbidden): no\n" == error_text([failure])


def test_nobody_moves_the_cursor() -> None:
    """Control characters in what is told are escapes; what we begin a line with stays."""

    assert "error: a\\x1b[31m\\r\\u202eb\\udcff\n\tc\n" == error_text([Failure("a\x1b[31m\r\u202eb\udcff\n\tc")])
    assert 'The Pod "a\\nb" is invalid: x: no\n' == error_text(
        [refusal(Rejected(Reason.INVALID, "", (Cause("", "x", "no"),)), "Pod", "a\nb")]
    )


def test_endless_names_are_cut() -> None:
    """The error about a name of a hundred thousand letters is still a line that somebody can read."""
    told = error_text([refusal(Rejected(Reason.INVALID, "", ONE), "Pod", "p" * 100_000)])

    assert told.startswith(f'The Pod "{"p" * LONGEST}..." is invalid: spec.replicas')
    assert len(told) < LONGEST + 200
