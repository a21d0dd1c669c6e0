"""``draft compile --model``: a language model asked about the draft's sentences; what a person takes is saved.

Nothing is taken without a yes: the person's at the terminal, or ``--accept-rewrites`` for rewrites that are the only
proposal and of which nothing is doubtful. Rules that a model wrote itself are taken at the terminal alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.cli.answering import read_line
from workbench.cli.output import Printer, one_line, visible
from workbench.service.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.analysis.task import Task
    from workbench.authoring.model_assist import Assisted
    from workbench.service.assisting import Asked
    from workbench.service.model_dialogue import ModelProgress
    from workbench.service.views import CompileView, Draft
    from workbench.service.workspace import Workspace


def asked_model(opened: Workspace, draft: Draft, english: str, model: str) -> Asked | None:
    """What the model proposes about ``english``; ``None`` where every sentence is understood.

    Raises :class:`WorkbenchError`; Ctrl-C ends the command, and nothing is changed.
    """
    from workbench.analysis.task import Task
    from workbench.cli.analysing import InterruptedWorkError, interrupted, worked

    def work(task: Task) -> Asked:
        def tell(progress: ModelProgress) -> None:
            task.step(progress.sentence - 1, progress.sentences, f"sentence {progress.sentence}, {progress.way}")

        return opened.drafting.assisting.ask(
            draft, english, draft.cedar_plus, model=model, stop=task.stop, tell=tell
        )  # fmt: skip

    try:
        return worked("model", "asking the model", work, Task())
    except InterruptedWorkError as error:
        raise interrupted() from error
    except WorkbenchError as error:
        if error.code == "model_nothing_to_ask":
            return None
        raise


def taken(out: Printer, asked: Asked, *, accept: bool, asks: bool) -> dict[int, int]:
    """Which proposal of which sentence is taken over; the person is asked about those that ``accept`` does not take."""
    from workbench.service.models import plain

    choices: dict[int, int] = {}
    for n, assisted in enumerate(asked.assisted):
        if accept and plain(assisted):
            choices[n] = 0
            continue
        if asks:
            _print_proposals(out, assisted)
            found = _chosen(out, assisted)
            if found is not None:
                choices[n] = found
    return choices


def _chosen(out: Printer, assisted: Assisted) -> int | None:
    theirs = [i for i, proposal in enumerate(assisted.proposals) if proposal is not None]
    while theirs:
        said = read_line("the number of the proposal that says what your sentence says; enter takes none: ").strip()
        if not said:
            return None
        if said.isascii() and said.isdigit() and int(said) - 1 in theirs:
            return int(said) - 1
        out.line(f"`{one_line(said)}` is no proposal of the model's: {', '.join(str(i + 1) for i in theirs)}")
    return None


def _print_proposals(out: Printer, assisted: Assisted) -> None:
    out.line("")
    out.line(out.styled(one_line(assisted.result.text), "bold"))
    if assisted.failure is not None and not assisted.proposals:
        out.line(f"  {out.styled('nothing:', 'bad')} {one_line(assisted.failure.message)} ({assisted.failure.code})")
        if assisted.failure.help:
            out.line(f"  help: {one_line(assisted.failure.help)}")
        return
    for i, (reading, proposal) in enumerate(zip(assisted.result.candidates, assisted.proposals, strict=True), start=1):
        if proposal is None:
            out.line(f"  {i}. the compiler's own reading: {one_line(reading.paraphrase)}")
            continue
        if proposal.way == "rewrite":
            out.line(f"  {i}. {one_line(' '.join(proposal.rewrite))}")
        else:
            out.line(f"  {i}. {out.styled('written by a model, not read by the compiler', 'wait')}")
            for line in reading.cedar_plus.split("\n"):
                out.line("       " + visible(line))
        out.line(f"     = {one_line(reading.paraphrase)}")
        for note in reading.assumptions:
            out.line(f"     {one_line(note)}")


def asked_document(view: CompileView, asked: Asked, choices: dict[int, int]) -> dict[str, Any]:
    """The view of ``draft compile`` with what the model proposed, and what was taken of it."""
    from dataclasses import fields

    whole = {field.name: getattr(view, field.name) for field in fields(view)}
    whole["model"] = [
        {
            "text": assisted.result.text,
            "provenance": assisted.provenance.to_dict() if assisted.provenance else None,
            "failure": assisted.failure.to_dict() if assisted.failure else None,
            "candidates": [
                {
                    "cedar_plus": reading.cedar_plus,
                    "paraphrase": reading.paraphrase,
                    **(assisted.candidate_dict(i) or {}),
                }
                for i, reading in enumerate(assisted.result.candidates)
            ],
            "taken": choices[n] + 1 if n in choices else None,
        }
        for n, assisted in enumerate(asked.assisted)
    ]
    return whole
