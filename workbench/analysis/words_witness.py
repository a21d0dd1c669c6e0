"""A witness in words: who asks for what, what comes of it, and the data behind it, what the rules read first.

Pure; imports the values of this room, the voice, and the engine's reading of uids, and how Cedar and
sentences quote.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from workbench.analysis.results import Judged, Witness
from workbench.analysis.words_voice import MUTE, Voice, cedar_value, member
from workbench.engine.conversion import InputError, parse_uid, uid_from_json
from workbench.engine.values import EntityUid
from workbench.language.literals import quote
from workbench.language.quotation import bare, quoted

CONFIRMED = "Here is one, confirmed by both engines."
UNKNOWN = "nothing is known of it"
_Uid: TypeAlias = tuple[str, str]
_VARIABLES = ("principal", "action", "resource", "context")


@dataclass(frozen=True, slots=True)
class Fact:
    """One field of a witness: its path as rules write it, its value as Cedar writes it.

    ``read``: whether the rules that decide it read it.
    """

    path: str
    value: str
    read: bool = False


@dataclass(frozen=True, slots=True)
class WitnessSaid:
    """A request and its data. ``request``: who asks for what. ``outcome``: what comes of it (sentences).

    ``facts``: what the rules read first, then the rest; who, what and to what not among them. ``sure``: whether it is
    known what the rules read.
    """

    request: str
    outcome: tuple[str, ...]
    facts: tuple[Fact, ...]
    sure: bool = False

    @property
    def read(self) -> tuple[Fact, ...]:
        """The facts that the deciding rules read; all of them where it is not known which those are."""
        return tuple(fact for fact in self.facts if fact.read or not self.sure)

    @property
    def unread(self) -> tuple[Fact, ...]:
        """The facts that :attr:`read` leaves out, which nothing rests on."""
        return tuple(fact for fact in self.facts if self.sure and not fact.read)


def witness_said(witness: Witness, voice: Voice = MUTE, rules: Sequence[str] = ()) -> WitnessSaid:
    """A witness in words. ``rules``: those that the answer is about, so that what they read comes first."""
    outcome = [judged_words(witness.after, voice, witness)]
    if witness.before is not None:
        outcome = [
            f"The present version: {_lower(judged_words(witness.before, voice, witness))}",
            f"The new version: {_lower(outcome[0])}",
        ]
    facts, sure = facts_of(witness, voice, rules), voice.decides(witness)
    return WitnessSaid(request_words(witness.request), tuple(outcome), facts, sure)


def approval_said(witness: Witness) -> WitnessSaid:
    """Who qualifies to approve what: the principal of such a witness is the approver, not whoever asks for it.

    That the request waits for the approval is not said: it was not asked. No rule decides it, so all facts count.
    """
    request = witness.request
    approver, resource = uid_text(request.get("principal", "")), uid_text(request.get("resource", ""))
    requester = (request.get("context") or {}).get("requester")
    what = "such an amendment"
    if requester is not None:
        what = f"that {uid_text(requester)} does {action_text(request.get('action', ''))} on {resource}"
    return WitnessSaid(f"{approver} qualifies to approve {what}.", (), facts_of(witness))


def request_words(request: Mapping[str, Any]) -> str:
    """``Agent::"a1" asks to do "issue_refund" on Ticket::"t1".``"""
    principal, resource = (uid_text(request.get(name, "")) for name in ("principal", "resource"))
    return f"{principal} asks to do {action_text(request.get('action', ''))} on {resource}."


def action_text(action: Any) -> str:
    """An action by its name alone where it is an ``Action``, else by its whole uid."""
    uid = _uid(action)
    if uid is None:
        return _no_uid(action)
    return _in_line(quote(uid[1]) if uid[0] == "Action" else str(EntityUid(*uid)))


def action_short(uid: tuple[str, str]) -> str:
    """An action as a heading: its bare name where it is an ``Action``, else its whole uid."""
    return bare(uid[1]) if uid[0] == "Action" else _in_line(str(EntityUid(*uid)))


def uid_text(form: Any) -> str:
    """``Type::"id"``, whichever way the uid is given; what is none, quoted; ``?`` for nothing at all."""
    uid = _uid(form)
    return _no_uid(form) if uid is None else _in_line(str(EntityUid(*uid)))


def _no_uid(form: Any) -> str:
    return quoted(str(form)) if form else "?"


def _in_line(literal: str) -> str:
    """Cedar's own text with no backtick in it, which would open a quotation where sentences are made Markdown."""
    return literal.replace("`", "\\u{60}")


def judged_words(judged: Judged, voice: Voice = MUTE, witness: Witness | None = None) -> str:
    """What comes of a request, and by which rules."""
    by = named(judged.reasons, voice)
    if judged.outcome == "allow":
        said = f"It is permitted by {by}." if by else "It is permitted."
        if judged.errors:
            said += f" {_failed(judged, voice, witness)}"
    elif judged.outcome == "hold":
        permits = "" if witness is None else named(voice.permits(witness, judged), voice)
        have = "has" if len(judged.reasons) == 1 else "have"
        permitted = f"It is permitted by {permits}," if permits else "It is permitted"
        said = f"{permitted} once {by} {have} approved." if by else "It waits for approval."
    elif judged.code == "forbidden" and by:
        said = f"It is denied by {by}."
    elif judged.errors:
        said = f"It is denied, because {_lower(_failed(judged, voice, witness))}"
    elif judged.code == "not_permitted":
        miss = None if witness is None else voice.nearest(witness, judged)
        nearest = "" if miss is None else f"; {named((miss.rule,), voice)} comes nearest"
        said = f"It is denied, because no rule permits it{nearest}."
    elif judged.code == "invalid_request":
        said = "It is denied, because the schema has no such request."
    else:
        said = f"It is denied by {by}." if by else "It is denied."
    cedar = "would permit" if judged.cedar == "allow" else "would deny"
    if (judged.cedar == "allow") != (judged.outcome in ("allow", "hold")):
        said += f" Cedar itself {cedar} it."
    return said


def _failed(judged: Judged, voice: Voice, witness: Witness | None) -> str:
    """Which rules cannot be evaluated, and why the first cannot, where that is known."""
    why = "" if witness is None else voice.failure(witness, judged.errors[0])
    said = f"{named(judged.errors, voice)} cannot be evaluated"
    return f"{said}: {why}." if why else f"{said}."


def named(rules: Sequence[str], voice: Voice = MUTE) -> str:
    """```a`, `b` and `c```, each by the name that a person knows, and none of which gets out of its quotation."""
    names = [quoted(voice.name(rule)) for rule in rules]
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


# ---- facts -----------------------------------------------------------------------------------------------------------


def facts_of(witness: Witness, voice: Voice = MUTE, rules: Sequence[str] = ()) -> tuple[Fact, ...]:
    """The data of a witness, field by field: what the rules read in the order in which they read it, then the rest."""
    found = dict(_every_fact(witness, voice))
    first: list[Fact] = []
    for read in voice.reads(witness, rules):
        if read.path in _VARIABLES:
            continue  # the request itself says who, what and to what
        if read.missing:
            first.append(Fact(read.path, found.pop(read.path, "missing"), read=True))
        else:
            first.append(Fact(read.path, cedar_value(read.value), read=True))
            found.pop(read.path, None)
    for name in ("resource", "principal"):
        if found.get(name) == UNKNOWN and any(fact.path.startswith(f"{name}.") for fact in first):
            first.insert(0, Fact(name, found.pop(name), read=True))
    return (*first, *(Fact(path, value) for path, value in found.items()))


def _every_fact(witness: Witness, voice: Voice) -> Iterator[tuple[str, str]]:
    """All fields of the request and its entities by path; an entity that no field leads to by its uid."""
    known: dict[_Uid, Mapping[str, Any]] = {}
    for entity in witness.entities:
        uid = _uid(entity.get("uid"))
        if uid is not None:
            known[uid] = entity
    context = witness.request.get("context") or {}
    yield from _fields("context", context)
    paths: dict[_Uid, str] = {}
    for name in ("principal", "resource"):
        uid = _uid(witness.request.get(name))
        if uid is None:
            continue
        if uid in paths:
            yield name, f"the same as the {paths[uid]}"
        else:
            paths[uid] = name
            if uid not in known and _has_data(uid[0], voice):
                yield name, UNKNOWN
    waiting = list(paths)
    _follow(context, "context", paths, waiting)
    while waiting:
        uid = waiting.pop(0)
        row = known.get(uid)
        if row is None:
            continue
        path = paths[uid]
        attributes = row.get("attrs") or {}
        yield from _fields(path, attributes)
        for tag, value in (row.get("tags") or {}).items():
            yield f"{path}.getTag({cedar_value(tag)})", cedar_value(value)
        for parent in row.get("parents") or ():
            yield f"{path} in {uid_text(parent)}", "true"
        _follow(attributes, path, paths, waiting)
    for uid, entity in known.items():
        if uid not in paths:
            path = str(EntityUid(*uid))
            yield from _fields(path, entity.get("attrs") or {})
            for parent in entity.get("parents") or ():
                yield f"{path} in {uid_text(parent)}", "true"


def _fields(path: str, record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in record.items():
        inner = _within(path, name)
        if isinstance(value, Mapping) and value and not {"__entity", "__extn"} & set(value):
            yield from _fields(inner, value)
        else:
            yield inner, cedar_value(value)


def _follow(record: Mapping[str, Any], path: str, paths: dict[_Uid, str], waiting: list[_Uid]) -> None:
    """Give every entity that a field names the path that leads to it, the first one found."""
    for name, value in record.items():
        if not isinstance(value, Mapping):
            continue
        if "__entity" in value:
            uid = _uid(value)
            if uid is not None and uid not in paths:
                paths[uid] = _within(path, name)
                waiting.append(uid)
        elif "__extn" not in value:
            _follow(value, _within(path, name), paths, waiting)


def _within(path: str, name: str) -> str:
    said = member(name)
    return f"{path}.{said}" if said == name else f"{path}[{said}]"


def _has_data(kind: str, voice: Voice) -> bool:
    """Whether anything could be known of entities of this type; taken to be so where the schema is not known."""
    declared = None if voice.schema is None else voice.schema.entity_types.get(kind)
    return declared is None or bool(declared.attributes or declared.parents or declared.tags)


def _uid(form: Any) -> _Uid | None:
    try:
        uid = parse_uid(form) if isinstance(form, str) else uid_from_json(form)
    except (InputError, TypeError, AttributeError):
        return None
    return uid.type, uid.id
