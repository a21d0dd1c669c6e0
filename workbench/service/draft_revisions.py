"""The draft's revisions: what each changed, back and forth among them, and any one of them again.

Revisions are never changed: going back saves an older text as a new revision that names the one it brought back, and
from those names it follows what is undone and redone next, also after a restart. Imports the store's drafts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Connection

from workbench.service.clock import moment
from workbench.service.draft_rows import of_version
from workbench.service.errors import WorkbenchError
from workbench.service.views import Draft
from workbench.store import drafts
from workbench.store.ledger import read_head

if TYPE_CHECKING:
    from workbench.service.drafting import Drafting
    from workbench.service.session import Session

Way = Literal["undo", "redo"]
State = Literal["saved", "stale", "restored", "follows"]
Step = tuple[int, int | None]
"""A revision's number, and the number of the one it brought back."""

EXACT_LINES = 300
_TEXTS = (("English", "english"), ("Cedar+", "cedar_plus"), ("schema", "schema_text"), ("invariants", "invariants"))


@dataclass(frozen=True, slots=True)
class Change:
    """What a revision changed of one part: lines (of ``tests``: cases) that came and went; the first that differs."""

    part: str
    added: int
    removed: int
    first: str = ""


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision. ``key`` names it also where two share a number, as one that lost a race does.

    ``state``: ``saved``, ``stale`` (lost a race), ``restored`` (brought ``restored`` back), ``follows`` (the text of
    version ``follows``, which came into force while nobody had written in the draft). ``newest``: the draft.
    ``changes``: against the one before it; none for the oldest that is kept.
    """

    key: int
    number: int
    saved_at: datetime
    state: State
    restored: int | None
    newest: bool
    changes: tuple[Change, ...]
    english: str
    cedar_plus: str
    follows: str = ""


def undone(steps: Sequence[Step]) -> int | None:
    """The revision that undoing brings back; ``None`` where nothing older is known. ``steps``: all, oldest first."""
    return _before(steps, _stands_for(steps[-1])) if steps else None


def redone(steps: Sequence[Step]) -> int | None:
    """The revision that redoing brings back; ``None`` where nothing was undone, or something was written since."""
    if not steps or steps[-1][1] is None:
        return None
    here = _stands_for(steps[-1])
    later = next((number for number, restored in reversed(steps) if restored is None), None)
    while later is not None:  # from the last text that was written, back to here
        before = _before(steps, later)
        if before == here:
            return later
        later = before
    return None


def _stands_for(step: Step) -> int:
    number, restored = step
    return number if restored is None else restored


def _before(steps: Sequence[Step], number: int) -> int | None:
    """The revision before ``number``; always a smaller one, because what is brought back is older than what does."""
    at = next((at for at, step in enumerate(steps) if step[0] == number), 0)
    return _stands_for(steps[at - 1]) if at else None


class DraftRevisions:
    """The use cases of the draft's history."""

    def __init__(self, session: Session, drafting: Drafting) -> None:
        self._session = session
        self._drafting = drafting

    def list(self, limit: int = 100) -> tuple[Revision, ...]:
        """The newest revisions, newest first; those that lost a race are among them."""
        with self._session.read() as connection:
            rows = drafts.kept(connection, limit + 1)
            begun_on = self._numbered(connection, 0) if len(rows) <= limit else None
        newest = next((key for key, row in rows if row.origin in drafts.WRITTEN), None)
        found = []
        for place, (key, row) in enumerate(rows[:limit]):
            before = next((each for _, each in rows[place + 1 :] if each.origin in drafts.WRITTEN), begun_on)
            found.append(_revision(key, row, before, newest=key == newest))
        return tuple(found)

    def possible(self) -> tuple[int | None, int | None]:
        """The revisions that undoing and redoing would bring back."""
        with self._session.read() as connection:
            steps = _steps(connection)
        return undone(steps), redone(steps)

    def undo(self, revision: int) -> Draft:
        """Bring back what stood before. ``revision``: the one on the screen.

        Raises :class:`WorkbenchError`: ``nothing_to_undo``, ``stale_draft``.
        """
        return self._step("undo", revision)

    def redo(self, revision: int) -> Draft:
        """Bring back what was undone last. Raises :class:`WorkbenchError`: ``nothing_to_redo``, ``stale_draft``."""
        return self._step("redo", revision)

    def restore(self, key: int, revision: int) -> Draft:
        """Bring back the revision called ``key``, as a new one; 0: the version that the first was written on.

        Raises :class:`WorkbenchError`: ``no_revision`` where it was let go, ``stale_draft``.
        """
        with self._session.write() as connection:
            stored = drafts.row(connection, key) if key else self._numbered(connection, 0)
            if stored is None:
                why = "it is not kept any more" if key else "the draft has no revision yet, or not its first any more"
                raise WorkbenchError("no such revision", why, "the newest 500 are kept", "no_revision")
            number = stored.revision if stored.restored is None else stored.restored
            return self._put(connection, stored, None if stored.origin == "stale" else number, revision)

    def key_of(self, number: int, *, lost: bool = False) -> int:
        """The key of the saved revision with a number; ``lost``: of the newest with that number that lost a race.

        0 is its own: the version that the first revision was written on, which nobody saved.
        Raises :class:`WorkbenchError` (``no_revision``, ``no_lost_revision``).
        """
        if not number and not lost:
            return 0
        with self._session.read() as connection:
            rows = drafts.kept(connection)
        numbered = ((key, row) for key, row in rows if row.revision == number)
        found = next(
            (key for key, row in numbered if (row.origin == "stale" if lost else row.origin in drafts.WRITTEN)), None
        )
        if found is None and lost:
            raise WorkbenchError(
                "no such revision",
                f"no text that lost a race has the number `{number}`",
                "`draft history` lists them as `lost`",
                "no_lost_revision",
            )
        if found is None:
            raise WorkbenchError(
                "no such revision", f"the draft has no revision `{number}`", "`draft history` lists them", "no_revision"
            )
        return found

    def _step(self, way: Way, revision: int) -> Draft:
        with self._session.write() as connection:
            steps = _steps(connection)
            number = undone(steps) if way == "undo" else redone(steps)
            stored = None if number is None else self._numbered(connection, number)
            if stored is None:
                why = "there is no older revision" if way == "undo" else "nothing was undone since the last change"
                raise WorkbenchError(f"nothing to {way}", why, "", f"nothing_to_{way}")
            return self._put(connection, stored, number, revision)

    def _numbered(self, connection: Connection, number: int) -> drafts.StoredDraft | None:
        """A saved revision; 0 is the version that the first one was written on, which nobody saved."""
        if number:
            return drafts.numbered(connection, number)
        first = drafts.numbered(connection, 1)
        version = None if first is None else self._drafting.named(connection, first.base_version)
        return None if first is None or version is None else of_version(version, 0, first.saved_at)

    def _put(self, connection: Connection, stored: drafts.StoredDraft, restored: int | None, revision: int) -> Draft:
        head = read_head(connection)
        standing = self._drafting.standing(connection, head)
        if standing.revision != revision:
            raise WorkbenchError(
                "the draft was changed elsewhere",
                f"revision {revision} was on the screen, but revision {standing.revision} has been saved since",
                "look at the newest revision, then go back from there",
                "stale_draft",
            )
        now = self._session.now(head)
        new = replace(stored, revision=revision + 1, origin="saved", saved_at=now, restored=restored)
        drafts.add(connection, new)
        return self._drafting.view_of(connection, head, new)


def _steps(connection: Connection) -> list[Step]:
    """All that is kept, with the beginning where that was not let go; a draft that followed before anybody wrote in it
    has none."""
    steps = drafts.steps(connection)
    if not steps or steps[0][0] != 1:
        return steps
    first = drafts.numbered(connection, 1)
    return steps if first is not None and first.origin == "follows" else [(0, None), *steps]


def _revision(key: int, row: drafts.StoredDraft, before: drafts.StoredDraft | None, *, newest: bool) -> Revision:
    state: State = "saved"
    if row.origin == "stale":
        state = "stale"
    elif row.origin == "follows":
        state = "follows"
    elif row.restored is not None:
        state = "restored"
    return Revision(
        key=key,
        number=row.revision,
        saved_at=moment(row.saved_at),
        state=state,
        restored=row.restored,
        newest=newest,
        changes=() if before is None else changes(before, row),
        english=row.english,
        cedar_plus=row.cedar_plus,
        follows=row.base_version if state == "follows" else "",
    )


def changes(before: drafts.StoredDraft, after: drafts.StoredDraft) -> tuple[Change, ...]:
    """What differs between two revisions, part by part."""
    found = [
        _lines(part, getattr(before, name), getattr(after, name))
        for part, name in _TEXTS
        if getattr(before, name) != getattr(after, name)
    ]
    if before.tests != after.tests:
        found.append(_cases(json.loads(before.tests), json.loads(after.tests)))
    if before.base_version != after.base_version:
        found.append(Change("built on", 0, 0, after.base_version))
    return tuple(found)


def _lines(part: str, before: str, after: str) -> Change:
    """Lines that came and went: exact where few lie between the first and the last that differ, and never slow."""
    old, new = before.split("\n"), after.split("\n")
    same = next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    tail = next(
        (at for at, (a, b) in enumerate(zip(reversed(old[same:]), reversed(new[same:]), strict=False)) if a != b),
        min(len(old), len(new)) - same,
    )
    came, went = new[same : len(new) - tail], old[same : len(old) - tail]
    if max(len(came), len(went)) <= EXACT_LINES:
        pieces = [
            (went[i:j], came[k:m])
            for what, i, j, k, m in SequenceMatcher(None, went, came, autojunk=False).get_opcodes()
            if what != "equal"
        ]
        went = [line for gone, _ in pieces for line in gone]
        came = [line for _, new_ in pieces for line in new_]
    first = next((line.strip() for line in (*came, *went) if line.strip()), "")
    return Change(part, len(came), len(went), first)


def _cases(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> Change:
    """Test cases that came and went; one that was changed did both."""
    old, new = ([json.dumps(case, sort_keys=True) for case in cases] for cases in (before, after))
    kept_old, kept_new = set(old), set(new)
    came = [case for case, text in zip(after, new, strict=True) if text not in kept_old]
    went = [case for case, text in zip(before, old, strict=True) if text not in kept_new]
    first = str((came or went or [{}])[0].get("name", ""))
    return Change("tests", len(came), len(went), first)
