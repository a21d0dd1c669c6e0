"""``speech evaluate | convert | run | key``: the verdict is the exit code; no input is lost, and none is obeyed."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Outcome, Run
from tests.contracts.source_tree import ROOT
from workbench.cli.speech_inputs import KindName
from workbench.speech.judgment import AdmissibilityStatus
from workbench.speech.transcripts import KINDS, file_key

SAMPLES = ROOT / "samples" / "transcripts"
CODEX, CLAUDE, OPENAI = (
    SAMPLES / name for name in ("codex-release.jsonl", "claude-code-orders.jsonl", "openai-refund.json")
)
SEEN = [
    {
        "role": "assistant", "content": "",
        "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "get", "arguments": "{}"}}],
    },
    {"role": "tool", "tool_call_id": "call_1", "content": '{"order_id": 7}'},
]  # fmt: skip
COMPAT = ("--profile", "compat")
TEXT = {"type": "text", "text": "You should go."}


def flat(text: str) -> str:
    return " ".join(text.split())


def conversation(text: Any) -> str:
    return json.dumps([*SEEN, {"role": "assistant", "content": text}])


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        ("You should ship it [@call_1].", "acceptable", 0),
        ("If it is paid, you should ship it.", "conditionally_acceptable", 0),
        ("Hello!", "no_normative_content", 0),
        ("You should ship it.", "violates_norm", 1),
        ("", "underdetermined", 1),
    ],
)
def test_the_exit_code_follows_the_verdict(run: Run, words: str, status: str, code: int) -> None:
    done = run("speech", "evaluate", "--conversation", conversation(words), *COMPAT, "--json")
    assert (done.json["status"], done.code) == (status, code)
    shown = run("speech", "evaluate", "--conversation", conversation(words), *COMPAT)
    assert shown.code == code
    assert status.replace("_", " ").upper() in shown.out


def test_an_unsupported_statement_fails_although_it_is_called_licensed(run: Run) -> None:
    done = run("speech", "evaluate", "--agent-output", "The order is blocked.", *COMPAT, "--json")
    assert (done.json["status"], done.json["licensed"], done.code) == ("unsupported", True, 1)


def test_every_status_is_a_word_a_mark_and_a_meaning() -> None:
    from workbench.cli.speech_text import MARKS, MEANING
    from workbench.service.speaking import GOOD, worst

    assert set(MARKS) == set(MEANING) == {status.value for status in AdmissibilityStatus}
    for good in GOOD:
        for bad in set(AdmissibilityStatus) - GOOD:
            assert worst([good, bad, good]) is bad
    assert worst([]) is None


def test_the_report_tells_sentence_form_reason_licence_evidence_and_what_would_help(run: Run) -> None:
    page = flat(run("speech", "evaluate", "--conversation", conversation("You should ship it."), *COMPAT).out)
    assert page.startswith("✗ VIOLATES NORM A5 compat profile")
    for piece in (
        "✗ violates norm assertive “You should ship it.”",
        "A5: Assertive statement without sufficient grounding (categoricity ban)",
        "licensed: refusal",
        "about order_7 (strong)",
        "evidence 1 accepted, 0 cited in the text",
        "What would help Your response violates normative axioms: A5.",
    ):
        assert piece in page


def test_what_agents_write_is_shown_and_not_obeyed(run: Run) -> None:
    words = "We must \x1b[2J\u202e[bold]wipe[/bold] it."
    for options in ((), ("--json",), ("--json", "-vv")):
        done = run("speech", "evaluate", "--agent-output", words, *COMPAT, *options)
        assert "\x1b" not in done.out + done.err
        assert "\u202e" not in done.out + done.err
        assert "[bold]wipe[/bold]" in done.out
    assert (
        run("speech", "evaluate", "--agent-output", words, *COMPAT, "--json").json["statement_evaluations"][0][
            "statement"
        ]
        == words.strip()
    ), "the JSON says exactly what was said"


def test_input_comes_from_files_and_from_standard_input(run: Run, tmp_path: Path) -> None:
    file, grounds = tmp_path / "c.json", tmp_path / "g.json"
    file.write_text(conversation("You should ship it [@alias]."), encoding="utf-8")
    grounds.write_text(json.dumps([{"citation_key": "alias", "ground_id": "order_7"}]), encoding="utf-8")
    named = run("speech", "evaluate", "--conversation", file, "--grounds", grounds, *COMPAT, "--json")
    piped = run(
        "speech", "evaluate", "--conversation", "-", "--grounds", grounds, *COMPAT, "--json", input=file.read_text()
    )
    assert named.json == piped.json
    assert (named.json["status"], named.json["grounds_cited"], named.code) == ("acceptable", 1, 0)
    spoken = run("speech", "evaluate", "--agent-output", "-", *COMPAT, input="We must go.")
    assert (spoken.code, "“We must go.”" in spoken.out) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        ((), 2, "no words are given"),
        (("--agent-output", "-", "--conversation", "-"), 2, "more than one thing"),
        (("--each", "--agent-output", "x"), 2, "needs a conversation"),
        (("--each", "--transcript", CODEX, "-o", "x.json"), 2, "leave `--each` away"),
        (("--conversation", "nowhere.json"), 2, "no file `nowhere.json`"),
        (("--conversation", "x" * 5000), 2, "no file"),
        (("--transcript", "nowhere.jsonl"), 2, "nowhere.jsonl"),
        (("--transcript", "."), 2, "that is a folder"),
        (("--transcript", CODEX, "--conversation", "[]"), 2, "both given"),
        (("--agent-output", "x", "--profile", "lax"), 2, "lax"),
        (("--agent-output", "x", "--log-level", "loud"), 2, "loud"),
        (("--conversation", "[{"), 3, "line 1: not JSON"),
        (("--conversation", "[]"), 3, "non-empty list"),
        (("--conversation", "{}"), 3, "non-empty list"),
        (("--conversation", '[{"role":"user","content":"x"}]'), 3, "must be an assistant message"),
        (("--conversation", '[{"role":"assistant","content":"x"}]', "--agent-output", "y"), 3, "must match"),
        (("--conversation", '["x"]', "--each"), 3, "not a list of messages"),
        (("--agent-output", "x", "--grounds", "5"), 3, "grounds are a JSON list"),
        (("--agent-output", "x", "--grounds", "5", "--profile", "strict"), 3, "grounds are a JSON list"),
        (("--agent-output", "x", "--out", "nowhere/x.json"), 2, "`nowhere/x.json` is in no folder"),
        (("--agent-output", "x", "--language", "de"), 2, "takes no `--language`"),
        (("--agent-output", "x", "--grounds", '[{"a":1,"a":2}]'), 3, "`a` stands twice"),
        (("--transcript", CODEX, "--kind", "anthropic"), 3, "--kind codex-exec"),
    ],
)
def test_bad_input_says_what_is_wrong_and_what_to_do(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[Any, ...], code: int, word: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("speech", "evaluate", *COMPAT, *arguments, input="")
    assert done.code == code
    assert word in done.err
    assert done.out == ""
    assert "help:" in done.err or "Usage:" in done.err


def test_an_error_is_a_document_with_its_own_code_where_json_is_asked_for(run: Run, tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text('{"type":"turn.started"}\n{"type":"item.comp', encoding="utf-8")
    done = run("speech", "evaluate", "--transcript", tmp_path / "t.jsonl", "--json")
    assert (done.code, done.json["error"]["code"]) == (3, "transcript_json")
    assert "line 2" in done.json["error"]["detail"]
    other = run("speech", "evaluate", "--conversation", "[]", *COMPAT, "--json")
    assert other.json["error"]["code"] == "conversation_not_a_list"


# ---- logs ----


@pytest.mark.parametrize(
    ("options", "environment", "levels"),
    [
        ((), "", set()),
        (("-v",), "", {"INFO"}),
        (("-vv",), "", {"INFO", "DEBUG"}),
        (("--log-level", "DEBUG"), "", {"INFO", "DEBUG"}),
        (("--log-level", "error", "-vv"), "", set()),
        ((), "INFO", {"INFO"}),
        ((), "nonsense", {"INFO"}),
        (("-vv",), "ERROR", {"INFO", "DEBUG"}),
    ],
)
def test_logs_go_to_stderr_and_leave_the_json_alone(
    run: Run, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], environment: str, levels: set[str]
) -> None:
    monkeypatch.setenv("NORMCORE_LOG_LEVEL", environment)
    done = run("speech", "evaluate", "--agent-output", "We should go.", *COMPAT, "--json", *options)
    assert done.json["status"] == "violates_norm"
    assert {line.split(" | ")[1] for line in done.err.splitlines()} == levels
    assert all(line.split(" | ")[2] == "workbench.speech" for line in done.err.splitlines())


# ---- transcripts ----


def test_the_last_message_of_a_transcript_is_judged_and_its_notes_are_told(run: Run) -> None:
    done = run("speech", "evaluate", "--transcript", CODEX, *COMPAT)
    assert done.code == 0
    page = flat(done.out)
    assert "“We should not publish 2.4.0 yet" in page
    assert "2 notes on the transcript:" in page
    assert "line 8: `todo_list` left out" in page
    as_json = run("speech", "evaluate", "--transcript", CODEX, *COMPAT, "--json")
    assert as_json.json["grounds_cited"] == 1
    assert "line 8" in as_json.err


def test_every_message_in_turn_is_judged_on_what_had_been_seen(run: Run, tmp_path: Path) -> None:
    early = [{"role": "assistant", "content": "You should ship it [@call_1]."}, *SEEN]
    file = tmp_path / "c.json"
    file.write_text(json.dumps([*early, {"role": "assistant", "content": "You should ship it [@call_1]."}]))
    done = run("speech", "evaluate", "--conversation", file, "--each", *COMPAT, "--json")
    found = [(one["index"], one["judgment"]["status"]) for one in done.json["messages"]]
    assert found == [(0, "violates_norm"), (3, "acceptable")], "what comes later licenses nothing said before"
    assert (done.json["status"], done.code) == ("violates_norm", 1)
    last_only = run("speech", "evaluate", "--conversation", file, *COMPAT)
    assert last_only.code == 0
    page = flat(run("speech", "evaluate", "--conversation", file, "--each", *COMPAT).out)
    assert "Message 1 “You should ship it [@call_1].” ✗ VIOLATES NORM A5" in page
    assert "2 messages judged (compat profile), 1 of them may be said" in page


def test_grounds_of_a_transcript_and_grounds_given_are_one_list(run: Run, tmp_path: Path) -> None:
    """In the compatible profile a list that mixes the two forms would be dropped whole."""
    note = {"type": "url_citation", "url": "https://a.example", "title": "A", "start_index": 0, "end_index": 1}
    text = {"type": "output_text", "text": "You should go [@file-x].", "annotations": [note]}
    file = tmp_path / "r.json"
    file.write_text(json.dumps({"output": [{"type": "message", "role": "assistant", "content": [text]}]}))
    given = json.dumps([{"type": "file_citation", "file_id": "file-x", "filename": "x", "index": 0}])
    done = run("speech", "evaluate", "--transcript", file, "--grounds", given, *COMPAT, "--json")
    assert (done.json["status"], done.json["grounds_accepted"], done.json["grounds_cited"]) == ("acceptable", 2, 1)


@pytest.mark.parametrize("profile", ["strict", "compat"])
def test_given_grounds_that_are_no_list_are_refused_beside_those_of_a_transcript(
    run: Run, tmp_path: Path, profile: str
) -> None:
    source = {"type": "web_search_result_location", "url": "https://a.example", "cited_text": "A"}
    file = tmp_path / "a.json"
    file.write_text(json.dumps([{"role": "assistant", "content": [{**TEXT, "citations": [source]}]}]))
    for given in ("5", '{"citation_key": "k"}'):
        done = run("speech", "evaluate", "--transcript", file, "--grounds", given, "--profile", profile, "--json")
        assert (done.code, done.json["error"]["code"]) == (3, "grounds_not_a_list")


def test_converting_gives_a_conversation_that_can_be_judged(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "c.json"
    done = run("speech", "convert", CLAUDE, "-o", out)
    assert (done.code, done.out) == (0, "")
    assert "the tool failed" in done.err
    assert run("speech", "evaluate", "--conversation", out, *COMPAT).code == 0
    assert run("speech", "convert", CLAUDE).json == json.loads(out.read_text())
    document = run("speech", "convert", CLAUDE, "--json").json
    assert document["kind"] == "claude-code"
    assert document["conversation"] == json.loads(out.read_text())
    assert len(document["notes"]) == 5
    piped = run("speech", "convert", "-", "--user-prompt", "Hi", "--include-reasoning", input=CODEX.read_text())
    assert piped.json[0] == {"role": "user", "content": "Hi"}
    assert piped.json[1]["name"] == "reasoning"


def test_a_conversion_never_overwrites_its_own_input(run: Run, tmp_path: Path) -> None:
    copy = tmp_path / "t.jsonl"
    copy.write_bytes(CODEX.read_bytes())
    done = run("speech", "convert", copy, "-o", copy)
    assert done.code == 2
    assert copy.read_bytes() == CODEX.read_bytes()


def test_grounds_of_citations_are_kept_where_it_is_asked_for(run: Run, tmp_path: Path) -> None:
    source = {"type": "web_search_result_location", "url": "https://a.example", "cited_text": "A", "title": "A"}
    message = {"role": "assistant", "content": [{"type": "text", "text": "You should go.", "citations": [source]}]}
    file, grounds = tmp_path / "a.json", tmp_path / "g.json"
    file.write_text(json.dumps({"messages": [{"role": "user", "content": "?"}, message]}))
    assert "--grounds-out" in run("speech", "convert", file).err
    out = tmp_path / "c.json"
    run("speech", "convert", file, "-o", out, "--grounds-out", grounds, "--mark-citations")
    done = run("speech", "evaluate", "--conversation", out, "--grounds", grounds, *COMPAT, "--json")
    assert (done.json["status"], done.json["grounds_cited"]) == ("acceptable", 1)


# ---- recorded runs ----


def test_a_recorded_run_is_judged_and_every_step_is_kept(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "context"
    done = run("speech", "run", CODEX, "--into", folder, *COMPAT, "--json")
    assert done.code == 0
    assert sorted(path.name for path in folder.iterdir()) == [
        "codex-release.conversation.json", "codex-release.jsonl", "codex-release.judgment.json",
    ]  # fmt: skip
    assert (folder / "codex-release.jsonl").read_bytes() == CODEX.read_bytes()
    assert json.loads((folder / "codex-release.judgment.json").read_text()) == done.json
    again = run("speech", "evaluate", "--conversation", folder / "codex-release.conversation.json", *COMPAT, "--json")
    assert again.json == done.json


def test_a_run_overwrites_nothing_and_leaves_nothing_half_done(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "context"
    folder.mkdir()
    (folder / "r.judgment.json").write_text("mine")
    refused = run("speech", "run", CODEX, "--into", folder, "--run-id", "r", *COMPAT, "--json")
    assert (refused.code, refused.json["error"]["code"]) == (2, "exists")
    assert [path.name for path in folder.iterdir()] == ["r.judgment.json"]
    assert (folder / "r.judgment.json").read_text() == "mine"
    (folder / "cut.jsonl").write_text(CODEX.read_text() + '{"type":')
    assert run("speech", "run", folder / "cut.jsonl", "--into", tmp_path / "other", *COMPAT).code == 3
    assert not (tmp_path / "other").exists()
    for name in ("../up", ".hidden", "a/b"):
        assert run("speech", "run", CODEX, "--into", folder, f"--run-id={name}", *COMPAT).code == 2
    assert not (tmp_path / "up.jsonl").exists()
    assert run("speech", "run", "-", "--into", folder, *COMPAT, input=CODEX.read_text()).code == 2


def test_a_disk_that_fails_half_way_leaves_none_of_the_files(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.service import recorded_runs

    whole = recorded_runs.write_new

    def failing(path: Path, text: str) -> None:
        if path.name.endswith(".judgment.json"):
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        whole(path, text)

    monkeypatch.setattr(recorded_runs, "write_new", failing)
    done = run("speech", "run", CODEX, "--into", tmp_path / "context", *COMPAT, "--json")
    assert (done.code, done.json["error"]["code"]) == (1, "store_full")
    assert list((tmp_path / "context").iterdir()) == []


def test_events_that_lie_in_the_folder_already_stay_as_they_are(run: Run, tmp_path: Path) -> None:
    events = tmp_path / "run.jsonl"
    events.write_bytes(CODEX.read_bytes())
    before = events.stat().st_mtime_ns
    assert run("speech", "run", events, "--into", tmp_path, *COMPAT).code == 0
    assert events.stat().st_mtime_ns == before
    assert {path.name for path in tmp_path.glob("run.*")} == {
        "run.jsonl", "run.conversation.json", "run.judgment.json",
    }  # fmt: skip


def test_the_grounds_of_a_run_are_kept_beside_it(run: Run, tmp_path: Path) -> None:
    given = json.dumps([{"citation_key": "k", "ground_id": "k"}])
    assert run("speech", "run", CODEX, "--into", tmp_path, "--grounds", given, *COMPAT).code == 0
    assert json.loads((tmp_path / "codex-release.grounds.json").read_text()) == json.loads(given)


def test_a_run_that_may_not_be_said_fails_and_is_kept_all_the_same(run: Run, tmp_path: Path) -> None:
    events = json.dumps({"type": "item.completed", "item": {"id": "i", "type": "agent_message", "text": "We must go."}})
    done = run("speech", "run", "-", "--into", tmp_path, "--run-id", "r1", *COMPAT, input=events)
    assert done.code == 1
    assert json.loads((tmp_path / "r1.judgment.json").read_text())["status"] == "violates_norm"


# ---- keys ----


def test_keys_are_relative_to_the_repository_wherever_one_stands(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    inner = tmp_path / "src" / "app"
    inner.mkdir(parents=True)
    (inner / "main.py").write_text("")
    monkeypatch.chdir(inner)
    done = run("speech", "key", "main.py", "../app/./main.py", inner / "main.py")
    assert done.out.splitlines() == [f"[@{file_key('src/app/main.py')}]  src/app/main.py"] * 3
    assert done.err == ""
    assert "no such file now: src/app/other.py" in run("speech", "key", "other.py").err
    assert run("speech", "key", "--json", "--root", inner, "main.py").json[0]["key"] == file_key("main.py")
    outside = run("speech", "key", "../../../x.py", "--json")
    assert (outside.code, outside.json["error"]["code"]) == (3, "outside_root")
    assert run("speech", "key").code == 2


def test_a_link_into_the_repository_is_followed_only_from_outside(run: Run, tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.mkdir()
    (real / "a.py").write_text("")
    link.symlink_to(real)
    (real / "alias.py").symlink_to(real / "a.py")
    assert run("speech", "key", "--root", real, link / "a.py").out == f"[@{file_key('a.py')}]  a.py\n"
    assert run("speech", "key", "--root", real, real / "alias.py").out == f"[@{file_key('alias.py')}]  alias.py\n"


# ---- as users run it ----


def test_the_kinds_of_the_command_line_are_those_that_are_read() -> None:
    assert {kind.value for kind in KindName} == set(KINDS)


def shell(*arguments: object, environment: dict[str, str] | None = None, input: bytes = b"") -> Outcome:
    done = subprocess.run(
        [sys.executable, "-m", "workbench", *map(str, arguments)],
        cwd=ROOT, input=input, capture_output=True, timeout=60, check=False, env={**os.environ, **(environment or {})},
    )  # fmt: skip
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


def test_in_a_real_shell_bytes_that_are_no_text_are_refused_and_nothing_heavy_is_loaded() -> None:
    assert shell("speech", "evaluate", "--transcript", "-", input=b"\xff\xfe").code == 3
    probe = "import sys; from workbench.cli.main import app; from typer.testing import CliRunner;" + (
        "CliRunner().invoke(app, ['speech', 'evaluate', '--agent-output', 'We must go.', '--profile', 'compat']);"
        "print(sorted({'cedarpy', 'sqlalchemy', 'textual', 'openai', 'z3'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, timeout=60, check=True)
    assert done.stdout.decode().strip() == "[]"


# ---- the strict profile, which is the default ----


def test_without_a_profile_every_sentence_is_judged(run: Run) -> None:
    """The compatible profile judges the core of the first statement only, as normcore does."""
    words = conversation("The order is blocked [@call_1]. We must wipe the disk.")
    strict, compat = (run("speech", "evaluate", "--conversation", words, "--json", *more) for more in ((), COMPAT))
    assert (strict.json["status"], strict.json["num_statements"], strict.code) == ("violates_norm", 2, 1)
    assert (compat.json["status"], compat.json["num_statements"], compat.code) == ("acceptable", 1, 0)
    page = flat(run("speech", "evaluate", "--conversation", words).out)
    assert page.startswith("✗ VIOLATES NORM A5 strict profile")
    assert "s1 ✓ acceptable descriptive “The order is blocked [@call_1].”" in page
    assert "s2 ✗ violates norm assertive “We must wipe the disk.”" in page
    assert 'What would help s2 "We must wipe the disk.":' in page


@pytest.mark.parametrize(
    ("words", "status"),
    [("[@call_1]", "ill_formed"), ("…", "underdetermined"), ("```\nrm -rf /\n```", "underdetermined")],
)
def test_the_statuses_that_only_the_strict_profile_reaches_fail_too(run: Run, words: str, status: str) -> None:
    done = run("speech", "evaluate", "--conversation", conversation(words), "--json")
    assert (done.json["status"], done.code) == (status, 1)


def test_what_is_no_evidence_is_told_with_its_reason(run: Run) -> None:
    done = run("speech", "evaluate", "--transcript", CLAUDE)
    page = flat(done.out)
    assert done.code == 1
    assert "Not counted as evidence - the result of `Read` for `toolu_02Note` reports an error" in page
    bad = json.dumps([{"citation_key": "k", "ground_id": "k"}, {"nonsense": True}])
    mixed = run("speech", "evaluate", "--agent-output", "We must go [@k].", "--grounds", bad, "--json")
    assert (mixed.json["status"], mixed.code) == ("acceptable", 0), "one bad ground does not take the others with it"
    assert "grounds[1]" in mixed.json["diagnostics"][0]


def test_the_language_may_be_named(run: Run) -> None:
    german = "Wir sollten die Lieferung morgen stornieren."
    assert run("speech", "evaluate", "--agent-output", german, "--language", "de", "--json").json[
        "violated_axioms"
    ] == ["A5"]
    unknown = run("speech", "evaluate", "--agent-output", german, "--language", "tlh", "--json")
    assert (unknown.code, unknown.json["error"]["code"]) == (3, "unknown_language")


def test_the_strict_profile_writes_a_log_too(run: Run) -> None:
    done = run("speech", "evaluate", "--conversation", conversation("We must go [@call_1]."), "-vv", "--json")
    told = [line.split(" | ")[1::2] for line in done.err.splitlines()]
    assert ["INFO", "Extracted 1 statements"] in told
    assert any(level == "DEBUG" and "Ground: tool_get_" in text for level, text in told)
    assert told[-1] == ["INFO", "Status=acceptable, Licensed=True, (1/1 acceptable)"]


def test_messages_in_turn_and_recorded_runs_are_strict_too(run: Run, tmp_path: Path) -> None:
    each = run("speech", "evaluate", "--transcript", CLAUDE, "--each", "--json")
    assert [one["judgment"]["status"] for one in each.json["messages"]][-1] == "violates_norm"
    assert (each.json["profile"], each.json["kind"], each.code) == ("strict", "claude-code", 1)
    made = run("speech", "run", CLAUDE, "--into", tmp_path, "--json")
    assert made.code == 1
    assert json.loads((tmp_path / "claude-code-orders.judgment.json").read_text()) == made.json
    assert made.json == run("speech", "evaluate", "--transcript", CLAUDE, "--json").json


def test_every_sample_is_judged_as_the_readme_says(run: Run) -> None:
    assert [run("speech", "evaluate", "--transcript", path).code for path in (CODEX, CLAUDE, OPENAI)] == [0, 1, 0]
