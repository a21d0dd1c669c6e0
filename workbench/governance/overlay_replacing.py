"""Brakes that change rules: what they may replace, by what, and the two programs that a proof compares.

Imports the language, ``overlay`` and ``overlay_rules``. A brake of the basis ``proved`` names enforced permits and
forbids of the version in force and holds permits and forbids that stand in their place. It may be taken in only where
it is *proved* that nothing is allowed or held afterwards that was denied before, and nothing allowed that was held.
The proof itself is the caller's (``service.overlay_proving``): it compares the two programs of :func:`compared`.

Decisions do not lean on that proof (``service.overlay_law``). A replaced rule goes on being asked whether it errs, a
replaced forbid goes on forbidding, and a permit that stands in the place of another permits nothing by itself: it is
one more condition on what the version and every other overlay still allow. So a newer version, another brake or a
faulty proof can make such a brake forbid too much, never allow anything. The proof says that it is no more than the
text that was signed: what the new rules say is exactly what is decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from workbench.governance.errors import GovernanceError
from workbench.governance.overlay import MAX_TEXT, Brake, OverlayError
from workbench.governance.overlay_rules import (
    binding,
    brake_of,
    brake_rules,
    check_english,
    named_rule,
    names_amend,
    rules_of,
    taken_away,
)
from workbench.language.ast import Condition, Lit, Policy
from workbench.language.digest import rule_digest
from workbench.language.program import Program, Rule
from workbench.language.schema import Schema

_PERMITS = frozenset({"permit"})
_BOTH = frozenset({"permit", "forbid"})
_NEVER = Condition("when", Lit(False))


def brake_for(
    text: str, without: Sequence[str], program: Program, replaces: Sequence[str] = (), instead: str = ""
) -> Brake:
    """The brake that adds the forbids of ``text``, takes the permits ``without`` away and puts the rules of ``instead``
    in the place of ``replaces`` (ids of ``program``): of the basis ``proved`` where it replaces any, else by structure.

    Raises :class:`OverlayError` as :func:`~workbench.governance.overlay_rules.brake_of`, and ``nothing_instead``,
    ``replaces_nothing``, ``adds_permit`` (in the place of no permit), ``already_taken`` (away by the same brake).
    """
    if not replaces and not instead.strip():
        return brake_of(text, without, program)
    if not instead.strip():
        raise OverlayError(
            "nothing_instead",
            f"nothing is to stand in the place of `{replaces[0][:80]}`",
            "give it with `--with`; a permit is taken away by `--without`",
        )
    if not replaces:
        raise OverlayError(
            "replaces_nothing", "the new rules stand in the place of no rule", "name the rule with `--replace`"
        )
    assert program.schema is not None
    plain = brake_of(text, without, program) if text.strip() or without else Brake()
    made = _instead(instead, program.schema)
    check_english(made, program.schema)
    named = [named_rule(id, program, _BOTH, "replace permits and forbids") for id in dict.fromkeys(replaces)]
    for rule in named:
        if rule in plain.without:
            raise OverlayError("already_taken", f"`{rule.id}` is both taken away and replaced", "do one of the two")
    rules = [program.by_id[rule.id] for rule in named]
    for found in rules:
        if isinstance(found.statement, Policy) and names_amend(found.statement):
            raise OverlayError("governance_untouchable", f"`{found.id}` names the action `amend`", "amend it")
    if any(rule.kind == "permit" for rule in made) and all(rule.kind != "permit" for rule in rules):
        raise OverlayError(
            "adds_permit", "the text holds a `permit`, which can only stand in the place of a permit", "replace one"
        )
    return Brake(
        forbids=plain.forbids, without=plain.without, basis="proved", replaces=tuple(named), instead=instead.strip()
    )


def _instead(text: str, schema: Schema) -> tuple[Rule, ...]:
    if len(text) > MAX_TEXT:
        raise OverlayError(
            "text_too_long", f"the text has {len(text)} characters, more than {MAX_TEXT}", "amend the constitution"
        )
    return rules_of(text, schema, _BOTH)


def instead_rules(brake: Brake, schema: Schema) -> tuple[Rule, ...]:
    """The permits and forbids that stand in the place of others; none for a brake by structure. Raises
    :class:`OverlayError` as :func:`~workbench.governance.overlay_rules.rules_of`."""
    return rules_of(brake.instead, schema, _BOTH) if brake.instead else ()


def replaced(brake: Brake, program: Program) -> tuple[Rule, ...]:
    """The permits of ``program`` that a brake replaces: by id, and by meaning, should a newer version rename one."""
    return binding(brake.replaces, program, _PERMITS)


def check_standing(brake: Brake, others: Sequence[Brake], program: Program) -> None:
    """Refuses to replace what another brake in force has taken away or replaced: that would give some of it back.

    Raises :class:`OverlayError` (``already_taken``).
    """
    mine = {rule.digest for rule in binding(brake.replaces, program, _BOTH)}
    for other in others:
        theirs = (*taken_away([other], program), *binding(other.replaces, program, _BOTH))
        for rule in theirs:
            if rule.digest in mine:
                raise OverlayError(
                    "already_taken",
                    f"`{rule.id}` is taken away or replaced by a brake that is in force",
                    "forbid what else must not be, or lift that brake first",
                )


# ---- what is to be proved --------------------------------------------------------------------------------------------


def compared(program: Program, others: Sequence[Brake], brake: Brake) -> tuple[Program, Program]:
    """The law before ``brake`` and after it, for a proof that it only tightens. ``others``: the brakes in force.

    What overlays *forbid* is left out on both sides: a norm may be repealed while the brake stands, and what is proved
    without it holds with it. What other brakes take away is not: the proof must not lean on it. So it follows for the
    signed version alone, and for it with any of the norms in force.
    """
    assert program.schema is not None
    names = {rule.id for rule in program.rules}
    gone = {rule.id for other in others for rule in (*taken_away([other], program), *replaced(other, program))}
    rules = [silenced(rule) if rule.id in gone else rule for rule in program.rules]
    for other in others:
        rules += _renamed([rule for rule in _readable(other, program.schema) if rule.kind == "permit"], "brake", names)
    mine = {rule.id for rule in (*taken_away([brake], program), *binding(brake.replaces, program, _BOTH))}
    after = [silenced(rule) if rule.id in mine and rule.id not in gone else rule for rule in rules]
    after += _renamed((*brake_rules(brake, program.schema), *instead_rules(brake, program.schema)), "new", names)
    return replace(program, rules=tuple(rules)), replace(program, rules=tuple(after))


def silenced(rule: Rule) -> Rule:
    """The rule as one that never says anything and errs exactly where it erred: its conditions, and then ``false``."""
    assert isinstance(rule.statement, Policy)
    statement = replace(rule.statement, conditions=(*rule.statement.conditions, _NEVER))
    return replace(rule, statement=statement, digest=rule_digest(statement))


def _readable(brake: Brake, schema: Schema) -> tuple[Rule, ...]:
    """What stands in the place of others under this schema; nothing where it does not fit, for then it is denied."""
    try:
        return instead_rules(brake, schema)
    except GovernanceError:
        return ()


def _renamed(rules: Sequence[Rule], kind: str, names: set[str]) -> list[Rule]:
    """The rules under names that no other has (``new:1`` …), which ``names`` then holds too."""
    made: list[Rule] = []
    number = 0
    for rule in rules:
        number += 1
        while f"{kind}:{number}" in names:
            number += 1
        names.add(f"{kind}:{number}")
        notes = {key: value for key, value in rule.annotations.items() if key in ("english", "doc")}
        made.append(replace(rule, id=f"{kind}:{number}", annotations=notes))
    return made
