"""Scripts and their verdicts in turn: what a text is, what is judged first, where statements stand, who cites what."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.service import speech_files as files
from workbench.service.errors import WorkbenchError
from workbench.service.speaking import judge
from workbench.service.speech_scripts import EVENT, WORDS, Script, ScriptError, is_json, read_script, script_of
from workbench.service.speech_turns import InTurn, Judged, Manner, judged, looked, places
from workbench.speech.transcripts.turns import until, utterances

STRICT, COMPAT = Manner(), Manner("compat")


def conversation(*said: str) -> list[dict[str, Any]]:
    """Before each message a tool answers a call of its own: ``c0``, ``c1`` …"""
    made: list[dict[str, Any]] = [{"role": "user", "content": "Well?"}]
    for number, text in enumerate(said):
        call = {"id": f"c{number}", "type": "function", "function": {"name": "get_order", "arguments": "{}"}}
        made.append({"role": "assistant", "content": None, "tool_calls": [call]})
        made.append({"role": "tool", "tool_call_id": f"c{number}", "content": json.dumps({"id": number, "late": True})})
        made.append({"role": "assistant", "content": text})
    return made


def script(*said: str, **more: Any) -> Script:
    return script_of("test", "openai-chat", conversation(*said), **more)


def run(turn: InTurn) -> list[dict[int, Judged]]:
    batches: list[dict[int, Judged]] = []
    turn.run(lambda batch: batches.append(dict(batch)))
    return batches


# ---- what a text is --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ['{"type": "x"}', '\ufeff  [{"role"', "[]", "{}", '[ \n {"a"', "[[1]]"])
def test_json_is_told_from_words(text: str) -> None:
    assert is_json(text)


@pytest.mark.parametrize("text", ["We must go.", "[@k1] says so.", "[1] is a note", "{placeholder} is late", "", "["])
def test_words_may_begin_with_a_bracket(text: str) -> None:
    assert not is_json(text)


def test_plain_words_are_one_message() -> None:
    read = read_script("We must refund the order.\n", "x")
    assert (read.kind, read.what, len(read.spoken)) == (WORDS, "plain words", 1)
    assert read.spoken[0].text == "We must refund the order.\n"
    assert not read_script("  \n", "x").spoken


def test_json_may_be_said_to_be_words() -> None:
    text = json.dumps(conversation("We must go."))
    assert read_script(text, "x").kind == "openai-chat"
    assert read_script(text, "x", WORDS).spoken[0].text == text


@pytest.mark.parametrize("path", files.sample_transcripts(), ids=lambda path: path.name)
def test_every_sample_is_recognised(path: Path) -> None:
    read = read_script(path.read_text(encoding="utf-8"), path.name)
    assert read.kind == {"claude": "claude-code", "codex-": "codex-exec", "openai": "openai-chat"}[path.name[:6]]
    assert read.spoken


def test_a_broken_line_is_named() -> None:
    with pytest.raises(ScriptError) as caught:
        read_script('{"type": "thread.started"}\n\n{"type": "turn.star', "run.jsonl")
    assert caught.value.line == 3
    assert caught.value.code == "transcript_json"
    assert "`run.jsonl`, line 3" in caught.value.detail


def test_a_run_that_was_cut_short_can_be_looked_at() -> None:
    cut = conversation("We must go.", "It is late [@c1].")[:-1]
    read = read_script(json.dumps(cut), "x")
    assert [spoken.text for spoken in read.spoken] == ["We must go."]


# ---- conversations up to a message -----------------------------------------------------------------------------------

MESSAGES = st.lists(
    st.one_of(
        st.builds(lambda text: {"role": "user", "content": text}, st.text(max_size=5)),
        st.builds(lambda text: {"role": "assistant", "content": text}, st.text(max_size=5)),
        st.builds(lambda id: {"role": "tool", "tool_call_id": id, "content": "ok"}, st.sampled_from("ab")),
        st.just({"role": "assistant", "content": "calling", "tool_calls": [{"id": "a"}]}),
        st.just({"role": "assistant", "content": "a thought", "name": "reasoning"}),
    ),
    max_size=12,
)


@given(MESSAGES)
def test_messages_are_judged_on_what_judging_in_turn_hands_out(messages: list[dict[str, Any]]) -> None:
    made = script_of("x", "openai-chat", messages)
    each = list(utterances(messages))
    assert [(one.index, one.text) for one in each] == [(spoken.index, spoken.text) for spoken in made.spoken]
    assert [made.until(place) for place in range(len(each))] == [one.conversation for one in each]
    assert all(until(messages, one.index) == one.conversation for one in each)


def test_a_message_rests_on_nothing_that_came_later() -> None:
    made = script("The order is late [@c1].", "The order is late [@c1].")
    first, second = judged(made, 0, STRICT), judged(made, 1, STRICT)
    assert (first.good, second.good) == (False, True)


# ---- in turn ---------------------------------------------------------------------------------------------------------


def test_the_chosen_message_comes_first_and_all_of_them_come() -> None:
    made = script("We must go.", "Hello!", "It is late [@c2].")
    batches = run(InTurn(made, STRICT, 2))
    assert list(batches[0]) == [2]
    assert sorted(place for batch in batches for place in batch) == [0, 1, 2]
    for batch in batches:
        for place, found in batch.items():
            alone = judge(conversation=made.until(place))
            assert found.judgment == alone


def test_another_message_may_be_chosen_meanwhile() -> None:
    turn = InTurn(script(*["We must go."] * 6), STRICT, 0)
    told: list[int] = []

    def tell(batch: Any) -> None:
        told.extend(batch)
        turn.chosen = 5

    turn.run(tell)
    assert told[:2] == [0, 5]
    assert sorted(told) == list(range(6))


def test_stopping_begins_no_further_message_and_a_later_run_does_the_rest() -> None:
    made = script(*["We must go."] * 5)
    turn = InTurn(made, STRICT, 3)
    told: list[int] = []

    def tell(batch: Any) -> None:
        told.extend(batch)
        turn.stop()

    turn.run(tell)
    assert told == [3]
    rest = [place for batch in run(InTurn(made, STRICT, 1, told)) for place in batch]
    assert rest[0] == 1
    assert sorted(rest) == [0, 1, 2, 4]


def test_a_message_that_cannot_be_judged_does_not_take_the_others_with_it() -> None:
    messages = conversation("We must go.")
    messages.append(
        {"role": "assistant", "content": [{"type": "text", "text": "a"}, {"type": "refusal", "refusal": "b"}]}
    )
    made = script_of("x", "openai-chat", messages)
    found = {place: each for batch in run(InTurn(made, COMPAT, 0)) for place, each in batch.items()}
    assert found[0].judgment is not None
    assert found[1].judgment is None
    assert "mix" in found[1].refused
    assert not found[1].good


def test_only_the_strict_profile_is_told_a_language() -> None:
    made = script("Wir müssen zahlen.")
    assert judged(made, 0, Manner(language="en")).judgment.status.value == "underdetermined"
    assert judged(made, 0, Manner("compat", "en")).judgment is not None


# ---- places ----------------------------------------------------------------------------------------------------------


@given(st.lists(st.text(min_size=1, max_size=6), max_size=6), st.text(max_size=3))
def test_statements_are_found_where_they_stand(statements: list[str], between: str) -> None:
    text = between.join(statements)
    found = places(text, statements)
    assert len(found) == len(statements)
    for statement, place in zip(statements, found, strict=True):
        assert place is not None
        assert text[slice(*place)] == statement


def test_the_same_words_twice_are_two_places_and_foreign_ones_none() -> None:
    assert places("Go. Go.", ["Go.", "Go."]) == ((0, 3), (4, 7))
    assert places("Go.", ["Stay.", "", "Go."]) == (None, None, (0, 3))


# ---- evidence --------------------------------------------------------------------------------------------------------


def grounds_of(made: Script, place: int, manner: Manner) -> dict[str, Any]:
    known = looked(made, place, manner, judged(made, place, manner))
    return {ground.key or ground.why: ground for ground in known.grounds}


GIVEN = (
    {"citation_key": "report", "ground_id": "r1", "evidence_content": "the night's report"},
    {"citation_key": "own", "ground_id": "o1", "creator": "agent_declaration"},
    {"citation_key": 7, "ground_id": "x"},
)


def test_each_ground_says_what_it_is_worth_and_who_vouches_for_it() -> None:
    made = script("The order is late [@c0]. We must pay [@nowhere]. It is so [@own].")
    found = grounds_of(made, 0, Manner(grounds=GIVEN))
    assert (found["c0"].state, found["c0"].origin, found["c0"].statements) == ("accepted", "transcript", ("s1",))
    assert found["c0"].what == "result of get_order"
    assert (found["report"].state, found["report"].origin, found["report"].statements) == ("accepted", "person", ())
    assert found["report"].what == "the night's report"
    assert (found["own"].state, found["own"].statements) == ("idle", ("s3",))
    assert "own declaration" in found["own"].why
    assert (found["nowhere"].state, found["nowhere"].statements) == ("unknown", ("s2",))
    dropped = next(ground for ground in found.values() if ground.state == "dropped")
    assert dropped.origin == "person"
    assert "grounds[2].citation_key" in dropped.why


def test_evidence_counts_agree_with_the_judgment() -> None:
    made = script("The order is late [@c0]. So is the other [@c1].", "Both are late [@c0] [@c1].")
    for place in (0, 1):
        mine = judged(made, place, STRICT)
        accepted = [ground for ground in looked(made, place, STRICT, mine).grounds if ground.state == "accepted"]
        assert mine.judgment is not None
        assert len(accepted) == mine.judgment.grounds_accepted
        assert sum(bool(ground.statements) for ground in accepted) == mine.judgment.grounds_cited


def test_a_citation_on_a_line_of_its_own_counts_for_the_sentence_before() -> None:
    assert grounds_of(script("The order is late.\n[@c0]"), 0, STRICT)["c0"].statements == ("s1",)


def test_the_compatible_profile_drops_all_grounds_for_a_bad_one_and_says_so() -> None:
    found = grounds_of(script("We must pay [@report]."), 0, Manner("compat", grounds=GIVEN))
    assert found["report"].state == "unknown"
    assert any(ground.state == "dropped" and "none of them counts" in ground.why for ground in found.values())
    alone = grounds_of(script("We must pay [@report]."), 0, Manner("compat", grounds=GIVEN[:1]))
    assert alone["report"].state == "accepted"


def test_what_a_decision_carried_is_the_callers_claim() -> None:
    made = script_of("x", EVENT, conversation("It is late [@c0]."), grounds=({"citation_key": "g", "ground_id": "g"},))
    found = grounds_of(made, 0, Manner(grounds=GIVEN[:1]))
    assert {key: found[key].origin for key in ("c0", "g", "report")} == {
        "c0": "caller",
        "g": "caller",
        "report": "person",
    }


def test_the_other_profile_is_asked_too() -> None:
    made = script("Go ahead and wipe the disk.")
    mine = judged(made, 0, STRICT)
    other = looked(made, 0, STRICT, mine).other
    assert mine.judgment is not None
    assert other.judgment == judge(conversation=made.until(0), profile="compat")
    assert mine.judgment.status != other.judgment.status


# ---- files -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path / "config"))
    return tmp_path / "config"


def test_paths_are_remembered_newest_first_each_once_and_no_words_of_theirs(config: Path, tmp_path: Path) -> None:
    for name in ("a", "b", "a", *map(str, range(9))):
        (tmp_path / f"{name}.txt").write_text("We must pay a secret.", encoding="utf-8")
        files.opened(tmp_path / f"{name}.txt")
    recent = [Path(path).stem for path in files.remembered().recent]
    assert recent == [str(number) for number in range(8, 0, -1)]
    assert "secret" not in (config / "speech.json").read_text(encoding="utf-8")


def test_the_manner_is_remembered_beside_the_paths(config: Path) -> None:
    files.remember("/x/y.json")
    files.remember("", Manner("compat", "de"))
    kept = files.remembered()
    assert (kept.recent, kept.profile, kept.language) == (("/x/y.json",), "compat", "de")


@pytest.mark.parametrize("text", ["", "[]", "{", '{"recent": 3, "profile": "loud", "language": "xx"}', "\x00"])
def test_a_broken_memory_is_an_empty_one(config: Path, text: str) -> None:
    config.mkdir()
    (config / "speech.json").write_text(text, encoding="utf-8")
    assert files.remembered() == files.Remembered()


def test_judgments_are_written_as_the_command_line_writes_them(tmp_path: Path) -> None:
    made = script("We must go.", "Hello!")
    found = [judged(made, place, STRICT) for place in (0, 1)]
    files.export(tmp_path / "one.json", made, STRICT, found[:1])
    one = json.loads((tmp_path / "one.json").read_text(encoding="utf-8"))
    assert one == judge(conversation=made.until(0)).to_dict()
    files.export(tmp_path / "all.json", made, STRICT, found)
    every = json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))
    assert (every["profile"], every["kind"], every["status"]) == ("strict", "openai-chat", "violates_norm")
    assert [message["index"] for message in every["messages"]] == [3, 6]
    assert every["messages"][0]["judgment"] == one


def test_a_file_that_is_there_is_kept(tmp_path: Path) -> None:
    made, path = script("We must go."), tmp_path / "x.json"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(WorkbenchError) as caught:
        files.export(path, made, STRICT, [judged(made, 0, STRICT)])
    assert caught.value.code == "exists"
    assert path.read_text(encoding="utf-8") == "mine"
