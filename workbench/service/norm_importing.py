"""Importing a norms.db: every norm in force there becomes a run-time norm here, with its content id.

All of them are checked before the first is signed. What violated there is not brought in: the ledger holds what was
decided here and nothing else. What is known of a norm's past (who added it, when, why) goes into the reason of its
adding, which is signed and ledgered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from workbench.governance.errors import GovernanceError
from workbench.governance.overlay import MAX_WHY, placing
from workbench.governance.overlay_rules import compiled_norm
from workbench.norms import GLOBAL, Norm, NormError, tokens
from workbench.norms import notes as norm_notes
from workbench.norms.reporting import seen
from workbench.service.clock import moment
from workbench.service.errors import WorkbenchError
from workbench.service.norm_files import NormFile
from workbench.service.session import Session
from workbench.store.ledger import read_head

if TYPE_CHECKING:
    from workbench.compat.normsync import WorldNorm
    from workbench.compat.normsync.reading import NormsDatabase
    from workbench.language.schema import Schema
    from workbench.service.governing_views import SignWith
    from workbench.service.norming import Norms

State = Literal["new", "imported", "in_force", "inactive", "idle", "left_out", "refused"]
_PROBE = "00000000"  # an overlay's id, for one that is never placed


@dataclass(frozen=True, slots=True)
class ImportedNorm:
    """What becomes of one norm of the file. ``new``: it would be imported; ``in_force``: it is already, as it stands;
    ``inactive``: repealed there, and so left out; ``idle``: it prohibits nothing there, and so nothing could ever break
    it; ``left_out``: as was asked; ``refused``: ``code``, ``problem`` and ``help`` say why. ``notes``:
    what is different here."""

    id: str
    name: str
    scope: str
    state: State
    why: str = ""
    code: str = ""
    problem: str = ""
    help: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Imported:
    """The whole import. ``violations``, ``revisions``: how many the file tells of, none of which are entered."""

    path: str
    norms: tuple[ImportedNorm, ...]
    violations: int
    revisions: int
    dry: bool

    def of(self, state: State) -> tuple[ImportedNorm, ...]:
        """The norms in one state, in the order of the file."""
        return tuple(norm for norm in self.norms if norm.state == state)


class ImportRefusedError(WorkbenchError):
    """Norms of the file cannot be norms here, and so none was imported. ``plan`` says which, and why."""

    def __init__(self, plan: Imported) -> None:
        refused = plan.of("refused")
        first = refused[0]
        many = f"{len(refused)} of {len(plan.norms)} norms cannot be norms here, and none was imported"
        super().__init__(
            "not imported", f"{many}; the first is `{first.name}`: {first.problem}", first.help, first.code
        )
        self.plan = plan


class NormImport:
    """The use case ``norm import``."""

    def __init__(self, session: Session, norms: Norms) -> None:
        self._session = session
        self._norms = norms

    def plan(self, path: Path, *, why: str = "", without: Sequence[str] = ()) -> Imported:
        """What an import would do. Nothing is written. ``without``: ids or names of norms that are left out.

        Raises as :class:`NormFile`, and :class:`WorkbenchError` (``no_norm``) for one that the file does not have.
        """
        return self._planned(NormFile(path), why, without)[0]

    def run(
        self,
        path: Path,
        *,
        why: str = "",
        using: SignWith | None = None,
        without: Sequence[str] = (),
        told: Callable[[ImportedNorm], object] = lambda _: None,
    ) -> Imported:
        """Import every norm that is in force in the file and not here, in the order of the file.

        ``why``: said of each beside its past; ``without``: as of :meth:`plan`; ``told`` hears of each as it is done. A
        second import changes nothing.

        Raises :class:`ImportRefusedError` where any cannot be a norm here (then none is imported), and as
        ``Norms.add``: should that happen midway, what is imported stays so, and a further import goes on from there.
        """
        seen_at = self._session.head().generation  # of what is planned from, or older
        plan, norms = self._planned(NormFile(path), why, without)
        if plan.of("refused"):
            raise ImportRefusedError(plan)
        done: list[ImportedNorm] = []
        standing: set[str] = set()
        for entry, norm in zip(plan.norms, norms, strict=True):
            if entry.state == "new" and norm is not None:
                generation = self._session.head().generation
                if generation != seen_at:  # someone else adds and repeals as well
                    standing = {view.id for view in self._norms.list()}
                if norm.id not in standing:
                    self._norms.place(norm, why=entry.why, using=using)
                    generation += 1
                entry = replace(entry, state="in_force" if norm.id in standing else "imported")
                seen_at = generation
                told(entry)
            done.append(entry)
        return Imported(plan.path, tuple(done), plan.violations, plan.revisions, dry=False)

    def _planned(self, file: NormFile, why: str, without: Sequence[str]) -> tuple[Imported, list[Norm | None]]:
        there = {name for norm in file.data.norms for name in (norm.id, norm.name)}
        strange = next((name for name in without if name not in there), None)
        if strange is not None:
            what = f"the file has no norm `{strange[:80]}`"
            raise WorkbenchError("no such norm", what, "`--dry-run` lists them", "no_norm")
        with self._session.read() as connection:
            head = read_head(connection)
            checked = self._session.laws.checked(connection, head.active_digest)
        views = self._norms.list()
        standing, names = {view.id: view.norm for view in views}, {view.name: view.id for view in views if view.name}
        asking = _Asking(self._session.swarm_id, checked.digest, moment(self._session.now(head)), checked.schema)
        entries: list[ImportedNorm] = []
        norms: list[Norm | None] = []
        for found in file.data.norms:
            said = told_past(found.id, found.name, file.data, before=why)
            if not {found.id, found.name}.isdisjoint(without):
                entries.append(ImportedNorm(found.id, found.name, found.scope, "left_out", said))
                norms.append(None)
                continue
            entry, norm = _entry(found, said, asking, standing)
            if norm is not None and entry.state == "new":
                standing[entry.id] = norm  # should it stand in the file twice
                namesake = names.setdefault(norm.name, norm.id)
                if namesake != norm.id:
                    entry = _noted(entry, f"another norm of that name is in force ({namesake})")
            entries.append(entry)
            norms.append(norm)
        known = file.data
        return Imported(str(file.path), tuple(entries), len(known.violations), len(known.revisions), dry=True), norms


@dataclass(frozen=True, slots=True)
class _Asking:
    """Whether a norm could be placed here now, asked without placing it."""

    swarm_id: str
    constitution: str
    now: datetime
    schema: Schema

    def require(self, norm: Norm, why: str) -> None:
        """Raises :class:`NormError` or :class:`GovernanceError`."""
        content = compiled_norm(norm, self.schema)
        placing(
            swarm_id=self.swarm_id, id=_PROBE, content=content, why=why, placed_at=self.now, expires_at=None,
            constitution=self.constitution,
        )  # fmt: skip


def _entry(
    found: WorldNorm, why: str, asking: _Asking, standing: dict[str, Norm | None]
) -> tuple[ImportedNorm, Norm | None]:
    if not found.active:
        return ImportedNorm(found.id, found.name, found.scope, "inactive", why), None
    if not tokens(found.prohibited or ""):
        return ImportedNorm(found.id, found.name, found.scope, "idle", why), None
    notes: list[str] = []
    scope = found.scope.strip()
    if not scope:
        scope = GLOBAL
        notes.append("it has no scope there, which here is `global`")
    elif scope.lower() != GLOBAL:
        notes.append(f"its scope `{scope}` says nothing there; here it binds that faction only")
    try:
        norm = Norm(found.name, found.description, found.condition, found.prohibited, scope, found.priority)
        asking.require(norm, why)
    except (NormError, GovernanceError) as error:
        refused = (error.code, error.message, error.help)
        return ImportedNorm(found.id, found.name, found.scope, "refused", why, *refused), None
    state: State = "new"
    if found.id in standing:
        state, other = "in_force", standing[found.id]
        if other is not None and _differs(other, norm):
            notes.append("it stands here with another scope, priority, severity or description, and is left so")
    notes += norm_notes(norm, asking.schema) if state == "new" else ()
    return ImportedNorm(found.id, found.name, scope, state, why, notes=tuple(notes)), norm


def _differs(one: Norm, other: Norm) -> bool:
    """Whether they differ in more than the letters of a scope, which is spelled as the directory has it."""
    return replace(one, scope=one.scope.lower()) != replace(other, scope=other.scope.lower())


def _noted(entry: ImportedNorm, note: str) -> ImportedNorm:
    return replace(entry, notes=(*entry.notes, note))


def told_past(id: str, name: str, data: NormsDatabase, *, before: str = "") -> str:
    """Why a norm is added: ``before``, then what the file tells of its versions and revisions, as much as fits."""
    versions = [each for each in data.versions if each.norm_name == name]
    told = [f"version {each.version} of {_day(each.changed_at)} by {each.changed_by}: {each.change_reason}"
            for each in versions]  # fmt: skip
    told += [
        f"{each.revision_type} of {_day(each.timestamp)}" + (f": {each.reason}" if each.reason else "")
        for each in data.revisions
        if each.norm_id == id
    ]
    past = "imported from a norms.db" + (f" ({'; '.join(told)})" if told else "")
    start = f"{before.strip()}; " if before.strip() else ""
    return start + _cut(seen(" ".join(past.split())), MAX_WHY - len(start))


def _day(timestamp: float) -> str:
    try:
        return f"{datetime.fromtimestamp(timestamp, UTC):%Y-%m-%d}"
    except (OverflowError, OSError, ValueError):
        return "an unknown day"


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: max(longest - 1, 0)] + "…"


def as_rows(plan: Imported) -> Sequence[Sequence[str]]:
    """The import as rows of a table: id, name, scope, what becomes of it, remarks."""
    words = {"new": "would be imported", "in_force": "in force already", "inactive": "repealed there: left out",
             "idle": "prohibits nothing: left out", "left_out": "left out"}  # fmt: skip
    return [
        (each.id, each.name, each.scope, words.get(each.state, each.state), each.problem or "; ".join(each.notes))
        for each in plan.norms
    ]
