"""``groups``, ``groups ack | withdraw`` and ``agents``: refusals by rule × agent × action, and who does what.

What was refused is denials and violations; what was held waits for people and stands apart.

An acknowledgement is seen on every terminal and changes no decision; ``acknowledge`` is another command, which signs
for a clock that jumped or a database that was restored.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from workbench.cli.durations import seconds_of, spoken
from workbench.cli.failures import MisusedError
from workbench.cli.keyring import AgentOption, KeyOption, signing_with
from workbench.cli.output import Tone, one_line, utc
from workbench.cli.session import (
    ActorOption,
    JsonOption,
    PassphraseOption,
    Session,
    WorkspaceOption,
    session_of,
)
from workbench.cli.times import span

if TYPE_CHECKING:
    from datetime import datetime

    from workbench.service.governing_views import SignWith
    from workbench.service.group_views import AckView, AgentsView, GroupsView, GroupView
    from workbench.service.workspace import Workspace

NO_RULE = "-"  # for what no rule decided
_MOST = 200

group = typer.Typer(
    help="Refusals in groups of one rule, one agent and one action; acknowledge one for a while.",
    rich_markup_mode=None,
    invoke_without_command=True,
)

WindowOption = Annotated[
    Literal["5m", "1h", "24h", "all"],
    typer.Option("--window", metavar="5m|1h|24h|all", help="What was recorded in so much time."),
]
LimitOption = Annotated[int, typer.Option("--limit", min=1, max=5_000, help="At most so many rows.")]
RuleArgument = Annotated[str, typer.Argument(metavar="RULE", help="The rule, or a norm's name; - where none decided.")]
NameArgument = Annotated[str, typer.Argument(metavar="AGENT", help="The agent, as the list shows it.")]
DeedArgument = Annotated[str, typer.Argument(metavar="ACTION", help="The action, as the list shows it.")]
UnsignedOption = Annotated[
    bool, typer.Option("--unsigned", help="Say it as someone here, without a key, where there would be one.")
]


# ---- commands --------------------------------------------------------------------------------------------------------


@group.callback()
def groups(
    ctx: typer.Context,
    window: WindowOption = "1h",
    order: Annotated[
        Literal["rate", "count", "seen", "name"],
        typer.Option("--order", metavar="rate|count|seen|name", help="Within each part of the list."),
    ] = "rate",
    unacknowledged: Annotated[bool, typer.Option("--open", help="Only refusals that nobody has acknowledged.")] = False,
    limit: LimitOption = _MOST,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Refusals by rule, agent and action: first those that nobody has acknowledged, then what was held, then what is
    known: acknowledged, or refused by a stop."""
    session = session_of(ctx).using(workspace, as_json)
    if ctx.invoked_subcommand is not None:
        return
    with session.opened() as opened:
        found = opened.groups.list(window, order, whole=True)
        names = _names(opened)
    listed = [each for each in found.groups if each.unacknowledged or not unacknowledged]
    if session.show(
        {"window": found.window, "now": found.now, "unacknowledged": found.unacknowledged,
         "held": found.held, "storm": found.storm,
         "dropped": found.counting.dropped, "groups": listed[:limit]}
    ):  # fmt: skip
        return
    _show(session, found, listed, limit, names)


@group.command("ack")
def ack(
    ctx: typer.Context,
    rule: RuleArgument,
    agent_name: NameArgument,
    action: DeedArgument,
    why: Annotated[str, typer.Option("--why", "-m", metavar="TEXT", help="Why, in a sentence. Everyone reads it.")],
    for_: Annotated[
        str, typer.Option("--for", metavar="TIME", help="For how long: 90m, 4h, 7d; at most 30d.", show_default=False)
    ] = "",
    until: Annotated[
        str,
        typer.Option("--until", metavar="WHEN", help="Or until then: `tomorrow` (09:00 UTC), or a time in UTC."),
    ] = "",
    unsigned: UnsignedOption = False,
    key: KeyOption = None,
    agent: AgentOption = None,
    actor: ActorOption = None,
    passphrase_env: PassphraseOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say that a group is known. It comes back when that is over, is withdrawn, or the group grows tenfold.

    Signed with a key of this machine that the roster knows; where there is none, said by someone here. One that was
    signed is said anew with a signature only. No decision changes.
    """
    session = session_of(ctx).using(workspace, as_json)
    if bool(for_) == bool(until):
        raise MisusedError("until when?", "give either `--for` or `--until`", "`--for 4h`", "no_time")
    seconds = seconds_of(for_) if for_ else 0
    with session.opened() as opened:
        end = _end(until, opened.groups.now()) if until else None
        using = _using(opened, unsigned, key, agent, actor, passphrase_env)
        key_ = (_rule(opened, rule, agent_name, action), agent_name, action)
        said = opened.groups.acknowledge(*key_, why=why, seconds=seconds, until=end, using=using)
        now = opened.groups.now()
    if not session.show(said):
        rest = spoken((said.until - now).total_seconds())
        session.out.line(f"{session.out.styled('acknowledged', 'good')}  {_about(said)}")
        session.out.line(f"  until {utc(said.until)} ({rest}), by {_who(said)}: {one_line(said.why)}")
        session.out.line(f"  it comes back at {said.bound:,} refusals in a minute")


@group.command("withdraw")
def withdraw(
    ctx: typer.Context,
    rule: RuleArgument,
    agent_name: NameArgument,
    action: DeedArgument,
    why: Annotated[str, typer.Option("--why", "-m", metavar="TEXT", help="Why, where there is something to say.")] = "",
    unsigned: UnsignedOption = False,
    key: KeyOption = None,
    agent: AgentOption = None,
    actor: ActorOption = None,
    passphrase_env: PassphraseOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take an acknowledgement back. Anybody may, but one that was signed is taken back with a signature only."""
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        using = _using(opened, unsigned, key, agent, actor, passphrase_env)
        key_ = (_rule(opened, rule, agent_name, action), agent_name, action)
        said = opened.groups.withdraw(*key_, why=why, using=using)
    if not session.show(said):
        session.out.line(f"{session.out.styled('withdrawn', 'wait')}  {_about(said)}")


def agents(
    ctx: typer.Context,
    window: WindowOption = "1h",
    order: Annotated[
        Literal["trouble", "busy", "silent", "name"],
        typer.Option("--order", metavar="trouble|busy|silent|name", help="By refusals, decisions, silence or name."),
    ] = "trouble",
    limit: LimitOption = _MOST,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Every agent: what it was told, what part was refused, what of it waits, its silence, whether it is stopped."""
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        found = opened.agents.list(window, order, whole=True)
    if not session.show({"window": found.window, "now": found.now, "agents": found.agents[:limit]}):
        _show_agents(session, found, limit)


# ---- what was meant --------------------------------------------------------------------------------------------------


def _names(workspace: Workspace) -> dict[str, str]:
    """Content ids of norms → their names."""
    return {norm.id: norm.name for norm in workspace.norms.list(in_force=False)}


def _rule(workspace: Workspace, rule: str, agent: str, action: str) -> str:
    """The rule as decisions call it: of several norms of one name, the one that refused this agent this action."""
    if rule == NO_RULE:
        return ""
    found = workspace.groups.list("all", whole=True).groups
    known = {each.rule for each in found if (each.agent, each.action) == (agent, action)}
    if rule in known:
        return rule
    named = [id for id, name in _names(workspace).items() if name == rule and id in known]
    return named[-1] if named else rule


def _using(
    workspace: Workspace,
    unsigned: bool,
    key: Path | None,
    agent: str | None,
    actor: str | None,
    passphrase_env: str | None,
) -> SignWith | None:
    """The key of whoever says it; ``None`` where nobody here has one, or nobody is to sign."""
    named = key is not None or agent is not None or actor is not None
    if unsigned and named:
        raise MisusedError("who says it?", "a key is named, and `--unsigned` as well", "give one", "two_keys")
    if unsigned or not (named or any(view.principal for view in workspace.signing_keys())):
        return None
    try:
        return signing_with(workspace, key, agent, actor, passphrase_env)
    except MisusedError as error:
        if named or error.code != "not_unique":
            raise
        hint = "name one with `--as PRINCIPAL` or `--key PATH`, or say it with `--unsigned`"
        raise MisusedError(error.title, error.detail, hint, error.code) from error


def _end(until: str, now: datetime) -> datetime:
    if until.strip().lower() == "tomorrow":
        return now.replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return span(until, "--until")[0]


# ---- what is shown ---------------------------------------------------------------------------------------------------


def _about(said: AckView) -> str:
    return " × ".join(one_line(part) for part in (said.rule or NO_RULE, said.agent, said.action))


def _who(said: AckView) -> str:
    return one_line(said.by) if said.by else "someone here"


_TONES: dict[str, Tone] = {"violation": "bad", "deny": "bad", "hold": "wait"}


def _show(session: Session, found: GroupsView, listed: list[GroupView], limit: int, names: dict[str, str]) -> None:
    out = session.out
    if found.storm is not None:
        of = f" of {found.storm.of:,}" if found.storm.of > found.storm.groups else ""
        many = f"{found.storm.groups:,}{of} group{'s' * (max(found.storm.groups, found.storm.of) > 1)}"
        out.line(out.styled(f"STORM: {found.storm.rate:,} refusals in the last minute, in {many}", "bad", "bold"))
    if not listed and found.groups:
        out.line("every refusal in this window is known; without `--open` they are listed")
        return
    if not listed:
        out.line("nothing was refused or held in this window; `--window all` looks at everything")
        return
    header = ("rule", "agent", "action", "what", "count", "/min", "first", "last", "known")
    rows = [
        (
            names.get(each.rule, "") or each.rule or NO_RULE, each.agent, each.action,
            f"{each.kind}{f' {each.severity}' if each.severity else ''}", f"{each.count:,}", f"{each.rate:,}",
            f"{each.first:%m-%d %H:%M:%S}", f"{each.last:%m-%d %H:%M:%S}", _known(each, found.now),
        )
        for each in listed[:limit]
    ]  # fmt: skip
    out.table(header, rows, tones=["dim" if each.known else _TONES[each.kind] for each in listed[:limit]])
    more = len(listed) - limit
    if more > 0:
        out.line(f"… and {more:,} more; `--limit` shows more of them")
    if found.counting.dropped:
        out.line(f"{found.counting.dropped:,} groups that were silent longest are left out")


def _known(each: GroupView, now: datetime) -> str:
    if each.standing == "stopped":
        return "by a stop"
    if each.ack is None:
        return "waits in `workbench cases`" if each.kind == "hold" else ""
    if each.standing == "acknowledged":
        return f"{_who(each.ack)}, {spoken((each.ack.until - now).total_seconds())} left: {each.ack.why}"
    return {"grew": f"grew beyond {each.ack.bound:,}/min", "expired": "over"}.get(each.standing, "")


def _show_agents(session: Session, found: AgentsView, limit: int) -> None:
    out = session.out
    if not found.agents:
        out.line("no agent is known: none has acted, and the directory names none")
        return
    header = ("agent", "all", "allow", "hold", "deny", "violation", "refused", "waiting", "silent", "stopped")
    rows = [
        (
            each.agent, f"{each.total:,}", f"{each.allow:,}", f"{each.hold:,}", f"{each.deny:,}",
            f"{each.violation:,}", f"{each.deny_rate:.0%}" if each.total else "—", f"{each.held:,}",
            _silence(each.last, found.now),
            f"until {utc(each.stopped_until)}" if each.stopped_until else "",
        )
        for each in found.agents[:limit]
    ]  # fmt: skip
    tones: list[Tone | None] = [
        "bad" if each.stopped_until or each.violation else "wait" if each.denied or each.held else None
        for each in found.agents[:limit]
    ]
    out.table(header, rows, tones=tones)
    if len(found.agents) > limit:
        out.line(f"… and {len(found.agents) - limit:,} more; `--limit` shows more of them")


def _silence(last: datetime | None, now: datetime) -> str:
    if last is None:
        return "never acted"
    seconds = (now - last).total_seconds()
    return "acting now" if seconds < 2 else spoken(seconds)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(group, name="groups")
    app.command()(agents)
