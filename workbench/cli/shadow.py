"""``shadow``: run a proposed version beside the one in force, deciding nothing, and see where they differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.drafts import find_proposal
from workbench.cli.failures import MisusedError
from workbench.cli.output import Printer, Tone, one_line, utc
from workbench.cli.session import JsonOption, WorkspaceOption, session_of

if TYPE_CHECKING:
    from workbench.service.shadowing import ShadowView

_TONES: dict[str, Tone] = {"allow": "good", "deny": "bad", "hold": "wait"}


def shadow(
    ctx: typer.Context,
    version: Annotated[
        str, typer.Argument(metavar="VERSION", help="A proposed version to begin with. Default: show what runs.")
    ] = "",
    stop: Annotated[bool, typer.Option("--stop", help="End it, and print what it saw.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask a proposed version beside the one in force, on live traffic. It decides nothing; differences are counted."""
    session = session_of(ctx).using(workspace, as_json)
    if version and stop:
        raise MisusedError("begin or end?", "a version and `--stop` are given", "give one of them")
    with session.opened() as opened:
        found: ShadowView | None
        if stop:
            found = opened.shadowing.stop()
        elif version:
            found = opened.shadowing.start(find_proposal(opened, version).version.digest)
        else:
            found = opened.shadowing.view()
    if session.show({"shadow": found}):
        return
    if found is None:
        session.out.line("no shadow runs; `workbench shadow VERSION` begins one with a proposed version")
    else:
        print_shadow(session.out, found)


def print_shadow(out: Printer, found: ShadowView) -> None:
    """What a shadow saw, for a person."""
    state = out.styled(found.state, "accent" if found.state == "running" else "dim")
    out.line(f"{out.styled(found.version, 'bold')}  shadow {state} since {utc(found.since)}")
    apart = found.denied + found.allowed + found.held
    out.line(f"  {found.decisions:,} decisions, {apart:,} of them otherwise under {found.version}")
    for count, what in ((found.denied, "deny"), (found.held, "hold"), (found.allowed, "allow")):
        out.line(f"  newly {_PAST[what]:<8} {out.styled(f'{count:,}', _TONES[what])}")
    for sample in found.samples:
        would = out.styled(f"{sample.decided} → {sample.shadow}", _TONES[sample.shadow])
        why = one_line(sample.rule or sample.code)
        out.line(
            f"    {sample.event:>6}  {would}  {one_line(sample.agent)}  {one_line(sample.action)} "
            f"{one_line(sample.resource)}  ({why})"
        )


_PAST = {"deny": "denied", "hold": "held", "allow": "allowed"}


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(shadow)
