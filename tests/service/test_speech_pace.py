"""A long message can be left in the middle, and whoever waits hears how far it is."""

from __future__ import annotations

import json
import threading

import pytest

from workbench.analysis.stop import Stop, Stopped
from workbench.service.speaking import judge
from workbench.service.speech_scripts import WORDS, read_script
from workbench.service.speech_turns import InTurn, Manner, judged, looked

LONG = "We should refund the order. The warehouse must confirm it. I looked at it. " * 60


def test_the_pace_counts_every_sentence_once_and_changes_no_verdict() -> None:
    heard: list[tuple[int, int]] = []
    watched = judge(agent_output=LONG, pace=lambda done, total: heard.append((done, total)))
    assert watched.to_dict() == judge(agent_output=LONG).to_dict()
    total = 180
    reading = [done for done, of in heard if done < total]
    assert reading == list(range(total))
    assert {of for _, of in heard} == {total}


@pytest.mark.parametrize("at", [0, 1, 90, 179, 180])
def test_what_the_pace_raises_ends_it_there(at: int) -> None:
    heard: list[int] = []

    def pace(done: int, _total: int) -> None:
        heard.append(done)
        if done >= at:
            raise Stopped

    with pytest.raises(Stopped):
        judge(agent_output=LONG, pace=pace)
    assert heard[-1] == at
    assert heard.count(at) == 1, "it went on"


def test_a_message_that_is_being_judged_is_left_when_its_turn_is_stopped() -> None:
    script = read_script(LONG, "x", WORDS)
    turn, told = InTurn(script, Manner(), 0), []
    begun = threading.Event()
    pace = turn._pace

    def until_begun(place: int, done: int, total: int) -> None:
        pace(place, done, total)
        if done == 5:
            begun.set()
            turn.stop()  # as the screen does from its own thread

    turn._pace = until_begun  # type: ignore[method-assign]
    turn.run(told.append)
    assert begun.is_set()
    assert told == []
    assert turn.progress is not None
    assert (turn.progress.done, turn.progress.total, turn.progress.what) == (5, 180, "message 1")


def test_looking_at_the_other_profile_can_be_stopped_too() -> None:
    """The strict profile takes its time; where the compatible one is asked for, it is the other."""
    script = read_script(json.dumps([{"role": "assistant", "content": LONG}]), "x", None)
    mine = judged(script, 0, Manner("compat"))
    stop = Stop()
    stop.set()
    with pytest.raises(Stopped):
        looked(script, 0, Manner("compat"), mine, stop)
    assert looked(script, 0, Manner("compat"), mine, Stop()).other.judgment is not None
