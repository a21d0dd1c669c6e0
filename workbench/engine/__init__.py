"""Program → compiled predicates → decision with evidence. Pure: no I/O, no clock. May import `language`."""

from workbench.engine.decision import Decision, Evidence, NearMiss, Ranking, Read, RuleError, Sparing
from workbench.engine.entities import Entities, EntityError
from workbench.engine.evaluator import Evaluator
from workbench.engine.grants import Grant, case_key
from workbench.engine.predicate import evaluate_predicate
from workbench.engine.request import Request, RequestError
from workbench.engine.values import EvalError

__all__ = [
    "Decision",
    "Entities",
    "EntityError",
    "EvalError",
    "Evaluator",
    "Evidence",
    "Grant",
    "NearMiss",
    "Ranking",
    "Read",
    "Request",
    "RequestError",
    "RuleError",
    "Sparing",
    "case_key",
    "evaluate_predicate",
]
