"""Keys in OpenSSH's forms; where ssh-keygen is installed, it agrees."""

from __future__ import annotations

import base64
import copy
import pickle
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.governance.hardware import Device, ssh_string
from workbench.governance.errors import KeyFileError
from workbench.governance.keys import (
    PublicKey,
    demo_comment,
    demo_swarm,
    fingerprint,
    generate_key,
    inspect_private,
    load_private,
    parse_public_line,
    public_line,
    serialize_private,
)

KEY = generate_key()
SECRET = "correct horse"
FILE = serialize_private(KEY, SECRET)
KEYGEN = shutil.which("ssh-keygen")
needs_keygen = pytest.mark.skipif(KEYGEN is None, reason="ssh-keygen is not installed")


def refused(code: str, make: Any) -> KeyFileError:
    with pytest.raises(KeyFileError) as caught:
        make()
    assert caught.value.code == code, caught.value
    return caught.value


def test_an_encrypted_key_opens_with_its_passphrase_alone() -> None:
    assert load_private(FILE, SECRET).public == KEY.public
    shown = inspect_private(FILE)
    assert (shown.public, shown.encrypted) == (KEY.public, True)
    refused("passphrase_needed", lambda: load_private(FILE, None))
    refused("passphrase_needed", lambda: load_private(FILE, ""))
    refused("passphrase_needed", lambda: serialize_private(KEY, ""))
    wrong = refused("wrong_passphrase", lambda: load_private(FILE, "hunter2-wrong"))
    assert "hunter2" not in f"{wrong!r}{wrong.help}"
    assert wrong.__cause__ is None
    assert wrong.__context__ is None


def test_an_unencrypted_key_ignores_a_passphrase() -> None:
    plain = serialize_private(KEY, None)
    assert not inspect_private(plain).encrypted
    assert load_private(plain, None).public == load_private(plain, "x").public == KEY.public


def test_a_private_key_shows_nothing_of_itself() -> None:
    assert repr(KEY) == f"SigningKey({fingerprint(KEY)})"
    for leak in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            leak(KEY)


def test_public_lines_have_one_spelling() -> None:
    line = public_line(KEY, "ana@desk two")
    assert parse_public_line(line) == (KEY.public, "ana@desk two")
    kind, body = public_line(KEY).split(" ")
    blob = base64.b64decode(body)
    assert parse_public_line(f"{kind} {body}") == (KEY.public, "")
    for bad in (f"{kind} {body}=", f"{kind} {body[:-4]}", f"{kind} {body} ", f"{kind} !{body}", kind, ""):
        with pytest.raises(KeyFileError):
            parse_public_line(bad)
    refused("unsupported_key", lambda: parse_public_line(f"ssh-rsa {body}"))
    refused("not_a_key", lambda: parse_public_line(f"{kind} {base64.b64encode(blob + b'x').decode()}"))
    other = blob.replace(b"ssh-ed25519", b"ssh-ed25518")
    refused("unsupported_key", lambda: parse_public_line(f"{kind} {base64.b64encode(other).decode()}"))


def curve_multiple(y: int, sign: int, times: int) -> tuple[int, int]:
    """[times] of the point with this y, by the affine law: an independent check of the list of weak keys."""
    p = 2**255 - 19
    d = -121665 * pow(121666, -1, p) % p
    x2 = (y * y - 1) * pow(d * y * y + 1, -1, p) % p
    x = pow(x2, (p + 3) // 8, p)
    if (x * x - x2) % p:
        x = x * pow(2, (p - 1) // 4, p) % p
    assert (x * x - x2) % p == 0
    x = (p - x) % p if x % 2 != sign else x
    point, result = (x, y), (0, 1)
    for _ in range(times):
        (x1, y1), (x2_, y2) = result, point
        k = d * x1 * x2_ * y1 * y2
        result = ((x1 * y2 + x2_ * y1) * pow(1 + k, -1, p) % p, (y1 * y2 + x1 * x2_) * pow(1 - k, -1, p) % p)
    return result


@pytest.mark.parametrize(
    "raw",
    [
        bytes([1]) + bytes(31),
        bytes(32),
        (2**255 - 20).to_bytes(32, "little"),
        bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
        bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    ],
)
def test_keys_that_prove_nothing_are_refused(raw: bytes) -> None:
    assert curve_multiple(int.from_bytes(raw, "little"), 0, 8) == (0, 1)
    for variant in (raw, raw[:31] + bytes([raw[31] | 0x80])):
        refused("weak_key", lambda variant=variant: PublicKey(variant))


def test_keys_outside_the_field_are_refused() -> None:
    refused("weak_key", lambda: PublicKey((2**255 - 19 + 3).to_bytes(32, "little")))
    refused("weak_key", lambda: PublicKey(b"short"))


def test_the_file_of_a_hardware_key_names_its_key_and_says_how_to_sign() -> None:
    """Put together as OpenSSH writes ``id_ed25519_sk``: the public half, and a handle that is no private key."""
    device = Device()
    public = device.public.blob
    check, comment = b"\x01\x02\x03\x04", ssh_string(b"yubi")
    fields = ssh_string(b"ssh:") + b"\x01" + ssh_string(b"handle") + ssh_string(b"")
    inner = check * 2 + ssh_string(device.kind.encode()) + ssh_string(device.public.raw) + fields + comment
    inner += bytes(range(1, 1 + -len(inner) % 8))
    head = ssh_string(b"none") + ssh_string(b"none") + ssh_string(b"") + (1).to_bytes(4, "big")
    body = b"openssh-key-v1\0" + head + ssh_string(public) + ssh_string(inner)
    armour = (
        b"-----BEGIN OPENSSH PRIVATE KEY-----\n" + base64.b64encode(body) + b"\n-----END OPENSSH PRIVATE KEY-----\n"
    )
    assert inspect_private(armour).public.fingerprint == device.public.fingerprint
    assert "--agent" in refused("hardware_key", lambda: load_private(armour, None)).help


def test_demo_comments() -> None:
    assert demo_swarm(demo_comment("swarm-x")) == "swarm-x"
    assert demo_swarm("ana@desk") is None
    assert demo_swarm("DEMO ONLY") == ""


def test_a_file_that_asks_for_endless_work_is_refused() -> None:
    body = base64.b64decode(b"".join(FILE.splitlines()[1:-1]))
    place = body.index((16).to_bytes(4, "big"), body.index(b"bcrypt") + 14)
    greedy = body[:place] + (2**31).to_bytes(4, "big") + body[place + 4 :]
    lines = b"\n".join([FILE.splitlines()[0], base64.b64encode(greedy), FILE.splitlines()[-1]])
    shown = inspect_private(lines)
    if shown.kdf_rounds == 16:  # the first four bytes were not the rounds
        pytest.fail("the rounds were not found")
    refused("key_derivation", lambda: load_private(lines, SECRET))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(FILE) - 1), st.integers(0, 255))
def test_damaged_files_are_refused_with_a_code(place: int, byte: int) -> None:
    data = FILE[:place] + bytes([byte]) + FILE[place + 1 :]
    try:
        inspect_private(data)
    except KeyFileError:
        return


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", b"\xff" * 100, b"A" * 100_000],
)
def test_other_files_are_not_keys(data: bytes) -> None:
    refused("not_a_key", lambda: load_private(data, None))


@needs_keygen
def test_ssh_keygen_reads_our_keys(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(FILE)
    file.chmod(0o600)
    public = subprocess.run(
        [str(KEYGEN), "-y", "-P", SECRET, "-f", str(file)], capture_output=True, text=True, check=True
    )
    assert parse_public_line(public.stdout.strip())[0] == KEY.public
    (tmp_path / "key.pub").write_text(public_line(KEY, "ana") + "\n")
    listed = subprocess.run(
        [str(KEYGEN), "-l", "-f", str(tmp_path / "key.pub")], capture_output=True, text=True, check=True
    )
    assert listed.stdout.split()[1] == fingerprint(KEY)


@needs_keygen
@pytest.mark.parametrize("passphrase", ["", "secret phrase"])
def test_we_read_ssh_keygens_keys(tmp_path: Path, passphrase: str) -> None:
    file = tmp_path / "own"
    command = [str(KEYGEN), "-q", "-t", "ed25519", "-N", passphrase, "-C", "me@home", "-f", str(file)]
    subprocess.run(command, check=True)
    key = load_private(file.read_bytes(), passphrase or None)
    public, comment = parse_public_line((tmp_path / "own.pub").read_text().strip())
    assert (key.public, comment) == (public, "me@home")
    assert inspect_private(file.read_bytes()).encrypted == bool(passphrase)
    assert public.verify(key.sign(b"x"), b"x")
    assert not public.verify(key.sign(b"x"), b"y")


@needs_keygen
def test_an_rsa_key_is_unsupported(tmp_path: Path) -> None:
    file = tmp_path / "rsa"
    subprocess.run([str(KEYGEN), "-q", "-t", "ecdsa", "-N", "", "-f", str(file)], check=True)
    refused("unsupported_key", lambda: load_private(file.read_bytes(), None))
