"""The hashes Kubernetes puts into names: FNV over bytes, written with letters that spell no words.

Rules
1. FNV-1a (xor, then multiply) hashes pod templates, FNV-1 (multiply, then xor) hashes revisions; both 32 bits.
2. The decimal text of the number is spelled character by character in an alphabet without vowels and without the
   digits that look like letters, so a name can neither be rude nor be misread.
"""

from typing import Final

ALPHABET: Final = "bcdfghjklmnpqrstvwxz2456789"

_OFFSET: Final = 2166136261
_PRIME: Final = 16777619
_MASK: Final = 2**32 - 1
_SPELLING: Final = {code: ALPHABET[code % len(ALPHABET)] for code in range(128)}


def fnv1a_32(data: bytes) -> int:
    """Return the FNV-1a hash of *data*.

    >>> fnv1a_32(b"a")
    3826002220
    """
    state = _OFFSET
    for byte in data:
        state = (state ^ byte) * _PRIME & _MASK
    return state


def fnv1_32(data: bytes) -> int:
    """Return the FNV-1 hash of *data*.

    >>> fnv1_32(b"a")
    84696446
    """
    state = _OFFSET
    for byte in data:
        state = state * _PRIME & _MASK ^ byte
    return state


def spell(number: int) -> str:
    """Return *number* in decimal, each digit replaced by its letter of the alphabet.

    >>> spell(1628721237)
    '5b6dc6567c'
    """
    return str(number).translate(_SPELLING)
