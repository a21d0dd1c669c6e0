"""What is said of norms: as rows, one in full with its conflicts, and the forms that the norm of a name had. Pure.

Everything that people and agents wrote is data and passes ``view.plain``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content

from workbench.tui.lexers import cedar
from workbench.tui.view.overlays import id_parts
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import code, label, plural, stack, text
from workbench.tui.view.severity import MARKS, badge, mark
from workbench.tui.view.sign import stamp
from workbench.tui.view.spans import name_of
from workbench.tui.view.table import Cell, Column, Row

if TYPE_CHECKING:
    from workbench.norms.conflicts import Conflict
    from workbench.service.norm_views import NormRevision, NormVersion, NormView

COLUMNS = (
    Column("severity", 10),
    Column("name", 22),
    Column("forbids"),
    Column("binds", 12, drop_below=96),
    Column("state", 11, drop_below=64),
)
FORMS = (
    Column("", 1),
    Column("form", 4),
    Column("severity", 10),
    Column("state", 11),
    Column("since (UTC)", 16),
    Column("by", 10, drop_below=80),  # below it, what changed would be cut; the form under the cursor says who
    Column("what changed"),
)
MARK = "◉"
NO_REASON = "no reason given"  # what the service writes where none was
STATES: Mapping[str, tuple[str, str, str]] = {
    "in_force": ("✓", "in force", "allow"),
    "signed": ("◆", "signed", "accent"),
    "repealed": ("○", "repealed", "muted"),
    "promoted": ("→", "promoted", "muted"),
}
CHANGES: Mapping[str, tuple[str, str]] = {
    "add": ("+", "added"),
    "repeal": ("○", "repealed"),
    "promote": ("→", "promoted"),
    "take_in": ("◆", "taken in"),
    "take_out": ("◇", "taken out"),
}


def reasoned(why: str) -> bool:
    """Whether a reason was given."""
    return bool(why) and why != NO_REASON


def rows(norms: Sequence[NormView], conflicted: frozenset[str] = frozenset()) -> list[Row]:
    """Norms as rows, as they come. ``conflicted``: ids of those with conflicts, which are marked."""
    return [Row(key(norm), _cells(norm, norm.id in conflicted)) for norm in norms]


def key(norm: NormView) -> str:
    """What names one form of one norm in a list: its overlay, else its rule."""
    return norm.overlay or f"rule {norm.rule or norm.id}"


def is_called(norm: NormView, name: str) -> bool:
    """Whether a decision that names ``name`` means this norm: its content id, its rule, or its overlay."""
    beside = name.partition(".")[0]  # one of several rules of one statement
    return name in (norm.id, norm.rule) or (bool(norm.overlay) and beside == f"norm:{norm.overlay}")


def ordered(norms: Sequence[NormView]) -> list[NormView]:
    """Those that act first; among them the gravest, then by priority, then the newest."""
    rank = {name: place for place, name in enumerate(tuple(MARKS)[::-1])}
    return sorted(
        norms,
        key=lambda norm: (not norm.active, -rank.get(norm.severity, 0), -norm.priority, -_when(norm.added_at)),
    )


def having(norms: Sequence[NormView], words: str) -> list[NormView]:
    """Those in whose name, words, scope, severity, state or id every one of ``words`` stands, whatever its case."""
    wanted = words.casefold().split()

    def said(norm: NormView) -> str:
        parts = (norm.name, norm.description, norm.what, norm.condition, norm.prohibited, norm.scope, norm.id)
        return " ".join((*parts, norm.severity, STATES[norm.state][1])).casefold()

    return [norm for norm in norms if all(word in said(norm) for word in wanted)] if wanted else list(norms)


def called(norm: NormView) -> str:
    """Its name; of one that was added as a text, what it says."""
    return one_line(norm.name or norm.english or norm.what or norm.id)


def forbids(norm: NormView) -> str:
    """What it forbids, without its name before it."""
    said = one_line(norm.what)
    start = f"{one_line(norm.name)}: forbids "
    return said.removeprefix(start) if norm.name else said


def detail(norm: NormView, conflicts: Sequence[Conflict] = (), *, roomy: bool = True) -> Content:
    """One norm in full."""
    glyph, word, role = STATES[norm.state]
    return stack(
        Content.assemble(
            (f"{glyph} {word}  ", f"${_variable(role)} bold"),
            badge(norm.severity),
            "  ",
            text(called(norm), "$ink bold"),
        ),
        text(f"✗ {norm.doubt}", "$deny bold") if norm.doubt else None,
        text(norm.description) if norm.description else None,
        _said(norm),
        _added(norm),
        _ended(norm),
        *conflict_lines(conflicts),
        stack(label("FORBIDS"), code(_rule(norm), cedar.lex)) if norm.cedar_plus else None,
        gap=1 if roomy else 0,
    )


def conflict_lines(conflicts: Sequence[Conflict]) -> list[Content]:
    """Each conflict with what to do about it."""
    return [
        stack(
            Content.assemble(
                (f"▲ {conflict.kind.replace('_', ' ')}  ", "$hold bold"),
                text(conflict.description.replace("`", ""), "$hold"),
            ),
            Content.assemble(("  → ", "$accent"), text(conflict.help.replace("`", ""), "$accent")),
        )
        for conflict in conflicts
    ]


def about(conflicts: Sequence[Conflict], norm: NormView) -> list[Conflict]:
    """Those in which it has part."""
    return [conflict for conflict in conflicts if norm.id in (conflict.norm, conflict.other)]


def _said(norm: NormView) -> Content:
    pairs = [("where", norm.condition or "everywhere"), ("forbids", norm.prohibited)] if norm.prohibited else []
    pairs += [("binds", "everyone" if norm.scope.strip().lower() == "global" else norm.scope)]
    pairs += [("priority", f"{norm.priority:,}")]
    lines = [_pair(name, value) for name, value in pairs]
    return stack(*lines, Content.assemble((f"{'id':10}", "$muted"), id_parts(norm.id)))


def _added(norm: NormView) -> Content:
    when = f"  {stamp(norm.added_at)}" if norm.added_at is not None else ""
    by = name_of(norm.added_by) if norm.added_by else "nobody"
    unsigned = "" if norm.signed else "  UNSIGNED"
    return stack(
        Content.assemble((f"{'added by':10}", "$muted"), text(by, "$ink"), (when, "$muted"), (unsigned, "$hold")),
        text(f"“{one_line(norm.why)}”", "$accent") if reasoned(norm.why) else None,
    )


def _ended(norm: NormView) -> Content | None:
    if norm.ended_at is None:
        return None
    by = name_of(norm.ended_by) if norm.ended_by else "nobody"
    return stack(
        Content.assemble(
            (f"{STATES[norm.state][1]:10}", "$muted"), text(f"by {by}"), (f"  {stamp(norm.ended_at)}", "$muted")
        ),
        text(f"“{one_line(norm.ended_why)}”", "$accent") if reasoned(norm.ended_why) else None,
    )


def _rule(norm: NormView) -> str:
    """The rule; the annotations of a norm in three parts tell only what stands above."""
    lines = norm.cedar_plus.splitlines()
    short = "\n".join(line for line in lines if not line.startswith("@")) if norm.prohibited else ""
    return short or norm.cedar_plus


def _pair(name: str, value: str) -> Content:
    return Content.assemble((f"{name:10}", "$muted"), text(one_line(value)))


def _cells(norm: NormView, conflicted: bool) -> tuple[Cell, ...]:
    grave = mark(norm.severity)
    glyph, word, role = STATES[norm.state]
    everyone = norm.scope.strip().lower() == "global"
    return (
        Cell(f"{grave.step} {grave.word}", grave.role if norm.active else "muted"),
        Cell(f"{'▲ ' if conflicted else ''}{one_line(norm.name) or '“…”'}", "strong" if norm.active else "muted"),
        Cell(forbids(norm), "plain" if norm.active else "muted"),
        Cell("everyone" if everyone else one_line(norm.scope), "muted"),
        Cell("✗ doubtful" if norm.doubt else f"{glyph} {word}", "error" if norm.doubt else role),
    )


# ---- the forms that it had -------------------------------------------------------------------------------------------


def form_rows(forms: Sequence[NormVersion], marked: Sequence[int] = ()) -> list[Row]:
    """The forms of one norm as rows, as they come; ``marked`` are those that a comparison is to take."""
    return [Row(str(form.version), _form_cells(form, form.version in marked)) for form in forms]


def _form_cells(form: NormVersion, marked: bool) -> tuple[Cell, ...]:
    norm = form.norm
    grave = mark(norm.severity)
    glyph, word, role = STATES[norm.state]
    return (
        Cell(MARK if marked else " ", "accent"),
        Cell(f"{form.version:>4}", "strong"),
        Cell(f"{grave.step} {grave.word}", grave.role if norm.active else "muted"),
        Cell(f"{glyph} {word}", role),
        Cell(f"{form.at:%Y-%m-%d %H:%M}", "muted"),
        Cell(name_of(form.by) if form.by else "nobody", "muted"),
        Cell(changed(form), "plain" if norm.active else "muted"),
    )


def changed(form: NormVersion) -> str:
    """What a form changed in the one before it."""
    if form.version == 1:
        return "the first form"
    return ", ".join(form.changed) if form.changed else "as it was before"


def as_text(norm: NormView) -> str:
    """A form as lines, for a comparison of two."""
    parts = {
        "name": norm.name,
        "severity": norm.severity,
        "where": norm.condition,
        "forbids": norm.prohibited,
        "binds": norm.scope,
        "priority": str(norm.priority),
        "about": norm.description,
        "says": norm.english,
    }
    lines = [f"// {name:9} {one_line(value)}" for name, value in parts.items() if value]
    return "\n".join([*lines, "", _rule(norm).rstrip("\n")])


# ---- changes ---------------------------------------------------------------------------------------------------------


def revision_line(revision: NormRevision, severity: str = "") -> str:
    """A change as one line: ``▆ high · added no-attack by ana: two players complained``."""
    by = name_of(revision.by) if revision.by else "nobody"
    why = f": {one_line(revision.reason)}" if reasoned(revision.reason) else ""
    what = one_line(revision.name or revision.norm_id)
    grave = f"{mark(severity).step} {mark(severity).word} · " if severity else ""
    where = f" with version {one_line(revision.version)}" if revision.version else f" by {by}"
    return f"{grave}{CHANGES[revision.change][1]} {what}{where}{why}"


def taken(revisions: Sequence[NormRevision]) -> Content | None:
    """The norms that a version has as rules and the one before it had not, or the other way round."""
    if not revisions:
        return None
    return stack(
        label(f"NORMS OF THIS VERSION  {plural(len(revisions), 'change')}"),
        *(
            Content.assemble(
                (f"{CHANGES[each.change][0]} {CHANGES[each.change][1]:9} ", "$accent"),
                text(one_line(each.name or each.norm_id), "$ink bold"),
                (f"  {one_line(each.norm_id)}", "$muted"),
            )
            for each in revisions
        ),
    )


def history(forms: Sequence[NormVersion]) -> Content | None:
    """The forms, one line each, where there are several."""
    if len(forms) < 2:
        return None
    lines = []
    for form in forms:
        glyph, word, role = STATES[form.norm.state]
        lines.append(
            Content.assemble(
                (f"{form.version:>3}  ", "$ink bold"),
                (f"{glyph} {word:9} ", f"${_variable(role)}"),
                badge(form.norm.severity),
                (f"  {stamp(form.at)}  ", "$muted"),
                text(changed(form)),
            )
        )
    return stack(label(f"ITS {len(forms)} FORMS"), *lines)


def _when(moment: datetime | None) -> float:
    return moment.timestamp() if moment is not None else 0.0


def _variable(role: str) -> str:
    return {"plain": "ink"}.get(role, role)
