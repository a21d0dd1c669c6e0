"""What a ledger entry says, as one plain sentence, and what it is about. Pure; reads the entry's body and nothing else.

Bodies are data that was signed long ago, perhaps by another release: a field that is missing or of another form makes
the sentence plainer and never raises. Texts are not made safe for a screen here; whoever draws them does that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Names: TypeAlias = Mapping[str, str]

LONGEST = 200  # code points of a sentence
_UID = re.compile(r'^(?:[\w:]+::)?(\w+)::"(.*)"$', re.DOTALL)
_HOLE = re.compile(r"\{(\w+)\}")
_SUBJECTS = ("case", "overlay", "proposal", "digest", "id", "fingerprint", "key", "version", "attribute")


def sentence(kind: str, body: Mapping[str, Any], names: Names) -> str:
    """The sentence for an entry. ``names``: digest → version number."""
    entry = _Body(body, names)
    teller = _TELLERS.get(kind)
    said = (teller(entry) if teller is not None else "") or _otherwise(kind, entry)
    said = " ".join(said.split())
    return said if len(said) <= LONGEST else said[: LONGEST - 1] + "…"


def subject(body: Mapping[str, Any]) -> str:
    """What the entry is about: a digest, an id or a version; empty where it names nothing."""
    return _Body(body, {}).text(*_SUBJECTS)


def person(uid: object) -> str:
    """``ana`` of ``Operator::"ana"``: people are called by their name."""
    found = _UID.match(str(uid or ""))
    return _unquoted(found[2]) if found else str(uid or "someone")


def thing(uid: object) -> str:
    """``Agent nora`` of ``Agent::"nora"``; anything else as it is."""
    found = _UID.match(str(uid or ""))
    return f"{found[1]} {_unquoted(found[2])}" if found else str(uid or "")


def length(seconds: object) -> str:
    """``4 h``, ``90 min``, ``2 d``; empty where it is no number of seconds."""
    if isinstance(seconds, bool) or not isinstance(seconds, int) or seconds <= 0:
        return ""
    for size, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds % size == 0:
            return f"{seconds // size} {name}"
    return f"{seconds} s"


@dataclass(frozen=True, slots=True)
class _Body:
    """A body, read carefully."""

    body: Mapping[str, Any]
    names: Names

    def text(self, *fields: str) -> str:
        """The first of these fields that holds some text."""
        values = (self.body.get(name) for name in fields)
        return next((value for value in values if isinstance(value, str) and value), "")

    def items(self, field: str) -> list[Any]:
        """A field that holds a list; empty otherwise."""
        value = self.body.get(field)
        return value if isinstance(value, list) else []

    def version(self) -> str:
        """The number of the version it is about; the digest's beginning where nobody knows it."""
        digest = self.text("proposal", "digest")
        return self.text("version") or self.names.get(digest, "") or digest.removeprefix("sha256:")[:12] or "a version"

    def who(self, *fields: str) -> str:
        """The name of whoever did it; empty where nobody is named."""
        people = self.items(fields[0]) if fields else []
        return listed(people) if people else person(uid) if (uid := self.text(*fields)) else ""

    def why(self) -> str:
        """The reason with a colon before it; empty where there is none."""
        why = self.text("why", "reason", "comment")
        return f": {why}" if why else ""


def listed(uids: list[Any], most: int = 3) -> str:
    """``a, b, c and 2 more``."""
    more = f" and {len(uids) - most} more" if len(uids) > most else ""
    return ", ".join(person(uid) for uid in uids[:most]) + more


def _unquoted(text: str) -> str:
    return text.replace('\\"', '"').replace("\\\\", "\\")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _after(word: str, what: str) -> str:
    """`` word what``, or nothing where there is no ``what``."""
    return f" {word} {what}" if what else ""


# ---- versions --------------------------------------------------------------------------------------------------------


def _genesis(body: _Body) -> str:
    return f"The swarm {body.text('swarm')} begins, with version {body.version()}"


def _proposal(body: _Body) -> str:
    cls, parent = body.text("class"), body.names.get(body.text("parent"), "")
    what = f", a {cls} amendment{_after('of', parent)}" if cls else ""
    return f"{body.who('proposed_by') or 'Someone'} proposes {body.version()}{what}"


_VERDICTS = {"approve": "approves", "reject": "rejects"}


def _vote(body: _Body) -> str:
    verb = _VERDICTS.get(body.text("verdict"), "votes on")
    return f"{body.who('principal') or 'Someone'} {verb} {body.version()}{_after('as', body.text('role'))}"


_STATES = {
    "approved": "has its quorum; the timelock runs",
    "proposed": "waits for signatures again",
    "rejected": "is rejected",
    "vetoed": "is vetoed",
    "stale": "is stale, because another version came first",
    "expired": "is expired, because too few signed in time",
}


def _state(body: _Body) -> str:
    state = body.text("state")
    return f"{body.version()} {_STATES.get(state, f'is {state}')}" if state else ""


def _activation(body: _Body) -> str:
    return f"{body.version()} comes into force{_after('after', body.names.get(body.text('previous_head'), ''))}"


def _shadow(body: _Body) -> str:
    verb = {"started": "begins to run", "stopped": "no longer runs"}.get(body.text("event"), "runs")
    return f"{body.version()} {verb} as a shadow, deciding nothing"


# ---- run time --------------------------------------------------------------------------------------------------------


_ENDINGS = {
    "lifted": "is lifted",
    "expired": "is over",
    "promoted": "is part of the law now",
    "discarded": "is discarded, because it could not be believed",
}


def _overlay(body: _Body) -> str:
    kind, what = body.text("kind") or "overlay", body.text("what", "id")
    by, ending = _after("by", body.who("signers") or body.who("by")), _ENDINGS.get(body.text("event"))
    stopped = thing(what.partition(" ")[2]) if what.startswith(("agent ", "action ")) else what
    if ending:
        return f"The {kind} {_after('of', stopped) if kind == 'stop' else f'“{what}”'} {ending}{by}{body.why()}"
    if kind == "stop":
        return f"{_capital(stopped)} is stopped{_after('for', length(body.body.get('seconds')))}{by}{body.why()}"
    return f"A {kind} acts, placed{by or ' by nobody'}: “{what}”{body.why()}" if body.text("event") == "placed" else ""


_CASES = {
    "opened": "asks for {what}: held by {procedure}",
    "escalated": "still waits for {what}: escalated to {to}",
    "granted": "may once do {what}, says {procedure}",
    "denied": "may not do {what}, says {procedure}",
    "expired": "got no answer in time on {what}",
    "void": "has to ask again for {what}",
    "continued": "still waits for {what}, under another version",
}


def _case(body: _Body) -> str:
    told = _CASES.get(body.text("event"))
    if told is None:
        return ""
    what = _asked(body)
    procedure, to = body.text("procedure") or "a procedure", body.text("to_procedure", "requirement") or "another one"
    who = body.who("requester", "principal") or "Someone"
    parts = {"what": what, "procedure": procedure, "to": to}
    return f"{who} {_HOLE.sub(lambda hole: parts[hole[1]], told)}{body.why()}"


def _asked(body: _Body) -> str:
    """``issue_refund on T-1, 820 EUR``: all that tells one case from another, as far as it is known."""
    said = [person(body.text("action")) if body.text("action") else "an action", _after("on", _name(body, "resource"))]
    return "".join(said) + (f", {body.text('amount')}" if body.text("amount") else "")


def _name(body: _Body, field: str) -> str:
    return person(body.text(field)) if body.text(field) else ""


def _case_vote(body: _Body) -> str:
    verb = _VERDICTS.get(body.text("verdict"), "votes on")
    which = f"case {body.text('case', 'id')[:8]}"
    if body.text("resource"):
        which = f"{body.who('requester') or 'someone'}'s {_asked(body)}"
    return f"{body.who('principal') or 'Someone'} {verb} {which}{body.why()}"


def _grant(body: _Body) -> str:
    if body.text("resource"):
        return f"{body.who('requester') or 'Someone'} uses the grant of {_asked(body)}"
    return f"The grant of case {body.text('case', 'id')[:8]} is used"


# ---- who is believed -------------------------------------------------------------------------------------------------


def _directory(body: _Body) -> str:
    loaded, removed = body.items("loaded"), body.items("removed")
    said = []
    if loaded:
        said.append(f"The directory learns of {listed(loaded)}")
    if removed:
        said.append(f"{'forgets' if said else 'The directory forgets'} {listed(removed)}")
    return " and ".join(said)


def _fact(body: _Body) -> str:
    attribute, value = body.text("attribute"), body.text("value")
    return f"{attribute}{_after('of', body.who('principal'))} is {value}" if attribute and value else ""


_GIVEN = {
    "created": "gets",
    "registered": "gets",
    "suspended": "loses for now",
    "resumed": "gets back",
    "revoked": "loses for good",
}


def _credential(body: _Body) -> str:
    verb = _GIVEN.get(body.text("event"))
    what = {"token": "a token", "key": "a key"}.get(body.text("kind", "credential"), "a credential")
    label = body.text("label")
    who = body.who("principal") or "Someone"
    return f"{who} {verb} {what}{f' ({label})' if label else ''}" if verb else ""


_KEYS = {"suspended": "does not count for now", "revoked": "never counts again", "lifted": "counts again"}


_FURTHER = {
    "witnessed": "A further ledger key witnesses a vote on {}",
    "activation_signed": "A further ledger key signs that {} comes into force",
}


def _key(body: _Body) -> str:
    if further := _FURTHER.get(body.text("event")):
        return further.format(body.version())
    told, owner = _KEYS.get(body.text("event")), body.who("principal") or "someone"
    return f"A key of {owner} {told}, say {body.who('signed_by') or 'signers'}{body.why()}" if told else ""


# ---- the record ------------------------------------------------------------------------------------------------------


def _checkpoint(body: _Body) -> str:
    size = body.body.get("size")
    return f"The ledger key signs the ledger at {size:,} entries" if type(size) is int else ""


_CLOCKS = {
    "frozen": "The clock jumped ahead: timelocks stand still until a signer accepts it",
    "corrected": "The clock is right again: timelocks run",
}


def _clock(body: _Body) -> str:
    told, ahead = _CLOCKS.get(body.text("event")), length(body.body.get("ahead_seconds"))
    return f"{told}{f' ({ahead} ahead)' if ahead else ''}" if told else ""


def _redaction(body: _Body) -> str:
    count = len(body.items("events"))
    who = body.who("by", "principal") or "Someone"
    return f"{who} erases what {count:,} decision{'s' * (count != 1)} said{body.why()}" if count else ""


def _sealed(body: _Body) -> str:
    return f"Everything is denied until a signer acknowledges what is missing{body.why()}"


_ACKNOWLEDGED = {"restored": "acknowledges that records are missing", "clock": "accepts the clock"}


def _acknowledged(body: _Body) -> str:
    told = _ACKNOWLEDGED.get(body.text("event"), "acknowledges what stood in the way")
    return f"{body.who('by') or 'A signer'} {told}{body.why()}"


def _group(body: _Body) -> str:
    told = {"acknowledged": "acknowledges", "withdrawn": "no longer acknowledges"}.get(body.text("event"))
    rule, agent, action = body.text("rule") or "no rule", body.text("agent"), body.text("action")
    until = body.text("until")[:16].replace("T", " ")
    until = f", until {until}" if until and body.text("event") == "acknowledged" else ""
    return (
        f"{body.who('by') or 'Someone here'} {told} that {rule} refuses {agent} {action}{until}{body.why()}"
        if told
        else ""
    )


def _notice_channel(body: _Body) -> str:
    told = {"added": "Notices go to", "removed": "Notices no longer go to"}.get(body.text("event"))
    return f"{told} a {body.text('kind') or 'channel'}: {body.text('shown', 'id')}" if told else ""


def _decision(body: _Body) -> str:
    action = thing(body.text("action")).removeprefix("Action ")
    return f"{body.who('principal') or 'Someone'} wants {action}: {body.text('outcome')}" if action else ""


def _otherwise(kind: str, body: _Body) -> str:
    """For what this release does not know: the kind, what happened, and to what."""
    event, about = body.text("event"), body.text("what", "id")
    return f"{_capital(kind.replace('_', ' '))}{f' {event}' if event else ''}{f': {about}' if about else ''}"


_TELLERS: Mapping[str, Callable[[_Body], str]] = {
    "genesis": _genesis,
    "proposal": _proposal,
    "vote": _vote,
    "state": _state,
    "activation": _activation,
    "shadow": _shadow,
    "overlay": _overlay,
    "case": _case,
    "case_vote": _case_vote,
    "grant": _grant,
    "directory": _directory,
    "fact": _fact,
    "credential": _credential,
    "key": _key,
    "checkpoint": _checkpoint,
    "clock": _clock,
    "redaction": _redaction,
    "sealed": _sealed,
    "acknowledged": _acknowledged,
    "group": _group,
    "notice_channel": _notice_channel,
    "decision": _decision,
}
KINDS = tuple(_TELLERS)
"""The kinds of ledger entries that this release writes."""
