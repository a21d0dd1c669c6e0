"""Rules of two versions by their ids, so that a witness can show them beside their words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from textual.content import Content

from workbench.analysis.words_voice import MUTE, Voice
from workbench.service.views import ReviewView, RuleView
from workbench.tui.lexers import cedar
from workbench.tui.view.author import KINDS
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import code, stack, text

Became = Literal["added", "removed", "changed", "same", ""]

_BECAME: dict[str, tuple[str, str]] = {
    "added": ("  + added", "$allow"),
    "removed": ("  - removed", "$deny"),
    "changed": ("  ~ changed", "$hold"),
}


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The rules of the older and of the newer side. ``before_name`` is empty where there is one side only.

    ``voice``: the checked programs, which know what a rule reads of a witness; mute where they are not at hand.
    """

    before_name: str = ""
    after_name: str = "draft"
    before: Mapping[str, RuleView] = field(default_factory=dict)
    after: Mapping[str, RuleView] = field(default_factory=dict)
    invariants: Mapping[str, RuleView] = field(default_factory=dict)
    voice: Voice = MUTE

    def became(self, rule_id: str) -> Became:
        """What the change did to a rule; empty where nobody knows it, or where there is one side only."""
        old, new = self.before.get(rule_id), self.after.get(rule_id)
        if not self.before_name or (old is None and new is None):
            return ""
        if old is None:
            return "added"
        if new is None:
            return "removed"
        return "same" if (old.digest, old.stage) == (new.digest, new.stage) else "changed"

    def rule(self, rule_id: str) -> RuleView | None:
        """A rule as it stands on the newer side, else as it stood on the older; else an invariant."""
        return self.after.get(rule_id) or self.before.get(rule_id) or self.invariants.get(rule_id)

    def say(self, rule_id: str) -> str:
        """A rule in words: what it says, else the sentence it came from; empty where nobody knows it."""
        rule = self.rule(rule_id)
        return "" if rule is None else rule.paraphrase or rule.english

    def texts(self, rule_ids: Iterable[str]) -> str:
        """The Cedar+ of some rules, as it stands on both sides."""
        sides = (self.before, self.after, self.invariants)
        return "\n".join(side[rule_id].cedar_plus for rule_id in rule_ids for side in sides if rule_id in side)


def book_of(
    review: ReviewView,
    rules: Sequence[RuleView],
    after_name: str = "draft",
    voice: Voice = MUTE,
    invariants: Sequence[RuleView] = (),
) -> Rulebook:
    """From a review and the rules of its newer side: what did not change stood on the older side as it stands.

    ``voice`` is given the words of these rules, and of the ``invariants``.
    """
    after = {rule.id: rule for rule in rules}
    changed = {change.rule.id: change for change in review.changes}
    before = {rule.id: rule for rule in rules if rule.id not in changed}
    for rule_id, change in changed.items():
        stood = change.rule if change.change == "removed" else change.before
        if stood is not None:
            before[rule_id] = stood
        if change.change != "removed":
            after.setdefault(rule_id, change.rule)
    kept = {rule.id: rule for rule in invariants}
    book = Rulebook(review.before_version, after_name, before, after, kept)
    return replace(book, voice=replace(voice, say=book.say))


def rule_lines(book: Rulebook, rule_id: str, *, with_code: bool = False) -> Content:
    """A rule beside its words: kind and id, what the change did to it, its English, its paraphrase, its text."""
    rule = book.rule(rule_id)
    if rule is None:
        return text(one_line(rule_id), "$ink bold")
    became = book.became(rule_id)
    sign, style = _BECAME.get(became, ("", ""))
    observed = "  observed only" if rule.stage == "observe" else ""
    head = Content.assemble(
        (f"{rule.kind} ", f"${KINDS[rule.kind]} bold"),
        text(one_line(rule.id), "$ink bold"),
        (sign, style),
        (observed, "$hold"),
    )
    stood = book.before.get(rule_id) if became == "changed" else None
    said: list[Content | None] = [head]
    if rule.english:
        said.append(text(f"“{one_line(rule.english)}”", "$accent"))
    if stood is not None and stood.paraphrase != rule.paraphrase:
        if rule.english and stood.english == rule.english:
            said.append(Content.styled("▲ the sentence did not change with the rule", "$sev-warning"))
        said.append(Content.assemble(("was ", "$muted"), text(one_line(stood.paraphrase))))
        said.append(Content.assemble(("now ", "$muted"), text(one_line(rule.paraphrase))))
    elif one_line(rule.paraphrase) != one_line(rule.english):
        said.append(text(one_line(rule.paraphrase)))
    if with_code:
        said.append(code(_bare(rule.cedar_plus), cedar.lex, "│ "))
    return stack(*said)


def _bare(cedar_plus: str) -> str:
    """Without the annotations that are shown beside it already."""
    lines = cedar_plus.splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith(("@id(", "@english("))) or cedar_plus
