"""What the Review screen says: changes of rules in words, the class of the amendment, what stands in the way. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import unified_diff
from typing import Literal, TypeAlias

from textual.content import Content

from workbench.analysis.results import Answer
from workbench.analysis.stop import Progress
from workbench.authoring.model_notes import told
from workbench.service.views import PartChange, ReviewView, RuleChange
from workbench.tui.hints import hinted
from workbench.tui.view.author import KINDS
from workbench.tui.view.charts import bar
from workbench.tui.view.chrome import CHOSEN_VIEW, clickable
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import GLYPHS, bullets, label, plural, stack, text

View: TypeAlias = Literal["text", "meaning", "proofs", "tests"]
VIEWS: tuple[View, ...] = ("text", "meaning", "proofs", "tests")

SIGNS = {"added": ("+", "$allow"), "removed": ("-", "$deny"), "changed": ("~", "$hold")}
_KEPT = {"holds": ("✓ kept, proved", "$ok"), "fails": ("✗ broken", "$deny")}
MOST_LINES = 40  # of one part that differs
CLASSES = {"minor": "$ok bold", "major": "$hold bold", "sensitive": "$deny bold"}


def changes(review: ReviewView) -> Content:
    """Every rule that is added, changed or removed, in words; then the other parts that differ, line by line."""
    said = [_change(change) for change in review.changes]
    unclean = any(blocker.code == "not_clean" for blocker in review.blockers)
    none = "Rules are compared once the text is clean." if unclean else "No rule is added, changed or removed."
    said = said or [text(none, "$muted")]
    return stack(*said, *(_part(part) for part in review.parts))


def judgement(review: ReviewView) -> Content:
    """The class, the procedure that follows, the blockers with what to do, and why it is this class."""
    parts: list[Content | None] = []
    if review.amendment_class:
        parts.append(
            Content.assemble(
                (f"{review.amendment_class} amendment", CLASSES.get(review.amendment_class, "$ink bold")),
                ("  computed, never chosen", "$muted"),
            )
        )
        parts.append(Content.assemble(("needs ", "$muted"), text(review.procedure)))
    for blocker in review.blockers:
        parts.append(Content.assemble(("✗ ", "$deny bold"), text(blocker.message)))
        if blocker.help:
            parts.append(Content.assemble(("  → ", "$accent"), text(blocker.help)))
    if not review.blockers:
        parts.append(
            Content.assemble(("✓ can be proposed", "$ok bold"), (hinted("  P proposes it", "review"), "$accent"))
        )
    for warning in review.warnings:
        parts.append(Content.assemble(("▲ ", "$sev-warning bold"), text(warning.message)))
        if warning.help:
            parts.append(Content.assemble(("  → ", "$accent"), text(warning.help)))
    helped = told(review.after_english, review.after_cedar)
    if helped:
        parts += [label("WRITTEN WITH A MODEL"), *bullets(helped)]
    if review.invariants:
        parts += [label("INVARIANTS"), *map(_invariant, review.invariants)]
    if review.class_reasons:
        parts += [label("WHY THIS CLASS"), *bullets(review.class_reasons)]
    return stack(*parts)


def _invariant(answer: Answer) -> Content:
    sign, style = _KEPT.get(answer.verdict, ("? not decided", "$sev-warning"))
    return Content.assemble((f"{sign}  ", f"{style} bold"), text(one_line(answer.about)))


def blocked_line(review: ReviewView) -> str:
    """The number of blockers in words; empty where there are none."""
    return f"✗ {plural(len(review.blockers), 'thing')} in the way" if review.blockers else ""


def progress_text(progress: Progress | None, width: int = 24) -> str:
    """How far a long analysis is, on one line."""
    if progress is None or progress.total <= 0:
        return ""
    drawn = bar(progress.done / progress.total, width).replace(" ", "─")
    return f"{drawn}  {progress.done:,} of {progress.total:,}  {one_line(progress.what)[:60]}"


def views_line(active: View, marks: Mapping[View, Content], views: Sequence[View] = VIEWS) -> Content:
    """The views of the screen, clickable, the active one standing out, each with what there is to know of it."""
    parts = []
    for name in views:
        here = name == active
        title = Content.styled(f" {name.capitalize()} ", CHOSEN_VIEW if here else "$muted")
        mark = marks.get(name, Content(""))
        shown = Content.assemble(title, " ", mark) if mark.plain else title
        parts.append(shown.stylize(clickable(f"screen.show_view('{name}')")))
    return Content.assemble(" ", Content("  ").join(parts))


def suggested_summary(review: ReviewView) -> str:
    """A first summary for a proposal, from the changes."""
    words = {"added": "Add", "removed": "Remove", "changed": "Change"}
    if len(review.changes) == 1 and review.changes[0].rule.english and review.changes[0].change == "added":
        return one_line(review.changes[0].rule.english)[:120]
    said = [
        f"{words[kind]} {', '.join(one_line(c.rule.id) for c in review.changes if c.change == kind)}"
        for kind in ("added", "changed", "removed")
        if any(c.change == kind for c in review.changes)
    ]
    return "; ".join(said)[:120]


def _part(part: PartChange) -> Content:
    """The lines of a part that came and went."""
    marks = {"+": "$allow", "-": "$deny"}
    differing = list(unified_diff(part.before.splitlines(), part.after.splitlines(), n=0, lineterm=""))[2:]
    lines = [line for line in differing if line[:1] in marks]
    draw = _test_line if part.part == "tests" else _line
    shown = [draw(line[0], one_line(line[1:]), marks[line[0]]) for line in lines[:MOST_LINES]]
    left = len(lines) - MOST_LINES
    more = text(f"… and {plural(left, 'more line')}", "$muted") if left > 0 else None
    return stack(label(part.part.upper()), *shown, more)


def _line(sign: str, said: str, style: str) -> Content:
    return text(f"{sign} {said}", style)


def _test_line(sign: str, said: str, style: str) -> Content:
    """A test: its name, the request and what must come of it, then the data, which is long."""
    head, _, data = said.partition("; with ")
    name, _, asked = head.partition(": ")
    request, arrow, expected = asked.partition(" → ")
    if not arrow:
        return _line(sign, said, style)
    first, *others = expected.split("; ")
    told = Content.assemble(
        (f"{sign} {name}", f"{style} bold"),
        f"\n  {request} → ",
        (first, f"${first.split(' ')[0]} bold" if first.split(" ")[0] in GLYPHS else "$ink bold"),
        ("".join(f" · {each}" for each in others), "$muted"),
    )
    return Content.assemble(told, (f"\n  with {data}", "$muted")) if data else told


def digest_parts(digest: str) -> Content:
    """A digest in full, its last six characters standing out: they are what a signer types."""
    return Content.assemble((one_line(digest[:-6]), "$muted"), (one_line(digest[-6:]), "$accent bold underline"))


def _change(change: RuleChange) -> Content:
    sign, style = SIGNS[change.change]
    rule = change.rule
    head = Content.assemble(
        (f"{sign} ", f"{style} bold"),
        text(rule.id, "$ink bold"),
        (f"  {rule.kind}", f"${KINDS[rule.kind]}"),
        (f" {change.change}", f"{style} bold"),
    )
    if change.before is None or change.before.paraphrase == rule.paraphrase:
        same = change.before is not None
        return stack(head, text(rule.paraphrase), text("its meaning stays the same", "$muted") if same else None)
    return stack(
        head,
        Content.assemble(("was ", "$muted"), text(change.before.paraphrase)),
        Content.assemble(("now ", "$muted"), text(rule.paraphrase)),
    )
