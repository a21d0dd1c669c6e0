"""Whether a brake that changes rules is proved only to tighten: asked of the solver, outside of every transaction.

What was proved is remembered for the version and the brakes that it was proved against, and for nothing else. Not for
faces.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from threading import Lock

from workbench.analysis.assumptions import OURS
from workbench.analysis.results import Answer
from workbench.analysis.stop import Stop
from workbench.analysis.task import SolverMissing, Task
from workbench.analysis.words import Voice, witness_said
from workbench.governance.canonical import canonical_bytes, sha256_hex
from workbench.governance.overlay import Brake, OverlayError, Placing, content_json
from workbench.governance.overlay_register import Standing
from workbench.governance.overlay_replacing import check_standing, compared
from workbench.language.program import Program
from workbench.service.checked import Checked

LIMIT_MS = 10_000  # for one question to the solver: a person waits, and "not decided" is a refusal
_KEPT = 64
_MOST_TEXT = 300  # characters of a request in a refusal


class Proving:
    """The proofs of brakes. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._proved: OrderedDict[str, None] = OrderedDict()
        self._closing = Stop()

    def holds(self, checked: Checked, standings: Mapping[str, Standing], at: datetime, brake: Brake) -> bool:
        """Whether :meth:`prove` has succeeded for this version, these brakes in force, and this brake."""
        with self._lock:
            return _place(checked, _brakes(standings, at), brake) in self._proved

    def prove(
        self, checked: Checked, standings: Mapping[str, Standing], at: datetime, brake: Brake, task: Task | None = None
    ) -> None:
        """Prove that ``brake`` only tightens what is in force at ``at``. May take long; a brake by structure takes
        nothing.

        Raises :class:`OverlayError`: ``already_taken``, ``not_tighter`` (with a request that shows it), ``not_proved``,
        ``no_solver``; and ``Stopped``, as ``task`` was.
        """
        if brake.basis != "proved":
            return
        others = _brakes(standings, at)
        check_standing(brake, [other for _, other in others], checked.program)
        place = _place(checked, others, brake)
        with self._lock:
            if place in self._proved:
                return
        before, after = compared(checked.program, [other for _, other in others], brake)
        try:
            answer = self._asked(before, after, task or Task())
        except SolverMissing as error:
            what = f"{error}, and a brake that replaces rules must be proved only to tighten"
            raise OverlayError("no_solver", what, error.help) from error
        _require(answer, before, after)
        with self._lock:
            self._proved[place] = None
            while len(self._proved) > _KEPT:
                self._proved.popitem(last=False)

    def close(self) -> None:
        """Stop what is being proved; from here on every proof is ``Stopped``."""
        self._closing.set()

    def _asked(self, before: Program, after: Program, task: Task) -> Answer:
        from workbench.analysis.tightening import tightens

        self._closing.enter(task.stop.set)
        try:
            return tightens(before, after, replace(task, assumption=OURS, limit_ms=LIMIT_MS))
        finally:
            self._closing.leave(task.stop.set)


def _brakes(standings: Mapping[str, Standing], at: datetime) -> list[tuple[str, Brake]]:
    """The brakes in force, each with its id."""
    found = ((each.id, each.placing.content) for each in standings.values() if each.acts(at))
    return [(id, content) for id, content in found if isinstance(content, Brake)]


def _place(checked: Checked, others: list[tuple[str, Brake]], brake: Brake) -> str:
    return f"{checked.digest} {','.join(id for id, _ in others)} {sha256_hex(canonical_bytes(content_json(brake)))}"


def proved_brake(statement: object) -> Brake | None:
    """The brake that a statement places, where it is one that must be proved."""
    content = statement.content if isinstance(statement, Placing) else None
    return content if isinstance(content, Brake) and content.basis == "proved" else None


def _require(answer: Answer, before: Program, after: Program) -> None:
    """Refuses everything but a proof."""
    if answer.verdict == "holds":
        return
    if answer.verdict == "fails":
        raise OverlayError(
            "not_tighter",
            f"the change does not only tighten: {_shown(answer, before, after)}",
            "a brake can only forbid more; what allows more is an amendment",
        )
    why = answer.why or "no proof and no counterexample was found"
    raise OverlayError(
        "not_proved",
        f"it is not decided whether the change only tightens ({answer.verdict}: {why})",
        "what is not proved is no brake: forbid it with `--forbid`, or take the permit away with `--without`",
    )


def _shown(answer: Answer, before: Program, after: Program) -> str:
    """The counterexample in one line: who asks for what, and what the rules behind it read."""
    witness = answer.witness
    if witness is None:
        return "there is a request that it would allow and that is denied now"
    said = witness_said(witness, Voice(after, before), answer.by)
    read = "; ".join(f"{fact.path}: {fact.value}" for fact in said.facts if fact.read)
    asked = f"{said.request.removesuffix('.')}{f' ({read})' if read else ''}"
    shown = asked if len(asked) <= _MOST_TEXT else asked[:_MOST_TEXT] + "…"
    was = witness.before.outcome if witness.before is not None else "deny"
    return f"{shown} comes to {was} now, and would come to {witness.after.outcome}"
