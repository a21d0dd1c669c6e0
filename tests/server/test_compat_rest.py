"""``serve --compat``: normsync's REST paths, against answers recorded from normsync 0.1.2 itself.

``data/normsync_rest.json`` holds a dialogue with the original (its OpenAPI document without the sentences).
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.serving import SECONDS, Served, Threaded, environment, problem_of, serving_norms

RECORDED = json.loads((Path(__file__).parent / "data" / "normsync_rest.json").read_text())
NORM = {
    "name": "no-attack-in-safe-zone",
    "description": "Attacking is prohibited in safe zones",
    "condition": "safe_zone",
    "prohibited": "attack",
}
HERO = {"agent_id": "hero", "action": "attack", "location": "safe_zone"}


@pytest.fixture(scope="module")
def served() -> Iterator[Threaded]:
    server = serving_norms()
    yield server
    server.stop()


def ask(client: httpx.Client, call: dict[str, Any]) -> httpx.Response:
    body = call["body"]
    if body == "DEEP2000":
        body = "[" * 2000 + "]" * 2000
    if call["as"] == "raw":
        return client.post(call["path"], content=body, headers={"content-type": "application/json"})
    if call["as"] == "text":
        return client.post(call["path"], content=body, headers={"content-type": "text/plain"})
    return client.request(call["method"], call["path"], **({} if body is None else {"json": body}))


def timeless(value: Any) -> Any:
    """Without what follows from the moment of asking; a violation that is there twice once (the original's defect)."""
    if isinstance(value, dict):
        kept = {key: timeless(item) for key, item in value.items()}
        if "action_id" in kept:
            for name in ("id", "action_id", "timestamp"):
                kept.pop(name)
        if "violation_count" in kept:
            kept["violation_count"] = len(kept["violations"])
        return kept
    if isinstance(value, list):
        once = {item["id"]: item for item in value if isinstance(item, dict) and "action_id" in item}
        return [timeless(item) for item in (once.values() if once else value)]
    return value


def test_every_recorded_call_is_answered_as_the_original_answered(served: Threaded) -> None:
    mended = 0
    for call in RECORDED:
        answer = ask(served.client, call)
        if call["status"] == 500:  # where the original failed: a number too long for its store, NaN, half a character
            assert answer.status_code == 422, call
            assert answer.json()["detail"][0]["loc"][0] == "body"
            mended += 1
            continue
        assert answer.status_code == call["status"], call
        if call["path"] == "/openapi.json" or not answer.content:
            continue
        assert timeless(answer.json()) == timeless(call["answer"]), call
    assert mended == 3


def test_openapi_has_the_original_s_shapes(served: Threaded) -> None:
    theirs = next(call["answer"] for call in RECORDED if call["path"] == "/openapi.json")
    ours = served.client.get("/openapi.json").json()
    assert ours["components"]["schemas"] == theirs["components"]["schemas"]
    assert {key: ours["info"][key] for key in ("title", "version")} == theirs["info"]
    assert set(ours["paths"]) - set(theirs["paths"]) == {"/norm/{norm_id}"}
    for path, operations in theirs["paths"].items():
        for method, operation in operations.items():
            mine = ours["paths"][path][method]
            for part in ("operationId", "requestBody", "responses"):
                assert mine.get(part) == operation.get(part), (path, method, part)


def test_ids_are_the_original_s(served: Threaded) -> None:
    norm = served.client.post("/norm", json=NORM).json()
    assert norm["id"] == sha256(b"no-attack-in-safe-zone|safe_zone|attack").hexdigest()[:16]
    before = time.time()
    found = served.client.post("/check", json=HERO).json()["violations"]
    violation = next(each for each in found if each["norm_id"] == norm["id"])
    at = violation["timestamp"]
    assert before <= at <= time.time()
    action = sha256(f"hero|attack|safe_zone|{at}".encode()).hexdigest()[:16]
    assert violation["action_id"] == action
    assert violation["id"] == sha256(f"{norm['id']}|{action}|{at}".encode()).hexdigest()[:16]


def test_a_norm_added_twice_fires_once(served: Threaded) -> None:
    norm = {**NORM, "name": "twice", "condition": "docks", "prohibited": "smuggle"}
    assert served.client.post("/norm", json=norm).json() == served.client.post("/norm", json=norm).json()
    asked = {"agent_id": "orc", "action": "smuggle", "location": "docks"}
    assert served.client.post("/check", json=asked).json()["violation_count"] == 1
    assert [norm["name"] for norm in served.client.get("/norms").json()].count("twice") == 1


def test_delete_repeals_and_adding_again_puts_in_force_again(served: Threaded) -> None:
    norm = {**NORM, "name": "repealed", "condition": "keep", "prohibited": "siege"}
    added = served.client.post("/norm", json=norm).json()
    asked = {"agent_id": "orc", "action": "siege", "location": "keep"}
    assert served.client.delete(f"/norm/{added['id']}").json() == {**added, "active": False}
    assert served.client.post("/check", json=asked).json() == {
        "violation_count": 0,
        "has_violations": False,
        "violations": [],
    }
    assert {**added, "active": False} in served.client.get("/norms").json()
    assert served.client.delete(f"/norm/{added['id']}").status_code == 404
    assert served.client.post("/norm", json=norm).json()["active"] is True
    assert served.client.post("/check", json=asked).json()["violation_count"] == 1


def test_foreign_names_and_foreign_pages_are_refused(served: Threaded) -> None:
    port = served.url.rpartition(":")[2]
    for host in (
        "evil.example",
        f"evil.example:{port}",
        "127.0.0.1.evil.example",
        "localhost:evil",
        "[::1",
        "10.0.0.7",
    ):
        answer = served.client.get("/norms", headers={"host": host})
        assert (answer.status_code, problem_of(answer)["code"]) == (421, "wrong_host"), host
    for host in (f"localhost:{port}", "LOCALHOST", f"[::1]:{port}", f"127.0.0.1:{port}"):
        assert served.client.get("/norms", headers={"host": host}).status_code == 200, host
    for origin in ("http://evil.example", "null", f"http://localhost:{port}", "http://127.0.0.1:1", "file://"):
        answer = served.client.post("/norm", json=NORM, headers={"origin": origin})
        assert (answer.status_code, problem_of(answer)["code"]) == (403, "foreign_origin"), origin
    assert served.client.get("/norms", headers={"origin": served.url}).status_code == 200


def test_a_request_without_a_host_or_with_two_is_refused(served: Threaded) -> None:
    host, port = served.url.removeprefix("http://").split(":")
    for headers in ("", "Host: localhost\r\nHost: evil.example\r\n"):
        with socket.create_connection((host, int(port)), SECONDS) as line:
            line.sendall(f"GET /norms HTTP/1.0\r\n{headers}\r\n".encode())
            status = line.makefile("rb").readline()
        assert status.split()[1] in (b"400", b"421"), (headers, status)


def test_bodies_over_256_kib_are_refused_announced_or_not(served: Threaded) -> None:
    body = json.dumps({**NORM, "name": "large", "description": "x" * 300 * 1024}).encode()
    kind = {"content-type": "application/json"}
    pieces = (body[start : start + 4096] for start in range(0, len(body), 4096))
    for content in (body, pieces):  # with Content-Length, and in chunks without
        answer = served.client.post("/norm", content=content, headers=kind)
        assert (answer.status_code, problem_of(answer)["code"]) == (413, "too_large")
    assert "large" not in [norm["name"] for norm in served.client.get("/norms").json()]
    fits = json.dumps({**NORM, "name": "fits", "description": "x" * 200 * 1024}).encode()
    assert served.client.post("/norm", content=fits, headers=kind).status_code == 200


def test_many_at_once_lose_nothing(served: Threaded) -> None:
    from concurrent.futures import ThreadPoolExecutor

    norm = {**NORM, "name": "crowd", "condition": "square", "prohibited": "riot"}
    served.client.post("/norm", json=norm)

    def act(number: int) -> int:
        asked = {"agent_id": f"n{number}", "action": "riot", "location": "square"}
        return int(served.client.post("/check", json=asked).json()["violation_count"])

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(act, range(40))) == [1] * 40
    stored = {each["agent_id"] for each in served.client.get("/violations").json() if each["norm_name"] == "crowd"}
    assert stored == {f"n{number}" for number in range(40)}


def test_with_a_file_nothing_acknowledged_is_lost_by_kill_9(tmp_path: Path) -> None:
    place = tmp_path / "made" / "norms.db"
    first = Served(tmp_path / "home", "--compat", "--db", place)
    norm = first.client.post("/norm", json=NORM).json()
    violation = first.client.post("/check", json=HERO).json()["violations"][0]
    first.kill()
    second = serving_norms(place)
    try:
        assert second.client.get("/norms").json() == [norm]
        assert second.client.get("/violations").json() == [violation]
        assert second.client.post("/check", json=HERO).json()["violation_count"] == 1
    finally:
        second.stop()
    assert "Traceback" not in first.errors.read_text()


def test_the_original_s_uvicorn_line_serves(tmp_path: Path) -> None:
    """README: ``uvicorn normsync.api:app``; only the module's name differs. The file is an addition."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = environment(tmp_path, {"NORMSYNC_DB": str(tmp_path / "n.db"), "NORMSYNC_HOSTS": "norms.example"})
    command = [sys.executable, "-m", "uvicorn", "workbench.compat.normsync.api:app", "--port", str(port)]
    process = subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=SECONDS) as client:
            for _ in range(100):
                try:
                    assert client.get("/health").json() == {"status": "ok", "version": "0.1.2"}
                    break
                except httpx.ConnectError:
                    time.sleep(0.1)
            assert client.post("/norm", json=NORM).status_code == 200
            for host, status in (("container:8000", 200), ("norms.example", 200), ("evil.example", 421)):
                assert client.get("/norms", headers={"host": host}).status_code == status, host
            assert client.get("/norms", headers={"origin": "http://evil.example"}).status_code == 403
    finally:
        process.terminate()
        process.wait(SECONDS)
    assert (tmp_path / "n.db").exists()
