"""What Words shows: the words of a schema as rows, how each is said, what a change would do. Pure.

Everything that stands in a schema is an author's text: it goes through ``view.plain`` and never through markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content

from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import plural, stack, text
from workbench.tui.view.table import Cell, Column, Row

if TYPE_CHECKING:
    from workbench.authoring.rewording import Effect
    from workbench.authoring.vocabulary import Word
    from workbench.service.vocabulary import Made, Rephrased

COLUMNS = (Column("", 7), Column("one can speak of", 26), Column("also said", drop_below=50))
SAYING_COLUMNS = (Column("", 6), Column("how it is said"))
_KINDS = {"actor": "who", "action": "does", "thing": "thing", "fact": "fact"}
_ABOUT = {
    "actor": "Somebody who acts",
    "action": "Something that is done",
    "thing": "Something that it is done to",
    "fact": "Something that is known",
}
_CHANGES = {
    "ambiguous": "could then mean several things",
    "refused": "would no longer be understood",
    "meaning": "would then mean something else",
    "understood": "is understood from now on",
}
_MOST = 6  # sentences told in one window


class Saying(NamedTuple):
    """How a word is said: a ``phrase`` of it or of a ``value``, or a value itself. ``fixed``: a name, which stays."""

    key: str
    phrase: str
    value: str
    fixed: bool


def rows(words: Sequence[Word]) -> list[Row]:
    """One row for each word; the kind stands where it changes."""
    made, before = [], ""
    for word in words:
        kind = _KINDS[word.kind]
        also = [phrase for phrase in word.phrases if phrase != title(word)]
        cells = (
            Cell(kind if kind != before else "", "accent"),
            Cell(one_line(title(word)), "strong" if kind != "fact" else "plain"),
            Cell(one_line(" · ".join(also) if also else _values(word)), "muted"),
        )
        made.append(Row(word.key, cells))
        before = kind
    return made


def title(word: Word) -> str:
    """What a word is called in lists: facts by whose they are."""
    if word.kind != "fact" or not word.of.startswith(("of a ", "of an ")):
        return word.title
    return f"{word.of.split(' ', 2)[2]}'s {word.title}"


def _values(word: Word) -> str:
    return ", ".join(value.phrases[0] if value.phrases else value.value for value in word.values)


def sayings(word: Word) -> list[Saying]:
    """How a word is said: its name, its phrases, then each value with its own."""
    found = [Saying("name", word.own, "", True)]
    found += [Saying(f"phrase {phrase}", phrase, "", False) for phrase in word.phrases]
    for value in word.values:
        found.append(Saying(f"value {value.value}", "", value.value, True))
        found += [Saying(f"value {value.value} {said}", said, value.value, False) for said in value.phrases]
    return found


def saying_rows(word: Word) -> list[Row]:
    """The rows of :func:`sayings`."""
    made = []
    for saying in sayings(word):
        if saying.value and not saying.phrase:
            cells = (Cell("value", "accent"), Cell(one_line(saying.value), "strong"))
        elif saying.value:
            cells = (Cell(""), Cell(f"  or “{one_line(saying.phrase)}”"))
        else:
            cells = (Cell("name" if saying.fixed else "", "accent"), Cell(f"“{one_line(saying.phrase)}”"))
        made.append(Row(saying.key, cells))
    return made


def about(word: Word, example: str | None) -> Content:
    """What a word is, and a sentence with it; ``example`` is ``None`` while it is being looked for."""
    parts = [_ABOUT[word.kind], word.sort, word.of, word.source]
    if word.sort == "a group":
        parts = ["A group that others belong to", word.of]
    lines = [text(" · ".join(part for part in parts if part), "$muted")]
    if example:
        lines.append(
            Content.assemble(("for example  ", "$muted"), text(f"“{example}”", "$ink"), ("  ✓ compiles", "$ok"))
        )
    elif example is not None:
        lines.append(text("No sentence about it was found that compiles by itself.", "$muted"))
    return stack(*lines)


def prompt(word: Word, value: str) -> str:
    """Before the field that a phrase is typed into."""
    what = f"the value {value} of {title(word)}" if value else title(word)
    return f"another way to say {one_line(what)}"


def hint(word: Word, value: str) -> str:
    """What such a phrase looks like."""
    if value:
        return "for instance: urgent"
    return {"action": "… is the thing: pay … back", "fact": "for instance: sum"}.get(word.kind, "for instance: case")


def consequences(change: Rephrased, words: Sequence[Word]) -> str:
    """What is asked about before a change that clashes is made. ``words``: all there are."""
    said = []
    if change.new_value:
        known = ", ".join(change.new_value)
        said.append(f"“{one_line(change.value)}” is a new value; there are {one_line(known)}.")
    if change.clashes:
        titles = {word.key: title(word) for word in words}
        named = ", ".join(f"“{one_line(titles.get(each, each))}”" for each in change.clashes[:_MOST])
        said.append(f"“{one_line(change.phrase)}” also names {named}.")
    told = change.harm
    for effect in told[:_MOST]:
        whose = " (an example of ours)" if effect.example else ""
        said.append(f"• “{one_line(effect.sentence)}”{whose} {_CHANGES[effect.change]}.")
    if len(told) > _MOST:
        said.append(f"• and {plural(len(told) - _MOST, 'more sentence')}.")
    return "\n".join(said)


def question(change: Rephrased) -> str:
    """The heading over :func:`consequences`."""
    verb = "Take away" if change.removed else "Add"
    return f"{verb} “{one_line(change.phrase)}” anyway?"


def done(made: Made) -> str:
    """What was done, in a line or two."""
    change = made.change
    verb = "taken away" if change.removed else "added"
    said = [f"“{one_line(change.phrase)}” {verb}, in the draft's schema; Review shows it."]
    if change.example:
        said.append(f"Now one can write: “{one_line(change.example)}”")
    understood = _own(each for each in change.effects if not each.harms)
    if understood:
        said.append(f"{plural(understood, 'more sentence is', 'more sentences are')} understood.")
    return " ".join(said)


def _own(effects: Iterable[Effect]) -> int:
    return sum(not each.example for each in effects)
