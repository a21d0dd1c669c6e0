"""What Author asks while a person writes: every sentence compiled as it stands, and the reading that a person chose.

Reads texts, never the store: the faces say which draft they work on. Imports authoring when it is first needed, because
the dictionaries come with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Literal

from workbench.analysis.stop import Stop
from workbench.language.check import check
from workbench.language.diagnostics import DiagnosticsError, LineMap
from workbench.language.schema import Schema
from workbench.language.schema_reader import read_schema
from workbench.service.errors import WorkbenchError
from workbench.service.live_views import LiveView
from workbench.service.origins import Origin, choices_of
from workbench.service.unsaved_texts import UnsavedTexts
from workbench.service.views import Candidate, Draft, SentenceView

if TYPE_CHECKING:
    from workbench.authoring.offers import Completions
    from workbench.authoring.questions import Answer, Inquiry
    from workbench.authoring.result import SentenceResult
    from workbench.authoring.sentences import Sentence
    from workbench.authoring.standing import Standing
    from workbench.service.drafting import Drafting

TOLD_EVERY = 0.1  # seconds between two views of one reading
_MOST_SENTENCES = 2000


class Writing:
    """The use cases of the English pane."""

    def __init__(self, drafting: Drafting, folder: Path | None = None) -> None:
        """``folder``: the workspace's, where what is not saved yet is written down."""
        self._drafting = drafting
        self.unsaved = UnsavedTexts(folder, drafting)
        self._sound: tuple[str, Standing] | None = None

    def live(
        self,
        draft: Draft,
        english: str,
        cedar_plus: str,
        *,
        near: int = 0,
        stop: Stop | None = None,
        tell: Callable[[LiveView], None] | None = None,
    ) -> LiveView:
        """Every sentence of ``english`` under the schema and the choices of ``draft``, with the rules that stand.

        What was read before is not read again. The sentences around ``near`` (an offset) come first, questions last;
        ``tell`` hears what there is so far. Raises :class:`WorkbenchError` (``bad_schema``) and
        :class:`~workbench.analysis.stop.Stopped`.
        """
        from workbench.authoring.sentences import split_sentences

        stop = stop or Stop()
        stop.check()
        sentences = split_sentences(english)[:_MOST_SENTENCES]
        reading = _Live(self, draft, english, cedar_plus, sentences)
        order = sorted(range(len(sentences)), key=lambda n: _distance(sentences[n], near))
        found: dict[int, SentenceView] = {}
        told = monotonic()
        for step in ("alone", "pronouns", "questions"):
            if step == "pronouns":
                reading.replace_pronouns(stop)
            for n in order:
                if step == "pronouns" and not reading.pronoun_replaced(n):
                    continue
                if step == "questions" and not (found[n].status == "ambiguous" and found[n].asked is None):
                    continue
                stop.check()
                found[n] = reading.sentence(n, ask=step == "questions")
                if tell is not None and monotonic() - told > TOLD_EVERY:
                    told = monotonic()
                    tell(_view(english, found, len(sentences)))
        return _view(english, found, len(sentences))

    def standing(self, cedar_plus: str, schema: Schema) -> Standing:
        """The rules of a text; of the last one that was sound, while this one is being written."""
        from workbench.authoring.standing import Standing

        program = check(cedar_plus, schema).program
        if program is None:
            return self._sound[1] if self._sound is not None else Standing(None)
        found = Standing(program)
        self._sound = (cedar_plus, found)
        return found

    def complete(
        self, draft: Draft, pane: Literal["english", "cedar"], text: str, offset: int, *, asked: bool = False
    ) -> Completions:
        """What may come next at ``offset`` of a pane's text. Raises :class:`WorkbenchError` (``bad_schema``)."""
        from workbench.authoring.completion import complete_cedar, complete_english

        schema = readable_schema(draft.schema)
        if pane == "english":
            return complete_english(text, offset, schema, asked=asked)
        return complete_cedar(text, offset, schema)

    # ---- readings ----------------------------------------------------------------------------------------------------

    def inquiry(self, draft: Draft, sentence: str, answers: Sequence[Answer] = ()) -> Inquiry:
        """The readings of ``sentence`` that are left after ``answers``, and the question over them.

        Raises :class:`WorkbenchError`: ``not_ambiguous``, ``no_question``, ``bad_schema``.
        """
        from workbench.authoring.questions import answered, begin

        schema = readable_schema(draft.schema)
        result = self._drafting.sentences.result(sentence, schema)
        if result.status != "ambiguous":
            raise WorkbenchError(
                "nothing to ask",
                f"the sentence is {result.status}",
                "only a sentence with several readings is asked about",
                "not_ambiguous",
            )
        inquiry = begin(result.candidates, schema, result.asked)
        for answer in answers:
            try:
                inquiry = answered(inquiry, answer, schema)
            except ValueError as error:
                raise WorkbenchError(
                    "no such question", str(error), "pick a reading by its number", "no_question"
                ) from error
        return inquiry

    def choose(
        self,
        draft: Draft,
        english: str,
        sentence: str,
        reading: int,
        *,
        answers: Sequence[str] = (),
        by: str = "",
        meant: str = "",
    ) -> Draft:
        """Remember that ``reading`` (from 0) of ``sentence`` is meant; saved with ``english`` as a new revision.

        ``meant``: the sentence as it is compiled, where that is not as it stands. Raises :class:`WorkbenchError`:
        ``not_ambiguous``, ``no_reading``, ``stale_draft``, ``bad_schema``.
        """
        from workbench.authoring.standing import normal, reading_digest

        candidates = self.inquiry(draft, meant or sentence).candidates
        if not 0 <= reading < len(candidates):
            raise WorkbenchError(
                "no such reading",
                f"the sentence has {len(candidates)} readings",
                "name one by its number",
                "no_reading",
            )
        origin = Origin(
            reading_digest(candidates[reading]), reading + 1, len(candidates), tuple(answers), by=by,
            at=self._drafting.moment(),
            meant=normal(meant),
        )  # fmt: skip
        origins = {**draft.origins, normal(sentence): origin}
        return self._drafting.save(english=english, origins=origins, revision=draft.revision)

    def take_back(self, draft: Draft, sentence: str) -> Draft:
        """Forget which reading was chosen for ``sentence``; it is ambiguous again, where its rules do not stand."""
        from workbench.authoring.standing import normal

        origins = {each: origin for each, origin in draft.origins.items() if each != normal(sentence)}
        return self._drafting.save(origins=origins, revision=draft.revision)


class _Live:
    """One text being read."""

    def __init__(
        self, writing: Writing, draft: Draft, english: str, cedar_plus: str, sentences: Sequence[Sentence]
    ) -> None:
        from workbench.authoring.antecedents import Meant

        self._schema = readable_schema(draft.schema)
        self._memory = writing._drafting.sentences
        self._standing = writing.standing(cedar_plus, self._schema)
        self._lines = LineMap(english)
        self._choices = choices_of(draft.origins)
        self._sentences = sentences
        self._meant = [Meant(sentence.text) for sentence in sentences]

    def replace_pronouns(self, stop: Stop) -> None:
        """Find out whom the pronouns at the start of sentences mean, which the sentence before tells."""
        from workbench.authoring.antecedents import meant

        stop.check()
        self._meant = list(meant(self._sentences, self._schema, self._memory))

    def pronoun_replaced(self, n: int) -> bool:
        """Whether sentence ``n`` is compiled in other words than it stands in."""
        return self._meant[n].pronoun_replaced

    def sentence(self, n: int, *, ask: bool) -> SentenceView:
        """Sentence ``n``, with its words linked to its rules."""
        from workbench.authoring.antecedents import read_in_text
        from workbench.authoring.links import links
        from workbench.authoring.sameness import same_meaning

        sentence, said = self._sentences[n], self._meant[n]
        known = (self._lines, self._schema, self._standing, self._memory, self._choices)
        result = read_in_text(sentence, said, *known, ask=ask)
        alone = self._memory.result(said.text, self._schema, ask=False)
        view = sentence_view(result)
        if result.status == "kept":
            rules = self._standing.of(said.text) or self._standing.saying(result.candidates[0].statements)
            stands = [rule.statement for rule in rules]
            same = [each for each in alone.candidates if same_meaning(stands, each.statements)]
            told = replace(view.candidates[0], assumptions=same[0].assumptions) if same else view.candidates[0]
            view = replace(view, rules=tuple(rule.id for rule in rules), candidates=(told,), differs=not same)
        if len(result.candidates) == 1:
            moved = len(said.lead) - said.cut if said.pronoun_replaced else 0
            words = [
                replace(word, start=max(word.start - moved, 0), end=word.end - moved)
                for word in alone.words
                if 0 < word.end - moved <= len(sentence.text)
            ]
            cedar_plus = result.candidates[0].cedar_plus
            view = replace(view, links=links(sentence.text, words, cedar_plus, self._schema))
        return view


def _distance(sentence: Sentence, near: int) -> int:
    return max(sentence.start - near, near - sentence.end, 0)


def _view(english: str, found: dict[int, SentenceView], of: int) -> LiveView:
    return LiveView(english, tuple(found[n] for n in sorted(found)), of - len(found))


def readable_schema(text: str) -> Schema:
    """The schema of a text. Raises :class:`WorkbenchError` (``bad_schema``)."""
    try:
        return read_schema(text)
    except DiagnosticsError as error:
        raise WorkbenchError("the schema is not clean", str(error), "correct the schema first", "bad_schema") from error


def sentence_view(result: SentenceResult) -> SentenceView:
    """A sentence's result for faces."""
    return SentenceView(
        text=result.text,
        start=result.start,
        end=result.end,
        status=result.status,
        candidates=tuple(Candidate(c.cedar_plus, c.paraphrase, c.assumptions) for c in result.candidates),
        question=result.question,
        diagnostics=result.diagnostics,
        asked=result.asked,
        meant=result.meant,
        readings=tuple(Candidate(c.cedar_plus, c.paraphrase, c.assumptions) for c in result.readings),
    )
