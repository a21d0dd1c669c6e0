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


class NotIterableError(ValidationError, TypeError):
    """A list was wanted and the value cannot be walked; a TypeError too, because that is what the original let out."""

    def __init__(self, value: object) -> None:
        super().__init__(f"'{type(value).__name__}' object is not iterable", "not_a_list")
