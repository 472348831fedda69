"""Why a patch could not be applied.

A patch fails in three ways, and the API answers each with its own status code: the body is not a patch at all (400; 413
and 415 for one that is too long or of a type unknown), the algorithm gave up half-way (500, without a reason), or the
patch is well-formed and cannot be carried out (422).
"""

from typing import Final

BAD_REQUEST: Final = 400
TOO_LARGE: Final = 413
UNSUPPORTED: Final = 415
UNPROCESSABLE: Final = 422
INTERNAL_ERROR: Final = 500


class BadPatch(ValueError):  # noqa: N818 - it is the patch that is bad, not the program
    """A patch that does not apply.

    >>> BadPatch(400, "not an object").code
    400
    """

    def __init__(self, code: int, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.code = code
        """The HTTP status that the API answers."""
        self.field = field
        """The field that the API names as the cause, which is then FieldValueInvalid; empty if it names none."""
