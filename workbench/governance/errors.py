"""What governance refuses, as one family of exceptions with stable reason codes.

Imports nothing. The family is deliberately *not* derived from :class:`ValueError`: pydantic swallows those, and a
refusal inside a model must reach the caller with its code. Messages are lower case, with input in backticks.
"""

from __future__ import annotations


class GovernanceError(Exception):
    """A refusal: ``code`` is stable and machine-readable, ``message`` says what, ``help`` what to do about it."""

    def __init__(self, code: str, message: str, help: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help


class ArtifactError(GovernanceError):
    """A constitution file (or value) that is not one."""


class KeyFileError(GovernanceError):
    """A key, private or public, that cannot be used. Never carries key material or a passphrase."""


class VoteError(GovernanceError):
    """A vote that does not count, and why."""


class LifecycleError(GovernanceError):
    """An event that the state of an amendment does not allow."""


class ChainError(GovernanceError):
    """A link of a chain of versions that does not hold."""
