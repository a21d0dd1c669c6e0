"""Somebody's word that a group of refusals (rule × agent × action) is known, until when and why. It decides nothing.

Imports keys, DSSE and the roster. With a key it signs {event, swarm_id, id, rule, agent, action, rate, until, why,
by, role, signed_at} (payload type ``application/vnd.concord.group.v1+json``); without one it stands in the ledger
unsigned, said by ``someone here``: who may use this machine may say so. The ledger entry carries all of it. ``id`` is
random and stands once in a ledger, so that a signed word cannot be said a second time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

from workbench.governance.dsse import sign, signer_of
from workbench.governance.errors import ArtifactError, GovernanceError
from workbench.governance.keys import Signing
from workbench.governance.roster import RosterEntry
from workbench.governance.times import floored, format_time, parse_time
from workbench.governance.wording import check_text

GROUP_TYPE = "application/vnd.concord.group.v1+json"
LONGEST = timedelta(days=30)
MAX_WHY = 500
TENFOLD = 10
What: TypeAlias = Literal["acknowledged", "withdrawn"]
Key: TypeAlias = tuple[str, str, str]  # rule, agent, action, as the feed lists them

_TEXTS = ("event", "id", "rule", "agent", "action", "until", "why", "by", "role", "signed_at")


class GroupError(GovernanceError):
    """An acknowledgement that is refused, and why."""


@dataclass(frozen=True, slots=True)
class GroupWord:
    """What was said of a group. ``rate``: refusals in the minute before; ``until``: when it lapses (of a withdrawal:
    when it was said); ``by``, ``role``: empty where nobody signed; ``entry``: its ledger number, 0 before it has one.
    """

    what: What
    id: str
    rule: str
    agent: str
    action: str
    rate: int
    until: datetime
    why: str
    by: str
    role: str
    at: datetime
    entry: int = 0

    @property
    def key(self) -> Key:
        """The group."""
        return self.rule, self.agent, self.action

    @property
    def bound(self) -> int:
        """From how many refusals in one minute on the group has grown out of the word."""
        return TENFOLD * max(self.rate, 1)


def group_word(word: GroupWord) -> GroupWord:
    """``word``, if it may be said: a reason, and an end in the next 30 days.

    Raises :class:`GroupError`: ``why_missing``, ``bad_why``, ``no_time``, ``too_long``.
    """
    why = word.why.strip()
    if not why and word.what == "acknowledged":
        raise GroupError("why_missing", "an acknowledgement says why", "give a reason: everyone reads it")
    if len(why) > MAX_WHY:
        raise GroupError("bad_why", f"the reason has {len(why):,} characters", f"at most {MAX_WHY}")
    try:
        check_text(why, "reason")
    except ArtifactError as error:
        raise GroupError("bad_why", error.message, error.help) from error
    if word.what == "acknowledged" and word.until <= word.at:
        raise GroupError("no_time", "the end is not in the future", "say for how long: `4h`")
    if word.until - word.at > LONGEST:
        raise GroupError("too_long", "an acknowledgement lasts at most 30 days", "what is to last, the law should say")
    return GroupWord(
        word.what,
        word.id,
        word.rule,
        word.agent,
        word.action,
        word.rate,
        floored(word.until),
        why,
        word.by,
        word.role,
        floored(word.at),
    )


def word_body(word: GroupWord, swarm_id: str, key: Signing | None) -> dict[str, Any]:
    """The ledger entry's body; ``key`` is ``None`` where nobody signs."""
    body: dict[str, Any] = {
        "event": word.what,
        "id": word.id,
        "rule": word.rule,
        "agent": word.agent,
        "action": word.action,
        "rate": word.rate,
        "until": format_time(word.until),
        "why": word.why,
        "by": word.by,
        "role": word.role,
        "signed_at": format_time(word.at),
    }
    if key is None:
        return {**body, "key": "", "signature": ""}
    signature = sign(key, GROUP_TYPE, {**body, "swarm_id": swarm_id})
    return {**body, "key": key.public.fingerprint, "signature": signature}


def read_word(body: Mapping[str, Any], entry: int) -> GroupWord:
    """What the body of ledger entry ``entry`` says. Raises :class:`GroupError` (``payload_form``)."""
    if not all(isinstance(body.get(name), str) for name in _TEXTS) or type(body.get("rate")) is not int:
        raise GroupError("payload_form", "the word about a group lacks what it should have")
    what = body["event"]
    if what not in ("acknowledged", "withdrawn"):
        raise GroupError("payload_form", "a group is acknowledged, or that is withdrawn")
    try:
        until, at = parse_time(body["until"]), parse_time(body["signed_at"])
    except GovernanceError as error:
        raise GroupError("payload_form", error.message) from error
    return GroupWord(
        what, body["id"], body["rule"], body["agent"], body["action"], body["rate"], until, body["why"], body["by"],
        body["role"], at, entry,
    )  # fmt: skip


def verify_word(body: Mapping[str, Any], roster: Sequence[RosterEntry], swarm_id: str, entry: int = 0) -> GroupWord:
    """What the body says, proved to be signed by a person of ``roster`` where it names one.

    Raises :class:`GroupError`: ``payload_form``, ``unsigned`` (it names somebody, and nobody signed), ``unknown_key``,
    ``wrong_principal``, ``bad_signature``.
    """
    word = read_word(body, entry)
    fingerprint, signature = str(body.get("key", "")), str(body.get("signature", ""))
    if not fingerprint and not signature:
        if word.by or word.role:
            raise GroupError("unsigned", f"it names `{word.by}`, who did not sign it")
        return word
    for person in roster:
        for key in person.public_keys:
            if key.fingerprint != fingerprint:
                continue
            if not person.votes or (person.principal, person.role) != (word.by, word.role):
                raise GroupError("wrong_principal", f"the key {fingerprint} is not `{word.by}`'s to sign with")
            try:
                said = {name: body[name] for name in (*_TEXTS, "rate")} | {"swarm_id": swarm_id}
                signed = signer_of([key], GROUP_TYPE, said, signature)
            except ArtifactError:
                signed = None
            if signed is None:
                raise GroupError("bad_signature", f"`{person.principal}` did not sign this as it is written")
            return word
    raise GroupError("unknown_key", f"no one in the roster has the key {fingerprint}")


class GroupWords:
    """What stands of all that was said, entry by entry in the ledger's order."""

    def __init__(self) -> None:
        self._last: dict[Key, GroupWord] = {}
        self._ids: set[tuple[str, str]] = set()

    def take(self, word: GroupWord) -> None:
        """The next word. A later one about the same group replaces the earlier.

        Raises :class:`GroupError`: ``said_twice``, ``not_acknowledged`` (a withdrawal of what does not stand).
        """
        if (word.what, word.id) in self._ids:
            raise GroupError("said_twice", f"the word `{word.id}` stands in the ledger already")
        standing = self._last.get(word.key)
        if word.what == "withdrawn" and (standing is None or standing.what != "acknowledged" or standing.id != word.id):
            raise GroupError("not_acknowledged", f"no acknowledgement `{word.id}` of this group stands")
        self._ids.add((word.what, word.id))
        self._last[word.key] = word

    def last(self, key: Key) -> GroupWord | None:
        """What was said last of a group, also where it has lapsed; ``None`` where nothing was, or it was withdrawn."""
        word = self._last.get(key)
        return word if word is not None and word.what == "acknowledged" else None

    def standing(self, now: datetime) -> tuple[GroupWord, ...]:
        """The acknowledgements that have not lapsed at ``now``, oldest first."""
        found = (word for word in self._last.values() if word.what == "acknowledged" and word.until > now)
        return tuple(sorted(found, key=lambda word: word.entry))
