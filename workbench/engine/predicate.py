"""One expression asked of one request: an approver's `where`, a seat's condition. Pure; engine and language only."""

from __future__ import annotations

from functools import lru_cache

from workbench.engine.compile import compile_test
from workbench.engine.conversion import InputError, record_of
from workbench.engine.entities import Entities
from workbench.engine.env import Env, Test
from workbench.engine.evaluator import EntitiesForm
from workbench.engine.request import Request
from workbench.engine.validate import EntityError, rules_for
from workbench.engine.values import EvalError
from workbench.language.ast import Expr
from workbench.language.schema import Schema


@lru_cache(maxsize=1_024)
def _compiled(expr: Expr) -> Test:
    return compile_test(expr)


def evaluate_predicate(
    expr: Expr, request: Request, entities: EntitiesForm = (), *, schema: Schema | str | None = None
) -> bool:
    """Whether a core expression is true of the request. Raises ``EvalError`` where it has no Boolean value.

    With ``schema`` entities are read (and checked) by it, which lets extension values be plain strings; input that
    cannot be read is an ``EvalError`` too.
    """
    try:
        store = entities if isinstance(entities, Entities) else Entities.checked(entities, rules_for(schema))
        context = record_of(request.context)
    except (EntityError, InputError) as error:
        raise EvalError(str(error)) from None
    try:
        return _compiled(expr)(Env(request.principal, request.action, request.resource, context, store.find))
    except RecursionError:
        raise EvalError("the expression is nested too deeply to be evaluated") from None
