"""Judgments on speech, printed for a person: every sentence with its verdict, form, reason, licence and evidence.

Imports ``cli.output``, ``cli.telling`` and the words of judgments. What agents wrote is shown, never obeyed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from workbench.cli.output import Printer, Tone, fitted, one_line
from workbench.cli.telling import Teller

if TYPE_CHECKING:
    from workbench.service.speaking import Said
    from workbench.speech.judgment import AdmissibilityJudgment, GroundRef, StatementEvaluation
    from workbench.speech.transcripts import Note, Transcript

MARKS: dict[str, tuple[str, Tone]] = {
    "acceptable": ("✓", "good"),
    "conditionally_acceptable": ("~", "wait"),
    "violates_norm": ("✗", "bad"),
    "unsupported": ("!", "bad"),
    "ill_formed": ("✗", "bad"),
    "underdetermined": ("?", "accent"),
    "no_normative_content": ("·", "dim"),
}
MEANING: dict[str, str] = {
    "acceptable": "It may be said in this form.",
    "conditionally_acceptable": "It may be said, because it is said under conditions.",
    "violates_norm": "It may not be said in this form: what was observed does not license it.",
    "unsupported": "Nothing that was observed supports it.",
    "ill_formed": "It is not built so that it can be judged.",
    "underdetermined": "Nothing in it can be decided.",
    "no_normative_content": "It claims nothing, so there is nothing to judge.",
}
_FEW = 5  # pieces of evidence, notes


def spoken(name: str) -> str:
    """A status or a form as words."""
    return name.replace("_", " ")


class SpeechPage:
    """Prints judgments on one stream, wrapped to the terminal."""

    def __init__(self, out: Printer) -> None:
        self._out = out
        self._tell = Teller(out)

    def judgment(self, judgment: AdmissibilityJudgment, *, profile: str) -> None:
        """One judgment in full."""
        self._verdict(judgment, f"{profile} profile")
        self._statements(judgment.statement_evaluations)
        self._out.line()
        self._tell.pairs(
            [
                ("sentences", f"{judgment.num_statements} judged, {judgment.num_acceptable} of them may be said"),
                ("evidence", f"{judgment.grounds_accepted} accepted, {judgment.grounds_cited} cited in the text"),
            ],
            "",
        )
        self._diagnostics(judgment)
        self._hint(judgment)

    def each(self, said: Sequence[Said], *, profile: str) -> None:
        """Every message of a conversation, then the count."""
        for place, one in enumerate(said):
            if place:
                self._out.line()
            self._out.line(self._out.styled(f"Message {one.index + 1}", "bold"))
            self._tell.paragraph(f"“{fitted(one_line(one.text), 3 * self._tell.columns)}”", "  ", hanging="   ")
            self._verdict(one.judgment, "", "  ")
            self._statements(one.judgment.statement_evaluations)
            self._diagnostics(one.judgment, "  ")
            self._hint(one.judgment, "  ")
        good = sum(one.good for one in said)
        self._out.line()
        self._out.line(f"{len(said)} messages judged ({profile} profile), {good} of them may be said")

    def notes(self, transcript: Transcript) -> None:
        """What a transcript holds that did not enter, or entered with a doubt."""
        print_notes(self._out, transcript.notes)

    # ---- pieces ----

    def _verdict(self, judgment: AdmissibilityJudgment, beside: str, indent: str = "") -> None:
        status = judgment.status.value
        mark, tone = MARKS[status]
        axioms = ", ".join(judgment.violated_axioms)
        head = self._out.styled(f"{mark} {spoken(status).upper()}", tone, "bold")
        tail = "  ".join(one_line(part) for part in (axioms, beside) if part)
        self._out.line(f"{indent}{head}" + (f"  {self._out.styled(tail, 'dim')}" if tail else ""))
        self._tell.paragraph(MEANING[status], indent)
        self._tell.paragraph(judgment.explanation, indent, "dim")

    def _statements(self, statements: Sequence[StatementEvaluation]) -> None:
        before: tuple[str, ...] | None = None
        for statement in statements:
            self._out.line()
            self._statement(statement)
            before = self._evidence(statement.grounding_trace, before)

    def _statement(self, statement: StatementEvaluation) -> None:
        status = statement.status.value
        mark, tone = MARKS[status]
        name = self._out.styled(f"{mark} {spoken(status)}", tone, "bold")
        number = "" if statement.statement_id in ("final_response", "refusal") else f"{statement.statement_id}  "
        self._out.line(
            f"  {one_line(number)}{name}  {self._out.styled(one_line(spoken(statement.modality)), 'accent')}"
        )
        self._tell.paragraph(f"“{statement.statement}”", "    ", hanging="     ")
        violated = statement.violated_axiom
        axiom = f"{violated}: " if violated and f"({violated})" not in statement.explanation else ""
        self._tell.paragraph(f"{axiom}{statement.explanation}", "    ", hanging="      ")
        licence = ", ".join(sorted(statement.license))
        self._tell.paragraph(f"licensed: {licence}" if licence else "", "    ", "dim", hanging="      ")

    def _evidence(self, trace: Sequence[GroundRef], before: tuple[str, ...] | None) -> tuple[str, ...]:
        """The evidence that was considered; said once where several sentences share it."""
        ids = tuple(ground.id for ground in trace)
        if not ids:
            self._tell.paragraph("evidence: none", "    ", "dim")
        elif ids == before:
            self._tell.paragraph("evidence: as above", "    ", "dim")
        else:
            self._tell.paragraph(f"evidence: {_listed(_ground(ground) for ground in trace)}", "    ", "dim",
                                 hanging="      ")  # fmt: skip
        return ids

    def _diagnostics(self, judgment: AdmissibilityJudgment, indent: str = "") -> None:
        """What the strict profile left out of the evidence, and why."""
        remarks = list(getattr(judgment, "diagnostics", ()))
        if not remarks:
            return
        self._out.line()
        self._out.line(indent + self._out.styled("Not counted as evidence", "bold"))
        for remark in remarks[:_FEW]:
            self._tell.paragraph(f"- {remark}", indent + "  ", hanging=indent + "    ")
        if len(remarks) > _FEW:
            self._out.line(f"{indent}  … and {len(remarks) - _FEW} more (`--json` lists them all)")

    def _hint(self, judgment: AdmissibilityJudgment, indent: str = "") -> None:
        if not judgment.feedback_hint:
            return
        self._out.line()
        self._out.line(indent + self._out.styled("What would help", "bold"))
        for hint in judgment.feedback_hint.split("\n"):
            self._tell.paragraph(hint, indent + "  ", hanging=indent + "    ")
        if not judgment.can_retry:
            self._tell.paragraph("Saying it differently does not help.", indent + "  ", "dim")


def _ground(ground: GroundRef) -> str:
    about = f" about {ground.semantic_id}" if ground.semantic_id and ground.semantic_id != ground.id else ""
    return f"{ground.id}{about} ({ground.strength})"


def _listed(names: Iterable[str]) -> str:
    found = list(names)
    more = f" and {len(found) - _FEW} more" if len(found) > _FEW else ""
    return ", ".join(found[:_FEW]) + more


def print_notes(out: Printer, notes: Sequence[Note], *, most: int = _FEW) -> None:
    """Notes of a transcript, one a line, the doubtful ones first; counted where they are many."""
    if not notes:
        return
    out.line(out.styled(f"{len(notes)} {'note' if len(notes) == 1 else 'notes'} on the transcript:", "dim"))
    ordered = sorted(notes, key=lambda note: note.lost)
    for note in ordered[:most]:
        word = "left out" if note.lost else "kept"
        text = f"{note.place}: {note.what} {word}: {note.why}"
        out.line(f"  {out.styled('-' if note.lost else '!', 'dim' if note.lost else 'wait')} {one_line(text)}")
    if len(notes) > most:
        out.line(f"  … and {len(notes) - most} more (`workbench speech convert FILE --json` lists them all)")
