"""From a Rego file to Cedar+: the one entry of this folder.

Imports everything of this folder, the checker, the formatter and the schema. What comes out never allows what the file
would not: a rule that allows and cannot be converted is left out, one that denies is stood in for by a rule that denies
at least as much. Both are named, with their place and what to write instead.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from workbench.authoring.rego.bodies import condition_of
from workbench.authoring.rego.entries import Entries, Unit, entries_of
from workbench.authoring.rego.index import Index, index_of
from workbench.authoring.rego.inferring import Inferred, type_name
from workbench.authoring.rego.mapping import USUAL, InputMap
from workbench.authoring.rego.policies import Converter, Worked, policies
from workbench.authoring.rego.reaching import reached
from workbench.authoring.rego.reading import RegoSyntaxError, read_rego
from workbench.authoring.rego.refusals import RefusalError
from workbench.authoring.rego.running import Run
from workbench.authoring.rego.telling import assumptions_of
from workbench.authoring.rego.worlds import Lesson, Uses
from workbench.language.ast import ActionScope, Annotation, EntityScope, Policy, Scope
from workbench.language.check import check
from workbench.language.format import format_source
from workbench.language.render import render_statement
from workbench.language.schema import Schema
from workbench.language.schema_reader import read_schema

_ROUNDS = 3


@dataclass(frozen=True)
class Options:
    """How to read a file. ``allow``, ``deny``: the rules that decide, where they have other names than usual.

    ``otherwise_allow``: a request that nothing denies is allowed, though no rule says so.
    """

    mapping: InputMap = field(default_factory=InputMap)
    allow: str = ""
    deny: tuple[str, ...] = ()
    otherwise_allow: bool = False


@dataclass(frozen=True)
class ConvertedRule:
    """One body of Rego as rules of Cedar+; none where no request of the schema can fulfil it."""

    name: str
    effect: str
    line: int
    column: int
    rules: tuple[str, ...]
    cedar_plus: str


@dataclass(frozen=True)
class RefusedRule:
    """One body that was not converted: ``line`` and ``column`` of the construct, ``rule_line`` of the rule.

    ``stand_in``: ids of the rules that deny in its place at least what it denies.
    """

    name: str
    effect: str
    rule_line: int
    line: int
    column: int
    code: str
    message: str
    help: str
    stand_in: tuple[str, ...]


@dataclass(frozen=True)
class Conversion:
    """What became of a file. ``schema``: the text it was checked by; ``inferred`` where it was made from the file."""

    package: str
    cedar_plus: str
    schema: str
    inferred: bool
    converted: tuple[ConvertedRule, ...]
    refused: tuple[RefusedRule, ...]
    assumptions: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether every rule that decides was converted."""
        return not self.refused


def convert(text: str, schema: Schema | None = None, options: Options | None = None) -> Conversion:
    """Convert a Rego file.

    Raises :class:`RegoSyntaxError` where it cannot be read, and
    :class:`~workbench.authoring.rego.refusals.RefusalError` where no rule in it decides.
    """
    options = options or Options()
    module = read_rego(text)
    index = index_of(module)
    try:
        entries = entries_of(index, options.allow, options.deny)
        lesson = _learned(index, entries, options)
        told: list[str] = []
        if schema is None:
            inferred = Inferred(lesson)
            told += inferred.told
            known = read_schema(inferred.text)
        else:
            known = schema
        return _Conversion(index, entries, options, known, lesson.uses, schema is None, told).result()
    except RecursionError:
        raise RegoSyntaxError("the rules are nested too deep", module.rules[0].place) from None


def _learned(index: Index, entries: Entries, options: Options) -> Lesson:
    """What all the rules together say of the input."""
    names = {spot.root: path[0] for path, spot in options.mapping.lines if not spot.attributes}
    lesson = Lesson(options.mapping, Uses(), "", "")
    lesson.principal, lesson.resource = "User", "Resource"
    for _ in range(2):  # what a rule compares with something of unknown type may only be said by a later one
        for unit in entries.units:
            silent = frozenset(entries.deny) if unit.effect == "permit" else frozenset[str]()
            try:
                condition_of(Run(lesson, index, silent), unit.body, {}, lenient=True)
            except RefusalError:
                continue
        asked = {path[0] for path in lesson.uses.ever}
        for root in ("principal", "resource"):
            usual = [word for word, place in USUAL.items() if place == root and word in asked]
            word = names.get(root) or (usual[0] if usual else "")
            setattr(lesson, root, type_name(word, "User" if root == "principal" else "Resource"))
        if lesson.principal == lesson.resource:
            lesson.resource = "Resource" if lesson.principal != "Resource" else "Object"
        lesson.kinds.clear()
    for unit in entries.units:
        silent = frozenset(entries.deny) if unit.effect == "permit" else frozenset[str]()
        try:
            condition_of(Run(lesson, index, silent), unit.body, {}, lenient=True)
        except RefusalError:
            continue
    return lesson


class _Conversion:
    """The work on one file under one schema."""

    def __init__(
        self,
        index: Index,
        entries: Entries,
        options: Options,
        schema: Schema,
        uses: Uses,
        inferred: bool,
        told: Sequence[str],
    ) -> None:
        self._index, self._entries, self._options, self._schema = index, entries, options, schema
        self._uses, self._inferred, self._told = uses, inferred, told
        self._converter = Converter(schema, options.mapping, index, entries, uses)
        self._notes: list[str] = []

    def result(self) -> Conversion:
        refused = [self._converter.stand_in(unit, problem) for unit, problem in self._entries.refused]
        works = sorted(
            [*(self._converter.work(unit) for unit in self._entries.units), *refused], key=lambda one: one.unit.place
        )
        for _ in range(_ROUNDS):
            placed = self._placed(works)
            blocks = self._blocks(works, placed)
            problems = self._problems(blocks)
            if not problems:
                break
            works = [self._without(work, problems.get(at)) for at, work in enumerate(works)]
        text = format_source("\n\n".join(part for _, part in blocks) + "\n")
        return Conversion(
            package=".".join(self._index.package),
            cedar_plus=text,
            schema=self._schema.text,
            inferred=self._inferred,
            converted=tuple(self._converted(work, placed[at]) for at, work in enumerate(works) if work.problem is None),
            refused=tuple(
                _refused(work, work.problem, placed[at]) for at, work in enumerate(works) if work.problem is not None
            ),
            assumptions=(*assumptions_of(self._entries, self._options, self._uses, text), *self._told),
            notes=tuple(self._said(works)),
        )

    # ---- rules ----

    def _placed(self, works: Sequence[Worked]) -> list[list[Policy]]:
        """The rules of every unit; one that is there already is not said again."""
        seen: set[tuple[object, ...]] = set()
        ids: set[str] = set()
        found = []
        for work in works:
            unit = work.unit
            id_ = f"{unit.name}-{unit.place.line}"
            if id_ in ids:
                id_ += f"-{unit.place.column}"
            ids.add(id_)
            doc = [Annotation("doc", unit.message)] if unit.message else []
            own = []
            for policy in policies(work, self._schema, self._converter.kinds, id_, doc):
                key = (policy.effect, policy.scope, policy.conditions)
                if key not in seen:
                    seen.add(key)
                    own.append(policy)
            found.append(own)
        return found

    def _by_default(self) -> list[Policy]:
        if not (self._entries.allowed or self._options.otherwise_allow):
            return []
        anything = Scope(EntityScope("any"), ActionScope("any"), EntityScope("any"))
        return [Policy("permit", anything, (), (Annotation("id", "allow-by-default"),))]

    def _blocks(self, works: Sequence[Worked], placed: Sequence[Sequence[Policy]]) -> list[tuple[int, str]]:
        """The text in parts, each with the place of its unit in ``works``; -1 for what no unit says."""
        blocks = [(-1, render_statement(policy)) for policy in self._by_default()]
        for at, (work, own) in enumerate(zip(works, placed, strict=True)):
            statements = [render_statement(policy) for policy in own]
            if work.problem is not None:
                comment = _comment(work, bool(own))
                statements = [f"{comment}\n{statements[0]}", *statements[1:]] if statements else [comment]
            blocks += [(at, statement) for statement in statements]
        return blocks

    def _problems(self, blocks: Sequence[tuple[int, str]]) -> dict[int, str]:
        """What the checker has against the text, by the place of the unit that it is about."""
        starts, offset = [], 0
        for _, text in blocks:
            starts.append(offset)
            offset += len(text) + 2
        found: dict[int, str] = {}
        for error in check("\n\n".join(text for _, text in blocks), self._schema).errors:
            at = bisect_right(starts, error.span.start) - 1
            found.setdefault(blocks[at][0] if at >= 0 else -1, error.message)
        return found

    def _without(self, work: Worked, message: str | None) -> Worked:
        """``work``, or what stands in for it where the checker refuses it with ``message``."""
        if message is None:
            return work
        if work.problem is not None:  # not even the stand-in passes
            return self._converter.everything(work.unit, work.problem)
        problem = RefusalError(
            "not_clean", f"what it would become is refused: {message}", work.unit.place, "write it in smaller rules"
        )
        return self._converter.stand_in(work.unit, problem)

    def _converted(self, work: Worked, own: Sequence[Policy]) -> ConvertedRule:
        unit = work.unit
        text = "\n\n".join(render_statement(policy) for policy in own)
        return ConvertedRule(unit.name, unit.effect, unit.place.line, unit.place.column, tuple(map(_id, own)), text)

    # ---- words ----

    def _said(self, works: Sequence[Worked]) -> list[str]:
        notes = []
        for work in works:
            if work.problem is None and not work.conditions:
                notes.append(f"line {work.unit.place.line}: `{work.unit.name}` can never hold, and gives no rule")
        known = {action.id for action in self._schema.actions.values()}
        unknown = [name for name in self._uses.action_names if name not in known]
        if unknown and not self._inferred:
            listed = ", ".join(f"`{name}`" for name in unknown)
            notes.append(f"the schema has no action {listed}: no request can name it, and no rule does")
        used = reached(self._index, [*([self._entries.allow] if self._entries.allow else []), *self._entries.deny])
        for name, rules in self._index.rules.items():
            if name not in used:
                notes.append(f"line {rules[0].place.line}: `{name}` does not decide, and is left out")
        return notes


def _id(policy: Policy) -> str:
    return next(annotation.value for annotation in policy.annotations if annotation.name == "id")


def _comment(work: Worked, stands_in: bool) -> str:
    assert work.problem is not None
    place = f"{work.problem.place.line}:{work.problem.place.column}"
    what = "stood in for by what denies at least as much" if stands_in else "left out"
    message = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in work.problem.message)
    return f"// Not converted, {what}: `{work.unit.name}` ({place}): {message}"


def _refused(work: Worked, problem: RefusalError, own: Sequence[Policy]) -> RefusedRule:
    return RefusedRule(
        work.unit.name,
        work.unit.effect,
        work.unit.place.line,
        problem.place.line,
        problem.place.column,
        problem.code,
        problem.message,
        problem.help,
        tuple(map(_id, own)),
    )


__all__ = ["Conversion", "ConvertedRule", "Options", "RefusedRule", "Unit", "convert"]
