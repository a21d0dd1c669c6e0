"""The grammar of German for one schema: ``de.lark`` with terminals of function words and the schema's words. Pure.

lark's Earley parser reads text, so a sentence is spelled as one group for each token, with its form, the bases and the
infinitives that it may have, and its kind: ``⟨form¦,bases,¦,infinitives,¦kind⟩``. A terminal is a regular expression
over whole groups, and a word may be many terminals at once, which keeps every reading.
Imports lark, the words of German, german_lexicon.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lark import Lark

from workbench.authoring.german_lexicon import GermanLexicon, Spoken
from workbench.authoring.german_words import fold, noun_bases, verb_bases
from workbench.authoring.languages import text_of
from workbench.authoring.languages.german import german
from workbench.authoring.words import Token

_MARKS = {"COMMA": ",", "COLON": ":", "SEMICOLON": ";", "FULL_STOP": ".", "EXCLAMATION": "!"}
_NEVER = "⟨never⟩"
_REST = "[^⟩]*⟩"
_BASES = "[^¦⟩]*"


@dataclass(frozen=True, slots=True)
class Spelled:
    """A sentence as the parser reads it; ``starts`` has the place of every token in ``text``."""

    text: str
    starts: tuple[int, ...]

    def token_at(self, place: int) -> int:
        """The number of the token that the place in ``text`` lies in."""
        return max(bisect_right(self.starts, place) - 1, 0)

    def count_before(self, place: int) -> int:
        """How many tokens begin before the place in ``text``."""
        return bisect_left(self.starts, place)


def spell(tokens: Sequence[Token], lexicon: GermanLexicon) -> Spelled:
    """The tokens as groups; a word that neither the language nor the schema knows is of kind ``free``."""
    groups: list[str] = []
    starts: list[int] = []
    known = german().function_words
    opens = True
    for token in tokens:
        starts.append(sum(map(len, groups)))
        kind: str = token.kind
        if kind == "time" and token.value == -1:
            kind = "other"
        form = token.lemma if kind in ("word", "mark") else ""
        nouns: list[str] = []
        verbs: list[str] = []
        if kind == "word":
            nouns, verbs = _written(token.text, opens), sorted(verb_bases(token.text))
            if token.lemma not in known and not lexicon.knows(token):
                kind = "free"
        opens = kind == "mark"
        groups.append(f"⟨{form}¦,{''.join(f'{n},' for n in nouns)}¦,{''.join(f'{v},' for v in verbs)}¦{kind}⟩")
    return Spelled("".join(groups), tuple(starts))


def _written(word: str, opens: bool) -> list[str]:
    """The bases of a word, marked as those of a noun (``N``, written with a capital) or not (``a``).

    The first word of a sentence may be either.
    """
    found = {("N" if word[:1].isupper() else "a") + base for base in noun_bases(word)}
    if opens and word[:1].isupper():
        found |= {"a" + base for base in noun_bases(word[:1].lower() + word[1:])}
    return sorted(found)


def _form(word: str) -> str:
    """A group by the word as it stands, or (``~sein``) by its infinitive."""
    return _verb(word[1:]) if word.startswith("~") else f"⟨{re.escape(word)}¦{_REST}"


def _noun(word: str) -> str:
    """A group by a noun or an adjective of the schema; what it writes with a capital is a noun."""
    either = "N" if word[:1].isupper() else "[Na]"
    return f"⟨{_BASES}¦{_BASES},{either}(?:{_any(noun_bases(word))}),{_REST}"


def _verb(word: str) -> str:
    return f"⟨{_BASES}¦{_BASES}¦{_BASES},(?:{_any(verb_bases(word))}),{_REST}"


def _noun_or_verb(word: str) -> str:
    return _noun(word) if word[:1].isupper() else f"(?:{_noun(word)}|{_verb(word)})"


def _kind(kind: str) -> str:
    return f"⟨{_BASES}¦{_BASES}¦{_BASES}¦{kind}⟩"


def _any(texts: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, texts), key=lambda text: (-len(text), text))) or "never"


class GermanTerms:
    """The parser of one schema, and which of the schema's words a terminal stood for."""

    def __init__(self, lexicon: GermanLexicon) -> None:
        self.lexicon = lexicon
        article = german().article
        self._article = f"(?:{'|'.join(_form(word) for word in (*article.definite, *article.indefinite))})?"

    @cached_property
    def families(self) -> Mapping[str, tuple[tuple[str, Any], ...]]:
        """For each rule made from the schema: (pattern, what it stands for), in the schema's order."""
        lex = self.lexicon
        plain = [(word, phrase) for word, phrase in lex.spoken_attributes if None not in phrase.words]
        flags = [(word, phrase) for word, phrase in plain if getattr(word.type, "name", "") == "Bool"]
        said = [(word, phrase, _moved(phrase.words)) for word, phrase in flags]
        return {
            "type": tuple((self._words(phrase.words), word) for word, phrase in lex.spoken_types),
            "value": tuple((self._words(phrase.words), word) for word, phrase in lex.spoken_values),
            "attribute": tuple((self._words(phrase.words), word) for word, phrase in plain),
            "flag": tuple((self._words(p.words), word) for word, p, moved in said if moved is None),
            "said_last": tuple((self._words(moved, _noun_or_verb), w) for w, _, moved in said if moved is not None),
            "said_second": tuple((self._words(p.words, _noun_or_verb), w) for w, p, moved in said if moved is not None),
            "unsaid_last": tuple((self._words(_denied(m), _noun_or_verb), w) for w, _, m in said if m is not None),
            "unsaid_second": tuple(
                (self._words(_denied(p.words), _noun_or_verb), w) for w, p, m in said if m is not None
            ),
            "object": tuple((self._words(chunk), chunk) for a in lex.spoken_actions for chunk in a.chunks),
            "chunk": tuple(
                (self._words(chunk, _noun_or_verb), chunk) for a in lex.spoken_actions for chunk in a.chunks
            ),
            "ACTION": tuple((_verb(a.verb), a) for a in lex.spoken_actions),
            "STEM": tuple(
                (_verb(stem), (a, particle)) for a in lex.spoken_actions for particle, stem in _parted(a.verb)
            ),
            "PARTICLE": tuple((_form(particle), particle) for particle in german().token.particles),
            "SAYING": tuple(
                (_verb(phrase.words[1]), word)
                for word, phrase in lex.spoken_attributes
                if len(phrase.words) == 2 and phrase.words[0] is None and phrase.words[1] is not None
            ),
            "COUNTED": tuple((_noun(word), fold(word)) for word in self._counted()),
            "GAP_PREPOSITION": tuple(
                (_form(fold(before[-1])), fold(before[-1]))
                for a in lex.spoken_actions
                for before, after in zip(a.parts, a.parts[1:], strict=False)
                if before is not None and after is None
            ),
        }

    def _words(self, words: Sequence[str | None], one: Any = _noun) -> str:
        """The words in a row, an article allowed before each but the first."""
        return self._article.join(one(word) for word in words if word is not None)

    def _counted(self) -> Iterator[str]:
        """The nouns of the attributes whose phrase names a time to count over."""
        windows = set(self.lexicon.words.naming.windows)
        for _, phrase in self.lexicon.spoken_attributes:
            words = [word for word in phrase.words if word is not None]
            if any(fold(word) in windows for word in words):
                yield from (word for word in words if word[:1].isupper() and fold(word) not in windows)

    def meanings(self, family: str, group: str) -> tuple[Any, ...]:
        """What a terminal's text stands for, each once."""
        found = (meant for pattern, meant in self.families[family] if re.fullmatch(pattern, group))
        return tuple(dict.fromkeys(found))

    @cached_property
    def parser(self) -> Lark:
        """The parser: Earley, every derivation kept."""
        lines = [text_of("de.lark")]
        for name, phrases in german().terminals():
            lines.append(_terminal(name, ["".join(map(_form, phrase.split())) for phrase in phrases]))
        for name, family in self.families.items():
            by_length: dict[int, list[str]] = {}
            for pattern, _ in family:
                by_length.setdefault(pattern.count("¦kind") + pattern.count(_REST), []).append(pattern)
            if name.isupper():
                lines.append(_terminal(name, [pattern for pattern, _ in family]))
                continue
            names = [f"{name.upper()}_{length}" for length in by_length] or [f"{name.upper()}_0"]
            lines.append(f"{name}: {' | '.join(names)}")
            for length, patterns in by_length.items() or ((0, []),):
                lines.append(_terminal(f"{name.upper()}_{length}", patterns))
        for kind in ("number", "time", "quoted", "free"):
            lines.append(_terminal(kind.upper(), [_kind(kind)]))
        for name, mark in _MARKS.items():
            lines.append(_terminal(name, [_form(mark)]))
        return Lark("\n".join(lines), parser="earley", lexer="dynamic", ambiguity="forest", maybe_placeholders=False)


def _terminal(name: str, patterns: Sequence[str]) -> str:
    ordered = sorted(dict.fromkeys(patterns), key=lambda pattern: (-pattern.count("⟩"), pattern)) or [_NEVER]
    return f"{name}: /{'|'.join(f'(?:{pattern})' for pattern in ordered)}/"


def _parted(verb: str) -> Iterator[tuple[str, str]]:
    """A separable verb as particle and stem ("aus", "stellen")."""
    for particle in german().token.particles:
        if fold(verb).startswith(particle) and len(verb) > len(particle) + 3:
            yield particle, verb[len(particle) :]


def _moved(words: Sequence[str | None]) -> tuple[str, ...] | None:
    """A phrase with "hat" or "ist" in its midst, as a subordinate clause has it: the verb moved to the end."""
    finite = (*german().verb.have, *german().verb.be)
    said = [word for word in words if word is not None]
    for index, word in enumerate(said[:-1]):
        if index and fold(word) in finite:
            return (*said[:index], *said[index + 1 :], word)
    return None


def _denied(words: Sequence[str | None]) -> tuple[str, ...]:
    """A phrase with "hat" or "ist", with a "nicht" before what is said: "hat nicht eingewilligt", "nicht … hat"."""
    finite = (*german().verb.have, *german().verb.be)
    said = [word for word in words if word is not None]
    place = next(index for index, word in enumerate(said) if fold(word) in finite)
    before = place + 1 if place < len(said) - 1 else place - 1
    return (*said[:before], german().negation.not_[0], *said[before:])


def group_words(group: str) -> tuple[str, ...]:
    """The forms of the groups that a terminal matched."""
    return tuple(re.findall(r"⟨([^¦⟩]*)¦", group))


def count_groups(group: str) -> int:
    """How many tokens a terminal matched."""
    return group.count("⟨")


__all__ = ["GermanTerms", "Spelled", "Spoken", "count_groups", "group_words", "spell"]
