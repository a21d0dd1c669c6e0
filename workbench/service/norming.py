"""Norms: added and repealed at run time, listed with those of the constitution, checked.

The use cases for faces, ``Workspace.norms``. A norm is compiled to a forbid and placed as an overlay (``overlays``), so
it acts from the next decision on in every process, can only forbid, is signed by an operator (in a workspace made
``--unsigned`` by nobody), and is in the ledger with who, when and why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from workbench.engine.request import Request
from workbench.governance.overlay_rules import compiled_norm
from workbench.language.diagnostics import DiagnosticsError
from workbench.language.schema import Schema
from workbench.language.schema_reader import read_schema
from workbench.norms import Norm, World, notes, world_of
from workbench.service.deciding import Deciding
from workbench.service.drafting import Drafting
from workbench.service.errors import WorkbenchError, governed
from workbench.service.governing_views import SignWith
from workbench.service.norm_checking import NormChecking
from workbench.service.norm_finding import meant
from workbench.service.norm_previewing import NormPreview, preview_of
from workbench.service.norm_record import NormRecord, signed_norms
from workbench.service.norm_views import Added, NormRevision, NormVersion, NormView, Outcome
from workbench.service.overlays import Overlays
from workbench.service.session import Session
from workbench.service.views import Credential, Draft
from workbench.service.watching import Watching
from workbench.store import directory as directory_store

NO_REASON = "no reason given"
_REFUSED = "the norm was refused"


class Norms:
    """The use cases."""

    def __init__(
        self, session: Session, overlays: Overlays, drafting: Drafting, deciding: Deciding, watching: Watching
    ) -> None:
        self._session = session
        self._overlays = overlays
        self._drafting = drafting
        self._record = NormRecord(session)
        self._checking = NormChecking(session, deciding, watching)

    @property
    def unsigned(self) -> bool:
        """Whether this workspace takes norms without a signature."""
        return self._overlays.unsigned

    @property
    def world(self) -> World | None:
        """The shape of a world that the schema in force has; ``None`` where norms name actions and values instead."""
        return self._checking.world()

    # ---- reading -----------------------------------------------------------------------------------------------------

    def list(self, in_force: bool = True) -> tuple[NormView, ...]:
        """Those in force, the constitution's first, then those added at run time in their order; or all there were."""
        with self._session.read() as connection:
            views = self._record.views(connection)
        return tuple(view for view in views if view.active or not in_force)

    def get(self, id: str) -> NormView:
        """One norm by its content id, its overlay's id, its name, or the beginning of one of them (four characters or
        more). Where several had that name or id, the one in force is meant, else the last.

        Raises :class:`WorkbenchError`: ``no_norm``, ``not_unique``.
        """
        found = meant(id, self.list(in_force=False), _names, lambda view: view.active)
        if not found:
            raise WorkbenchError(
                "no such norm", f"there is no norm `{id[:80]}`", "`workbench norm list --all`", "no_norm"
            )
        if len(found) > 1:
            alike = len({view.id for view in found}) < len(found)  # then the overlay's id alone tells them apart
            ids = ", ".join(f"`{(alike and view.overlay) or view.id}`" for view in found[:5])
            what = f"`{id[:80]}` can be {ids}{' …' if len(found) > 5 else ''}"
            raise WorkbenchError("which norm?", what, "say its id", "not_unique")
        return found[0]

    def revisions(self, limit: int | None = None) -> tuple[NormRevision, ...]:
        """Who added, repealed, promoted or amended which norm, when and why; newest first."""
        with self._session.read() as connection:
            return tuple(self._record.revisions(connection)[:limit])

    def history(self, name: str) -> tuple[NormVersion, ...]:
        """The forms that the norm of this name (or of the one with this id) had, newest first, counted from 1.

        Raises :class:`WorkbenchError`: ``no_norm``, ``not_unique``.
        """
        with self._session.read() as connection:
            found = self._record.history(connection, name)
        if found:
            return tuple(found)
        view = self.get(name)
        if not view.name:
            what = f"`{view.id}` was not added under a name"
            raise WorkbenchError("a norm without a name", what, "`workbench norm revisions` tells of it", "no_name")
        with self._session.read() as connection:
            return tuple(self._record.history(connection, view.name))

    # ---- adding and repealing ----------------------------------------------------------------------------------------

    def add(self, norm: Norm, *, why: str = NO_REASON, using: SignWith | None = None, replace: bool = False) -> Added:
        """Forbid from the next action on what ``norm`` says. An operator signs; ``using``: ``None`` where nobody must.

        One that is in force already is not added twice. ``replace``: whatever else is in force under its name or id is
        repealed in the same go, after the new one acts, so that there is no moment without one.

        Raises :class:`WorkbenchError`: ``in_force_otherwise`` (its id is in force with another scope, priority,
        severity or description), the codes of ``NormError`` and of overlays (``signature_needed``, ``not_operator`` …).
        """
        with self._session.read() as connection:
            checked = self._record.checked(connection)
            norm = self._spelled(connection, norm, world_of(checked.schema))
            signed = signed_norms(checked)
        with governed(_REFUSED):
            content = compiled_norm(norm, checked.schema)
        standing = [view for view in self.list() if norm.id == view.id or norm.name == view.name]
        same = next((view for view in standing if view.norm == norm), None)
        if same is not None and not (replace and len(standing) > 1):
            return Added(same, already=True, notes=(_already(same),))
        twin = next((view for view in standing if view.id == norm.id and view is not same), None)
        if twin is not None and not replace:
            raise WorkbenchError(
                "the norm is in force otherwise",
                f"`{norm.name}` ({norm.id}) is in force with another {_listed(_differing(twin, norm))}",
                "put this one in its place with `--replace`",
                "in_force_otherwise",
            )
        if same is None:
            beside = frozenset(view.overlay for view in standing) if replace else None
            try:
                placed = self._overlays.place_norm(content, why=why, using=using, beside=beside)
            except WorkbenchError as error:
                same = next((view for view in self.list() if view.norm == norm), None)
                if error.code != "stands_already" or same is None:
                    raise
                return Added(same, already=True, notes=(_already(same),))  # another process added it just now
            same = self._of_overlay(placed.id)
        others = [view for view in standing if view.norm != norm and view.state == "in_force"]
        left = [view for view in self.list() if view != same and not (replace and view in others)]
        said = [*notes(norm, checked.schema)]
        for each in preview_of(self._session, norm, content, left, checked).conflicts:
            if each.kind != "field_word":  # a note above
                said.append(f"{each.description}; {each.help}" if each.help else each.description)
        if replace:
            gone = tuple(self._replaced(view, norm, using) for view in others)
        else:
            gone = ()
            said += [_namesake(view) for view in others]
        kept = [view for view in signed if view.norm != norm and norm.name == view.name]
        said += [
            f"the constitution has a norm `{view.name}` too ({view.id}); it is amended, not replaced" for view in kept
        ]
        return Added(same, replaced=gone, notes=tuple(said))

    def place(self, norm: Norm, *, why: str, using: SignWith | None = None) -> str:
        """Add a norm of which it is known that none with its id is in force; the id of its overlay. For imports, which
        have looked at all at once: :meth:`add` looks at every norm there is. Raises as :meth:`add`."""
        with self._session.read() as connection:
            schema = self._record.checked(connection).schema
            norm = self._spelled(connection, norm, world_of(schema))
        with governed(_REFUSED):
            content = compiled_norm(norm, schema)
        return self._overlays.place_norm(content, why=why, using=using).id

    def preview(self, norm: Norm) -> NormPreview:
        """What :meth:`add` would do, and nothing is done. Raises the codes of ``NormError``."""
        with self._session.read() as connection:
            checked = self._record.checked(connection)
            norm = self._spelled(connection, norm, world_of(checked.schema))
        with governed(_REFUSED):
            content = compiled_norm(norm, checked.schema)
        return preview_of(self._session, norm, content, self.list(), checked)

    def draft(self, norm: Norm) -> Draft:
        """Write a norm into the draft only: what those may do who cannot sign as an operator, and agents."""
        with self._session.read() as connection:
            norm = self._spelled(connection, norm, world_of(self._record.checked(connection).schema))
        with governed(_REFUSED):
            content = compiled_norm(norm, self._draft_schema())
        return self._overlays.draft_norm(content.cedar_plus)

    def repeal(self, id: str, *, why: str = NO_REASON, using: SignWith | None = None) -> NormView:
        """End a run-time norm. An operator signs; ``using`` is ``None`` where nobody must.

        Raises :class:`WorkbenchError`: ``signed_norm`` (it stands in the constitution: that is an amendment),
        ``not_in_force``, and as :meth:`get`.
        """
        view = self.check_repeal(id)
        self._overlays.repeal(view.overlay, why=why, using=using)
        return self._of_overlay(view.overlay)

    def check_repeal(self, id: str) -> NormView:
        """The norm that ``id`` names, if it can be repealed here. Raises as :meth:`repeal`."""
        try:
            view = self.get(id)
        except WorkbenchError as error:
            if error.code == "no_norm":
                self._refuse_what_it_is(id)
            raise
        if view.state == "signed":
            raise WorkbenchError(
                "the norm stands in the signed version",
                f"`{view.rule}` is a rule of the constitution",
                "take it out of the draft and propose that: repealing it is an amendment",
                "signed_norm",
            )
        self._overlays.check_repeal(view.overlay)
        if not view.active:
            ended = f"`{view.name or view.id}` is {view.state} already"
            raise WorkbenchError("not in force", ended, "`workbench norm list`", "not_in_force")
        return view

    def _refuse_what_it_is(self, id: str) -> None:
        """Say what ``id`` names where that is no norm: a stop, a rule of the constitution. Nothing: nothing."""
        try:
            self._overlays.check_repeal(id)
        except WorkbenchError as error:
            if error.code != "no_overlay":
                raise

    def promote(self, ids: Sequence[str] = ()) -> Draft:
        """Write run-time norms (all in force, where none are named) into the draft; see ``Overlays.promote``."""
        views = [self.get(id) for id in ids]
        for view in views:
            if view.state != "in_force":
                where = "stands in the constitution already" if view.state == "signed" else f"is {view.state}"
                what = f"`{view.name or view.id}` {where}"
                raise WorkbenchError("not a norm in force", what, "`workbench norm list`", "not_a_norm")
        return self._overlays.promote([view.overlay for view in views])

    def _replaced(self, view: NormView, norm: Norm, using: SignWith | None) -> NormView:
        self._overlays.repeal(view.overlay, why=f"replaced by {norm.id}", using=using)
        return self._of_overlay(view.overlay)

    def _of_overlay(self, overlay: str) -> NormView:
        return next(view for view in self.list(in_force=False) if view.overlay == overlay)

    def _spelled(self, connection: Connection, norm: Norm, world: World | None) -> Norm:
        """The norm with its scope as the directory writes that faction, where it knows one called so."""
        if world is None or not world.faction or norm.everyone:
            return norm
        scope = norm.scope.strip().lower()
        known = [id_ for type_, id_, _ in directory_store.entities(connection) if type_ == world.faction]
        alike = [id_ for id_ in known if id_.strip().lower() == scope]
        if len(alike) != 1 or norm.scope in alike:
            return norm
        return Norm(
            norm.name, norm.description, norm.condition, norm.prohibited, alike[0], norm.priority, norm.severity
        )

    def _draft_schema(self) -> Schema:
        try:
            return read_schema(self._drafting.draft().schema)
        except DiagnosticsError as error:
            raise WorkbenchError("the schema is not clean", str(error), "correct it first", "bad_schema") from error

    # ---- checking ----------------------------------------------------------------------------------------------------

    def check(
        self,
        agent_id: str,
        action: str,
        location: str = "",
        target: str = "",
        faction: str = "",
        metadata: Mapping[str, Any] | None = None,
        *,
        at: datetime | None = None,
        credential: Credential | None = None,
        world: str = "world",
    ) -> Outcome:
        """Decide and record an action of a world, and tell which norms it breaks.

        ``agent_id``: an id or a uid. ``faction`` is believed of agents that the directory puts into none. ``metadata``
        is kept with the request, as are the words as they were said. ``credential`` says who asks; without one, the
        caller in this process vouches for the agent, as the operator's ``--as`` does.
        Nothing need be in the directory: whoever it does not know acts for the faction that it says, or for none.

        Raises :class:`WorkbenchError`: ``not_a_world``, ``bad_agent``, ``not_text``, ``too_long``, ``bad_metadata``;
        and where nothing could be recorded: treat that as a deny.
        """
        return self._checking.check(
            agent_id, action, location, target, faction, metadata, at=at, credential=credential, world=world
        )

    def check_request(
        self,
        request: Request,
        *,
        credential: Credential,
        entities: Sequence[Any] = (),
        facts: Mapping[str, Any] | None = None,
        at: datetime | None = None,
    ) -> Outcome:
        """Decide and record a whole request, under any schema, and tell which rules it breaks."""
        return self._checking.check_request(request, credential=credential, entities=entities, facts=facts, at=at)


def _names(view: NormView) -> list[str]:
    return [name for name in (view.id, view.overlay, view.name, view.rule) if name]


def _differing(view: NormView, norm: Norm) -> list[str]:
    names = ("description", "scope", "priority", "severity")
    return [name for name in names if getattr(view, name) != getattr(norm, name)]


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _already(view: NormView) -> str:
    where = "in the constitution" if view.state == "signed" else "in force"
    return f"`{view.name}` ({view.id}) stands {where} already"


def _namesake(view: NormView) -> str:
    return f"another norm is called `{view.name}` ({view.id}); both are in force: `--replace` repeals the other"
