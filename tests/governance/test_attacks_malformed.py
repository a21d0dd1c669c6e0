"""Malformed files of every kind: only refusals with a code come out, and soon.

Every reader of governance is given the same nasty bytes, its own files with pieces cut, doubled and swapped for nasty
ones, and pure noise. Anything but a :class:`GovernanceError` fails, and so does one that takes long.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.governance.chains import ANA, SWARM, Chain, three_versions
from tests.governance.hardware import Device
from tests.governance.overlays import by
from tests.governance.overlays import place as a_stop
from workbench.governance import agent_wire, key_statements, sshsig
from workbench.governance.artifact import load_yaml
from workbench.governance.case_votes import CaseStatement, case_vote_from_json, case_vote_to_json, sign_case_vote
from workbench.governance.chain import verify_chain
from workbench.governance.checkpoints import Checkpoint, checkpoint_from_json, checkpoint_to_json, sign_checkpoint
from workbench.governance.errors import GovernanceError
from workbench.governance.keys import (
    inspect_private,
    load_private,
    parse_public_line,
    public_key_of,
    public_line,
    serialize_private,
)
from workbench.governance.overlay_signing import from_envelope, to_envelope
from workbench.governance.vote_files import vote_from_json, vote_from_sshsig, vote_to_json
from workbench.governance.votes import vote_payload
from workbench.governance.yaml_reader import MAX_BYTES

VERSION = Chain().genesis()
PLACE = {"digest": VERSION.digest, "swarm_id": SWARM}
VOTE = Chain().vote(VERSION, ANA, witness=False)
SEALED = Chain().vote(VERSION, ANA, witness=False, form="sshsig")
PAYLOAD = vote_payload(VOTE, **PLACE)
BLOB = sshsig.sign(Device(), PAYLOAD, "concord-vote")
STATEMENT = key_statements.KeyStatement(
    act="suspend",
    swarm_id=SWARM,
    key=ANA.key.public.fingerprint,
    why="lost",
    at=VERSION.created_at,
    constitution=VERSION.digest,
    previous="",
)
FILES = three_versions().files()
POINT = sign_checkpoint(ANA.key, Checkpoint(SWARM, 7, "ab" * 32, "cd" * 32, VERSION.digest, VERSION.created_at))
CASE_VOTE = sign_case_vote(
    ANA.key,
    CaseStatement(
        swarm_id=SWARM,
        case="case1",
        case_key="ab" * 32,
        procedure="big",
        procedure_digest="cd" * 32,
        version=VERSION.digest,
        stage=0,
        verdict="approve",
        principal='Agent::"a"',
        signed_at="2026-03-15T10:00:00Z",
    ),
)


def text_of(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def chain_of(data: bytes) -> None:
    """``verify`` never raises, whatever it is given; its report then has a code."""
    report = verify_chain([FILES[0], ("1.1.0.yaml", data), FILES[2]])
    if not report.ok:
        assert report.code
        raise GovernanceError(report.code, report.message)


Reader = Callable[[bytes], Any]
READERS: dict[str, tuple[Reader, bytes]] = {
    "a version": (load_yaml, FILES[1][1].encode()),
    "a chain": (chain_of, FILES[1][1].encode()),
    "a DSSE vote": (lambda data: vote_from_json(text_of(data)), vote_to_json(VOTE, **PLACE).encode()),
    "an SSHSIG vote": (lambda data: vote_from_json(text_of(data)), vote_to_json(SEALED, **PLACE).encode()),
    "a payload": (lambda data: vote_from_sshsig(data, sshsig.armoured(BLOB)), PAYLOAD),
    "an armour": (lambda data: vote_from_sshsig(PAYLOAD, text_of(data)), sshsig.armoured(BLOB).encode()),
    "an SSHSIG": (sshsig.parse, BLOB),
    "a key statement": (
        lambda data: key_statements.from_json(text_of(data)),
        key_statements.to_json(STATEMENT, [key_statements.sealed(ANA.key, STATEMENT)]).encode(),
    ),
    "an overlay": (lambda data: from_envelope(text_of(data)), to_envelope(by(a_stop(), ANA)).encode()),
    "a checkpoint": (lambda data: checkpoint_from_json(text_of(data)), checkpoint_to_json(POINT).encode()),
    "a vote on a case": (lambda data: case_vote_from_json(text_of(data)), case_vote_to_json(CASE_VOTE).encode()),
    "a private key": (lambda data: load_private(data, None), serialize_private(ANA.key, None)),
    "an encrypted key": (inspect_private, serialize_private(ANA.key, "secret")),
    "a public line": (lambda data: parse_public_line(text_of(data)), public_line(ANA.key, "ana").encode()),
    "a key on the wire": (public_key_of, ANA.key.public.blob),
    "an agent's list": (agent_wire.identities, b"\x0c\x00\x00\x00\x00"),
    "an agent's signature": (lambda data: agent_wire.signature(data, ANA.key.public), b"\x05"),
}
SOUND = [name for name in READERS if name not in ("an agent's signature",)]

NASTY = [
    b"",
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    "\u202e\u2066\u200b\ufeff".encode(),
    b"\r",
    b"\x85",
    b"%s%n%x",
    b"{{7*7}}${7*7}",
    b"../../../../etc/passwd",
    b"'; DROP TABLE votes; --",
    b"<<: *a",
    b"&a [*a]",
    b"!!python/object/apply:os.system ['true']",
    b"%YAML 9.9\n---\n",
    b"---\n...\n---\n",
    b"? ? ? ?",
    b"- - - -",
    b"[[[[[[[[",
    b"{{{{{{{{",
    b'{"a":1,"a":2}',
    b'{"__proto__": {}}',
    b'{"__long": "1"}',
    b"1e999",
    b"-0",
    b"NaN",
    b"9" * 400,
    b"0x7fffffffffffffff",
    b'"\\ud800"',
    b'"\\u0000"',
    b"null",
    b"true",
    b"~",
    b"=",
    b"<",
    b"|",
    b">",
    b"-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n",
    b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END OPENSSH PRIVATE KEY-----\n",
    b"ssh-ed25519 AAAA",
    b"SSHSIG\x00\x00\x00\x01\xff\xff\xff\xff",
    b"openssh-key-v1\0",
    b"\xff\xff\xff\xff",
]
LONG = {
    "brackets": b"[" * 500_000,
    "braces": b'{"a":' * 200_000,
    "quotes": b'"' * 500_000,
    "escapes": b'"' + b"\\" * 500_000,
    "anchors": b"".join(b"a%d: &a%d [*a]\n" % (n, n) for n in range(20_000)),
    "colons": b":" * 500_000,
    "line": b"a: " + b"x " * 200_000,
    "spaces": b" " * 500_000,
    "breaks": b"\n" * 500_000,
    "zeros": b"\0" * 500_000,
    "digits": b"9" * 500_000,
    "armour": b"-----BEGIN SSH SIGNATURE-----\n" + b"AAAA\n" * 100_000,
    "key": b"-----BEGIN OPENSSH PRIVATE KEY-----\n" + b"AAAA\n" * 100_000,
    "comments": b"# x\n" * 100_000,
    "fields": b"\x00\x00\x00\x00" * 100_000,
    "combining": "a\u0301".encode() + "\u0301".encode() * 200_000,
}


def refuses(name: str, data: bytes) -> str:
    """The code, or empty where it was read; how long it may take is bounded."""
    started = time.monotonic()
    code, message = "", ""
    try:
        READERS[name][0](data)
    except GovernanceError as error:
        code, message = error.code, error.message
    assert time.monotonic() - started < 20
    assert re.fullmatch(r"[a-z][a-z0-9_]*|", code)
    assert len(message) < 2_000
    return code


@pytest.mark.parametrize("name", SOUND)
def test_its_own_file_is_read(name: str) -> None:
    assert refuses(name, READERS[name][1]) == ""


@pytest.mark.parametrize("name", list(READERS))
def test_nasty_bytes_alone_and_inside(name: str) -> None:
    sound = READERS[name][1]
    places = range(0, len(sound) + 1, max(1, len(sound) // 7))
    for nasty in NASTY:
        if nasty:
            refuses(name, nasty)
        for place in places if name != "a chain" else list(places)[1:3]:
            refuses(name, sound[:place] + nasty + sound[place:])


@pytest.mark.parametrize("name", list(READERS))
@pytest.mark.parametrize("kind", list(LONG))
def test_long_files_are_refused_soon(name: str, kind: str) -> None:
    assert refuses(name, LONG[kind])


@pytest.mark.parametrize("name", list(READERS))
def test_files_over_every_limit(name: str) -> None:
    assert refuses(name, READERS[name][1] + b" " * MAX_BYTES)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from([name for name in READERS if name != "a chain"]), st.data())
def test_spliced_files(name: str, data: st.DataObject) -> None:
    """A piece of one file put into another, somewhere, over something."""
    sound = READERS[name][1]
    other = READERS[data.draw(st.sampled_from(list(READERS)))][1]
    start = data.draw(st.integers(0, len(sound)))
    end = data.draw(st.integers(start, min(len(sound), start + 60)))
    begin = data.draw(st.integers(0, len(other)))
    piece = data.draw(st.sampled_from(NASTY) | st.binary(max_size=8) | st.just(other[begin : begin + 60]))
    refuses(name, sound[:start] + piece + sound[end:])


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([name for name in READERS if name != "a chain"]), st.binary(max_size=120))
def test_noise(name: str, data: bytes) -> None:
    refuses(name, data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)
NAMES = ["payloadType", "payload", "signatures", "sshsig", "keyid", "sig", "form"]


@settings(max_examples=120, deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), JSON | st.lists(st.dictionaries(st.sampled_from(NAMES), JSON))))
def test_envelopes_with_the_right_names_and_wrong_values(envelope: dict[str, Any]) -> None:
    sound = json.loads(READERS["a DSSE vote"][1])
    for name in ("a DSSE vote", "a key statement", "an overlay", "a checkpoint", "a vote on a case"):
        assert refuses(name, json.dumps(envelope).encode())
        refuses(name, json.dumps({**sound, **envelope}).encode())
