"""Why a patch could not be applied.

The algorithms fail in three ways, and the API answers each with its own status code: the body is not a patch at all
(400), the algorithm gave up half-way (500, without a reason), or the patch is well-formed and cannot be carried out
(422). Whoever turns the error into an answer needs nothing but the code.
"""

from typing import Final

BAD_REQUEST: Final = 400
TOO_LARGE: Final = 413
UNPROCESSABLE: Final = 422
INTERNAL_ERROR: Final = 500


class BadPatch(ValueError):  # noqa: N818 - it is the patch that is bad, not the program
    """A patch that does not apply; `code` is the HTTP status that the API answers.

    >>> BadPatch(400, "not an object").code
    400
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
