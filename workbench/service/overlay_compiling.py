"""From the overlays in force to what can be asked: one program of their forbids, and of the permits they take away; and
for each brake that replaces permits, what is still permitted in their place.

Compiled once for the same overlays under the same version and remembered, because a fact that changes reloads
everything. Not for faces.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock

from workbench.engine.evaluator import Evaluator
from workbench.engine.values import EntityUid
from workbench.governance.errors import GovernanceError
from workbench.governance.overlay import Brake, Norm, Stop
from workbench.governance.overlay_register import Standing
from workbench.governance.overlay_replacing import instead_rules, replaced
from workbench.governance.overlay_rules import brake_rules, norm_rules, reach, read_together, taken_away
from workbench.language.annotations import READ_OF_NORMS
from workbench.language.bulk import uncollected
from workbench.language.program import Program, Rule
from workbench.norms import called
from workbench.service.checked import Checked
from workbench.service.clock import micros
from workbench.service.norm_factions import NONE, bound

_KEPT = 8
# Annotations that explain a rule, or order it among the reasons; no other may say anything about how it acts.
_SHOWN = ("english", "doc", "norm", *READ_OF_NORMS)
_KEPT_RULES = 8_192
_lock = Lock()
_rules: OrderedDict[tuple[str, ...], tuple[Rule, ...]] = OrderedDict()
_compiled: OrderedDict[tuple[str, tuple[str, ...], frozenset[str]], tuple[Checked, Compiled]] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An overlay whose rules do not fit the schema in force. ``actions``: what they could bear on, groups included;
    ``None`` for everything."""

    standing: Standing
    why: str
    actions: frozenset[EntityUid] | None


@dataclass(frozen=True, slots=True)
class Narrowing:
    """A brake that has other permits stand in the place of ``replaced``, ids of permits of the version. ``evaluator``
    asks those others; ``None`` where there are none, or none that fit the schema."""

    standing: Standing
    replaced: frozenset[str]
    evaluator: Evaluator | None


@dataclass(frozen=True, slots=True)
class Compiled:
    """``evaluator`` is ``None`` where nothing is to be asked. ``names``: id of a rule in it → its overlay; ``taken``:
    id of a permit of the version → the brake that takes it away; ``until`` (µs): when the first of all expires;
    ``priorities``: of the rules in it that have one; ``digests``: of those that are named by their overlay."""

    evaluator: Evaluator | None
    names: Mapping[str, Standing]
    taken: Mapping[str, Standing]
    unreadable: tuple[Unreadable, ...]
    until: int | None
    narrowings: tuple[Narrowing, ...] = ()
    priorities: Mapping[str, int] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)

    @property
    def asks(self) -> bool:
        """Whether there is anything that a decision must be held against."""
        return bool(self.evaluator is not None or self.unreadable or self.narrowings)


def rules_under(content: Brake | Norm, checked: Checked) -> tuple[Rule, ...]:
    """The rules of an overlay under a version's schema: forbids, and the permits that a brake has stand in the place of
    others. Raises ``OverlayError`` where they do not fit it."""
    place = _place(content, checked)
    with _lock:
        found = _rules.get(place)
    if found is None:
        schema = checked.schema
        if isinstance(content, Norm):
            found = norm_rules(content, schema)
        else:
            found = (*brake_rules(content, schema), *instead_rules(content, schema))
        with _lock:
            _rules[place] = found
            while len(_rules) > _KEPT_RULES:
                _rules.popitem(last=False)
    return found


def _place(content: Brake | Norm, checked: Checked) -> tuple[str, ...]:
    said = (content.cedar_plus, content.english) if isinstance(content, Norm) else (content.forbids, content.instead)
    return (type(content).__name__, checked.schema_digest, *said)


def _foresee(acting: Sequence[Standing], checked: Checked) -> None:
    """Have what is not known yet judged together."""
    contents = [each.placing.content for each in acting]
    with _lock:
        new = [c for c in contents if isinstance(c, Brake | Norm) and _place(c, checked) not in _rules]
    if len(new) > 1:
        read_together(new, checked.schema)


def norm_digests(norm: Norm, checked: Checked) -> frozenset[str]:
    """The digests of a norm's rules under a version; empty where they do not fit its schema."""
    try:
        return frozenset(rule.digest for rule in rules_under(norm, checked))
    except GovernanceError:
        return frozenset()


def enforced(program: Program) -> frozenset[str]:
    """The digests of the forbids that bind in a version."""
    return frozenset(rule.digest for rule in program.rules if rule.kind == "forbid" and rule.stage == "enforce")


def compiled(standings: Sequence[Standing], checked: Checked, factions: frozenset[str] = NONE) -> Compiled:
    """The brakes and norms among ``standings``, under the version ``checked``; ``factions``: those of the directory, in
    whose spelling too norms bind. Never raises for what they hold."""
    acting = tuple(standing for standing in standings if not isinstance(standing.placing.content, Stop))
    place = checked.digest, tuple(standing.id for standing in acting), factions
    with _lock:
        found = _compiled.get(place)
    if found is not None and found[0] is checked:
        return found[1]
    with uncollected(len(acting)):
        made = _compile(acting, checked, factions)
    with _lock:
        _compiled[place] = checked, made
        while len(_compiled) > _KEPT:
            _compiled.popitem(last=False)
    return made


def _compile(acting: Sequence[Standing], checked: Checked, factions: frozenset[str]) -> Compiled:
    rules: list[Rule] = []
    names: dict[str, Standing] = {}
    taken: dict[str, Standing] = {}
    unreadable: list[Unreadable] = []
    narrowings: list[Narrowing] = []
    _foresee(acting, checked)
    for standing in acting:
        content = standing.placing.content
        assert isinstance(content, Brake | Norm)
        try:
            own = rules_under(content, checked)
        except GovernanceError as error:
            text = content.cedar_plus if isinstance(content, Norm) else f"{content.forbids}\n{content.instead}"
            unreadable.append(Unreadable(standing, f"{error.message} ({error.code})", _actions(text)))
            own = ()
        permits: list[Rule] = []
        for number, rule in enumerate(own, 1):
            name = f"{standing.kind}:{standing.id}" + (f".{number}" if len(own) > 1 else "")
            if isinstance(content, Norm) and len(own) == 1:
                name = _content_id(rule, checked.program, names) or name
            if rule.kind == "permit":
                permits.append(_named(rule, name))
                continue
            rules.append(_named(rule, name))
            names[name] = standing
        if isinstance(content, Brake):
            narrowings += _narrowing(standing, content, permits, checked)
            for rule in taken_away([content], checked.program):
                if rule.id not in taken:
                    rules.append(rule)
                    taken[rule.id] = standing
    ends = [micros(each.placing.expires_at) for each in acting if each.placing.expires_at is not None]
    asked = bound(rules, checked.schema, factions)
    evaluator = Evaluator(Program(asked, checked.schema)) if rules else None
    priorities = {rule.id: rule.priority for rule in rules if rule.priority}
    return Compiled(
        evaluator,
        names,
        taken,
        tuple(unreadable),
        min(ends, default=None),
        tuple(narrowings),
        priorities,
        digests={rule.id: rule.digest for rule in rules if ":" in rule.id},
    )


def _narrowing(standing: Standing, brake: Brake, permits: list[Rule], checked: Checked) -> list[Narrowing]:
    """What a brake replaces in this version. Where the version has none of it any more, nothing stands in its place."""
    gone = frozenset(rule.id for rule in replaced(brake, checked.program))
    if not gone:
        return []
    return [Narrowing(standing, gone, Evaluator(Program(tuple(permits), checked.schema)) if permits else None)]


def _content_id(rule: Rule, program: Program, taken: Mapping[str, Standing]) -> str:
    """The content id of the norm that a rule is, by which decisions name it; empty where it is none, or where another
    rule has that id: two norms that differ in their scope alone have the same."""
    id = called(rule.annotations)
    other = program.by_id.get(id)
    return "" if id in taken or (other is not None and other.digest != rule.digest) else id


def _named(rule: Rule, name: str) -> Rule:
    """The rule under a name that no rule of a version has, with nothing left that could keep it from binding."""
    notes = {key: value for key, value in rule.annotations.items() if key in _SHOWN}
    return replace(rule, id=name, annotations=notes)


def _actions(text: str) -> frozenset[EntityUid] | None:
    found = reach(text)
    return None if found.every else frozenset(EntityUid(*uid) for uid in found.actions)
