"""The questions of soundness, put to a permission matrix: is every cell so, over both engines and random worlds?"""

from __future__ import annotations

from collections import Counter
from itertools import islice
from random import Random

from tests.analysis.changes import confirmed
from tests.analysis.checks import LIMIT_MS, Contradiction, left_open
from tests.analysis.truth import Row, Truth
from tests.analysis.worlds import environments, worlds
from workbench.analysis.assumptions import Assumption
from workbench.analysis.matrix import matrix
from workbench.analysis.results import OTHER, Cell, Matrix, RequestEnvironment, Witness
from workbench.analysis.rows import Rows, row_name, rows_of
from workbench.analysis.task import Task
from workbench.engine import Entities, Request
from workbench.engine.predicate import evaluate_predicate
from workbench.engine.values import EvalError
from workbench.language.program import Program
from workbench.language.schema import RecordType, Schema


def attributes(schema: Schema) -> list[str]:
    """What a matrix may have rows by: parties, groups, and attributes with names that need no quotes."""
    found: dict[str, bool] = dict.fromkeys(("principal", "resource", "principal in", "resource in"), True)
    for environment in environments(schema):
        sides = {"principal": environment.principal, "resource": environment.resource}
        holders = {side: schema.entity_types[kind].attributes for side, kind in sides.items()}
        holders["context"] = schema.actions[environment.action].context.attributes
        for holder, known in holders.items():
            for name, attribute in known.items():
                path = f"{holder}.{name}"
                plain = name.isidentifier() and name not in ("if", "in", "is")
                found[path] = found.get(path, plain) and not isinstance(attribute.type, RecordType)
    return [path for path, plain in found.items() if plain]


class MatrixCheck:
    """The matrix of one program by one attribute under one assumption."""

    def __init__(self, program: Program, schema_text: str, assumption: Assumption, attribute: str, rng: Random) -> None:
        assert program.schema is not None
        self.program, self.schema, self.assumption, self.rng = program, program.schema, assumption, rng
        self.truth = Truth(program, schema_text)
        self.rows: Rows = rows_of(program, attribute)
        self.found: Matrix = matrix(program, Task(assumption, limit_ms=LIMIT_MS), attribute=attribute)
        self.cells = {(cell.value, cell.action): cell for cell in self.found.cells}
        self.tally: Counter[str] = Counter()

    def check(self, each: int) -> None:
        """Judge every witness, and hold every cell to ``each`` worlds of every environment."""
        for cell in self.found.cells:
            self.tally[f"cell {cell.verdict}"] += 1
            if cell.verdict in ("undecided", "unsupported"):
                self.tally[left_open(cell.verdict, cell.why)] += 1
            wanted = {"depends": (True, True), "always": (True, False), "never": (False, None)}.get(cell.verdict)
            shown = cell.permitted is not None, cell.denied is not None
            if wanted and (shown[0] != wanted[0] or wanted[1] not in (None, shown[1])):
                raise Contradiction(f"{cell.verdict}, but {shown}: {cell}")
            for witness, permits in ((cell.permitted, True), (cell.denied, False)):
                if witness is not None:
                    self._confirm(cell, witness, permits)
        for environment in environments(self.schema):
            complete = self.assumption.data == "complete"
            drawn = worlds(self.schema, environment, self.rng, self.program, complete=complete)
            for request, rows in islice(drawn, each):
                self._bombard(environment, request, rows)

    def _confirm(self, cell: Cell, witness: Witness, permits: bool) -> None:
        request, rows = dict(witness.request), [dict(row) for row in witness.entities]
        read = Request.from_json(request)
        action = read.action.type, read.action.id
        environment = RequestEnvironment(read.principal.type, action, read.resource.type)
        outcome = confirmed(self.truth, environment, self.assumption, (request, rows), witness.after, self.rng)
        if action != cell.action or (outcome != "deny") != permits:
            raise Contradiction(f"spurious: {outcome} of {action}: {cell}")
        if cell.value not in self._rows_of(environment, request, self.truth.entities(rows)):
            raise Contradiction(f"not of the row: {cell}")
        self.tally["confirmed"] += 1

    def _bombard(self, environment: RequestEnvironment, request: Row, rows: list[Row]) -> None:
        entities = self.truth.entities(rows)
        outcome = self.truth.outcome(self.truth.said(request, entities), self.assumption.semantics)
        for value in self._rows_of(environment, request, entities):
            cell = self.cells.get((value, environment.action))
            place = f"{outcome} of {request}, {rows}"
            if cell is None:
                raise Contradiction(f"no row `{value}`: {place}")
            self.tally["bombs"] += 1
            wrong = {"never": outcome != "deny", "always": outcome == "deny"}.get(cell.verdict, False)
            if wrong or (outcome == "hold" and not cell.held and cell.verdict in ("always", "depends")):
                raise Contradiction(f"{cell} is refuted by {place}")

    def _rows_of(self, environment: RequestEnvironment, request: Row, entities: Entities) -> list[str]:
        """The rows that the request is of, by the engine."""
        found = []
        for value in self.rows.values:
            condition = self.rows.condition(self.schema, environment, value)
            try:
                if condition is not None and evaluate_predicate(
                    condition, Request.from_json(request), entities, schema=self.schema
                ):
                    found.append(row_name(value))
            except EvalError:
                continue
        return found or [OTHER]
