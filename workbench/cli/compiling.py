"""``compile``: English into Cedar+, for a file, without a workspace; where it has several readings, one is chosen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.answering import AnswerOption, AskOption, PickOption
from workbench.cli.failures import REFUSED, MisusedError
from workbench.cli.inputs import STDIN, shown_name, text_of
from workbench.cli.output import one_line
from workbench.cli.session import JsonOption, Session, on_terminal, session_of
from workbench.cli.sources import accepted_schema

if TYPE_CHECKING:
    from workbench.authoring.questions import Answer, Inquiry
    from workbench.authoring.result import DocumentResult, SentenceResult
    from workbench.cli.answering import Given
    from workbench.language.schema import Schema
    from workbench.service.scenarios import Handling, Scenario


def compile_(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Sentences; - for standard input.")],
    schema: Annotated[Path, typer.Option("--schema", metavar="FILE", help="The Cedar schema whose words are used.")],
    scenarios: Annotated[
        Path | None,
        typer.Option("--scenarios", metavar="FILE", help="Requests that the text should handle (JSON), each decided."),
    ] = None,
    answer: AnswerOption = None,
    pick: PickOption = None,
    ask: AskOption = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            metavar="NAME",
            help="Ask this language model about what is not understood; `default` for the configured one.",
            show_default=False,
        ),
    ] = None,
    accept_rewrites: Annotated[
        bool, typer.Option("--accept-rewrites", help="Take over the model's rewrites of which nothing is doubtful.")
    ] = False,
    language: Annotated[
        str, typer.Option("--language", metavar="CODE", help="What the sentences are written in: en, or de for German.")
    ] = "en",
    as_json: JsonOption = False,
) -> None:
    """Turn English, or German, into Cedar+: rules with paraphrases, questions, tests and findings.

    A sentence with several readings is asked about where a person is at the terminal. Exits 0 when every sentence
    compiled, 3 otherwise. What a model says is a reading to confirm, and compiles nothing.
    """
    from workbench.cli.answering import given

    session = session_of(ctx).using(as_json=as_json)
    if accept_rewrites and model is None:
        raise MisusedError("whose rewrites?", "`--accept-rewrites` goes with `--model`", "name a model")
    _check_language(language, model)
    options = given(answer, pick)
    if model is not None and scenarios is not None:
        what = "a model's readings are put into the text to confirm them"
        raise MisusedError("scenarios go without a model", what, "leave `--model`, or the scenarios, out")
    if model is not None and (options or ask):
        what = "a model's readings are put into the text to confirm them"
        raise MisusedError("answers go without a model", what, "leave `--model`, or the answers, out")
    if ask and session.as_json:
        raise MisusedError("nobody can be asked", "`--json` prints one document", "use `--answer` or `--pick`")
    if ask and file == STDIN:
        raise MisusedError("nobody can be asked", "the sentences come from standard input", "name a file")
    english = text_of(file)
    known = accepted_schema(shown_name(schema), text_of(schema))
    if model is not None:
        from workbench.cli.models import compile_assisted

        compile_assisted(session, shown_name(file), english, known, model, accept_rewrites)
        return
    from workbench.cli.compiled import compiled_document, print_compiled, whole

    asks = ask if ask is not None else on_terminal() and file != STDIN and not session.as_json
    wanted = _scenarios(scenarios)
    result = _compiled(session, english, known, language, options, asks)
    told = _handled(result, known, wanted) if wanted is not None else None
    if not session.show(compiled_document(result, told)):
        print_compiled(session.out, shown_name(file), english, result, told)
    if not whole(result):
        raise typer.Exit(REFUSED)


def _scenarios(file: Path | None) -> list[Scenario] | None:
    """Read before anything is compiled, so that a slip in the file costs nothing."""
    from workbench.service.scenarios import read_scenarios

    return read_scenarios(file) if file is not None else None


def _handled(result: DocumentResult, schema: Schema, scenarios: list[Scenario]) -> tuple[Handling, ...]:
    from workbench.language.check import check
    from workbench.service.scenarios import handled

    program = check(result.cedar_plus, schema).program
    return handled(program, scenarios) if program is not None else ()


def _check_language(language: str, model: str | None) -> None:
    from workbench.authoring.speech import LANGUAGES

    if language not in LANGUAGES:
        there = ", ".join(f"`{code}` ({name})" for code, name in LANGUAGES.items())
        raise MisusedError("no such language", f"there is no language `{one_line(language)}`", f"there are {there}")
    if model is not None and language != "en":
        raise MisusedError(
            "a model writes English", "`--model` goes with English sentences", "leave out one of the two"
        )


def _compiled(
    session: Session, english: str, schema: Schema, language: str, options: Given, asks: bool
) -> DocumentResult:
    """The text compiled; once more where readings were chosen, which costs those sentences alone."""
    from workbench.authoring.document import compile_document
    from workbench.authoring.questions import answered
    from workbench.authoring.sentence_memory import SentenceMemory
    from workbench.authoring.standing import reading_digest
    from workbench.cli.answering import ask_about, read_line, settled

    memory = SentenceMemory()
    result = compile_document(english, schema, memory=memory, language=language)

    def start(number: int) -> Inquiry | None:
        return _begun(result, number, schema)

    def go(inquiry: Inquiry, answer: Answer) -> Inquiry:
        return answered(inquiry, answer, schema)

    chosen = settled(options, start, go)
    for number in range(1, len(result.sentences) + 1) if asks else ():
        inquiry = start(number) if number not in chosen else None
        if inquiry is not None:
            found = ask_about(session.out, read_line, result.sentences[number - 1].text, inquiry, go)
            if found is not None:
                chosen[number] = found
    if not chosen:
        return result
    choices = {_known_by(result.sentences[n - 1]): reading_digest(each.reading) for n, each in chosen.items()}
    return compile_document(english, schema, choices=choices, memory=memory, language=language)


def _known_by(sentence: SentenceResult) -> str:
    from workbench.authoring.standing import normal

    return normal(sentence.meant or sentence.text)


def _begun(result: DocumentResult, number: int, schema: Schema) -> Inquiry | None:
    from workbench.authoring.questions import begin

    if not 1 <= number <= len(result.sentences):
        what = f"the text has {len(result.sentences)} sentences, not {number}"
        raise MisusedError("no such sentence", what, "`compile` numbers them", "no_sentence")
    sentence = result.sentences[number - 1]
    if sentence.status != "ambiguous":
        return None
    return begin(sentence.candidates, schema, sentence.asked)
