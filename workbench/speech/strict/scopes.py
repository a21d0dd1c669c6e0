"""Which part of a sentence a citation covers, and the parts that it does not: they are statements of their own.

A key covers the clause that it stands in and the claims before that; never a demand on the other side of a semicolon, a
dash or an arrow ("all is fine [@k]; delete prod"), nor a sentence that goes on behind it ("all is fine [@k] and you
must pay"). A condition keeps its consequent, "as the log says [@k], …" and a relative clause what they belong to.
Imports reading, sentences, grammar, folding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from workbench.speech.strict.folding import fold
from workbench.speech.strict.grammar import Grammar
from workbench.speech.strict.reading import Reading, read
from workbench.speech.strict.sentences import CITATION, Sentence

_HARD = re.compile(r";|—|→|⇒|(?<=\s)(?:–|-{1,2}|[-=]+>)(?=\s)|:(?=\s)")
_BEHIND_END = re.compile(r"[.!?…][\"')*_~`»]*\s*(?:\[\s{0,8}@[^\]\[\n]{0,2048}\]\s*)+$")
"""Citations behind the mark that ends a sentence cover all of it."""
_WORD = re.compile(r"[^\W_]+")
_BORDERS = ";—–→⇒"
_STATES = frozenset({"assertive", "descriptive"})


def keys_in(shown: str) -> tuple[str, ...]:
    """The citation keys of a source text, each once, in order; case and spelling as written. What a reader does not
    see, in a comment of HTML, cites nothing."""
    seen, rest = "", shown
    while rest:
        before, mark, inside = rest.partition("<!--")
        seen += before + " "
        rest = inside.partition("-->")[2] if mark else ""
    return tuple(dict.fromkeys(key.strip() for key in CITATION.findall(seen) if key.strip()))


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a sentence that is a statement of its own, with the keys that cover it."""

    sentence: Sentence
    reading: Reading
    keys: tuple[str, ...]


def parts(sentence: Sentence, reading: Reading, keys: tuple[str, ...], grammar: Grammar) -> list[Part]:
    """The parts of a sentence that citations cover apart; one, the whole, where they cover all of it. Linear."""
    whole = [Part(sentence, reading, keys)]
    if not keys or reading.act not in _STATES or _BEHIND_END.search(sentence.text):
        return whole
    pieces = [each for each in _pieces(sentence, grammar) if _WORD.search(CITATION.sub("", each.sentence.text))]
    made: list[Part] = []
    held: tuple[str, ...] = ()  # the keys of the nearest piece behind that has some
    for place in reversed(range(len(pieces))):
        piece = pieces[place]
        behind = pieces[place + 1] if place + 1 < len(pieces) else None
        if piece.keys:
            held = piece.keys
            made.append(piece)
        elif _alone(piece, behind, bool(held), grammar):
            made.append(piece)
    return made[::-1] if any(not each.keys for each in made) else whole


def _alone(piece: Part, behind: Part | None, covered: bool, grammar: Grammar) -> bool:
    """A piece without a key is a statement that no key covers. ``covered``: a key stands behind it."""
    if piece.reading.act not in _STATES or (piece.reading.act == "descriptive" and piece.reading.fragment):
        return False
    if not covered:
        return True
    if piece.reading.act != "assertive" or piece.reading.marker in grammar.language.words["titles"]:
        return False
    if piece.sentence.text.endswith(":"):  # what a colon introduces tells more of the demand, or is something else
        command = piece.reading.marker in grammar.commands
        return command and behind is not None and behind.reading.act != "assertive"
    return True


def _pieces(sentence: Sentence, grammar: Grammar) -> Iterator[Part]:
    """The sentence cut at hard borders, and each piece behind its last citation where a new statement begins."""
    folded = fold(sentence.shown)
    exact = folded.text.strip() == sentence.text
    offset = len(folded.text) - len(folded.text.lstrip()) if exact else 0
    text = sentence.text
    masked = CITATION.sub(lambda found: "x" * len(found[0]), text)
    begin = 0
    ends = [found.end() for found in _HARD.finditer(masked)] + [len(text)]
    for end in ends:
        for start, stop in _behind_key(text, begin, end, sentence, grammar):
            piece = text[start:stop]
            shown = folded.shown(offset + start, offset + stop) if exact else piece
            known = keys_in(shown) if exact else _written(keys_in(piece), sentence.shown)
            made = replace(sentence, text=piece.strip(), shown=shown.strip().rstrip(_BORDERS).rstrip() or shown)
            yield Part(made, read(made.text, sentence.kind, grammar), known)
        begin = end


def _written(keys: tuple[str, ...], shown: str) -> tuple[str, ...]:
    """Folded keys as the text writes them."""
    return tuple(key for key in keys_in(shown) if fold(key).text in keys)


def _behind_key(text: str, begin: int, end: int, sentence: Sentence, grammar: Grammar) -> list[tuple[int, int]]:
    """The span of a piece, or two where a statement ends with its last citation and another begins behind it."""
    whole = [(begin, end)]
    cited = list(CITATION.finditer(text, begin, end))
    if not cited or not _WORD.search(text, cited[-1].end(), end):
        return whole
    cut = cited[-1].end()
    lists = grammar.language.words
    head, tail = text[begin:cut], text[cut:end]
    first = _WORD.search(CITATION.sub("", head))
    opening = _WORD.search(tail)
    if first is None or opening is None or first[0] in lists["adverbial"]:
        return whole
    border = tail.lstrip()[:1] == "," or opening[0] in lists["joins"] | lists["breaks"]
    if not border or read(text[begin:end], sentence.kind, grammar).act == "conditional":
        return whole
    said, more = (read(each.strip(), sentence.kind, grammar) for each in (head, tail.lstrip(", ")))
    if said.act not in _STATES or said.fragment:
        return whole
    relative = opening[0] in lists["relatives"] | lists["adverbial"]
    goes_on = more.act == "assertive" or (more.act == "descriptive" and not more.fragment and not relative)
    return [(begin, cut), (cut, end)] if goes_on else whole
