"""One walk over the whole ledger: each entry's bytes, the columns and rows that repeat it, the payload it covers.

The stored bytes are the record; everything beside them is a cache and is compared. Findings name the entry. The walk
ends at the first entry whose own bytes are wrong: nothing after it can be believed. Not for faces.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from workbench.engine.request import RequestError, as_uid
from workbench.governance.errors import GovernanceError
from workbench.governance.ledger import LedgerWalk
from workbench.governance.times import parse_time
from workbench.language.annotations import DEFAULT_SEVERITY
from workbench.service.clock import micros
from workbench.service.receipts import MAX_CELL, cell, uid_id
from workbench.store import audit as store
from workbench.store.errors import StoreError
from workbench.store.feed import counts
from workbench.store.ledger import LedgerHead

ERASED = "(erased)"  # what the feed shows for the resource of a redacted decision
_VIOLATIONS = ("forbidden", "evaluation_error")
_TEXT = rb'"(?:[^"\\]|\\.)*"'
_RESOURCE = re.compile(rb'\{"principal":' + _TEXT + rb',"action":' + _TEXT + rb',"resource":(' + _TEXT + rb"),")
_LABELS = (("request", b"request\0"), ("entities", b"entities\0"), ("decision", b"decision\0"))


def counted(count: int, one: str, many: str = "") -> str:
    """``1 version``, ``2 versions``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


@dataclass(slots=True)
class Walked:
    """What a walk found. ``besides``: the entries that are no decisions, with their values; ``erased``: decisions whose
    payload is gone; ``at``: time of the last entry (µs). ``ledger`` and ``cache`` say what is wrong first, empty
    where nothing is.
    """

    walk: LedgerWalk
    total: int
    at: int = 0
    cancelled: bool = False
    ledger: str = ""
    cache: str = ""
    decisions: int = 0
    payloads: int = 0
    erased: list[int] = field(default_factory=list)
    besides: list[dict[str, Any]] = field(default_factory=list)
    counted: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("allow", "deny", "hold", "violations"), 0))


def walk_ledger(
    connection: Connection,
    head: LedgerHead,
    names: Mapping[str, str],
    watch: Iterator[int] | frozenset[int],
    *,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Walked:
    """Check every entry. ``names``: digest → number of every version; ``watch``: sizes whose roots are wanted."""
    found = Walked(LedgerWalk(watch), head.size)
    columns = _Columns(names)
    try:
        for page in store.pages(connection):
            if cancelled is not None and cancelled():
                found.cancelled = True
                return found
            for row in page:
                if not _take(found, columns, row, head.size):
                    return found
            if progress is not None:
                progress(min(found.walk.size, found.total), found.total)
    except DBAPIError:  # what the driver says may quote what it cannot read
        last = min(found.walk.size + store.PAGE, head.size)
        found.ledger = f"one of the entries {found.walk.size + 1} to {last} cannot be read: the database is damaged"
        return found
    _end(connection, found, head)
    return found


def _take(found: Walked, columns: _Columns, row: Any, size: int) -> bool:
    """Check one row; whether to go on."""
    seq, kind, at, hash_, prev, body = row[:6]
    walk = found.walk
    wanted = walk.size + 1
    before = walk.head
    if not isinstance(body, bytes):
        found.ledger = f"entry {wanted}: it is not stored as bytes"
        return False
    try:
        entry = walk.take(seq, body, hash_)
    except GovernanceError as error:
        if error.code == "order" and seq > wanted:
            found.ledger = f"entry {wanted} is missing: entry {seq} follows entry {wanted - 1}"
        else:
            found.ledger = f"entry {wanted}: {error.message}"
        return False
    if seq > size:
        found.ledger = f"entry {seq} was added behind the ledger's head, which is entry {size}"
        return False
    if kind != entry["kind"] or prev != before or at != columns.micros(entry["at"]):
        found.ledger = f"entry {seq}: its columns do not say what its bytes say"
        return False
    if not found.cache:
        found.cache = columns.check(found, entry, row) if kind == "decision" else _no_decision(row)
    if kind != "decision":
        found.besides.append(entry)
    found.at = at
    return True


def _no_decision(row: Any) -> str:
    if row[6] is not None:
        return f"entry {row[0]} is no decision, but the feed lists one under its number"
    return f"entry {row[0]} is no decision, but has a payload" if row[17] is not None else ""


class _Columns:
    """The columns of a decision against the bytes of its entry. Texts that recur are read once."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._times: dict[str, int] = {}
        self._cells: dict[str, str | None] = {}

    def micros(self, text: str) -> int:
        """An entry's time in µs. Raises ``ArtifactError``."""
        found = self._times.get(text)
        if found is None:
            if len(self._times) > 10_000:
                self._times.clear()
            found = self._times[text] = micros(parse_time(text))
        return found

    def check(self, found: Walked, entry: Mapping[str, Any], row: Any) -> str:
        """What is wrong with the decision's row or payload first, the empty string where nothing is."""
        seq, body = row[0], entry["body"]
        if row[6] is None:
            return f"entry {seq} is a decision that the feed does not list"
        try:
            wrong = self._listed(body, row)
        except (KeyError, TypeError, AttributeError, GovernanceError):
            return f"entry {seq} is a decision without what a decision has"
        if wrong:
            return f"the {wrong} of decision {seq} is listed other than the ledger recorded it"
        if row[12] not in found.counted or any(label not in body for label, _ in _LABELS):
            return f"entry {seq} is a decision without what a decision has"
        found.decisions += 1
        found.counted[row[12]] += 1
        found.counted["violations"] += bool(row[15])
        salt = row[17]
        if salt is None:
            found.erased.append(seq)
            return (
                "" if row[11] == ERASED else f"the payload of decision {seq} is gone, but its resource is still listed"
            )
        found.payloads += 1
        for (label, tagged), data in zip(_LABELS, row[18:21], strict=True):
            if not isinstance(salt, bytes) or not isinstance(data, bytes):
                return f"the payload of decision {seq} was changed: it is not stored as bytes"
            if hashlib.sha256(salt + tagged + data).hexdigest() != body[label]:
                return f"the {label} of decision {seq} was changed"
        return self._resource(seq, row[18], row[11])

    def _listed(self, body: Mapping[str, Any], row: Any) -> str:
        """The first column that the body contradicts."""
        _, _, happened, recorded, agent, action, _, outcome, code, rule, violation, version = row[5:17]
        if (outcome, code) != (body["outcome"], body["code"]):
            return "outcome"
        if bool(violation) != (outcome == "deny" and code in _VIOLATIONS):
            return "violation"
        if row[21] != body.get("severity", DEFAULT_SEVERITY if violation else ""):  # entries once did not say it
            return "severity"
        if recorded != row[2] or happened // 1000 != self.micros(body["happened_at"]) // 1000:
            return "time"
        if self._id(body["principal"]) not in (None, agent):
            return "agent"
        if self._id(body["action"]) not in (None, action):
            return "action"
        if rule != cell(_first(body)):
            return "rule"
        return "" if version == (self._names.get(body["constitution"]) if body["schema"] else "") else "version"

    def _id(self, uid: str) -> str | None:
        """The cell of the id in ``Type::"id"``; ``None`` where the ledger's own text was cut and cannot say."""
        if uid not in self._cells:
            if len(self._cells) > 10_000:
                self._cells.clear()
            self._cells[uid] = _cell_of(uid)
        return self._cells[uid]

    def _resource(self, seq: int, request: bytes, listed: str) -> str:
        """The resource stands in the payload alone. Its digest was checked: these bytes are what was written then."""
        match = _RESOURCE.match(request)
        if match is None:
            return ""  # what was asked could not be kept
        uid = json.loads(match[1])
        return (
            ""
            if self._id(uid) in (None, listed)
            else f"the resource of decision {seq} is listed other than it was asked"
        )


def _cell_of(uid: str) -> str | None:
    if len(uid) >= MAX_CELL:
        return None
    try:
        return cell(as_uid(uid).id)
    except RequestError:
        return cell(uid_id(uid))


def _first(body: Mapping[str, Any]) -> str:
    """The rule that the feed lists."""
    held = body["procedures"] if body["outcome"] == "hold" else ()
    return next(iter((*held, *body["reasons"], *body["errors"])), "")


def _recorded_root(head: LedgerHead) -> str:
    try:
        return head.root()
    except StoreError:
        return ""  # a frontier that cannot be read names no root


def _end(connection: Connection, found: Walked, head: LedgerHead) -> None:
    """What only the end can tell: the head row, rows that no entry accounts for, the running counts."""
    walk = found.walk
    if walk.size < head.size:
        found.ledger = f"entry {walk.size + 1} is missing, and all after it: the ledger had {head.size:,} entries"
    elif walk.head != head.hash or walk.root() != _recorded_root(head):
        found.ledger = f"entry {walk.size}: the head does not name it: hash or Merkle root were recorded otherwise"
    elif walk.size and head.last_at != found.at:
        found.ledger = f"entry {walk.size}: the head has another time than it"
    if found.ledger or found.cache:
        return
    for kind, seen in (("decisions", found.decisions), ("payloads", found.payloads)):
        count, stray = store.strays(connection, kind)
        if stray is not None:
            found.cache = f"{'decision' if kind == 'decisions' else 'the payload'} {stray} has no ledger entry"
            return
        if count != seen:
            found.cache = f"there are {count:,} {kind}, but the ledger accounts for {seen:,}"
            return
    if dict(counts(connection)) != found.counted:
        found.cache = "the running counts of outcomes are not those of the decisions"
