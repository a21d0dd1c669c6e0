"""``try``: one request, filled in by hand over a recorded one, decided against the draft and what is in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.failures import OUTCOME_CODES, MisusedError, RefusedError
from workbench.cli.output import Printer, Tone, one_line
from workbench.cli.session import JsonOption, WorkspaceOption, session_of

if TYPE_CHECKING:
    from workbench.language.schema import Schema
    from workbench.service.trying import Added, Tried, Verdict

TONE: dict[str, Tone] = {"allow": "good", "deny": "bad", "hold": "wait"}
DONE = {"allow": "✓ allow", "deny": "✗ deny", "hold": "◷ hold"}


def try_(
    ctx: typer.Context,
    event: Annotated[
        int | None,
        typer.Option("--event", metavar="ID", help="Begin from this recorded decision.", show_default=False),
    ] = None,
    test: Annotated[
        str, typer.Option("--test", metavar="NAME", help="Begin from this test case.", show_default=False)
    ] = "",
    fill: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="FIELD=VALUE",
            help="Fill in a field: context.amount=501, principal.role=lead, resource.in=… (repeatable).",
            show_default=False,
        ),
    ] = None,
    form: Annotated[bool, typer.Option("--form", help="Print the fields, and what stands in them.")] = False,
    add: Annotated[bool, typer.Option("--add", help="Add it to the draft as a test case, to be confirmed.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decide one request against the draft, and beside it against what is in force. Nothing is recorded.

    Exits as `decide` does, by what the draft says: 0 allow, 1 deny, 4 hold.
    """
    session = session_of(ctx).using(workspace, as_json)
    if event is not None and test:
        raise MisusedError("which request?", "`--event` and `--test` are given", "give one of them")
    pairs = [_pair(each) for each in fill or ()]
    with session.opened() as opened:
        trying = opened.trying
        trial = trying.of_event(event) if event is not None else trying.of_case(test) if test else trying.blank()
        for key, value in pairs:
            trial = trying.with_field(trial, key, value)
        tried = trying.tried(trial)
        added = trying.add_case(tried) if add else None
        schema = opened.draft().schema
    if not session.show(_document(tried, added)):
        _print(session.out, tried, schema, form)
        if added is not None:
            told = "added to the draft's test cases" if added.new else "a test case of the draft asks this already"
            session.out.line(f"{told}: {one_line(added.name)}")
    if tried.draft.trouble:
        hint = "`workbench draft show` prints it, `workbench check` explains"
        raise RefusedError("the draft cannot decide", tried.draft.trouble, hint, "not_clean")
    raise typer.Exit(OUTCOME_CODES[tried.draft.outcome])


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise MisusedError("what to fill in?", f"`{text}` is no FIELD=VALUE", "write `--set context.amount=501`")
    return key.strip(), value


def _document(tried: Tried, added: Added | None) -> dict[str, Any]:
    return {
        "request": tried.trial.request(),
        "entities": tried.trial.entities,
        "from": tried.trial.origin,
        "fields": [{"key": f.key, "label": f.label, "value": f.text, "kind": f.kind} for f in tried.fields],
        "draft": _verdict(tried.draft),
        "in_force": _verdict(tried.force),
        "differs": tried.differs,
        **({"test_case": added} if added is not None else {}),
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "name": verdict.name,
        "trouble": verdict.trouble,
        "decision": verdict.decision,
        "rules": [{"id": rule.id, "kind": rule.kind, "paraphrase": rule.paraphrase} for rule in verdict.rules],
        "missing": verdict.missing,
    }


def _print(out: Printer, tried: Tried, schema: str, form: bool) -> None:
    from workbench.service.vocabulary import schema_of

    known = schema_of(schema)
    out.line(out.styled(f"from {one_line(tried.trial.origin)}", "dim"))
    group = ""
    for field in tried.fields:
        if not form and field.group != "Who wants what":
            continue
        if field.group != group:
            group = field.group
            out.line(out.styled(one_line(group), "bold"))
        text = next((c.label for c in field.choices if c.value == field.text and field.closed), field.text)
        said = one_line(text) if text else out.styled("nothing" if field.given else "not given", "dim")
        out.line(f"  {one_line(field.label):24}  {said}" + (f"   {field.key}" if form else ""))
    for verdict in (tried.draft, tried.force):
        print_verdict(out, verdict, tried, known)
    if tried.differs:
        out.line(f"the draft changes this: {tried.force.outcome} becomes {tried.draft.outcome}")


def print_verdict(out: Printer, verdict: Verdict, tried: Tried, schema: Schema) -> None:
    """What one constitution says, with the rules in words."""
    from workbench.service.plain_facts import fact_said, types_of, value_said

    types = types_of(tried.trial.request())
    if verdict.trouble:
        out.line(
            f"{out.styled(verdict.name, 'bold')}  {out.styled('cannot be asked', 'bad')}: {one_line(verdict.trouble)}"
        )
        return
    said = out.styled(DONE[verdict.outcome], TONE[verdict.outcome])
    out.line(f"{out.styled(one_line(verdict.name), 'bold')}  {said}  ({one_line(verdict.code)})")
    for rule in verdict.rules:
        out.line(f"  {rule.kind}: {one_line(rule.paraphrase)}")
    for path, value in (verdict.reads or {}).items():
        told = value_said(value, missing=path in verdict.missing)
        out.line(f"    {one_line(fact_said(path, schema, types))}: {one_line(told)}")
    if verdict.code == "not_permitted" and not verdict.near:
        out.line("  no rule permits it, and what nothing permits is denied")
    for near in verdict.near:
        out.line(f"  it would take: {one_line(near.rule.paraphrase)}")
        for path, value in near.reads.items():
            out.line(f"    but {one_line(fact_said(path, schema, types))}: {one_line(value_said(value))}")
    for rule_id, message in verdict.errors:
        out.line(f"  {out.styled('error', 'bad')} {one_line(f'{rule_id}: ' if rule_id else '')}{one_line(message)}")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("try")(try_)
