"""FNV hashes and their spelling."""

import pytest

from reconcile.model.fnv import fnv1_32, fnv1a_32, spell

# The published test vectors of the hash's authors.
KNOWN = [
    (b"", 0x811C9DC5, 0x811C9DC5),
    (b"a", 0x050C5D7E, 0xE40C292C),
    (b"foobar", 0x31F0B262, 0xBF9CF968),
]


@pytest.mark.parametrize(("data", "fnv1", "fnv1a"), KNOWN)
def test_hashes_of_known_texts(data: bytes, fnv1: int, fnv1a: int) -> None:
    """Both variants give the published values."""
    actual = (fnv1_32(data), fnv1a_32(data))

    assert (fnv1, fnv1a) == actual


def test_every_digit_has_its_letter() -> None:
    """The ten digits are spelled as upstream spells them, and leading zeros do not appear."""
    actual = spell(1234567890)

    assert actual == "56789bcdf4"
