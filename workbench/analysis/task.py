"""How an analysis is to be run: under which assumption, within which limits, stoppable, remembered. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from workbench.analysis.assumptions import OURS, Assumption
from workbench.analysis.stop import Progress, Stop, Tell

NO_SOLVER = "the solver is not installed"
NO_SOLVER_HELP = "proofs need the extra `proofs`: pip install 'constitution-workbench[proofs]'"
SOLVER_BROKEN = "the solver is installed, and does not load"
SOLVER_BROKEN_HELP = "install it anew: pip install --force-reinstall z3-solver"


class SolverMissing(Exception):  # noqa: N818  # a state of this installation, not a fault
    """z3 is not installed here, or does not load (``why``); the message says which, ``help`` what to do."""

    def __init__(self, why: str = "") -> None:
        super().__init__(f"{SOLVER_BROKEN}: {why}" if why else NO_SOLVER)
        self.help = SOLVER_BROKEN_HELP if why else NO_SOLVER_HELP


class Memory(Protocol):
    """Remembers results by a key that says everything they depend on (digests of rules and schema, the assumption)."""

    def get(self, key: str) -> Any | None:
        """What was remembered under ``key``."""

    def put(self, key: str, value: Any) -> None:
        """Remember ``value`` (frozen) under ``key``."""


@dataclass(frozen=True, slots=True)
class Task:
    """``limit_ms``: for one question to the solver; it may overrun by a third. ``tell`` is called between questions.

    ``effort``: a limit for one question in steps of the solver in place of a time (0: none), so that what is found does
    not depend on how busy the machine is; a million take about a tenth of a second.
    """

    assumption: Assumption = OURS
    limit_ms: int = 3_000
    stop: Stop = field(default_factory=Stop)
    tell: Tell | None = None
    memory: Memory | None = None
    effort: int = 0

    def step(self, done: int, total: int, what: str) -> None:
        """Tell how far it is. Raises :class:`~workbench.analysis.stop.Stopped` when asked to stop."""
        self.stop.check()
        if self.tell is not None:
            self.tell(Progress(done, total, what))
