"""Overlays as faces see them. Pure; imports the register and the views."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, cast

from workbench.governance.overlay import Brake, Norm
from workbench.governance.overlay_register import Standing, described
from workbench.norms import told_in
from workbench.service.clock import moment
from workbench.service.governing_views import OverlayView
from workbench.store.overlays import StoredOverlay

NOBODY = "nobody"  # who placed a norm in a workspace that takes them unsigned


def overlay_view(standing: Standing, now: datetime, *, unsigned: bool = False) -> OverlayView:
    """One overlay of the register, as it stands at ``now``. ``unsigned``: in a workspace whose key anyone may use."""
    placing, content = standing.placing, standing.placing.content
    state: Literal["in_force", "lifted", "expired"] = "in_force"
    if not standing.acts(now):
        state = "lifted" if standing.ending in ("lifted", "promoted") else "expired"
    source = content.cedar_plus if isinstance(content, Norm) else content.forbids if isinstance(content, Brake) else ""
    return OverlayView(
        id=standing.id,
        kind=standing.kind,
        state=state,
        what=described(content),
        why=placing.why,
        placed_by=standing.by[0] if standing.by else NOBODY,
        placed_at=standing.placed_at,
        expires_at=placing.expires_at,
        cedar_plus=source,
        without=tuple(rule.id for rule in content.without) if isinstance(content, Brake) else (),
        ended_by=standing.ended_by,
        ended_at=standing.ended_at or (placing.expires_at if state == "expired" else None),
        english=content.english if isinstance(content, Norm) else "",
        signers=standing.by,
        signed=bool(standing.by) and not unsigned,
        ending=standing.ending or ("expired" if state == "expired" else ""),
        ended_why=standing.ended_why,
        event=standing.seq,
        replaces=tuple(rule.id for rule in content.replaces) if isinstance(content, Brake) else (),
        instead=content.instead if isinstance(content, Brake) else "",
        basis=content.basis if isinstance(content, Brake) else "",
        rules=rule_names(standing),
    )


def rule_names(standing: Standing) -> tuple[str, ...]:
    """What decisions may name an overlay's rule by: kind and id, or the content id of the norm that it is."""
    content = standing.placing.content
    told = told_in(content.cedar_plus) if isinstance(content, Norm) else None
    named = f"{standing.kind}:{standing.id}"
    return (named,) if told is None else (told.id, named)


def overlay_names(view: OverlayView) -> list[str]:
    """What an overlay may be called: its id, what decisions name it by, the name of the norm that it is."""
    told = told_in(view.cedar_plus) if view.kind == "norm" else None
    return [view.id, *view.rules, *([told.name] if told is not None else [])]


def doubtful_view(id: str, doubt: str, row: StoredOverlay | None) -> OverlayView:
    """Something that is recorded as an overlay and cannot be believed; its row tells what there is to tell."""
    kind = row.kind if row is not None and row.kind in ("stop", "brake", "norm") else "stop"
    return OverlayView(
        id=id,
        kind=cast(Literal["stop", "brake", "norm"], kind),
        state="in_force",
        what="not to be believed: everything is denied until it is lifted",
        why=doubt,
        placed_by=row.placed_by if row is not None else NOBODY,
        placed_at=moment(row.placed_at if row is not None else 0),
        expires_at=None,
        signed=False,
        doubt=doubt,
    )
