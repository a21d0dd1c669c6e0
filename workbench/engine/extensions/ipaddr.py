"""Cedar's ``ipaddr``: an address or a range of either family. Pure; may import nothing of the project.

Written on integers rather than on the standard library's predicates, because those treat IPv4 addresses inside IPv6
differently from Cedar and from one Python version to the next. Source: the ipaddr extension of Cedar 4.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import ClassVar

_PREFIX = re.compile(r"0|[1-9][0-9]{0,2}")
_V4_TEXT = re.compile(r"(?:0|[1-9][0-9]{0,2})(?:\.(?:0|[1-9][0-9]{0,2})){3}")
_V6_TEXT = re.compile(r"[0-9A-Fa-f:]+")
_MAX_TEXT = 43  # bytes; the longest address with a prefix
_LOOPBACK = {4: (127 << 24, 8), 6: (1, 128)}
_MAPPED = 0xFFFF  # what stands above the 32 bits of an IPv4 address inside IPv6
_MULTICAST = {4: (224 << 24, 4), 6: (0xFF << 120, 8)}


@dataclass(frozen=True, slots=True)
class Ip:
    """``version`` 4 or 6, the ``address`` as an integer (host bits kept), the ``prefix`` length in bits."""

    version: int
    address: int
    prefix: int
    constructor: ClassVar[str] = "ip"

    @property
    def width(self) -> int:
        """Bits in an address of this family."""
        return 32 if self.version == 4 else 128

    def __str__(self) -> str:
        if self.version == 4:
            shown = str(IPv4Address(self.address))
        elif self.address >> 32 == _MAPPED:  # Python 3.13 writes these with dots, which Cedar does not read
            shown = f"::ffff:{self.address >> 16 & 0xFFFF:x}:{self.address & 0xFFFF:x}"
        else:
            shown = str(IPv6Address(self.address))
        return f"{shown}/{self.prefix}"

    def _bounds(self) -> tuple[int, int]:
        host = (1 << (self.width - self.prefix)) - 1
        return self.address & ~host, self.address | host

    def is_ipv4(self) -> bool:
        """Whether this is an IPv4 address or range."""
        return self.version == 4

    def is_ipv6(self) -> bool:
        """Whether this is an IPv6 address or range."""
        return self.version == 6

    def is_loopback(self) -> bool:
        """Whether the whole range is loopback (``127.0.0.0/8`` or ``::1``)."""
        return self.is_in_range(Ip(self.version, *_LOOPBACK[self.version]))

    def is_multicast(self) -> bool:
        """Whether the whole range is multicast (``224.0.0.0/4`` or ``ff00::/8``)."""
        return self.is_in_range(Ip(self.version, *_MULTICAST[self.version]))

    def is_in_range(self, other: Ip) -> bool:
        """Whether every address of this range lies in ``other``; false across families."""
        if self.version != other.version:
            return False
        low, high = self._bounds()
        other_low, other_high = other._bounds()
        return other_low <= low and high <= other_high


def _v4(text: str) -> int | None:
    if _V4_TEXT.fullmatch(text) is None:
        return None
    parts = [int(part) for part in text.split(".")]
    if max(parts) > 255:
        return None
    return parts[0] << 24 | parts[1] << 16 | parts[2] << 8 | parts[3]


def _v6(text: str) -> int | None:
    if _V6_TEXT.fullmatch(text) is None:
        return None
    try:
        return int(IPv6Address(text))
    except AddressValueError:
        return None


def parse_ip(text: str) -> Ip:
    """``ip("…")``. Raises ``ValueError`` with the reason."""
    if len(text.encode("utf-8", "surrogatepass")) <= _MAX_TEXT:
        address_text, slash, prefix_text = text.partition("/")
        version, address = 4, _v4(address_text)
        if address is None:
            version, address = 6, _v6(address_text)
        width = 32 if version == 4 else 128
        if address is not None and not slash:
            return Ip(version, address, width)
        if address is not None and _PREFIX.fullmatch(prefix_text) and int(prefix_text) <= width:
            return Ip(version, address, int(prefix_text))
    raise ValueError(f"invalid IP address: `{text}`")
