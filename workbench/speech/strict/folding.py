"""One spelling for all writings that look alike, so that no typography hides a word; the source is kept for display.

Width and font variants, ligatures (NFKC), look-alike letters of other scripts, curly apostrophes, exotic blanks and
dashes become their plain forms; invisible characters vanish; letters lose their accents, except that ä, ö, ü and ß
become ae, oe, ue and ss, as German is typed without a German keyboard. Imports nothing of ours.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

_QUOTES = dict.fromkeys("‘’‚‛ʼʹˈ´`′＇ꞌ᾿", "'") | dict.fromkeys("“”„‟″«»＂❝❞〝〞", '"')
_DASHES = dict.fromkeys("‐‑‒﹣－", "-") | dict.fromkeys("–—―−⸺", "—")
_ENDS = {
    "。": ".",
    "．": ".",
    "｡": ".",
    "！": "!",
    "？": "?",
    "‼": "!",
    "⁇": "?",
    "⁈": "?",
    "⁉": "!",
    "؟": "?",
    "…": "…",
}
_GERMAN = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ẞ": "ss"}
_UNDECOMPOSED = {"ø": "o", "đ": "d", "ł": "l", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe"}
_PLAIN = _QUOTES | _DASHES | _ENDS | _GERMAN | _UNDECOMPOSED
_NOT_JOINED = set("´ʹ`")  # compatibility forms would turn these into a blank and a mark
_CYRILLIC = dict(zip("авгеікмнорстухьјѕһԁԛԝѡ", "abreikmhopctyxbjshdqww", strict=True))
_GREEK = dict(zip("αβγεηικνορστυχωϲϳ", "abyenikvopotuxwcj", strict=True))
_OTHERS = {"ɑ": "a", "ɡ": "g", "ɩ": "i", "ʟ": "l", "ո": "n", "օ": "o", "ս": "u", "հ": "h", "ց": "g", "զ": "q", "ᴏ": "o"}
LOOK_ALIKES = _CYRILLIC | _GREEK | _OTHERS
"""Letters of other scripts that are drawn like a Latin letter; lower case to lower case."""
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_LINE_ENDS = frozenset("\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")


@dataclass(frozen=True, slots=True)
class Folded:
    """``text``, folded and in lower case, and for each of its characters where it stood in ``source``."""

    text: str
    source: str
    places: tuple[int, ...] | None
    """Offsets into ``source``; None where every character stands in its old place."""

    def at(self, index: int) -> int:
        """Offset in the source of the folded character ``index`` (the source's length beyond the end)."""
        if self.places is None:
            return index
        return self.places[index] if index < len(self.places) else len(self.source)

    def shown(self, start: int, end: int) -> str:
        """The source text that the folded span stands for, without blanks around it."""
        return self.source[self.at(start) : self.at(end)].strip()


def fold(source: str) -> Folded:
    """``source`` with one spelling for all look-alike writings. Linear in its length; never raises."""
    if source.isascii() and not _CONTROLS.search(source):
        return Folded(source.lower(), source, None)
    out: list[str] = []
    places: list[int] = []
    place = 0
    length = len(source)
    while place < length:
        end = place + 1
        while end < length and unicodedata.category(source[end]) in {"Mn", "Me"}:
            end += 1
        plain = _cluster(source[place:end])
        if source[place] == "\r" and end < length and source[end] == "\n":
            plain = ""
        out.append(plain)
        places.extend([place] * len(plain))
        place = end
    return Folded(_latin_words("".join(out)), source, tuple(places))


def _cluster(cluster: str) -> str:
    """A character with the marks on it, folded: possibly nothing, possibly several characters."""
    first = cluster[0]
    if first in _LINE_ENDS:
        return "\n"
    if " " <= first < "\x7f" and len(cluster) == 1:
        return first.lower()
    if first in _PLAIN and len(cluster) == 1:
        return _PLAIN[first]
    if first in _NOT_JOINED:
        return "'"
    if first in LOOK_ALIKES and len(cluster) == 1:
        return first  # what it becomes is for its word to say; compatibility forms would make other letters of it
    composed = unicodedata.normalize("NFKC", cluster[:8]).lower()  # no letter carries more marks that mean something
    return "".join(_letter(each) for each in composed)


def _letter(char: str) -> str:
    if char in _PLAIN:
        return _PLAIN[char]
    category = unicodedata.category(char)
    if category in {"Cf", "Mn", "Me", "Cc"} and char not in "\n\t":
        return ""
    if category in {"Zs", "Zl", "Zp"}:
        return " "
    if category[0] == "L" and char >= "\x80":
        bare = unicodedata.normalize("NFD", char)[0]
        return bare if bare.isascii() else char
    return char


def _latin_words(text: str) -> str:
    """The text with look-alike letters made Latin in every word that holds a Latin letter, then in all if most are."""
    if text.isascii() or not any(char in LOOK_ALIKES for char in text):
        return text
    text = _made_latin(text, lambda word: any("a" <= each <= "z" for each in word))
    latin = sum("a" <= char <= "z" for char in text)
    if latin <= sum(char in LOOK_ALIKES for char in text):
        return text
    return _made_latin(text, lambda word: all(each in LOOK_ALIKES for each in word))


def _made_latin(text: str, concerned: Callable[[list[str]], bool]) -> str:
    """The text with the look-alike letters of those words made Latin; character for character."""
    out: list[str] = []
    word: list[str] = []
    for char in (*text, ""):
        if char.isalpha():
            word.append(char)
            continue
        out += [LOOK_ALIKES.get(each, each) for each in word] if word and concerned(word) else word
        word = []
        out.append(char)
    return "".join(out)
