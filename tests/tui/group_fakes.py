"""Groups and agents for tests of screens: frozen values with the real rooms' methods, no store behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from workbench.service.errors import WorkbenchError
from workbench.service.group_views import AckView, AgentsView, AgentView, Counting, GroupsView, GroupView, Storm

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
_BUSY = (0, 0, 1, 0, 2, 1, 0, 3, 2, 4, 9, 20, 80, 240, 700, 1500, 2900, 5200, 8100, 9000)
_CALM = (0, 1, 0, 0, 2, 0, 1, 0, 0, 0, 1, 0, 2, 0, 0, 1, 0, 0, 1, 1)


def ack_of(group: GroupView, **change: Any) -> AckView:
    """What ana said of it: forty minutes ago, for four hours."""
    said = AckView(
        "ab12", *group.key, 'Operator::"ana"', "the vendor's tool retries; ticket 4711", NOW - timedelta(minutes=40),
        NOW + timedelta(hours=3, minutes=20), 1, 10, 900,
    )  # fmt: skip
    return replace(said, **change)


def group(
    rule: str, agent: str, action: str, kind: str = "violation", *, count: int = 4, rate: int = 1, **more: Any
) -> GroupView:
    """A group; its minutes are busy where its rate is."""
    values: dict[str, Any] = {
        "severity": "", "code": "forbidden", "total": count * 2, "minutes": _BUSY if rate > 50 else _CALM,
        "first": NOW - timedelta(hours=2, minutes=5), "last": NOW - timedelta(seconds=1 if rate else 700),
        "newest": 23 * 4 + 1,
    }  # fmt: skip
    return GroupView(rule, agent, action, kind, count=count, rate=rate, **(values | more))  # type: ignore[arg-type]


def a_few() -> list[GroupView]:
    """One of each kind."""
    known = group("forbid-refund-over-500", "chen", "issue_refund", count=61, rate=1, severity="high")
    grew = group("budget", "kofi", "reply", count=210, rate=44, severity="warn")
    over = group("no-external-share", "dalia", "share_external", count=9, rate=0, severity="critical")
    return [
        group("forbid-refund-over-500", "ada", "issue_refund", count=10_012, rate=9_870, severity="critical"),
        replace(grew, standing="grew", ack=ack_of(grew, rate=4, bound=40)),
        replace(over, standing="expired", ack=ack_of(over, by="", until=NOW - timedelta(minutes=5))),
        group("hold-large-refund", "bruno", "issue_refund", "hold", count=7, rate=1, code="held"),
        group("", "emil", "close_ticket", "deny", count=3, rate=0, code="not_permitted"),
        replace(known, standing="acknowledged", ack=ack_of(known)),
    ]


class FakeGroups:
    """``ws.groups``. ``listed``: what there is; acknowledging changes it, as the real one does."""

    def __init__(self, listed: Sequence[GroupView] = (), *, storm: Storm | None = None) -> None:
        self.listed = list(listed)
        self.said: list[tuple[Any, ...]] = []
        self.thick = storm
        self.counting = Counting()
        self.asked: list[tuple[str, str]] = []

    def list(self, window: str = "1h", order: str = "rate", *, whole: bool = False) -> GroupsView:
        del whole
        self.asked.append((window, order))
        found = [g for g in self.listed if window in ("all", "24h") or g.count]
        if order == "name":
            found.sort(key=lambda g: g.key)
        found.sort(key=lambda g: (g.known, not g.unacknowledged))
        return GroupsView(window, order, tuple(found), NOW, self.thick, self.counting)

    def get(self, rule: str, agent: str, action: str) -> GroupView:
        found = [g for g in self.listed if g.key == (rule, agent, action)]
        if not found:
            raise WorkbenchError("no such group", "it has refused nothing", "", "no_group")
        return found[0]

    def unacknowledged(self, window: str = "1h") -> int:
        del window
        return sum(g.unacknowledged for g in self.listed)

    def storm(self) -> Storm | None:
        return self.thick

    def now(self) -> datetime:
        return NOW

    def acknowledge(self, rule: str, agent: str, action: str, *, why: str, until: datetime, using: Any) -> AckView:
        self.said.append(("acknowledge", rule, agent, action, why, until, using))
        ack = ack_of(self.get(rule, agent, action), why=why, until=until, by='Operator::"ana"' if using else "")
        self._replace(rule, agent, action, standing="acknowledged", ack=ack)
        return ack

    def withdraw(self, rule: str, agent: str, action: str, **_: Any) -> AckView:
        self.said.append(("withdraw", rule, agent, action))
        ack = self.get(rule, agent, action).ack
        assert ack is not None
        self._replace(rule, agent, action, standing="open", ack=None)
        return ack

    def _replace(self, *key: str, **change: Any) -> None:
        self.listed = [replace(g, **change) if g.key == key else g for g in self.listed]


def agent(name: str, allow: int, hold: int = 0, deny: int = 0, violation: int = 0, **more: Any) -> AgentView:
    """An agent that acted a moment ago."""
    values: dict[str, Any] = {
        "rate": (allow + hold + deny + violation) // 30, "minutes": _BUSY if violation > 100 else _CALM,
        "first": NOW - timedelta(hours=5), "last": NOW - timedelta(seconds=12), "newest": 93,
    }  # fmt: skip
    return AgentView(name, allow, hold, deny, violation, **(values | more))


def some_agents() -> tuple[AgentView, ...]:
    """A board with one of each kind of trouble."""
    never: dict[str, Any] = {"first": None, "last": None, "newest": 0, "minutes": (), "rate": 0}
    return (
        agent("ada", 312, 4, 20, 10_012, stopped_until=NOW + timedelta(hours=3, minutes=59)),
        agent("bruno", 140, 21, 6, 2, held=3),
        agent("chen", 1_204, 0, 1),
        agent("dalia", 88, last=NOW - timedelta(hours=3)),
        agent("emil", 9, 0, 3, last=NOW - timedelta(days=2)),
        agent("zoe", 0, **never),
    )


class FakeAgents:
    """``ws.agents``. ``entered``: who is in the directory, in the order of entering."""

    def __init__(self, listed: Sequence[AgentView] = (), entered: Sequence[str] = ()) -> None:
        self.listed = tuple(listed)
        self.entered = tuple(entered)
        self.asked: list[tuple[str, str]] = []

    def registered(self) -> tuple[str, ...]:
        return self.entered

    def list(self, window: str = "1h", order: str = "trouble", *, whole: bool = False) -> AgentsView:
        del whole
        self.asked.append((window, order))
        found = sorted(self.listed, key=lambda a: a.agent) if order == "name" else self.listed
        return AgentsView(window, order, tuple(found), NOW)
