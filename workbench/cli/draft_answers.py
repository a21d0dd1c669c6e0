"""Which readings of the draft's sentences are meant: said with options or asked for, and remembered with the draft."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.cli.answering import Given, Picked, ask_about, read_line, settled
from workbench.cli.failures import MisusedError
from workbench.cli.output import Printer

if TYPE_CHECKING:
    from workbench.authoring.questions import Answer, Inquiry
    from workbench.service.views import SentenceView
    from workbench.service.workspace import Workspace


def choose_readings(out: Printer, opened: Workspace, english: str, options: Given, asks: bool) -> None:
    """Choose among the readings of the sentences of ``english``, the draft's next text.

    Raises :class:`MisusedError`, :class:`RefusedError`, :class:`WorkbenchError`; then nothing is saved.
    """
    from workbench.authoring.questions import answered
    from workbench.service.writing import readable_schema

    writing, draft = opened.drafting.writing, opened.draft()
    schema = readable_schema(draft.schema)
    sentences = writing.live(draft, english, draft.cedar_plus).sentences

    def start(number: int) -> Inquiry | None:
        sentence = _numbered(sentences, number)
        several = sentence.status == "ambiguous" or sentence.readings
        return writing.inquiry(draft, sentence.meant or sentence.text) if several else None

    def go(inquiry: Inquiry, answer: Answer) -> Inquiry:
        return answered(inquiry, answer, schema)

    chosen: dict[int, Picked] = settled(options, start, go)
    for number, sentence in enumerate(sentences, start=1) if asks else ():
        if number not in chosen and sentence.status == "ambiguous":
            inquiry = writing.inquiry(draft, sentence.meant or sentence.text)
            found = ask_about(out, read_line, sentence.text, inquiry, go)
            if found is not None:
                chosen[number] = found
    for number, each in chosen.items():
        one = sentences[number - 1]
        draft = writing.choose(draft, english, one.text, each.place, answers=each.answers, meant=one.meant)


def _numbered(sentences: tuple[SentenceView, ...], number: int) -> SentenceView:
    if not 1 <= number <= len(sentences):
        what = f"the text has {len(sentences)} sentences, not {number}"
        raise MisusedError("no such sentence", what, "`draft compile` numbers them", "no_sentence")
    return sentences[number - 1]
