"""How a compilation of English is told: the documented JSON, and lines for a person; with a model or without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from workbench.cli.answering import question_dict
from workbench.cli.diagnostics import print_diagnostics
from workbench.cli.output import Printer, one_line, visible

if TYPE_CHECKING:
    from workbench.authoring.result import DocumentResult, SentenceResult
    from workbench.cli.output import Tone
    from workbench.service.scenarios import Handling


def whole(result: DocumentResult) -> bool:
    """Whether there are sentences, and every one of them compiled or stands already."""
    compiled = all(sentence.status in ("compiled", "kept") for sentence in result.sentences)
    clean = not any(finding.severity == "error" for finding in result.diagnostics)
    return bool(compiled and clean and result.sentences)


def compiled_document(result: DocumentResult, handled: Sequence[Handling] | None = None) -> dict[str, Any]:
    """The documented JSON form; ``scenarios`` where some were given."""
    return {
        "sentences": [
            {
                "text": sentence.text,
                "span": [sentence.start, sentence.end],
                "status": sentence.status,
                "candidates": [
                    {
                        "cedar_plus": reading.cedar_plus,
                        "paraphrase": reading.paraphrase,
                        "assumptions": list(reading.assumptions),
                    }
                    for reading in sentence.candidates
                ],
                "question": sentence.question,
                "diagnostics": sentence.diagnostics,
                **({"asked": question_dict(sentence.asked)} if sentence.asked is not None else {}),
            }
            for sentence in result.sentences
        ],
        "cedar_plus": result.cedar_plus,
        "tests": result.tests,
        "diagnostics": result.diagnostics,
        **({"scenarios": [asdict(each) for each in handled]} if handled is not None else {}),
    }


def print_compiled(
    out: Printer, name: str, english: str, result: DocumentResult, handled: Sequence[Handling] | None = None
) -> None:
    """The same for a person."""
    for number, sentence in enumerate(result.sentences, start=1):
        print_sentence(out, number, sentence)
        print_diagnostics(out, name, english, sentence.diagnostics)
    told = {id(d) for sentence in result.sentences for d in sentence.diagnostics}
    print_diagnostics(out, name, english, [d for d in result.diagnostics if id(d) not in told])
    if not result.sentences:
        out.line("no sentences found")
    elif result.tests:
        tests = len(result.tests)
        out.line(f"{tests} test case{'s' if tests > 1 else ''} proposed; `--json` prints them")
    if handled:
        out.line()
    for each in handled or ():
        _print_handling(out, each)


def _print_handling(out: Printer, each: Handling) -> None:
    """One scenario: what it comes to, by which sentences, and whether that is what was expected."""
    wrong = each.met is False
    expected = f", expected {each.expect}" if wrong else ""
    tone: Tone = "bad" if wrong else "wait" if not each.handled else "good"
    out.line(f"{out.styled(each.outcome + expected, tone)}  {one_line(each.name)}")
    for said in each.sentences or each.rules:
        out.line("   by: " + one_line(said))
    if each.message:
        out.line("   " + one_line(each.message))


def print_sentence(out: Printer, number: int, sentence: SentenceResult) -> None:
    tone = {"refused": "bad", "ambiguous": "wait"}.get(sentence.status, "good")
    status = out.styled(sentence.status, tone)  # type: ignore[arg-type]
    out.line(f"{number}. {out.styled(one_line(sentence.text), 'bold')}  [{status}]")
    for place, reading in enumerate(sentence.candidates, start=1):
        if len(sentence.candidates) > 1:
            out.line(out.styled(f"   reading {place}", "dim"))
        for line in reading.cedar_plus.rstrip("\n").split("\n"):
            out.line("     " + visible(line))
        out.line("   = " + one_line(reading.paraphrase))
        for assumption in reading.assumptions:
            out.line("   assumed: " + one_line(assumption))
    if sentence.question:
        out.line("   question: " + one_line(sentence.question))
    out.line()
