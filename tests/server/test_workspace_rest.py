"""``serve`` on a signed workspace: tokens, decisions, events, and what strangers and hostile clients meet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.server.conftest import Desk
from tests.server.serving import problem_of
from tests.service.conftest import CONTEXT, ticket
from workbench.governance.credential_token import token_of
from workbench.service.workspace import Workspace


def share(**changed: Any) -> dict[str, Any]:
    """Nora shares a ticket of her region outside: allowed."""
    asked = {
        "action": 'Action::"share_external"',
        "resource": 'Ticket::"T-1"',
        "context": CONTEXT,
        "entities": [ticket()],
    }
    return asked | changed


def refund(amount: int) -> dict[str, Any]:
    return share(action='Action::"issue_refund"', context={**CONTEXT, "amount": amount})


def test_allow_deny_and_hold_are_answers_with_receipts(desk: Desk) -> None:
    post = desk.served.client.post
    allowed = post("/decide", json=share(), headers=desk.bearing("nora"))
    assert allowed.status_code == 200
    assert (allowed.json()["outcome"], allowed.json()["reasons"]) == ("allow", ["share-own-region"])
    denied = post("/decide", json=share(action='Action::"view_customer"'), headers=desk.bearing("nora")).json()
    assert (denied["outcome"], denied["code"], denied["reasons"]) == ("deny", "forbidden", ["view-consent"])
    held = post("/decide", json=refund(600), headers=desk.bearing("jonas")).json()
    assert (held["outcome"], held["procedures"]) == ("hold", ["refund_above_500"])
    with Workspace.open(desk.place) as workspace:
        for answer in (allowed.json(), denied, held):
            detail = workspace.event(answer["event"])
            assert detail.receipt["hash"] == answer["receipt"]
            assert detail.row.outcome == answer["outcome"]
        assert held["cases"]
        assert set(held["cases"]) <= {case.id for case in workspace.cases.list()}


def test_the_context_may_be_json_text_as_function_calls_send_it(desk: Desk) -> None:
    told = desk.served.client.post("/decide", json=share(context=json.dumps(CONTEXT)), headers=desk.bearing("nora"))
    assert told.json()["outcome"] == "allow"


def test_who_asks_is_whom_the_token_proves(desk: Desk) -> None:
    """A body that names another is denied, and the attempt stands in the ledger under the caller's own credential."""
    answer = desk.served.client.post("/decide", json=share(principal='Agent::"nora"'), headers=desk.bearing("emil"))
    assert (answer.json()["outcome"], answer.json()["code"]) == ("deny", "refused_claim")
    own = desk.served.client.post("/decide", json=share(principal='Agent::"nora"'), headers=desk.bearing("nora"))
    assert own.json()["outcome"] == "allow"


def test_a_batch_is_decided_in_order_or_not_at_all(desk: Desk) -> None:
    headers = desk.bearing("nora")
    asked = [share(), share(action='Action::"view_customer"'), share()]
    answer = desk.served.client.post("/decide/batch", json={"requests": asked}, headers=headers).json()
    assert [each["outcome"] for each in answer["decisions"]] == ["allow", "deny", "allow"]
    events = [each["event"] for each in answer["decisions"]]
    assert events == sorted(set(events))
    with Workspace.open(desk.place) as workspace:
        before = workspace.high_water()
        refused = desk.served.client.post(
            "/decide/batch", json={"requests": [share(), share(action="reply")]}, headers=headers
        )
        assert (refused.status_code, problem_of(refused)["code"]) == (422, "bad_request")
        assert workspace.high_water() == before
    for wrong in ([], [share()] * 101):
        assert desk.served.client.post("/decide/batch", json={"requests": wrong}, headers=headers).status_code == 422


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "no_token"),
        ("Basic bm9yYTpub3Jh", "no_token"),
        ("Bearer cw_" + "A" * 43 + "00000000", "bad_token"),
        (f"Bearer {token_of(bytes(32))}", "bad_token"),
        ("Bearer \xe9\xff", "bad_token"),
    ],
    ids=["none", "other_scheme", "bad_checksum", "unknown", "no_ascii"],
)
def test_without_a_valid_token_nothing_is_told(desk: Desk, header: str, code: str) -> None:
    raw = [(b"authorization", header.encode("latin-1"))] if header else []
    asked = (("POST", "/decide"), ("GET", "/events"), ("GET", "/nowhere"), ("POST", "/mcp"))
    for method, path in asked if code == "no_token" else asked[:1]:
        answer = desk.served.client.request(method, path, headers=raw, content=b"{no json")
        assert (answer.status_code, problem_of(answer)["code"]) == (401, code), (method, path)
        assert answer.headers["www-authenticate"] == "Bearer"
    assert desk.served.client.get("/health", headers=raw).json()["status"] == "ok"


def test_two_authorizations_are_none(desk: Desk) -> None:
    both = [(b"authorization", f"Bearer {desk.tokens[who]}".encode()) for who in ("nora", "emil")]
    answer = desk.served.client.post("/decide", json=share(), headers=both)
    assert (answer.status_code, problem_of(answer)["code"]) == (401, "no_token")


def test_a_token_that_was_revoked_proves_nobody_at_once(desk: Desk) -> None:
    client, headers = desk.served.client, desk.bearing("lotte")
    assert client.post("/decide", json=share(), headers=headers).status_code == 200
    with Workspace.open(desk.place) as workspace:
        credential = next(each for each in workspace.credentials.list() if each.label == "lotte")
        workspace.credentials.suspend(credential.id)
        answer = client.post("/decide", json=share(), headers=headers)
        assert (answer.status_code, problem_of(answer)["code"]) == (401, "token_suspended")
        workspace.credentials.resume(credential.id)
        assert client.post("/decide", json=share(), headers=headers).status_code == 200
        workspace.credentials.revoke(credential.id)
        answer = client.post("/decide", json=share(), headers=headers)
        assert (answer.status_code, problem_of(answer)["code"]) == (401, "token_revoked")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "bad_json"),
        (b"{", 400, "bad_json"),
        (b"null", 422, "bad_request"),
        (b"[]", 422, "bad_request"),
        (b"\xff\xfe", 400, "bad_json"),
        (b'{"action": 1}', 422, "bad_request"),
        (b'{"action": "A::\\"a\\"", "action": "A::\\"b\\"", "resource": "R::\\"r\\""}', 400, "bad_json"),
        (b'{"action": "A::\\"a\\"", "resource": "R::\\"r\\"", "context": {"x": 0.5}}', 400, "bad_json"),
        (b'{"action": "A::\\"a\\"", "resource": "R::\\"r\\"", "context": {"x": NaN}}', 400, "bad_json"),
        (b'{"action": "A::\\"a\\"", "resource": "R::\\"r\\"", "then": "allow"}', 422, "bad_request"),
        (b'{"action": "A::\\"a\\"", "resource": "R::\\"r\\"", "context": "{\\"x\\": 0.5}"}', 422, "bad_request"),
        (b'{"context": ' + b'{"a": ' * 90 + b"1" + b"}" * 90 + b"}", 400, "bad_json"),
        (b"[" * 100_000, 400, "bad_request"),
    ],
    ids=["empty", "cut", "null", "list", "no_utf8", "missing", "twice", "fraction", "nan", "unknown_key",
         "fraction_in_text", "deep", "very_deep"],
)  # fmt: skip
def test_what_is_no_request_is_refused_and_not_recorded(desk: Desk, body: bytes, status: int, code: str) -> None:
    with Workspace.open(desk.place) as workspace:
        before = workspace.high_water()
        headers = {**desk.bearing("nora"), "content-type": "application/json"}
        answer = desk.served.client.post("/decide", content=body, headers=headers)
        document = problem_of(answer)
        assert (answer.status_code, document["code"]) == (status, code), document
        assert str(desk.place) not in answer.text
        assert workspace.high_water() == before


def test_hosts_origins_and_sizes_come_before_tokens(desk: Desk) -> None:
    client, headers = desk.served.client, desk.bearing("nora")
    assert client.post("/decide", json=share(), headers={**headers, "host": "evil.example"}).status_code == 421
    assert client.post("/mcp", json={}, headers={**headers, "host": "evil.example"}).status_code == 421
    assert client.post("/decide", json=share(), headers={**headers, "origin": "http://evil.example"}).status_code == 403
    large = {**share(), "context": {"text": "x" * 300 * 1024}}
    assert client.post("/decide", json=large, headers=headers).status_code == 413


def events_of(desk: Desk, who: str, path: str, many: int, **headers: str) -> list[dict[str, Any]]:
    """The first ``many`` decisions of a stream."""
    found: list[dict[str, Any]] = []
    with desk.served.client.stream("GET", path, headers={**desk.bearing(who), **headers}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            if line.startswith("data: "):
                found.append(json.loads(line.removeprefix("data: ")))
                if len(found) == many:
                    break
    return found


def test_the_feed_tells_an_agent_of_its_own_decisions_and_goes_on_where_it_was(desk: Desk) -> None:
    client = desk.served.client
    first = client.post("/decide", json=share(), headers=desk.bearing("nora")).json()["event"]
    client.post("/decide", json=refund(10), headers=desk.bearing("jonas"))
    second = client.post("/decide", json=share(), headers=desk.bearing("nora")).json()["event"]
    told = events_of(desk, "nora", f"/events?after={first - 1}", 2)
    assert [each["event"] for each in told] == [first, second]
    assert {each["agent"] for each in told} == {"nora"}
    resumed = events_of(desk, "nora", "/events", 1, **{"last-event-id": str(first)})
    assert [each["event"] for each in resumed] == [second]
    for wrong in ("x", "-1", "1" * 30):
        answer = client.get("/events", headers={**desk.bearing("nora"), "last-event-id": wrong})
        assert (answer.status_code, problem_of(answer)["code"]) == (400, "bad_event_id")


def test_openapi_tells_of_the_token_and_of_every_path(desk: Desk) -> None:
    document = desk.served.client.get("/openapi.json").json()
    assert document["info"]["title"] == "Constitution Workbench"
    assert document["security"] == [{"token": []}]
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert document["paths"]["/health"]["get"]["security"] == []
    refused = document["paths"]["/decide"]["post"]["responses"]["422"]["content"]
    assert list(refused) == ["application/problem+json"]
    unfit = document["paths"]["/norm"]["post"]["responses"]["422"]["content"]
    assert unfit == {"application/json": {"schema": {"$ref": "#/components/schemas/HTTPValidationError"}}}
    assert set(document["paths"]) == {
        "/health", "/norm", "/norms", "/norm/{norm_id}", "/check", "/violations", "/decide", "/decide/batch",
        "/speech/evaluate", "/events",
    }  # fmt: skip


def test_guessing_tokens_is_slowed_down_and_others_are_served(desk: Desk) -> None:
    client = desk.served.client
    found = [client.get("/norms", headers={"authorization": "Bearer guess"}) for _ in range(40)]
    slowed = [answer for answer in found if answer.status_code == 429]
    assert slowed
    assert all(problem_of(answer)["code"] == "too_often" for answer in slowed)
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in slowed)
    assert client.post("/decide", json=share(), headers=desk.bearing("nora")).json()["outcome"] == "allow"


def test_the_log_and_the_answers_hold_no_token_and_no_traceback(desk: Desk, desk_log: Path) -> None:
    """After all the above: the server's whole stderr."""
    said = desk_log.read_text()
    assert not any(token in said for token in desk.tokens.values())
    assert "Traceback" not in said, said
