"""A German sentence as tokens, and which base forms a word may have. Pure; imports words' token and the data of German.

Umlauts and ß are compared as ae, oe, ue, ss, so "Rueckerstattung" is "Rückerstattung". A noun or an adjective is
compared by its base without an ending of declension; a verb by its infinitive ("ausgestellt", "ausstellt": ausstellen).
Hyphens split words. Whatever is none of the kinds becomes a token of kind ``other``, which no terminal matches.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from simplemma import is_known, lemmatize

from workbench.authoring.languages.german import german
from workbench.authoring.words import Token

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<quoted>"(?:[^"\\\n]|\\["\\])*"|„[^“”"\n]*[“”"]|“[^”\n]*”|»[^«\n]*«)
    |(?P<time>\d{1,2}[:.]\d{2}(?=(?:\s*(?:Uhr\b|[-–]|und\b|bis\b))|\s*$)(?:\s?Uhr\b)?|\d{1,2}:\d{2}(?:\s?Uhr\b)?|\d{1,2}\s?Uhr\b)
    |(?P<number>(?:(?<=\s)[-−])?(?:\d{1,3}(?:[.\u00a0\u202f]\d{3})+|\d+)(?:,\d+)?(?![\w.,]*\w))
    |(?P<domain>@?[A-Za-z0-9][A-Za-z0-9-]*(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}(?![^\W_]))
    |(?P<word>[^\W\d_][^\W_]*(?:_[^\W_]+)*)
    |(?P<mark>[,;:.!?()])
    |(?P<hyphen>(?<=[^\W_])[-‐‑](?=[^\W_]))
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_FOLD = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_UNFOLD = (("ae", "ä"), ("oe", "ö"), ("ue", "ü"), ("ss", "ß"))
_LONGEST = 40


def fold(word: str) -> str:
    """Lower case, umlauts and ß written out: what two spellings of one word have in common."""
    return unicodedata.normalize("NFC", word).lower().translate(_FOLD)


@lru_cache(maxsize=65536)
def _lemma(word: str) -> str:
    """The lemma of a word as written; of one with umlauts written out, that of the word as it is usually spelled."""
    if len(word) > _LONGEST:
        return word
    if not is_known(word, lang="de"):
        for plain, umlaut in _UNFOLD:
            other = word.replace(plain, umlaut).replace(plain.capitalize(), umlaut.upper())
            if other != word and is_known(other, lang="de"):
                word = other
                break
    return str(lemmatize(word, lang="de"))


@lru_cache(maxsize=65536)
def noun_bases(word: str) -> frozenset[str]:
    """Bases that a noun (capitalised) or an adjective may have: the word, its lemma, it without an ending.

    A verb's infinitive is no base of its participle here: "geschlossen" (what something is) is no "schließen". Of a
    noun that the lemmatiser knows no ending is cut off: a "Besitzer" is no "Besitz".
    """
    found = {fold(word)}
    lemma = fold(_lemma(word))
    noun = word[:1].isupper()
    if noun or not lemma.endswith("n"):
        found.add(lemma)
    if noun and (is_known(word, lang="de") or lemma != fold(word)):
        return frozenset(found)
    for ending in german().token.noun_endings if noun else german().token.adjective_endings:
        if fold(word).endswith(ending) and len(word) - len(ending) > 3:
            found.add(fold(word).removesuffix(ending))
    return frozenset(found)


@lru_cache(maxsize=65536)
def verb_bases(word: str) -> frozenset[str]:
    """Infinitives that a word may be a form of ("stellt" → stellen, "auszustellen" → ausstellen)."""
    words = {word, word.lower()}
    inserted = re.fullmatch(r"([a-zäöü]+)zu([a-zäöüß]+n)", word)
    if inserted and inserted.group(1) in german().token.particles:
        words.add(inserted.group(1) + inserted.group(2))
    return frozenset({fold(_lemma(each)) for each in words} | {fold(word)})


def tokenize(text: str) -> tuple[Token, ...]:
    """Tokens of one sentence, in order, spans into ``text``; ``lemma`` is the folded word."""
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind, piece, start, end = match.lastgroup, match.group(), match.start(), match.end()
        if kind in ("space", "hyphen"):
            continue
        if kind == "word":
            _add_words(tokens, piece, start)
        elif kind == "quoted":
            inner = re.sub(r"\\(.)", r"\1", piece[1:-1]) if piece[0] == '"' else piece[1:-1]
            tokens.append(Token("quoted", piece, piece, start, end, inner))
        elif kind == "domain":
            tokens.append(Token("quoted", piece, piece, start, end, piece))
        elif kind == "number":
            tokens.append(Token("number", piece, piece, start, end, _number(piece)))
        elif kind == "time":
            tokens.append(Token("time", piece, piece, start, end, _minutes(piece)))
        else:
            tokens.append(Token("mark" if kind == "mark" else "other", piece, piece, start, end))
    return tuple(tokens)


def _add_words(tokens: list[Token], piece: str, start: int) -> None:
    for match in re.finditer(r"[^_]+", piece):
        word, at = match.group(), start + match.start()
        value = german().token.numbers.get(fold(word))
        if value is not None and "_" not in piece:
            tokens.append(Token("number", word, fold(word), at, at + len(word), int(value)))
        else:
            tokens.append(Token("word", word, fold(word), at, at + len(word)))


def _number(piece: str) -> int | str:
    """``1.000,50`` as exact decimal text, ``1.000`` as an integer."""
    plain = re.sub(r"[.\u00a0\u202f]", "", piece).replace("−", "-")
    return plain.replace(",", ".") if "," in plain else int(plain)


def _minutes(piece: str) -> int:
    """``8 Uhr``, ``08:30`` as minutes after midnight; -1 for a time that no clock shows."""
    hour, minute = (int(digits) for digits in (*re.findall(r"\d+", piece), "0")[:2])
    return hour * 60 + minute if minute < 60 and hour * 60 + minute <= 1440 else -1
