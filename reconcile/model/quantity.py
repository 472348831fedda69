"""Quantities: `500m`, `1.5Gi`, `2e3` (contract api 4.2).

Rules
1. A quantity is an exact number of billionths: finer input is rounded away from zero, so whoever asks for a little
   gets a little. Comparing and adding are done on that number.
2. It remembers in which of three forms it was written (decimal suffix, binary suffix, exponent), for its text.
3. The text is canonical - a whole mantissa and the largest suffix - except that a text which already looks canonical
   is kept as it was written (`Quantity.kept`). The pod-template-hash depends on that difference.
"""

import re
from functools import lru_cache, total_ordering
from typing import Any, Final, Literal

from attrs import evolve, field, frozen

Form = Literal["DecimalSI", "BinarySI", "DecimalExponent"]

_DECIMAL: Final = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY: Final = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_DECIMAL_SUFFIX: Final = {exponent: suffix for suffix, exponent in _DECIMAL.items()}
_BINARY_SUFFIX: Final = {bits: suffix for suffix, bits in _BINARY.items()}
_GRAMMAR: Final = re.compile(
    r"(?P<sign>[+-]?)(?=\.?[0-9])0*(?P<whole>[0-9]*)(?:\.(?P<part>[0-9]*))?"
    r"(?:[eE](?P<exponent>[+-]?[0-9]+)|(?P<suffix>[numkMGTPE]|[KMGTPE]i)?)"
)
_NANO: Final = 9
_LARGEST: Final = (2**63 - 1) * 10**_NANO
# The server knows no bounds here and would compute for hours; nobody asks for more than 10^300 of anything.
_LONGEST: Final = 300


@total_ordering
@frozen(order=False)
class Quantity:
    """An amount of something, exact to the billionth.

    >>> Quantity.parse("0.5") == Quantity.parse("500m"), Quantity.parse("1Gi") > Quantity.parse("1G")
    (True, True)
    >>> [str(Quantity.parse(text)) for text in ("0.5", "1024Mi", "1000", "1e3", "01")]
    ['500m', '1Gi', '1k', '1e3', '01']
    """

    nano: int
    """The amount in billionths."""
    form: Form = field(default="DecimalSI", eq=False)
    scale: int | None = field(default=None, eq=False)
    """The power of ten in which the server counts this amount; None where it needs a big decimal."""
    kept: str = field(default="", eq=False)
    """The text as written, if it is kept verbatim."""

    @staticmethod
    def parse(text: str) -> "Quantity":
        """Return the quantity that *text* names; raise ValueError if it names none."""
        return _parse(text)

    @staticmethod
    def read(value: Any) -> "Quantity":
        """Return the quantity that a JSON *value* names: a string, a number, or null for zero."""
        if value is None:
            return ZERO
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ValueError(f"quantities must be a string or a number, not {type(value).__name__}")
        if isinstance(value, int) and abs(value) > 10**_LONGEST:
            raise ValueError("quantities must have at most 300 digits")
        return _parse(value if isinstance(value, str) else repr(value))

    @property
    def milli(self) -> int:
        """The amount in thousandths, rounded up."""
        return -(-self.nano // 10**6)

    @property
    def units(self) -> int:
        """The amount in whole units, rounded up."""
        return -(-self.nano // 10**_NANO)

    @property
    def whole(self) -> bool:
        """Whether the amount is a whole number."""
        return self.nano % 10**_NANO == 0

    def rounded_up(self, *, scale: int) -> "Quantity":
        """Return the quantity rounded away from zero to a multiple of ten to the *scale*.

        >>> str(Quantity.parse("100n").rounded_up(scale=-3))
        '1m'
        """
        if self.scale is not None and self.scale >= scale:
            return self
        step = 10 ** (scale + _NANO)
        nano = -(-abs(self.nano) // step) * step
        small = None if self.scale is None else scale
        return evolve(self, nano=nano if self.nano >= 0 else -nano, scale=small, kept="")

    def __add__(self, other: "Quantity") -> "Quantity":
        return Quantity(self.nano + other.nano, other.form if self.nano == 0 else self.form)

    def __sub__(self, other: "Quantity") -> "Quantity":
        return Quantity(self.nano - other.nano, other.form if self.nano == 0 else self.form)

    def __lt__(self, other: object) -> bool:
        return self.nano < other.nano if isinstance(other, Quantity) else NotImplemented

    def __str__(self) -> str:
        """Return the text as the server stores it."""
        return self.kept or _canonical(self)


@lru_cache(maxsize=4096)
def _parse(text: str) -> Quantity:
    text = text.strip()
    match = _GRAMMAR.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None or not text.isascii():
        shown = text if len(text) <= 40 else text[:40] + "..."
        raise ValueError(f"quantities must look like 500m, 1.5Gi or 2e3, not {shown!r}")
    # Leading zeros are dropped before digits are counted; a number without any digit left is a zero.
    digits = (match["whole"] or "0") + (match["part"] or "")
    places = len(match["part"] or "")
    negative = match["sign"] == "-"
    if match["suffix"] in _BINARY:
        return _binary(text, digits, places, _BINARY[match["suffix"]], negative=negative)
    form: Form = "DecimalExponent" if match["exponent"] else "DecimalSI"
    exponent = int(match["exponent"][:8]) if match["exponent"] else _DECIMAL[match["suffix"] or ""]
    if exponent > _LONGEST:
        raise ValueError(f"quantities must be less than 1e{_LONGEST}, not {text!r}")
    return _decimal(text, digits, exponent - places, form, negative=negative)


def _decimal(text: str, digits: str, scale: int, form: Form, *, negative: bool) -> Quantity:
    nano = _nano(int(digits), max(scale, -2 * _LONGEST), negative=negative)
    if len(digits) > 18 or scale < -_NANO:
        return Quantity(nano, form)
    looks_canonical = scale % 3 == 0 and not digits.endswith("000") and digits[0] != "0"
    return Quantity(nano, form, scale, text if looks_canonical or text == "0" else "")


def _binary(text: str, digits: str, places: int, bits: int, *, negative: bool) -> Quantity:
    nano = min(_nano(int(digits) << bits, -places, negative=False), _LARGEST)
    form: Form = "DecimalSI" if 0 < nano < 10**_NANO else "BinarySI"
    nano = -nano if negative else nano
    if places or 15 - len(digits) - bits * 3 // 10 - 1 < 0:
        return Quantity(nano, form)
    return Quantity(nano, form, 0, text if int(digits) % 8 else "")


def _nano(number: int, scale: int, *, negative: bool) -> int:
    shift = scale + _NANO
    nano: int = number * 10**shift if shift >= 0 else -(-number // 10**-shift)
    return -nano if negative else nano


def _canonical(quantity: Quantity) -> str:
    nano = quantity.nano
    if nano == 0:
        return "0"
    if quantity.form == "BinarySI" and quantity.whole and abs(nano) >= 1024 * 10**_NANO:
        return _binary_text(nano // 10**_NANO)
    exponent = -_NANO
    while nano % 1000 == 0:
        nano, exponent = nano // 1000, exponent + 3
    if quantity.form == "DecimalExponent" or exponent not in _DECIMAL_SUFFIX:
        return f"{nano}e{exponent}" if exponent else str(nano)
    return f"{nano}{_DECIMAL_SUFFIX[exponent]}"


def _binary_text(number: int) -> str:
    bits = 0
    while number % 1024 == 0 and bits < 60:
        number, bits = number // 1024, bits + 10
    return f"{number}{_BINARY_SUFFIX[bits]}" if bits else str(number)


ZERO: Final = _parse("0")
