"""The feed's filter as people see it: what ``v`` goes through, what completes a word, what stands under the line. Pure.

Imports the filter's values and language, Textual's text value and ``view.plain`` only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from textwrap import wrap

from textual.content import Content

from workbench.engine.decision_filter import KEYS, NAME_KEYS, OUTCOMES, DecisionFilter, Outcome, Pattern
from workbench.engine.filter_text import FilterError
from workbench.language.annotations import SEVERITIES
from workbench.tui.view.plain import visible

PRESETS: tuple[tuple[tuple[Outcome, ...], str], ...] = (
    ((), "all"),
    (("violation",), "violations"),
    (("deny",), "denied"),
    (("hold",), "held"),
)
"""What ``v`` goes through: the outcomes that are asked for, and the word that people read."""

HISTORY = 20  # filters that are remembered
MISTAKE_LINES = 3  # at most, under the field

_FORMS = (
    "agent: outcome: rule: action: resource: severity: since: before:  ·  -not  a,b  any*",
    "agent: outcome: rule: action: since:  ·  -not  a,b  any*",
    "agent: outcome: rule:  ·  -not a,b any*",
    "agent: rule: -not any*",
)
_TIMES = ("10m", "1h", "24h")
_UNFINISHED = re.compile(r'(?:^|\s)-?(?:agent|action|resource|rule|code|version):[^\s"]*[^\s",*]$', re.IGNORECASE)


def next_preset(current: DecisionFilter) -> DecisionFilter:
    """The filter with the outcomes that ``v`` asks for next; everything else of it stays."""
    order = [outcomes for outcomes, _ in PRESETS]
    place = order.index(current.outcomes) if current.outcomes in order else -1
    return current.with_outcomes(*order[(place + 1) % len(order)])


def preset_word(current: DecisionFilter) -> str:
    """The outcomes that a filter asks for, in a word where there is one."""
    return dict(PRESETS).get(current.outcomes) or ",".join(current.outcomes)


def completed(text: str, names: Mapping[str, Sequence[str]]) -> str | None:
    """``text`` with its last word written to the end, where a key or a known name begins so; else ``None``.

    ``names``: by key. A name that would be misread, or that a terminal would act on, is never offered.
    """
    head, gap, word = text.rpartition(" ")
    start = head + gap
    if word.startswith("-"):
        start, word = f"{start}-", word[1:]
    if not word or text.count('"') % 2:
        return None
    key, colon, said = word.partition(":")
    if not colon:
        return next((f"{start}{name}:" for name in KEYS if name.startswith(word.lower())), None)
    before, comma, begun = said.rpartition(",")
    offered = _offered(key.lower(), names)
    fitting = (name for name in offered if name.startswith(begun) and name != begun and _is_plain(name))
    found = next(fitting, None)
    return None if found is None else f"{start}{key}:{before}{comma}{found}"


def previewed(text: str) -> str:
    """``text`` while it is written: a name that is not finished stands for all that begin so."""
    return f"{text}*" if _UNFINISHED.search(text) and not text.count('"') % 2 else text


def _offered(key: str, names: Mapping[str, Sequence[str]]) -> Sequence[str]:
    if key in ("since", "before"):
        return _TIMES
    return {"outcome": OUTCOMES, "severity": SEVERITIES}.get(key) or (names.get(key, ()) if key in NAME_KEYS else ())


def _is_plain(name: str) -> bool:
    """Whether a name stands for itself, in a filter and on a screen."""
    return bool(name) and visible(name) == name and str(Pattern((name,))) == name


def forms(width: int) -> Content:
    """What can be written, on at most ``width`` cells."""
    return Content.styled(next((form for form in _FORMS if len(form) <= width), ""), "$muted")


def mistake(error: FilterError, width: int) -> Content:
    """A mistake and the way out on ``width`` cells: on a line, or the way out on at most two lines below where one is
    too short. What is merely not finished is told quietly."""
    unfinished = error.code in ("filter_no_value", "filter_open_quote")
    said = Content.styled(
        visible(f"{'…' if unfinished else '✗'} {error.message}"), "$muted" if unfinished else "$deny bold"
    )
    help = visible(error.help)
    line = Content.assemble(said, (f" — {help}" if help else "", "$muted"))
    if line.cell_length <= width or not help:
        return _cut(line, width)
    below = wrap(help, max(width - 2, 1))
    if len(below) > MISTAKE_LINES - 1:  # the end is cut there, with a mark that it is
        below = [*below[: MISTAKE_LINES - 2], " ".join(below[MISTAKE_LINES - 2 :])]
    lines = [said, *(Content.styled(f"  {each}", "$muted") for each in below)]
    return Content("\n").join(_cut(line, width) for line in lines)


def _cut(line: Content, width: int) -> Content:
    return line.truncate(max(width, 1), ellipsis=True) if line.cell_length > width else line


def remembered_with(history: Sequence[str], text: str) -> list[str]:
    """The history, newest first, with ``text`` used now."""
    return [text, *(each for each in history if each != text)][:HISTORY] if text else list(history)[:HISTORY]
