"""Properties: time turns into numbers and back; no context makes the caller believed; files are whole or absent."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.service.conftest import CONTEXT, FACTS
from workbench.engine.entities import Entities
from workbench.engine.request import Request
from workbench.language.schema_reader import read_schema
from workbench.service.belief import Known, RefusedError, believe, principal_types
from workbench.service.clock import micros, moment
from workbench.service.files import write_atomically
from workbench.service.receipts import MAX_CELL, cell, salted, uid_id
from workbench.service.samples import load_sample
from workbench.service.views import Credential

SCHEMA = read_schema(load_sample().schema)
KNOWN = Known(SCHEMA, Entities.from_json([], SCHEMA), {}, {("", "budget_remaining"): 7}, principal_types(SCHEMA))
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
SOURCED = {"hour", "weekday", "refunds_today", "messages_last_hour", "budget_remaining"}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)))
def test_times_turn_into_microseconds_and_back(time: datetime) -> None:
    aware = time.replace(tzinfo=UTC)
    assert moment(micros(aware)) == aware


@given(
    said=st.dictionaries(st.sampled_from([*CONTEXT, *SOURCED, "other"]), json_values),
    facts=st.dictionaries(st.sampled_from([*FACTS, "other"]), st.integers()),
)
def test_no_context_makes_the_caller_believed(said: dict[str, Any], facts: dict[str, Any]) -> None:
    """Whatever is sent: either it claims what others vouch for and is refused, or those others alone are heard."""
    request = Request('Agent::"a"', 'Action::"reply"', 'Ticket::"t"', said)
    if SOURCED & set(said):
        with pytest.raises(RefusedError, check=lambda refusal: refusal.code == "refused_claim"):
            believe(request, Credential('Agent::"a"'), [], facts, AT, KNOWN)
        return
    believed = believe(request, Credential('Agent::"a"'), [], facts, AT, KNOWN).context
    expected = {"hour": 9, "weekday": "monday", "budget_remaining": 7} | {
        k: v for k, v in facts.items() if k != "other"
    }
    assert {name: believed[name] for name in SOURCED & set(believed)} == expected
    assert {name: value for name, value in believed.items() if name not in SOURCED} == said


@given(st.text(alphabet=st.characters(), max_size=2000))
def test_any_text_fits_a_column(text: str) -> None:
    shown = cell(text)
    assert shown.encode() is not None
    assert len(shown) <= MAX_CELL
    assert "\0" not in shown
    assert uid_id(f'Ns::Agent::"{text}"') == text


@given(st.binary(min_size=16, max_size=16), st.binary(max_size=50), st.binary(max_size=50))
def test_salted_digests_tell_payloads_and_labels_apart(salt: bytes, one: bytes, two: bytes) -> None:
    assert (salted(salt, "request", one) == salted(salt, "request", two)) == (one == two)
    assert salted(salt, "request", one) != salted(salt, "entities", one)


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"old")

    def fail(*_: object) -> None:
        raise OSError(28, "full")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="full"):
        write_atomically(path, b"new")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
    assert path.read_bytes() == b"old"
