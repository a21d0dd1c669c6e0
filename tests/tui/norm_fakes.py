"""A small workspace with norms: added, changed, repealed, taken in by a version; frozen, with no store behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

from tests.tui.fakes import NOW
from tests.tui.timeline_fakes import ANA, SAM, AuditedWorkspace, entry, story
from workbench.norms import Norm
from workbench.norms.compliance import AgentCompliance
from workbench.norms.conflicts import Conflict
from workbench.service.errors import WorkbenchError
from workbench.service.governing_views import TimelineEntry
from workbench.service.norm_previewing import NormPreview
from workbench.service.norm_views import NormRevision, NormVersion, NormView

_RULE = 'forbid (principal, action == Action::"act", resource)\nwhen {{ {} }};\n'
FIGHTS = NormView(
    id="081bbabaaf05679c",
    name="no-attack",
    description="No fights in safe zones",
    condition="safe_zone",
    prohibited="attack steal",
    scope="global",
    priority=0,
    severity="high",
    state="repealed",
    what="no-attack: forbids `attack` or `steal` where safe_zone",
    cedar_plus='@id("081bbabaaf05679c")\n@norm("no-attack")\n'
    + _RULE.format('context.hay like "*safe_zone*" && (context.verb like "*attack*" || context.verb like "*steal*")'),
    overlay="56358a99",
    added_by=ANA,
    added_at=NOW - timedelta(hours=3),
    why="two players complained",
    ended_by=ANA,
    ended_at=NOW - timedelta(minutes=50),
    ended_why="replaced by aef5b3321dd858de",
    event=3500,
)
NEW_FIGHTS = replace(
    FIGHTS,
    id="aef5b3321dd858de",
    prohibited="attack steal kill",
    severity="critical",
    state="in_force",
    what="no-attack: forbids `attack` or `steal` or `kill` where safe_zone",
    cedar_plus='@id("aef5b3321dd858de")\n@norm("no-attack")\n'
    + _RULE.format(
        'context.hay like "*safe_zone*"\n  && (context.verb like "*attack*" || context.verb like "*steal*" '
        '|| context.verb like "*kill*")'
    ),
    overlay="7022082d",
    added_at=NOW - timedelta(minutes=50),
    why="kill was missing",
    ended_by="",
    ended_at=None,
    ended_why="",
    event=3610,
)
REDS = replace(
    NEW_FIGHTS,
    id="958071e04153f3d4",
    name="reds",
    description="",
    condition="",
    prohibited="attack",
    scope="Red Hand",
    severity="warn",
    what="reds: forbids `attack`, for Red Hand",
    cedar_plus=_RULE.format('context.faction == "red hand" && context.verb like "*attack*"'),
    overlay="c2d4e6f8",
    added_by=SAM,
    added_at=NOW - timedelta(minutes=12),
    why="no reason given",
    event=3820,
)
MAIL = replace(
    REDS,
    id="aee3e76b6da0b981",
    name="no-mail",
    prohibited="mail",
    scope="global",
    severity="info",
    state="signed",
    what="no-mail: forbids `mail`",
    cedar_plus=_RULE.format('context.verb like "*mail*"'),
    overlay="",
    rule="no-mail",
    why="version 1.1.0: Never share customer e-mail addresses",
    event=0,
)
NORMS = (MAIL, FIGHTS, NEW_FIGHTS, REDS)
REVISIONS = (
    NormRevision(
        FIGHTS.id, "no-attack", "repeal", FIGHTS.ended_why, ANA, NOW - timedelta(minutes=50), 3611, "56358a99"
    ),
    NormRevision(NEW_FIGHTS.id, "no-attack", "add", NEW_FIGHTS.why, ANA, NOW - timedelta(minutes=50), 3610, "7022082d"),
    NormRevision(FIGHTS.id, "no-attack", "add", FIGHTS.why, ANA, NOW - timedelta(hours=3), 3500, "56358a99"),
    NormRevision(MAIL.id, "no-mail", "take_in", "Never share", ANA, NOW - timedelta(hours=2), 0, "", "1.1.0"),
    NormRevision(REDS.id, "reds", "add", "no reason given", SAM, NOW - timedelta(minutes=12), 3820, "c2d4e6f8"),
    NormRevision("x", "old\x1b[31m", "promote", "", "", NOW - timedelta(hours=2), 3400, "99"),
)
CONFLICT = Conflict(
    "redundant", REDS.id, NEW_FIGHTS.id, "reds", "no-attack", "`reds` forbids nothing new",
    "repeal `958071e04153f3d4`: no decision changes",
)  # fmt: skip
FORMS = (
    NormVersion(2, NEW_FIGHTS, ANA, NOW - timedelta(minutes=50), NEW_FIGHTS.why, changed=("prohibited", "severity")),
    NormVersion(
        1, FIGHTS, ANA, NOW - timedelta(hours=3), FIGHTS.why, FIGHTS.ended_at, FIGHTS.ended_by, FIGHTS.ended_why
    ),
)


class FakeNorms:
    """``ws.norms`` over the values above."""

    unsigned = False
    world = "a world"

    def list(self, in_force: bool = True) -> tuple[NormView, ...]:
        return tuple(norm for norm in NORMS if norm.active or not in_force)

    def revisions(self, limit: int | None = None) -> tuple[NormRevision, ...]:
        return tuple(sorted(REVISIONS, key=lambda each: each.at, reverse=True))[:limit]

    def get(self, id: str) -> NormView:
        found = [norm for norm in NORMS if id in (norm.id, norm.overlay, norm.name)]
        if not found:
            raise WorkbenchError("no such norm", f"there is no norm `{id}`", "", "no_norm")
        return found[-1]

    def history(self, name: str) -> tuple[NormVersion, ...]:
        return FORMS if name == "no-attack" else ()

    def preview(self, norm: Norm) -> NormPreview:
        found = tuple(each for each in (NEW_FIGHTS,) if each.name == norm.name)
        rule = _RULE.format(f'context.verb like "*{norm.prohibited}*"')
        return NormPreview(
            norm, rule, f"{norm.name}: forbids `{norm.prohibited}`", namesakes=found, conflicts=(CONFLICT,)
        )


class NormedWorkspace(AuditedWorkspace):
    """A demo after a day, with norms."""

    def __init__(self, entries: Sequence[TimelineEntry] | None = None) -> None:
        super().__init__([*story(), *_entries()] if entries is None else entries)
        self.norms = FakeNorms()
        broken = AgentCompliance("bob", 40, 4, 0.9, "low_risk", "stable", {"no-attack": 3, "forbid-refund-over-500": 1})
        self.norm_reports = SimpleNamespace(conflicts=lambda: (CONFLICT,), fleet=lambda since=None: (broken,))


def _entries() -> list[TimelineEntry]:
    made = []
    for norm in (FIGHTS, NEW_FIGHTS, REDS):
        body = {"event": "placed", "id": norm.overlay, "kind": "norm", "what": norm.what, "by": norm.added_by}
        made.append(entry(norm.event, "overlay", {**body, "why": norm.why}))
    body = {"event": "lifted", "id": FIGHTS.overlay, "kind": "norm", "what": FIGHTS.what, "by": ANA}
    return [*made, entry(3611, "overlay", {**body, "why": FIGHTS.ended_why})]


def normed() -> NormedWorkspace:
    return NormedWorkspace()
