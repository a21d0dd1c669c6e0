"""A hardware key in software: signs as PROTOCOL.u2f says a device does, with the flags and counter of a test."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from workbench.governance.errors import KeyFileError
from workbench.governance.keys import HARDWARE_TYPE, PublicKey, SigningKey, generate_key


def ssh_string(data: bytes) -> bytes:
    """Written out anew, so that a slip in the product's own is seen."""
    return len(data).to_bytes(4, "big") + data


@dataclass
class Device:
    """``flags`` 1: a person touched it; 5: and gave a PIN; 0: nobody did."""

    inner: SigningKey = field(default_factory=generate_key)
    application: str = "ssh:"
    flags: int = 1
    counter: int = 7
    kind: str = HARDWARE_TYPE

    @property
    def public(self) -> PublicKey:
        return PublicKey(self.inner.public.raw, HARDWARE_TYPE, self.application)

    def sign(self, data: bytes) -> bytes:
        raise KeyFileError("hardware_form", "a device signs no bare bytes")

    def sign_ssh(self, data: bytes) -> bytes:
        frame = (
            hashlib.sha256(self.application.encode()).digest()
            + bytes([self.flags])
            + self.counter.to_bytes(4, "big")
            + hashlib.sha256(data).digest()
        )
        raw = self.inner.sign(frame)
        return ssh_string(self.kind.encode()) + ssh_string(raw) + bytes([self.flags]) + self.counter.to_bytes(4, "big")
