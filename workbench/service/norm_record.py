"""What the record says of norms: those that stand, those that ended, who changed what when and why.

Run-time norms come from the register of overlays, which believes only what was signed; norms of the constitution from
its versions. Reads only. Not for faces.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from workbench.governance.artifact import ConstitutionVersion, load_yaml
from workbench.governance.overlay import Norm as PlacedNorm
from workbench.governance.overlay_register import Standing, described
from workbench.language.program import Rule
from workbench.language.schema import Schema
from workbench.norms import Norm, called, in_words, norm_of, told_in
from workbench.service.checked import Checked
from workbench.service.norm_views import Change, NormRevision, NormState, NormVersion, NormView
from workbench.service.overlay_reading import read_overlays
from workbench.service.overlay_views import NOBODY, doubtful_view, rule_names
from workbench.service.session import Session
from workbench.store import overlays as store
from workbench.store.ledger import read_head
from workbench.store.versions import chain

_STATES: dict[str, NormState] = {"": "in_force", "lifted": "repealed", "promoted": "promoted"}
_CHANGES: dict[str, Change] = {"placed": "add", "lifted": "repeal", "promoted": "promote"}
_FIELDS = ("description", "condition", "prohibited", "scope", "priority", "severity")


@dataclass(frozen=True, slots=True)
class _Signed:
    """A version with the norms that its rules are."""

    version: ConstitutionVersion
    norms: tuple[NormView, ...]

    @property
    def since(self) -> datetime:
        activation = self.version.activation
        return activation.effective_at if activation is not None else self.version.created_at


class NormRecord:
    """Reads the norms of one workspace."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def views(self, connection: Connection) -> tuple[NormView, ...]:
        """Every norm there is or was: those of the version in force, then those added at run time, in their order.

        A run-time norm that the version in force has as a rule is listed as that.
        """
        checked = self.checked(connection)
        signed = signed_norms(checked)
        said = {_form(view) for view in signed}
        read = read_overlays(connection)
        standings = [each for each in read.register.standings.values() if each.kind == "norm"]
        placed = [placed_view(each) for each in standings]
        left = [view for view in placed if not (view.active and _form(view) in said)]
        rows = {row.id: row for row in store.rows(connection)} if read.doubtful else {}
        doubted = [doubtful_view(id, why, rows.get(id)) for id, why in read.doubtful.items()]
        strange = (_doubted(view.id, view.doubt) for view in doubted if view.kind == "norm")
        return (*strange, *signed, *left)

    def checked(self, connection: Connection) -> Checked:
        """The version in force."""
        return self._session.laws.checked(connection, read_head(connection).active_digest)

    # ---- changes -----------------------------------------------------------------------------------------------------

    def revisions(self, connection: Connection) -> list[NormRevision]:
        """Every change, newest first."""
        found = [*self._placed_and_ended(connection), *self._amended(connection)]
        return sorted(found, key=lambda each: (each.at, each.event), reverse=True)

    def _placed_and_ended(self, connection: Connection) -> Iterator[NormRevision]:
        """Of what the register believes; the ledger's numbers of the ends are the entries' own."""
        standings = read_overlays(connection).register.standings
        for entry in store.entries(connection):
            body = json.loads(entry.body)["body"]
            standing, change = standings.get(body.get("id")), _CHANGES.get(str(body.get("event")))
            if standing is None or change is None or standing.kind != "norm":
                continue
            view = placed_view(standing)
            if change == "add":
                if standing.seq == entry.seq:
                    yield _revision(view, change, view.why, view.added_by, standing.placed_at, entry.seq)
            elif standing.ending == body["event"] and standing.ended_at is not None:
                by = view.ended_by or NOBODY
                yield _revision(view, change, view.ended_why, by, standing.ended_at, entry.seq)

    def _amended(self, connection: Connection) -> Iterator[NormRevision]:
        before: _Signed | None = None
        for now in self._versions(connection):
            was = {view.id: view for view in before.norms} if before is not None else {}
            here = {view.id: view for view in now.norms}
            changed: list[tuple[Change, NormView]] = [("take_in", view) for id, view in here.items() if id not in was]
            changed += [("take_out", view) for id, view in was.items() if id not in here]
            for change, view in changed:
                yield NormRevision(
                    view.id,
                    view.name,
                    change,
                    now.version.amendment.summary,
                    now.version.proposed_by,
                    now.since,
                    version=now.version.constitution_version,
                )
            before = now

    def _versions(self, connection: Connection) -> Iterator[_Signed]:
        for stored in chain(connection):
            checked = self._session.laws.checked(connection, stored.digest)
            yield _Signed(load_yaml(stored.yaml), signed_norms(checked))

    # ---- the forms of one name ---------------------------------------------------------------------------------------

    def history(self, connection: Connection, name: str) -> list[NormVersion]:
        """The forms of the norm called ``name``, newest first, counted from 1 for the name."""
        forms = [view for view in map(placed_view, _norms(connection)) if view.name == name]
        forms += self._signed_forms(connection, name, {_form(view) for view in forms})
        forms.sort(key=lambda view: view.added_at.timestamp() if view.added_at is not None else 0.0)
        found: list[NormVersion] = []
        for number, view in enumerate(forms, 1):
            assert view.added_at is not None
            changed = _changed(found[-1].norm, view) if found else ()
            found.append(
                NormVersion(
                    number,
                    view,
                    view.added_by,
                    view.added_at,
                    view.why,
                    view.ended_at,
                    view.ended_by,
                    view.ended_why,
                    changed,
                )
            )
        return found[::-1]

    def _signed_forms(self, connection: Connection, name: str, placed: set[Norm | str]) -> list[NormView]:
        """Those that only ever stood in versions: one that was promoted is the form that was added."""
        found: dict[Norm | str, NormView] = {}
        for signed in self._versions(connection):
            for view in signed.norms:
                if view.name == name and _form(view) not in placed:
                    found.setdefault(_form(view), view)
        return list(found.values())


def signed_norms(checked: Checked) -> tuple[NormView, ...]:
    """The rules of a version that are norms: those marked as one that say what it says, and those folded in from text
    (their ``@norm`` names the overlay that they were)."""
    found = (_signed(rule, checked.version, checked.schema) for rule in checked.program.rules)
    return tuple(view for view in found if view is not None)


def _signed(rule: Rule, version: ConstitutionVersion, schema: Schema) -> NormView | None:
    if rule.kind != "forbid" or "norm" not in rule.annotations or rule.stage != "enforce":
        return None
    activation = version.activation
    told = norm_of(rule, schema)
    return _view(
        told,
        called(rule.annotations) or rule.id,
        state="signed",
        what=in_words(told) if told is not None else described(PlacedNorm(cedar_plus=rule.text)),
        cedar_plus=rule.text.strip() + "\n",
        overlay="" if told is not None else rule.annotations["norm"],
        rule=rule.id,
        english=rule.english,
        added_by=version.proposed_by,
        added_at=activation.effective_at if activation is not None else version.created_at,
        why=f"version {version.constitution_version}: {version.amendment.summary}",
    )


def placed_view(standing: Standing) -> NormView:
    """A norm that was added at run time."""
    content = standing.placing.content
    assert isinstance(content, PlacedNorm)
    told = told_in(content.cedar_plus)
    ended_by = standing.ended_by[0] if standing.ended_by else NOBODY if standing.ending == "lifted" else ""
    return _view(
        told,
        rule_names(standing)[0],
        state=_STATES.get(standing.ending, "repealed"),
        what=described(content),
        cedar_plus=content.cedar_plus,
        overlay=standing.id,
        rule=rule_names(standing)[0],
        english=content.english,
        added_by=standing.by[0] if standing.by else NOBODY,
        added_at=standing.placed_at,
        why=standing.placing.why,
        ended_by=ended_by,
        ended_at=standing.ended_at,
        ended_why=standing.ended_why,
        signed=bool(standing.by),
        event=standing.seq,
    )


def _view(told: Norm | None, id: str, *, state: NormState, what: str, cedar_plus: str, **more: object) -> NormView:
    return NormView(
        id=told.id if told is not None else id,
        name=told.name if told is not None else "",
        description=told.description if told is not None else "",
        condition=told.condition if told is not None else "",
        prohibited=told.prohibited if told is not None else "",
        scope=told.scope if told is not None else "global",
        priority=told.priority if told is not None else 0,
        severity=told.severity if told is not None else "warn",
        state=state,
        what=what,
        cedar_plus=cedar_plus,
        **more,  # type: ignore[arg-type]
    )


def _form(view: NormView) -> Norm | str:
    """What two views share that are one norm: what it says, or the overlay that a text was added by."""
    return view.norm or view.overlay


def _doubted(overlay: str, doubt: str) -> NormView:
    what = "not to be believed: everything is denied until it is lifted"
    return _view(None, f"norm:{overlay}", state="in_force", what=what, cedar_plus="", overlay=overlay, doubt=doubt)


def _norms(connection: Connection) -> Sequence[Standing]:
    return [each for each in read_overlays(connection).register.standings.values() if each.kind == "norm"]


def _revision(view: NormView, change: Change, reason: str, by: str, at: datetime, event: int) -> NormRevision:
    return NormRevision(view.id, view.name, change, reason, by, at, event, view.overlay)


def _changed(before: NormView, after: NormView) -> tuple[str, ...]:
    return tuple(name for name in _FIELDS if getattr(before, name) != getattr(after, name))
