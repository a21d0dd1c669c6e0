"""Whether rules that a model proposes can say what the author's sentence says: coarse, deterministic alarms. Pure.

An alarm is one of two kinds. An *objection* is fed back to the model and, if it stays, the proposal is refused: it
permits where the sentence forbids, permits everything, grants without the condition that the sentence has. A *mark*
is shown beside the proposal to the person who confirms it: a number that came or went, a value of nobody's. English
words are looked for in the author's sentence; in another language the objections about its words stay silent and the
marks remain. Imports words, language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from workbench.authoring.words import tokenize
from workbench.language.ast import Lit, Policy, Procedure, Statement, bodies, walk
from workbench.language.schema import Schema

_FORBIDS = re.compile(
    r"\b(?:never|nobody|no[ -]one|none|not|no|cannot|neither|nor|forbidden|forbids?|prohibit(?:ed|s)?|banned|barred"
    r"|disallow(?:ed|s)?|refuse|deny|denied|block(?:ed|s)?|stop|off[ -]limits|untouchable|hands off)\b|n['’]t\b",
    re.IGNORECASE,
)
_PERMITS = re.compile(
    r"\b(?:may|can|could|might|allow(?:ed|s)?|permit(?:ted|s)?|free to|able to|authori[sz]ed|let|lets|okay|ok|fine"
    r"|reserved|entitled|welcome|trusted|grant(?:ed|s)?|has? permission)\b(?!\s+(?:not|never)\b)(?!n?['’]t\b)",
    re.IGNORECASE,
)
_NO_SUBJECT = re.compile(
    r"\b(?:no|nobody|none|neither|never)\b[^,;.]*?\b(?:may|can|could|might|be|is|are)\b"
    r"(?:\s+ever)?(?:\s+be)?(?:\s+(?:ever\s+)?(?:allowed|permitted|free|able|authori[sz]ed|entitled|trusted))?",
    re.IGNORECASE,
)
_COMMON = frozenset(
    {"must", "never", "only", "unless", "except", "when", "while", "from", "with", "that", "this", "their", "they",
     "have", "nobody", "anyone", "agent", "more", "than", "least", "most", "allow", "permit", "should", "nothing"}
)  # fmt: skip
_LIMITS = re.compile(r"\b(?:only|at most|up to|no more|fewer|less|below|under|within)\b", re.IGNORECASE)
_CONDITIONS = re.compile(
    r"\b(?:if|when|whenever|while|unless|except|only|provided|as long as|so long as|until|without|within|between|during"
    r"|outside|after|before|at most|up to|no more than|not more than|less than|more than|below|under|above|over|own"
    r"|their own|same)\b",
    re.IGNORECASE,
)
_NUMBER_WORDS = {
    "twice": "2",
    "thrice": "3",
    "dozen": "12",
    "thirty": "30",
    "forty": "40",
    "fifty": "50",
    "sixty": "60",
}


@dataclass(frozen=True, slots=True)
class Alarms:
    """``objections``: for the model, and final if they stay. ``marks``: for the person. One sentence each."""

    objections: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()


def alarms(sentence: str, statements: Sequence[Statement], schema: Schema, rewrite: str = "") -> Alarms:
    """What is suspicious about ``statements`` as the meaning of ``sentence``; ``rewrite``: the text they come from."""
    permits = [s for s in statements if isinstance(s, Policy) and s.effect == "permit"]
    return Alarms(
        tuple(_objections(sentence, statements, permits)),
        tuple(_marks(sentence, statements, permits, schema, rewrite)),
    )


def _objections(sentence: str, statements: Sequence[Statement], permits: Sequence[Policy]) -> Iterator[str]:
    for permit in permits:
        if permit.scope.action.kind == "any" and not permit.conditions:
            yield "a rule that permits every action without a condition is never taken from a model"
            break
    if permits and _only_forbids(sentence):
        yield "it permits something, and the sentence only forbids"
    grants = [p for p in permits if not p.conditions and p.scope.principal.entity is None]
    limits = any(isinstance(s, Procedure) or (isinstance(s, Policy) and s.effect == "forbid") for s in statements)
    if grants and not limits and _CONDITIONS.search(sentence):
        said = _CONDITIONS.search(sentence)
        assert said is not None
        yield f"it permits without any condition, and the sentence has one (“{said.group()}”)"


def _marks(
    sentence: str, statements: Sequence[Statement], permits: Sequence[Policy], schema: Schema, rewrite: str
) -> Iterator[str]:
    if permits and not _PERMITS.search(sentence):
        yield "it permits something, and your sentence does not plainly allow anything"
    for permit in permits:
        if permit.scope.action.kind == "any" or (permit.scope.action.kind == "in" and not permit.scope.action.listed):
            yield "it permits a whole group of actions"
            break
    granted = _PERMITS.search(sentence) and not _FORBIDS.search(sentence) and not _LIMITS.search(sentence)
    if statements and not permits and granted:
        yield "your sentence allows something, and nothing here permits"
    if rewrite and not _content(sentence) & _content(rewrite):
        yield "it has no word of your sentence's"
    before = set(numbers(sentence))
    after = set(numbers(rewrite)) if rewrite else _constants(statements)
    if gone := sorted(before - after):
        yield f"your sentence says {_told(gone)}, and this does not"
    if come := sorted(after - before):
        yield f"this says {_told(come)}, and your sentence does not"
    if unknown := sorted(_unknown_values(sentence, statements, schema)):
        values = _told([f"“{value}”" for value in unknown])
        yield f"{values} is neither in your sentence nor a value that the schema lists"


def _content(text: str) -> set[str]:
    """The words of a text that say what it is about, as lemmas."""
    return {t.lemma for t in tokenize(text) if t.kind == "word" and len(t.lemma) > 3 and t.lemma not in _COMMON}


def _only_forbids(sentence: str) -> bool:
    """Whether the sentence has a word that forbids and none that allows (“nobody may” does not allow)."""
    if not _FORBIDS.search(sentence):
        return False
    return not _PERMITS.search(_NO_SUBJECT.sub(" ", sentence))


def numbers(text: str) -> Iterator[str]:
    """Every number of a text in one form: digits, number words, times of day (as ``8`` or ``8:30``); 0 and 1 aside."""
    scale = None  # "five hundred": the number word before a hundred or a thousand
    for token in tokenize(text):
        if token.kind == "number" and token.value is not None:
            found = float(token.value)
            if token.lower in ("hundred", "thousand"):
                found, scale = found * (scale or 1), None
            elif token.text.isalpha():
                if scale is not None and scale not in (0, 1):
                    yield _plain(scale)
                scale = found
                continue
            yield from (_plain(each) for each in (scale, found) if each is not None and each not in (0, 1))
            scale = None
            continue
        if scale is not None and scale not in (0, 1):
            yield _plain(scale)
        scale = None
        if token.kind == "time" and isinstance(token.value, int) and token.value >= 0:
            yield f"{token.value // 60}" if token.value % 60 == 0 else f"{token.value // 60}:{token.value % 60:02d}"
        elif token.kind == "word" and token.lower in _NUMBER_WORDS:
            yield _NUMBER_WORDS[token.lower]
    if scale is not None and scale not in (0, 1):
        yield _plain(scale)


def _plain(number: float) -> str:
    return f"{number:.10g}"


def _constants(statements: Sequence[Statement]) -> set[str]:
    found = set()
    for statement in statements:
        for body in bodies(statement):
            for node in walk(body):
                if isinstance(node, Lit) and isinstance(node.value, int) and not isinstance(node.value, bool):
                    found.add(_plain(node.value))
        if isinstance(statement, Procedure):
            found.update(_plain(require.count) for require in statement.requires)
            found.update(_plain(d.count) for d in (statement.timeout, statement.timelock) if d is not None)
    return found - {"0", "1"}


def _unknown_values(sentence: str, statements: Sequence[Statement], schema: Schema) -> Iterator[str]:
    """Texts in the rules that no list of values in the schema has and that the sentence does not say."""
    said = sentence.casefold()
    for statement in statements:
        for body in bodies(statement):
            for node in walk(body):
                if isinstance(node, Lit) and isinstance(node.value, str):
                    value = node.value
                    if value and value.casefold() not in said and value not in schema.text:
                        yield value


def strange_letters(text: str, sentence: str, schema: Schema) -> str:
    """Characters of ``text`` that are neither ASCII nor in the sentence or the schema: look-alikes, unseen marks."""
    known = set(sentence) | set(schema.text) | set("“”‘’…–—€£")
    return "".join(dict.fromkeys(c for c in text if not c.isascii() and c not in known)) + "".join(
        dict.fromkeys(c for c in text if unicodedata.category(c)[0] == "C" and c not in "\n\t\r")
    )


def shown_letters(letters: str) -> str:
    """Characters by their code points, which cannot be mistaken."""
    return ", ".join(f"U+{ord(c):04X}" for c in letters[:5])


def _told(items: Iterable[str]) -> str:
    found = list(items)
    return ", ".join(found[:-1]) + " and " + found[-1] if len(found) > 1 else "".join(found)
