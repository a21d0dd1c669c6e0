"""What an agent says, on the command line: requests of a file with their ``speech`` judged, and the judgement shown.

As the service does it for a workspace; a file's request may give ``context.speech`` itself instead. Text from agents is
data: one line each, control characters made visible. Imports the service inside the functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli.failures import RefusedError
from workbench.cli.inputs import shown_name
from workbench.cli.output import Printer, Tone, one_line

if TYPE_CHECKING:
    from workbench.engine.decision import Decision
    from workbench.engine.entities import Entities
    from workbench.engine.evaluator import Evaluator
    from workbench.engine.request import Request
    from workbench.language.schema import Schema

MARK: Mapping[str, tuple[str, Tone]] = {
    "acceptable": ("✓", "good"),
    "conditionally_acceptable": ("✓", "good"),
    "no_normative_content": ("·", "dim"),
    "unsupported": ("✗", "bad"),
    "violates_norm": ("✗", "bad"),
    "ill_formed": ("✗", "bad"),
    "underdetermined": ("?", "wait"),
}
GROUNDS: Mapping[str, str] = {
    "record": "recorded by a trusted source",
    "caller": "claimed by the caller",
}


def decided(
    evaluator: Evaluator, asked: Request, known: Entities, grants: Iterable[str]
) -> tuple[Request, Decision, Mapping[str, Any] | None]:
    """The request with its speech judged, the decision, and the judgement where there is one."""
    if asked.speech is None:
        return asked, evaluator.decide(asked, known, grants=list(grants)), None
    from workbench.service.judging import judged_request
    from workbench.service.refusing import RefusedError as Refusal

    try:
        heard, judgement = judged_request(asked, evaluator.schema)
    except Refusal as refusal:
        return asked, refusal.decision(), None
    decision = evaluator.decide(heard, known, grants=list(grants))
    return heard, decision, None if judgement is None else judgement.told()


def heard_request(path: Path, asked: Request, schema: Schema | None) -> Request:
    """The request with its speech judged. Raises ``WorkbenchError`` (``bad_request``) where that cannot be done."""
    if asked.speech is None:
        return asked
    from workbench.service.judging import spoken
    from workbench.service.refusing import RefusedError as Refusal

    try:
        return spoken(asked, schema)
    except Refusal as refusal:
        detail = f"`{shown_name(path)}`: {refusal.message}"
        raise RefusedError("what is said cannot be judged", detail, refusal.remedy, "bad_request") from None


def print_speech(out: Printer, speech: Mapping[str, Any] | None) -> None:
    """The judgement for a person, below a decision; nothing where no speech was judged."""
    for place, line in enumerate(() if speech is None else speech_lines(out, speech)):
        out.line(f"    {line}" if place else f"  speech {line}")


def speech_lines(out: Printer, speech: Mapping[str, Any]) -> Iterator[str]:
    """The judgement in lines: its verdict; each statement with modality, verdict and why; whose the grounds are; what
    would help. ``speech``: as ``judging.Judged.told`` made it."""
    axioms = ", ".join(speech["violated_axioms"])
    yield one_line(speech["status"]) + (f"  against {one_line(axioms)}" if axioms else "")
    for each in speech["statements"]:
        glyph, tone = MARK.get(each["status"], ("?", "wait"))
        against = f", {each['violated_axiom']}" if each["violated_axiom"] else ""
        verdict = out.styled(f"{glyph} {one_line(each['modality'])}, {one_line(each['status'])}{against}", tone)
        yield f"{verdict}  “{one_line(each['text'])}”"
        yield out.styled(f"  {one_line(each['explanation'])}", "dim")
    left_out = speech["num_statements"] - len(speech["statements"])
    if left_out > 0:
        yield f"and {left_out} more"
    if speech["grounds_from"]:
        who = GROUNDS.get(speech["grounds_from"], one_line(str(speech["grounds_from"])))
        yield f"grounds {who}: {speech['grounds_accepted']}, cited: {speech['grounds_cited']}"
    if speech["grounds_dropped"]:
        yield f"shown by the agent and not in the record: {speech['grounds_dropped']}"
    yield from (out.styled(one_line(each), "dim") for each in speech["diagnostics"])
    if speech["feedback_hint"]:
        yield one_line(speech["feedback_hint"])
