"""A sentence as plain words, and the clauses that it falls into.

Markdown, quotation marks and citations are taken away, short forms written out, so that a phrase of a table meets one
spelling; then the words are parted at punctuation and at the conjunctions behind which a new clause begins. Quotation
marks and inline code do not shelter words: what an agent puts between them is judged as its own. Imports sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from workbench.speech.strict.sentences import CITATION

_LINK = re.compile(r"!?\[([^\]\[\n]{0,512})\]\(([^()\n]{0,2048})\)")
_TAG = re.compile(r"</?[a-z][^<>\n]{0,256}>")
_MARKS = re.compile(r"[*`\"“”]|~~|(?<![^\W_])_+|_+(?![^\W_])|(?<!\w)'+|'+(?!\w)")
_TOKEN = re.compile(
    r"(?:https?|ftp|file|mailto):[^\s<>]+"  # an address
    r"|\d+(?:[.,:]\d+)*[^\s,;:()—|!?….]*"  # a number, a time, a version
    r"|[^\W_](?:[^\s,;:()—|!?…]|:(?=\d)|[,](?=\d))*"  # a word, a file name, a file with a line
    r"|--+|[-=]+>|[,;:()—|!?…→⇒]|\s-\s|[^\s\w]|[\w]+"
)
_SYMBOLS = frozenset("&/=+~<^\\")
"""Signs that part clauses where they stand alone ("thanks & delete it"); a tab does, too."""
_ALONE = re.compile(r"(?<=\s)[*_~`]+(?=\s)|\t+")
_BREAKS = {"--": "—", "→": "—", "⇒": "—", "|": ",", "!": ",", "?": ",", "…": ",", "...": ",", ".": ","}
LINE = "¶"
"""The end of a line inside of a paragraph, as a word."""
_SOFT = re.compile(rf"([,{LINE}])")
_PARTS = re.compile(r" ?([;:()—]) ?")


def plain(text: str) -> str:
    """The folded text without citations, addresses of links, tags, emphasis and quotation marks."""
    text = CITATION.sub(" ", text)
    text = _LINK.sub(_linked, text)
    text = _ALONE.sub(" , ", text)
    text = _TAG.sub("", text)
    return _MARKS.sub("", text)


def _linked(found: re.Match[str]) -> str:
    """The text of a link; where its target is no address but words, these, too."""
    target = found[2].strip()
    return f"{found[1]}, {target}" if re.search(r"\s", target) else found[1]


def words_of(text: str, spelling: Mapping[str, str]) -> str:
    """The folded sentence as words and punctuation parted by single blanks, ends of sentence left out."""
    text = plain(text)
    found: list[str] = []
    for line in text.split("\n"):
        for token in _TOKEN.findall(line):
            word = _BREAKS.get(token.strip(), token.strip())
            if word.startswith("--") or word.endswith(">") or word == "-":
                word = "—"
            elif len(word) > 1 and word[-1] == ".":
                word = word.rstrip(".")
            elif not word[:1].isalnum() and word not in ",;:()—":
                word = "," if not word.isascii() or word in _SYMBOLS else ""
            word = spelling.get(word, word)
            if word and not (word == "," and (not found or found[-1] in f",;:(—{LINE}")):
                found.append(word)
        if found and found[-1] == ",":
            found.pop()
        if found and found[-1] not in ";:(—":
            found.append(LINE)
    while found and found[-1] in f",;—{LINE}":
        found.pop()
    return " ".join(found)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A clause, or a part of one: its ``words``, and what stands before it: a comma, a line end, one of ``; : ( ) —``,
    a conjunction, or nothing."""

    words: str
    before: str


def chunks(words: str, opens: re.Pattern[str]) -> list[Chunk]:
    """The clauses of a sentence. ``opens`` matches where a conjunction is followed by a clause of its own."""
    found: list[Chunk] = []
    mark = ""
    for piece in _PARTS.split(words):
        if piece in set(";:()—") and piece:
            mark = piece
            continue
        for part in _SOFT.split(piece):
            if part == LINE:
                mark = "\n"
            if part in {LINE, ","}:
                continue
            for words_, joined in _joined(part.strip(), opens):
                if words_:
                    found.append(Chunk(words_, joined or mark))
                    mark = ""
            mark = mark or ","
        mark = ""
    return found


def _joined(part: str, opens: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """A part without punctuation, cut before each conjunction that begins a clause: (words, the conjunction)."""
    begin = 0
    joined = ""
    for found in opens.finditer(part):
        if found.start() <= begin:
            continue
        yield part[begin : found.start()].strip(), joined
        begin, joined = found.start(), found[0]
    yield part[begin:].strip(), joined
