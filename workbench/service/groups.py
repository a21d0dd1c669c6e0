"""Refusals (denials, violations) and holds by rule × agent × action; acknowledging such a group: until when, and why.

An acknowledgement changes no decision. It quietens a group for everyone who looks, until it lapses, is withdrawn, or
the group grows tenfold over what it was then. The ledger keeps it; all terminals read it there.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from math import log
from typing import Any, Literal, TypeAlias, get_args

from sqlalchemy import Connection

from workbench.governance.group_acknowledgement import (
    GroupError,
    GroupWord,
    GroupWords,
    Key,
    What,
    group_word,
    word_body,
)
from workbench.governance.roster import RosterEntry
from workbench.service.clock import micros, moment
from workbench.service.errors import WorkbenchError, governed
from workbench.service.governing_views import SignWith
from workbench.service.group_counting import Tally, WordsRead
from workbench.service.group_counts import HOUR, WINDOWS, Group, Window
from workbench.service.group_views import AckView, GroupsView, GroupView, Standing, Storm
from workbench.service.key_care import refuse_held
from workbench.service.session import Session
from workbench.service.signers import open_signer_with
from workbench.store.groups import KIND
from workbench.store.ledger import append, read_head

Order: TypeAlias = Literal["rate", "count", "seen", "name"]
ORDERS: tuple[Order, ...] = get_args(Order)

_Say: TypeAlias = Callable[[GroupWords, datetime], tuple[str, int, datetime]]

STORMY = 50  # refusals in one group within a minute
STOPPED = "stopped"  # the code of what a stop denies


class Groups:
    """``ws.groups``."""

    def __init__(self, session: Session, tally: Tally) -> None:
        self._session = session
        self._tally = tally

    # ---- reading -----------------------------------------------------------------------------------------------------

    def list(self, window: Window = "1h", order: Order = "rate", *, whole: bool = False) -> GroupsView:
        """The groups with a refusal or a hold in ``window``: unacknowledged refusals, what was held, what is known.

        ``order``: by rate (then the latest), by count in the window, by when last seen, by name. Rates that hardly
        differ are one rate, so that rows do not change places every second. ``whole``: wait until the whole record is
        counted; otherwise ``counting`` says what is left.

        Raises :class:`WorkbenchError`: ``no_window``, ``no_order``.
        """
        check_window(window)
        if order not in ORDERS:
            raise WorkbenchError("no such order", f"`{order}` is none of {', '.join(ORDERS)}", "", "no_order")
        if whole:
            self._tally.finish()
        with self._tally.standing() as (counts, words, now):
            found = [_view(group, words, window, now) for group in _within(counts.groups.values(), window, now)]
            storm = _storm(found, _waiting(counts.groups.values(), words, "1h", now))
            progress = self._tally.progress
        found.sort(key=_SORTS[order])
        found.sort(key=lambda group: (group.known, not group.unacknowledged))
        return GroupsView(window, order, tuple(found), moment(now), storm, progress)

    def get(self, rule: str, agent: str, action: str) -> GroupView:
        """One group, whenever it was last seen. Raises :class:`WorkbenchError` (``no_group``)."""
        with self._tally.standing() as (counts, words, now):
            group = counts.groups.get((rule, agent, action))
            if group is None:
                raise _no_group(rule, agent, action)
            return _view(group, words, "1h", now)

    def unacknowledged(self, window: Window = "1h") -> int:
        """How many groups with a refusal in ``window`` nobody has acknowledged; not counted is what is held and what a
        stop refuses. Cheap: once a second."""
        check_window(window)
        with self._tally.standing() as (counts, words, now):
            return _waiting(counts.groups.values(), words, window, now)

    def storm(self) -> Storm | None:
        """Whether refusals come thick just now. Cheap: once a second."""
        with self._tally.standing() as (counts, words, now):
            thick = [group for group in counts.groups.values() if group.slices.rate(now) >= STORMY]
            if not thick:
                return None
            waiting = _waiting(counts.groups.values(), words, "1h", now)
            return _storm([_view(group, words, "5m", now) for group in thick], waiting)

    def acknowledgements(self) -> tuple[AckView, ...]:
        """Those that have not lapsed, oldest first; also of groups that have grown out of theirs."""
        with self._tally.standing() as (_, words, now):
            return tuple(_ack(word) for word in words.standing(moment(now)))

    def now(self) -> datetime:
        """The present as the ledger believes it: what an end is counted from."""
        return moment(self._session.now(self._session.head()))

    # ---- acknowledging -----------------------------------------------------------------------------------------------

    def acknowledge(
        self,
        rule: str,
        agent: str,
        action: str,
        *,
        why: str,
        seconds: int = 0,
        until: datetime | None = None,
        using: SignWith | None = None,
    ) -> AckView:
        """Say that a group is known: for ``seconds``, or ``until`` then; at most 30 days. A later word replaces it, a
        signed one only a later one that is signed.

        ``using``: the key of whoever says so, in the roster; ``None``: someone here, unsigned.

        Raises :class:`WorkbenchError`: ``no_group``, ``signature_needed``, ``why_missing``, ``bad_why``, ``no_time``,
        ``too_long``, and those of keys.
        """
        with self._tally.standing() as (counts, _, now):
            group = counts.groups.get((rule, agent, action))
            rate = group.slices.rate(now) if group is not None else 0
        if group is None:
            raise _no_group(rule, agent, action)
        if until is not None and until.tzinfo is None:
            raise WorkbenchError("until when?", "the time has no zone", "give it in UTC", "no_time")
        if until is None and not 0 < seconds <= 366 * 86_400:
            seconds = min(max(seconds, 0), 366 * 86_400)  # refused below, in the same words as any other length

        def say(words: GroupWords, present: datetime) -> tuple[str, int, datetime]:
            _check_signed(_stands(words, (rule, agent, action), present), using, "say it anew")
            return secrets.token_hex(8), rate, until or present + timedelta(seconds=seconds)

        return self._say("acknowledged", (rule, agent, action), why, using, say)

    def withdraw(self, rule: str, agent: str, action: str, *, why: str = "", using: SignWith | None = None) -> AckView:
        """Take an acknowledgement back; anybody may, but one that was signed is taken back with a signature only.

        What is answered is the word that stood. Raises :class:`WorkbenchError`: ``not_acknowledged``,
        ``signature_needed``, ``bad_why``, and those of keys.
        """

        def say(words: GroupWords, present: datetime) -> tuple[str, int, datetime]:
            standing = _stands(words, (rule, agent, action), present)
            if standing is None:
                what = f"{_named(rule, agent, action)} is not acknowledged"
                raise GroupError("not_acknowledged", what, "`workbench groups`")
            _check_signed(standing, using, "take it back")
            return standing.id, standing.rate, present

        return self._say("withdrawn", (rule, agent, action), why, using, say)

    def _say(self, what: What, key: Key, why: str, using: SignWith | None, say: _Say) -> AckView:
        signer = None
        if using is not None:
            with self._session.read() as connection:
                roster = self._roster(connection)
            signer = open_signer_with(using, roster, self._session.swarm_id)
        with self._session.write() as connection:
            head = read_head(connection)
            now = self._session.now(head)
            present = moment(now)
            if signer is not None:
                refuse_held(connection, signer.key.public.fingerprint)
            with governed("it was not said"):
                id, rate, until = say(WordsRead().read(connection), present)
                by, role = (signer.principal, signer.role) if signer is not None else ("", "")
                word = group_word(GroupWord(what, id, *key, rate, until, why, by, role, present))
                body = word_body(word, self._session.swarm_id, signer.key if signer is not None else None)
            entry = append(connection, head, kind=KIND, at=now, body=body).seq
        return _ack(word, entry)

    def _roster(self, connection: Connection) -> Sequence[RosterEntry]:
        return self._session.laws.checked(connection, read_head(connection).active_digest).version.content.roster


def _stands(words: GroupWords, key: Key, present: datetime) -> GroupWord | None:
    """The word about a group that has not lapsed, even where the group has grown out of it."""
    word = words.last(key)
    return word if word is not None and word.until > present else None


def _check_signed(standing: GroupWord | None, using: SignWith | None, do: str) -> None:
    """Nobody's word ends or replaces what somebody signed. Raises :class:`GroupError` (``signature_needed``)."""
    if standing is not None and standing.by and using is None:
        what = f"`{standing.by}` signed the acknowledgement of {_named(*standing.key)}"
        raise GroupError("signature_needed", what, f"{do} with a key of the roster")


def check_window(window: str) -> None:
    """Raises :class:`WorkbenchError` (``no_window``) for what is no window."""
    if window not in WINDOWS:
        raise WorkbenchError("no such window", f"`{window[:40]}` is none of {', '.join(WINDOWS)}", "", "no_window")


_LENGTHS: Mapping[str, int] = {"5m": HOUR // 12, "1h": HOUR, "24h": 24 * HOUR}


def _within(groups: Iterable[Group], window: Window, now: int) -> Iterator[Group]:
    """The groups that may have a decision in the window (one at its very edge is counted 0)."""
    first = now - _LENGTHS.get(window, now)
    return (group for group in groups if group.last > first)


def _waiting(groups: Iterable[Group], words: GroupWords, window: Window, now: int) -> int:
    """How many groups of refusals nobody knows of."""
    refused = (group for group in _within(groups, window, now) if group.kind != "hold")
    return sum(_standing(group, words, now)[0] not in ("acknowledged", "stopped") for group in refused)


def _standing(group: Group, words: GroupWords, now: int) -> tuple[Standing, GroupWord | None]:
    word = words.last(group.key)
    if group.code == STOPPED:
        return "stopped", word
    if word is None:
        return "open", None
    if word.until <= moment(now):
        return "expired", word
    return ("grew" if group.slices.peak(micros(word.at), now) >= word.bound else "acknowledged"), word


def _view(group: Group, words: GroupWords, window: Window, now: int) -> GroupView:
    standing, word = _standing(group, words, now)
    rule, agent, action = group.key
    kind = "deny" if group.kind == "allow" else group.kind
    return GroupView(
        rule, agent, action, kind, group.severity, group.code, group.slices.within(window, now), group.slices.total,
        group.slices.rate(now), group.slices.minutes(now), moment(group.first), moment(group.last), group.newest,
        standing, _ack(word) if word is not None else None,
    )  # fmt: skip


def _ack(word: GroupWord, entry: int | None = None) -> AckView:
    event = word.entry if entry is None else entry
    return AckView(word.id, *word.key, word.by, word.why, word.at, word.until, word.rate, word.bound, event)


def _storm(groups: Iterable[GroupView], waiting: int) -> Storm | None:
    thick = [group for group in groups if group.rate >= STORMY and group.unacknowledged]
    return Storm(sum(group.rate for group in thick), len(thick), waiting) if thick else None


def _about(rate: int) -> int:
    """``rate`` in steps of a quarter: what is alike in a storm stays where it is."""
    return int(log(rate) / log(1.25)) + 1 if rate else 0


def _since(group: GroupView) -> int:
    """When it was seen last, in steps of ten seconds."""
    return micros(group.last) // 10_000_000


_SORTS: Mapping[Order, Callable[[GroupView], tuple[Any, ...]]] = {
    "rate": lambda group: (-_about(group.rate), -_since(group), group.first, group.key),
    "count": lambda group: (-_about(group.count), -_since(group), group.first, group.key),
    "seen": lambda group: (-_since(group), -_about(group.rate), group.first, group.key),
    "name": lambda group: group.key,
}


def _named(rule: str, agent: str, action: str) -> str:
    return f"`{rule[:80] or 'no rule'}` × `{agent[:80]}` × `{action[:80]}`"


def _no_group(rule: str, agent: str, action: str) -> WorkbenchError:
    what = f"{_named(rule, agent, action)} has refused nothing that is counted"
    return WorkbenchError("no such group", what, "`workbench groups`", "no_group")
