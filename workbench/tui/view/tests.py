"""What the Tests screen shows: its three views, the cases that a filter leaves, and one case in full. Pure.

``view.cases`` lists them; here is what a person who reviews them needs, on Review as well: the facts in plain words,
the rules that decided with their English, where a case came from. Values come from agents: they go through
``view.plain`` and never through markup.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from textual.content import Content

from workbench.service.views import TestResult
from workbench.tui.hints import hinted
from workbench.tui.lexers import json as json_lexer
from workbench.tui.view import cases
from workbench.tui.view.chrome import CHOSEN_VIEW, clickable
from workbench.tui.view.plain import one_line, visible
from workbench.tui.view.prose import bullets, code, label, named, outcome, stack, text
from workbench.tui.view.review import brief_mark
from workbench.tui.view.spans import name_of
from workbench.tui.view.table import Cell, Row

if TYPE_CHECKING:
    from workbench.service.casebook import CaseRun
    from workbench.service.trial_form import Field

View: TypeAlias = Literal["cases", "conditions", "mistakes"]
VIEWS: tuple[View, ...] = get_args(View)
Filter: TypeAlias = Literal["all", "failing", "unreviewed", "rejected"]
FILTERS: tuple[Filter, ...] = get_args(Filter)

EMPTY: Mapping[Filter, tuple[str, str]] = {
    "failing": ("No case fails", "Every case comes out as it expects, on both engines."),
    "unreviewed": ("Every case is reviewed", "A person has said of each that it expects the right thing."),
    "rejected": ("Nothing was rejected", "x on a case that nobody wants keeps it from being proposed again."),
}
"""What is said where a filter leaves nothing, and why that is."""
_ORIGINS = {"generated": "proposed from the rules", "corrected": "corrected by a person", "rejected": "rejected"}


def left(run: CaseRun, chosen: Filter) -> list[TestResult]:
    """The results that a filter leaves, in the draft's order; none for ``rejected``, which are not run."""
    if chosen == "rejected":
        return []
    return [
        result
        for result in run.run.results
        if chosen == "all" or (is_wrong(result) if chosen == "failing" else not result.reviewed_by)
    ]


def is_wrong(result: TestResult) -> bool:
    """Whether it comes out otherwise than it expects, or otherwise on the other engine."""
    return not (result.passed and result.engines_agree)


def first_look(run: CaseRun) -> str:
    """The case to look at first: one that failed or that nobody ever reviewed, else one reviewed by no one here."""
    open_ = [result for result in run.run.results if is_wrong(result) or not result.reviewed_by]
    never = (result.name for result in open_ if is_wrong(result) or not result.reviewed_elsewhere)
    return next(never, open_[0].name if open_ else "")


def fresh(before: CaseRun, now: CaseRun) -> list[str]:
    """The cases that came in between two runs, in order."""
    known = {result.name for result in before.run.results} | {str(case.get("name")) for case in before.rejected}
    return [result.name for result in now.run.results if result.name not in known]


def rows(run: CaseRun, chosen: Filter) -> list[Row]:
    """The cases that a filter leaves, as rows of a list."""
    if chosen == "rejected":
        return [_rejected(case) for case in run.rejected]
    return [Row(result.name, cases.cells(result)) for result in left(run, chosen)]


def _rejected(case: Mapping[str, Any]) -> Row:
    nothing = Cell("–", "muted")
    expect = Cell(*outcome(str(case.get("expect", ""))))
    name = str(case.get("name", ""))
    return Row(name, (Cell("– out", "muted"), Cell(one_line(name)), expect, nothing, nothing, nothing, nothing))


def counted(run: CaseRun, chosen: Filter) -> str:
    """Which cases are listed, and how many of how many."""
    total = len(run.run.results)
    if chosen == "all":  # how many there are stands above the list
        return hinted(f"{len(run.rejected)} rejected · f lists them", "tests") if run.rejected else ""
    if chosen == "rejected":
        return hinted(f"{len(run.rejected)} rejected · f shows all", "tests")
    return hinted(f"{chosen}: {len(left(run, chosen))} of {total} · f goes on", "tests")


def views_line(active: View, marks: Mapping[View, Content], width: int = 0) -> Content:
    """The views, clickable, the active one standing out, each with what there is to know of it: in words, or by sign
    and number where it would be more than ``width`` cells (0: any)."""
    made = _views_line(active, marks)
    if width and made.cell_length > width:
        made = _views_line(active, {name: brief_mark(mark) for name, mark in marks.items()})
    return made


def _views_line(active: View, marks: Mapping[View, Content]) -> Content:
    parts = []
    for name in VIEWS:
        title = Content.styled(f" {name.capitalize()} ", CHOSEN_VIEW if name == active else "$muted")
        mark = marks.get(name, Content(""))
        shown = Content.assemble(title, " ", mark) if mark.plain else title
        parts.append(shown.stylize(clickable(f"screen.show_view('{name}')")))
    return Content.assemble(" ", Content("  ").join(parts))


def mark(run: CaseRun) -> Content:
    """For the tab of the cases: failures, else what waits for a person, else that all is well."""
    wrong = sum(map(is_wrong, run.run.results))
    if wrong:
        return Content.styled(f"✗ {wrong} failed", "$deny bold")
    waiting = len(run.run.results) - run.run.reviewed
    if not run.run.results:
        return Content.styled("none", "$muted")
    return (
        Content.styled(f"? {waiting} to review", "$hold")
        if waiting
        else Content.styled(f"✓ {len(run.run.results)} pass", "$ok")
    )


# ---- one case --------------------------------------------------------------------------------------------------------


def detail(result: TestResult, run: CaseRun, fields: Sequence[Field] = (), *, elsewhere: bool = False) -> Content:
    """One case in full. ``fields``: its request in plain words, where it could be read as the schema's. ``elsewhere``:
    it is shown where nothing can be said of it, but ``enter`` leads to where that can.
    """
    case = run.cases.get(result.name, {})
    return stack(
        text(result.name, "$ink bold"),
        _verdicts(result),
        _engines(result),
        text(f"✗ {result.message}", "$deny") if result.message else None,
        _word(result, case, elsewhere=elsewhere),
        Content(""),
        *_decided(result, run),
        Content(""),
        *(_facts(fields) if fields else _request(result)),
        *(_expected(case)),
        *([Content(""), label("AS DATA")] if fields or result.entities else []),
        *(_request(result, with_label=False) if fields else []),
        *(code(_json(entity), json_lexer.lex) for entity in result.entities),
    )


def _verdicts(result: TestResult) -> Content:
    return Content.assemble(
        ("expects ", "$muted"), _said(result.expect), "\n",
        ("ours ", "$muted"), _said(result.ours),
        ("   Cedar ", "$muted"), _said(result.cedar) if result.cedar else _cedar_silent(result),
    )  # fmt: skip


def _cedar_silent(result: TestResult) -> Content:
    return Content.styled("– n/a: it knows no hold" if result.ours == "hold" else "– cannot say", "$muted")


def _said(name: str) -> Content:
    word, role = outcome(name)
    return Content.styled(word, f"{'$ink' if role == 'plain' else f'${role}'} bold")


def _engines(result: TestResult) -> Content:
    """Whether both engines say the same of what Cedar knows, and what it does not know."""
    plain = visible(str(result.cedar_semantics_ours))
    if not result.engines_agree:
        return Content.styled(
            f" ≠ THE ENGINES DIFFER: ours, by Cedar's own semantics, says {plain} ", "$background on $deny bold"
        )
    if result.ours == "hold":
        return text(f"= Cedar knows no procedures: to it, and to us in its place, this is {plain}", "$muted")
    if result.cedar is not None and result.cedar != result.ours:
        return text(
            f"= Cedar skips a rule that errs, and says {visible(result.cedar)}; here an error denies, so it is "
            f"{visible(result.ours)}",
            "$hold",
        )
    return Content.styled("= both engines agree", "$muted")


def _word(result: TestResult, case: Mapping[str, Any], *, elsewhere: bool) -> Content:
    """Who has said that it expects the right thing, or what to do; names that the roster lacks count for nothing."""
    if result.reviewed_by:
        return Content.assemble(("✓ reviewed by ", "$ok"), named(result.reviewed_by, "$ok"))
    on_tests = "enter goes on to it on Tests"
    if is_wrong(result):
        ways = "c corrects what it expects; x rejects it; or correct the rule on Author"
        return text(f"? {on_tests if elsewhere else hinted(ways, 'tests')}", "$hold")
    accepts = on_tests if elsewhere else hinted("a accepts it", "tests")
    if result.reviewed_elsewhere:
        who = name_of(result.reviewed_elsewhere)
        return text(f"? reviewed elsewhere, by {who}, whom this roster does not have; not by you: {accepts}", "$hold")
    origin = _ORIGINS.get(str(case.get("origin", "")), "")
    return text(f"? {f'{origin}; ' if origin else ''}nobody has said that this is right: {accepts}", "$hold")


def _decided(result: TestResult, run: CaseRun) -> list[Content]:
    """The rules that decided, in English."""
    from workbench.service.plain_facts import rule_said

    if not result.reasons:
        why = "no permit applies: what nothing permits is denied" if result.ours == "deny" else ""
        return [label("DECIDED BY"), text(why or "no rule", "$muted")]
    lines = [label("DECIDED BY")]
    for reason in result.reasons:
        rule = run.rules.get(reason)
        lines += bullets([reason])
        if rule is not None:
            lines.append(Content.assemble("  ", text(rule_said(rule.english or rule.paraphrase), "$accent")))
    return lines


def _facts(fields: Sequence[Field]) -> list[Content]:
    """The request as plain words, under the headings of the form; what is not given is left out."""
    lines: list[Content] = []
    group, width = "", min(26, max(len(one_line(field.label)) for field in fields))
    for field in sorted(fields, key=lambda field: field.key != "principal"):  # who, then wants what
        value = next((choice.label for choice in field.choices if choice.value == field.text), field.text)
        if not field.given and not value:
            continue
        if field.group != group:
            group = field.group
            heading = "The request" if field.key.startswith("context") else group
            lines += [*([Content("")] if lines else []), label(one_line(heading).upper())]
        lines.append(
            Content.assemble(
                (f"{one_line(field.label):{width}}  ", "$muted"),
                (one_line(value) if value else "nothing", "$ink bold" if value else "$muted"),
            )
        )
    return lines


def _request(result: TestResult, *, with_label: bool = True) -> list[Content]:
    asked = result.request
    lines = [label("THE REQUEST")] if with_label else []
    for name in ("principal", "action", "resource"):
        lines.append(Content.assemble((f"{name:10}", "$muted"), named(str(asked.get(name)), "$ink")))
    for number, (name, value) in enumerate((asked.get("context") or {}).items()):
        lead = (f"{'' if number else 'context':10}", "$muted")
        lines.append(Content.assemble(lead, code(f"{json.dumps(name)}: {_json(value)}", json_lexer.lex)))
    if asked.get("speech"):  # what is said: it is judged where the schema asks for that
        lines.append(Content.assemble((f"{'speech':10}", "$muted"), code(_json(asked["speech"]), json_lexer.lex)))
    return lines


def _expected(case: Mapping[str, Any]) -> list[Content]:
    """What a case expects beside an outcome."""
    lines = []
    if case.get("procedure") or case.get("procedures"):
        names = ", ".join([*([str(case["procedure"])] if case.get("procedure") else []), *case.get("procedures", ())])
        lines.append(Content.assemble(("held by    ", "$muted"), text(names)))
    for name, clauses in (case.get("requires") or {}).items():
        lines.append(Content.assemble((f"{one_line(str(name))} asks  ", "$muted"), text(str(clauses))))
    if case.get("score"):
        lines.append(Content.assemble(("score      ", "$muted"), text(str(case["score"]))))
    for key, said in (("observed", "on trial, speaks  "), ("unobserved", "on trial, silent  ")):
        if case.get(key):
            lines.append(Content.assemble((said, "$muted"), text(", ".join(map(str, case[key])))))
    return [Content(""), label("ALSO EXPECTED"), *lines] if lines else []


def rejected_detail(case: Mapping[str, Any]) -> Content:
    """A case that nobody wants."""
    return stack(
        text(str(case.get("name", "")), "$ink bold"),
        text("– rejected: it is not run, and not proposed again", "$muted"),
        text(hinted("x takes that back; delete takes the case out for good", "tests"), "$hold"),
        Content(""),
        label("AS DATA"),
        code(json.dumps(case.get("request"), indent=2, ensure_ascii=False, default=str), json_lexer.lex),
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
