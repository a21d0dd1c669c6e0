"""What a language model made of one sentence: readings to confirm, with where they come from and what they cost. Pure.

Nothing is ever applied: the result is of the shape ``ambiguous``, the compiler's own readings first and untouched, so
that every face that can ask about readings can ask about these. :func:`accepted` makes the text that a person's yes
means: the rewritten sentences stand in place of the author's, which stays beside them as a comment. Imports
model_clusters, model_readings, result; language for diagnostics.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count
from typing import Any

from workbench.analysis.stop import Stop
from workbench.analysis.words_witness import request_words
from workbench.authoring.document import short_name
from workbench.authoring.forcing import OTHER
from workbench.authoring.model_answer import as_said
from workbench.authoring.model_clusters import Separating, clusters, decides_alike
from workbench.authoring.model_readings import UNREAD, Proposal
from workbench.authoring.result import Reading, SentenceResult
from workbench.language.ast import Annotation, Procedure
from workbench.language.check import check
from workbench.language.diagnostics import Diagnostic, LineMap, Span
from workbench.language.render import render_statement
from workbench.language.schema import Schema

_BEYOND_RULES = frozenset({"CA003", "CA004"})  # a judgement, a share of cases, a duty: what says it says something else
_WORDS = {"allow": "allowed", "deny": "denied", "hold": "held for approval"}


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where readings come from. Prompts and keys are nowhere in it: of a dialogue only its digest is kept.

    ``rounds``: how often something was fed back, over all candidates; ``requests``: how often the model was asked.
    ``seconds`` of waiting; ``cost`` in US dollars as litellm reckons it, empty where it does not know the model;
    ``at``: RFC 3339.
    """

    model: str
    candidates: int = 0
    requests: int = 0
    rounds: int = 0
    seconds: float = 0.0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: str = ""
    prompt_digest: str = ""
    at: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "model": self.model,
            "candidates": self.candidates,
            "requests": self.requests,
            "rounds": self.rounds,
            "seconds": round(self.seconds, 3),
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "cost_usd": self.cost or None,
            "prompt_digest": self.prompt_digest,
            "at": self.at,
        }


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a model, or one candidate of it, came to nothing. ``code`` is stable (``model_…``)."""

    code: str
    message: str
    help: str = ""

    def to_dict(self) -> dict[str, str]:
        """The JSON form."""
        return {"code": self.code, "message": self.message, "help": self.help}


@dataclass(frozen=True, slots=True)
class Assisted:
    """One sentence after a model was asked.

    ``result``: what to show. ``proposals``: one for each of ``result.candidates``, ``None`` for the compiler's own;
    ``votes``: how many candidates of the model say so. ``failure``: where nothing came of it.
    """

    result: SentenceResult
    proposals: tuple[Proposal | None, ...] = ()
    votes: tuple[int, ...] = ()
    provenance: Provenance | None = None
    failure: Failure | None = None
    separating: Separating | None = None

    def candidate_dict(self, index: int) -> dict[str, Any] | None:
        """What is said of one candidate's origin; ``None`` for the compiler's own reading that no model says."""
        proposal = self.proposals[index] if index < len(self.proposals) else None
        if proposal is None:
            return None
        return {
            "way": proposal.way,
            "rewrite": list(proposal.rewrite),
            "assumed": list(proposal.assumed),
            "marks": list(proposal.marks),
            "votes": self.votes[index],
            "confirmed": False,
        }


def assembled(
    original: SentenceResult,
    proposals: Sequence[Proposal],
    provenance: Provenance,
    failure: Failure | None,
    schema: Schema,
    within: str,
    stop: Stop | None = None,
) -> Assisted:
    """The compiler's ``original`` with what the model proposes. ``within``: the text the sentence stands in.

    Without proposals it is the original with a note of the failure. Raises :class:`~workbench.analysis.stop.Stopped`.
    """
    if not proposals:
        why = failure or Failure("model_not_read", "nothing of what the model said could be used")
        noted = replace(original, diagnostics=(*original.diagnostics, _note(original, why, within)))
        return Assisted(noted, (), (), provenance, why)
    if beyond := [d for d in original.diagnostics if d.code in _BEYOND_RULES]:
        mark = f"of your sentence the compiler says: {beyond[0].message}"
        proposals = [replace(p, marks=(*p.marks, mark)) for p in proposals]
    groups, proved = clusters([p.statements for p in proposals], schema, stop)
    readings: list[Reading] = list(original.candidates)
    origins: list[Proposal | None] = [None] * len(readings)
    votes = [0] * len(readings)
    for group in groups:
        best = min((proposals[i] for i in group), key=lambda p: (p.way != "rewrite", len(p.marks)))
        known = next(
            (
                place
                for place, reading in enumerate(original.candidates)
                if decides_alike(reading.statements, best.statements, schema, stop).alike
            ),
            None,
        )
        if known is not None:  # the compiler's own reading: the model only prefers it, and the person still chooses
            votes[known] += len(group)
            continue
        readings.append(_shown(best, provenance.model, len(group), len(proposals)))
        origins.append(best)
        votes.append(len(group))
    if not proved and len(groups) == 1 and len(proposals) > 1:
        readings[-1] = replace(
            readings[-1],
            assumptions=(*readings[-1].assumptions, "that the model's answers mean the same is tried, not proved"),
        )
    asked, separating = _question(original, readings, origins, schema, stop)
    shown = replace(original, status="ambiguous", candidates=tuple(readings), question=asked)
    return Assisted(shown, tuple(origins), tuple(votes), provenance, None, separating)


def _shown(proposal: Proposal, model: str, votes: int, of: int) -> Reading:
    """The reading with its origin among its assumptions, so that no face can show one without the other."""
    said = []
    if proposal.way == "rewrite":
        said.append(f"rewritten by {as_said(model)}: {' '.join(proposal.rewrite)}")
    else:
        said.append(f"{UNREAD} ({as_said(model)})")
    if of > 1:
        said.append(f"{votes} of the model's {of} answers decide so")
    said.extend(f"look at this: {mark}" for mark in proposal.marks if mark != UNREAD)
    said.extend(f"the model assumed: {remark}" for remark in proposal.assumed)
    return replace(proposal.reading, assumptions=(*said, *proposal.reading.assumptions))


def _question(
    original: SentenceResult,
    readings: Sequence[Reading],
    origins: Sequence[Proposal | None],
    schema: Schema,
    stop: Stop | None,
) -> tuple[str, Separating | None]:
    if len(readings) == 1:
        proposal = origins[0]
        if proposal is None:
            return original.question, None
        if proposal.way == "rewrite":
            return f"Does “{' '.join(proposal.rewrite)}” say what your sentence says, no more and no less?", None
        said = readings[0].paraphrase
        return f"A model wrote this, and the compiler did not read it. Is this what your sentence says: “{said}”?", None
    if all(origin is None for origin in origins):
        return original.question, None
    for place, reading in enumerate(readings[1:], start=2):
        compared = decides_alike(readings[0].statements, reading.statements, schema, stop)
        found = compared.separating
        if found is not None and found.request:
            asked = request_words(found.request).rstrip(".")
            facts = _facts(found)
            one, other = _WORDS.get(found.one, found.one), _WORDS.get(found.other, found.other)
            with_facts = f" ({facts})" if facts else ""
            return (
                f"For example {asked}{with_facts}: {one} (reading 1), {other} (reading {place}), or is neither meant?",
                found,
            )
    said = "; ".join(f"({n}) {reading.paraphrase}" for n, reading in enumerate(readings, 1))
    return f"Which is meant, if any: {said}", None


def _facts(found: Separating) -> str:
    """The facts of a request that are not nought, empty or false: what makes the example one."""
    facts = [f"{name} {value}" for name, value in found.request.get("context", {}).items() if _telling(value)]
    for row in found.entities:
        uid = row.get("uid", {})
        facts.extend(f"{uid.get('id', '')}'s {n} {v}" for n, v in row.get("attrs", {}).items() if _telling(v))
    return ", ".join(facts[:8])


def _telling(value: Any) -> bool:
    return bool(value) and value != OTHER and not isinstance(value, Mapping)


def _note(original: SentenceResult, failure: Failure, within: str) -> Diagnostic:
    lines = LineMap(within)
    span = Span(original.start, original.end)
    first, last = lines.position(span.start), lines.position(span.end)
    return Diagnostic(failure.code, failure.message, span, first, last, "warning", help=failure.help)


# ---- a person's yes --------------------------------------------------------------------------------------------------


def accepted(english: str, assisted: Assisted, choice: int) -> str:
    """``english`` with the rewrite of candidate ``choice`` in the sentence's place; the sentence becomes a comment.

    The new text needs no model: the built-in compiler reads it, today and whenever it is verified. Raises
    ``ValueError`` for a candidate that is no rewrite; what a model wrote as rules is for :func:`taken_over`.
    """
    proposal = assisted.proposals[choice]
    if proposal is None or proposal.way != "rewrite":
        raise ValueError("only a rewrite can stand in place of a sentence")
    result = assisted.result
    note = f"<!-- as written: {_comment(result.text)} (rewritten by {_comment(_origin(assisted))}) -->"
    return f"{english[: result.start]}{' '.join(proposal.rewrite)} {note}{english[result.end :]}"


def taken_over(source: str, assisted: Assisted, choice: int, schema: Schema) -> str:
    """``source`` with the rules that a model wrote as candidate ``choice``: new ids, the sentence as their English.

    Their ``@doc`` says for good that no compiler read them. Raises ``ValueError`` where the whole does not check, and
    for a candidate of another way (:func:`accepted` is for those).
    """
    proposal = assisted.proposals[choice]
    if proposal is None or proposal.way != "direct":
        raise ValueError("only rules that a model wrote itself are taken over as rules")
    standing = check(source, schema).program
    if standing is None:
        raise ValueError("the rules that stand already do not check")
    used = set(standing.by_id) | {s.name for r in standing.rules if isinstance(s := r.statement, Procedure)}
    origin = f"{UNREAD}: {as_said(_origin(assisted))}"
    added = []
    for statement in proposal.statements:
        base = short_name(statement)
        name = next(n for n in chain([base], (f"{base}-{k}" for k in count(2))) if n not in used)
        used.add(name)
        marks = (
            Annotation("id", name),
            Annotation("english", " ".join(assisted.result.text.split())),
            Annotation("doc", origin),
        )
        added.append(render_statement(replace(statement, annotations=marks)))
    before = source.rstrip("\n") + "\n\n" if source.strip() else ""
    whole = before + "\n\n".join(added) + "\n"
    errors = check(whole, schema).errors
    if errors:
        raise ValueError(f"beside the rules that stand, they do not check: {errors[0].message}")
    return whole


def _origin(assisted: Assisted) -> str:
    """Model, time, cost and the digest of the prompt: what a version keeps of where a rule comes from."""
    found = assisted.provenance
    if found is None:
        return "a model"
    cost = f"{found.cost} US dollars" if found.cost else "cost unknown"
    asked = f"asked {found.requests} time{'s' if found.requests != 1 else ''}"
    rounds = f"{found.rounds} round{'s' if found.rounds != 1 else ''} of feedback"
    return ", ".join(each for each in (found.model, found.at, asked, rounds, cost, found.prompt_digest) if each)


def _comment(text: str) -> str:
    """``text`` as it may stand in a comment: whole, on one line, and unable to end it."""
    return as_said(text, 4_000).replace("--", "- -").replace("<", "‹").replace(">", "›")
