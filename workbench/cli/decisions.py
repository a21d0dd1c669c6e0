"""Words for a decision, which every command that shows one uses: meanings, names, values, and what was missing.

Tells what the engine found and decides nothing. Imports the engine's values, the language and the paraphrases, each
where it is needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.cli.failures import MisusedError
from workbench.cli.output import json_text

if TYPE_CHECKING:
    from workbench.engine.decision import Decision
    from workbench.engine.entities import Entities
    from workbench.engine.request import Request
    from workbench.language.ast import Expr
    from workbench.language.program import Program, Rule
    from workbench.language.schema import Schema

MEANING: Mapping[str, str] = {
    "allowed": "A rule permits it; nothing forbids or holds it.",
    "forbidden": "A rule forbids it, and no permit outweighs that.",
    "not_permitted": "No rule permits it, and what nothing permits is denied.",
    "evaluation_error": "A rule could not be evaluated, so it is denied, whatever the others say.",
    "invalid_request": "The request does not fit the schema; no rule was asked.",
    "invalid_entity": "The data does not fit the schema; no rule was asked.",
    "held": "A rule permits it, but it waits until people have approved.",
    "deadline_exceeded": "The time for one decision ran out, so it is denied.",
    "sandbox_limit": "The sandbox that decides it went over a limit or died, so it is denied.",
    "stopped": "An operator has stopped this for a while, so it is denied.",
    "sealed": "The workspace stands behind its own records; nothing is allowed until a signer acknowledges that.",
    "refused_claim": "The caller claimed what it may not claim, so it is denied.",
    "speech_claimed": "The caller judged its own words, which only the service may, so it is denied.",
    "speech_missing": "The action is judged by what is said, and the request says nothing, so it is denied.",
    "speech_invalid": "What is said could not be judged, so it is denied.",
    "speech_differs": "Another text was judged than the one that the request gives, so it is denied.",
}
"""Every code of a decision, in a sentence."""

ON_TRIAL: Mapping[str, str] = {
    "permit": "would have permitted it",
    "forbid": "would have denied it",
    "procedure": "would have held it",
    "prefer": "would have scored it",
}
"""What a satisfied rule under observation would have done, by its kind."""

# A procedure's name and a preference's score are told before its paraphrase.
_OPENING = re.compile(r'^(?:Procedure "(?:[^"\\]|\\.)*": |(?:Prefer|Avoid), with a score of \S+, )')
_QUOTES = str.maketrans("“”", '""')
_UNKNOWN = re.compile(r"^entity `(.+)` does not exist$", re.DOTALL)


# ---- names and values ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Words:
    """The rules that a decision names, as a person knows them.

    ``program`` is ``None`` where the constitution must not be looked into (a sandbox): then only ids are known, and
    names of procedures as the decision itself gives them.
    """

    decision: Decision
    program: Program | None

    def rule(self, rule_id: str) -> Rule | None:
        """The rule itself, where it may be looked at."""
        return None if self.program is None else self.program.by_id.get(rule_id)

    def name(self, rule_id: str) -> str:
        """A procedure's name, which says more than the digest that may stand for its id; else the id."""
        rule = self.rule(rule_id)
        if rule is not None:
            return procedure_name(rule) or rule.id
        return self._held().get(rule_id, rule_id)

    def said(self, rule_id: str) -> str:
        """``: “…”`` with the sentence the rule was written from, else ``: …`` with its paraphrase.

        Empty where the rule may not be looked at.
        """
        rule = self.rule(rule_id)
        return "" if rule is None or self.program is None else f": {rule_words(rule, self.program.schema)}"

    def text(self, text: str) -> str:
        """A sentence of the engine's, with the names of procedures where it calls them by their digests."""
        for rule in () if self.program is None else self.program.rules:
            name = procedure_name(rule)
            if name and "id" not in rule.annotations:
                text = text.replace(f"rule `{rule.id}`", f"procedure `{name}`")
        return text

    def _held(self) -> dict[str, str]:
        """Ids and names of what holds the request: both lists are in source order."""
        decision = self.decision
        if decision.outcome != "hold" or len(decision.reasons) != len(decision.procedures):
            return {}
        return dict(zip(decision.reasons, decision.procedures, strict=True))


def rule_words(rule: Rule, schema: Schema | None) -> str:
    """``“…”`` with the sentence the rule was written from, else its paraphrase. No such quotation ends before it."""
    return f"“{rule.english.translate(_QUOTES)}”" if rule.english else paraphrased(rule, schema)


def paraphrased(rule: Rule, schema: Schema | None) -> str:
    """What the rule says, by fixed rules; without a procedure's name or a preference's score."""
    from workbench.authoring.paraphrase import paraphrase

    return _OPENING.sub("", paraphrase(rule.statement, schema))


def procedure_name(rule: Rule) -> str:
    """The name of a procedure's rule, as a decision gives it; the empty string for another rule."""
    from workbench.language.ast import Procedure

    return rule.statement.name if isinstance(rule.statement, Procedure) else ""


def shown_value(value: Any) -> str:
    """A value of Cedar's JSON form as Cedar writes it."""
    match value:
        case {"__entity": {"type": str() as kind, "id": str() as name}} if len(value) == 1:
            return f"{kind}::{json_text(name)}"
        case {"__extn": {"fn": str() as function, "arg": argument}} if len(value) == 1:
            return f"{function}({shown_value(argument)})"
        case list():
            return f"[{', '.join(map(shown_value, value))}]"
        case dict():
            return f"{{{', '.join(f'{key}: {shown_value(item)}' for key, item in value.items())}}}"
    return json_text(value, indent=None)


# ---- what was false --------------------------------------------------------------------------------------------------


def without_double_negation(condition: str) -> str:
    """The condition, with none of the negations that it begins with, or one: ``!!x`` is ``x``."""
    from workbench.language.ast import Unary
    from workbench.language.render import render_expr

    found = _peeled(condition)
    if found is None:
        return condition
    expr, negated = found
    return render_expr(Unary("!", expr) if negated else expr)


def shortcoming(failed: Sequence[str]) -> str:
    """Why a permit did not apply, from its false conditions: ``a`` and ``!b`` give "a is false and b is true"."""
    from workbench.language.render import render_expr

    parts = []
    for condition in failed:
        expr, negated = _peeled(condition) or (None, False)
        text = condition if expr is None else render_expr(expr)
        parts.append(f"`{text}` is {'true' if negated else 'false'}")
    return ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else "".join(parts)


def _peeled(condition: str) -> tuple[Expr, bool] | None:
    """The expression within the negations, and whether their number is odd; ``None`` for what does not parse."""
    from workbench.language.ast import Unary
    from workbench.language.diagnostics import DiagnosticsError
    from workbench.language.parser import parse_expression

    try:
        expr = parse_expression(condition)
    except DiagnosticsError:
        return None
    negated = False
    while isinstance(expr, Unary) and expr.op == "!":
        expr, negated = expr.arg, not negated
    return expr, negated


# ---- what was asked for, and is not there ----------------------------------------------------------------------------


def require_known(grants: Iterable[str], program: Program) -> tuple[str, ...]:
    """``grants``, each the name of a procedure that requests wait for. Raises ``MisusedError`` naming those."""
    from workbench.language.ast import Procedure

    names = [p.name for _, p in program.procedures if p.amendment is None]
    ids = {r.id: r.statement.name for r in program.rules if isinstance(r.statement, Procedure)}
    granted = tuple(grants)
    for grant in granted:
        if grant not in names:
            if not names:
                hint = "the constitution has no procedure that a request can wait for: leave `--grant` out"
            elif grant in ids and ids[grant] in names:
                hint = f"that is the id of a rule; its procedure is named `{ids[grant]}`"
            else:
                hint = f"there {'is' if len(names) == 1 else 'are'} {', '.join(f'`{name}`' for name in names)}"
            raise MisusedError("no such procedure", f"nothing is held by `{grant}`", hint)
    return granted


def unknown_entities(request: Request, decision: Decision, entities: Entities, program: Program) -> list[str]:
    """Entities whose data the rules may have wanted and that nobody gave, for a request that was denied.

    The ones that errors name, and the principal and the resource where the schema lets them have data at all.
    """
    if decision.code not in ("evaluation_error", "not_permitted"):
        return []
    found = []
    for uid in (request.principal, request.resource):
        declared = program.schema.entity_types.get(uid.type) if program.schema is not None else None
        plain = declared is not None and not (declared.attributes or declared.parents or declared.tags)
        if not plain and entities.get(uid) is None:
            found.append(str(uid))
    for error in decision.errors:
        named = _UNKNOWN.match(error.message)
        if named is not None and named[1] not in found:
            found.append(named[1])
    return found


def about_unknown(unknown: Sequence[str], given: str | None) -> str:
    """A sentence on entities that are unknown; ``given`` names the file of entities, if there was one."""
    names = " and ".join(f"`{name}`" for name in unknown[:3])
    more = f" and {len(unknown) - 3} more" if len(unknown) > 3 else ""
    are = "is" if len(unknown) == 1 else "are"
    if given is None:
        return f"Nothing is known of {names}{more}: no entities were given; name a file of them with `--entities FILE`."
    return f"Nothing is known of {names}{more}, which {are} not in `{given}`: add {'it' if are == 'is' else 'them'}."
