"""Cuts a text into the sentences that are judged one by one, and says where each stands.

A sentence ends at ``.``, ``!``, ``?`` or ``…`` before a blank, with the closing marks and the citations that follow;
not after an abbreviation, an initial, an ordinal, nor inside a number, file name, address, citation or inline code.
Headings, list items and quotations are cut on their own. Imports folding and blocks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from workbench.speech.strict.blocks import PROSE_TAGS, Block, Kind, blocks
from workbench.speech.strict.folding import Folded, fold

CITATION = re.compile(r"\[\s{0,8}@([^\]\[\n]{0,2048})\]")
"""A citation marker ``[@key]``; group 1 is the key with the blanks around it."""
_OPAQUE = re.compile(
    r"\[\s{0,8}@[^\]\[\n]{0,2048}\]|`[^`\n]+`|\b(?:https?|ftp|file|mailto):[^\s<>\"']*[^\s<>\"'.,;:!?)]"
)
_END = re.compile(r"[.!?…]+[\"')\]}*_~`»]*")
_TRAILING = re.compile(r"(?:\s{0,8}\[\s{0,8}@[^\]\[\n]{0,2048}\])+[.!?]?(?=\s|$)")
_NEXT = re.compile(r"\s+(\w+)")
_BEFORE = re.compile(r"[^\s(\[\"'*_]+$")
_LONGEST_WORD = 64
_COMMENT = re.compile(r"\s*(?://|#|--|/?\*|;|<!--|%)")
_PROSE_LINE = re.compile(r"[\"'>\s]*[^\W\d_]+(?:[ ,;:'\"—-]+[^\W_]+){2,}[\"')]*[.!?…]*\s*$")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: ``text`` is folded, ``shown`` as it was written, ``start`` and ``end`` its place in the source."""

    text: str
    shown: str
    start: int
    end: int
    kind: Kind
    block: int
    """Number of the block that it stands in."""
    group: int = 0
    """Sentences of one block quotation share a number above 0."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The sentences of a text; ``code`` says that it also holds code, which asserts nothing."""

    sentences: tuple[Sentence, ...]
    code: bool


def cut(source: str, dotted: frozenset[str]) -> Cut:
    """The sentences of ``source`` in order. ``dotted``: folded words after which a dot ends no sentence, and the words
    (months) before which a number with a dot is an ordinal. Linear in the length of the text."""
    folded = fold(source)
    found: list[Sentence] = []
    code = False
    for number, block in enumerate(blocks(folded.text)):
        if block.kind == "code":
            code = True
            found += _words_in_code(block, folded, number)
            continue
        text, starts = block.text(folded.text), block.starts()
        for start, end in spans(text, dotted):
            first, last = block.at(start, starts), block.at(end - 1, starts) + 1
            shown = folded.shown(first, last)
            place = folded.at(first)
            sentence = Sentence(text[start:end], shown, place, folded.at(last), block.kind, number, block.group)
            found.append(sentence)
    return Cut(tuple(found), code)


def spans(text: str, dotted: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Spans of the sentences of one block's ``text``, blanks around them left out."""
    masked = _OPAQUE.sub(lambda found: "x" * len(found[0]), text)
    begin = 0
    for found in _END.finditer(masked):
        end = found.end()
        if end <= begin or (end < len(text) and not text[end].isspace() and not _glued(masked, found)):
            continue
        if found[0] == "." and _goes_on(masked[max(begin, found.start() - _LONGEST_WORD) : found.start()], dotted):
            after = _NEXT.match(masked, end)
            if after and (not masked[found.start() - 1].isdigit() or after[1] in dotted):
                continue
        cited = _TRAILING.match(text, end)
        if cited:
            end = cited.end()
        yield from _trimmed(text, begin, end)
        begin = end
    yield from _trimmed(text, begin, len(text))


def _glued(masked: str, found: re.Match[str]) -> bool:
    """``!`` or ``?`` with a word directly behind it: an end all the same, outside of paths and queries."""
    if found[0][0] not in "!?" or not masked[found.end()].isalpha():
        return False
    word = _BEFORE.search(masked[max(0, found.start() - _LONGEST_WORD) : found.start()])
    return word is not None and not set(word[0]) & set("/=&#\\")


def _goes_on(before: str, dotted: frozenset[str]) -> bool:
    """The dot behind ``before`` may belong to its last word: an abbreviation, an initial, a number of one or two
    digits."""
    found = _BEFORE.search(before)
    if found is None:
        return False
    word = found[0]
    if len(word) == 1 and word.isalpha():
        ahead = before[: found.start()].rstrip()
        return not ahead or ahead.endswith(".")
    return word in dotted or (len(word) <= 2 and word.isdigit())


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[start:end]
    if piece.strip():
        start += len(piece) - len(piece.lstrip())
        yield start, start + len(piece.strip())


def _words_in_code(block: Block, folded: Folded, number: int) -> Iterator[Sentence]:
    """Lines of a fence that are sentences rather than code: a fence does not turn words into a program."""
    plain = block.tag in PROSE_TAGS
    for start, end in block.lines:
        line = folded.text[start:end]
        comment = _COMMENT.match(line)
        if comment and not plain:
            continue
        skipped = comment.end() if comment else 0
        words = line[skipped:]
        if _PROSE_LINE.match(words) and (plain or words.rstrip()[-1:] in set(".!?…")):
            first = start + skipped
            place = folded.at(first)
            yield Sentence(words.strip(), folded.shown(first, end), place, folded.at(end), "code", number)
