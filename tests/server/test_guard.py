"""The guard alone: no Host header but those of this server, no body that trickles for ever, no failure that answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.compat.normsync import guard
from workbench.compat.normsync.guard import LOOPBACK, Guard, host_name, names

ODD = st.text(st.sampled_from("localhost127.0.0.1:[]@/# evil.example\x00ß%"), max_size=24)


def told(app: Any, headers: list[tuple[bytes, bytes]], messages: Iterator[dict[str, Any]], **how: Any) -> Any:
    """What the guard answers: (status, document), or what the application answered."""
    sent: list[Any] = []

    async def receive() -> Any:
        try:
            return next(messages)
        except StopIteration:
            await asyncio.sleep(3600)

    async def send(message: Any) -> None:
        sent.append(message)

    async def ask() -> None:
        scope = {"type": "http", "method": "POST", "path": "/", "headers": headers}
        await Guard(app, allowed=names(LOOPBACK), **how)(scope, receive, send)

    asyncio.run(ask())
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


async def reached(scope: Any, receive: Any, send: Any) -> None:
    message = await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": message["body"]})


@given(host=ODD, origin=st.none() | ODD)
def test_only_this_server_s_names_and_pages_come_through(host: str, origin: str | None) -> None:
    headers = [(b"host", host.encode("utf-8"))]
    headers += [] if origin is None else [(b"origin", origin.encode("utf-8"))]
    status, _ = told(reached, headers, iter([{"type": "http.request", "body": b"x"}]))
    seen = host.encode("utf-8").decode("latin-1")
    name = host_name(seen)
    allowed = name in LOOPBACK
    if origin is not None:  # the same authority, spelled out here a second time
        said = origin.encode("utf-8").decode("latin-1").lower()
        allowed = allowed and said in (f"http://{seen.lower()}", f"https://{seen.lower()}")
    assert (status == 200) == allowed
    if allowed:  # whatever is let through begins as one of the three does, and goes on with a port at most
        rest = seen.strip().lower().removeprefix("localhost").removeprefix("127.0.0.1").removeprefix("[::1]")
        assert rest.strip(".") == "" or rest.lstrip(".")[0] == ":"


def test_a_body_in_pieces_arrives_as_one_and_too_many_do_not() -> None:
    host = [(b"host", b"localhost")]
    pieces = [{"type": "http.request", "body": b"ab", "more_body": True}, {"type": "http.request", "body": b"cd"}]
    assert told(reached, host, iter(pieces)) == (200, b"abcd")
    status, body = told(reached, host, iter(pieces), max_body=3)
    assert (status, json.loads(body)["code"]) == (413, "too_large")
    for length in (b"4", b"9" * 30, b"-1", b"4_0", b"\xb2"):
        status, _ = told(reached, [*host, (b"content-length", length)], iter(pieces), max_body=3)
        assert status == 413, length


def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "BODY_SECONDS", 0.05)
    begun = iter([{"type": "http.request", "body": b"a", "more_body": True}])
    status, body = told(reached, [(b"host", b"localhost")], begun)
    assert (status, json.loads(body)["code"]) == (408, "body_timeout")


def test_a_failure_is_a_500_unless_an_answer_had_begun() -> None:
    async def failing(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("/srv/hidden")

    async def halfway(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b'{"outcome": ', "more_body": True})
        raise RuntimeError("/srv/hidden")

    status, body = told(failing, [(b"host", b"localhost")], iter([{"type": "http.request", "body": b""}]))
    assert (status, json.loads(body)["code"]) == (500, "failed")
    assert b"hidden" not in body
    with pytest.raises(RuntimeError):  # the connection breaks: half an answer must not look like a whole one
        told(halfway, [(b"host", b"localhost")], iter([{"type": "http.request", "body": b""}]))
