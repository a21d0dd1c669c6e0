"""A sentence as tokens: words with lemmas, numbers, times, quoted text, marks. Pure; imports the words of English.

Hyphens split words ("high-priority" is two), contractions are opened ("don't" is "do" "not"), a possessive ``'s`` is
a token of its own. Whatever is none of these becomes a token of kind ``other``, which no rule of the grammar accepts:
nothing in a sentence is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from workbench.authoring.languages.english import english

Kind = Literal["word", "number", "time", "date", "quoted", "mark", "other"]

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<quoted>"(?:[^"\\\n]|\\["\\])*"|“[^”\n]*”)
    |(?P<date>\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:\.\d{3})?(?:Z|[+-]\d{4}))?(?![\w-]))
    |(?P<address>\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?(?![\w/]|\.\w))
    |(?P<time>\d{1,2}:\d{2}(?::00)?(?:\s?[ap]\.?m\b\.?)?|\d{1,2}\s?[ap]m\b|\d{1,2}\s?[ap]\.m\.)
    |(?P<percent>(?<=\d)\s?%)
    |(?P<currency>[$€£¥](?=\d))
    |(?P<thousands>\d+(?:\.\d{1,3})?k\b)
    |(?P<number>(?:(?<=\s)-)?\d{1,3}(?:,\d{3})+(?![\d,])|\d+(?:\.\d+)?(?=(?:[kmgt]b|ms)\b)|(?:(?<=\s)-)?\d+(?:\.\d+)?(?![\w.]*[\w]))
    |(?P<domain>@?[A-Za-z0-9][A-Za-z0-9-]*(?:\.[A-Za-z0-9-]+)+)
    |(?P<possessive>['’]s(?![^\W_])|(?<=[sS])['’](?=\s))
    |(?P<word>[^\W\d_][^\W_]*?n['’]t\b|[^\W\d_][^\W_]*(?:_[^\W_]+)*)
    |(?P<mark>[,;:.!?()])
    |(?P<hyphen>(?<=[^\W\d_])[-‐‑](?=[^\W_]))
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_CONTRACTED = re.compile(r"(?i)^(ca|wo|sha|[a-z]+)n['’]t$")
_CUT_SHORT = ("ca", "sha")  # the "n" is no part of what is left


@lru_cache(maxsize=1)
def _numbers() -> Mapping[str, int]:
    return {word: int(value) for word, value in english().token.numbers.items()}


@dataclass(frozen=True, slots=True)
class Token:
    """``text`` as written at code points ``[start, end)``; ``lemma`` lower case base form; ``value`` for numbers
    (int or exact decimal text), minutes after midnight for times, the text of dates, the unescaped text for quotes,
    and for a word that is opened ("n't") the word it stands for."""

    kind: Kind
    text: str
    lemma: str
    start: int
    end: int
    value: int | str | None = None

    @property
    def lower(self) -> str:
        """The word itself in lower case ("not" for a contracted one): what function words are compared with."""
        if self.kind == "word":
            return self.text.lower() if self.value is None else str(self.value)
        return self.lemma if self.kind == "mark" else self.text.lower()

    @property
    def noun(self) -> str:
        """The word as it is compared with nouns: lower case, a hyphenated e-mail as one word."""
        return self.lemma if self.lemma == "email" else self.text.lower()


@lru_cache(maxsize=65536)
def lemma(word: str) -> str:
    """The base form of an English word, lower case ("refunds" → "refund", "issuing" → "issue")."""
    lower = word.lower()
    kept = english().token.lemmas.get(lower)
    if kept is not None:
        return lower if kept == "itself" else kept
    if len(lower) > 40:
        return lower
    from simplemma import lemmatize  # 40 ms, which a command that reads no English need not spend

    return str(lemmatize(lower, lang="en")).lower()


def tokenize(text: str) -> tuple[Token, ...]:
    """Tokens of one sentence, in order, spans into ``text``."""
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind, piece, start, end = match.lastgroup, match.group(), match.start(), match.end()
        if kind in ("space", "hyphen"):
            continue
        if kind == "word":
            _add_word(tokens, piece, start, end)
        elif kind == "quoted":
            inner = re.sub(r"\\(.)", r"\1", piece[1:-1]) if piece[0] == '"' else piece[1:-1]
            tokens.append(Token("quoted", piece, piece, start, end, inner))
        elif kind == "number":
            plain = piece.replace(",", "")
            tokens.append(Token("number", piece, plain, start, end, plain if "." in plain else int(plain)))
        elif kind == "time":
            tokens.append(Token("time", piece, piece, start, end, _minutes(piece)))
        elif kind == "thousands":
            tokens.append(Token("number", piece, piece.lower(), start, end, _thousands(piece)))
        elif kind == "percent":
            tokens.append(Token("word", piece, "percent", start, end, "percent"))
        elif kind == "currency":
            tokens.append(Token("word", piece, piece, start, end))
        elif kind == "date":
            tokens.append(Token("date", piece, piece, start, end, piece))
        elif kind in ("domain", "address"):
            tokens.append(Token("quoted", piece, piece, start, end, piece))
        elif kind == "possessive":
            tokens.append(Token("mark", piece, "'s", start, end))
        else:
            tokens.append(Token("mark" if kind == "mark" else "other", piece, piece, start, end))
    return tuple(tokens)


def _add_word(tokens: list[Token], piece: str, start: int, end: int) -> None:
    contracted = _CONTRACTED.match(piece)
    lower = piece.lower()
    if contracted:
        stem = contracted.group(1).lower()
        full = english().token.contracted.get(stem, stem)
        cut = end - 3 if stem not in _CUT_SHORT else start + len(stem)
        tokens.append(Token("word", piece[: cut - start], lemma(full), start, cut, full))
        tokens.append(Token("word", piece[cut - start :], "not", cut, end, "not"))
    elif lower == "cannot":
        tokens.append(Token("word", piece[:3], "can", start, start + 3, "can"))
        tokens.append(Token("word", piece[3:], "not", start + 3, end, "not"))
    elif lower in ("mail", "mails") and tokens and tokens[-1].lemma == "e" and start - tokens[-1].end <= 1:
        first = tokens.pop()
        tokens.append(Token("word", first.text + "-" + piece, "email", first.start, end))
    elif "_" in piece:
        offset = start
        for part in piece.split("_"):
            if part:
                tokens.append(Token("word", part, lemma(part), offset, offset + len(part)))
            offset += len(part) + 1
    elif lower in _numbers():
        tokens.append(Token("number", piece, lower, start, end, _numbers()[lower]))
    else:
        tokens.append(Token("word", piece, lemma(piece), start, end))


def _thousands(piece: str) -> int:
    """``10k``, ``2.5k`` as a whole number."""
    whole, _, part = piece[:-1].partition(".")
    return int(whole + part.ljust(3, "0"))


def _minutes(piece: str) -> int:
    """``08:00``, ``8 pm``, ``8:30 a.m.`` as minutes after midnight; -1 for a time that no clock shows."""
    digits = re.findall(r"\d+", piece)
    hour, minute = int(digits[0]), int(digits[1]) if len(digits) > 1 else 0
    half = re.search(r"([ap])\.?m", piece.lower())
    if half:
        if not 1 <= hour <= 12:
            return -1
        hour = hour % 12 + (12 if half.group(1) == "p" else 0)
    return hour * 60 + minute if hour <= 24 and minute < 60 and hour * 60 + minute <= 1440 else -1


def same_noun(one: str, other: str) -> bool:
    """Whether two lower-case words are the same noun, in the singular or the plural."""
    return one == other or not _singulars(one).isdisjoint(_singulars(other))


@lru_cache(maxsize=65536)
def _singulars(word: str) -> frozenset[str]:
    found = {word}
    if word.endswith("s") and not word.endswith("ss") and len(word) > 3:
        found.add(word[:-1])
        if word.endswith("es"):
            found.add(word[:-2])
        if word.endswith("ies"):
            found.add(word[:-3] + "y")
    return frozenset(found)


def _name_tokens(name: str) -> tuple[Token, ...]:
    base = name.rsplit("::", 1)[-1]
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9À-￿]+", " ", base)
    return tuple(token for token in tokenize(spaced) if token.kind in ("word", "number"))


def split_name(name: str) -> tuple[str, ...]:
    """A schema name as lemmas: ``share_external`` → share, external; ``KnowledgeBase`` → knowledge, base."""
    return tuple(token.lemma for token in _name_tokens(name))


def name_nouns(name: str) -> tuple[str, ...]:
    """A schema name as words in lower case, not reduced: ``verified_identity`` → verified, identity."""
    return tuple(token.noun for token in _name_tokens(name))
