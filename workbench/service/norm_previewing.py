"""What adding a norm would do, before anything is done: its rule, what stands already, the conflicts it would bring.

Reads only. Not for faces: they ask ``Norms.preview``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.governance.errors import GovernanceError
from workbench.governance.overlay import Norm as PlacedNorm
from workbench.norms import Norm, in_words, notes, world_of
from workbench.norms.reach import Case, follows, reach_of
from workbench.service.checked import Checked
from workbench.service.norm_conflicts import conflicts_of
from workbench.service.norm_views import NormView
from workbench.service.overlay_compiling import rules_under
from workbench.service.session import Session

if TYPE_CHECKING:
    from workbench.norms.conflicts import Conflict


@dataclass(frozen=True, slots=True)
class NormPreview:
    """``norm`` as it would be taken, and the ``cedar_plus`` text of its forbid. ``same``: it is in force already;
    ``twin``: its id is, with another scope, priority, severity or description; ``namesakes``: others in force under its
    name. ``conflicts``: those that there would be because of it; not told where it would change nothing, or take the
    place of another."""

    norm: Norm
    cedar_plus: str
    what: str
    notes: tuple[str, ...] = ()
    same: NormView | None = None
    twin: NormView | None = None
    namesakes: tuple[NormView, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


def preview_of(
    session: Session, norm: Norm, content: PlacedNorm, standing: Sequence[NormView], checked: Checked
) -> NormPreview:
    """The preview of a norm that is compiled already. ``standing``: those in force."""
    same = next((view for view in standing if view.norm == norm), None)
    twin = next((view for view in standing if view.id == norm.id and view is not same), None)
    namesakes = tuple(view for view in standing if view.name == norm.name and view.id != norm.id)
    found: tuple[Conflict, ...] = ()
    if same is None and twin is None:
        made = _as_standing(norm, content)
        beside = [*_near(made, standing, checked), made]
        found = tuple(
            each
            for each in conflicts_of(session, beside, checked)[0]
            if norm.id in (each.norm, each.other) and each.kind != "same_name"  # told as a namesake
        )
    return NormPreview(
        norm, content.cedar_plus, in_words(norm), notes(norm, checked.schema), same, twin, namesakes, found
    )


def _near(made: NormView, standing: Sequence[NormView], checked: Checked) -> list[NormView]:
    """Those of ``standing`` that ``made`` may be in conflict with: one of the two covers the other. So a thousand norms
    are held against one, and not against each other."""
    world = world_of(checked.schema) is not None
    mine = _cases(made, checked)

    def bears(view: NormView) -> bool:
        theirs = _cases(view, checked)
        return mine is None or theirs is None or _covers(mine, theirs, world) or _covers(theirs, mine, world)

    return [view for view in standing if bears(view)]


def _covers(wide: Sequence[Case], narrow: Sequence[Case], world: bool) -> bool:
    return all(any(_is_case_of(case, each, world) for each in wide) for case in narrow)


def _is_case_of(case: Case, wanted: Case, world: bool) -> bool:
    return all(any(follows(atom, other, world=world) for other in case) for atom in wanted)


def _cases(view: NormView, checked: Checked) -> tuple[Case, ...] | None:
    """The cases of a run-time norm's one rule; ``None`` where there is no telling."""
    if view.state == "signed":
        return None
    try:
        rules = rules_under(PlacedNorm(cedar_plus=view.cedar_plus, english=view.english), checked)
    except (GovernanceError, ValueError):  # it does not fit the schema in force
        return None
    reach = reach_of(rules[0].statement, checked.schema) if len(rules) == 1 else None
    return None if reach is None else reach.cases


def _as_standing(norm: Norm, content: PlacedNorm) -> NormView:
    return NormView(
        id=norm.id,
        name=norm.name,
        description=norm.description,
        condition=norm.condition,
        prohibited=norm.prohibited,
        scope=norm.scope,
        priority=norm.priority,
        severity=norm.severity,
        state="in_force",
        what=in_words(norm),
        cedar_plus=content.cedar_plus,
    )
