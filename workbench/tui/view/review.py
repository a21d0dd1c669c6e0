"""What the Review screen says: changes of rules in words, the class of the amendment, what stands in the way. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from difflib import unified_diff
from typing import Literal, NamedTuple, TypeAlias

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
from workbench.tui.view.prose import GLYPHS, bullets, label, named, outcome, plural, stack, text

View: TypeAlias = Literal["text", "meaning", "proofs", "tests"]
VIEWS: tuple[View, ...] = ("text", "meaning", "proofs", "tests")

SIGNS = {"added": ("+", "$allow"), "removed": ("-", "$deny"), "changed": ("~", "$hold")}
_KEPT = {"holds": ("✓ kept, proved", "$ok"), "fails": ("✗ broken", "$deny")}
_COUNTED = re.compile(r"(\S) (\d+)(?: [a-z]+)+")
UNCHANGED = "= unchanged"  # of a meaning: everything is proved to be decided as before
MOST_LINES = 40  # of one part that differs
CLASSES = {"minor": "$ok bold", "major": "$hold bold", "sensitive": "$deny bold"}


def changes(review: ReviewView) -> Content:
    """Every rule that is added, changed or removed, in words; then the other parts that differ, line by line."""
    said = [_change(change) for change in review.changes]
    none = "No rule is added, changed or removed."
    if unclean(review):
        none = hinted("✗ The draft has an error · 2 opens Author", "review")
    if layout_only(review):
        none = "Only the layout differs: blank lines, or spaces at the ends of lines. Nothing is said otherwise."
    said = said or [text(none, "$muted")]
    return stack(*said, *(_part(part) for part in review.parts))


def unclean(review: ReviewView) -> bool:
    """Whether the draft has an error: then there is nothing to compare, to prove, to run or to propose."""
    return any(blocker.code == "not_clean" for blocker in review.blockers)


def layout_only(review: ReviewView) -> bool:
    """Whether the texts differ, and in blank lines and spaces at the ends of lines alone."""
    texts = ((review.before_cedar, review.after_cedar), (review.before_english, review.after_english))
    differ = any(before != after for before, after in texts)
    same = all(_without_layout(before) == _without_layout(after) for before, after in texts)
    return differ and same and not review.changes and not review.parts


def _without_layout(source: str) -> list[str]:
    return [line.rstrip() for line in source.splitlines() if line.strip()]


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


def views_line(active: View, marks: Mapping[View, Content], views: Sequence[View] = VIEWS, width: int = 0) -> Content:
    """The views of the screen, clickable, the active one standing out, each with what there is to know of it: in words,
    or by sign and number where it would be more than ``width`` cells (0: any)."""
    made = _views_line(active, marks, views)
    if width and made.cell_length > width:
        made = _views_line(active, {name: brief_mark(mark) for name, mark in marks.items()}, views)
    return made


def brief_mark(mark: Content) -> Content:
    """``▲ 1 warning`` → ``▲1``, ``= unchanged`` → ``=``."""
    if mark.plain == UNCHANGED:
        return mark[:1]
    return Content.styled(_COUNTED.sub(r"\1\2", mark.plain), "$ink") if _COUNTED.search(mark.plain) else mark


def _views_line(active: View, marks: Mapping[View, Content], views: Sequence[View]) -> Content:
    parts = []
    for name in views:
        here = name == active
        title = Content.styled(f" {name.capitalize()} ", CHOSEN_VIEW if here else "$muted")
        mark = marks.get(name, Content(""))
        shown = Content.assemble(title, " ", mark) if mark.plain else title
        parts.append(shown.stylize(clickable(f"screen.show_view('{name}')")))
    return Content.assemble(" ", Content("  ").join(parts))


def changed(review: ReviewView) -> str:
    """How many rules are added, changed and removed: ``1 rule is added``."""
    counts = [(sum(each.change == kind for each in review.changes), kind) for kind in ("added", "changed", "removed")]
    said = [f"{plural(count, 'rule is', 'rules are')} {kind}" for count, kind in counts if count]
    return ", ".join(said) or "no rule changes"


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
    if part.part == "tests":
        named = [(line[0], one_line(line[1:]), _test(one_line(line[1:]))) for line in lines]
        once = Counter(found.name for _, _, found in named if found)
        shown = [
            _test_line(sign, found, marks[sign], whole=once[found.name] > 1)
            if found
            else _line(sign, said, marks[sign])
            for sign, said, found in named[:MOST_LINES]
        ]
    else:
        shown = [_line(line[0], one_line(line[1:]), marks[line[0]]) for line in lines[:MOST_LINES]]
    left = len(lines) - MOST_LINES
    more = text(f"… and {plural(left, 'more line')}", "$muted") if left > 0 else None
    return stack(label(part.part.upper()), *shown, more)


def _line(sign: str, said: str, style: str) -> Content:
    return text(f"{sign} {said}", style)


class _Test(NamedTuple):
    """A line of the part ``tests``, in its pieces (``service.parts.test_line`` wrote it)."""

    name: str
    asked: str
    expected: str
    data: str


def _test(said: str) -> _Test | None:
    """``None`` where it is no such line; by hand, for names are people's and a pattern could take ages over them."""
    asks = said.find(" asks to do ")
    colon, arrow = said.rfind(": ", 0, max(asks, 0)), said.find(" → ", max(asks, 0))
    if min(asks, colon, arrow) < 0:
        return None
    rest = said[arrow + 3 :]
    ends = [at for at in (rest.find("; with "), rest.find("; saying "), rest.find("; where ")) if at >= 0]
    end = min(ends, default=len(rest))
    return _Test(said[:colon], said[colon + 2 : arrow], rest[:end], rest[end:])


def _test_line(sign: str, found: _Test, style: str, *, whole: bool) -> Content:
    """A test: its name and what must come of it, on a line; ``whole``: its request and data too, where it is changed
    and the line would stand there twice."""
    first, *others = (each for each in found.expected.split("; ") if each != "confirmed by nobody")
    what, _, by = first.partition(" ")
    glyph, role = outcome(what)
    told = Content.assemble(
        (f"{sign} {found.name}", f"{style} bold"),
        (f"  {glyph}", f"${role}" if what in GLYPHS else "$ink"),
        (f" {by}" if by else "", "$ink"),
        *(Content.assemble((" · ", "$muted"), _also(each)) for each in others),
    )
    return Content.assemble(told, (f"\n  {found.asked}{found.data}", "$muted")) if whole else told


def _also(said: str) -> Content:
    """What else a test expects; who confirmed it as every list calls people."""
    before, confirmed, who = said.partition("confirmed by ")
    known = bool(confirmed) and not before
    return Content.assemble((confirmed, "$muted"), named(who, "$muted")) if known else Content.styled(said, "$muted")


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
