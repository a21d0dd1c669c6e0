"""Invariants: what a version says must never be permitted, or always, proved before anyone may vote on it.

A proof may take long, so none is made inside a transaction. Whoever judges a draft in one asks a :data:`Look` what is
known of it; where nothing is, :class:`Unproved` leaves the transaction, the proof is made outside, and judging begins
again (:meth:`InvariantProofs.judged`); who does not wait asks :meth:`InvariantProofs.at_once`. Everything is proved
under our own semantics with any data missing: the laxest assumption that there is. Imports the analyst and the words of
answers; no database.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event, Lock, Timer
from typing import TypeAlias, TypeVar
from weakref import WeakValueDictionary

from workbench.analysis.assumptions import OURS
from workbench.analysis.results import Answer
from workbench.analysis.stop import Stop, Stopped
from workbench.analysis.task import Task
from workbench.authoring.paraphrase import paraphrase
from workbench.language.program import CheckResult, Program
from workbench.service.analysis_jobs import Job
from workbench.service.analysis_subjects import check_invariants, first_error
from workbench.service.analyst import Analyst, fingerprint, no_solver, solver_here
from workbench.service.errors import WorkbenchError
from workbench.service.views import UNPROVED, Blocker

T = TypeVar("T")
U = TypeVar("U")
LOOKING, PROPOSING = 30.0, 120.0  # seconds after which what is not proved yet counts as undecided
AGAIN = 120.0  # seconds after which what was not decided is tried once more by who only looks
_REMEMBERED = 128
_ATTEMPTS = 8  # so often may what is judged change under a proof's hands
_QUESTIONS = 6  # so many that are hard may use up the whole time: proposing is more patient with each than looking
_FACTS = 4  # of a witness, in one line
_LOOK = 0.05  # seconds between two looks whether to go on waiting for another thread's proof


@dataclass(frozen=True, slots=True)
class Promise:
    """Rules and the invariants that they are to keep; ``key`` says exactly which."""

    program: Program
    text: str
    key: str

    @classmethod
    def of(cls, program: Program, text: str) -> Promise | None:
        """The promise of a version; ``None`` where it makes none."""
        return cls(program, text, f"{fingerprint(program)}\0{text}") if text.strip() else None


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a promise: an answer for each invariant, and what stands in the way of proposing it.

    ``words``: each invariant in words, in the order of ``answers``. ``settled``: nothing but another text can change
    that.
    """

    answers: tuple[Answer, ...] = ()
    words: tuple[str, ...] = ()
    blockers: tuple[Blocker, ...] = ()
    settled: bool = True


Look: TypeAlias = Callable[[Promise], Kept]
"""What is known of a promise; raises :class:`Unproved` where nothing is."""


class Unproved(Exception):  # noqa: N818  # leaves a transaction, never this module's callers
    """A promise that must be proved before judging can go on."""

    def __init__(self, promise: Promise) -> None:
        super().__init__("not proved yet")
        self.promise = promise


class _Turn:
    """Whoever proves a promise holds it."""

    def __init__(self) -> None:
        self.lock = Lock()


class InvariantProofs:
    """Proves promises, and remembers what came of it. Safe from any thread."""

    def __init__(self, analyst: Analyst, now: Callable[[], float] = time.monotonic) -> None:
        """``now``: seconds of a clock that never runs back."""
        self._analyst = analyst
        self._now = now
        self._lock = Lock()
        self._known: OrderedDict[str, tuple[Kept, float]] = OrderedDict()
        self._proving: WeakValueDictionary[str, _Turn] = WeakValueDictionary()

    def start(self, kind: str, work: Callable[[Task], U]) -> Job[U]:
        """``work`` in a thread of its own, stopped like every analysis; see :meth:`Analyst.start`."""
        return self._analyst.start(kind, work)

    def judged(
        self, judge: Callable[[Look], T], *, seconds: float = LOOKING, anew: bool = False, task: Task | None = None
    ) -> T:
        """``judge``, which may open a transaction, again and again until every promise it looks at is proved.

        ``anew``: what was not decided before is tried once more. ``task``: to stop it, and to be told how far it is.
        Raises :class:`WorkbenchError` (``draft_moves``) where each attempt is about another text, and ``Stopped``: then
        ``judge`` has not come to its end, and does not any more.
        """
        task = task or Task()
        mine: dict[str, Kept] = {}

        def look(promise: Promise) -> Kept:
            found = mine.get(promise.key) or self.known(promise, settled=anew)
            if found is None:
                raise Unproved(promise)
            return found

        for _ in range(_ATTEMPTS):
            task.stop.check()
            try:
                return judge(look)
            except Unproved as missing:
                mine[missing.promise.key] = self.prove(missing.promise, seconds, anew=anew, task=task)
        raise WorkbenchError(
            "what is judged keeps changing", "each time it was proved, it was another text", "try again", "draft_moves"
        )

    def at_once(self, promise: Promise) -> Kept:
        """A :data:`Look` that never waits: what is not proved yet stands in the way."""
        found = self.known(promise)
        if found is None:
            ready = self._read(promise)
            found = ready if isinstance(ready, Kept) else _UNPROVED
        return found

    def known(self, promise: Promise, *, settled: bool = False) -> Kept | None:
        """What is known already; with ``settled`` only what cannot change. What was not decided is forgotten in time:
        its pieces that were are not, so that another try comes farther."""
        with self._lock:
            found = self._known.get(promise.key)
            if found is not None:
                self._known.move_to_end(promise.key)
        if found is None:
            return None
        kept, at = found
        return kept if kept.settled or (not settled and self._now() - at < AGAIN) else None

    def prove(
        self, promise: Promise, seconds: float = LOOKING, *, anew: bool = False, task: Task | None = None
    ) -> Kept:
        """Prove every invariant, in at most some ``seconds``. Never inside a transaction.

        Who asks while another thread proves the same waits for that. Raises ``Stopped``.
        """
        task = task or Task()
        with self._lock:
            turn = self._proving.setdefault(promise.key, _Turn())
        while not turn.lock.acquire(timeout=_LOOK):
            task.stop.check()
        try:
            return self.known(promise, settled=anew) or self._prove(promise, seconds, task)
        finally:
            turn.lock.release()

    def _prove(self, promise: Promise, seconds: float, task: Task) -> Kept:
        ready = self._read(promise)
        if isinstance(ready, Kept):
            return ready
        return self._keep(promise, self._proved(promise.program, ready, seconds, task))

    def _read(self, promise: Promise) -> Kept | Program:
        """The invariants to be proved, or what is to be said where none are, or none can be."""
        program, schema = promise.program, promise.program.schema
        if schema is None:
            return Kept(blockers=(Blocker("invariants_unclean", "there is no schema to read them under", ""),))
        checked = check_invariants(promise.text, schema, program.by_id)
        if checked.program is None:
            return self._keep(promise, _unclean(checked))
        if not checked.program.rules:
            return self._keep(promise, Kept())
        if not solver_here():
            missing = no_solver()
            what = f"the invariants cannot be proved: {missing.title}"
            return Kept(blockers=(Blocker(missing.code, what, missing.hint),), settled=False)
        return checked.program

    def _proved(self, program: Program, invariants: Program, seconds: float, task: Task) -> Kept:
        stop, late = Stop(), Event()

        def end() -> None:
            late.set()
            stop.set()

        task.stop.enter(stop.set)
        clock = Timer(seconds, end)
        clock.daemon = True
        clock.start()
        try:
            limit = round(1000 * seconds / _QUESTIONS)
            answers = self._analyst.invariants(program, invariants, Task(OURS, limit, stop, task.tell))
        except WorkbenchError as error:
            if error.code != "no_solver":
                raise
            what = f"the invariants cannot be proved: {error.title}"  # it is installed, and does not load
            return Kept(blockers=(Blocker(error.code, what, error.hint),), settled=False)
        except Stopped:
            if task.stop.is_set or not late.is_set():
                raise
            what = f"the invariants were not decided within {seconds:g} seconds"
            return Kept(blockers=(Blocker("invariant_undecided", what, _UNDECIDED),), settled=False)
        finally:
            clock.cancel()
            task.stop.leave(stop.set)
        told = [_blocker(answer, program, invariants) for answer in answers if answer.verdict != "holds"]
        words = tuple(_words(answer.about, invariants) for answer in answers)
        return Kept(answers, words, tuple(told), all(answer.verdict != "undecided" for answer in answers))

    def _keep(self, promise: Promise, kept: Kept) -> Kept:
        with self._lock:
            self._known[promise.key] = (kept, self._now())
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return kept


def require_kept(proofs: InvariantProofs, program: Program, text: str, title: str, task: Task | None = None) -> None:
    """Raise :class:`WorkbenchError` (``no_solver``, ``invariants_unclean``, ``invariant_broken``,
    ``invariant_undecided``) under ``title`` unless every invariant is proved; ``Stopped`` as ``task`` was."""
    promise = Promise.of(program, text)
    found = () if promise is None else proofs.prove(promise, PROPOSING, task=task).blockers
    if found:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise WorkbenchError(title, found[0].message + more, found[0].help, found[0].code)


_UNDECIDED = "propose it again to try anew, or say it in a simpler rule: what is not proved cannot be proposed"


_UNPROVED = Kept(
    blockers=(Blocker(UNPROVED, "its invariants are not proved yet", "wait until they are: a proof may take seconds"),),
    settled=False,
)


def _unclean(checked: CheckResult) -> Kept:
    what = f"the invariants are not clean: {first_error(checked)}"
    help = next((error.help for error in checked.errors if error.help), "")
    return Kept(blockers=(Blocker("invariants_unclean", what, help or "correct the invariants on Author"),))


def _blocker(answer: Answer, program: Program, invariants: Program) -> Blocker:
    """Why an invariant that is not proved stands in the way, in one line."""
    from workbench.analysis.words import Voice, headline, judged_words, witness_said

    voice = Voice(program=program, invariants=invariants)
    said = headline(answer, voice).rstrip(".")
    what = f"{said[:1].lower()}{said[1:]} ({_words(answer.about, invariants).rstrip('.')})"
    if answer.verdict == "fails" and answer.witness is not None:
        shown = witness_said(answer.witness, voice, (answer.about, *answer.by))
        facts = ", ".join(f"{fact.path} = {fact.value}" for fact in shown.read[:_FACTS])
        outcome = judged_words(answer.witness.after, voice, answer.witness)
        why = voice.failure(answer.witness, answer.about, invariant=True)
        outcome += f" The invariant cannot be evaluated on it: {why}." if why else ""
        what += f": {shown.request} {outcome}" + (f" Where {facts}" if facts else "")
    elif answer.why:
        what += f": {answer.why}"
    what = " ".join(what.split())
    if answer.verdict == "fails":
        return Blocker("invariant_broken", what, "correct the rules, or the invariant")
    return Blocker("invariant_undecided", what, _UNDECIDED)


def _words(id: str, invariants: Program) -> str:
    """What an invariant says, from itself, in one line: the English beside it may say something else."""
    return " ".join(paraphrase(invariants.by_id[id].statement, invariants.schema).split())
