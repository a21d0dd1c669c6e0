"""Checks an export of a workbench ledger: python check_export.py EXPORT.jsonl "ssh-ed25519 AAAA…"

Needs only `cryptography`, and the ledger's public key from a source you trust. Confirms the checkpoint's signature,
that each entry stands where it says in the tree that was signed (RFC 9162), and the salted digests of payloads that
came along. Exits 0; 1 naming the first line that is bad; 2 where it is called otherwise.
"""

import base64
import hashlib
import json
import sys

from cryptography.hazmat.primitives.serialization import load_ssh_public_key

KIND = b"application/vnd.concord.checkpoint.v1+json"


def root_of(entry, index, size, proof):
    """The root that the proof leads to: level by level, where the last of an odd number is carried up unchanged."""
    node, steps = hashlib.sha256(b"\0" + entry).digest(), list(map(bytes.fromhex, proof))
    while size > 1:
        if index ^ 1 < size:
            node = hashlib.sha256(b"\1" + (steps.pop(0) + node if index & 1 else node + steps.pop(0))).digest()
        index, size = index // 2, (size + 1) // 2
    return node.hex() if not steps else "too long"


def check_line(said, index, point):
    entry, value, payload = said["entry"].encode(), json.loads(said["entry"]), said.get("payload")
    in_place = said["index"] == index == value["seq"] - 1 < point["size"]
    if not in_place or root_of(entry, index, point["size"], said["proof"]) != point["root"]:
        raise ValueError(f"it is not entry {index + 1} of the ledger that was signed")
    for label in ("request", "entities", "decision") if payload else ():
        salted = bytes.fromhex(payload["salt"]) + label.encode() + b"\0" + payload[label].encode()
        if hashlib.sha256(salted).hexdigest() != value["body"][label]:
            raise ValueError(f"the {label} of entry {index + 1} was changed")


def main(path, public_line, number=1):
    try:
        with open(path, "rb") as lines:
            envelope = (head := json.loads(next(lines)))["checkpoint"]
            payload, signature = map(base64.b64decode, (envelope["payload"], envelope["signatures"][0]["sig"]))
            signed = b"DSSEv1 %d %b %d %b" % (len(KIND), KIND, len(payload), payload)
            load_ssh_public_key(public_line.encode()).verify(signature, signed)
            point = json.loads(payload)
            for number, index in enumerate(range(head["first"] - 1, head["last"]), 2):  # noqa: B007
                check_line(json.loads(next(lines)), index, point)
            if next(lines, b""):
                raise ValueError(f"nothing was to follow line {number}")
    except Exception as error:
        sys.exit(f"line {number} is bad: {str(error) or type(error).__name__}")
    print(f"ok: entries {head['first']} to {head['last']} of the {point['size']} signed at {point['at']}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        print('usage: python check_export.py EXPORT.jsonl "ssh-ed25519 AAAA…"', file=sys.stderr)
        sys.exit(2)
    main(*sys.argv[1:])
