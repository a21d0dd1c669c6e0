"""Cedar's ``decimal``: an i64 count of ten-thousandths. Pure; may import nothing of the project.

Source: the decimal extension of Cedar 4 (both sides of the dot required, one to four fraction digits).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

_FORM = re.compile(r"(-?)([0-9]+)\.([0-9]+)")
_SCALE = 10_000
_MIN, _MAX = -(2**63), 2**63 - 1


@dataclass(frozen=True, slots=True)
class Decimal4:
    """``units`` ten-thousandths, within i64."""

    units: int
    constructor: ClassVar[str] = "decimal"

    def __str__(self) -> str:
        whole, fraction = divmod(abs(self.units), _SCALE)
        digits = f"{fraction:04}".rstrip("0") or "0"
        return f"{'-' if self.units < 0 else ''}{whole}.{digits}"

    def exact(self) -> Decimal:
        """The same number as a Python ``Decimal``."""
        return Decimal(self.units).scaleb(-4)


def parse_decimal(text: str) -> Decimal4:
    """``decimal("…")``. Raises ``ValueError`` with the reason."""
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError(f"`{text}` is not a well-formed decimal value")
    sign, whole, fraction = match.groups()
    if len(fraction) > 4:
        raise ValueError(f"too many digits after the decimal in `{text}`: at most 4 are possible")
    whole = whole.lstrip("0") or "0"
    if len(whole) > 19:
        raise ValueError(f"overflow when converting `{text}` to decimal")
    units = int(whole) * _SCALE + int(fraction.ljust(4, "0"))
    units = -units if sign else units
    if not _MIN <= units <= _MAX:
        raise ValueError(f"overflow when converting `{text}` to decimal")
    return Decimal4(units)
