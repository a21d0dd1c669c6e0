"""Hours of the day as conditions: windows that include their start and exclude their end, through midnight too. Pure.

Imports language, meaning, words.
"""

from __future__ import annotations

from workbench.authoring.meaning import REQUEST, AttrRef, Env, Leaf, Option, Place
from workbench.authoring.words import split_name
from workbench.language.ast import Binary, Expr, Lit
from workbench.language.schema import PrimitiveType


def hours(low: int | None, high: int, start: int, end: int) -> Leaf:
    """The hour of the day lies in ``[low, high)`` minutes after midnight; past midnight it is an "or".

    Only whole hours fit an attribute that holds the hour. ``low`` is ``None`` where only "before" was said. ``high``
    1440 with ``low`` 0 is the whole day: refused.
    """

    def build(env: Env, unknown: bool) -> list[Option]:
        found = []
        for word in env.lexicon.attributes:
            if (low or 0) % 60 or high % 60 or low == high:
                continue
            for place in env.places(AttrRef((word,), REQUEST)):
                if not is_hour(env, place) or not isinstance(place.type, PrimitiveType) or place.type.name != "Long":
                    continue
                window = hour_window(place.expr, None if low is None else low // 60, high // 60)
                found.append(env.guarded([place], window, unknown, CLOCK))
        return list(dict.fromkeys(found))

    return Leaf(build, start, end)


def is_hour(env: Env, place: Place) -> bool:
    """Whether an attribute of the request holds the hour of the day, by its name."""
    naming, words = env.lexicon.words.naming, set(split_name(place.path[-1]))
    return place.owner == "context" and not words.isdisjoint(naming.hour) and words <= set(naming.hour_words)


CLOCK = ("hours are those of the schema's clock; daylight saving is left to whoever sets it",)


def hour_window(hour: Expr, low: int | None, high: int) -> Expr:
    """``low <= hour < high``; an "or" where the window runs through midnight."""
    last = Binary("<", hour, Lit(high % 24 or 24))
    if low is None:
        return last
    first = Binary(">=", hour, Lit(low))
    if high in (0, 24):
        return first
    return Binary("&&" if low < high else "||", first, last)
