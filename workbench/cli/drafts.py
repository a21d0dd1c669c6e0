"""``draft show | set | reset | compile | test | review``: the working text of a workspace, from files."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.analysing import PROVING, InterruptedWorkError, interrupted, worked
from workbench.cli.answering import AnswerOption, AskOption, PickOption, given
from workbench.cli.diagnostics import SourceError, print_diagnostics
from workbench.cli.failures import FAILED, REFUSED, MisusedError
from workbench.cli.inputs import json_list, text_of
from workbench.cli.output import Printer, Tone, one_line, utc, visible
from workbench.cli.session import JsonOption, WorkspaceOption, on_terminal, session_of
from workbench.cli.testing import print_run
from workbench.service.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.service.views import CheckView, CompileView, Draft, ProposalView, ReviewView
    from workbench.service.workspace import Workspace

group = typer.Typer(help="The working text: what is written before it is proposed.", rich_markup_mode=None)


@group.command("show")
def show(
    ctx: typer.Context,
    part: Annotated[
        str | None,
        typer.Option(
            "--part", metavar="PART", help="Print one part alone: english, cedar-plus, schema, invariants or tests."
        ),
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """The draft: its English and its Cedar+."""
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        draft = opened.draft()
    if part is not None:
        _show_part(session.out, draft, part)
    elif not session.show(draft):
        out = session.out
        state = "changed" if draft.changed else "the same as what is in force"
        out.line(
            f"revision {draft.revision}, from {one_line(draft.base_version)}, saved {utc(draft.saved_at)}: {state}"
        )
        if draft.behind is not None:
            out.line(out.styled(one_line(draft.behind.words), "wait"))
        texts = (("English", draft.english), ("Cedar+", draft.cedar_plus), ("Invariants", draft.invariants))
        for title, text in texts if draft.invariants.strip() else texts[:2]:
            out.line("\n" + out.styled(title, "bold"))
            out.text(text)
        out.line(f"\n{len(draft.tests)} test cases")


def _show_part(out: Printer, draft: Draft, part: str) -> None:
    texts = {
        "english": draft.english,
        "cedar-plus": draft.cedar_plus,
        "schema": draft.schema,
        "invariants": draft.invariants,
    }
    if part == "tests":
        out.json(draft.tests)
    elif part in texts:
        out.raw(texts[part])
    else:
        raise MisusedError(
            "no such part", f"`{part}`", "the parts are english, cedar-plus, schema, invariants and tests"
        )


@group.command("set")
def set_(
    ctx: typer.Context,
    english: Annotated[
        Path | None, typer.Option("--english", metavar="FILE", help="English sentences.", show_default=False)
    ] = None,
    cedar_plus: Annotated[
        Path | None, typer.Option("--cedar-plus", metavar="FILE", help="Cedar+ rules.", show_default=False)
    ] = None,
    schema: Annotated[
        Path | None, typer.Option("--schema", metavar="FILE", help="The Cedar schema.", show_default=False)
    ] = None,
    tests: Annotated[
        Path | None, typer.Option("--tests", metavar="FILE", help="Test cases (JSON).", show_default=False)
    ] = None,
    invariants: Annotated[
        Path | None,
        typer.Option(
            "--invariants",
            metavar="FILE",
            help="Cedar+: a forbid is never permitted, a permit is always permitted; proved when it is proposed.",
            show_default=False,
        ),
    ] = None,
    revision: Annotated[
        int | None,
        typer.Option("--revision", metavar="N", help="Refuse unless the draft is still at this revision."),
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Replace parts of the draft with files. What is not named stays as it is."""
    session = session_of(ctx).using(workspace, as_json)
    if not (english or cedar_plus or schema or tests or invariants):
        what = "name `--english`, `--cedar-plus`, `--schema`, `--tests` or `--invariants`"
        raise MisusedError("nothing to set", "no file was named", what)
    parts: dict[str, Any] = {
        "english": text_of(english) if english else None,
        "cedar_plus": text_of(cedar_plus) if cedar_plus else None,
        "schema": text_of(schema) if schema else None,
        "tests": tuple(json_list(tests)) if tests else None,
        "invariants": text_of(invariants) if invariants else None,
    }
    with session.opened() as opened:
        base = revision if revision is not None else opened.draft().revision
        draft = opened.save_draft(**parts, revision=base)
        checked = opened.check(draft.cedar_plus, draft.revision, draft.schema)
        promised = _promised(opened, draft)
    clean = checked.clean and (promised is None or promised.clean)
    told = promised.diagnostics if promised is not None else ()
    shown = {"draft": draft, "clean": clean, "diagnostics": checked.diagnostics, "invariants": told}
    if not session.show(shown):
        session.out.line(f"saved as revision {draft.revision}")
        print_diagnostics(session.out, "draft", draft.cedar_plus, checked.diagnostics)
        print_diagnostics(session.out, "draft (invariants)", draft.invariants, told)
    if not clean:
        raise typer.Exit(REFUSED)


def _promised(opened: Workspace, draft: Draft) -> CheckView | None:
    """Diagnostics of the draft's invariants; ``None`` where it has none, or its schema, told of already, is none."""
    if not draft.invariants.strip():
        return None
    try:
        return opened.drafting.check_invariants(draft.invariants, draft.revision, draft.schema)
    except WorkbenchError as error:
        if error.code != "bad_schema":
            raise
        return None


@group.command("reset")
def reset(
    ctx: typer.Context,
    to: Annotated[
        str,
        typer.Option("--to", metavar="PROPOSAL", help="Begin from a proposal that is still open.", show_default=False),
    ] = "",
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put the draft aside and begin from what is in force. The text stays in the draft's history."""
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        opened.drafting.reset(find_proposal(opened, to).version.digest if to else "")
        draft = opened.draft()
    if not session.show(draft):
        again = "begins from" if to else "is again"
        session.out.line(f"the draft {again} {one_line(draft.base_version)} (revision {draft.revision})")


@group.command("rebase")
def rebase(
    ctx: typer.Context,
    to: Annotated[str, typer.Argument(metavar="PROPOSAL", help="An open proposal. Default: what is in force.")] = "",
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep the draft's text and say that it holds what is new in another version already. `draft review` shows."""
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        active = opened.version().version
        draft = opened.drafting.rebase(find_proposal(opened, to).version.digest if to not in ("", active) else "")
    if not session.show(draft):
        session.out.line(f"the draft is now a change of {one_line(draft.base_version)} (revision {draft.revision})")


@group.command("compile")
def compile_(
    ctx: typer.Context,
    add: Annotated[
        list[str] | None,
        typer.Option("--add", metavar="SENTENCE", help="Add this sentence first (repeatable).", show_default=False),
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
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compile the draft's English onto its Cedar+; sentences whose rules stand are kept.

    Which reading of a sentence is meant is remembered with the draft until the sentence changes. Of what a model
    proposes only what a person says yes to is taken over.
    """
    from workbench.cli.draft_answers import choose_readings
    from workbench.cli.draft_models import asked_document, asked_model, taken

    session = session_of(ctx).using(workspace, as_json)
    options = given(answer, pick)
    if accept_rewrites and model is None:
        raise MisusedError("whose rewrites?", "`--accept-rewrites` goes with `--model`", "name a model")
    if ask and session.as_json:
        raise MisusedError("nobody can be asked", "`--json` prints one document", "use `--answer` or `--pick`")
    with session.opened() as opened:
        english = opened.draft().english
        for sentence in add or ():
            english = english.rstrip("\n") + f"\n- {' '.join(sentence.split())}\n"
        asks = ask if ask is not None else on_terminal() and not session.as_json
        if options or asks:
            choose_readings(session.out, opened, english, options, asks)
        draft = opened.draft()
        found = asked_model(opened, draft, english, model) if model is not None else None
        choices = taken(session.out, found, accept=accept_rewrites, asks=asks) if found is not None else {}
        if found is not None and choices:
            view = opened.drafting.assisting.confirm(draft, found, choices)
            english = view.draft.english
        else:
            view = opened.compile_english(english)
    if not session.show(view if found is None else asked_document(view, found, choices)):
        _print_compiled(session.out, english, view)
    if any(sentence.status in ("ambiguous", "refused") for sentence in view.sentences):
        raise typer.Exit(REFUSED)


def _print_compiled(out: Printer, english: str, view: CompileView) -> None:
    for number, sentence in enumerate(view.sentences, start=1):
        if sentence.status != "kept":
            out.line(f"{number}. {sentence.status}: {one_line(sentence.text)}")
            for place, reading in enumerate(sentence.candidates if sentence.status == "ambiguous" else (), start=1):
                out.line(f"  reading {place}: {one_line(reading.paraphrase)}")
            if sentence.question:
                out.line(f"  question: {one_line(sentence.question)}")
            print_diagnostics(out, "draft (English)", english, sentence.diagnostics)
    for rule in view.new_rules:
        out.line(out.styled(f"\n[{one_line(rule.id)}]", "good"))
        out.text(rule.cedar_plus)
        out.line("= " + one_line(rule.paraphrase))
    kept = sum(sentence.status == "kept" for sentence in view.sentences)
    counted = ((len(view.new_rules), "new rule"), (len(view.new_tests), "new test case"), (kept, "sentence"))
    out.line("\n" + ", ".join(f"{count} {what}{'' if count == 1 else 's'}" for count, what in counted) + " kept")


@group.command("test")
def run_tests(ctx: typer.Context, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Run the draft's test cases on both engines."""
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        draft = opened.draft()
        checked = opened.check(draft.cedar_plus, draft.revision, draft.schema)
        if not checked.clean:
            raise SourceError("draft", draft.cedar_plus, checked.diagnostics)
        run = opened.run_tests()
    if not session.show(run):
        print_run(session, run)
    if run.failed or run.disagreements:
        raise typer.Exit(FAILED)


@group.command("review")
def review(ctx: typer.Context, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """The draft against what is in force: text difference, class of amendment, what stands in the way.

    Exits 1 while it cannot be proposed.
    """
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        try:
            found = worked("review", PROVING, opened.review)
        except InterruptedWorkError:
            raise interrupted() from None
    if not session.show(found):
        print_review(session.out, found)
    if found.blockers:
        raise typer.Exit(FAILED)


def print_text_difference(out: Printer, before: str, after: str, old: str, new: str) -> None:
    """A unified difference of two texts; nothing where they are the same."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), old, new, lineterm="", n=2)
    for line in lines:
        tone = {"+": "good", "-": "bad", "@": "dim"}.get(line[:1])
        out.line(out.styled(visible(line), tone) if tone else visible(line))  # type: ignore[arg-type]


def print_review(out: Printer, found: ReviewView) -> None:
    """A review for a person: a unified difference, then class, reasons, procedure and blockers."""
    print_text_difference(out, found.before_cedar, found.after_cedar, found.before_version, "proposed")
    for part in found.parts:
        print_text_difference(out, part.before, part.after, part.part, part.part)
    if not found.amendment_class:
        out.line("nothing changed")
    else:
        out.line(f"{found.amendment_class} amendment: {one_line(found.procedure)}")
        for reason in found.class_reasons:
            out.line("  because " + one_line(reason))
    from workbench.authoring.model_notes import told

    for line in told(found.after_english, found.after_cedar):
        out.line(f"  with a model: {one_line(line)}")
    _print_invariants(out, found)
    for warning in found.warnings:
        out.line(f"{out.styled('note:', 'wait')} {one_line(warning.message)} ({one_line(warning.code)})")
        if warning.help:
            out.line("  help: " + one_line(warning.help))
    for blocker in found.blockers:
        out.line(f"{out.styled('in the way:', 'bad')} {one_line(blocker.message)} ({one_line(blocker.code)})")
        if blocker.help:
            out.line("  help: " + one_line(blocker.help))


def _print_invariants(out: Printer, found: ReviewView) -> None:
    """Each invariant with its verdict; the assumption stands once, it is the same for all of them."""
    if not found.invariants:
        return
    from workbench.analysis.words import headline, tone

    tones: dict[str, Tone] = {"good": "good", "bad": "bad", "warn": "wait", "open": "wait"}
    for answer, words in zip(found.invariants, found.invariant_words, strict=True):
        word = {"holds": "proved:", "fails": "broken:"}.get(answer.verdict, "open:")
        out.line(f"{out.styled(word, tones[tone(answer)])} {one_line(headline(answer))}")
        out.line("  " + one_line(words))
    out.line(out.styled(f"  {found.invariants[0].assumption.words}", "dim"))


def find_proposal(workspace: Workspace, wanted: str) -> ProposalView:
    """The proposal that ``wanted`` names; the one open proposal where it is empty. Raises :class:`MisusedError`."""
    found = list(workspace.proposals(open_only=not wanted))
    if wanted:
        bare = wanted.removeprefix("sha256:")
        exact = [p for p in found if p.version.version == wanted]
        found = exact or [p for p in found if len(bare) >= 4 and _hex(p).startswith(bare)]
        if len(found) > 1:
            found = [p for p in found if p.state in ("proposed", "approved")] or found
    if not found:
        raise MisusedError(
            "no such proposal",
            f"`{wanted}` names none" if wanted else "none is open",
            "`workbench proposals` lists them",
            "unknown_proposal",
        )
    if len(found) > 1:
        raise MisusedError("which proposal?", f"{len(found)} fit", "name it by its digest", "not_unique")
    return found[0]


def _hex(proposal: ProposalView) -> str:
    return proposal.version.digest.removeprefix("sha256:")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(group, name="draft")
