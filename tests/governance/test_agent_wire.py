"""The agent's messages: what a true agent says is read, and nothing that a hostile one says gets through."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.governance.hardware import Device, ssh_string
from workbench.governance import agent_wire
from workbench.governance.errors import KeyFileError
from workbench.governance.keys import generate_key

KEY, OTHER, DEVICE = generate_key(), generate_key(), Device()
RSA = ssh_string(b"ssh-rsa") + ssh_string(b"\x01\x00\x01") + ssh_string(b"\x00" * 128)


def number(value: int) -> bytes:
    return value.to_bytes(4, "big")


def listing(*keys: tuple[bytes, bytes], count: int | None = None) -> bytes:
    body = b"".join(ssh_string(blob) + ssh_string(comment) for blob, comment in keys)
    return bytes([12]) + number(len(keys) if count is None else count) + body


def refused(code: str, make: Any) -> KeyFileError:
    with pytest.raises(KeyFileError) as caught:
        make()
    assert caught.value.code == code, caught.value
    return caught.value


def test_what_is_asked() -> None:
    assert agent_wire.identities_request() == b"\x00\x00\x00\x01\x0b"
    asked = agent_wire.sign_request(KEY.public, b"data")
    body = bytes([13]) + ssh_string(KEY.public.blob) + ssh_string(b"data") + number(0)
    assert asked == ssh_string(body)


def test_keys_that_can_sign_are_listed_and_others_left_out() -> None:
    answer = listing(
        (RSA, b"old"), (KEY.public.blob, b"ana"), (DEVICE.public.blob, b"yubi"), (KEY.public.blob, b"twice")
    )
    found = agent_wire.identities(answer)
    assert [(key.public.fingerprint, key.comment) for key in found] == [
        (KEY.public.fingerprint, "ana"),
        (DEVICE.public.fingerprint, "yubi"),
    ]
    assert agent_wire.identities(listing()) == ()


def test_comments_are_data() -> None:
    (key,) = agent_wire.identities(listing((KEY.public.blob, b"\x1b[2Ja\nb\xff" + b"x" * 100_000)))
    assert "\x1b" not in key.comment
    assert "\n" not in key.comment
    assert len(key.comment) <= agent_wire.MAX_COMMENT


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        bytes([14]) + ssh_string(b"x"),
        bytes([12]),
        listing(count=1),
        listing((KEY.public.blob, b"a"), count=2),
        listing((KEY.public.blob, b"a"), count=0),
        listing(count=2**32 - 1),
        listing((KEY.public.blob, b"a")) + b"\x00",
        bytes([12]) + number(1) + number(2**32 - 1) + b"x",
    ],
)
def test_lists_that_cannot_be(answer: bytes) -> None:
    refused("agent_answer", lambda: agent_wire.identities(answer))


def test_a_list_without_end_is_refused() -> None:
    """Each key is whole and small: it is their number that is bounded."""
    few = [(KEY.public.blob, b"")] * agent_wire.MAX_KEYS
    assert len(agent_wire.identities(listing(*few))) == 1
    refused("agent_answer", lambda: agent_wire.identities(listing(*few, (OTHER.public.blob, b""))))


def test_an_agent_may_fail() -> None:
    refused("agent_refused", lambda: agent_wire.identities(b"\x05"))
    refused("agent_refused", lambda: agent_wire.signature(b"\x05", KEY.public))


@pytest.mark.parametrize(
    "header", [b"", b"\x00\x00\x00", number(0), number(agent_wire.MAX_ANSWER + 1), number(2**32 - 1)]
)
def test_sizes_are_bounded(header: bytes) -> None:
    refused("agent_answer", lambda: agent_wire.answer_size(header))


def test_a_signature_is_of_the_key_that_was_asked() -> None:
    made = KEY.sign_ssh(b"data")
    assert agent_wire.signature(bytes([14]) + ssh_string(made), KEY.public) == made
    touched = DEVICE.sign_ssh(b"data")
    assert agent_wire.signature(bytes([14]) + ssh_string(touched), DEVICE.public) == touched
    for wrong in (
        bytes([14]) + ssh_string(touched),
        bytes([14]) + ssh_string(ssh_string(b"ssh-rsa") + ssh_string(b"x" * 64)),
        bytes([14]) + ssh_string(ssh_string(b"ssh-ed25519") + ssh_string(b"x" * 63)),
        bytes([14]) + ssh_string(made + b"x"),
        bytes([14]) + ssh_string(made) + b"x",
        bytes([14]) + made,
        bytes([12]) + ssh_string(made),
        b"",
    ):
        refused("agent_answer", lambda wrong=wrong: agent_wire.signature(wrong, KEY.public))


@given(st.binary(max_size=200) | st.binary(max_size=120).map(lambda data: listing((KEY.public.blob, b"a"))[:40] + data))
def test_nonsense_is_refused_with_a_code(answer: bytes) -> None:
    codes = set()
    for read in (agent_wire.identities, lambda data: agent_wire.signature(data, KEY.public)):
        try:
            read(answer)
        except KeyFileError as error:
            codes.add(error.code)
    assert codes <= {"agent_answer", "agent_refused"}
