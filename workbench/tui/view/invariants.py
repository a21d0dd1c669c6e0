"""What is said below the invariants while they are written: what is wrong, else each of them in words. Pure."""

from __future__ import annotations

from textual.content import Content

from workbench.language.diagnostics import Diagnostic
from workbench.service.views import CheckView, RuleView
from workbench.tui.view.author import diagnostic_detail
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import plural, stack, text

MEANS = {"forbid": ("✗ never permitted", "$deny"), "permit": ("✓ always permitted", "$allow")}
WHAT = (
    "An invariant is Cedar+ that every version must be proved to keep: a forbid says what is never permitted, a permit "
    "what is always permitted. A broken one, or one that is not decided, stops a proposal."
)


def title(check: CheckView | None) -> str:
    """Above the editor."""
    if check is None:
        return "Invariants of the draft"
    if not check.clean:
        errors = sum(diagnostic.severity == "error" for diagnostic in check.diagnostics)
        return f"Invariants of the draft · ✗ not clean · {plural(errors, 'error')}"
    return f"Invariants of the draft · ✓ clean · {plural(len(check.rules), 'invariant')}"


def said(check: CheckView | None, diagnostic: Diagnostic | None, line: int) -> Content:
    """Below the editor. ``diagnostic``: the one at the caret; ``line``: where the caret is, from 1."""
    if check is None:
        return text(WHAT, "$muted")
    if diagnostic is not None:
        return diagnostic_detail(diagnostic)
    if check.diagnostics:
        return stack(*(diagnostic_detail(each) for each in check.diagnostics[:3]), gap=1)
    if not check.rules:
        return stack(text("None is written.", "$ink bold"), text(WHAT, "$muted"))
    here = max((rule for rule in check.rules if rule.line <= line), key=lambda rule: rule.line, default=None)
    return stack(*(_invariant(rule, rule is here) for rule in check.rules))


def _invariant(rule: RuleView, here: bool) -> Content:
    word, style = MEANS.get(rule.kind, (rule.kind, "$ink"))
    return stack(
        Content.assemble(
            ("▸ " if here else "  ", "$accent"), (f"{word}  ", f"{style} bold"), text(one_line(rule.id), "$ink bold")
        ),
        Content.assemble("    ", text(one_line(rule.paraphrase))),
    )
