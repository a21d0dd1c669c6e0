"""Test cases on both engines: ours as the product decides, ours in Cedar's semantics, and Cedar itself.

Works on a checked program alone; no workspace needed. A case never raises: what goes wrong is its result.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from typing import Any

from workbench.analysis.expecting import Decided, is_rejected, unmet
from workbench.authoring.cedar_cases import CedarAnswered, unmet_by_cedar
from workbench.engine.decision import Decision
from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request, RequestError
from workbench.language.cedar import CedarAnswer, authorize, parse_schema
from workbench.language.lower import lower_policy
from workbench.language.program import Program
from workbench.language.schema_json import schema_text
from workbench.service.judging import spoken
from workbench.service.refusing import RefusedError
from workbench.service.views import TestResult, TestRun

_REFUSED = frozenset({"invalid_request", "invalid_entity"})


class TestBench:
    """Both engines, made once for one program."""

    __test__ = False

    def __init__(self, program: Program) -> None:
        self._evaluator = Evaluator(program)
        self._typed = program.schema
        self._procedures = {procedure.name: procedure for _, procedure in program.procedures}
        policies = program.policies
        self._policies = "\n".join(lower_policy(statement) for _, statement in policies)
        self._ids = {f"policy{index}": rule.id for index, (rule, _) in enumerate(policies)}
        self._annotated = {
            f"policy{index}": rule.id for index, (rule, _) in enumerate(policies) if "id" in rule.annotations
        }
        # without the schema Cedar knows no action groups, and plain JSON for a decimal or a time is a string to it
        self._schema = None if program.schema is None else parse_schema(schema_text(program.schema))

    def run(self, case: Mapping[str, Any]) -> TestResult:
        """One case, in the artifact's ``test_cases`` form."""
        asked: Mapping[str, Any] = case.get("request", {})
        entities = tuple(case.get("entities", ()))
        expect = str(case.get("expect", ""))
        try:
            request = spoken(Request.from_json(asked), self._typed)
            decision = self._evaluator.decide(request, list(entities))
            plain = self._evaluator.decide(request, list(entities), semantics="cedar")
        except RefusedError as refused:  # what is said in it cannot be judged: Cedar has nothing to say to that
            return self._refused(case, expect, entities, refused.decision())
        except (RequestError, ValueError) as error:
            return self._failed(case, expect, entities, f"our engine: {error}")
        try:
            cedar = authorize(self._policies, request.to_json(), list(entities), self._schema)
        except ValueError as error:
            if decision.code not in _REFUSED:
                return self._failed(case, expect, entities, f"cedar: {error}", decision)
            cedar = CedarAnswer("invalid")
        agree = self._agree(decision, plain, cedar)
        message = "" if agree else self._difference(plain, cedar)
        ours = decision.outcome
        if "cedar" in case:  # it says what Cedar is to decide, which knows no procedures, and skips what errs
            ours = plain.outcome
            lacking = unmet_by_cedar(case, self._answered(cedar, both=True)) if agree else message
            message = message or lacking
        else:
            lacking = unmet(case, self._decided(decision))
        if lacking and not message:
            message = _why(decision, expect, lacking)
        return TestResult(
            name=str(case.get("name", "")),
            request=asked,
            entities=entities,
            expect=expect,
            ours=ours,
            cedar=None if ours == "hold" or cedar.outcome == "invalid" else cedar.outcome,
            cedar_semantics_ours=plain.outcome,
            passed=not lacking,
            engines_agree=agree,
            reviewed_by=str(case.get("reviewed_by") or ""),
            reasons=decision.reasons or decision.procedures,
            message=message,
        )

    def cedar_says(self, case: Mapping[str, Any]) -> CedarAnswered | None:
        """What Cedar decides of a case, by the ids that its own tools use; ``None`` where it does not take it."""
        try:
            request = spoken(Request.from_json(case.get("request", {})), self._typed)
            answer = authorize(self._policies, request.to_json(), list(case.get("entities", ())), self._schema)
        except (RequestError, RefusedError, ValueError):
            return None
        return None if answer.outcome == "invalid" else self._answered(answer, both=False)

    def _answered(self, answer: CedarAnswer, *, both: bool) -> CedarAnswered:
        """``both``: a policy by its place in the file as well as by its ``@id``."""
        reason = []
        for place in answer.reasons:
            reason += [place] if both or place not in self._annotated else []
            reason += [self._annotated[place]] if place in self._annotated else []
        return CedarAnswered(answer.outcome, tuple(reason), len(answer.errors))

    def _decided(self, decision: Decision) -> Decided:
        asked = {name: self._procedures[name] for name in decision.procedures}
        return Decided(decision.outcome, decision.procedures, decision.score, frozenset(decision.observed), asked)

    def _agree(self, decision: Decision, plain: Decision, cedar: CedarAnswer) -> bool:
        """Decision, determining rules and erroring rules are all equal; or neither engine takes the request."""
        if cedar.outcome == "invalid":
            return decision.code in _REFUSED
        return (
            plain.outcome == cedar.outcome
            and set(plain.reasons) == self._named(cedar.reasons)
            and {error.rule for error in plain.errors} == self._named(cedar.errors)
        )

    def _named(self, policies: Iterable[str]) -> set[str]:
        return {self._ids.get(policy, policy) for policy in policies}

    def _difference(self, plain: Decision, cedar: CedarAnswer) -> str:
        ours = sorted({*plain.reasons, *(error.rule for error in plain.errors)})
        theirs = sorted(self._named(cedar.reasons) | self._named(cedar.errors))
        return f"the engines disagree: ours {plain.outcome} {ours}, cedar {cedar.outcome} {theirs}"

    @staticmethod
    def _refused(case: Mapping[str, Any], expect: str, entities: tuple[Any, ...], decision: Decision) -> TestResult:
        lacking = unmet(case, Decided(decision.outcome))
        return TestResult(
            name=str(case.get("name", "")),
            request=case.get("request", {}),
            entities=entities,
            expect=expect,
            ours=decision.outcome,
            cedar=None,
            cedar_semantics_ours=None,
            passed=not lacking,
            engines_agree=True,
            reviewed_by=str(case.get("reviewed_by") or ""),
            reasons=(),
            message=_why(decision, expect, lacking) if lacking else "",
        )

    @staticmethod
    def _failed(
        case: Mapping[str, Any],
        expect: str,
        entities: tuple[Any, ...],
        message: str,
        decision: Decision | None = None,
    ) -> TestResult:
        return TestResult(
            name=str(case.get("name", "")),
            request=case.get("request", {}),
            entities=entities,
            expect=expect,
            ours=decision.outcome if decision else "error",
            cedar=None,
            cedar_semantics_ours=None,
            passed=False,
            engines_agree=False,
            reviewed_by=str(case.get("reviewed_by") or ""),
            reasons=(),
            message=message,
        )


def run_cases(
    program: Program,
    cases: Iterable[Mapping[str, Any]],
    *,
    revision: int = 0,
    people: Container[str] | None = None,
) -> TestRun:
    """Run ``cases`` against ``program`` on both engines; those that a person rejected are left out.

    ``people``: whose word counts (the principals of a roster), any name's where none are given. Samples and files name
    people whom a workspace may not have: a case that they reviewed elsewhere nobody has reviewed here.
    """
    bench = TestBench(program)
    found = tuple(bench.run(case) for case in cases if not is_rejected(case))
    return TestRun(revision, found if people is None else tuple(_by_people(each, people) for each in found))


def _by_people(result: TestResult, people: Container[str]) -> TestResult:
    who = result.reviewed_by
    return result if not who or who in people else replace(result, reviewed_by="", reviewed_elsewhere=who)


def _why(decision: Decision, expect: str, lacking: str) -> str:
    if decision.outcome == expect:
        return lacking
    by = ", ".join(f"`{rule}`" for rule in decision.reasons or decision.procedures)
    first = decision.errors[0].message if decision.errors else ""
    return lacking + (f" by {by}" if by else "") + (f": {first}" if first else "")
