"""``ws.vocabulary``: the words that sentences may use, and their change in the draft's schema.

A phrase is a change of the constitution like any other: it stands in the draft's schema, is shown on Review, classed
and signed. What it would do to sentences is found before anything is saved.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.language.diagnostics import DiagnosticsError
from workbench.language.schema import Schema
from workbench.language.schema_phrases import Named, PhraseError, with_phrase, without_phrase
from workbench.language.schema_reader import read_schema
from workbench.service.errors import WorkbenchError
from workbench.service.views import CompileView, Draft

if TYPE_CHECKING:
    from workbench.authoring.rewording import Effect
    from workbench.authoring.vocabulary import Word
    from workbench.service.drafting import Drafting

Step = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Listed:
    """The words of a schema; ``draft`` is the revision that they were read from."""

    draft: Draft
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Rephrased:
    """A change of words in a schema's text, and what it does.

    ``key``: the word's. ``clashes``: keys of what else the phrase names. ``effects``: sentences that it touches, the
    worst first. ``example``: a sentence that uses the phrase and compiles; empty for one taken away, and where none
    was found. ``new_value``: the values that the fact has, where the phrase is for one that it does not have yet: what
    a sentence says of it would never hold, if that is a slip.
    """

    key: str
    phrase: str
    value: str
    removed: bool
    before: str
    after: str
    clashes: tuple[str, ...]
    effects: tuple[Effect, ...]
    example: str
    new_value: tuple[str, ...] = ()

    @property
    def harm(self) -> tuple[Effect, ...]:
        """The sentences that no longer compile, or mean something else."""
        return tuple(effect for effect in self.effects if effect.harms)


@dataclass(frozen=True, slots=True)
class Made:
    """A change that was saved. ``before`` is the draft as it was, ``compiled`` what compiling its English anew made."""

    change: Rephrased
    before: Draft
    draft: Draft
    compiled: CompileView | None


def rephrased(
    schema_text: str,
    wanted: str,
    phrase: str,
    *,
    value: str = "",
    remove: bool = False,
    english: str = "",
    step: Step | None = None,
) -> Rephrased:
    """The change of ``schema_text`` that adds ``phrase`` to the word ``wanted`` (or to its ``value``), or removes it.

    ``english``: the sentences that are looked at. Raises :class:`WorkbenchError`: ``bad_schema``, ``no_word``,
    ``which_word``, ``no_values``, ``bad_phrase``, ``only_small_words``, ``said_already``, ``not_said``, ``own_name``;
    and what ``step`` raises, which is called between sentences.
    """
    from workbench.authoring.examples import example_with
    from workbench.authoring.rewording import clashes, effects, flaw

    before = schema_of(schema_text)
    word = the_word(before, wanted)
    named, said = _named(word, value), " ".join(phrase.replace("...", "…").split())
    if not remove:
        gap = not value and word.kind in ("action", "fact")
        wrong = flaw(said, gap=gap)
        if wrong is not None:
            raise WorkbenchError("that cannot be a phrase", wrong.message, wrong.help, wrong.code)
    if said.casefold() in {word.own.casefold(), word.key.casefold()} and not value and said not in word.phrases:
        what = f"`{said}` is its name in the schema"
        raise WorkbenchError("it is always understood", what, "add another phrase, or rename it", "own_name")
    try:
        after = (without_phrase if remove else with_phrase)(schema_text, named, said)
    except PhraseError as error:
        hint = _known_phrases(word, value, said) if error.code in ("not_said", "said_already") else ""
        raise WorkbenchError("the words stay as they are", str(error), hint, error.code) from None
    changed = schema_of(after)
    about = f"{said} {value} {word.own}" if value else said  # an attribute with its first named value is read otherwise
    touched = effects(english, before, changed, about=about, step=step)
    if remove:  # an example of ours that says it is no loss: there is another one without it
        touched = tuple(effect for effect in touched if not effect.example)
    return Rephrased(
        key=word.key,
        phrase=said,
        value=value,
        removed=remove,
        before=schema_text,
        after=after,
        clashes=() if remove else clashes(changed, named, said),
        effects=touched,
        example="" if remove else example_with(changed, word, said, value),
        new_value=() if remove or not value else _other_values(word, value),
    )


def _other_values(word: Word, value: str) -> tuple[str, ...]:
    """The values that the fact has, where ``value`` is none of them."""
    known = tuple(each.value for each in word.values)
    return () if value in known else known


def _known_phrases(word: Word, value: str, said: str) -> str:
    """What can be taken away, and the value that ``said`` belongs to where it is a phrase of one."""
    of = next((each.value for each in word.values if said in each.phrases), "")
    if of and of != value:
        return f"it is a phrase of its value `{of}`: `--value {of}`"
    known = ", ".join(f"`{each}`" for each in _said(word, value)) or "none"
    return f"its phrases are: {known}"


def _named(word: Word, value: str) -> Named:
    if not value:
        return word.named
    if word.sort.partition(",")[0] not in ("a text", "any number of texts"):
        what = f"`{word.key}` is {word.sort}"
        raise WorkbenchError("it has no values to name", what, "only texts have values with phrases", "no_values")
    if any(mark in value for mark in ":;|"):
        what = f"`{value}` cannot stand in `@values`"
        raise WorkbenchError("that cannot be a value", what, "leave out `:`, `;` and `|`", "no_values")
    return Named("attribute", word.named.owner, word.named.path, value)


def _said(word: Word, value: str) -> tuple[str, ...]:
    if not value:
        return word.phrases
    return next((each.phrases for each in word.values if each.value == value), ())


def the_word(schema: Schema, wanted: str) -> Word:
    """The one word that ``wanted`` names. Raises :class:`WorkbenchError`: ``no_word``, ``which_word``."""
    from workbench.authoring.lexicon import lexicon_of
    from workbench.authoring.vocabulary import find, words_of

    words = words_of(schema)
    found = find(words, wanted)
    if len(found) == 1:
        return found[0]
    if found:
        keys = ", ".join(f"`{word.key}`" for word in found[:6])
        raise WorkbenchError("which of them?", f"`{wanted}` may be {keys}", "name it in full", "which_word")
    near = dict.fromkeys(w.key for said in lexicon_of(schema).nearest(wanted) for w in find(words, said))
    hint = f"nearest: {', '.join(f'`{key}`' for key in list(near)[:3])}" if near else "`workbench words` lists them"
    raise WorkbenchError("no such word", f"the schema has no `{wanted}`", hint, "no_word")


def schema_of(text: str) -> Schema:
    """A schema's text, read. Raises :class:`WorkbenchError` (``bad_schema``)."""
    try:
        return read_schema(text)
    except DiagnosticsError as error:
        raise WorkbenchError("the schema is not clean", str(error), "correct the schema first", "bad_schema") from error


class Vocabulary:
    """The use cases of Words."""

    def __init__(self, drafting: Drafting) -> None:
        self._drafting = drafting

    def listed(self) -> Listed:
        """The words of the draft's schema. Raises :class:`WorkbenchError` (``bad_schema``)."""
        from workbench.authoring.vocabulary import words_of

        draft = self._drafting.draft()
        return Listed(draft, words_of(schema_of(draft.schema)))

    def example(self, schema_text: str, key: str) -> str:
        """A sentence about the word ``key`` that compiles; empty where none was found."""
        from workbench.authoring.examples import example_of

        schema = schema_of(schema_text)
        return example_of(schema, the_word(schema, key))

    def plan(
        self, wanted: str, phrase: str, *, value: str = "", remove: bool = False, step: Step | None = None
    ) -> Rephrased:
        """What a change of words would do to the draft; nothing is saved. Raises as :func:`rephrased`."""
        draft = self._drafting.draft()
        return rephrased(draft.schema, wanted, phrase, value=value, remove=remove, english=draft.english, step=step)

    def make(self, change: Rephrased) -> Made:
        """Save a planned change, and compile the draft's English anew.

        Raises :class:`WorkbenchError` (``stale_draft``) where the schema is no longer the one that was looked at.
        """
        before = self._drafting.draft()
        if before.schema != change.before:
            raise _stale("the schema of the draft was changed since this was looked at")
        draft = self._drafting.save(schema=change.after, revision=before.revision)
        compiled = self._drafting.compile_english(draft.english) if draft.english.strip() else None
        return Made(change, before, compiled.draft if compiled is not None else draft, compiled)

    def undo(self, made: Made) -> Draft:
        """Bring the draft back to what it was before ``made``, as a new revision.

        Raises :class:`WorkbenchError` (``stale_draft``) where something else was changed since.
        """
        now = self._drafting.draft()
        if now.revision != made.draft.revision:
            raise _stale("something else was changed since")
        was = made.before
        return self._drafting.save(
            english=was.english, cedar_plus=was.cedar_plus, schema=was.schema, tests=was.tests, revision=now.revision
        )


def _stale(what: str) -> WorkbenchError:
    return WorkbenchError("the draft was changed elsewhere", what, "look at it again, then decide", "stale_draft")
