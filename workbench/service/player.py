"""Plays recorded actions through a workspace, as if the swarm were at work now.

Each line of the recording goes through :meth:`Workspace.decide` with the recorded agent's own credential: the real
evaluator decides it and the real store records it. An action that was held is asked again once people have granted it,
as an agent would. The player runs in one thread of its own; every method here may be called from any thread and returns
at once.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Condition, Thread
from typing import TYPE_CHECKING, Any

from workbench.service.clock import Clock, SystemClock
from workbench.service.errors import WorkbenchError
from workbench.service.views import Credential, Recorded

if TYPE_CHECKING:
    from workbench.service.workspace import Workspace

SLOWEST, FASTEST = 0.25, 200.0  # actions a second
HELD = 32  # held actions that are remembered; the oldest are forgotten first
LOOK = 1.0  # seconds between two looks at what became of them


class Player:
    """A recording with a play head. ``pace`` is in actions a second; ``position`` counts lines done, bad ones too."""

    def __init__(
        self,
        workspace: Workspace,
        actions_path: Path,
        *,
        pace: float = 4.0,
        played: int = 0,
        clock: Clock | None = None,
    ) -> None:
        """Read the recording; begin where ``played`` actions of it (over however many days) leave off.

        Raises :class:`WorkbenchError` (``broken_sample``) when the file cannot be read.
        """
        self._workspace = workspace
        self._clock = clock or SystemClock()
        self._lines = read_recording(actions_path)
        self._changed = Condition()
        self._thread: Thread | None = None
        self._pace = _bounded(pace)
        self._paused = False
        self._stopped = False
        self._position = played % len(self._lines) if self._lines else 0
        self._skipped = 0
        self._error: WorkbenchError | None = None
        self._held: deque[tuple[str, tuple[str, ...]]] = deque(maxlen=HELD)  # lines, and the cases that they wait for
        self._looked = float("-inf")

    @property
    def pace(self) -> float:
        return self._pace

    @property
    def paused(self) -> bool:
        return self._paused

    @property
    def position(self) -> int:
        return self._position

    @property
    def total(self) -> int:
        return len(self._lines)

    @property
    def finished(self) -> bool:
        return self._position >= len(self._lines)

    @property
    def skipped(self) -> int:
        """Lines that were not recorded actions."""
        return self._skipped

    @property
    def error(self) -> WorkbenchError | None:
        """The last thing that went wrong: a line that was skipped, or the store's failure that paused the player."""
        return self._error

    def start(self) -> None:
        """Begin to play, in a thread of its own. A second call does nothing."""
        if self._thread is None:
            self._thread = Thread(target=self._run, name="player", daemon=True)
            self._thread.start()

    def pause(self) -> None:
        """Hold the play head after the action in hand."""
        with self._changed:
            self._paused = True
            self._changed.notify_all()

    def resume(self) -> None:
        """Go on. After an error the same action is tried again, so none is lost."""
        with self._changed:
            self._paused = False
            self._error = None
            self._changed.notify_all()

    def set_pace(self, actions_per_second: float) -> None:
        """Change the pace at once; it is kept between 0.25 and 200 actions a second."""
        with self._changed:
            self._pace = _bounded(actions_per_second)
            self._changed.notify_all()

    def rewind(self) -> None:
        """Begin the day again from its first action."""
        with self._changed:
            self._position = 0
            self._skipped = 0
            self._changed.notify_all()

    def stop(self) -> None:
        """End the thread and wait for it; what was acknowledged stays recorded."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while self._wait_for_turn():
            playing = self._position
            try:
                if self._ask_again() or playing >= len(self._lines):
                    continue
                self._decide(self._lines[playing])
            except WorkbenchError as error:
                with self._changed:
                    if not self._stopped:
                        self._error = error
                        self._paused = True
                continue
            except Exception as error:  # whatever a line holds, it must not end the player
                with self._changed:
                    self._skipped += 1
                    self._error = _skipped(playing, error)
            with self._changed:
                if self._position == playing:  # not rewound meanwhile
                    self._position += 1

    def _decide(self, line: str) -> None:
        recorded = decide_recorded(self._workspace, line, self._clock.now().date())
        if recorded.decision.outcome == "hold" and recorded.cases:
            self._held.append((line, recorded.cases))

    def _ask_again(self) -> bool:
        """Ask one held action again that may go ahead now; whether there was one. Looks once a second."""
        if not self._held or time.monotonic() < self._looked + LOOK:
            return False
        for held in tuple(self._held):
            line, cases = held
            states = {self._state(case) for case in cases}
            if states <= {"granted"}:
                recorded = decide_recorded(self._workspace, line, self._clock.now().date())
                self._held.remove(held)
                if recorded.decision.outcome == "hold" and recorded.cases != cases:
                    self._held.append((line, recorded.cases))
                return True  # the next look is at once: there may be more
            if not states <= {"open", "granted"}:
                self._held.remove(held)  # rejected, expired, void: nobody waits for it any more
        self._looked = time.monotonic()
        return False

    def _state(self, case: str) -> str:
        """The state of a case; a grant whose timelock still runs is as good as open."""
        try:
            view = self._workspace.cases.get(case)
        except WorkbenchError as error:
            if error.code.startswith("store_"):
                raise
            return "gone"
        waits = view.usable_from is not None and view.usable_from > self._clock.now()
        return "open" if view.state == "granted" and waits else view.state

    def _wait_for_turn(self) -> bool:
        """Sleep until the next action is due; ``False`` when the player was stopped."""
        begun = time.monotonic()
        with self._changed:
            while not self._stopped:
                if self._paused or (self.finished and not self._held):
                    self._changed.wait()
                    begun = time.monotonic()
                    continue
                pause = LOOK if self.finished else 1 / self._pace
                left = begun + pause - time.monotonic()  # the pace may have changed while it slept
                if left <= 0:
                    return True
                self._changed.wait(timeout=left)
            return False


def decide_recorded(workspace: Workspace, line: str, today: date) -> Recorded:
    """Decide one recorded action as that agent, at its time of day on ``today``; ``facts`` and ``heard`` are the
    recording's.

    Raises :class:`WorkbenchError` where nothing could be recorded, other exceptions for a line that is no action.
    """
    from workbench.engine.request import Request
    from workbench.service.heard import Heard

    action = json.loads(line)
    asked: Mapping[str, Any] = action["request"]
    then = datetime.fromisoformat(action["at"]).astimezone(UTC)
    return workspace.decide(
        Request(asked["principal"], asked["action"], asked["resource"], asked.get("context", {}), asked.get("speech")),
        credential=Credential(str(asked["principal"]), kind="recording"),
        entities=action.get("entities", []),
        facts=action.get("facts"),
        at=datetime.combine(today, then.timetz()),
        heard=None if "heard" not in action else Heard.from_json(action["heard"]),
    )


def _skipped(position: int, error: Exception) -> WorkbenchError:
    what = f"line {position + 1} is not a recorded action ({type(error).__name__}: {error})"
    return WorkbenchError("a recorded action was skipped", what, "the others are played", "bad_action")


def _bounded(pace: float) -> float:
    return min(max(pace, SLOWEST), FASTEST)


def read_recording(path: Path) -> list[str]:
    """The lines of a recording, blank ones left out. Raises :class:`WorkbenchError` (``broken_sample``)."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WorkbenchError(
            "the recording cannot be read", f"`{path}`: {error}", "name a file of recorded actions", "broken_sample"
        ) from error
    return list(_not_blank(text))


def _not_blank(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        if line.strip():
            yield line
