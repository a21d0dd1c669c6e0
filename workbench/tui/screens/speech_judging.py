"""How Speech judges: in a thread, the chosen message first, by a profile and a language; and what goes out of it.

A mixin of the screen. Verdicts on a text or in a manner that is no longer asked for are dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from textual.timer import Timer

from workbench.analysis.stop import Progress, Stop, Stopped
from workbench.service import speech_files as files
from workbench.service.speaking import SpeechRefusedError, json_value
from workbench.service.speech_turns import LANGUAGES, InTurn, Judged, Looked, Manner, looked
from workbench.tui.screens.base import LOADING_AFTER
from workbench.tui.screens.modals.case_file import CaseFileScreen
from workbench.tui.screens.modals.speech_grounds import SpeechGroundsScreen
from workbench.tui.screens.speech_source import SpeechSource
from workbench.tui.view import speech_told as told

RESTING = 0.15  # seconds on one message, while others are judged


class SpeechJudging(SpeechSource):
    """Knows the ``verdicts`` (by place among the script's messages) and the ``manner``. Override the hooks."""

    def __init__(self) -> None:
        super().__init__()
        self.manner = Manner()
        self.verdicts: dict[int, Judged] = {}
        self.place = 0
        self.known: Looked | None = None
        self._given = ""
        self._turn: InTurn | None = None
        self._looking: Stop | None = None
        self._rest: Timer | None = None

    # ---- hooks ---------------------------------------------------------------------------------------------------

    def verdicts_arrived(self, *, looked_at: bool) -> None:
        """There are more verdicts. ``looked_at``: that of the chosen message is among them, for the first time."""
        raise NotImplementedError

    def still_judging(self, progress: Progress | None) -> None:
        """It takes long enough to be said. ``progress``: how far the message is that is being judged."""
        raise NotImplementedError

    def manner_changed(self) -> None:
        """It is judged in another manner from now on."""
        raise NotImplementedError

    def draw_message(self) -> None:
        """More is known of the chosen message."""
        raise NotImplementedError

    # ---- judging -------------------------------------------------------------------------------------------------

    @property
    def judging(self) -> bool:
        """Whether verdicts are still to come."""
        script = self.script
        return self._turn is not None and script is not None and len(self.verdicts) < len(script.spoken)

    def choose(self, place: int) -> bool:
        """This message is looked at from now on, and is judged next; whether its verdict is there already."""
        self.place = place
        if self._turn is not None:
            self._turn.chosen = place
        elif place not in self.verdicts:
            self.judge(anew=False)  # it was stopped before that one's turn
        return place in self.verdicts

    def halt(self) -> None:
        """No further message is judged; what is known stays."""
        if self._turn is not None:
            self._turn.stop()
            self._turn = None
        self.forget_service("judge")
        self._stop_looking()

    def judge(self, *, anew: bool = True) -> None:
        """Ask for every verdict, the chosen message's first; not ``anew``: for those that are not there yet."""
        self.halt()
        if self.script is None or not self.script.spoken:
            return
        if anew:
            self.verdicts, self.known = {}, None
        turn = self._turn = InTurn(self.script, self.manner, self.place, self.verdicts)
        tell = partial(self.call_later, self._heard, turn)
        self.run_service(turn.run, tell, group="judge", on_result=lambda _: self._judged_all(turn))
        self.set_timer(LOADING_AFTER, partial(self._still_judging, turn))

    def _still_judging(self, turn: InTurn) -> None:
        """While there is no verdict to look at: how far it is, again and again."""
        if turn is self._turn and self.judging and self.place not in self.verdicts:
            self.still_judging(turn.progress)
            self.set_timer(LOADING_AFTER, partial(self._still_judging, turn))

    def _heard(self, turn: InTurn, batch: Mapping[int, Judged]) -> None:
        if turn is not self._turn:
            return  # of another text or another manner by now
        first = self.place not in self.verdicts and self.place in batch
        self.verdicts.update(batch)
        self.verdicts_arrived(looked_at=first)

    def _judged_all(self, turn: InTurn) -> None:
        if turn is self._turn:
            self.verdicts_arrived(looked_at=False)

    def look(self) -> None:
        """Ask what else there is to know of the chosen message: its evidence, and what the other profile says."""
        found, script = self.verdicts.get(self.place), self.script
        self.known = None
        if found is None or script is None:
            return
        self._stop_looking()
        stop = self._looking = Stop()
        ask = partial(
            self.run_service,
            looked,
            script,
            self.place,
            self.manner,
            found,
            stop,
            group="look",
            on_result=partial(self._was_looked, found),
            on_error=self._not_looked,
        )
        if self.judging:  # the processor is wanted for verdicts: once the cursor rests
            self._rest = self.set_timer(RESTING, ask)
        else:
            ask()

    def _stop_looking(self) -> None:
        if self._rest is not None:
            self._rest.stop()
            self._rest = None
        if self._looking is not None:
            self._looking.set()
            self._looking = None
        self.forget_service("look")

    def _not_looked(self, error: Exception) -> None:
        if not isinstance(error, Stopped):
            self.workbench.report(error)

    def _was_looked(self, found: Judged, known: Looked) -> None:
        if found is self.verdicts.get(self.place):
            self.known = known
            self.draw_message()

    # ---- how -----------------------------------------------------------------------------------------------------

    def action_profile(self) -> None:
        """By the other profile."""
        self._judge_as(Manner(self.manner.other, self.manner.language, self.manner.grounds))

    def action_language(self) -> None:
        """As the next language."""
        after = LANGUAGES[(LANGUAGES.index(self.manner.language) + 1) % len(LANGUAGES)]
        self._judge_as(Manner(self.manner.profile, after, self.manner.grounds))
        if self.manner.profile == "compat":
            self.notify("The compatible profile reads English only; the language is the strict one's.", timeout=4)

    def _judge_as(self, manner: Manner) -> None:
        self.manner = manner
        self.forget_service("remembered")  # where the disk is slow: what is chosen here wins over the last time's
        self.run_service(files.remember, "", manner, group="remember", on_error=lambda _: None)
        self.manner_changed()
        self.judge()

    def action_give_grounds(self) -> None:
        """Evidence beside the transcript."""
        self.app.push_screen(SpeechGroundsScreen(self._given, _read_grounds), self._grounds_given)

    def _grounds_given(self, given: str | None) -> None:
        if given is not None:
            self._given = given
            grounds = _read_grounds(given) if given else None
            self.manner = Manner(self.manner.profile, self.manner.language, grounds)
            self.manner_changed()
            self.judge()

    # ---- out -----------------------------------------------------------------------------------------------------

    def action_copy_hint(self) -> None:
        """The hint for the agent's next try."""
        hint = told.hint_text(self.verdicts.get(self.place))
        if hint:
            self.workbench.copy(hint)
        else:
            self.notify("There is no hint: this message may be said as it is, or nothing would help it", timeout=4)

    def action_export(self) -> None:
        """The judgment as JSON."""
        script, found, manner = self.script, dict(self.verdicts), self.manner
        mine = found.get(self.place)
        if script is None or mine is None:
            self.notify("Nothing has been judged yet.", timeout=3)
            return

        def write(path: Path, choice: str) -> str:
            chosen = [mine] if choice == "one" else [found[place] for place in sorted(found)]
            return files.export(path, script, manner, chosen)

        choices = (("one", "This message"), *([("all", f"All {len(found)}")] if len(found) > 1 else []))
        detail = "The judgment as JSON: what `speech evaluate --json` prints; of all messages, what `--each` does."
        name = Path(self.source_name).stem if "/" in self.source_name or "." in self.source_name else "speech"
        window = CaseFileScreen("Write the judgment", detail, choices, write, path=f"./{name}.judgment.json")
        self.app.push_screen(window, lambda said: self.notify(said, title="Written", markup=False) if said else None)


def _read_grounds(given: str) -> tuple[Any, ...]:
    """The grounds of a JSON text. Raises :class:`WorkbenchError`."""
    value = json_value(given, "grounds")
    if not isinstance(value, list):
        raise SpeechRefusedError("no list", "the grounds are no list", "write [ … ] around them", "grounds_not_a_list")
    return tuple(value)
