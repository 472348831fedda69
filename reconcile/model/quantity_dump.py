"""A quantity as upstream holds it in memory, and the text of that for the pod-template-hash.

Rules (contract deployment 12.1)
1. A quantity in canonical form is kept as a 64-bit number and a power of ten if it is short, else as a decimal number
   of any size, counted in billionths.
2. Short means: at most 18 digits and no smaller than a billionth; with a binary suffix, a whole number whose product
   has at most some 14 digits by a rough count.
3. A short quantity remembers its own text if that cannot be written shorter: no three zeros at the end of a decimal
   number, no multiple of 8 in front of a binary suffix.
"""

import re
from fractions import Fraction
from functools import lru_cache
from typing import Final

from attrs import frozen

DECIMAL: Final = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
BINARY: Final = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}

_SHAPE: Final = re.compile(r"([+-]?)0*([0-9]*)\.?([0-9]*)([a-zA-Z]*|[eE][+-]?[0-9]+)", re.ASCII)
_TEXT: Final = (
    "{{i:(resource.int64Amount){{value:(int64){} scale:(resource.Scale){}}} "
    "d:(resource.infDecAmount){{Dec:(*inf.Dec){}}} s:(string){} Format:(resource.Format){}}}"
)
_DECIMAL_TEXT: Final = "{{unscaled:(big.Int){{neg:(bool){} abs:(big.nat)[{}]}} scale:(inf.Scale)9}}"
_BILLION: Final = 10**9
_MAX_INT64: Final = 2**63 - 1


@frozen
class Figures:
    """What the text of a quantity consists of."""

    text: str
    negative: bool
    whole: str
    """The digits before the point, without leading zeros; `0` if there are none."""
    decimals: str
    base: int
    exponent: int
    format: str

    @property
    def digits(self) -> str:
        """All digits."""
        return self.whole + self.decimals

    @property
    def number(self) -> int:
        """The digits as a number, with their sign."""
        return -int(self.digits) if self.negative else int(self.digits)

    @property
    def value(self) -> Fraction:
        """The quantity as an exact number."""
        return Fraction(self.number, 10 ** len(self.decimals)) * Fraction(self.base) ** self.exponent


@lru_cache(maxsize=4096)
def figures(text: str) -> Figures:
    """Return the figures of a quantity; raise ValueError for a text that is none.

    >>> figures("1500m").number, figures("1500m").exponent, figures("1.5Gi").value
    (1500, -3, Fraction(1610612736, 1))
    """
    match = _SHAPE.fullmatch(text)
    if match is None or not any(map(str.isdigit, match.group(0))):
        raise ValueError(f"{text!r} is not a quantity")
    sign, whole, decimals, suffix = match.groups()
    return Figures(text, sign == "-", whole or "0", decimals, *_suffix(suffix))


def _suffix(suffix: str) -> tuple[int, int, str]:
    if suffix in BINARY:
        return 2, BINARY[suffix], "BinarySI"
    if suffix in DECIMAL:
        return 10, DECIMAL[suffix], "DecimalSI"
    return 10, int(suffix[1:]), "DecimalExponent"


@lru_cache(maxsize=4096)
def dump_quantity(text: str) -> str:
    """Return the text that is hashed for the quantity *text*, given in canonical form.

    >>> dump_quantity("65Mi")[:60]
    '{i:(resource.int64Amount){value:(int64)68157440 scale:(resou'
    """
    parts = figures(text)
    if parts.number == 0:
        return ZERO_QUANTITY
    small = _small_binary(parts) if parts.base == 2 else _small_decimal(parts)
    if small is None:
        return _TEXT.format(0, 0, _big(parts), "", parts.format)
    value, scale, short = small
    return _TEXT.format(value, scale, "<nil>", text if short else "", parts.format)


def _small_decimal(parts: Figures) -> tuple[int, int, bool] | None:
    scale = parts.exponent - len(parts.decimals)
    if len(parts.digits) > 18 or scale < -9:
        return None
    short = scale % 3 == 0 and not parts.digits.endswith("000") and not parts.digits.startswith("0")
    return parts.number, scale, short


def _small_binary(parts: Figures) -> tuple[int, int, bool] | None:
    # Rule 2: upstream takes a power of two to have three tenths as many digits as its exponent says.
    room = 15 - len(parts.whole) - parts.exponent * 3 // 10 - 1
    value = parts.number << parts.exponent
    if parts.decimals or room < 0 or not -_MAX_INT64 <= value <= _MAX_INT64:
        return None
    return value, 0, parts.number % 8 != 0


def _big(parts: Figures) -> str:
    size = abs(parts.value)
    if parts.format == "BinarySI":
        size = min(size, Fraction(_MAX_INT64))
    # What is smaller than a billionth rounds up: who asks for something gets something.
    unscaled = -int(-size * _BILLION // 1)
    words = []
    while unscaled:
        unscaled, word = divmod(unscaled, 2**64)
        words.append(str(word))
    return _DECIMAL_TEXT.format("true" if parts.negative else "false", " ".join(words))


ZERO_QUANTITY: Final = _TEXT.format(0, 0, "<nil>", "0", "DecimalSI")
"""The text of the quantity `0`, which is also that of an absent one."""
