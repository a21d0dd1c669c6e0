"""Judging a script message by message: the one that is looked at first, then the others; stopped at any moment.

Also what is asked of one message only: where its statements stand in the text, and the evidence, key by key. Imports
``service.speaking`` and the stages of both profiles. Runs in threads of the screens; hands back frozen values.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from workbench.analysis.stop import Progress, Stop, Stopped
from workbench.service.errors import WorkbenchError
from workbench.service.speaking import GOOD, Profile, judge, merged_grounds
from workbench.service.speech_scripts import EVENT, Script, Spoken
from workbench.speech.judgment import AdmissibilityJudgment
from workbench.speech.observing import Pace, unhurried

PROFILES: tuple[Profile, Profile] = ("strict", "compat")
LANGUAGES: tuple[str | None, ...] = (None, "en", "de")
TELL_EVERY = 0.12  # seconds between two batches of verdicts
Place = tuple[int, int]
Origin = Literal["transcript", "caller", "person", ""]


@dataclass(frozen=True, slots=True)
class Manner:
    """How it is judged. ``language``: ``None`` finds it out. ``grounds``: what a person adds as evidence, as JSON
    values; ``None`` for none."""

    profile: Profile = "strict"
    language: str | None = None
    grounds: tuple[Any, ...] | None = field(default=None, repr=False)

    @property
    def other(self) -> Profile:
        """The profile that is not asked."""
        return "compat" if self.profile == "strict" else "strict"


@dataclass(frozen=True, slots=True)
class Judged:
    """One message with its verdict; ``places``: where each statement stands in its text, where it can be found.

    ``judgment`` is ``None`` where the message cannot be judged, and ``refused`` says why.
    """

    spoken: Spoken
    judgment: AdmissibilityJudgment | None
    places: tuple[Place | None, ...] = ()
    refused: str = ""

    @property
    def good(self) -> bool:
        """Whether it may be said."""
        return self.judgment is not None and self.judgment.status in GOOD

    @property
    def diagnostics(self) -> tuple[str, ...]:
        """What the strict profile left out of the evidence, and why."""
        return tuple(getattr(self.judgment, "diagnostics", ()))


@dataclass(frozen=True, slots=True)
class Ground:
    """One piece of evidence, or what was given as one.

    ``state``: ``accepted``, ``idle`` (known, and supports nothing), ``unknown`` (cited, and there is none) or
    ``dropped``. ``statements``: ids of those that cite it. ``origin``: who vouches for it: the ``transcript`` itself,
    the ``caller`` whose words are judged, or the ``person`` who added it.
    """

    key: str
    what: str
    state: Literal["accepted", "idle", "unknown", "dropped"]
    origin: Origin = ""
    statements: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """What is known of one message beside its verdict: its evidence, and the other profile's verdict on it."""

    grounds: tuple[Ground, ...]
    other: Judged


def judged(
    script: Script, place: int, manner: Manner, profile: Profile | None = None, *, pace: Pace = unhurried
) -> Judged:
    """Message ``place`` of ``script.spoken``, judged on the conversation up to it; what ``pace`` raises ends it."""
    spoken, profile = script.spoken[place], profile or manner.profile
    try:
        found = judge(
            conversation=script.until(place),
            grounds=evidence_of(script, manner, profile),
            profile=profile,
            language=manner.language if profile == "strict" else None,
            pace=pace,
        )
    except WorkbenchError as error:
        return Judged(spoken, None, refused=error.detail or error.title)
    return Judged(spoken, found, places(spoken.text, [each.statement for each in found.statement_evaluations]))


def evidence_of(script: Script, manner: Manner, profile: Profile) -> Sequence[Any] | None:
    """The grounds of the script and those that a person added. Raises :class:`WorkbenchError`."""
    given = None if manner.grounds is None else list(manner.grounds)
    return merged_grounds(script.grounds, given, profile)


def warm() -> None:
    """Read the language tables, so that the first verdict that somebody waits for need not."""
    judge(agent_output="We should wait.")


def places(text: str, statements: Iterable[str]) -> tuple[Place | None, ...]:
    """Where each statement stands in ``text``, in order; ``None`` for one that is not there word for word."""
    found: list[Place | None] = []
    at = 0
    for statement in statements:
        start = text.find(statement, at) if statement else -1
        if start < 0 and statement:
            start = text.find(statement)
        if start < 0:
            found.append(None)
        else:
            at = start + len(statement)
            found.append((start, at))
    return tuple(found)


class InTurn:
    """The messages of a script, judged in a thread. ``chosen`` (a place in ``script.spoken``) comes first, and may be
    changed while it runs; those at ``known`` places are left out."""

    def __init__(self, script: Script, manner: Manner, chosen: int, known: Iterable[int] = ()) -> None:
        self.script, self.manner, self.chosen = script, manner, chosen
        self._known = frozenset(known)
        self._stop = Stop()
        self.progress: Progress | None = None

    @property
    def stopped(self) -> bool:
        """Whether it was asked to stop."""
        return self._stop.is_set

    def stop(self) -> None:
        """Nothing more is judged; a message that is being judged is left within some milliseconds."""
        self._stop.set()

    def _pace(self, place: int, done: int, total: int) -> None:
        self._stop.check()
        self.progress = Progress(done, total, f"message {self.script.spoken[place].index + 1}")

    def run(self, tell: Callable[[Mapping[int, Judged]], object]) -> None:
        """Judge all of them; ``tell`` hears of the first at once, of the others in batches. Ends early when stopped."""
        waiting = {place: None for place in range(len(self.script.spoken)) if place not in self._known}
        batch: dict[int, Judged] = {}
        told = 0.0
        while waiting and not self.stopped:
            chosen = self.chosen
            place = chosen if chosen in waiting else next(iter(waiting))
            del waiting[place]
            try:
                batch[place] = judged(self.script, place, self.manner, pace=partial(self._pace, place))
            except Stopped:
                return
            if time.monotonic() - told >= TELL_EVERY or place == chosen or not waiting:
                tell(batch)
                batch, told = {}, time.monotonic()
        if batch and not self.stopped:
            tell(batch)


def looked(script: Script, place: int, manner: Manner, mine: Judged, stop: Stop | None = None) -> Looked:
    """What is asked of the message under the cursor only; ``mine`` is its verdict. Raises
    :class:`~workbench.analysis.stop.Stopped`."""

    def pace(_done: int, _total: int) -> None:
        if stop is not None:
            stop.check()

    other = judged(script, place, manner, manner.other, pace=pace)
    if mine.judgment is None:
        return Looked((), other)
    from workbench.service.speech_evidence import compatible, strict

    conversation, given = script.until(place), evidence_of(script, manner, manner.profile)
    own: Origin = "caller" if script.kind == EVENT else "transcript"
    read = strict if manner.profile == "strict" else compatible
    grounds = read(conversation, given, mine, own, len(script.grounds))
    return Looked(grounds, other)
