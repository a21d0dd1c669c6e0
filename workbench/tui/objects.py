"""What the palette finds besides actions: rules, versions, proposals, cases, agents, decisions, norms, tests, themes.

``gather`` and ``search`` run in a thread and touch no widget. Every text is data of any origin; it is made visible when
it is drawn. Knows services by the workspace that it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from workbench.tui.view.events import verdict
from workbench.tui.view.held import asked
from workbench.tui.view.plain import one_line
from workbench.tui.view.sign import CONFIRM_LENGTH
from workbench.tui.view.spans import name_of

if TYPE_CHECKING:
    from workbench.service.views import EventRow
    from workbench.service.workspace import Workspace

KINDS = {
    "r": "rule",
    "v": "version",
    "p": "proposal",
    "c": "case",
    "a": "agent",
    "e": "event",
    "n": "norm",
    "t": "test",
    "th": "theme",
}
"""What is typed before a colon → the kind that it narrows to."""
ACTIONS_ONLY = ">"
MOST = 2_000  # of each kind
RECENT = 300  # decisions
SHOWN, SHOWN_NARROWED = 6, 60  # found of a kind among all kinds, and where only that kind is asked for
ID_PIECE = 4  # characters of an id that find it
LONGEST = 200  # code points of a text that are searched and shown


@dataclass(frozen=True, slots=True)
class Thing:
    """``name`` is what it is called, ``about`` a few words more; ``target`` is what opens it."""

    kind: str
    name: str
    about: str
    target: str | int


def narrowed(query: str) -> tuple[str, str]:
    """The kind that a query is narrowed to (``>`` for actions, empty for everything) and the words without its mark.

    ``r: refund`` → (``rule``, ``refund``). A mark that is none is a word.
    """
    if query.startswith(ACTIONS_ONLY):
        return ACTIONS_ONLY, query[1:].strip()
    mark, colon, words = query.partition(":")
    kind = KINDS.get(mark.strip().lower(), "") if colon else ""
    return (kind, words.strip()) if kind else ("", query.strip())


def gather(workspace: Workspace, themes: Sequence[str] = ()) -> tuple[Thing, ...]:
    """Everything that can be found, at most ``MOST`` of a kind. What cannot be asked for now is left out."""
    sources: tuple[Callable[[Workspace], Iterable[Thing]], ...] = (
        _rules, _versions, _proposals, _cases, _agents, _events, _norms, _tests
    )  # fmt: skip
    found: list[Thing] = []
    for source in sources:
        with suppress(Exception):  # a locked store, a norm that does not read: the rest is found all the same
            found += islice(source(workspace), MOST)
    found += [Thing("theme", name, "theme of these screens", name) for name in themes]
    return tuple(found)


def search(things: Sequence[Thing], query: str) -> list[tuple[float, Thing]]:
    """What has every word of ``query`` in it, the best first, each with a score from 0 to 1."""
    kind, words = narrowed(query)
    if kind == ACTIONS_ONLY or not (words or kind):
        return []
    parts = words.lower().split()
    scored = [
        (score, thing)
        for thing in things
        if (not kind or thing.kind == kind) and (score := _score(thing, words.lower(), parts))
    ]
    scored.sort(key=lambda found: -found[0])  # stable: as they were gathered among equals
    most = SHOWN_NARROWED if kind else SHOWN
    taken: dict[str, int] = {}
    kept: list[tuple[float, Thing]] = []
    for score, thing in scored:
        taken[thing.kind] = taken.get(thing.kind, 0) + 1
        if taken[thing.kind] <= most:
            kept.append((score, thing))
    return kept


def decision(workspace: Workspace, query: str) -> Thing | None:
    """The decision whose number is asked for, however old: ``e: 48213``."""
    kind, words = narrowed(query)
    number = words.replace(",", "").lstrip("#")
    if kind not in ("", "event") or not number.isascii() or not number.isdigit() or len(number) > 15:
        return None
    rows = workspace.rows((int(number),))
    return _event(rows[0]) if rows else None


def _score(thing: Thing, words: str, parts: Sequence[str]) -> float:
    name, whole = thing.name.lower(), f"{thing.name} {thing.about}".lower()
    target = str(thing.target).lower()  # a digest or an id, by a piece of it that is no chance
    if not all(part in whole or (len(part) >= ID_PIECE and part in target) for part in parts):
        return 0.0
    if not words or name == words:
        return 1.0
    if name.startswith(words):
        return 0.9
    if all(part in name for part in parts):
        return 0.8
    return 0.6


def _cut(text: str) -> str:
    return one_line(text[: LONGEST * 2])[:LONGEST]


def _rules(workspace: Workspace) -> Iterator[Thing]:
    for rule in workspace.rules():
        yield Thing("rule", _cut(rule.id), _cut(rule.english or rule.paraphrase), rule.id)


def _versions(workspace: Workspace) -> Iterator[Thing]:
    for version in reversed(workspace.versions()):
        yield Thing("version", _cut(version.version), _cut(version.summary), version.digest)


def _proposals(workspace: Workspace) -> Iterator[Thing]:
    for proposal in workspace.proposals():
        version = proposal.version
        yield Thing("proposal", _cut(version.version), _cut(f"{proposal.state}: {version.summary}"), version.digest)


def _cases(workspace: Workspace) -> Iterator[Thing]:
    for case in workspace.cases.list(False):
        until = f" until {case.deadline:%d %b %H:%M} UTC" if case.state == "open" and case.deadline is not None else ""
        state = "waits" if case.state == "open" else case.state
        about = f"{state}{until} · {case.procedure} · {case.id[-CONFIRM_LENGTH:]}"
        yield Thing("case", _cut(f"{name_of(case.requester)}: {asked(case)}"), _cut(about), case.id)


def _agents(workspace: Workspace) -> Iterator[Thing]:
    names: dict[str, str] = {}
    for row in reversed(workspace.last_events(RECENT)):
        names[row.agent] = "acted lately"
    with suppress(Exception):  # a directory that cannot be asked: those who acted are found
        for entity in workspace.entities():
            uid = entity.get("uid", {})
            if isinstance(uid, dict) and str(uid.get("type", "")).rpartition("::")[2] == "Agent":
                names.setdefault(str(uid.get("id", "")), "in the directory")
    for name, about in names.items():
        yield Thing("agent", _cut(name), about, name)


def _events(workspace: Workspace) -> Iterator[Thing]:
    for row in reversed(workspace.last_events(RECENT)):
        yield _event(row)


def _event(row: EventRow) -> Thing:
    parts = (verdict(row.outcome, row.violation).word, row.agent, row.verb or row.action, row.resource, row.rule)
    return Thing("event", f"{row.seq:,}", _cut(" ".join(part for part in parts if part)), row.seq)


def _norms(workspace: Workspace) -> Iterator[Thing]:
    for norm in workspace.norms.list():
        yield Thing("norm", _cut(norm.name or norm.id), _cut(f"{norm.state.replace('_', ' ')}: {norm.what}"), norm.id)


def _tests(workspace: Workspace) -> Iterator[Thing]:
    for case in workspace.draft().tests:
        name = str(case.get("name", ""))
        yield Thing("test", _cut(name), _cut(f"expects {case.get('expect', '')}"), name)
