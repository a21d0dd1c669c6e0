"""Names that a reviewer cannot tell apart: each is reduced to a skeleton, and equal skeletons look alike.

Case, underscores, hyphens and spaces do not count; ``0``/``O``, ``1``/``l``/``I``, ``rn``/``m`` and the letters of
other scripts that look like Latin ones do not either. Standard library only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T", bound=Hashable)

# Cyrillic, Greek and Armenian letters (lower case, after case folding) whose shape is a Latin letter's
_SHAPES = str.maketrans(
    {
        **dict(zip("авеёкмнорсстухіјѕԁԛԝһӏґпѵ", "abeekmhopcctyxijsdqwhlrnv", strict=True)),
        **dict(zip("αβγδεζηικλνορτυχω", "abydezniklvoptuxw", strict=True)),
        **dict(zip("օսցհո", "ouqhn", strict=True)),
        "0": "o",
        "1": "l",
        "i": "l",
        "|": "l",
        "!": "l",
        "ı": "l",
        "5": "s",
        "ß": "ss",
    }
)
_SEPARATORS = re.compile(r"[\s_\-‐-―.·:/]+")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def skeleton(name: str) -> str:
    """What ``name`` looks like; names with one skeleton are easily taken for each other."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    seen = "".join(char for char in folded if not unicodedata.combining(char) and not _is_unseen(char))
    bare = _SEPARATORS.sub("", seen).translate(_SHAPES)
    return bare.replace("rn", "m").replace("vv", "w")


def look_alikes(names: Iterable[tuple[str, T]]) -> Iterator[tuple[str, T, str]]:
    """``(name, where, earlier)`` for every name that looks like a different earlier one; ``where`` passes through."""
    first: dict[str, str] = {}
    for name, where in names:
        earlier = first.setdefault(skeleton(name), name)
        if earlier != name:
            yield name, where, earlier


def hidden_characters(name: str) -> str:
    """The characters of ``name`` that cannot be seen, or that turn the direction of writing."""
    return "".join(char for char in name if _is_unseen(char))


def scripts(name: str) -> tuple[str, ...]:
    """The scripts whose letters ``name`` mixes, as Unicode names them (``LATIN``, ``CYRILLIC``), sorted."""
    return tuple(sorted({unicodedata.name(char, "UNKNOWN").partition(" ")[0] for char in name if char.isalpha()}))


def _is_unseen(char: str) -> bool:
    return unicodedata.category(char) in _UNSEEN
