"""Compliance of an agent, and of the fleet, over everything that was recorded. Reads only."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import Connection

from workbench.norms.compliance import FEWEST, AgentCompliance, Counted, agent_report, fleet_report
from workbench.service.clock import micros
from workbench.service.norm_breaches import broken
from workbench.service.receipts import cell, uid_id
from workbench.service.session import Session
from workbench.store import compliance as store


class Compliance:
    """The use case of ``norm compliance``."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def agent(self, agent: str, since: datetime | None = None) -> AgentCompliance:
        """One agent (an id, or ``Type::"id"``), over what was recorded from ``since`` on. Nothing recorded is rate 1.

        The feed knows agents by id alone, so agents of different types with one id are one here.
        """
        wanted = cell(uid_id(agent))
        with self._session.read() as connection:
            found = _counted(connection, wanted, since)
        return agent_report(found[0] if found else Counted(wanted, 0))

    def fleet(self, since: datetime | None = None) -> tuple[AgentCompliance, ...]:
        """Every agent with something recorded from ``since`` on, the worst first."""
        with self._session.read() as connection:
            return fleet_report(_counted(connection, None, since))


def _counted(connection: Connection, agent: str | None, since: datetime | None) -> list[Counted]:
    first: int | None = 0 if since is None else store.first_since(connection, micros(since))
    if first is None:
        return []
    counts = store.counts(connection, agent, first)
    middle = {  # the first action of the later half, of those of whom a trend can be told
        who: store.nth(connection, who, total // 2, first) for who, total, bad in counts if bad and total >= FEWEST
    }
    rules: dict[str, Counter[str]] = {}
    early: Counter[str] = Counter()
    for each in store.violating(connection, agent, first):
        rules.setdefault(each.agent, Counter()).update(broken(each.code, each.entry, each.rule))
        early[each.agent] += each.seq < middle.get(each.agent, 0)
    return [Counted(who, total, bad, early[who], rules.get(who, {})) for who, total, bad in counts]
