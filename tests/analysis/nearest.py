"""The questions of soundness, put to the closest change: does it flip the decision, is there really no smaller one?"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from random import Random

from tests.analysis.changes import confirmed
from tests.analysis.checks import LIMIT_MS, Contradiction, left_open
from tests.analysis.truth import Row, Truth
from tests.analysis.worlds import Drawer, drawer, environments, worlds
from workbench.analysis.assumptions import OURS
from workbench.analysis.closest import closest
from workbench.analysis.results import Closest, RequestEnvironment
from workbench.analysis.task import Task
from workbench.engine import EntityError, Request
from workbench.language.program import Program

EACH = 3
"""Values that are tried in the place of one."""


class ClosestCheck:
    """One program; requests are drawn at random."""

    def __init__(self, program: Program, schema_text: str, rng: Random) -> None:
        assert program.schema is not None
        self.program, self.schema, self.rng = program, program.schema, rng
        self.truth = Truth(program, schema_text)
        self.tally: Counter[str] = Counter()

    def check(self, requests: int) -> None:
        """Ask for some random requests how they could be decided otherwise."""
        for _ in range(requests):
            environment = self.rng.choice(environments(self.schema))
            drawn = worlds(self.schema, environment, self.rng, self.program)
            request, rows = next(drawn)
            found = closest(self.program, request, rows, Task(limit_ms=LIMIT_MS))
            self.tally[f"closest {found.verdict}"] += 1
            if found.verdict == "fails":
                self._confirm(environment, request, found)
                if found.minimal and len(found.changes) > 1:
                    self._refute(environment, request, rows, found)
            elif found.verdict == "holds":
                for _, other in islice(drawn, 40):  # what is known may be anything; the request's context, too
                    self._never(environment, request, other, found)
            else:
                self.tally[left_open(found.verdict, found.why)] += 1

    def _outcome(self, request: Row, rows: list[Row]) -> str:
        return self.truth.outcome(self.truth.said(request, self.truth.entities(rows)), "cedar+")

    def _confirm(self, environment: RequestEnvironment, request: Row, found: Closest) -> None:
        assert found.witness is not None
        world = dict(found.witness.request), [dict(row) for row in found.witness.entities]
        outcome = confirmed(self.truth, environment, OURS, world, found.witness.after, self.rng)
        asked, answered = Request.from_json(request), Request.from_json(world[0])
        same = (asked.principal, asked.action, asked.resource) == (
            answered.principal,
            answered.action,
            answered.resource,
        )
        if outcome != found.wanted or not same:
            raise Contradiction(f"spurious: {outcome} of {found}")
        self.tally["confirmed"] += 1
        self.tally[f"{'proved' if found.minimal else 'not proved'} with {min(len(found.changes), 4)} changes"] += 1

    def _refute(self, environment: RequestEnvironment, request: Row, rows: list[Row], found: Closest) -> None:
        """No single change does it."""
        for other, others in self._neighbours(environment, request, rows):
            self.tally["bombs"] += 1
            try:
                outcome = self._outcome(other, others)
            except EntityError:
                continue
            if outcome == found.wanted:
                raise Contradiction(f"{len(found.changes)} changes, but one does: {found.changes}; {other}, {others}")

    def _never(self, environment: RequestEnvironment, request: Row, rows: list[Row], found: Closest) -> None:
        attributes = self.schema.actions[environment.action].context.attributes
        other = {**request, "context": drawer(self.program, environment, self.rng).record(attributes)}
        self.tally["bombs"] += 1
        if self._outcome(other, rows) == found.wanted:
            raise Contradiction(f"never {found.wanted}, it says; {other}, {rows}")

    # ---- single changes

    def _neighbours(
        self, environment: RequestEnvironment, request: Row, rows: list[Row]
    ) -> Iterator[tuple[Row, list[Row]]]:
        draw = drawer(self.program, environment, self.rng)
        attributes = self.schema.actions[environment.action].context.attributes
        for context in self._records(draw, request["context"], attributes):
            yield {**request, "context": context}, rows
        for place, row in enumerate(rows):
            yield request, [*rows[:place], *rows[place + 1 :]]
            kind = self.schema.entity_types[row["uid"]["type"]]
            for attrs in self._records(draw, row["attrs"], kind.attributes):
                yield request, [*rows[:place], {**row, "attrs": attrs}, *rows[place + 1 :]]
            for parent in row["parents"]:
                fewer = [each for each in row["parents"] if each != parent]
                yield request, [*rows[:place], {**row, "parents": fewer}, *rows[place + 1 :]]

    @staticmethod
    def _records(draw: Drawer, record: Row, attributes: Row) -> Iterator[Row]:
        for name, attribute in attributes.items():
            if name in record and not attribute.required:
                yield {other: value for other, value in record.items() if other != name}
            for _ in range(EACH):
                changed = copy.deepcopy(record)
                changed[name] = draw.value(attribute.type)
                if not isinstance(changed[name], dict) or set(changed[name]) & {"__entity", "__extn"}:
                    yield changed
