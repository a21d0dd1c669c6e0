"""Proposed test cases made anew when rules have changed, without losing what people decided about earlier ones. Pure.

Made anew are only cases that are marked as generated and that nobody confirmed. Whatever a person wrote, confirmed,
corrected or rejected stays, in its place; nothing is proposed that asks the same. A rule that only has another name
than before takes the cases that speak of it along.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from workbench.analysis.expecting import case_key
from workbench.analysis.task import Task
from workbench.authoring.testgen import generate_tests
from workbench.language.ast import Fallback, Procedure
from workbench.language.digest import core_digest
from workbench.language.program import Program, Rule

Case = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Regenerated:
    """``cases``: all, those that were kept first. ``added``: names of new proposals; ``dropped``: names of proposals
    that the rules no longer give. ``renamed``: rules and procedures, from their old names to their new ones.
    """

    cases: tuple[Case, ...]
    added: tuple[str, ...]
    dropped: tuple[str, ...]
    renamed: Mapping[str, str]


def is_proposal(case: Case) -> bool:
    """Whether it was generated, and nobody said anything about it yet."""
    return case.get("origin") == "generated" and not case.get("reviewed_by")


def regenerated(
    program: Program,
    standing: Iterable[Case],
    *,
    before: Program | None = None,
    solve: bool = True,
    task: Task | None = None,
) -> Regenerated:
    """The cases of ``program`` where ``standing`` are there already. ``before``: the program that these were made for,
    to see which rules are only named otherwise now. ``solve``, ``task``: as for ``generate_tests``. Raises ``Stopped``.
    """
    renamed = {} if before is None else renamings(before, program)
    cases = [_following(case, renamed) for case in standing]
    kept = [case for case in cases if not is_proposal(case)]
    asked = {case_key(case) for case in kept}
    names = {str(case.get("name")) for case in kept}
    old = {case_key(case): case for case in cases if is_proposal(case)}
    fresh: list[Case] = []
    for case in generate_tests(program, solve=solve, task=task):
        key = case_key(case)
        if key not in asked:
            name, number = str(case["name"]), 2
            while name in names:
                name, number = f"{case['name']} ({number})", number + 1
            names.add(name)
            asked.add(key)
            fresh.append({**case, "name": name})
    made = {case_key(case) for case in fresh}
    return Regenerated(
        (*kept, *fresh),
        tuple(str(case["name"]) for case in fresh if case_key(case) not in old),
        tuple(str(case["name"]) for key, case in old.items() if key not in made),
        renamed,
    )


def renamings(before: Program, after: Program) -> dict[str, str]:
    """Rules that mean what another meant, which is gone, by the ids; procedures by their names too."""
    found: dict[str, str] = {}
    for names, identity in ((_ids, _meaning), (_names, _meaning)):
        old, new = names(before), names(after)
        gone = [name for name in old if name not in new]
        by_meaning: dict[str, list[str]] = {}
        for name in new:
            if name not in old:
                by_meaning.setdefault(identity(new[name]), []).append(name)
        for name in gone:
            candidates = by_meaning.get(identity(old[name]), [])
            if candidates:
                found[name] = candidates.pop(0)
    return found


def _ids(program: Program) -> dict[str, Rule]:
    return {rule.id: rule for rule in program.rules}


def _names(program: Program) -> dict[str, Rule]:
    return {rule.statement.name: rule for rule in program.rules if isinstance(rule.statement, Procedure)}


def _meaning(rule: Rule) -> str:
    """What a rule means, whatever it, and the procedures that it escalates to, are called."""
    statement = rule.statement
    if isinstance(statement, Procedure):
        statement = replace(
            statement,
            name="p",
            on_timeout=_unnamed(statement.on_timeout),
            on_rejection=_unnamed(statement.on_rejection),
        )
    return f"{rule.stage} {core_digest(statement)}"


def _unnamed(fallback: Fallback | None) -> Fallback | None:
    return fallback if fallback is None or fallback.procedure is None else replace(fallback, procedure="p")


def _following(case: Case, renamed: Mapping[str, str]) -> Case:
    """The case with the new names of what it speaks of."""
    if not renamed:
        return case
    changed: dict[str, Any] = {}
    if case.get("procedure") in renamed:
        changed["procedure"] = renamed[case["procedure"]]
    for field in ("procedures", "observed", "unobserved"):
        names: Sequence[str] = case.get(field) or ()
        if any(name in renamed for name in names):
            changed[field] = [renamed.get(name, name) for name in names]
    requires = case.get("requires") or {}
    if requires:
        changed["requires"] = {renamed.get(name, name): _escalating(text, renamed) for name, text in requires.items()}
    return {**case, **changed} if changed else case


def _escalating(clauses: str, renamed: Mapping[str, str]) -> str:
    """Clauses that escalate to a procedure by its new name; these names are words, and stand at the end of a clause."""
    words = clauses.split(" ")
    for place in range(3, len(words)):
        if words[place - 3 : place] == ["escalate", "to", "procedure"]:
            words[place] = renamed.get(words[place], words[place])
    return " ".join(words)
