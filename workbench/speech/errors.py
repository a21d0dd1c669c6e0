"""What speech evaluation refuses. Imports nothing.

The kinds are those that a program written for normcore catches: ``ValueError``, and ``ValidationError``, a kind of it.
"""

from __future__ import annotations


class SpeechError(ValueError):
    """Input that cannot be judged; ``code`` is a stable word for the reason."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class ValidationError(SpeechError):
    """A value inside the input has the wrong shape; the message names where."""

    def __init__(self, message: str, code: str = "shape") -> None:
        super().__init__(code, message)
