"""How an analysis is to be run: under which assumption, within which limits, stoppable, remembered. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from workbench.analysis.assumptions import OURS, Assumption
from workbench.analysis.stop import Progress, Stop, Tell

NO_SOLVER = "the solver is not installed"
NO_SOLVER_HELP = "proofs need the extra `proofs`: pip install 'constitution-workbench[proofs]'"


class SolverMissing(Exception):  # noqa: N818  # a state of this installation, not a fault
    """z3 is not installed here; the message and :data:`NO_SOLVER_HELP` say what to do."""

    def __init__(self) -> None:
        super().__init__(NO_SOLVER)


class Memory(Protocol):
    """Remembers results by a key that says everything they depend on (digests of rules and schema, the assumption)."""

    def get(self, key: str) -> Any | None:
        """What was remembered under ``key``."""

    def put(self, key: str, value: Any) -> None:
        """Remember ``value`` (frozen) under ``key``."""


@dataclass(frozen=True, slots=True)
class Task:
    """``limit_ms``: for one question to the solver; it may overrun by a third. ``tell`` is called between questions."""

    assumption: Assumption = OURS
    limit_ms: int = 3_000
    stop: Stop = field(default_factory=Stop)
    tell: Tell | None = None
    memory: Memory | None = None

    def step(self, done: int, total: int, what: str) -> None:
        """Tell how far it is. Raises :class:`~workbench.analysis.stop.Stopped` when asked to stop."""
        self.stop.check()
        if self.tell is not None:
            self.tell(Progress(done, total, what))
