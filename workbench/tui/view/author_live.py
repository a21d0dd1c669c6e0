"""Sentences while they are written: their state as sign and word, what is underlined, what is linked to what. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from workbench.language.diagnostics import Diagnostic, LineMap, Span
from workbench.service.live_views import LiveView
from workbench.service.views import RuleView, SentenceView

STATES = {
    "kept": ("✓", "allow", "its rules stand"),
    "compiled": ("+", "accent", "compiles"),
    "ambiguous": ("?", "sev-warning", "several readings"),
    "refused": ("✗", "sev-error", "not compiled"),
    "writing": ("…", "muted", "being written"),
    "by hand": ("≠", "hold", "its rules were written by hand"),
}
"""Sign, colour and words of each state."""

_ENDS = (".", "!", "?")
NOTHING = LiveView("", (), 1)


@dataclass(frozen=True, slots=True)
class Linked:
    """What belongs together at the caret: ranges of code points in the English, in the Cedar+, and the rules' rows."""

    english: tuple[tuple[int, int], ...] = ()
    cedar: tuple[tuple[int, int], ...] = ()
    rows: frozenset[int] = frozenset()
    said: tuple[tuple[str, str], ...] = ()  # words and the clause that they became


def state_of(sentence: SentenceView, caret: int = -1) -> str:
    """The key of :data:`STATES`: a sentence that is not ended, with the caret in it, is being written."""
    if sentence.status == "refused" and is_unfinished(sentence, caret):
        return "writing"
    if sentence.status == "kept" and sentence.differs:
        return "by hand"
    return sentence.status


@lru_cache(maxsize=2)
def lines_of(english: str) -> LineMap:
    """Where the lines of a text begin; the newest two texts are asked about again and again."""
    return LineMap(english)


def is_unfinished(sentence: SentenceView, caret: int) -> bool:
    """Whether the caret stands at the end of a sentence that has no full stop yet."""
    return sentence.end <= caret <= sentence.end + 1 and sentence.text[-1:] not in _ENDS


def shifted(live: LiveView, english: str) -> LiveView:
    """``live`` after an edit: sentences that the edit did not touch, where they stand now. The rest is not known."""
    if live.english == english:
        return live
    before = live.english
    head = _alike(before, english, str.startswith)
    tail = min(_alike(before, english, str.endswith), min(len(before), len(english)) - head)
    moved = len(english) - len(before)
    lines = lines_of(english)
    kept = []
    for sentence in live.sentences:
        if sentence.end < head or (sentence.end == head and sentence.text[-1:] in _ENDS and _gap(english, head)):
            kept.append(sentence)
        elif sentence.start >= len(before) - tail and _gap(english, sentence.start + moved - 1):
            kept.append(_moved(sentence, moved, lines))
    return LiveView(english, tuple(kept), len(live.sentences) - len(kept) + live.waiting)


def _alike(one: str, other: str, same: Callable[[str, str], bool]) -> int:
    """How long the longest common beginning (``same``: ``str.startswith``) or end of two texts is. Quick: this runs at
    every key, and texts are long."""
    least, most = 0, min(len(one), len(other))
    at_the_end = same is str.endswith
    while least < most:
        middle = (least + most + 1) // 2
        if same(one, other[len(other) - middle :] if at_the_end else other[:middle]):
            least = middle
        else:
            most = middle - 1
    return least


def _gap(text: str, at: int) -> bool:
    """Whether nothing, or white space, stands there."""
    return not text[max(at, 0) : at + 1].strip()


def _moved(sentence: SentenceView, by: int, lines: LineMap) -> SentenceView:
    if not by:
        return sentence
    found = []
    for each in sentence.diagnostics:
        span = Span(each.span.start + by, each.span.end + by)
        found.append(replace(each, span=span, start=lines.position(span.start), end=lines.position(span.end)))
    return replace(sentence, start=sentence.start + by, end=sentence.end + by, diagnostics=tuple(found))


def as_stood(live: LiveView, rules: Collection[str]) -> LiveView:
    """``live`` as read beside a Cedar+ that has an error, where no rule is known to stand: those sentences stand that
    did when it had none, by the English of its ``rules`` then (white space aside)."""
    return replace(
        live,
        sentences=tuple(
            replace(each, status="kept", differs=False)
            if each.status == "compiled" and " ".join((each.meant or each.text).split()) in rules
            else each
            for each in live.sentences
        ),
    )


def signs(live: LiveView, caret: int = -1) -> dict[int, tuple[str, str]]:
    """The sign of each row (from 0) on which a sentence begins; the gravest where several do."""
    lines, order = lines_of(live.english), list(STATES)
    states: dict[int, str] = {}
    for sentence in live.sentences:
        row = lines.position(sentence.start).line - 1
        state = state_of(sentence, caret)
        if row not in states or order.index(state) > order.index(states[row]):
            states[row] = state
    return {row: STATES[state][:2] for row, state in states.items()}


def summary(live: LiveView, caret: int = -1, *, short: bool = False, compared: bool = True) -> str:
    """How many sentences are in which state, in words: what is wrong or waits for a person first. ``short``: that
    alone. ``compared``: false beside a Cedar+ with an error, where no rule is known to stand or to lack."""
    counted: dict[str, int] = {}
    for sentence in live.sentences:
        state = state_of(sentence, caret)
        counted[state] = counted.get(state, 0) + 1
    words = {"kept": "stand", "compiled": "new", "ambiguous": "to ask", "refused": STATES["refused"][2]}
    words["by hand"] = "by hand"
    words |= {} if compared else {"compiled": "not compared"}
    told = ("refused", "ambiguous", "by hand", "compiled", "kept")
    parts = [f"{STATES[state][0]} {counted[state]} {words[state]}" for state in told if counted.get(state)]
    if live.waiting and live.sentences:
        parts.append(f"… {live.waiting} being read")
    return " · ".join(parts[:1] if short else parts)


def underlined(live: LiveView, caret: int = -1) -> list[Diagnostic]:
    """What to underline in the English: refusals where they hang, ambiguous sentences as a whole."""
    lines = lines_of(live.english)
    found: list[Diagnostic] = []
    for sentence in live.sentences:
        if state_of(sentence, caret) == "refused":
            found += sentence.diagnostics
        elif sentence.status == "ambiguous":
            span = Span(sentence.start, sentence.end)
            places = (lines.position(span.start), lines.position(span.end))
            found.append(Diagnostic("", sentence.question or "several readings", span, *places, severity="warning"))
    return found


def sentence_of(live: LiveView, offset: int) -> SentenceView | None:
    """The sentence at an offset in code points."""
    return next((s for s in live.sentences if s.start <= offset <= s.end), None)


def sentence_before(live: LiveView, offset: int) -> SentenceView | None:
    """The sentence that ends just before an offset on an empty line: whoever wrote it and went on stands there."""
    before, _, here = live.english[:offset].rpartition("\n")
    if here.strip() or live.english[offset:].partition("\n")[0].strip():
        return None
    return next((s for s in live.sentences if s.end == len(before.rstrip(" \t"))), None)


def sentence_of_rule(live: LiveView, rule_id: str) -> SentenceView | None:
    """The sentence that a rule stands for."""
    return next((s for s in live.sentences if rule_id in s.rules), None)


def places_of(rules: Iterable[RuleView], source: str) -> Mapping[str, int]:
    """Where each rule's text begins in the Cedar+, in code points; those that are not found left out."""
    starts = [0]
    for line in source.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    found = {}
    for rule in rules:
        at = source.find(rule.cedar_plus, starts[min(max(rule.line - 1, 0), len(starts) - 1)])
        if at >= 0:
            found[rule.id] = at
    return found


def linked_words(sentence: SentenceView, offset: int, rules: Sequence[RuleView], source: str) -> Linked:
    """The caret stands on a word of ``sentence`` (an offset of the English): what that word became."""
    from workbench.authoring.links import at_word

    return _linked(sentence, at_word(sentence.links, offset - sentence.start), rules, source)


def linked_clause(sentence: SentenceView, offset: int, rules: Sequence[RuleView], source: str) -> Linked:
    """The caret stands on a rule of ``sentence`` (an offset of the Cedar+): which words became that clause."""
    from workbench.authoring.links import at_clause

    for start, whole in _stretches(sentence, rules, source):
        if start <= offset <= start + len(whole[1]):
            return _linked(sentence, at_clause(sentence.links, offset - start + whole[0]), rules, source)
    return _linked(sentence, (), rules, source)


def _linked(sentence: SentenceView, found: Iterable[object], rules: Sequence[RuleView], source: str) -> Linked:
    text = sentence.candidates[0].cedar_plus if len(sentence.candidates) == 1 else ""
    stretches = _stretches(sentence, rules, source)
    english: list[tuple[int, int]] = []
    cedar: list[tuple[int, int]] = []
    said: dict[tuple[str, str], None] = {}
    for link in found:
        start, end, first, last = (getattr(link, name) for name in ("start", "end", "clause_start", "clause_end"))
        english.append((sentence.start + start, sentence.start + end))
        said[" ".join(sentence.text[start:end].split()), text[first:last]] = None
        for at, (offset, rule) in stretches:
            if offset <= first and last <= offset + len(rule):
                cedar.append((at + first - offset, at + last - offset))
    lines = LineMap(source)
    rows = {
        row
        for at, (_, rule) in stretches
        for row in range(lines.position(at).line - 1, lines.position(at + len(rule)).line)
    }
    return Linked(tuple(dict.fromkeys(english)), tuple(dict.fromkeys(cedar)), frozenset(rows), tuple(said))


def _stretches(sentence: SentenceView, rules: Sequence[RuleView], source: str) -> list[tuple[int, tuple[int, str]]]:
    """Where the rules of a sentence stand in the Cedar+: there, and in the text that its links count in."""
    known = {rule.id: rule for rule in rules}
    mine = [known[name] for name in sentence.rules if name in known]
    places = places_of(mine, source)
    found, offset = [], 0
    for rule in mine:
        if rule.id in places:
            found.append((places[rule.id], (offset, rule.cedar_plus)))
        offset += len(rule.cedar_plus) + 2  # they are joined by an empty line
    return found
