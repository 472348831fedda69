"""Why a mutant is caught by neither vectors nor properties, one by one."""

from typing import Final

EXPLAINED: Final[dict[tuple[str, str], str]] = {}
"""By module and name of the mutant."""
