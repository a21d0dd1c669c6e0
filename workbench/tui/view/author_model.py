"""What a language model says of sentences, as a person reads it: while it comes, then each proposal in full. Pure.

What comes from a model is data: control characters and markup are made visible, nothing is interpreted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual.content import Content

from workbench.tui.lexers import cedar
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import bullets, code, label, plural, stack, text
from workbench.tui.view.table import Cell, Column, Row

if TYPE_CHECKING:
    from workbench.authoring.model_assist import Assisted, Provenance
    from workbench.service.assisting import Asked
    from workbench.service.model_dialogue import ModelProgress

COLUMNS = (Column("", 2), Column("what", 12), Column("proposal"))
_MOST_SHOWN = 4_000  # characters of what comes in; the rest scrolls away


@dataclass(slots=True)
class Stream:
    """What the first candidate says of the sentence that is being asked about. Written from several threads."""

    place: tuple[int, int] = (0, 0)
    round: int = 0
    way: str = ""
    pieces: list[str] = field(default_factory=list, repr=False)

    def take(self, told: ModelProgress) -> None:
        """One piece; those of other candidates are not shown."""
        if told.candidate != 1:
            return
        turn = ((told.sentence, told.sentences), told.round, told.way)
        if turn != (self.place, self.round, self.way):
            self.place, self.round, self.way = turn
            self.pieces = []
        self.pieces.append(told.piece)

    def shown(self) -> Content:
        """Where it stands, and the words as they come."""
        if not self.round:
            return text("Waiting for the first words …", "$muted")
        at, of = self.place
        what = "in plain sentences" if self.way == "rewrite" else "as rules"
        turn = f", round {self.round}" if self.round > 1 else ""
        said = "".join(self.pieces)[-_MOST_SHOWN:]
        return stack(
            text(f"sentence {at} of {of}, {what}{turn}", "$muted"),
            text(said) if said else text("…", "$muted"),
        )


def rows(asked: Asked, marked: Mapping[int, int]) -> list[Row]:
    """A row for each sentence, its proposals below it. ``marked``: those a person said yes to."""
    found = []
    for n, assisted in enumerate(asked.assisted):
        failed = assisted.failure is not None and not assisted.proposals
        word = Cell("✗ nothing", "error") if failed else Cell("sentence", "muted")
        found.append(Row(f"{n}", (Cell(""), word, Cell(one_line(assisted.result.text), "strong"))))
        for i, (reading, proposal) in enumerate(zip(assisted.result.candidates, assisted.proposals, strict=False)):
            what = {"rewrite": "↳ rewritten", "direct": "↳ by a model"}.get(proposal.way, "") if proposal else ""
            role = "warning" if proposal is not None and (proposal.way == "direct" or proposal.marks) else "accent"
            said = " ".join(proposal.rewrite) if proposal is not None and proposal.rewrite else reading.paraphrase
            yes = Cell("✓" if marked.get(n) == i else "", "allow")
            found.append(
                Row(f"{n}.{i}", (yes, Cell(what or "↳ compiler's", role if what else "muted"), Cell(one_line(said))))
            )
    return found


def place_of(key: str) -> tuple[int, int | None]:
    """Sentence and candidate (from 0) of a row's key; no candidate for the sentence's own row."""
    n, _, i = key.partition(".")
    return int(n), int(i) if i else None


def detail(asked: Asked, n: int, i: int | None) -> Content:
    """One sentence with what came of it, or one proposal in full."""
    assisted = asked.assisted[n]
    if i is None:
        return _sentence(assisted)
    reading, proposal = assisted.result.candidates[i], assisted.proposals[i]
    if proposal is None:
        head = text("the compiler's own reading: ctrl+l on Author chooses among those", "$muted")
    elif proposal.way == "rewrite":
        head = stack(label("REWRITTEN"), text(" ".join(proposal.rewrite), "bold"))
    else:
        head = text("▲ written by a model, not read by the compiler", "$sev-warning bold")
    return stack(
        head,
        stack(label("MEANS"), text(reading.paraphrase)),
        stack(label("LOOK AT THIS"), *bullets(reading.assumptions)) if reading.assumptions else None,
        code(reading.cedar_plus, cedar.lex),
        stack(label("YOUR SENTENCE"), text(assisted.result.text)),
    )


def _sentence(assisted: Assisted) -> Content:
    failure = assisted.failure
    return stack(
        text(assisted.result.text, "bold"),
        stack(
            text(f"✗ {failure.message} ({failure.code})", "$sev-error"),
            Content.assemble(("→ ", "$accent"), text(failure.help)) if failure.help else None,
        )
        if failure is not None
        else None,
        stack(label("QUESTION"), text(assisted.result.question)) if assisted.proposals else None,
        text(spent(assisted.provenance), "$muted") if assisted.provenance is not None else None,
    )


def spent(provenance: Provenance) -> str:
    """What was asked, and what it cost."""
    cost = f"{provenance.cost} US dollars" if provenance.cost else "cost unknown"
    tokens = provenance.prompt_tokens + provenance.completion_tokens
    asked = f"asked {plural(provenance.requests, 'time')}, {plural(provenance.rounds, 'round')} of feedback"
    return f"{one_line(provenance.model)}: {asked}, {plural(tokens, 'token')}, {cost}, {provenance.seconds:.1f} s"
