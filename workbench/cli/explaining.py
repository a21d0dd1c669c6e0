"""``explain FILE --request R``: one decision for a person: the rules, what they read, what was false, what would help.

Only tells what the engine found; decides nothing itself. Imports the engine, the language and the paraphrases.
"""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli.deciding import TONE, entities_of, one_stdin, request_of
from workbench.cli.decisions import (
    MEANING,
    ON_TRIAL,
    about_unknown,
    procedure_name,
    require_known,
    shown_value,
    unknown_entities,
    without_double_negation,
)
from workbench.cli.inputs import json_of, shown_name
from workbench.cli.judged import decided, print_speech
from workbench.cli.output import Printer, Tone, fitted, one_line, width
from workbench.cli.session import Session

if TYPE_CHECKING:
    from workbench.analysis.results import Closest
    from workbench.cli.sources import Source
    from workbench.engine import Entities
    from workbench.engine.decision import Decision, Read
    from workbench.engine.request import Request
    from workbench.language.diagnostics import Diagnostic
    from workbench.language.program import Program, Rule

_VOUCHED = {
    "caller": "the caller says so",
    "server": "from a server",
    "meter": "from a meter",
    "identity": "from the identity",
}
_ROLE = {"permit": "permits it", "forbid": "forbids it", "procedure": "holds it", "prefer": "scores it"}
_MARK: dict[str, tuple[str, Tone]] = {
    "permit": ("✓", "good"),
    "forbid": ("✗", "bad"),
    "procedure": ("…", "wait"),
    "prefer": ("+", "accent"),
}
_CALLER_CLAIMS = "CP101"
_FLIPPED = frozenset({"forbidden", "not_permitted", "evaluation_error", "held"})
_LOOK_MS = 500
_MOST_COLUMNS, _LEAST_COLUMNS = 100, 60


def explain_decision(
    session: Session, source: Source, request: Path, entities: Path | None, grants: Sequence[str], file: Path
) -> None:
    """Decides the request in the file ``request`` and tells why. Raises ``WorkbenchError``, ``SourceError``."""
    from workbench.engine.evaluator import Evaluator

    one_stdin(file, request, entities)
    result = source.check()
    if result.program is None:
        raise source.refusal(result)
    granted = require_known(grants, result.program)
    asked = request_of(request, json_of(request))
    known = entities_of(entities, result.program.schema)
    asked, decision, speech = decided(Evaluator(result.program), asked, known, granted)
    unknown = unknown_entities(asked, decision, known, result.program)
    given = None if entities is None else shown_name(entities)
    flip = None if granted else nearest(result.program, asked, known, decision)
    said = about_unknown(unknown, given) if unknown else ""
    told = Told(asked, decision, result.program, result.diagnostics, said, flip)
    if not session.show(told.to_dict() if speech is None else {**told.to_dict(), "speech": speech}):
        _Page(session.out, told).print()
        print_speech(session.out, speech)


def nearest(program: Program, asked: Request, known: Entities, decision: Decision) -> Closest | None:
    """The smallest change that would have allowed what is not allowed; ``None`` where there is nothing to say.

    That is so without the solver, without a schema, for a request that does not fit it, and where the time is up.
    """
    from workbench.service.analyst import ANALYST, solver_here
    from workbench.service.errors import WorkbenchError

    if decision.code not in _FLIPPED or program.schema is None or not solver_here():
        return None
    from workbench.analysis.task import Task

    try:
        found = ANALYST.closest(program, asked, known, Task(limit_ms=_LOOK_MS), wanted="allow")
    except WorkbenchError:
        return None
    return found if found.witness is not None else None


@dataclass(frozen=True)
class Told:
    """A decision with all that is needed to tell it: the rules that it names, and the warnings about them.

    ``unknown`` is a sentence on entities that nobody gave, where there are any; ``flip`` the smallest change that would
    have allowed it, where it was looked for and found.
    """

    request: Request
    decision: Decision
    program: Program
    diagnostics: Sequence[Diagnostic]
    unknown: str = ""
    flip: Closest | None = None

    def determining(self) -> list[Rule]:
        """The rules that determined the outcome, those that hold it among them, in source order."""
        decision = self.decision
        names = set(decision.reasons) | {error.rule for error in decision.errors}
        held = set(decision.procedures)
        return [r for r in self.program.rules if r.id in names or (r.kind == "procedure" and procedure_name(r) in held)]

    def others(self) -> list[Rule]:
        """Rules that were satisfied without determining the outcome: overruled, preferred, or only observed."""
        shown = {rule.id for rule in self.determining()}
        satisfied = {item.rule for item in self.decision.evidence} | set(self.decision.observed)
        return [rule for rule in self.program.rules if rule.id in satisfied - shown]

    def reads(self, rule: Rule) -> tuple[Read, ...]:
        """What the rule read on this request."""
        return next((item.reads for item in self.decision.evidence if item.rule == rule.id), ())

    def warnings(self, rule: Rule) -> list[str]:
        """What the checker warns of about a rule, where the decision rests on it."""
        return [d.message for d in self.diagnostics if d.rule == rule.id and d.code == _CALLER_CLAIMS]

    def paraphrase(self, rule: Rule) -> str:
        """The rule in plain English, by fixed rules."""
        from workbench.authoring.paraphrase import paraphrase

        return paraphrase(rule.statement, self.program.schema)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form: the request, the decision as ``decide`` prints it, and every rule that either names."""
        near = {miss.rule for miss in self.decision.why_not}
        roles = {rule.id: "determining" for rule in self.determining()}
        roles.update({rule.id: "satisfied" for rule in self.others()})
        roles.update(dict.fromkeys(near, "near"))
        from workbench.analysis.document import to_json

        return {
            "closest": None if self.flip is None else to_json(self.flip),
            "request": {
                "principal": str(self.request.principal),
                "action": str(self.request.action),
                "resource": str(self.request.resource),
                "context": self.request.context,
            },
            "decision": self.decision,
            "meaning": MEANING.get(self.decision.code, ""),
            "rules": [
                {
                    "id": rule.id,
                    "role": roles[rule.id],
                    "kind": rule.kind,
                    "stage": rule.stage,
                    "english": rule.english,
                    "paraphrase": self.paraphrase(rule),
                    "text": rule.text,
                    "approvals": approvals_of(rule),
                    "warnings": self.warnings(rule),
                }
                for rule in self.program.rules
                if rule.id in roles
            ],
        }


def approvals_of(rule: Rule) -> list[str]:
    """Who must approve, clause by clause; empty for what is no procedure."""
    from workbench.language.ast import Procedure
    from workbench.language.render import render_require

    statement = rule.statement
    if not isinstance(statement, Procedure):
        return []
    return [render_require(require).removeprefix("require ") for require in statement.requires]


def laid_out(rule: Rule) -> str:
    """The rule in canonical layout, without its annotations."""
    from workbench.language.format import format_source

    notes = rule.statement.annotations
    return format_source(rule.text[notes[-1].span.end if notes else 0 :]).rstrip("\n")


class _Page:
    """Prints one explanation, wrapped to the terminal."""

    def __init__(self, out: Printer, told: Told) -> None:
        self._out = out
        self._told = told
        columns = shutil.get_terminal_size((80, 24)).columns
        self._columns = max(_LEAST_COLUMNS, min(columns, _MOST_COLUMNS))

    def print(self) -> None:
        """The whole explanation."""
        told, out = self._told, self._out
        decision = told.decision
        verdict = out.styled(decision.outcome.upper(), TONE[decision.outcome], "bold")
        out.line(f"{verdict}  {out.styled(decision.code, 'dim')}")
        self._wrapped(MEANING.get(decision.code, ""))
        self._request()
        determining = told.determining()
        if determining or decision.errors:
            self._heading("Why")
        self._errors()
        for place, rule in enumerate(determining):
            if place:
                self._out.line()
            self._rule(rule)
        self._near_misses()
        self._others()
        if decision.remedy or decision.retry != "never" or told.unknown:
            self._heading("What would help")
            self._wrapped(decision.remedy, "  ")
            self._wrapped(told.unknown, "  ")
            self._wrapped(f"Retry: {decision.retry.replace('_', ' ')}.", "  ", "dim")
        self._smallest_change()

    def _smallest_change(self) -> None:
        from workbench.analysis.words_difference import change_words

        flip = self._told.flip
        if flip is None:
            return
        self._heading("The smallest change that would allow it" if flip.minimal else "A change that would allow it")
        for change in flip.changes:
            self._wrapped(change_words(change), "  ")

    # ---- pieces ----

    def _heading(self, text: str) -> None:
        self._out.line()
        self._out.line(self._out.styled(text, "bold"))

    def _wrapped(self, text: str, indent: str = "", *tones: Tone, hanging: str | None = None) -> None:
        if text:
            further = indent if hanging is None else hanging
            for line in textwrap.wrap(
                one_line(text), self._columns, initial_indent=indent, subsequent_indent=further, break_on_hyphens=False
            ):
                self._out.line(self._out.styled(line, *tones))

    def _pairs(self, pairs: Iterable[tuple[str, str, str]], indent: str) -> None:
        """``label  value  note`` in columns, values cut where they do not fit."""
        rows = [tuple(map(one_line, pair)) for pair in pairs]
        if not rows:
            return
        label = min(max(width(row[0]) for row in rows), self._columns // 2)
        note = max(width(row[2]) for row in rows)
        room = max(12, self._columns - len(indent) - label - note - 4)
        value = min(max(width(row[1]) for row in rows), room)
        for name, text, said in rows:
            cells = [_padded(fitted(name, label), label), _padded(fitted(text, value), value)]
            tail = self._out.styled(said, "dim") if said else ""
            self._out.line((indent + self._out.styled(cells[0], "accent") + "  " + cells[1] + "  " + tail).rstrip())

    def _request(self) -> None:
        request = self._told.request
        self._heading("Request")
        parts = [(name, str(getattr(request, name)), "") for name in ("principal", "action", "resource")]
        context = [(f"context.{key}", shown_value(value), "") for key, value in request.context.items()]
        self._pairs([*parts, *context], "  ")

    def _errors(self) -> None:
        """What was wrong with the request or the data; a rule's error is told with the rule."""
        known = {rule.id for rule in self._told.program.rules}
        for error in self._told.decision.errors:
            if error.rule not in known:
                self._wrapped(f"! {error.message}", "  ", "bad", hanging="    ")

    def _rule(self, rule: Rule) -> None:
        told, out = self._told, self._out
        mark, tone = _MARK[rule.kind]
        errors = [error.message for error in told.decision.errors if error.rule == rule.id]
        erring = bool(errors)
        role = "could not be evaluated" if erring else _ROLE[rule.kind]
        out.line(
            f"  {out.styled('!' if erring else mark, 'bad' if erring else tone, 'bold')} {self._named(rule)}  {role}"
        )
        self._said(rule)
        for line in laid_out(rule).split("\n"):
            indent = " " * (6 + len(line) - len(line.lstrip()))
            self._wrapped(line.strip(), indent, "dim", hanging=indent + "  ")
        self._reads(told.reads(rule), "    ")
        for message in errors:
            self._wrapped(f"error: {message}", "    ", "bad", hanging="      ")
        if rule.kind == "procedure" and not erring:
            for approval in approvals_of(rule):
                self._wrapped(f"needs {approval}", "    ", "wait", hanging="      ")
        spared = [sparing for sparing in told.decision.spared_by if sparing.rule == rule.id]
        for sparing in spared:
            if sparing.conditions:
                out.line("    " + out.styled("would have been spared if", "bold"))
                for condition in sparing.conditions:
                    self._wrapped(condition, "      ", hanging="        ")
            else:
                self._wrapped("nothing in the request could have spared it", "    ")
        for warning in told.warnings(rule):
            self._wrapped(f"warning: {warning}", "    ", "wait", hanging="      ")

    def _named(self, rule: Rule) -> str:
        known = rule.id if "id" in rule.annotations else procedure_name(rule) or rule.id
        name = self._out.styled(one_line(known), "bold")
        return name + (self._out.styled("  (observed only)", "dim") if rule.stage == "observe" else "")

    def _said(self, rule: Rule) -> None:
        if rule.english:
            self._wrapped(f"“{rule.english}”", "    ", hanging="     ")
        else:
            self._wrapped(self._told.paraphrase(rule), "    ")

    def _reads(self, reads: Iterable[Read], indent: str) -> None:
        self._pairs(
            (
                (read.path, "missing", "") if read.missing else (read.path, shown_value(read.value), _vouched(read))
                for read in reads
            ),
            indent,
        )

    def _near_misses(self) -> None:
        told, out = self._told, self._out
        by_id: Mapping[str, Rule] = told.program.by_id
        if told.decision.why_not:
            self._heading("Nearest permits")
        for place, miss in enumerate(told.decision.why_not):
            if place:
                out.line()
            rule = by_id[miss.rule]
            out.line(f"  {out.styled('○', 'accent')} {self._named(rule)}  would permit it")
            self._said(rule)
            out.line(
                "    " + out.styled("but this is false" if len(miss.failed) == 1 else "but these are false", "bold")
            )
            for condition in miss.failed:
                self._wrapped(without_double_negation(condition), "      ", "bad", hanging="        ")
            self._reads(miss.reads, "      ")

    def _others(self) -> None:
        told, out = self._told, self._out
        others = told.others()
        if not others:
            return
        self._heading("Also satisfied")
        for rule in others:
            mark, tone = _MARK[rule.kind]
            out.line(f"  {out.styled(mark, tone)} {self._named(rule)}  {self._part(rule)}")
        if told.decision.score:
            out.line(f"  score {told.decision.score}")

    def _part(self, rule: Rule) -> str:
        """What a rule that determined nothing would have meant."""
        if rule.stage == "observe":
            return ON_TRIAL[rule.kind]
        if rule.kind == "permit":
            return "permits it" if self._told.decision.outcome == "hold" else "permits it, but is outweighed"
        if rule.kind == "procedure":
            return "has approved" if self._told.decision.outcome == "allow" else "would hold it"
        return _ROLE[rule.kind]


def _vouched(read: Read) -> str:
    return _VOUCHED.get(read.source, f"from {read.source}")


def _padded(text: str, columns: int) -> str:
    return text + " " * (columns - width(text))
