"""Scenarios: requests that the author of a text wants handled, each decided by what the text became.

A file of scenarios is a list of objects: ``request``, and where known ``name``, ``entities``, ``expect`` (allow, deny,
hold). Test cases of ours are scenarios, too. A scenario is *handled* when a rule speaks of it; a denial because nothing
permits it is none of the author's doing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.engine.conversion import InputError, loads
from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request, RequestError
from workbench.language.program import Program
from workbench.service.case_files import OUTCOMES
from workbench.service.constitution import read_text
from workbench.service.errors import WorkbenchError
from workbench.service.judging import spoken
from workbench.service.refusing import RefusedError

_FORM = "a scenario has `request`, and where known `name`, `entities`, `expect`"


@dataclass(frozen=True, slots=True)
class Scenario:
    """A request with its entities in Cedar's JSON form; ``expect`` is empty where nothing was said."""

    name: str
    request: Mapping[str, Any]
    entities: tuple[Mapping[str, Any], ...] = ()
    expect: str = ""


@dataclass(frozen=True, slots=True)
class Handling:
    """What the rules say of a scenario. ``rules``: ids of those that determined it; ``sentences``: their English;
    ``met`` is ``None`` where nothing was expected; ``message`` says why it could not be decided, or what is amiss.
    """

    name: str
    outcome: str
    handled: bool
    rules: tuple[str, ...]
    sentences: tuple[str, ...]
    expect: str
    met: bool | None
    message: str = ""


def read_scenarios(path: Path) -> list[Scenario]:
    """The scenarios of a file. Raises :class:`WorkbenchError`: ``bad_json``, ``bad_scenarios``, and as for any file."""
    try:
        value = loads(read_text(path).removeprefix("\ufeff"))
    except (InputError, RecursionError) as error:
        said = error.message if isinstance(error, InputError) else "nested too deep"
        raise WorkbenchError("the JSON cannot be read", f"`{path}`: {said}", _FORM, "bad_json") from None
    if not isinstance(value, list):
        raise WorkbenchError("not a list of scenarios", f"`{path}` is not a list of objects", _FORM, "bad_scenarios")
    return [_scenario(each, place, path) for place, each in enumerate(value, start=1)]


def _scenario(value: Any, place: int, path: Path) -> Scenario:
    wrong = ""
    if not isinstance(value, dict) or not isinstance(value.get("request"), dict):
        wrong = "there is no `request` object"
    elif value.get("expect") not in (None, "", *OUTCOMES):
        wrong = "`expect` is not `allow`, `deny` or `hold`"
    elif not isinstance(value.get("entities", []), list):
        wrong = "`entities` is not a list"
    if wrong:
        raise WorkbenchError("not a list of scenarios", f"`{path}`, scenario {place}: {wrong}", _FORM, "bad_scenarios")
    name = str(value.get("name") or f"scenario {place}")
    return Scenario(name, value["request"], tuple(value.get("entities", ())), value.get("expect") or "")


def handled(program: Program, scenarios: Sequence[Scenario]) -> tuple[Handling, ...]:
    """Each scenario decided. Never raises: a request that the schema does not know is told as such."""
    evaluator = Evaluator(program)
    return tuple(_handling(evaluator, program, scenario) for scenario in scenarios)


def _handling(evaluator: Evaluator, program: Program, scenario: Scenario) -> Handling:
    try:
        asked = spoken(Request.from_json(scenario.request), program.schema)
        decision = evaluator.decide(asked, list(scenario.entities))
    except RefusedError as refused:
        decision = refused.decision()
    except (RequestError, ValueError) as error:
        met = False if scenario.expect else None
        return Handling(scenario.name, "error", False, (), (), scenario.expect, met, str(error))
    names = {procedure.name: rule.id for rule, procedure in program.procedures}
    rules = tuple(dict.fromkeys((*decision.reasons, *(names[name] for name in decision.procedures if name in names))))
    english = tuple(dict.fromkeys(program.by_id[rule].english for rule in rules if program.by_id[rule].english))
    amiss = decision.errors[0].message if decision.errors else ""
    if not rules and not amiss:
        amiss = (
            decision.remedy if decision.code in ("invalid_request", "invalid_entity") else "no sentence speaks of it"
        )
    met = decision.outcome == scenario.expect if scenario.expect else None
    return Handling(scenario.name, decision.outcome, bool(rules), rules, english, scenario.expect, met, amiss)
