"""What a change means, as rows of a list and in full: what is decided otherwise, with a request for each. Pure.

Nothing that is not proved is said to be unchanged: what is open stands in the list as open, with what stood in the way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from textual.content import Content

from workbench.analysis.results import (
    CHANGES,
    Change,
    ChangeWitness,
    Difference,
    EnvironmentDifference,
    RequestEnvironment,
    Verdict,
)
from workbench.analysis.words_difference import change_headline, difference_headline, one_sided, open_words
from workbench.language.quotation import bare
from workbench.language.schema_annotations import split_phrases
from workbench.tui.view import witness as witness_view
from workbench.tui.view.chrome import clickable
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import bullets, label, stack, text
from workbench.tui.view.review import UNCHANGED
from workbench.tui.view.rulebook import Rulebook, rule_lines
from workbench.tui.view.table import Cell, Column, Row
from workbench.tui.view.witness import CHANGES as WORDS
from workbench.tui.view.witness import Shown

RowKind: TypeAlias = Literal["environment", "witness", "more", "open", "proved", "side", "scores"]

COLUMNS = (Column("change", 19), Column("who does what"), Column("rules that make it so", 30, drop_below=96))
OPEN: Mapping[Verdict, str] = {"undecided": "? not decided", "unsupported": "? not supported"}
MOST_FACTS = 10  # of a witness beside the list; all of them are in its window
LISTED = 24  # unchanged environments that are named


@dataclass(frozen=True, slots=True)
class Found:
    """One row: an environment that differs or is open, a witness in it, or what is said of all the rest."""

    key: str
    kind: RowKind
    environment: EnvironmentDifference | None = None
    witness: ChangeWitness | None = None
    change: Change | None = None
    said: str = ""


def found(difference: Difference) -> tuple[Found, ...]:
    """What differs first, then what is open, then one line over what is proved unchanged, then what one side has."""
    made: list[Found] = []
    for environment in sorted(difference.environments, key=_order):
        if not environment.unchanged:
            made += _of_environment(environment)
    same = sum(each.unchanged for each in difference.environments)
    if same:
        made.append(Found("proved", "proved", said=proved_line(difference)))
    for side, sentences in (("before", difference.only_before), ("after", difference.only_after)):
        made += [Found(f"{side}{number}", "side", said=said) for number, said in enumerate(sentences)]
    if difference.scores:
        made.append(Found("scores", "scores", said=f"scores differ: {', '.join(map(one_line, difference.scores))}"))
    return tuple(made)


def rows(listed: Sequence[Found], book: Rulebook) -> list[Row]:
    """As rows of a list."""
    return [Row(each.key, _cells(each, book)) for each in listed]


def changes_nothing(listed: Iterable[Found]) -> bool:
    """Whether everything is proved to be decided as before."""
    return {each.kind for each in listed} == {"proved"}


def proved_line(difference: Difference) -> str:
    """In how many kinds of request nothing changes; what is proved, and nothing else."""
    total = len(difference.environments)
    same = sum(each.unchanged for each in difference.environments)
    if same == total:
        return "proved unchanged in " + ("the only kind" if total == 1 else f"all {total} kinds") + " of request"
    return f"proved unchanged in {same} of {total} kinds of request"


def badge(difference: Difference) -> Content:
    """The counts by kind of change, for the tab; none in red: what is newly denied is mostly what was meant to be."""
    counts = dict.fromkeys(CHANGES, 0)
    for _, each in difference.witnesses:
        counts[each.change] += 1
    parts = [
        Content.styled(f"{WORDS[change][0]} {count} {change}", "$ink") for change, count in counts.items() if count
    ]
    undecided = open_count(difference)
    if undecided:
        parts.append(Content.styled(f"? {undecided} open", "$sev-warning"))
    return Content(" ").join(parts) or Content.styled(UNCHANGED, "$sev-warning" if one_sided(difference) else "$ok")


def open_count(difference: Difference) -> int:
    """How many statements (a kind of change in an environment) are neither proved nor shown by a witness."""
    return sum(verdict in OPEN for each in difference.environments for verdict in each.verdicts.values())


def summary(difference: Difference) -> Content:
    """Above the list: the counts, then the sentence."""
    return stack(_counts(difference), text(difference_headline(difference), "$ink"))


def _counts(difference: Difference) -> Content | None:
    counts = []
    for change in CHANGES:
        count = sum(each.change == change for _, each in difference.witnesses)
        glyph, role, word = WORDS[change]
        counts += [Content.styled(f"{glyph} {count} {word}", f"${role} bold")] if count else []
    undecided = open_count(difference)
    if undecided:
        counts.append(Content.styled(f"? {undecided} not decided", "$sev-warning bold"))
    if any(each.unchanged for each in difference.environments):
        same = sum(each.unchanged for each in difference.environments)
        counts.append(Content.styled(f"= {same} of {len(difference.environments)} kinds proved unchanged", "$ok"))
    return Content.styled("  ·  ", "$muted").join(counts) if counts else None


def brief(difference: Difference, listed: Iterable[Found], book: Rulebook) -> Content:
    """The counts on one line, then each witness as what is decided otherwise and by which rules; a click opens all."""
    lines = [_counts(difference) or Content.styled("= nothing is decided otherwise", "$ok")]
    for each in listed:
        if each.witness is not None:
            glyph, role, word = WORDS[each.witness.change]
            lines.append(
                Content.assemble(
                    (f"{glyph} {word}  ", f"${role} bold"),
                    text(witness_view.deed(each.witness.witness)),
                    (f"  {_rules(each.witness.rules)}", "$accent"),
                )
            )
        elif each.kind == "open" and each.environment is not None:
            lines.append(text(f"? {about(each.environment.environment, book)}: not decided", "$sev-warning"))
    return Content("\n").join(lines).stylize(clickable("screen.show_view('meaning')"))


def shown(each: Found, difference: Difference) -> Shown | None:
    """The witness of a row, ready to be opened."""
    if each.witness is None:
        return None
    glyph, role, word = WORDS[each.witness.change]
    told, rules = each.witness.witness, each.witness.rules
    return Shown(f"{glyph} {word}", f"${role}", told, rules, difference.assumption, change_headline(each.witness))


def detail(each: Found, difference: Difference, book: Rulebook) -> Content:
    """One row, told beside the list."""
    if each.witness is not None:
        return _witness(each.witness, book)
    if each.environment is not None:
        return _environment(each.environment, book)
    if each.kind == "proved":
        return _proved(difference, book)
    if each.kind == "scores":
        return stack(
            text("These preferences score differently.", "$ink bold"),
            text("A score orders what is permitted; it never changes whether it is.", "$muted"),
            *(rule_lines(book, rule) for rule in difference.scores),
        )
    return stack(
        text(each.said, "$ink bold"),
        text("It exists on one side only: what is proved is about requests that both versions take.", "$muted"),
    )


def about(environment: RequestEnvironment, book: Rulebook) -> str:
    """Requests of one kind, in the words of the schema where it is at hand: ``An agent wants to close a ticket``."""
    schema, (type_, action) = book.voice.schema, environment.action
    who, what, does = environment.principal, environment.resource, bare(action)
    if schema is not None:
        from workbench.authoring.vocabulary import noun_of, plain  # where a schema was proved of, it is loaded

        who, what = noun_of(schema, who), noun_of(schema, what)
        declared = schema.actions.get((type_, action))
        phrases = split_phrases(declared.annotations.get("phrase", "")) if declared is not None else []
        does = (*phrases, plain(action))[0].replace("...", "…")
    who, one = one_line(_one(who)), one_line(_one(what))
    if "…" in does:
        return f"{who[:1].upper()}{who[1:]} wants to {one_line(does).replace('…', one)}"
    named = re.search(rf"\b{re.escape(what)}", does, re.IGNORECASE) is not None
    return f"{who[:1].upper()}{who[1:]} wants to {one_line(does)}{'' if named else f', on {one}'}"


def _one(noun: str) -> str:
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


# ---- rows ------------------------------------------------------------------------------------------------------------


def _order(environment: EnvironmentDifference) -> int:
    verdicts = set(environment.verdicts.values())
    return 0 if "fails" in verdicts else 1 if verdicts & set(OPEN) else 2


def _of_environment(environment: EnvironmentDifference) -> list[Found]:
    key = str(environment.environment)
    made = [Found(key, "environment", environment)]
    for change in CHANGES:
        of_this = [each for each in environment.witnesses if each.change == change]
        made += [
            Found(f"{key}/{change}{number}", "witness", environment, each, change)
            for number, each in enumerate(of_this)
        ]
        if environment.verdicts[change] in OPEN:
            made.append(Found(f"{key}/{change}?", "open", environment, None, change, environment.why.get(change, "")))
        elif of_this and not environment.exhausted.get(change, False):
            made.append(Found(f"{key}/{change}+", "more", environment, None, change))
    return made


def _cells(each: Found, book: Rulebook) -> tuple[Cell, ...]:
    match each.kind:
        case "environment":
            assert each.environment is not None
            kind = each.environment.environment
            return (
                Cell(one_line(kind.action[1]), "strong"),
                Cell(f"{one_line(kind.principal)} → {one_line(kind.resource)}   {_told(each.environment)}", "muted"),
                Cell(""),
            )
        case "witness":
            assert each.witness is not None
            glyph, role, word = WORDS[each.witness.change]
            facts = witness_view.facts_line(each.witness.witness, book, each.witness.rules)
            said = " · ".join(part for part in (facts, witness_view.deed(each.witness.witness)) if part)
            return Cell(f"  {glyph} {word}", role), Cell(said), Cell(_rules(each.witness.rules), "accent")
        case "open":
            assert each.environment is not None
            assert each.change is not None
            verdict = each.environment.verdicts[each.change]
            why = one_line(open_words(verdict, each.said))
            return (
                Cell(f"  {OPEN[verdict]}", "warning"),
                Cell(f"whether anything is newly {each.change}: {why}", "warning"),
                Cell(""),
            )
        case "more":
            return Cell("  … and more", "warning"), Cell(f"others may be newly {each.change}", "warning"), Cell("")
        case "proved":
            return Cell("= unchanged", "allow"), Cell(each.said, "allow"), Cell("")
        case "scores":
            return Cell("~ scores", "accent"), Cell(one_line(each.said)), Cell("")
        case "side":
            return Cell("• one side only", "info"), Cell(one_line(each.said)), Cell("")


def _told(environment: EnvironmentDifference) -> str:
    counts = [(WORDS[c][0], sum(each.change == c for each in environment.witnesses)) for c in CHANGES]
    counts.append(("?", sum(verdict in OPEN for verdict in environment.verdicts.values())))
    return "  ".join(f"{glyph} {count}" for glyph, count in counts if count)


def _rules(rules: Sequence[str]) -> str:
    return ", ".join(map(one_line, rules)) or "no permit applies"


# ---- in full ---------------------------------------------------------------------------------------------------------


def _witness(each: ChangeWitness, book: Rulebook) -> Content:
    glyph, role, word = WORDS[each.change]
    facts = witness_view.telling(each.witness, book, each.rules)
    return stack(
        stack(
            Content.assemble(
                (f"{glyph} {word}  ", f"${role} bold"), text(witness_view.deed(each.witness), "$ink bold")
            ),
            *witness_view.fact_lines(facts[:MOST_FACTS]),
            text(f"  … and {left} more", "$muted") if (left := len(facts) - MOST_FACTS) > 0 else None,
        ),
        witness_view.decisions(each.witness, book),
        stack(*(rule_lines(book, rule) for rule in each.rules), gap=0) if each.rules else text(_rules(()), "$muted"),
        witness_view.OPENS,
        gap=1,
    )


def _environment(environment: EnvironmentDifference, book: Rulebook) -> Content:
    said = []
    for change in CHANGES:
        verdict, of_this = environment.verdicts[change], [w for w in environment.witnesses if w.change == change]
        glyph, role, word = WORDS[change]
        if verdict == "holds":
            said.append(Content.styled(f"= nothing is {word}: proved", "$ok"))
        elif verdict == "fails":
            all_told = environment.exhausted.get(change, False)
            more = "every other one has the same rules: proved" if all_told else "there may be others, for other rules"
            said.append(
                Content.assemble(
                    (f"{glyph} {word}: {witness_view.counted(len(of_this))}", f"${role} bold"), (f"; {more}", "$muted")
                )
            )
        else:
            why = open_words(verdict, environment.why.get(change, ""))
            asked = (f"? whether anything is {word}: ", "$sev-warning bold")
            said.append(Content.assemble(asked, text(one_line(why), "$muted")))
    unknown = "What is not decided may change: it is not known to be safe."
    return stack(
        text(about(environment.environment, book), "$ink bold"),
        *said,
        text(unknown, "$sev-warning") if set(environment.verdicts.values()) & set(OPEN) else None,
    )


def _proved(difference: Difference, book: Rulebook) -> Content:
    same = [each for each in difference.environments if each.unchanged]
    quiet = sum(not each.touched for each in same)
    why = (
        f"To {quiet} of them no rule applies that differs; the others were proved one by one."
        if quiet and quiet < len(same)
        else "No rule that applies to them differs."
        if quiet
        else "Each was proved: no request of these kinds is decided otherwise."
    )
    names = [about(each.environment, book) for each in same]
    left = len(names) - LISTED
    return stack(
        Content.styled(f"= {proved_line(difference)}", "$ok bold"),
        text(why, "$muted"),
        label("PROVED UNCHANGED"),
        *bullets(names[:LISTED]),
        text(f"… and {left} more", "$muted") if left > 0 else None,
    )
