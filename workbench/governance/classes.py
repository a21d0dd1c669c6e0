"""The class of an amendment: computed from what differs, never chosen, with the reasons.

Imports the comparisons of rules, schemas, English. The highest class of any part counts, and anything that no table
lists is sensitive. ``DECISIONS`` says of every field of the artifact how a change in it is classed; a test fails when a
field is added without a decision, and until then such a field is sensitive.

One part of the class is an opinion: whether English still compiles to the rule beside it depends on the compiler, and
a later compiler may read more sentences or fewer. A *proposal* must have exactly the class that the compiler of its day
gives it, when it is made (:func:`amendment_class`) and again when it is about to come into force
(:func:`check_class`). A *past* link is judged by what no compiler can change: its class must be one that the structure
allows under some opinion about the English (:func:`possible_classes`), so that an upgrade never breaks a chain that was
sound when it was made. ``verify`` says where today's compiler would have it otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from workbench.governance.artifact import AmendmentClassName, ConstitutionVersion, Content, TestCase
from workbench.governance.english import compiles_to, english_changes
from workbench.governance.errors import ChainError
from workbench.governance.findings import RANK, Finding
from workbench.governance.roster import RosterEntry
from workbench.governance.rule_changes import RulePairs, StillCompiles, pair_rules, rule_changes
from workbench.governance.schema_changes import schema_changes
from workbench.language.program import Program, Rule

Decision: TypeAlias = Literal["link", "outside", "rules", "english", "schema", "tests", "roster", "sensitive"]

DECISIONS: dict[str, Decision] = {
    # what names the version and its place; the chain checks each
    "constitution_version": "link",
    "swarm_id": "link",
    "parent_version": "link",
    "parent_digest": "link",
    "proposed_by": "link",
    "created_at": "link",
    "amendment.cls": "link",
    "amendment.summary": "link",
    "amendment.english": "link",
    "amendment.reproposes": "link",
    "supersedes": "link",
    # outside the version's own bytes
    "signatures": "outside",
    "activation": "outside",
    # what it says
    "schema_version": "sensitive",
    "content.cedar_plus_source": "rules",
    "content.english_source": "english",
    "content.schema_text": "schema",
    "content.invariants": "sensitive",
    "content.test_cases": "tests",
    "content.roster": "roster",
    "content.includes": "sensitive",
}


@dataclass(frozen=True, slots=True)
class ClassReport:
    """The class (``""`` when nothing changed) and why: the reasons of the highest class first."""

    cls: AmendmentClassName | Literal[""]
    reasons: tuple[str, ...]


def amendment_class(
    parent: ConstitutionVersion,
    child: ConstitutionVersion,
    parent_program: Program,
    child_program: Program,
    *,
    still_compiles: StillCompiles | None = None,
) -> ClassReport:
    """The class of going from ``parent`` to ``child``, whose checked programs are given.

    ``still_compiles(sentence, rule)`` says whether English means a rule; by default the built-in compiler is asked.
    """

    def ask(sentence: str, rule: Rule) -> bool:
        return compiles_to(sentence, rule, child_program.schema)

    difference = _Difference(parent, child, parent_program, child_program, still_compiles or ask)
    findings = sorted(set(difference.findings()), key=lambda finding: (-RANK[finding.cls], finding.reason))
    if not findings:
        return ClassReport("", ())
    return ClassReport(findings[0].cls, tuple(f"{finding.cls}: {finding.reason}" for finding in findings))


def check_class(
    parent: ConstitutionVersion, child: ConstitutionVersion, parent_program: Program, child_program: Program
) -> None:
    """Raises :class:`ChainError` (``wrong_class``) where ``child`` claims another class than the one computed now."""
    report = amendment_class(parent, child, parent_program, child_program)
    if report.cls != child.amendment.cls:
        what = f"is {report.reasons[0]}" if report.reasons else "changes nothing"
        raise ChainError(
            "wrong_class",
            f"it claims to be {child.amendment.cls}, but {what}",
            "propose it anew: its class is computed",
        )


def possible_classes(
    parent: ConstitutionVersion, child: ConstitutionVersion, parent_program: Program, child_program: Program
) -> tuple[ClassReport, ClassReport]:
    """The lowest and the highest class that the difference can have, whatever a compiler thinks of its English.

    They are the same wherever structure alone decides.
    """
    low, high = (
        amendment_class(parent, child, parent_program, child_program, still_compiles=opinion)
        for opinion in (_always, _never)
    )
    return low, high


def _always(_sentence: str, _rule: Rule) -> bool:
    return True


def _never(_sentence: str, _rule: Rule) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class _Difference:
    parent: ConstitutionVersion
    child: ConstitutionVersion
    old: Program
    new: Program
    still_compiles: StillCompiles

    def findings(self) -> Iterator[Finding]:
        pairs = pair_rules(self.old, self.new)
        if self.parent.schema_version != self.child.schema_version:
            yield Finding("sensitive", "the schema version is changed")
        for name in Content.model_fields:
            before, after = getattr(self.parent.content, name), getattr(self.child.content, name)
            if before != after:
                yield from self._part(name, pairs)

    def _part(self, name: str, pairs: RulePairs) -> Iterator[Finding]:
        before, after = self.parent.content, self.child.content
        match DECISIONS.get(f"content.{name}", "sensitive"):
            case "rules":
                found = list(rule_changes(pairs, self.old, self.new, self.still_compiles))
                yield from found or [Finding("minor", "comments, layout or order of the rules are changed")]
            case "english":
                found = list(english_changes(before.english_source, after.english_source, pairs, self.still_compiles))
                yield from found or [Finding("minor", "the English is changed with its rules, or in its layout")]
            case "schema":
                yield from self._schema()
            case "tests":
                found = list(test_changes(before.test_cases, after.test_cases))
                yield from found or [Finding("minor", "the order of the test cases is changed")]
            case "roster":
                found = list(roster_changes(before.roster, after.roster))
                yield from found or [Finding("sensitive", "the order of the roster is changed")]
            case _:
                yield Finding("sensitive", f"the {_NAMES.get(name, f'field `{name}`')} is changed")

    def _schema(self) -> Iterator[Finding]:
        if self.old.schema is None or self.new.schema is None:
            yield Finding("sensitive", "the schema is changed")
            return
        found = list(schema_changes(self.old.schema, self.new.schema))
        yield from found or [Finding("minor", "comments, layout or order of the schema are changed")]


_NAMES = {"invariants": "list of invariants", "includes": "list of included constitutions"}


def roster_changes(old: Sequence[RosterEntry], new: Sequence[RosterEntry]) -> Iterator[Finding]:
    """Who joins, leaves, or changes; all of it is sensitive, and told apart so that people see what is meant."""
    before = {entry.principal: entry for entry in old}
    after = {entry.principal: entry for entry in new}
    for person in sorted(before.keys() | after.keys()):
        was, now = before.get(person), after.get(person)
        if now is None:
            yield Finding("sensitive", f"`{person}` leaves the roster")
            continue
        if was is None:
            yield Finding("sensitive", f"`{person}` joins the roster as {now.role}")
            continue
        if was.role != now.role:
            yield Finding("sensitive", f"the role of `{person}` is changed from {was.role} to {now.role}")
        if was.keys != now.keys:
            gone, come = len(set(was.keys) - set(now.keys)), len(set(now.keys) - set(was.keys))
            what = f"{come} added, {gone} removed" if gone or come else "their order"
            yield Finding("sensitive", f"the keys of `{person}` are changed: {what}")
        if was != now and was.role == now.role and was.keys == now.keys:
            yield Finding("sensitive", f"the entry of `{person}` in the roster is changed")


def test_changes(old: Sequence[TestCase], new: Sequence[TestCase]) -> Iterator[Finding]:
    """Differences between two suites. A case is known by its name; to change one is to remove it and add another."""
    before = {case.name: case for case in old}
    after = {case.name: case for case in new}
    for name in after.keys() - before.keys():
        yield Finding("minor", f"the test case `{name}` is new")
    for name in before.keys() - after.keys():
        yield _lost(before[name], "removed")
    for name in before.keys() & after.keys():
        case, now = before[name], after[name]
        if case == now:
            continue
        if case.model_copy(update={"reviewed_by": now.reviewed_by}) != now:
            yield _lost(case, "changed")
        elif case.reviewed_by:
            yield Finding("sensitive", f"who reviewed the test case `{name}` is changed")
        else:
            yield Finding("minor", f"the test case `{name}` is confirmed by `{now.reviewed_by}`")


def _lost(case: TestCase, how: str) -> Finding:
    if case.reviewed_by:
        return Finding("sensitive", f"the test case `{case.name}`, which `{case.reviewed_by}` reviewed, is {how}")
    return Finding("major", f"the unreviewed test case `{case.name}` is {how}")
