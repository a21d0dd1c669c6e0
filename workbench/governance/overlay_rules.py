"""What an overlay's rules may be: forbids that bind, and permits taken away. By structure alone.

Imports the language, world norms, the built-in compiler of English, and ``overlay``. A forbid can only turn answers
into denials. A permit taken away is still asked whether it errors (``service.overlay_law``), because an error denies
too. So neither can allow what was not allowed. Changes that must be *proved* to tighten are ``overlay_replacing``'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from workbench.governance.english import meant_by
from workbench.governance.overlay import MAX_TEXT, Brake, Norm, OverlayError, TakenAway
from workbench.language.ast import ActionScope, EntityLit, Expr, Policy, Statement, walk
from workbench.language.check import check, foresee
from workbench.language.digest import rule_digest
from workbench.language.parser import parse
from workbench.language.program import Program, Rule
from workbench.language.schema import Schema
from workbench.norms import Norm as WorldNorm
from workbench.norms import NormError, called, compile_norm, marked, told_in
from workbench.norms import in_words as norm_in_words
from workbench.norms import norm_of as is_norm

AMEND = "amend"
_ADDS = {"permit": "adds_permit", "prefer": "adds_prefer", "procedure": "adds_procedure"}
_REMOVES = {"forbid": "removes_forbid", "prefer": "removes_prefer", "procedure": "removes_procedure"}
_TOLD = 4_096  # texts whose words are remembered: lists tell all of them each time
_STARTS = ("permit", "forbid", "prefer", "procedure", "@", "//")


@dataclass(frozen=True, slots=True)
class Reach:
    """Which actions a text's rules could bear on: every one, or those with these (type, id) and the members of them."""

    every: bool
    actions: frozenset[tuple[str, str]] = frozenset()


def forbids(text: str, schema: Schema) -> tuple[Rule, ...]:
    """The rules of an overlay's Cedar+ text, which by their form can only tighten. Raises as :func:`rules_of`, and
    ``adds_permit``."""
    return rules_of(text, schema, frozenset({"forbid"}))


def rules_of(text: str, schema: Schema, effects: frozenset[str]) -> tuple[Rule, ...]:
    """The rules of a text that may hold rules of these ``effects`` (permit, forbid) and nothing else.

    Raises :class:`OverlayError`: ``text_too_long``, ``not_clean``, ``no_rules``, ``adds_permit``, ``adds_prefer``,
    ``adds_procedure``, ``observed_rule``, ``governance_untouchable``.
    """
    if len(text) > MAX_TEXT:
        raise OverlayError(
            "text_too_long", f"the text has {len(text)} characters, more than {MAX_TEXT}", "amend the constitution"
        )
    result = check(text, schema)
    # said before what the checker says, which is the lesser reason; its own trees name the same entities
    parsed = parse(text).statements if result.program is None else [rule.statement for rule in result.program.rules]
    for statement in parsed:
        _may_stand(statement, effects)
    if result.program is None:
        first = result.errors[0]
        raise OverlayError(
            "not_clean",
            f"line {first.start.line}, column {first.start.column}: {first.message} ({first.code})",
            first.help or "correct the text; nothing was placed",
        )
    rules = result.program.rules
    if not rules:
        raise OverlayError("no_rules", "the text has no rule", f"write a `{'` or a `'.join(sorted(effects))}`")
    return rules


def _may_stand(statement: Statement, effects: frozenset[str]) -> None:
    kind = statement.effect if isinstance(statement, Policy) else type(statement).__name__.lower()
    if not isinstance(statement, Policy) or kind not in effects:
        raise OverlayError(
            _ADDS[kind], f"the text holds a `{kind}`, and an overlay can only forbid", "write it into the draft instead"
        )
    for annotation in statement.annotations:
        if annotation.name == "stage" and annotation.value != "enforce":
            raise OverlayError(
                "observed_rule",
                f"the text holds a rule at the stage `{annotation.value}`, which would not bind",
                "leave `@stage` out; what is to be tried out first belongs into the draft",
            )
    if names_amend(statement):
        raise OverlayError(
            "governance_untouchable",
            "the text names the action `amend`: no overlay bears on amendments",
            "amendments are refused with `workbench reject`, or vetoed",
        )


def names_amend(policy: Policy) -> bool:
    """Whether a rule speaks of the action that amends, on which no overlay bears."""
    return any(_is_amend(entity) for entity in _named(policy))


def _named(policy: Policy) -> Iterator[EntityLit]:
    yield from policy.scope.action.entities
    bodies: list[Expr] = [condition.body for condition in policy.conditions]
    yield from (node for body in bodies for node in walk(body) if isinstance(node, EntityLit))


def _is_amend(entity: EntityLit) -> bool:
    return entity.id == AMEND and entity.type.rpartition("::")[2] == "Action"


# ---- brakes ----------------------------------------------------------------------------------------------------------


def brake_of(text: str, without: Sequence[str], program: Program) -> Brake:
    """The brake that adds the forbids of ``text`` and takes the permits ``without`` (ids) out of ``program``.

    Raises :class:`OverlayError`: ``empty_brake``, ``no_such_rule``, ``removes_forbid``, ``removes_prefer``,
    ``removes_procedure``, ``governance_untouchable`` (an amendment's procedure), ``observed_rule`` (one that permits
    nothing yet), or as :func:`forbids` and :func:`check_english`.
    """
    assert program.schema is not None
    if text.strip():
        check_english(forbids(text, program.schema), program.schema)
    elif not without:
        raise OverlayError("empty_brake", "the brake forbids nothing and takes nothing away", "give it one of the two")
    taken = [named_rule(id, program, frozenset({"permit"}), "take permits away") for id in dict.fromkeys(without)]
    return Brake(forbids=text if text.strip() else "", without=tuple(taken))


def named_rule(id: str, program: Program, effects: frozenset[str], does: str) -> TakenAway:
    """The enforced rule of ``program`` that a brake names, one of these ``effects``; ``does``: all that a brake can do.

    Raises :class:`OverlayError`: ``no_such_rule``, ``removes_forbid``, ``removes_prefer``, ``removes_procedure``,
    ``governance_untouchable``, ``observed_rule``.
    """
    rule = program.by_id.get(id)
    if rule is None:
        raise OverlayError(
            "no_such_rule", f"the version in force has no rule `{id[:80]}`", "`workbench explain` lists them"
        )
    if rule.kind not in effects:
        amends = getattr(rule.statement, "amendment", None) is not None
        code = "governance_untouchable" if amends else _REMOVES[rule.kind]
        raise OverlayError(code, f"`{id}` is a {rule.kind}, and a brake can only {does}", "that needs an amendment")
    if rule.stage == "observe":
        raise OverlayError(
            "observed_rule", f"`{id}` is only observed: it {rule.kind}s nothing that could be taken away or replaced"
        )
    return TakenAway(id=id, digest=rule.digest)


def taken_away(brakes: Sequence[Brake], program: Program) -> tuple[Rule, ...]:
    """The permits of ``program`` that brakes take away: by id, and by meaning, should a newer version rename one."""
    return binding([rule for brake in brakes for rule in brake.without], program, frozenset({"permit"}))


def binding(named: Sequence[TakenAway], program: Program, effects: frozenset[str]) -> tuple[Rule, ...]:
    """The rules that bind in ``program`` among those ``named``, by id or by meaning, and have one of ``effects``."""
    ids, digests = {rule.id for rule in named}, {rule.digest for rule in named}
    found = (rule for rule in program.rules if rule.kind in effects and rule.stage == "enforce")
    return tuple(rule for rule in found if rule.id in ids or rule.digest in digests)


def brake_rules(brake: Brake, schema: Schema) -> tuple[Rule, ...]:
    """The forbids that a brake adds. Raises :class:`OverlayError` as :func:`forbids`."""
    return forbids(brake.forbids, schema) if brake.forbids else ()


# ---- norms -----------------------------------------------------------------------------------------------------------


def norm_of(text: str, schema: Schema) -> Norm:
    """The norm that ``text`` means: Cedar+ forbids, or one English sentence with exactly one reading.

    Raises :class:`OverlayError`: ``not_compiled`` (with what the compiler says), ``ambiguous`` (with its question), or
    as :func:`forbids` and :func:`check_english`.
    """
    if len(text) > MAX_TEXT:
        raise OverlayError(
            "text_too_long", f"the text has {len(text)} characters, more than {MAX_TEXT}", "amend the constitution"
        )
    if _is_cedar(text):
        rules = forbids(text, schema)
        check_english(rules, schema)
        said = rules[0].english if len(rules) == 1 else ""
        return Norm(cedar_plus=text.strip() + "\n", english=said)
    sentence = " ".join(text.split())
    from workbench.authoring.compiler import compile_sentence  # heavy, and rarely needed

    result = compile_sentence(sentence, schema)
    if result.status == "ambiguous":
        readings = " / ".join(candidate.paraphrase for candidate in result.candidates)
        raise OverlayError("ambiguous", f"the sentence can mean: {readings}", result.question)
    if result.status != "compiled":
        found = result.diagnostics
        what = found[0].message if found else "the sentence is not understood"
        help = found[0].help if found and found[0].help else "say it otherwise, or write Cedar+"
        raise OverlayError("not_compiled", what, help)
    text = result.candidates[0].cedar_plus
    forbids(text, schema)
    return Norm(cedar_plus=text + "\n", english=sentence)


def compiled_norm(norm: WorldNorm, schema: Schema) -> Norm:
    """The norm that acts, of a world norm as people write it. Raises :class:`OverlayError` with the code of the
    ``NormError``, or as :func:`forbids`."""
    try:
        text = compile_norm(norm, schema)
    except NormError as error:
        raise OverlayError(error.code, error.message, error.help) from error
    forbids(text, schema)
    return Norm(cedar_plus=text)


def check_marks(norm: Norm, schema: Schema) -> None:
    """Refuses rules that are marked as a norm and say something else: who reads a list or a denial reads the norm.

    Raises :class:`OverlayError` (``norm_differs``).
    """
    for rule in forbids(norm.cedar_plus, schema):
        if marked(rule.annotations) and not (called(rule.annotations) and is_norm(rule, schema)):
            raise OverlayError(
                "norm_differs",
                f"the rule marked as the norm `{rule.annotations['norm'][:200]}` is not what that norm says",
                "add the norm itself (`norm add NAME DESCRIPTION CONDITION PROHIBITED`), or leave the marks out",
            )


def _is_cedar(text: str) -> bool:
    """Whether the text is written as Cedar+: a statement's first word, and its bracket; or an annotation, a comment."""
    start = text.lstrip()
    if start.startswith(("@", "//")) or not start:
        return True
    word = next((word for word in _STARTS if start.startswith(word)), "")
    after = start[len(word) :].lstrip()
    if word == "procedure":
        return "{" in after
    return bool(word) and after.startswith(("(", "score"))


def norm_rules(norm: Norm, schema: Schema) -> tuple[Rule, ...]:
    """The forbids that a norm is, with its sentence. Raises :class:`OverlayError` as :func:`forbids`."""
    rules = forbids(norm.cedar_plus, schema)
    if not norm.english:
        return rules
    return tuple(replace(rule, annotations={**rule.annotations, "english": norm.english}) for rule in rules)


def read_together(contents: Iterable[Brake | Norm], schema: Schema) -> None:
    """Make the rules of many overlays cheap to have: their texts are judged at once, and have their say one by one."""
    texts = (
        text
        for content in contents
        for text in ([content.cedar_plus] if isinstance(content, Norm) else [content.forbids, content.instead])
    )
    foresee((text for text in texts if text.strip() and len(text) <= MAX_TEXT), schema)


def check_norm_english(norm: Norm, schema: Schema) -> None:
    """:func:`check_english`, of the sentence of a norm and of those that its text holds."""
    check_english(forbids(norm.cedar_plus, schema), schema)
    check_english(norm_rules(norm, schema), schema)


def check_english(rules: Sequence[Rule], schema: Schema) -> None:
    """Refuses English that would be shown in place of rules which say something else: who reads a list or a denial
    reads the sentence. The built-in compiler must make of it exactly the rules that it stands beside.

    Raises :class:`OverlayError` (``english_differs``).
    """
    beside: dict[str, set[str]] = {}
    for rule in rules:
        if rule.english.strip():
            beside.setdefault(" ".join(rule.english.split()), set()).add(rule.digest)
    for sentence, digests in beside.items():
        if meant_by(sentence, schema) != digests:
            raise OverlayError(
                "english_differs",
                f"the English `{sentence[:200]}` is not what the rule says",
                "leave the English out: what the rule says is then shown in its place",
            )


@lru_cache(maxsize=_TOLD)
def in_words(text: str) -> str:
    """What Cedar+ says, a sentence for each rule; the norm that it is, where it is marked as one; where it does not
    parse, the text itself in one line."""
    told = told_in(text)
    if told is not None:
        return norm_in_words(told)
    parsed = parse(text)
    if any(found.severity == "error" for found in parsed.diagnostics) or not parsed.statements:
        return " ".join(text.split())
    from workbench.authoring.paraphrase import paraphrase  # as heavy

    return " ".join(paraphrase(statement) for statement in parsed.statements)


def binding_forbids(text: str) -> frozenset[str]:
    """The digests of the forbids of ``text`` that bind, by its form alone; none where it does not parse."""
    parsed = parse(text)
    if any(found.severity == "error" for found in parsed.diagnostics):
        return frozenset()
    return frozenset(
        rule_digest(statement)
        for statement in parsed.statements
        if isinstance(statement, Policy)
        and statement.effect == "forbid"
        and all(note.value == "enforce" for note in statement.annotations if note.name == "stage")
    )


# ---- what a text could bear on ---------------------------------------------------------------------------------------


def reach(text: str) -> Reach:
    """Which actions the rules of ``text`` could bear on, from their scopes alone; every one where that is unclear."""
    parsed = parse(text)
    if any(found.severity == "error" for found in parsed.diagnostics) or not parsed.statements:
        return Reach(True)
    actions: set[tuple[str, str]] = set()
    for statement in parsed.statements:
        scope: ActionScope | None = statement.scope.action if isinstance(statement, Policy) else None
        if scope is None or scope.kind == "any":
            return Reach(True)
        actions.update((entity.type, entity.id) for entity in scope.entities)
    return Reach(False, frozenset(actions))
