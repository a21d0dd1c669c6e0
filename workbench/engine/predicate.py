"""One expression asked of one request: an approver's `where`, a seat's condition. Pure; engine and language only."""

from __future__ import annotations

from functools import lru_cache

from workbench.engine.compile import compile_test
from workbench.engine.conversion import InputError, record_of
from workbench.engine.entities import Entities
from workbench.engine.env import Env, Test
from workbench.engine.evaluator import EntitiesForm
from workbench.engine.request import Request
from workbench.engine.validate import EntityError, SchemaRules, rules_for
from workbench.engine.values import EvalError, Record
from workbench.language.ast import Expr
from workbench.language.schema import Schema


@lru_cache(maxsize=1_024)
def _compiled(expr: Expr) -> Test:
    return compile_test(expr)


def evaluate_predicate(
    expr: Expr, request: Request, entities: EntitiesForm = (), *, schema: Schema | str | None = None
) -> bool:
    """Whether a core expression is true of the request. Raises ``EvalError`` where it has no Boolean value.

    With ``schema`` entities and context are read (and checked) by it, which lets extension values be plain strings, as
    in a decision. What the schema does not declare of the context (a held request's ``requester``) is read without
    it. Input that cannot be read is an ``EvalError`` too.
    """
    rules = rules_for(schema)
    try:
        store = entities if isinstance(entities, Entities) else Entities.checked(entities, rules)
        context = _context(request, rules)
    except (EntityError, InputError) as error:
        raise EvalError(str(error)) from None
    try:
        return _compiled(expr)(Env(request.principal, request.action, request.resource, context, store.find))
    except RecursionError:
        raise EvalError("the expression is nested too deeply to be evaluated") from None


def _context(request: Request, rules: SchemaRules | None) -> Record:
    """The request's context as a value. Raises ``InputError``, which names the attribute."""
    check = None if rules is None else rules.actions.get(request.action)
    try:
        if rules is None or check is None:
            return record_of(request.context)
        declared = rules.schema.actions[request.action.type, request.action.id].context.attributes
        own = {name: value for name, value in request.context.items() if name in declared}
        added = {name: value for name, value in request.context.items() if name not in declared}
        return Record({**check.context(own), **record_of(added)})
    except InputError as error:
        place = f"context attribute `{error.place}`: " if error.path else ""
        raise InputError(f"{place}{error.message}") from None
