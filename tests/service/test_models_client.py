"""The client against a real OpenAI-compatible server behind litellm: every way to fail, to hang and to be stopped."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from tests.contracts.source_tree import ROOT
from tests.service.model_server import Behaviour, ModelServer, raw, redirects, says, serving, status
from workbench.analysis.stop import Stop, Stopped
from workbench.service.model_client import Client
from workbench.service.model_config import ModelSettings
from workbench.service.model_failures import ModelError

KEY = "sk-a-key-that-must-stay-secret"
PROMPT = "a prompt that must stay secret"
MESSAGES = ({"role": "user", "content": PROMPT},)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with serving() as model:
        yield model


@pytest.fixture
def client(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Client]:
    monkeypatch.setenv("TINY_KEY", KEY)

    def make(**settings: Any) -> Client:
        wanted = {"model": "openai/tiny", "base_url": server.url, "key_env": "TINY_KEY", "timeout": 20.0, **settings}
        return Client(ModelSettings.model_validate(wanted))

    make()
    return make


def failing(client: Client) -> ModelError:
    with pytest.raises(ModelError) as caught:
        client.ask(MESSAGES)
    return caught.value


def test_an_answer_is_streamed_and_counted(server: ModelServer, client: Callable[..., Client]) -> None:
    server.script(says("hello, world", piece=3))
    pieces: list[str] = []
    answer = client().ask(MESSAGES, tell=pieces.append)
    assert answer.text == "hello, world" == "".join(pieces)
    assert len(pieces) == 4
    assert (answer.prompt_tokens, answer.completion_tokens) == (1000, 50)
    assert answer.cost == ""  # nobody knows what a model at an address of one's own costs
    assert not answer.cut
    (asked,) = server.got
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.body["model"] == "tiny"
    assert asked.body["temperature"] == 0
    assert asked.prompt == PROMPT


def test_the_price_list_in_the_package_says_the_cost(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the provider's own address; its variables say where that is, so that nothing leaves this machine here."""
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.setenv("OPENAI_API_BASE", server.url)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    server.script(says("yes"))
    answer = Client(ModelSettings.model_validate({"model": "openai/gpt-4o-mini"})).ask(MESSAGES)
    assert float(answer.cost) == pytest.approx(1000 * 0.15e-6 + 50 * 0.6e-6)
    assert server.got[0].headers["authorization"] == f"Bearer {KEY}"


def test_a_key_of_the_provider_never_goes_to_an_address_of_ones_own(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    server.script(says("yes"))
    Client(ModelSettings.model_validate({"model": "openai/tiny", "base_url": server.url})).ask(MESSAGES)
    assert KEY not in str(server.got[0].headers)


def test_the_end_of_its_room_is_told(server: ModelServer, client: Callable[..., Client]) -> None:
    server.script(says('{"sentences": ["A', finish="length"))
    assert client().ask(MESSAGES).cut


FAILURES: list[tuple[Behaviour, str]] = [
    (status(401, f"bad key {KEY}"), "model_unauthorized"),
    (status(403, f"not you {KEY}"), "model_unauthorized"),
    (status(404, f"no model {PROMPT}"), "model_unknown"),
    (status(400, f"bad: {PROMPT}"), "model_rejected"),
    (status(409, f"bad: {PROMPT}"), "model_rejected"),
    (status(429, f"slow down {PROMPT}"), "model_rate_limited"),
    (status(500, f"broken {PROMPT}"), "model_failed"),
    (status(503, f"busy {PROMPT}"), "model_failed"),
    (raw(b"data: {not json\n\n"), "model_garbage"),
    (raw(b"data: [1, 2]\n\ndata: [DONE]\n\n"), "model_garbage"),
    (raw(b'data: {"id": "x", "object": "chat.completion.chunk", "choices": []}\n\n'), "model_garbage"),
    (says("no", finish="content_filter"), "model_refused"),
    (redirects("http://127.0.0.2:9/v1/chat/completions"), "model_redirected"),
]


@pytest.mark.parametrize(("behaviour", "code"), FAILURES, ids=[f"{n}-{code}" for n, (_, code) in enumerate(FAILURES)])
def test_a_failure_has_a_code_and_repeats_nothing(
    server: ModelServer, client: Callable[..., Client], behaviour: Behaviour, code: str, caplog: Any, capfd: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    server.script(behaviour)
    error = failing(client())
    assert error.code == code
    assert error.detail
    assert error.hint
    assert len(server.got) == 1, "nothing is tried again behind one's back"
    told = "".join(traceback.format_exception(error)) + repr(error.to_dict()) + caplog.text
    told += "".join(capfd.readouterr())
    assert KEY not in told
    assert PROMPT not in told


@pytest.mark.parametrize("body", [b"", b"<html>hello</html>", b"\x00\xff\xfe" * 100], ids=["empty", "html", "bytes"])
def test_what_is_no_stream_is_an_empty_answer_at_most(
    server: ModelServer, client: Callable[..., Client], body: bytes
) -> None:
    server.script(raw(body))
    outcome: str
    try:
        outcome = client().ask(MESSAGES).text
    except ModelError as failure:
        outcome = failure.code
    assert outcome in ("", "model_garbage")


def test_how_long_to_wait_is_told(server: ModelServer, client: Callable[..., Client]) -> None:
    server.script(status(429, headers={"Retry-After": "7"}), status(429, headers={"Retry-After": "soon"}))
    assert failing(client()).retry_after == 7.0
    assert failing(client()).retry_after is None


def test_nobody_listens(client: Callable[..., Client], server: ModelServer) -> None:
    error = failing(client(base_url="http://127.0.0.1:1/v1"))
    assert error.code == "model_unreachable"
    assert not server.got


def test_a_name_without_a_provider(client: Callable[..., Client], server: ModelServer) -> None:
    assert failing(Client(ModelSettings.model_validate({"model": "no-such-provider/x"}))).code == "model_unknown"
    assert not server.got


@pytest.mark.parametrize("way", ["hang", "drip"])
def test_the_time_is_limited_as_a_whole(server: ModelServer, client: Callable[..., Client], way: str) -> None:
    """A server that sends a word now and then is as late as one that says nothing."""
    server.script(says("warm"), getattr(server, way))
    client().ask(MESSAGES)
    began = time.monotonic()
    error = failing(client(timeout=1.0))
    assert time.monotonic() - began < 2.5
    assert error.code in ("model_timeout", "model_garbage")  # litellm itself gives up on one word said over and over
    assert server.hung_up.wait(2), "the connection was left open"


@pytest.mark.parametrize("way", ["flood", "one_line"])
def test_an_answer_without_end_is_not_read_to_its_end(
    server: ModelServer, client: Callable[..., Client], way: str
) -> None:
    server.script(getattr(server, way))
    error = failing(client())
    assert error.code == "model_too_large"
    assert server.hung_up.wait(2)
    assert server.sent < 40_000_000


@pytest.mark.parametrize("way", ["hang", "drip"])
def test_a_stop_closes_the_stream_at_once(server: ModelServer, client: Callable[..., Client], way: str) -> None:
    server.script(says("warm"), getattr(server, way))
    client().ask(MESSAGES)
    stop, heard = Stop(), Event()
    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.append(client().ask(MESSAGES, stop=stop, tell=lambda _: heard.set()))
        except BaseException as error:
            outcome.append(error)

    thread = Thread(target=run)
    thread.start()
    if way == "drip":
        assert heard.wait(10)
    else:
        _until(lambda: len(server.got) == 2)
    time.sleep(0.1)
    asked = time.monotonic()
    stop.set()
    thread.join(5)
    assert time.monotonic() - asked < 0.5
    assert server.hung_up.wait(2)
    assert server.hung_up_at - asked < 0.5
    assert isinstance(outcome[0], Stopped)
    with pytest.raises(Stopped):
        client().ask(MESSAGES, stop=stop)
    assert len(server.got) == 2, "what is stopped asks nothing"


OTHERS = ["openai/x", "anthropic/x", "ollama_chat/x", "mistral/x", "gemini/x", "groq/x", "hosted_vllm/x"]


@pytest.mark.parametrize("name", OTHERS)
def test_no_provider_is_led_elsewhere(server: ModelServer, client: Callable[..., Client], name: str) -> None:
    with serving() as elsewhere:
        elsewhere.usual = says("I am another")
        server.usual = redirects(f"{elsewhere.url}/chat/completions")
        error = failing(client(model=name))
        assert error.code == "model_redirected"
        assert not elsewhere.got
    assert len(server.got) == 1


@pytest.mark.parametrize("name", OTHERS)
def test_every_provider_stops_at_once(server: ModelServer, client: Callable[..., Client], name: str) -> None:
    server.script(status(401))
    assert failing(client(model=name)).code == "model_unauthorized"
    server.usual = server.hang
    stop, ended = Stop(), Event()

    def run() -> None:
        with pytest.raises(Stopped):
            client(model=name).ask(MESSAGES, stop=stop)
        ended.set()

    Thread(target=run, daemon=True).start()
    _until(lambda: len(server.got) == 2)
    began = time.monotonic()
    stop.set()
    assert ended.wait(5)
    assert server.hung_up.wait(2)
    assert server.hung_up_at - began < 0.5


@pytest.mark.parametrize("name", ["groq/x", "hosted_vllm/x"])
def test_no_provider_is_read_for_ever(server: ModelServer, client: Callable[..., Client], name: str) -> None:
    server.usual = server.one_line
    assert failing(client(model=name)).code == "model_too_large"
    assert server.hung_up.wait(2)
    assert server.sent < 40_000_000


def test_many_at_once_do_not_mix(server: ModelServer, client: Callable[..., Client]) -> None:
    def echo(handler: Any, asked: Any) -> None:
        says(asked.last[::-1], piece=2, pause=0.002)(handler, asked)

    server.usual = echo
    one = client()
    told: dict[int, Any] = {}

    def ask(n: int) -> None:
        pieces: list[str] = []
        answer = one.ask(({"role": "user", "content": f"number {n}"},), tell=pieces.append)
        told[n] = (answer.text, "".join(pieces))

    threads = [Thread(target=ask, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert told == {n: (f"number {n}"[::-1],) * 2 for n in range(12)}


def test_a_client_shows_no_key(client: Callable[..., Client]) -> None:
    assert KEY not in repr(client())
    assert KEY not in repr(client().settings)


ALONE = """
import socket, sys
sys.path.insert(0, {root!r})
from tests.service.model_server import says, serving
seen = []
with serving() as server:
    allowed = ("127.0.0.1", server.port)
    connect, look_up = socket.socket.connect, socket.getaddrinfo
    def connecting(self, address):
        seen.append(address)
        assert address[:2] == allowed, f"connects to {{address}}"
        return connect(self, address)
    def looking(host, port, *rest, **more):
        assert (host if isinstance(host, str) else host.decode()) == "127.0.0.1", f"looks up {{host}}"
        return look_up(host, port, *rest, **more)
    def refuse(*a, **k):
        raise AssertionError(f"another way out: {{a}}")
    socket.socket.connect = connecting
    socket.socket.connect_ex = socket.socket.sendto = socket.create_connection = refuse
    socket.getaddrinfo = looking
    socket.gethostbyname = refuse
    from workbench.service.model_client import Client
    from workbench.service.model_config import ModelSettings
    server.script(says("one"), says("two"))
    client = Client(ModelSettings.model_validate({{"model": "openai/tiny", "base_url": server.url}}))
    for word in ("one", "two"):
        assert client.ask(({{"role": "user", "content": "x"}},)).text == word
    import time; time.sleep(1.0)  # what would be sent behind our back has a second for it
    assert len(server.got) == 2 and seen and set(a[:2] for a in seen) == {{allowed}}, seen
    import os
    assert "PLANTED" not in os.environ, "a .env file was read"
    print("alone")
"""


def test_nothing_is_contacted_but_the_configured_model(tmp_path: Path) -> None:
    """In a fresh interpreter, import of litellm included, with every other way out closed; a `.env` lies in the way."""
    (tmp_path / ".env").write_text("PLANTED=1\nOPENAI_API_KEY=sk-planted\n", encoding="utf-8")
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "WORKBENCH_CONFIG": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", ALONE.format(root=str(ROOT))],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout == "alone\n"
    assert done.stderr == ""


def test_without_litellm_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    script = (
        "import sys; sys.modules['litellm'] = None\n"
        "from workbench.service.model_client import Client\n"
        "from workbench.service.model_config import ModelSettings\n"
        "from workbench.service.errors import WorkbenchError\n"
        "try:\n    Client(ModelSettings.model_validate({'model': 'openai/x'})).ask(())\n"
        "except WorkbenchError as error:\n    print(error.code, error.hint)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.startswith("model_not_installed ")
    assert "constitution-workbench[model]" in done.stdout


def test_litellm_is_loaded_by_a_question_alone() -> None:
    script = (
        "import sys\nimport workbench.service.models, workbench.service.model_client\n"
        "from workbench.service.model_config import ModelSettings\n"
        "workbench.service.model_client.Client(ModelSettings.model_validate({'model': 'openai/x'}))\n"
        "print(sorted({'litellm', 'openai', 'httpx', 'aiohttp', 'tiktoken'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "[]\n"


def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)
