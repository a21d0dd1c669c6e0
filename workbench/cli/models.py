"""``model show | set | test``, and ``compile --model``: a language model's help, by configuration.

A key is read from a variable or without echo from the terminal, goes into the system's keyring or nowhere, and is never
printed. Imports the service inside the functions.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.failures import FAILED, REFUSED, MisusedError
from workbench.cli.output import Printer, one_line
from workbench.cli.session import JsonOption, Session, session_of

if TYPE_CHECKING:
    from workbench.analysis.task import Task
    from workbench.authoring.model_assist import Assisted
    from workbench.language.schema import Schema
    from workbench.service.model_client import Answer
    from workbench.service.model_config import ModelSettings
    from workbench.service.model_dialogue import ModelProgress
    from workbench.service.models import AssistedDocument

group = typer.Typer(help="The language model that may help with English: which, and how it is reached.",
                    rich_markup_mode=None)  # fmt: skip


@group.command("show")
def show(ctx: typer.Context, as_json: JsonOption = False) -> None:
    """The configured model. A key is never shown, only where it is looked for."""
    from workbench.service.model_config import config_path, load_settings

    session = session_of(ctx).using(as_json=as_json)
    settings = load_settings()
    document = {"file": str(config_path()), "configured": settings is not None}
    if session.show(document | (settings.shown() if settings else {})):
        return
    if settings is None:
        session.out.line("no model is configured; everything works without one")
        session.out.line("  `workbench model set PROVIDER/MODEL --key-env NAME` configures one")
        return
    _print_settings(session.out, settings)


def _print_settings(out: Printer, settings: ModelSettings) -> None:
    shown = settings.shown()
    there = {None: "", True: ", set", False: ", not set here"}[shown["key_is_set"]]
    rows = [
        ("model", shown["model"]),
        ("key", shown["key"] + there),
        ("address", shown["base_url"] or "the provider's own"),
        ("timeout", f"{shown['timeout']:g} s"),
        ("temperature", f"{shown['temperature']:g}"),
        ("candidates", str(shown["candidates"])),
    ]
    for name, value in rows:
        out.line(f"{name:<12} {one_line(str(value))}")


@group.command("set")
def set_(
    ctx: typer.Context,
    model: Annotated[
        str, typer.Argument(metavar="PROVIDER/MODEL", help="As litellm spells it: openai/…, ollama_chat/….")
    ],
    key_env: Annotated[
        str, typer.Option("--key-env", metavar="NAME", help="The environment variable that holds the key.")
    ] = "",
    keyring: Annotated[
        bool, typer.Option("--keyring", help="Keep the key in the system's keyring; it is asked for without echo.")
    ] = False,
    base_url: Annotated[
        str, typer.Option("--base-url", metavar="URL", help="An address of your own instead of the provider's.")
    ] = "",
    timeout: Annotated[float, typer.Option("--timeout", metavar="SECONDS", help="For one answer as a whole.")] = 60.0,
    temperature: Annotated[float, typer.Option("--temperature", metavar="T", help="Of the first candidate.")] = 0.0,
    candidates: Annotated[
        int, typer.Option("--candidates", metavar="K", help="How many answers are compared with each other.")
    ] = 3,
    as_json: JsonOption = False,
) -> None:
    """Configure the model for all workspaces of yours. The file holds no key."""
    from workbench.service.model_config import checked_settings, save_settings, store_key

    session = session_of(ctx).using(as_json=as_json)
    if keyring and key_env:
        raise MisusedError("where is the key?", "both `--key-env` and `--keyring` are given", "give one")
    values = {"model": model, "key_env": key_env, "key_in_keyring": keyring, "base_url": base_url,
              "timeout": timeout, "temperature": temperature, "candidates": candidates}  # fmt: skip
    settings = checked_settings(values)
    if keyring:
        store_key(settings, _key_from_terminal())
    path = save_settings(settings)
    if not session.show({"file": str(path)} | settings.shown()):
        session.out.line(f"written to {one_line(str(path))}")
        _print_settings(session.out, settings)
        session.out.line("`workbench model test` asks it one tiny question")


def _key_from_terminal() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline()
    from getpass import getpass

    try:
        return getpass("Key (nothing is shown): ")
    except EOFError:
        raise MisusedError("no key", "the input ended", "give it on the terminal or on standard input") from None


@group.command("test")
def ask(
    ctx: typer.Context,
    model: Annotated[
        str, typer.Argument(metavar="[PROVIDER/MODEL]", help="Default: the configured one.", show_default=False)
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Ask the model one tiny question, and say how long it took. Exits 1 where it does not answer."""
    from workbench.analysis.task import Task
    from workbench.cli.analysing import InterruptedWorkError, interrupted, worked
    from workbench.service.models import greet

    session = session_of(ctx).using(as_json=as_json)

    def work(task: Task) -> tuple[ModelSettings, Answer]:
        return greet(model, task.stop)

    try:
        settings, answer = worked("model", "asking the model", work, Task())
    except InterruptedWorkError as error:
        raise interrupted() from error
    document = {
        "model": settings.name,
        "answered": bool(answer.text.strip()),
        "seconds": round(answer.seconds, 3),
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": answer.completion_tokens,
        "cost_usd": answer.cost or None,
    }
    if not session.show(document):
        said = one_line(" ".join(answer.text.split())[:60])
        told = f"answers “{said}”" if answer.text.strip() else "answers with nothing"
        cost = f", {answer.cost} US dollars" if answer.cost else ""
        session.out.line(f"{one_line(settings.name)} {told} after {answer.seconds:.1f} s{cost}")
    if not answer.text.strip():
        raise typer.Exit(FAILED)


# ---- compile --model -------------------------------------------------------------------------------------------------


def compile_assisted(
    session: Session, name: str, english: str, schema: Schema, model: str, accept_rewrites: bool
) -> None:
    """``compile`` with a model asked about what is refused or ambiguous. Exits as ``compile`` does."""
    from workbench.analysis.task import Task
    from workbench.cli.analysing import InterruptedWorkError, interrupted, worked
    from workbench.cli.compiled import compiled_document, print_compiled, whole
    from workbench.service.models import assistant_for, compile_with_model

    assistant = assistant_for(model)

    def work(task: Task) -> AssistedDocument:
        def tell(progress: ModelProgress) -> None:
            task.step(progress.sentence - 1, progress.sentences, f"sentence {progress.sentence}, {progress.way}")

        return compile_with_model(
            english, schema, "", assistant, accept_rewrites=accept_rewrites, stop=task.stop, tell=tell
        )

    try:
        found = worked("model", f"asking {assistant.settings.name}", work, Task())
    except InterruptedWorkError as error:
        raise interrupted() from error
    if not session.show(_document(compiled_document(found.result), found)):
        print_compiled(session.out, name, found.english, found.result)
        _print_origins(session.out, found)
    if not whole(found.result):
        raise typer.Exit(REFUSED)


def _document(document: dict[str, Any], found: AssistedDocument) -> dict[str, Any]:
    """The documented form of ``compile`` with what a model had to do with it; keys are only added."""
    for n, sentence in enumerate(document["sentences"]):
        assisted = found.sentences.get(n)
        if assisted is None:
            continue
        sentence["provenance"] = _provenance(assisted)
        for place, candidate in enumerate(sentence["candidates"]):
            candidate["provenance"] = assisted.candidate_dict(place)
    document["taken_rewrites"] = [
        {"text": each.result.text, "provenance": _provenance(each), "candidate": each.candidate_dict(0)}
        for each in found.taken
    ]
    document["english"] = found.english
    return document


def _provenance(assisted: Assisted) -> dict[str, Any]:
    told = assisted.provenance.to_dict() if assisted.provenance else {}
    return told | {"failure": assisted.failure.to_dict() if assisted.failure and not assisted.proposals else None}


def _print_origins(out: Printer, found: AssistedDocument) -> None:
    """What was taken over, what a person may put in a sentence's place, and what it cost."""
    for each in found.taken:
        proposal = each.proposals[0]
        assert proposal is not None
        out.line(f"taken over: {one_line(each.result.text)}")
        out.line(f"        as: {one_line(' '.join(proposal.rewrite))}")
    if found.taken:
        out.line("`--json` has the text with them, under `english`; put it in the place of yours")
    asked = [each for each in (*found.sentences.values(), *found.taken) if each.provenance and each.provenance.requests]
    if any(proposal is not None for each in found.sentences.values() for proposal in each.proposals):
        out.line("a model's reading compiles nothing: put its sentences in the place of yours to confirm them")
    if asked:
        out.line(_spent(asked))


def _spent(asked: Sequence[Assisted]) -> str:
    from decimal import Decimal

    each = [a.provenance for a in asked if a.provenance is not None]
    requests, tokens = sum(p.requests for p in each), sum(p.prompt_tokens + p.completion_tokens for p in each)
    costs = [Decimal(p.cost) for p in each if p.cost]
    cost = f"{sum(costs):f} US dollars" if len(costs) == len(each) else "cost unknown"
    times = f"{requests} time{'s' if requests != 1 else ''}"
    return f"{one_line(each[0].model)} was asked {times} about {len(each)} sentence{'s' if len(each) > 1 else ''}: " + (
        f"{tokens:,} tokens, {cost}, {sum(p.seconds for p in each):.1f} s"
    )


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(group, name="model")
