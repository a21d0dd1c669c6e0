"""Who signs here over the servers: reads all, and as an operator vouches for facts and tool records beside an agent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest

from tests.server.serving import problem_of
from tests.service.speech_desk import GROUNDED, IRIS, LENA, RECORD, RESULT, UNGROUNDED, conversation
from workbench.server.app import described_app, workspace_app, workspace_server
from workbench.server.callers import Caller, caller_named
from workbench.server.events import _told
from workbench.server.listening import guarded
from workbench.server.norms import Norms
from workbench.service.workspace import Workspace

ANA, SAM = 'Operator::"ana"', 'Operator::"sam"'
HEARD = {
    "tools": [{"tool_call_id": RECORD.tool_call_id, "tool": RECORD.tool, "arguments": "{}", "result": RESULT}],
    "grounds": [],
}
FACTS = {"messages_today": 3}


class Counter:
    """samples/customer-desk behind its application, without a socket; ``tokens`` by name."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        make = workspace.credentials.new_token
        self.tokens = {name: make(who, name)[1] for name, who in (("iris", IRIS), ("ana", ANA), ("sam", SAM))}
        self._app: Any = guarded(workspace_app(workspace, Event()), "127.0.0.1")

    async def ask(self, path: str, who: str, body: Any = None, **headers: str) -> httpx.Response:
        """``headers``: further ones; ``voucher``: the value of ``Workbench-Voucher``."""
        sent = [("authorization", f"Bearer {self.tokens[who]}")]
        sent += [("workbench-voucher" if name.startswith("voucher") else name, text) for name, text in headers.items()]
        transport = httpx.ASGITransport(app=self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request("GET" if body is None else "POST", path, json=body, headers=sent)


@pytest.fixture(scope="module")
def counter(home: Path) -> Iterator[Counter]:
    place = home / "counter"
    with Workspace.create(place, sample="customer-desk", swarm_id="swarm-served-counter") as workspace:
        yield Counter(workspace)


def message(text: str = GROUNDED, **more: Any) -> dict[str, Any]:
    said = {"conversation": conversation(text)}
    return {"action": 'Action::"send_message"', "resource": LENA, "speech": said, **more}


async def test_a_gateway_with_an_operator_s_token_hands_in_meters_and_records(counter: Counter) -> None:
    """Without them the sample denies every message; the principal is the agent's all the same."""
    bare = (await counter.ask("/decide", "iris", message())).json()
    assert (bare["outcome"], bare["code"]) == ("deny", "invalid_request")
    metered = (await counter.ask("/decide", "iris", message(facts=FACTS), voucher=counter.tokens["ana"])).json()
    assert metered["outcome"] == "deny"  # its grounds are the agent's own account
    sent = message(facts=FACTS, heard=HEARD)
    answer = (await counter.ask("/decide", "iris", sent, voucher=f"Bearer {counter.tokens['ana']}")).json()
    assert (answer["outcome"], answer["code"]) == ("allow", "allowed")
    detail = counter.workspace.event(answer["event"])
    assert detail.request["principal"] == IRIS
    assert detail.request["credential"] == {"principal": IRIS, "kind": "token", "vouched_by": ANA}
    assert detail.request["context"]["messages_today"] == 3
    assert detail.request["context"]["speech"]["observed"] is True
    lied = message(UNGROUNDED, facts=FACTS, heard=HEARD)
    assert (await counter.ask("/decide", "iris", lied, voucher=counter.tokens["ana"])).json()["code"] == "forbidden"


async def test_a_batch_is_vouched_for_as_a_whole(counter: Counter) -> None:
    batch = {"requests": [message(facts=FACTS, heard=HEARD), message()]}
    answer = (await counter.ask("/decide/batch", "iris", batch, voucher=counter.tokens["ana"])).json()
    assert [each["code"] for each in answer["decisions"]] == ["allowed", "invalid_request"]
    before = counter.workspace.high_water()
    refused = await counter.ask("/decide/batch", "iris", {"requests": [message(), message(facts=FACTS)]})
    assert (refused.status_code, problem_of(refused)["code"]) == (403, "voucher_needed")
    assert counter.workspace.high_water() == before


@pytest.mark.parametrize(
    "brought", [{"facts": FACTS}, {"heard": HEARD}, {"facts": {}}, {"heard": {"tools": []}}], ids=str
)
@pytest.mark.parametrize(
    ("voucher", "code"),
    [
        (None, "voucher_needed"),
        ("", "voucher_needed"),
        ("iris", "may_not_vouch"),  # its own
        ("sam", "may_not_vouch"),  # signs here, and is no operator
        ("cw_guess", "bad_voucher"),
    ],
)
async def test_who_may_not_vouch_is_refused_and_nothing_recorded(
    counter: Counter, brought: dict[str, Any], voucher: str | None, code: str
) -> None:
    before = counter.workspace.high_water()
    header = {} if voucher is None else {"voucher": counter.tokens.get(voucher, voucher)}
    answer = await counter.ask("/decide", "iris", message(**brought), **header)
    document = problem_of(answer)
    assert (answer.status_code, document["code"], document["outcome"]) == (403, code, "deny")
    assert not any(token in answer.text for token in counter.tokens.values())
    assert counter.workspace.high_water() == before


async def test_another_agent_s_token_a_suspended_one_and_two_do_not_vouch(counter: Counter) -> None:
    credentials = counter.workspace.credentials
    view, spare = credentials.new_token(ANA, "spare")
    credentials.suspend(view.id)
    before = counter.workspace.high_water()
    for voucher, code in (
        (credentials.new_token(_other(counter.workspace))[1], "may_not_vouch"),
        (spare, "bad_voucher"),
    ):
        answer = await counter.ask("/decide", "iris", message(facts=FACTS), voucher=voucher)
        assert problem_of(answer)["code"] == code
    twice = {"voucher": counter.tokens["ana"], "voucher2": counter.tokens["sam"]}
    answer = await counter.ask("/decide", "iris", message(facts=FACTS), **twice)
    assert problem_of(answer)["code"] == "voucher_needed"
    assert counter.workspace.high_water() == before


async def test_an_operator_neither_acts_as_an_agent_nor_vouches_for_itself(counter: Counter) -> None:
    named = message(principal=IRIS)
    answer = (await counter.ask("/decide", "ana", named)).json()
    assert (answer["outcome"], answer["code"]) == ("deny", "refused_claim")
    answer = (await counter.ask("/decide", "ana", message())).json()
    assert answer["outcome"] == "deny"
    own = await counter.ask("/decide", "ana", message(facts=FACTS), voucher=counter.tokens["ana"])
    assert problem_of(own)["code"] == "may_not_vouch"
    assert "itself" in problem_of(own)["detail"]


@pytest.mark.parametrize("heard", [{}, {"tools": 5}, {"tools": [{"tool": "x"}]}, {"tools": [], "then": 1}], ids=str)
async def test_what_is_no_record_is_refused(counter: Counter, heard: dict[str, Any]) -> None:
    answer = await counter.ask("/decide", "iris", message(heard=heard), voucher=counter.tokens["ana"])
    assert (answer.status_code, problem_of(answer)["code"]) == (422, "bad_request")


async def test_over_mcp_nobody_vouches_not_even_an_operator(counter: Counter) -> None:
    """A tool's arguments are written by a model."""
    from mcp import Client

    before = counter.workspace.high_water()
    for who in (IRIS, ANA):
        caller = caller_named(counter.workspace, who)
        server = workspace_server(counter.workspace, Norms(counter.workspace), lambda *_, by=caller: by)
        async with Client(server) as client:
            for brought in ({"facts": FACTS}, {"heard": HEARD}):
                answer: Any = await client.call_tool("decide", {"action": 'Action::"x"', "resource": LENA, **brought})
                assert answer.is_error
                assert "may_not_vouch" in answer.content[0].text
    assert counter.workspace.high_water() == before


# ---- reading ---------------------------------------------------------------------------------------------------------


async def test_who_signs_here_reads_every_violation_and_event_and_agents_their_own(counter: Counter) -> None:
    """Also where another type has a principal of the agent's id: then a row of the feed says the same of both."""
    from mcp import Client

    workspace = counter.workspace
    bad = message(UNGROUNDED, facts=FACTS, heard=HEARD)
    mine = (await counter.ask("/decide", "iris", bad, voucher=counter.tokens["ana"])).json()["event"]
    namesake = _as_namesake(workspace)
    for who in ("ana", "sam"):
        seqs = {each["seq"] for each in (await counter.ask("/violations", who)).json()}
        assert mine in seqs
        assert namesake <= seqs
        caller = caller_named(workspace, {"ana": ANA, "sam": SAM}[who])
        async with Client(workspace_server(workspace, Norms(workspace), lambda *_, by=caller: by)) as client:
            listed: Any = await client.call_tool("list_violations", {})
            assert listed.content[0].text.startswith(f"Total violations: {len(seqs)}")
        assert {mine, *namesake} <= await _streamed(workspace, caller, mine - 1)
    own = {each["seq"] for each in (await counter.ask("/violations", "iris")).json()}
    assert mine in own
    assert not own & namesake
    seen = await _streamed(workspace, caller_named(workspace, IRIS), mine - 1)
    assert mine in seen
    assert not seen & namesake


async def test_what_is_left_out_of_a_list_is_said_and_others_push_nobody_s_out(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mcp import Client

    from workbench.server import tools, violations

    workspace, vouching = counter.workspace, {"voucher": counter.tokens["ana"]}
    bad = message(UNGROUNDED, facts=FACTS, heard=HEARD)
    first = (await counter.ask("/decide", "iris", bad, **vouching)).json()["event"]
    counter.tokens["other"] = workspace.credentials.new_token(_other(workspace))[1]
    for _ in range(3):
        await counter.ask("/decide", "other", bad, **vouching)
    total = workspace.norm_reports.counts().violations
    assert total > 3
    all_, cut = await counter.ask("/violations", "ana"), await counter.ask("/violations?limit=3", "ana")
    assert (len(all_.json()), "violations-more" in all_.headers) == (total, False)
    assert cut.json() == all_.json()[:3]
    assert cut.headers["violations-more"] == "true"
    monkeypatch.setattr(violations, "MOST", 2)
    own = (await counter.ask("/violations", "iris")).json()
    assert own[0]["seq"] == first  # although three newer ones are another's
    monkeypatch.setattr(tools, "LISTED", 3)
    texts = {}
    for who in (ANA, IRIS):
        caller = caller_named(workspace, who)
        async with Client(workspace_server(workspace, Norms(workspace), lambda *_, by=caller: by)) as client:
            told: Any = await client.call_tool("list_violations", {})
            texts[who] = told.content[0].text.splitlines()
    assert (texts[ANA][0], texts[ANA][-1]) == (f"Total violations: {total}", "  … the newest 3 are listed")
    assert texts[IRIS][0] == f"Total violations: more than {len(own)}"


def _other(workspace: Workspace) -> str:
    """An agent beside iris."""
    found = (each["uid"] for each in workspace.entities() if each["uid"]["type"] == "Agent")
    return next(f'Agent::"{uid["id"]}"' for uid in found if uid["id"] != "iris")


def _as_namesake(workspace: Workspace) -> set[int]:
    """Violations by a principal whose id is that of iris, and whose type is another."""
    from sqlalchemy import text

    from workbench.engine.request import Request
    from workbench.service.views import Credential

    who = 'Robot::"iris"'
    asked = Request(who, 'Action::"send_message"', LENA, {}, {"agent_output": UNGROUNDED})
    seq = workspace.decide(asked, credential=Credential(who)).seq
    with workspace._session.write() as connection:  # as if the schema had two types that act
        connection.execute(text("UPDATE decisions SET violation = 1, severity = 'warn' WHERE seq = :seq"), {"seq": seq})
    return {seq}


async def _streamed(workspace: Workspace, caller: Caller, after: int) -> set[int]:
    """What the stream tells from after a decision on, until now."""
    stopping = Event()
    found: set[int] = set()
    async for each in _told(workspace, caller, "", after, stopping):
        for line in each.splitlines():
            if line.startswith("data: "):
                found.add(json.loads(line.removeprefix("data: "))["event"])
                stopping.set()  # what was read with it is told all the same
    return found


def test_openapi_and_help_say_who_vouches() -> None:
    from typer.testing import CliRunner

    from workbench.cli.main import app

    document = described_app().openapi()
    for path in ("/decide", "/decide/batch"):
        operation = document["paths"][path]["post"]
        (header,) = [each for each in operation["parameters"] if each["in"] == "header"]
        assert header["name"] == "Workbench-Voucher"
        assert "never an agent's" in header["description"]
        assert "403" in operation["responses"]
    asked = document["components"]["schemas"]["DecideRequest"]["properties"]
    assert all("Workbench-Voucher" in asked[name]["description"] for name in ("facts", "heard"))
    for command in (("serve", "--help"), ("credentials", "new-token", "--help")):
        said = " ".join(CliRunner().invoke(app, list(command)).stdout.split())
        assert "facts" in said
        assert "operator" in said
