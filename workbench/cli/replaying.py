"""``replay``: recorded decisions decided again under a draft, and what it would have changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.analysing import InterruptedWorkError, interrupted, worked
from workbench.cli.failures import MisusedError, RefusedError
from workbench.cli.inputs import json_list
from workbench.cli.output import Printer, Tone, one_line, utc
from workbench.cli.session import JsonOption, SchemaOption, Session, WorkspaceOption, session_of

if TYPE_CHECKING:
    from workbench.analysis.task import Task
    from workbench.language.program import Program
    from workbench.service.replayed import Replayed

DRAFT = "draft"
_TONES: dict[str, Tone] = {"denied": "bad", "held": "wait", "allowed": "good"}
_SHOWN = 3  # examples of each rule
_STEP = 200


def replay(
    ctx: typer.Context,
    log: Annotated[
        Path | None,
        typer.Argument(
            metavar="LOG",
            help="Decisions, one JSON object a line; - for standard input. Default: the workspace's own record.",
            show_default=False,
        ),
    ] = None,
    against: Annotated[
        str, typer.Option("--against", metavar="DRAFT", help="`draft`, or a file of Cedar+ or an artifact.")
    ] = DRAFT,
    base: Annotated[
        Path | None,
        typer.Option("--base", metavar="FILE", help="With LOG: the constitution that decided it.", show_default=False),
    ] = None,
    entities: Annotated[
        Path | None,
        typer.Option("--entities", metavar="FILE", help="With LOG: what is believed besides.", show_default=False),
    ] = None,
    days: Annotated[int, typer.Option("--days", metavar="N", help="Of the last N days; 0 for all.", min=0)] = 7,
    schema: SchemaOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """What an amendment would have newly denied, held and allowed, with counts by rule and agent, and examples.

    Exits 0 whatever it finds. A line of LOG has `request`, and `entities`, `facts`, `at`, `outcome` where known.
    """
    session = session_of(ctx).using(workspace, as_json)
    if log is None and (base is not None or entities is not None):
        raise MisusedError("which log?", "`--base` and `--entities` go with a LOG", "name its file")
    try:
        found = _of_workspace(session, against, schema, days) if log is None else _of_log(
            session, log, against, base, entities, schema
        )  # fmt: skip
    except InterruptedWorkError as error:
        raise interrupted() from error
    if not session.show(document(found)):
        _print(session.out, found, log is None)


def _program(path: Path, schema: Path | None) -> Program:
    from workbench.cli.sources import read_source

    return read_source(path, schema).program()


def _of_workspace(session: Session, against: str, schema: Path | None, days: int) -> Replayed:
    given = None if against == DRAFT else (against, _program(Path(against), schema))
    with session.opened() as opened:
        replaying = opened.replaying

        def work(task: Task) -> Replayed:
            return replaying.run(days, lambda told: task.step(told.done, told.total, told.what), against=given)

        return worked("replay", "deciding again", work)


def _of_log(
    session: Session, log: Path, against: str, base: Path | None, entities: Path | None, schema: Path | None
) -> Replayed:
    from workbench.service.redecided import Engine, Redeciding
    from workbench.service.replay_logs import log_lines, records_of
    from workbench.service.replayed import so_far, summed

    before: Program | None = None if base is None else _program(base, schema)
    believed: list[Any] = [] if entities is None else json_list(entities)
    if against == DRAFT:
        name, after, revision, stands, known = _drafted(session)
        before, believed = before or stands, believed or known
    else:
        name, after, revision = against, _program(Path(against), schema), 0
    was = None if before is None else Engine.of(before)
    work = Redeciding(Engine.of(after), lambda _: was, _directory(believed, entities), trusting=was is None)

    def read(task: Task) -> int:
        total = 0
        with log_lines(log) as lines:
            for total, record in enumerate(records_of(lines, str(log)), start=1):
                if total % _STEP == 0:
                    task.step(total, 0, so_far(work))
                if was is None and not record.outcome:
                    what = f"line {record.key} of `{log}` does not say what was decided"
                    raise RefusedError("compared with what?", what, "name what decided it: `--base FILE`", "no_outcome")
                work.take(record)
        return total

    total = worked("replay", "deciding again", read)
    return summed(work, after, name, revision, None, total)


def _directory(believed: list[Any], path: Path | None) -> Any:
    from workbench.service.redecided import Directory

    try:
        return Directory(believed)
    except (KeyError, TypeError, AttributeError):
        raise RefusedError(
            "these are no entities", f"`{path}`", "a list of {uid, attrs, parents}", "bad_entities"
        ) from None


def _drafted(session: Session) -> tuple[str, Program, int, Program, list[Any]]:
    """The draft of the workspace, what is in force, and what is believed."""
    with session.opened() as opened:
        draft = opened.draft()
        after = opened.analysing.subject(DRAFT).program
        return "the draft", after, draft.revision, opened.analysing.subject("").program, list(opened.entities())


def document(found: Replayed) -> dict[str, Any]:
    """The JSON form."""
    return {
        "against": found.against,
        "revision": found.revision,
        "since": found.since,
        "total": found.total,
        "looked_at": found.looked_at,
        "same": found.same,
        "denied": found.count("denied"),
        "held": found.count("held"),
        "allowed": found.count("allowed"),
        "set_aside": found.aside,
        "by_rule": [
            {
                "change": each.change,
                "rule": each.rule_id,
                "paraphrase": each.rule.paraphrase if each.rule is not None else "",
                "count": each.count,
                "examples": each.examples,
            }
            for each in found.by_rule
        ],
        "by_agent": found.by_agent,
    }


def _print(out: Printer, found: Replayed, recorded: bool) -> None:
    since = f" since {utc(found.since)}" if found.since is not None else ""
    what = "recorded decisions" if recorded else "decisions of the log"
    out.line(f"{out.styled(one_line(found.against), 'bold')}: {found.looked_at:,} {what}{since} decided again")
    if not found.looked_at:
        out.line(
            "  there is nothing to decide again: " + ("nothing was recorded then" if recorded else "the log is empty")
        )
        return
    for change in ("denied", "held", "allowed"):
        out.line(f"  newly {change:<8} {out.styled(f'{found.count(change):,}', _TONES[change])}")
    out.line(f"  as before      {found.same:,}")
    for why, count in found.aside.items():
        out.line(out.styled(f"  set aside      {count:,}, {one_line(why)}", "dim"))
    if found.patched:
        said = f"{found.patched:,} were recorded before the directory last changed: what was not recorded is as today"
        out.line(out.styled(f"  note: {said}", "dim"))
    for each in found.by_rule:
        words = each.rule.paraphrase if each.rule is not None else "no rule permits it any more"
        name = f" [{one_line(each.rule_id)}]" if each.rule_id else ""
        out.line(
            f"\n{out.styled(f'newly {each.change}: {each.count:,}', _TONES[each.change])}  {one_line(words)}{name}"
        )
        for example in each.examples[:_SHOWN]:
            when = f"{utc(example.at)}  " if example.at is not None else ""
            was = f"{example.outcome}{f' by {example.rule}' if example.rule else ''}"
            out.line(
                f"    {example.key:>6}  {when}{one_line(example.agent)}  {one_line(example.action)} "
                f"{one_line(example.resource)}  ({one_line(was)})"
            )
    if found.by_agent:
        told = (f"{one_line(each.agent)} {each.count:,} {each.change}" for each in found.by_agent[:12])
        out.line("\nagents: " + ", ".join(told))


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("replay")(replay)
