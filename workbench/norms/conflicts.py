"""Conflicts among norms, and with the constitution that they act beside, told by what they reach. Pure.

Norms only forbid, so that two of them can never contradict each other: what is looked for instead is a norm that does
nothing, or undoes what the constitution says elsewhere. Nothing is reported that is not so; what is not seen from the
rules' form is left to the solver (``service.norm_conflicts``). The text of a conflict depends on the rules alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from workbench.language.annotations import SEVERITIES
from workbench.language.ast import Expr
from workbench.language.spelling import nearest
from workbench.norms.reach import Case, Reach, follows, scope_covers, word_of

Kind = Literal[
    "same_name",  # two norms in force bear one name
    "duplicate",  # two norms forbid exactly the same
    "redundant",  # another norm, or a forbid of the version, forbids all that this one does, and as severely
    "never_applies",  # no action can ever break it
    "unknown_scope",  # it binds a faction that the directory does not know
    "field_word",  # its condition looks for the name of a field, where a value was meant
    "dead_permit",  # a permit of the version allows nothing any more
    "dead_procedure",  # a procedure of the version asks for approvals of what is forbidden anyhow
]
KINDS: tuple[Kind, ...] = (
    "same_name", "duplicate", "redundant", "never_applies", "unknown_scope", "field_word", "dead_permit",
    "dead_procedure",
)  # fmt: skip
_FIELDS = ("action", "verb", "location", "target", "faction", "agent", "agent_id", "scope")


@dataclass(frozen=True, slots=True)
class Bearing:
    """One rule, as conflicts are looked for: a norm in force, or a rule of the version.

    ``reach``: ``None`` for a norm that does not fit the schema in force. ``digest``: of its meaning. ``condition``: as
    its author wrote it. ``faction``: whom it binds; empty for everyone. ``group``: the same outside of worlds, as Cedar
    writes an entity.
    """

    id: str
    name: str
    kind: Literal["norm", "forbid", "permit", "procedure"]
    reach: Reach | None
    digest: str = ""
    condition: str = ""
    faction: str = ""
    severity: str = "warn"
    priority: int = 0
    group: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """``norm`` and ``other`` are ids (``other`` is empty where a norm conflicts with nothing but itself).

    ``help``: what to do about it. ``proved``: found by the solver, not by form.
    """

    kind: Kind
    norm: str
    other: str
    norm_name: str
    other_name: str
    description: str
    help: str = ""
    proved: bool = False


@dataclass(frozen=True)
class Ground:
    """What norms are held against. ``world``: the words of actions are told, and the whole account holds the verb.
    ``factions``: those that the directory knows, in lower case; ``groups``: every entity that it knows, as Cedar writes
    one; ``None`` where it knows none at all."""

    rules: Sequence[Bearing] = ()
    world: bool = False
    factions: frozenset[str] | None = None
    groups: frozenset[str] | None = None


NOWHERE = Ground()


def conflicts(norms: Sequence[Bearing], ground: Ground = NOWHERE) -> tuple[Conflict, ...]:
    """Every conflict of the norms in force, by kind, then in the order of the norms. At most one of each kind of a norm
    is told, the first."""
    covering = _Covering([*norms, *(rule for rule in ground.rules if rule.kind == "forbid")], ground.world)
    found = [
        *_same_name(norms),
        *_duplicates(norms),
        *_redundant(norms, covering),
        *_never(norms),
        *_unknown(norms, ground),
        *(_field_words(norms) if ground.world else ()),
        *_dead(norms, ground),
    ]
    order = {kind: place for place, kind in enumerate(KINDS)}
    return tuple(sorted(found, key=lambda each: order[each.kind]))  # stable: in the order of the norms within a kind


# ---- norms among themselves ------------------------------------------------------------------------------------------


def _same_name(norms: Sequence[Bearing]) -> Iterator[Conflict]:
    first: dict[str, Bearing] = {}
    for norm in norms:
        other = first.setdefault(norm.name, norm) if norm.name else norm
        if other is not norm:
            what = f"two norms are called `{norm.name}`: `{other.id}` and `{norm.id}`"
            yield _conflict("same_name", norm, other, what, "repeal one of them, or `norm add --replace`")


def _duplicates(norms: Sequence[Bearing]) -> Iterator[Conflict]:
    first: dict[str, Bearing] = {}
    for norm in norms:
        other = first.setdefault(norm.digest, norm) if norm.digest else norm
        if other is not norm:
            what = f"`{_named(norm)}` forbids exactly what `{_named(other)}` forbids"
            yield _conflict("duplicate", norm, other, what, f"repeal `{norm.id}` or `{other.id}`")


def _redundant(norms: Sequence[Bearing], covering: _Covering) -> Iterator[Conflict]:
    firsts = {norm.digest: norm for norm in reversed(norms)}
    for norm in norms:
        if norm.reach is None or not norm.reach.cases:
            continue
        for other in covering.of(norm):
            if other.kind == "norm" and (other.digest == norm.digest or firsts[other.digest] is not other):
                continue  # a duplicate of this one or of another, and told as one: nothing may rest on it
            if other.kind == "norm" and not _as_strong(other, norm):
                continue
            if other.kind == "norm" and covering.both(norm, other) and other.id > norm.id and _as_strong(norm, other):
                continue  # each makes the other needless: told once
            where = "the version in force" if other.kind == "forbid" else "the norm"
            what = f"`{_named(norm)}` forbids nothing that {where} `{_named(other)}` does not forbid"
            yield _conflict("redundant", norm, other, what, f"repeal `{norm.id}`: no decision changes")
            break


def _as_strong(other: Bearing, norm: Bearing) -> bool:
    """Whether without ``norm`` no violation would be told less severely, nor under a lower priority."""
    return _rank(other.severity) >= _rank(norm.severity) and other.priority >= norm.priority


def _rank(severity: str) -> int:
    return next((place for place, each in enumerate(SEVERITIES) if each == severity), 0)


# ---- norms alone -----------------------------------------------------------------------------------------------------


def _never(norms: Sequence[Bearing]) -> Iterator[Conflict]:
    for norm in norms:
        if norm.reach is None:
            what = f"`{_named(norm)}` does not fit the schema in force"
            yield _conflict("never_applies", norm, None, what, "repeal it, or write it anew for this schema")
        elif not norm.reach.cases or not norm.reach.actions:
            what = f"no action can ever break `{_named(norm)}`: what it asks for contradicts itself"
            yield _conflict("never_applies", norm, None, what, f"repeal `{norm.id}`, or correct its condition")


def _unknown(norms: Sequence[Bearing], ground: Ground) -> Iterator[Conflict]:
    for norm in norms:
        faction = norm.faction.strip().lower()
        if faction and ground.factions is not None and faction not in ground.factions:
            best = nearest(faction, sorted(ground.factions))
            what = f"`{_named(norm)}` binds the faction `{norm.faction}`, which the directory does not know"
            yield _conflict(
                "unknown_scope", norm, None, what, _meant(best) or "load that faction, or correct the scope"
            )
        if norm.group and ground.groups is not None and norm.group not in ground.groups:
            best = nearest(norm.group, sorted(ground.groups))
            what = f"`{_named(norm)}` binds the members of {norm.group}, which the directory does not know"
            yield _conflict("unknown_scope", norm, None, what, _meant(best) or "load that group, or correct the scope")


def _meant(best: str | None) -> str:
    return f"did you mean `{best}`?" if best else ""


def _field_words(norms: Sequence[Bearing]) -> Iterator[Conflict]:
    for norm in norms:
        words = norm.condition.lower().replace("==", " == ").split()
        fields = [word for word, after in pairwise(words) if after == "==" and word in _FIELDS]
        if fields:
            what = f"the condition of `{_named(norm)}` looks for the word `{fields[0]}` itself, not for a {fields[0]}"
            yield _conflict("field_word", norm, None, what, "leave `… ==` out: words are looked for everywhere")


# ---- norms against the version ---------------------------------------------------------------------------------------


def _dead(norms: Sequence[Bearing], ground: Ground) -> Iterator[Conflict]:
    covering = _Covering(norms, ground.world)
    for rule in ground.rules:
        if rule.kind not in ("permit", "procedure") or rule.reach is None or not rule.reach.cases:
            continue
        norm = next(covering.of(rule), None)
        if norm is None:
            continue
        if rule.kind == "permit":
            what = f"`{_named(norm)}` forbids all that the permit `{_named(rule)}` allows"
            yield _conflict("dead_permit", norm, rule, what, "narrow the norm, or amend the permit")
        else:
            what = f"`{_named(norm)}` forbids all that the procedure `{_named(rule)}` asks approval of"
            yield _conflict("dead_procedure", norm, rule, what, "narrow the norm: no approval can help against it")


@dataclass
class _Covering:
    """Which forbids cover a rule, found through the rarest atom of each of their cases."""

    forbids: Sequence[Bearing]
    world: bool
    _keyed: dict[Expr | None, list[tuple[int, Case]]] = field(default_factory=dict)
    _follow: dict[Expr, frozenset[Expr]] = field(default_factory=dict)
    _atoms: Mapping[Expr, int] = field(default_factory=dict)
    _words: Sequence[tuple[str, Expr]] = ()

    def __post_init__(self) -> None:
        many: dict[Expr, int] = {}
        cases = [(place, case) for place, each in enumerate(self.forbids) if each.reach for case in each.reach.cases]
        for _, case in cases:
            for atom in case:
                many[atom] = many.get(atom, 0) + 1
        self._atoms = many
        self._words = [(told[1], atom) for atom in many if (told := word_of(atom)) is not None]
        for place, case in cases:
            key = min(case, key=lambda atom: (many[atom], repr(atom))) if case else None
            self._keyed.setdefault(key, []).append((place, case))

    def of(self, rule: Bearing) -> Iterator[Bearing]:
        """The forbids that cover ``rule`` (itself aside), in their order."""
        if rule.reach is None or not rule.reach.cases:
            return
        covering: set[int] | None = None
        for case in rule.reach.cases:
            found = self._of_case(case)
            covering = found if covering is None else covering & found
            if not covering:
                return
        for place in sorted(covering or ()):
            other = self.forbids[place]
            if other is not rule and other.reach is not None and scope_covers(other.reach, rule.reach):
                yield other

    def both(self, one: Bearing, other: Bearing) -> bool:
        """Whether ``one`` covers ``other``."""
        return any(each is one for each in self.of(other))

    def _of_case(self, case: Case) -> set[int]:
        so = frozenset().union(*(self._following(atom) for atom in case)) if case else frozenset()
        found = {place for place, _ in self._keyed.get(None, ())}
        for atom in so:
            found.update(place for place, wanted in self._keyed.get(atom, ()) if wanted <= so)
        return found

    def _following(self, atom: Expr) -> frozenset[Expr]:
        """The atoms of the forbids that follow from one."""
        known = self._follow.get(atom)
        if known is None:
            known = frozenset(each for each in self._possible(atom) if follows(each, atom, world=self.world))
            self._follow[atom] = known
        return known

    def _possible(self, atom: Expr) -> Iterable[Expr]:
        """Those of the forbids' atoms that may follow from one: of a word, only itself and the words within it, because
        a thousand norms have millions of pairs."""
        told = word_of(atom)
        if told is None:
            return self._atoms
        within = [each for word, each in self._words if word in told[1]]
        return [atom, *within] if atom in self._atoms else within


def _named(each: Bearing) -> str:
    return each.name or each.id


def _conflict(kind: Kind, norm: Bearing, other: Bearing | None, what: str, help: str) -> Conflict:
    id, name = ("", "") if other is None else (other.id, other.name)
    return Conflict(kind, norm.id, id, norm.name, name, what, help)
