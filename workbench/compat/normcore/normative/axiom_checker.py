"""The axiom checker under the original's module name. Imports the speech room only."""

from __future__ import annotations

from workbench.speech.axioms import AxiomChecker

__all__ = ["AxiomChecker"]
