"""Deciding under a constitution that nobody has reviewed: in a process of its own, which can do nothing else.

Imports the engine, the language and the standard library; loaded only when asked for.
"""

from workbench.service.sandbox.evaluator import SandboxedEvaluator
from workbench.service.sandbox.limits import Limits, LimitsInForce

__all__ = ["Limits", "LimitsInForce", "SandboxedEvaluator"]
