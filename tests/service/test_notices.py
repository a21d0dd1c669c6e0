"""Notices: once each in the outbox, at least once at every channel, under one id, and without a word too much."""

from __future__ import annotations

import hashlib
import hmac
import json
import multiprocessing
import os
import socket
import sqlite3
import ssl
import stat
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.service.conftest import CONTEXT, FACTS, Ask, ticket
from tests.service.receiver import Receiver, answer, receiving
from workbench.engine.request import Request
from workbench.service import delivery
from workbench.service import notices as module
from workbench.service.clock import FrozenClock, SystemClock, micros
from workbench.service.deliverer import Deliverer
from workbench.service.errors import WorkbenchError
from workbench.service.notice_views import NoticeView
from workbench.service.views import Credential
from workbench.service.workspace import Workspace
from workbench.store import notices as store
from workbench.store.feed import FeedRow

QUICK = 0.4  # seconds for an attempt, where a test waits for its end


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as opened:
        yield opened


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same code with less patience, so that tests of the impatient parts are quick."""
    whole = delivery.send
    monkeypatch.setattr(module, "send", lambda target, body, key: whole(target, body, key, QUICK))


def queue(workspace: Workspace, subject: str = "case-1", **more: Any) -> bool:
    given: dict[str, Any] = {"kind": "case", "subject": subject, "dedupe": subject, "at": 1_772_442_000_000_000} | more
    with workspace._session.write() as connection:
        return store.queue(connection, **given)


def notice(workspace: Workspace) -> NoticeView:
    """The only one."""
    (found,) = workspace.notices.list()
    return found


def refused(act: Callable[[], object]) -> WorkbenchError:
    with pytest.raises(WorkbenchError) as caught:
        act()
    return caught.value


# ---- the outbox ------------------------------------------------------------------------------------------------------


def test_one_happening_is_one_notice(workspace: Workspace) -> None:
    assert queue(workspace)
    assert not queue(workspace, subject="other", dedupe="case-1")
    assert queue(workspace, kind="stop", dedupe="case-1")  # another kind of happening under the same name
    assert [(n.kind, n.subject, n.state) for n in workspace.notices.list()] == [
        ("stop", "case-1", "waiting"),
        ("case", "case-1", "waiting"),
    ]


@pytest.mark.parametrize("name", ["x" * 5000, "\ud800", "a\0"])
def test_a_happening_of_any_name_is_told_once(workspace: Workspace, name: str) -> None:
    """Names are made of rule ids and agents, which are anybody's; one that is cut short would swallow another."""
    assert queue(workspace, dedupe=name)
    assert not queue(workspace, dedupe=name)
    assert queue(workspace, dedupe=name + "y")
    assert len(workspace.notices.list()) == 2


def test_a_notice_stands_or_falls_with_its_happening(workspace: Workspace) -> None:
    def undone() -> None:
        with workspace._session.write() as connection:
            store.queue(connection, kind="case", subject="c", dedupe="c", at=0)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        undone()
    assert workspace.notices.list() == ()
    assert queue(workspace, "c")


def test_only_names_are_kept_of_what_is_told_beside_it(workspace: Workspace, receiver: Receiver) -> None:
    workspace.notices.add_webhook(receiver.url)
    told = {"procedure": "refunds", "stage": 1, "context": {"iban": "SECRET"}, "e-mail": "SECRET", "why": "SECRET"}
    queue(workspace, detail=told | {"rule": ["SECRET"], "agent": "\ud800\0x"})
    workspace.notices.deliver()
    assert notice(workspace).about == {"procedure": "refunds", "stage": 1, "agent": "?\ufffdx"}
    assert b"SECRET" not in receiver.got[0].body


def test_an_unknown_kind_is_a_mistake_of_the_program(workspace: Workspace) -> None:
    with pytest.raises(ValueError, match="gossip"):
        queue(workspace, kind="gossip")


# ---- what arrives ----------------------------------------------------------------------------------------------------


def test_the_event_is_as_documented(workspace: Workspace, receiver: Receiver) -> None:
    workspace.notices.add_webhook(receiver.url + "/hook?token=t", "shared secret")
    queue(workspace, detail={"procedure": "refunds"})
    report = workspace.notices.deliver()
    assert (report.delivered, report.waiting, report.failures) == (1, 0, ())
    (got,) = receiver.got
    assert got.path == "/hook?token=t"
    assert got.headers["Content-Type"] == "application/cloudevents+json; charset=utf-8"
    key = hashlib.sha256(b"swarm-test|case|case-1").hexdigest()[:32]
    assert got.event == {
        "specversion": "1.0",
        "id": key,
        "source": "urn:concord:swarm:swarm-test",
        "type": "concord.notice.case",
        "subject": "case-1",
        "time": "2026-03-02T09:00:00Z",
        "datacontenttype": "application/json",
        "data": {"procedure": "refunds", "swarm": "swarm-test", "kind": "case", "open": "cases"},
    }
    assert got.key == key
    expected = hmac.new(b"shared secret", got.body, "sha256").hexdigest()
    assert got.headers["X-Concord-Signature"] == f"sha256={expected}"
    assert workspace.notices.deliver().delivered == 0
    assert len(receiver.got) == 1


def test_a_held_request_tells_its_case_and_nothing_of_the_request(
    workspace: Workspace, receiver: Receiver, ask: Ask
) -> None:
    """End to end: the case of a refund that waits for approval, without amount, recipient or ticket."""
    workspace.notices.add_webhook(receiver.url)
    held = ask(agent="jonas", action="issue_refund", context=CONTEXT | {"amount": 777, "recipient": "li@example.org"})
    assert held.decision.outcome == "hold"
    workspace.notices.deliver()
    assert [got.event["type"] for got in receiver.got] == ["concord.notice.case"]
    assert [got.event["subject"] for got in receiver.got] == list(held.cases)
    for secret in (b"li@example.org", b"amount", b"T-1"):
        assert secret not in receiver.got[0].body
    assert 777 not in receiver.got[0].event["data"].values()


# ---- at least once ---------------------------------------------------------------------------------------------------


def test_a_failure_is_tried_again_under_the_same_id(
    workspace: Workspace, receiver: Receiver, clock: FrozenClock
) -> None:
    workspace.notices.add_webhook(receiver.url)
    queue(workspace)
    receiver.next.append(answer(500))
    report = workspace.notices.deliver()
    assert [(f.code, f.shown) for f in report.failures] == [("bad_status", receiver.url)]
    assert (report.delivered, report.waiting) == (0, 1)
    assert workspace.notices.deliver().failures == ()  # not before its time
    clock.advance(6)
    assert workspace.notices.deliver().delivered == 1
    assert len(set(receiver.keys)) == 1
    assert (len(receiver.keys), notice(workspace).state, notice(workspace).attempts) == (2, "delivered", 2)


def test_the_wait_doubles_and_has_an_end(workspace: Workspace, receiver: Receiver, clock: FrozenClock) -> None:
    workspace.notices.add_webhook(receiver.url)
    queue(workspace)
    receiver.usual = answer(503)
    waits = []
    for _ in range(14):
        assert workspace.notices.deliver().waiting == 1
        with workspace._session.read() as connection:
            (row,) = store.listing(connection)
        waits.append((row.next_at - micros(clock.now())) / 1e6)
        clock.advance(waits[-1] + 0.001)
    assert waits[:4] == [5, 10, 20, 40]
    assert waits == sorted(waits)
    assert set(waits[10:]) == {3600}
    receiver.usual = answer(200)
    assert workspace.notices.deliver().delivered == 1


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        ("hang", "timed_out"),
        ("drip", "timed_out"),
        ("die", "unreachable"),
        ("garbage", "no_http"),
        ("headers_without_end", "no_http"),
        ("redirect", "redirected"),
        ("404", "bad_status"),
    ],
)
def test_a_bad_receiver_costs_little_and_loses_nothing(
    workspace: Workspace, receiver: Receiver, clock: FrozenClock, behaviour: str, code: str
) -> None:
    elsewhere = {"Location": f"{receiver.url}/elsewhere"}
    made = {"redirect": answer(307, headers=elsewhere), "404": answer(404)}
    receiver.next.append(made[behaviour] if behaviour in made else getattr(receiver, behaviour))
    workspace.notices.add_webhook(f"{receiver.url}/secret-path?k=secret-key")
    queue(workspace)
    begun = time.monotonic()
    (failure,) = workspace.notices.deliver().failures
    assert time.monotonic() - begun < QUICK * 5
    assert failure.code == code
    assert "secret" not in repr(failure) + notice(workspace).failure
    assert [got.path for got in receiver.got] == ["/secret-path?k=secret-key"]  # a redirect was not followed
    clock.advance(6)
    assert workspace.notices.deliver().delivered == 1
    assert len(set(receiver.keys)) == 1


@pytest.mark.usefixtures("quick")
def test_an_answer_without_end_is_not_read_to_its_end(workspace: Workspace, receiver: Receiver) -> None:
    receiver.next.append(receiver.flood)
    workspace.notices.add_webhook(receiver.url)
    queue(workspace)
    begun = time.monotonic()
    assert workspace.notices.deliver().delivered == 1
    assert time.monotonic() - begun < QUICK * 5


def test_nobody_there_is_tried_once_a_round_for_all_that_wait(workspace: Workspace, clock: FrozenClock) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused
        workspace.notices.add_webhook(f"http://127.0.0.1:{taken.getsockname()[1]}")
        for number in range(5):
            queue(workspace, f"case-{number}")
        calls = []
        whole = delivery._post

        def counted(*given: Any) -> None:
            calls.append(given)
            whole(*given)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(delivery, "_post", counted)
            report = workspace.notices.deliver()
        assert [failure.code for failure in report.failures] == ["unreachable"] * 5
        assert len(calls) == 1
    with receiving() as receiver:
        workspace.notices.remove_channel(workspace.notices.channels()[0].id)
        workspace.notices.add_webhook(receiver.url)
        clock.advance(6)
        workspace.notices.deliver()
    assert {n.state for n in workspace.notices.list()} == {"unheard"}  # queued before this channel was added


def test_one_channel_that_fails_keeps_nothing_from_another(
    workspace: Workspace, receiver: Receiver, clock: FrozenClock
) -> None:
    """And the one that has it is not told again."""
    workspace.notices.add_webhook(f"{receiver.url}/good")
    workspace.notices.add_webhook(f"{receiver.url}/bad")
    queue(workspace)
    receiver.next += [answer(200), answer(500)]
    assert workspace.notices.deliver().waiting == 1
    clock.advance(6)
    assert workspace.notices.deliver().delivered == 1
    assert [got.path for got in receiver.got] == ["/good", "/bad", "/bad"]


def test_a_notice_that_is_never_taken_holds_up_no_other(workspace: Workspace, receiver: Receiver) -> None:
    workspace.notices.add_webhook(receiver.url)
    for name in ("poison", "fine"):
        queue(workspace, name)
    receiver.next.append(answer(400))
    report = workspace.notices.deliver()
    assert (report.delivered, report.waiting) == (1, 1)
    assert [got.event["subject"] for got in receiver.got] == ["poison", "fine"]


def test_a_death_between_sending_and_marking_sends_it_again_under_the_same_id(
    workspace: Workspace, receiver: Receiver, place: Path, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.notices.add_webhook(receiver.url)
    queue(workspace)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module.Notices, "_mark", killed)
    with pytest.raises(KeyboardInterrupt):
        workspace.notices.deliver()
    monkeypatch.undo()
    assert notice(workspace).state == "waiting"
    with Workspace.open(place, clock=clock) as other:
        assert other.notices.deliver().delivered == 0  # somebody may still have it in hand
        clock.advance(120)
        assert other.notices.deliver().delivered == 1
    assert len(receiver.keys) == 2
    assert len(set(receiver.keys)) == 1


def test_a_clock_set_back_does_not_put_anything_off(
    workspace: Workspace, receiver: Receiver, clock: FrozenClock
) -> None:
    workspace.notices.add_webhook(receiver.url)
    queue(workspace)
    receiver.next.append(answer(500))
    workspace.notices.deliver()
    clock.set_back(365 * 86400)
    assert workspace.notices.deliver().delivered == 1


def test_many_deliverers_lose_nothing_and_repeat_nothing(workspace: Workspace, receiver: Receiver, place: Path) -> None:
    """Threads of one process, each with a workspace of its own: nobody dies, so nothing is sent twice."""
    workspace.notices.add_webhook(receiver.url)
    for number in range(24):
        queue(workspace, f"case-{number}")
    barrier = Barrier(4)

    def work() -> None:
        with Workspace.open(place, clock=FrozenClock()) as own:
            barrier.wait()
            while own.notices.deliver(limit=7).delivered:
                pass

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    workspace.notices.deliver()
    assert Counter(receiver.keys) == Counter(set(receiver.keys))
    assert sorted(got.event["subject"] for got in receiver.got) == sorted(f"case-{n}" for n in range(24))
    assert {n.state for n in workspace.notices.list()} == {"delivered"}


def _deliver_until_killed(place: str) -> None:
    with Workspace.open(place, clock=SystemClock()) as own:
        while True:
            own.notices.deliver()


@pytest.mark.slow
def test_a_deliverer_killed_at_any_moment_loses_nothing(
    place: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """kill -9, a few times, while it delivers; then one that is left alone finishes. No id stands for two notices."""
    with Workspace.open(place) as workspace:
        workspace.notices.add_webhook(receiver.url)
        for number in range(40):
            queue(workspace, f"case-{number}")
    context = multiprocessing.get_context("spawn")
    for seen in (1, 4, 9):
        process = context.Process(target=_deliver_until_killed, args=(str(place),), daemon=True)
        process.start()
        until = time.monotonic() + 30
        while len(receiver.got) < seen and time.monotonic() < until:
            time.sleep(0.002)
        process.kill()
        process.join(10)
    assert len(receiver.got) >= 9
    monkeypatch.setattr(module.Notices, "_wall", lambda _: micros(SystemClock().now()) + 300_000_000)
    with Workspace.open(place) as workspace:
        workspace.notices.deliver(limit=100)
        assert {n.state for n in workspace.notices.list()} == {"delivered"}
    told = {(got.key, got.event["subject"]) for got in receiver.got}
    assert {subject for _, subject in told} == {f"case-{n}" for n in range(40)}
    assert len(told) == 40
    assert len(receiver.got) <= 43  # at most the one in hand at each death comes twice


# ---- over TLS --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for `localhost` that signs itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(made.public_bytes(Encoding.PEM) + private)
    return path


def test_a_certificate_is_trusted_or_nothing_is_sent(
    workspace: Workspace, certificate: Path, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with receiving(tls) as receiver:
        workspace.notices.add_webhook(receiver.url)
        queue(workspace)
        assert [failure.code for failure in workspace.notices.deliver().failures] == ["bad_certificate"]
        assert receiver.got == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        clock.advance(6)
        assert workspace.notices.deliver().delivered == 1
        assert len(receiver.got) == 1


def test_https_to_a_server_that_has_none(workspace: Workspace, receiver: Receiver) -> None:
    workspace.notices.add_webhook(receiver.url.replace("http:", "https:"))
    queue(workspace)
    assert [failure.code for failure in workspace.notices.deliver().failures] == ["no_tls"]
    assert receiver.got == []


# ---- channels --------------------------------------------------------------------------------------------------------


def test_addresses_and_secrets_are_in_one_private_file_alone(
    workspace: Workspace, place: Path, receiver: Receiver
) -> None:
    view = workspace.notices.add_webhook(f"{receiver.url}/T0PSECRET?key=HUSHHUSH", "WHISPER")
    workspace.notices.add_command([sys.executable, "-c", "pass", "ARGSECRET"])
    assert view.shown == f"{receiver.url}/…"
    assert view.signed
    private = place / "notice-channels.json"
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    shown = repr(workspace.notices.channels()) + repr(workspace.notices._channels.all())
    workspace.close()
    for secret in ("T0PSECRET", "HUSHHUSH", "WHISPER", "ARGSECRET"):
        holders = [path.name for path in place.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]
        assert holders == ["notice-channels.json"]
        assert secret not in shown


def test_who_writes_the_database_alone_makes_nothing_run(workspace: Workspace, place: Path, tmp_path: Path) -> None:
    """A row that names a program is no channel without its half in the private file."""
    touched = tmp_path / "touched"
    row = {"id": "command-x", "kind": "command", "shown": "touch", "after": 0, "added_at": 0}
    raw = sqlite3.connect(place / "workspace.db")
    raw.execute("INSERT INTO settings VALUES ('notice_channels', ?)", (json.dumps([row]),))
    raw.commit()
    raw.close()
    queue(workspace)
    assert [f.code for f in workspace.notices.deliver().failures] == ["no_address"]
    assert workspace.notices.channels()[0].problem
    assert not touched.exists()
    assert workspace.notices.remove_channel("command-x").id == "command-x"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com/hook",
        "ftp://example.com",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://",
        "http:///path",
        "http://user:PASSWORD@example.com",
        "http://user@example.com",
        "http://example.com:0/",
        "http://example.com:99999/",
        "http://example.com:x/",
        "http://exa mple.com",
        "http://example.com/\r\nX-Evil: 1",
        "http://example.com/\n",
        "http://[::1",
        "http://example.com/#part",
        "http://exämple.com",
        "http://example.com/" + "x" * 3000,
    ],
)
def test_an_address_that_cannot_be_posted_to_is_refused_and_not_repeated(workspace: Workspace, url: str) -> None:
    error = refused(lambda: workspace.notices.add_webhook(url))
    assert error.code == "bad_url"
    assert "PASSWORD" not in repr(error.to_dict())
    assert workspace.notices.channels() == ()


def test_a_channel_is_there_once_and_gets_what_comes_after_it(workspace: Workspace, receiver: Receiver) -> None:
    queue(workspace, "before")
    view = workspace.notices.add_webhook(receiver.url)
    assert refused(lambda: workspace.notices.add_webhook(receiver.url, "s")).code == "channel_exists"
    queue(workspace, "after")
    workspace.notices.deliver()
    assert [got.event["subject"] for got in receiver.got] == ["after"]
    assert [(n.subject, n.state) for n in workspace.notices.list()] == [("after", "delivered"), ("before", "unheard")]
    workspace.notices.remove_channel(view.id)
    assert refused(lambda: workspace.notices.remove_channel(view.id)).code == "unknown_channel"
    assert workspace.verify().ok


def test_without_a_channel_nothing_is_lost_or_marked(workspace: Workspace) -> None:
    queue(workspace)
    report = workspace.notices.deliver()
    assert (report.delivered, report.waiting) == (0, 1)
    assert notice(workspace).state == "waiting"


def test_a_test_notice_is_sent_and_not_kept(workspace: Workspace, receiver: Receiver) -> None:
    workspace.notices.add_webhook(receiver.url)
    assert workspace.notices.test().delivered == 1
    receiver.next.append(answer(500))
    assert [failure.code for failure in workspace.notices.test().failures] == ["bad_status"]
    assert [got.event["data"]["kind"] for got in receiver.got] == ["test", "test"]
    assert workspace.notices.list() == ()


# ---- commands --------------------------------------------------------------------------------------------------------


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


def test_a_command_reads_the_event_and_no_shell_reads_its_arguments(workspace: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "got"
    write = "import sys; open(sys.argv[1], 'wb').write(sys.stdin.buffer.read() + sys.argv[2].encode())"
    workspace.notices.add_command(python(write, str(out), "$(echo shell); `id` | x"))
    queue(workspace, "case-$(id)")
    assert workspace.notices.deliver().delivered == 1
    event, _, argument = out.read_text().rpartition("}")
    assert json.loads(event + "}")["subject"] == "case-$(id)"
    assert argument == "$(echo shell); `id` | x"


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import sys; sys.exit(3)", "command_failed"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "command_failed"),
        ("import time; time.sleep(60)", "timed_out"),
    ],
)
def test_a_command_that_fails_is_tried_again(
    workspace: Workspace, clock: FrozenClock, code: str, expected: str
) -> None:
    workspace.notices.add_command(python(code))
    queue(workspace)
    begun = time.monotonic()
    assert [failure.code for failure in workspace.notices.deliver().failures] == [expected]
    assert time.monotonic() - begun < 10
    clock.advance(6)
    assert len(workspace.notices.deliver().failures) == 1
    assert notice(workspace).attempts == 2


@pytest.mark.usefixtures("quick")
def test_a_command_that_hangs_is_ended_with_its_children(workspace: Workspace, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "open(sys.argv[1], 'w').write(str(child.pid))\n"
        "time.sleep(60)"
    )
    workspace.notices.add_command(python(code, str(pid)))
    queue(workspace)
    with pytest.MonkeyPatch.context() as patch:
        whole = delivery.send
        patch.setattr(module, "send", lambda target, body, key: whole(target, body, key, 3.0))
        assert [failure.code for failure in workspace.notices.deliver().failures] == ["timed_out"]
    child = int(pid.read_text())
    for _ in range(100):
        if not alive(child):
            break
        time.sleep(0.02)
    assert not alive(child)


def alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be collected does not."""
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def test_a_program_that_is_not_there(workspace: Workspace, tmp_path: Path, clock: FrozenClock) -> None:
    assert refused(lambda: workspace.notices.add_command(["no-such-program-here"])).code == "no_command"
    assert refused(lambda: workspace.notices.add_command([])).code == "bad_command"
    assert refused(lambda: workspace.notices.add_command(["echo\0"])).code == "bad_command"
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\ncat > /dev/null\n")
    assert refused(lambda: workspace.notices.add_command([str(script)])).code == "no_command"  # not executable
    script.chmod(0o755)
    workspace.notices.add_command([str(script)])
    queue(workspace)
    script.rename(tmp_path / "moved")
    assert [failure.code for failure in workspace.notices.deliver().failures] == ["no_command"]
    (tmp_path / "moved").rename(script)
    clock.advance(6)
    assert workspace.notices.deliver().delivered == 1


# ---- in the background -----------------------------------------------------------------------------------------------


def test_the_deliverer_delivers_what_comes_and_stops(place: Path, receiver: Receiver) -> None:
    with Workspace.open(place) as workspace:
        workspace.notices.add_webhook(receiver.url)
        deliverer = Deliverer(workspace.notices, every=0.02)
        deliverer.start()
        deliverer.start()
        for number in range(3):
            queue(workspace, f"case-{number}")
            until = time.monotonic() + 10
            while len(receiver.got) <= number and time.monotonic() < until:
                time.sleep(0.01)
        deliverer.stop()
        queue(workspace, "late")
        time.sleep(0.1)
        assert [got.event["subject"] for got in receiver.got] == ["case-0", "case-1", "case-2"]


def test_the_deliverer_survives_the_store(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def failing(limit: int) -> None:
        calls.append(limit)
        raise WorkbenchError("the workspace is locked", code="store_locked")

    monkeypatch.setattr(workspace.notices, "deliver", failing)
    deliverer = Deliverer(workspace.notices, every=0.01)
    deliverer.start()
    until = time.monotonic() + 10
    while len(calls) < 3 and time.monotonic() < until:
        time.sleep(0.01)
    deliverer.stop()
    assert len(calls) >= 3
    assert deliverer.error is not None
    assert deliverer.error.code == "store_locked"


# ---- storms ----------------------------------------------------------------------------------------------------------

SECOND = 1_000_000
BEGIN = 1_772_442_000 * SECOND  # a whole ten minutes


def row(rule: str = "budget", agent: str = "nora", *, violation: bool = True) -> FeedRow:
    return FeedRow(1, BEGIN, agent, "reply", "T-1", "deny", "forbidden", rule, violation, "1.0.0")


def storm(workspace: Workspace, rows: list[FeedRow], at: float) -> int:
    """How many storms the workspace tells of, once ``rows`` were recorded at ``at`` seconds."""
    with workspace._session.write() as connection:
        workspace._deciding._storms.check(connection, BEGIN + int(at * SECOND), rows)
    return sum(n.kind == "storm" for n in workspace.notices.list())


def test_a_storm_is_fifty_violations_of_one_rule_by_one_agent_within_a_minute(workspace: Workspace) -> None:
    assert storm(workspace, [row()] * 49, 0) == 0
    assert storm(workspace, [row("other"), row(agent="lotte"), row(violation=False)], 1) == 0
    assert storm(workspace, [row()], 59.9) == 1
    (told,) = workspace.notices.list()
    assert told.about == {"rule": "budget", "agent": "nora", "count": 50}


def test_fifty_over_a_longer_time_are_no_storm(workspace: Workspace) -> None:
    for number in range(120):
        assert storm(workspace, [row()], number * 1.25) == 0
    assert storm(workspace, [row()] * 49, 400) == 0
    assert storm(workspace, [row()] * 49, 460.1) == 0  # the fiftieth from the end is just over a minute back
    assert storm(workspace, [row()], 460.2) == 1


def test_a_storm_is_told_once_in_ten_minutes(workspace: Workspace, place: Path, clock: FrozenClock) -> None:
    for second in range(0, 600, 20):
        assert storm(workspace, [row()] * 50, second) == 1
    with Workspace.open(place, clock=clock) as other:  # another process sees the same storm
        assert storm(other, [row()] * 50, 590) == 1
    assert storm(workspace, [row()] * 50, 601) == 2
    assert storm(workspace, [row(agent="lotte")] * 50, 601) == 3


def test_a_storm_that_many_processes_see_a_little_of(workspace: Workspace, place: Path, clock: FrozenClock) -> None:
    """A violation a second, ten in each of five processes: none of them saw fifty."""
    nora, context = 'Agent::"nora"', CONTEXT | {"estimated_cost": 10_000}
    for number in range(50):
        assert workspace.notices.list() == ()
        if number % 10 == 0:
            one = Workspace.open(place, clock=clock)
        request = Request(nora, 'Action::"reply"', 'Ticket::"T-1"', context)
        decided = one.decide(request, credential=Credential(nora), entities=[ticket()], facts=FACTS).decision
        assert decided.reasons == ("budget",)
        clock.advance(1)
        if number % 10 == 9:
            one.close()
    (told,) = workspace.notices.list()
    assert (told.kind, told.about) == ("storm", {"rule": "budget", "agent": "nora", "count": 50})


def test_counting_takes_bounded_memory(workspace: Workspace) -> None:
    assert storm(workspace, [row(f"rule-{number}") for number in range(10_000)], 0) == 0
    assert len(workspace._deciding._storms._times) <= 4096


def test_the_pid_of_this_test_is_alive() -> None:
    """So that ``alive`` above does tell the two apart."""
    assert alive(os.getpid())
