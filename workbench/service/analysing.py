"""``ws.analysing``: proofs, differences, matrices and closest changes of the draft, of versions and of proposals.

``start_…`` returns a :class:`~workbench.service.analysis_jobs.Job` at once: texts are read, checked and analysed in a
thread of its own, never in the caller's and never inside a transaction. A new job of the same kind stops the one before
it; what that had proved already is remembered, so that an edit proves anew only what it touches.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from workbench.analysis.assumptions import OURS, Assumption
from workbench.analysis.results import Answer, Closest, Difference, Kind, Matrix, Outcome, ProofReport
from workbench.analysis.task import Task
from workbench.service.analysis_jobs import Job
from workbench.service.analysis_memory import Remembered
from workbench.service.analysis_subjects import Subject, invariants_of, subject_of
from workbench.service.analyst import LIMIT_MS, ROLE, Analyst, solver_here
from workbench.service.checked import Checked
from workbench.service.drafting import Drafting
from workbench.service.errors import WorkbenchError
from workbench.service.session import Session
from workbench.service.views import Draft
from workbench.service.weighing import OPEN, Weighing, known_entities
from workbench.store import versions as store
from workbench.store.ledger import read_head

if TYPE_CHECKING:
    from workbench.engine.request import Request

DRAFT, IN_FORCE, PARENT = "draft", "", "^"


class Analysing:
    """The use cases of ``prove``, ``diff``, ``matrix``, ``closest`` and of the meaning of a change.

    What is to be analysed is named by a text: ``draft``; the empty text for the version in force; the number or the
    digest of a version or of a proposal; and, as what a change is compared with, ``^`` for whatever it follows.
    """

    def __init__(
        self, session: Session, weighing: Weighing, drafting: Drafting, analyst: Analyst | None = None
    ) -> None:
        self._session = session
        self._weighing = weighing
        self._drafting = drafting
        self.analyst = analyst or Analyst(Remembered())

    @property
    def solver(self) -> bool:
        """Whether the solver is installed here: without it every job fails with ``no_solver``."""
        return solver_here()

    def close(self) -> None:
        """Stop what runs. Safe to call twice."""
        self.analyst.close()

    # ---- what is analysed --------------------------------------------------------------------------------------------

    def subject(self, what: str = DRAFT) -> Subject:
        """What ``what`` names, checked.

        Raises :class:`WorkbenchError`: ``no_version``, ``not_clean``.
        """
        if what == DRAFT:
            return _of_draft(self._drafting.draft())
        with self._session.read() as connection:
            checked = self._checked(connection, what)
        return _subject(checked)

    def pair(self, before: str = PARENT, after: str = DRAFT) -> tuple[Subject, Subject]:
        """The two sides of a change. Raises as :meth:`subject`, and ``no_parent`` (of a first version)."""
        draft = self._drafting.draft() if after == DRAFT else None
        newer = self.subject(after) if draft is None else _of_draft(draft)
        return (self._followed(after, draft) if before == PARENT else self.subject(before)), newer

    def _followed(self, what: str, draft: Draft | None) -> Subject:
        """What ``what`` (the ``draft``, where it is one) would amend."""
        with self._session.read() as connection:
            if draft is not None:
                base = draft.base_version
                rows = store.proposal_list(connection, OPEN)
                digest = next((row.digest for row in rows if row.version == base), read_head(connection).active_digest)
            else:
                checked = self._checked(connection, what)
                if checked.version.parent_digest is None:
                    what = f"{checked.version.constitution_version} is the first version"
                    raise WorkbenchError("nothing to compare it with", what, "name another version", "no_parent")
                digest = checked.version.parent_digest
            parent = self._weighing.version(connection, digest)
        return _subject(parent)

    def _checked(self, connection: Connection, what: str) -> Checked:
        if what == IN_FORCE:
            return self._session.laws.checked(connection, read_head(connection).active_digest)
        version = store.by_name(connection, what) or store.by_digest(connection, what)
        if version is not None:
            return self._session.laws.checked(connection, version.digest)
        rows = store.proposal_list(connection)
        named = [row for row in rows if row.digest == what] or [row for row in rows if row.version == what]
        if not named:
            hint = "name a version, the digest of a version or of a proposal, or `draft`"
            raise WorkbenchError("no such version", f"there is no version `{what}`", hint, "no_version")
        return self._weighing.version(connection, named[-1].digest)

    # ---- in a thread of its own --------------------------------------------------------------------------------------

    def start_prove(
        self,
        what: str = DRAFT,
        *,
        assumption: Assumption = OURS,
        limit_ms: int = LIMIT_MS,
        kinds: Collection[Kind] | None = None,
    ) -> Job[ProofReport]:
        """Every property of a constitution, its invariants among them; it fails where those are not clean."""

        def work(about: tuple[Subject, ...], task: Task) -> ProofReport:
            it = about[0]
            return self.analyst.prove(it.program, task, invariants=it.promised(), kinds=kinds)

        return self.analyst.start_on("prove", lambda: (self.subject(what),), work, Task(assumption, limit_ms))

    def start_difference(
        self, before: str = PARENT, after: str = DRAFT, *, assumption: Assumption = OURS, limit_ms: int = LIMIT_MS
    ) -> Job[Difference]:
        """What a change means."""

        def work(about: tuple[Subject, ...], task: Task) -> Difference:
            return self.analyst.difference(about[0].program, about[1].program, task)

        return self.analyst.start_on("difference", lambda: self.pair(before, after), work, Task(assumption, limit_ms))

    def start_tightens(
        self, before: str = PARENT, after: str = DRAFT, *, assumption: Assumption = OURS, limit_ms: int = LIMIT_MS
    ) -> Job[Answer]:
        """Whether a change only tightens."""

        def work(about: tuple[Subject, ...], task: Task) -> Answer:
            return self.analyst.tightens(about[0].program, about[1].program, task)

        return self.analyst.start_on("tightens", lambda: self.pair(before, after), work, Task(assumption, limit_ms))

    def start_matrix(
        self,
        what: str = DRAFT,
        *,
        attribute: str = ROLE,
        values: Sequence[str] = (),
        assumption: Assumption = OURS,
        limit_ms: int = LIMIT_MS,
    ) -> Job[Matrix]:
        """Values of an attribute × actions."""

        def work(about: tuple[Subject, ...], task: Task) -> Matrix:
            return self.analyst.matrix(about[0].program, task, attribute=attribute, values=values)

        return self.analyst.start_on("matrix", lambda: (self.subject(what),), work, Task(assumption, limit_ms))

    def start_closest(
        self,
        request: Request,
        entities: Sequence[Mapping[str, Any]] = (),
        what: str = DRAFT,
        *,
        wanted: Outcome | None = None,
        directory: bool = True,
        assumption: Assumption = OURS,
        limit_ms: int = LIMIT_MS,
    ) -> Job[Closest]:
        """The smallest change to a request that flips its decision.

        ``entities``: Cedar's JSON list of what comes with the request; with ``directory`` what the workspace believes
        is known as well, and counts before what the request says of the same entity.
        """

        def work(about: tuple[Subject, ...], task: Task) -> Closest:
            it = about[0]
            known = self._with_directory(it, entities) if directory else list(entities)
            return self.analyst.closest(it.program, request, known, task, wanted=wanted)

        return self.analyst.start_on("closest", lambda: (self.subject(what),), work, Task(assumption, limit_ms))

    def _with_directory(self, it: Subject, entities: Sequence[Mapping[str, Any]]) -> list[Any]:
        schema = it.program.schema
        if schema is None:
            return list(entities)
        with self._session.read() as connection:
            believed: list[Any] = known_entities(connection, schema).to_json()
        names = {_named(entity) for entity in believed}
        return [*believed, *(entity for entity in entities if _named(entity) not in names)]


def _named(entity: Mapping[str, Any]) -> tuple[str, str]:
    uid = entity.get("uid", {})
    return str(uid.get("type")), str(uid.get("id"))


def _of_draft(draft: Draft) -> Subject:
    name = f"draft, revision {draft.revision}"
    return subject_of(name, draft.cedar_plus, draft.schema, draft.invariants, revision=draft.revision)


def _subject(checked: Checked) -> Subject:
    number, text = checked.version.constitution_version, checked.version.content.invariants
    return Subject(number, checked.program, invariants_of(number, text, checked.schema, checked.program.by_id))
