"""The agents as a board: what each was told, what of it waits, how long it is silent, and whether it is stopped."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from sqlalchemy import Connection

from workbench.service.belief import principal_types
from workbench.service.clock import micros, moment
from workbench.service.errors import WorkbenchError
from workbench.service.group_counting import Tally
from workbench.service.group_counts import Agent, Window
from workbench.service.group_views import AgentsView, AgentView
from workbench.service.groups import check_window
from workbench.service.receipts import cell, uid_id
from workbench.service.registered import RegisteredRead
from workbench.service.session import Session
from workbench.store import cases, directory
from workbench.store.ledger import read_head

if TYPE_CHECKING:
    from workbench.service.overlays import Overlays

Order: TypeAlias = Literal["trouble", "busy", "silent", "name"]
ORDERS: tuple[Order, ...] = get_args(Order)
EVERYONE = ""  # in what is stopped: a stop of all


class AgentBoard:
    """``ws.agents``."""

    def __init__(self, session: Session, tally: Tally, overlays: Overlays) -> None:
        self._session = session
        self._tally = tally
        self._overlays = overlays
        self._registered = RegisteredRead()
        self._reading = Lock()

    def list(self, window: Window = "1h", order: Order = "trouble", *, whole: bool = False) -> AgentsView:
        """Every agent that acted, whenever that was, and those of the directory that never did.

        ``order``: by trouble (refusals in the window, then those held), by decisions in the window, by silence (the
        longest first, those that never acted at the end), by name. ``whole`` as for groups.

        Raises :class:`WorkbenchError`: ``no_window``, ``no_order``.
        """
        check_window(window)
        if order not in ORDERS:
            raise WorkbenchError("no such order", f"`{order}` is none of {', '.join(ORDERS)}", "", "no_order")
        if whole:
            self._tally.finish()
        held, known, stopped = self._beside()
        with self._tally.standing() as (counts, _, now):
            found = [_view(agent, window, now, held, stopped) for agent in counts.agents.values()]
            progress = self._tally.progress
        seen = {view.agent for view in found}
        found += [_never(name, held, stopped) for name in known - seen]
        found.sort(key=_SORTS[order])
        return AgentsView(window, order, tuple(found), moment(now), progress)

    def registered(self) -> tuple[str, ...]:
        """The agents that were ever entered into the directory, in the order of first entering: whoever comes later
        stands behind. Empty where the version in force is lost, which says what an agent is. Cheap: once a second.
        """
        with self._reading, self._session.read() as connection:
            types = self._types(connection)
            return self._registered.read(connection, types) if types else ()

    def _beside(self) -> tuple[Mapping[str, int], set[str], Mapping[str, datetime]]:
        """By agent: how many requests wait, who is in the directory, until when whom a stop stops."""
        with self._session.read() as connection:
            held: Counter[str] = Counter()
            for requester, count in cases.count_by_requester(connection, "open").items():
                held[cell(uid_id(requester))] += count
            known = self._known(connection)
        stopped: dict[str, datetime] = {}
        for overlay in self._overlays.list():
            if overlay.kind != "stop" or overlay.doubt or overlay.expires_at is None:
                continue
            target, _, name = overlay.what.partition(" ")
            if target == "action":
                continue
            who = cell(uid_id(_plain(name))) if target == "agent" else EVERYONE
            stopped[who] = max(overlay.expires_at, stopped.get(who, overlay.expires_at))
        return held, known, stopped

    def _known(self, connection: Connection) -> set[str]:
        types = self._types(connection)
        return {cell(id_) for type_, id_, _ in directory.entities(connection) if type_ in types} if types else set()

    def _types(self, connection: Connection) -> Collection[str]:
        try:
            law = self._session.laws.checked(connection, read_head(connection).active_digest)
        except WorkbenchError:
            return ()  # what acted is shown even where the version was lost
        return principal_types(law.schema)


def _plain(uid: str) -> str:
    """A uid whose id is written as it is, not escaped."""
    head, quote, rest = uid.partition('::"')
    try:
        return f'{head}::"{json.loads(quote[2:] + rest)}"' if quote else uid
    except ValueError:
        return uid


def _stop_of(agent: str, stopped: Mapping[str, datetime]) -> datetime | None:
    ends = [stopped[who] for who in (agent, EVERYONE) if who in stopped]
    return max(ends, default=None)


def _view(
    agent: Agent, window: Window, now: int, held: Mapping[str, int], stopped: Mapping[str, datetime]
) -> AgentView:
    return AgentView(
        agent=agent.name,
        **agent.within(window, now),
        rate=agent.rate(now),
        minutes=agent.minutes(now),
        first=moment(agent.first),
        last=moment(agent.last),
        newest=agent.newest,
        held=held.get(agent.name, 0),
        stopped_until=_stop_of(agent.name, stopped),
    )


def _never(name: str, held: Mapping[str, int], stopped: Mapping[str, datetime]) -> AgentView:
    waits, stop = held.get(name, 0), _stop_of(name, stopped)
    return AgentView(name, 0, 0, 0, 0, 0, (), None, None, held=waits, stopped_until=stop)


_SORTS: Mapping[Order, Callable[[AgentView], tuple[Any, ...]]] = {
    "trouble": lambda agent: (-agent.denied, -agent.held, -agent.total, agent.last is None, agent.agent),
    "busy": lambda agent: (-agent.total, agent.last is None, agent.agent),
    "silent": lambda agent: (agent.last is None, micros(agent.last) if agent.last else 0, agent.agent),
    "name": lambda agent: (agent.agent,),
}
