"""Overlays: stops, brakes and run-time norms, which act at once and can only forbid.

The use cases for faces. Each signs a statement with the keys given and hands it to ``overlay_taking``, through which
statements that were signed elsewhere come as well.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from workbench.analysis.task import Task
from workbench.engine.values import EntityUid
from workbench.governance.overlay import Brake, Norm, OverlayError, Placing, Statement, Stop, lifting, placing
from workbench.governance.overlay_register import LONGEST_BRAKE, LONGEST_STOP, OPERATOR, Standing, check_one_brake
from workbench.governance.overlay_replacing import brake_for
from workbench.governance.overlay_rules import norm_of
from workbench.governance.overlay_signing import Signed, from_envelope, signed, to_envelope
from workbench.language.diagnostics import DiagnosticsError
from workbench.language.schema import Schema
from workbench.language.schema_reader import read_schema
from workbench.service.cases import Cases
from workbench.service.checked import Checked
from workbench.service.clock import moment
from workbench.service.drafting import Drafting
from workbench.service.errors import WorkbenchError, governed
from workbench.service.governing_views import OverlayView, SignWith
from workbench.service.keys import Signer
from workbench.service.norm_finding import meant
from workbench.service.overlay_compiling import enforced, norm_digests
from workbench.service.overlay_folding import fold
from workbench.service.overlay_proving import Proving
from workbench.service.overlay_reading import UNSIGNED, read_overlays
from workbench.service.overlay_settling import Settling
from workbench.service.overlay_taking import Taking
from workbench.service.overlay_targets import stop_of
from workbench.service.overlay_views import doubtful_view, overlay_names, overlay_view
from workbench.service.session import Session
from workbench.service.signers import open_signer_with
from workbench.service.views import Draft
from workbench.store import directory as directory_store
from workbench.store import overlays as store
from workbench.store.ledger import LedgerHead, read_head

ONLY_DECISIONS = "it stops decisions, not processes: what an agent does without asking goes on"


@dataclass(frozen=True, slots=True)
class _Here:
    """What is in force while a statement is made."""

    checked: Checked
    now: datetime
    agents: tuple[EntityUid, ...]
    standings: Mapping[str, Standing]


@dataclass(frozen=True, slots=True)
class _Braking:
    """What a brake is to do."""

    forbids: str
    without: Sequence[str]
    replaces: Sequence[str]
    instead: str


class Overlays:
    """The use cases."""

    def __init__(self, session: Session, cases: Cases, drafting: Drafting) -> None:
        self._session = session
        self._drafting = drafting
        self._proving = Proving()
        self._taking = Taking(session, cases, self._proving)
        self._settling = Settling(session)

    def close(self) -> None:
        """Stop what is being proved of brakes."""
        self._proving.close()

    def settle(self, connection: Connection, head: LedgerHead, now: int) -> int | None:
        """The step that ends what is over; see ``overlay_settling``."""
        return self._settling.settle(connection, head, now)

    @property
    def unsigned(self) -> bool:
        """Whether this workspace takes norms without a signature (games, tests)."""
        return self._session.profile == UNSIGNED

    def now(self) -> datetime:
        """The present as the ledger believes it: what times to come are counted from."""
        return moment(self._session.now(self._session.head()))

    # ---- reading -----------------------------------------------------------------------------------------------------

    def list(self, in_force: bool = True) -> tuple[OverlayView, ...]:
        """The overlays in the order of placing, those that cannot be believed first; all, or those in force."""
        with self._session.read() as connection:
            now = moment(self._session.now(read_head(connection)))
            read = read_overlays(connection)
            rows = {row.id: row for row in store.rows(connection)} if read.doubtful else {}
        doubtful = [doubtful_view(id, why, rows.get(id)) for id, why in read.doubtful.items()]
        views = [overlay_view(standing, now, unsigned=self.unsigned) for standing in read.register.standings.values()]
        return (*doubtful, *(view for view in views if not in_force or view.state == "in_force"))

    def get(self, id: str) -> OverlayView:
        """One overlay by id, by what decisions name it by, of a norm by its name, by the beginning of one of these
        (four characters or more), or ``last``: the newest in force.

        Raises :class:`WorkbenchError`: ``no_overlay``, ``not_unique``.
        """
        everything = self.list(in_force=False)
        wanted = id.strip()
        if wanted == "last":
            found = [view for view in everything if view.state == "in_force"][-1:]
        else:
            found = meant(wanted, everything, overlay_names, lambda view: view.state == "in_force")
        if not found:
            what = "nothing is in force" if wanted == "last" else f"there is no overlay `{id[:40]}`"
            raise WorkbenchError("no such overlay", what, "`workbench overlays list`", "no_overlay")
        if len(found) > 1:
            raise WorkbenchError(
                "which overlay?", f"{len(found)} begin with `{wanted}`", "say more of it", "not_unique"
            )
        return found[0]

    # ---- placing -----------------------------------------------------------------------------------------------------

    def stop(self, target: str, name: str = "", *, seconds: int, why: str, using: SignWith) -> OverlayView:
        """Deny every decision of an agent, of an action, or all, for ``seconds`` (at most 7 days).

        ``name``: a uid, or a bare id that only one thing bears. Open grants of what is stopped are void at once.
        """
        here = self._here()
        with governed("the stop was refused"):
            content = stop_of(target, name, here.checked, here.agents)
            expires = _end(here.now, seconds, LONGEST_STOP, "a stop lasts at most 7 days")
        return self._taking.take(self._signed(here, self._placing(here, content, why, expires), (using,)))

    def brake(
        self,
        *,
        forbids: str = "",
        without: Sequence[str] = (),
        replaces: Sequence[str] = (),
        instead: str = "",
        why: str,
        using: Sequence[SignWith],
        seconds: int | None = None,
        task: Task | None = None,
    ) -> OverlayView:
        """Add forbids (Cedar+), take permits away (ids), have the permits and forbids of ``instead`` stand in the place
        of the rules ``replaces`` (ids), for ``seconds``: 72 hours at most and where none are given.

        An operator signs; one who has braked within 7 days signs with a second person. What replaces rules is refused
        unless it is proved only to tighten: ``not_tighter``, ``not_proved``, ``no_solver``, ``already_taken``. That may
        take long.
        """
        wanted = _Braking(forbids, without, replaces, instead)
        return self._taking.take(self._brake(wanted, why, using, seconds, task), task)

    def brake_file(
        self,
        *,
        forbids: str = "",
        without: Sequence[str] = (),
        replaces: Sequence[str] = (),
        instead: str = "",
        why: str,
        using: Sequence[SignWith],
        seconds: int | None = None,
        task: Task | None = None,
    ) -> str:
        """A brake that is signed but not placed: the file that a second person signs with :meth:`cosign`."""
        return to_envelope(self._brake(_Braking(forbids, without, replaces, instead), why, using, seconds, task))

    def _brake(
        self, wanted: _Braking, why: str, using: Sequence[SignWith], seconds: int | None, task: Task | None
    ) -> Signed:
        here = self._here()
        keys = self._keys(here, using)
        with governed("the brake was refused"):
            for operator in [key.principal for key in keys if key.role == OPERATOR][:1]:
                check_one_brake(operator, here.standings, here.now)  # before a proof that may take long
            content = brake_for(wanted.forbids, wanted.without, here.checked.program, wanted.replaces, wanted.instead)
            longest = int(LONGEST_BRAKE.total_seconds())
            expires = _end(
                here.now, longest if seconds is None else seconds, LONGEST_BRAKE, "a brake lasts at most 72 hours"
            )
            made = self._placing(here, content, why, expires)
            self._proving.prove(here.checked, here.standings, here.now, content, task)  # before anyone signs it
        return self._signed_by(made, keys)

    def norm(self, text: str, *, why: str, using: SignWith | None) -> OverlayView:
        """Forbid from the next action on what ``text`` says: one English sentence, or Cedar+ forbids.

        An operator signs. A workspace made unsigned takes it from anyone: ``using`` is then ``None``.
        """
        here = self._here()
        with governed("the norm was refused"):
            content = norm_of(text, here.checked.schema)
        return self.place_norm(content, why=why, using=using)

    def place_norm(
        self, content: Norm, *, why: str, using: SignWith | None, beside: frozenset[str] | None = None
    ) -> OverlayView:
        """The same, of a norm that is compiled already. ``beside``: ids of norms that may stand under its content id
        for the moment; ``None``: none may."""
        here = self._here()
        made = self._placing(here, content, why, None)
        return self._taking.take(self._signed(here, made, () if using is None else (using,)), beside=beside)

    def hand_in(self, envelope: str) -> OverlayView:
        """Take a statement that was signed elsewhere (a DSSE envelope), placing or lifting."""
        with governed("the statement cannot be read"):
            found = from_envelope(envelope)
        return self._taking.take(found)

    def cosign(self, envelope: str, using: SignWith, task: Task | None = None) -> OverlayView:
        """Sign a statement that another has signed, and hand it in."""
        with governed("the statement cannot be read"):
            found = from_envelope(envelope)
        added = self._signed(self._here(), found.statement, (using,))
        return self._taking.take(Signed(found.statement, (*found.signatures, *added.signatures)), task)

    # ---- ending ------------------------------------------------------------------------------------------------------

    def lift(self, id: str, *, why: str, using: Sequence[SignWith]) -> OverlayView:
        """End an overlay: a stop by who placed it or a supervisor, a brake by two people, a norm by an operator."""
        return self._taking.take(self._lifting(id, why, using))

    def lift_file(self, id: str, *, why: str, using: Sequence[SignWith]) -> str:
        """A lifting that is signed but not done: the file that a second person signs with :meth:`cosign`."""
        return to_envelope(self._lifting(id, why, using))

    def _lifting(self, id: str, why: str, using: Sequence[SignWith]) -> Signed:
        here = self._here()
        standing = self.get(id)
        with governed("it was not lifted"):
            statement = lifting(
                swarm_id=self._session.swarm_id,
                id=standing.id,
                why=why,
                lifted_at=here.now,
                constitution=here.checked.digest,
            )
        return self._signed(here, statement, using)

    def repeal(self, id: str, *, why: str, using: SignWith | None) -> OverlayView:
        """End a run-time norm. One that stands inside the signed version is refused: that is an amendment.

        Raises :class:`WorkbenchError`: ``signed_norm``, ``not_a_norm``, and as :meth:`lift`.
        """
        standing = self.check_repeal(id)
        return self.lift(standing.id, why=why, using=() if using is None else (using,))

    def check_repeal(self, id: str) -> OverlayView:
        """The norm that ``id`` names, if it can be repealed here. Raises as :meth:`repeal`."""
        try:
            standing = self.get(id)
        except WorkbenchError as error:
            signed_rule = self._signed_rule(id)
            if signed_rule and error.code == "no_overlay":
                raise _is_signed(signed_rule) from error
            raise
        if standing.kind != "norm":
            what = f"`{standing.id}` is a {standing.kind}"
            raise WorkbenchError("not a norm", what, f"`workbench lift {standing.id}`", "not_a_norm")
        if standing.ending == "promoted":
            raise _is_signed(standing.ended_why)
        here = self._here().checked
        digests = norm_digests(Norm(cedar_plus=standing.cedar_plus), here)
        if standing.state == "in_force" and digests and digests <= enforced(here.program):
            raise _is_signed(f"version {here.version.constitution_version} forbids the same")
        return standing

    def _signed_rule(self, id: str) -> str:
        """Where in the version in force the rule stands that ``id`` names (its id, or its ``@norm``); else empty."""
        checked = self._here().checked
        for rule in checked.program.rules:
            if id in (rule.id, rule.annotations.get("norm")):
                return f"`{rule.id}` is a rule of version {checked.version.constitution_version}"
        return ""

    # ---- into the draft ----------------------------------------------------------------------------------------------

    def promote(self, ids: Sequence[str] = ()) -> Draft:
        """Write run-time norms (all in force, where none are named) into the draft. They stay in force beside it until
        they are lifted, or a version that forbids the same can no more be reverted: 72 hours after it came into force.

        Raises :class:`WorkbenchError`: ``no_overlay``, ``not_a_norm``, ``nothing_to_promote``.
        """
        wanted = [self.get(id) for id in ids] or [view for view in self.list() if view.kind == "norm"]
        for view in wanted:
            if view.kind != "norm" or view.state != "in_force":
                what = f"`{view.id}` is a {view.kind}" if view.kind != "norm" else f"`{view.id}` is {view.ending}"
                raise WorkbenchError("not a norm in force", what, "`workbench norm list`", "not_a_norm")
        norms = [(view.id, Norm(cedar_plus=view.cedar_plus, english=view.english)) for view in wanted]
        return self._folded(norms, "no norm is in force that the draft does not say already")

    def draft_norm(self, text: str) -> Draft:
        """Write a norm into the draft only: what those may do who cannot sign as an operator."""
        with governed("the norm was refused"):
            norm = norm_of(text, self._draft_schema())
        return self._folded([("", norm)], "the draft says that already")

    def _draft_schema(self) -> Schema:
        try:
            return read_schema(self._drafting.draft().schema)
        except DiagnosticsError as error:
            raise WorkbenchError("the schema is not clean", str(error), "correct it first", "bad_schema") from error

    def _folded(self, norms: Sequence[tuple[str, Norm]], nothing: str) -> Draft:
        draft = self._drafting.draft()
        with governed("the norm does not fit the draft"):
            folded = fold(draft, norms, self._draft_schema())
        if (folded.english, folded.cedar_plus) == (draft.english, draft.cedar_plus):
            raise WorkbenchError("nothing to promote", nothing, "", "nothing_to_promote")
        return self._drafting.save(english=folded.english, cedar_plus=folded.cedar_plus, revision=draft.revision)

    # ---- signing -----------------------------------------------------------------------------------------------------

    def _here(self) -> _Here:
        with self._session.read() as connection:
            head = read_head(connection)
            checked = self._session.laws.checked(connection, head.active_digest)
            agents = tuple(EntityUid(type_, id_) for type_, id_, _ in directory_store.entities(connection))
            standings = read_overlays(connection).register.standings
            return _Here(checked, moment(self._session.now(head)), agents, standings)

    def _placing(self, here: _Here, content: Stop | Brake | Norm, why: str, expires_at: datetime | None) -> Placing:
        with governed("it was refused"):
            return placing(
                swarm_id=self._session.swarm_id,
                id=secrets.token_hex(4),
                content=content,
                why=why,
                placed_at=here.now,
                expires_at=expires_at,
                constitution=here.checked.digest,
            )

    def _signed(self, here: _Here, statement: Statement, using: Sequence[SignWith]) -> Signed:
        return self._signed_by(statement, self._keys(here, using))

    def _keys(self, here: _Here, using: Sequence[SignWith]) -> Sequence[Signer]:
        if not using and not self.unsigned:
            raise WorkbenchError(
                "who signs?", "nobody signs it", "sign with a key that the roster names", "signature_needed"
            )
        roster = here.checked.version.content.roster
        return [open_signer_with(each, roster, self._session.swarm_id) for each in using]

    @staticmethod
    def _signed_by(statement: Statement, keys: Sequence[Signer]) -> Signed:
        with governed("it was not signed"):
            return signed(statement, [each.key for each in keys])


def _is_signed(where: str) -> WorkbenchError:
    return WorkbenchError(
        "the norm stands in the signed version",
        where,
        "take it out of the draft and propose that: repealing it is an amendment",
        "signed_norm",
    )


def _end(now: datetime, seconds: int, longest: timedelta, said: str) -> datetime:
    """When it is over. Raises :class:`OverlayError`: ``no_time``, ``too_long``."""
    if seconds <= 0:
        raise OverlayError("no_time", f"{seconds} seconds are no time", "say for how long: `4h`")
    if seconds > longest.total_seconds():
        raise OverlayError("too_long", said, "what must last longer is an amendment")
    return now + timedelta(seconds=seconds)
