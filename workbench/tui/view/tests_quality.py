"""What the Tests screen says of the cases as a whole: conditions met both ways, mistakes that none notices. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from textual.content import Content

from workbench.analysis.words_mutation import (
    coverage_headline,
    covered_words,
    score_headline,
    score_notes,
    survivor_words,
)
from workbench.tui.hints import hinted
from workbench.tui.lexers import cedar as cedar_lexer
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import code, label, outcome, stack, text
from workbench.tui.view.table import Cell, Column, Row

if TYPE_CHECKING:
    from workbench.analysis.coverage import Covered
    from workbench.analysis.mutation import MutationScore
    from workbench.service.views import RuleView

CONDITIONS = (
    Column("met", 9),
    Column("rule", 22, drop_below=64),
    Column("condition"),
    Column("true", 5, drop_below=48),
    Column("false", 5, drop_below=48),
)
MISTAKES = (Column("", 9), Column("no case would notice, if"))


# ---- conditions ------------------------------------------------------------------------------------------------------


def conditions_summary(covered: Sequence[Covered]) -> Content:
    return text(coverage_headline(covered), "$ink")


def conditions_mark(covered: Sequence[Covered]) -> Content:
    """For the tab: how many conditions were met both ways."""
    conditions = [each for each in covered if each.condition]
    both = sum(each.both for each in conditions)
    if not conditions:
        return Content.styled("none", "$muted")
    return Content.styled(f"{both}/{len(conditions)}", "$ok" if both == len(conditions) else "$hold")


def conditions_rows(covered: Sequence[Covered]) -> list[Row]:
    """Every condition in the order of the rules; a rule's name stands at its first."""
    rows, before = [], ""
    for number, each in enumerate(covered):
        name = "" if each.rule == before else one_line(each.rule)
        before = each.rule
        condition = Cell(one_line(each.condition)) if each.condition else Cell("no condition: its scope", "muted")
        false = Cell(f"{each.false:>4}", "plain" if each.false else "hold") if each.condition else Cell("   –", "muted")
        true = Cell(f"{each.true:>4}", "plain" if each.true else "hold")
        rows.append(Row(str(number), (_met(each), Cell(name, "strong"), condition, true, false)))
    return rows


def _met(each: Covered) -> Cell:
    if not each.condition:
        return Cell("✓ asked", "allow") if each.true else Cell("✗ never", "deny")
    if each.both:
        return Cell("✓ both", "allow") if each.paired else Cell("~ no pair", "hold")
    if each.true or each.false:
        return Cell("~ true" if each.true else "~ false", "hold")
    return Cell("✗ never", "deny")


def conditions_detail(each: Covered, rule: RuleView | None) -> Content:
    """One condition: the rule in words, and the cases that show what it does."""
    from workbench.service.plain_facts import rule_said

    words = covered_words(each)
    pair = each.pair
    return stack(
        text(each.rule, "$ink bold"),
        text(rule_said(rule.english or rule.paraphrase), "$accent") if rule is not None else None,
        Content(""),
        label("CONDITION"),
        code(each.condition, cedar_lexer.lex) if each.condition else text("none beside its scope", "$muted"),
        text(f"true in {each.true:,} of the cases, false in {each.false:,}", "$ink")
        if each.condition
        else text(f"{each.true:,} of the cases ask for its action", "$ink"),
        text(f"~ {words}", "$hold") if words else None,
        Content(""),
        *(
            [
                label("SHOWN BY"),
                Content.assemble(("✓ true   ", "$allow"), text(pair[0])),
                Content.assemble(("✗ false  ", "$deny"), text(pair[1])),
                text("Only this condition makes the difference. Enter opens the first of the two.", "$muted"),
            ]
            if pair
            else []
        ),
        text(hinted("p proposes the cases that are missing", "tests"), "$muted") if words else None,
    )


# ---- mistakes --------------------------------------------------------------------------------------------------------


def mistakes_summary(score: MutationScore) -> Content:
    """The figure, and what it leaves out."""
    return stack(text(score_headline(score), "$ink bold"), *(text(note, "$muted") for note in score_notes(score)))


def mistakes_mark(score: MutationScore) -> Content:
    """For the tab: the share that some case notices."""
    if not score.counted:
        return Content.styled("none", "$muted")
    share = 100 * len(score.killed) // score.counted
    return Content.styled(f"{share} %", "$ok" if not (score.survived or score.undecided) else "$hold")


def mistakes_rows(score: MutationScore, added: frozenset[str]) -> list[Row]:
    """Survivors first, by number; then what is not decided."""
    return [
        Row(key, (_mark(key, key in added), Cell(one_line(_short(words))))) for key, words in _sentences(score).items()
    ]


def _short(sentence: str) -> str:
    """What the column's title says already is left out of a sentence."""
    return sentence.removeprefix("If ").split(", no test case would notice")[0]


def mistakes_detail(score: MutationScore, key: str) -> Content:
    """One mistake in full, with the case that would notice it."""
    from workbench.service.plain_facts import value_said

    case = case_of(score, key)
    words = text(_sentences(score).get(key, ""), "$ink")
    if case is None:
        return words
    request: Mapping[str, Any] = case.get("request", {})
    facts = {name: str(request.get(name)) for name in ("principal", "action", "resource")}
    facts |= {str(name): value_said(value) for name, value in (request.get("context") or {}).items()}
    width = min(26, max(len(one_line(name)) for name in facts))
    said, role = outcome(str(case.get("expect")))
    return stack(
        words,
        Content(""),
        label("A CASE THAT WOULD"),
        text(str(case.get("name", "")), "$ink bold"),
        Content.assemble(("expects ", "$muted"), (said, f"{'$ink' if role == 'plain' else f'${role}'} bold")),
        *(Content.assemble((f"{one_line(n):{width}}  ", "$muted"), text(one_line(v))) for n, v in facts.items()),
        Content(""),
        text(hinted("a adds it to the draft", "tests"), "$accent"),
    )


def case_of(score: MutationScore, key: str) -> Mapping[str, Any] | None:
    """The case that would notice the mistake of a row; ``None`` for a row that has none."""
    return score.survived[int(key)].case if key.isdecimal() else None


def _sentences(score: MutationScore) -> dict[str, str]:
    found = {str(number): survivor_words(each) for number, each in enumerate(score.survived)}
    return found | {f"open {number}": survivor_words(each) for number, each in enumerate(score.undecided)}


def _mark(key: str, added: bool) -> Cell:
    if key.isdecimal():
        return Cell("✓ added", "allow") if added else Cell("+ a case", "accent")
    return Cell("? open", "hold")
