"""What a replay says: counts, the rules and agents that a change touches, examples. Values, and how they are summed.

Imports what decides records again and the rules' words; no database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from workbench.language.program import Program
from workbench.service.redecided import CHANGES, Change, Example, Redeciding
from workbench.service.rules import rule_views
from workbench.service.views import RuleView


@dataclass(frozen=True, slots=True)
class ByRule:
    """How many decisions a rule of the draft turns into something else. ``rule`` is ``None`` for a default deny."""

    change: Change
    rule_id: str
    rule: RuleView | None
    count: int
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class ByAgent:
    """How many decisions of an agent turn into something else."""

    change: Change
    agent: str
    count: int


@dataclass(frozen=True, slots=True)
class Replayed:
    """What the draft would have changed.

    ``total``: records in the span; ``looked_at`` is less where ``stopped``. ``same``: decided alike. ``aside``: why →
    how many say nothing of the rules. ``patched``: decided with today's directory for what was not recorded. The groups
    stand with the most frequent first; ``examples`` of each are the newest, newest first.
    """

    against: str
    revision: int
    since: datetime | None
    total: int
    looked_at: int
    same: int
    distinct: int
    patched: int
    aside: Mapping[str, int]
    by_rule: tuple[ByRule, ...]
    by_agent: tuple[ByAgent, ...]
    stopped: bool = False

    def count(self, change: Change) -> int:
        """How many turn into this."""
        return sum(each.count for each in self.by_rule if each.change == change)

    @property
    def changed(self) -> int:
        return sum(each.count for each in self.by_rule)


def so_far(work: Redeciding) -> str:
    """What was found by now, in words."""
    tally = work.tally
    return ", ".join(f"{tally.changed(change):,} newly {change}" for change in CHANGES)


def summed(
    work: Redeciding,
    draft: Program,
    against: str,
    revision: int,
    since: datetime | None,
    total: int,
    *,
    stopped: bool = False,
) -> Replayed:
    """What was found, for people: rules with their words, the most frequent first."""
    tally = work.tally
    ids = {procedure.name: rule.id for rule, procedure in draft.procedures} | {rule.id: rule.id for rule in draft.rules}
    views = {view.id: view for view in rule_views(draft, {ids[rule] for _, rule in tally.by_rule if rule in ids})}
    by_rule = [
        ByRule(change, rule, views.get(ids.get(rule, "")), count, _newest(tally.examples.get((change, rule), ())))
        for (change, rule), count in tally.by_rule.items()
    ]
    by_agent = [ByAgent(change, agent, count) for (change, agent), count in tally.by_agent.items()]
    return Replayed(
        against=against,
        revision=revision,
        since=since,
        total=total,
        looked_at=tally.looked_at,
        same=tally.same,
        distinct=tally.distinct,
        patched=tally.patched,
        aside=dict(tally.aside.most_common()),
        by_rule=tuple(sorted(by_rule, key=lambda each: (CHANGES.index(each.change), -each.count, each.rule_id))),
        by_agent=tuple(sorted(by_agent, key=lambda each: (CHANGES.index(each.change), -each.count, each.agent))),
        stopped=stopped,
    )


def _newest(examples: Iterable[Example]) -> tuple[Example, ...]:
    return tuple(reversed(list(examples)))
