"""The field types of the artifact's models: each reads its YAML string strictly, and refuses with a reason code.

Imports pydantic and the leaf modules of this room. Validators raise :class:`ArtifactError`, which pydantic passes on.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainSerializer

from workbench.governance.canonical import SAFE_INTEGER, decode_base64
from workbench.governance.errors import ArtifactError
from workbench.governance.strict_json import json_text, parse_json
from workbench.governance.times import floored, format_time, parse_time
from workbench.governance.versions import rank
from workbench.governance.wording import check_identifier, check_text, check_uid

MAX_LABEL = 1024
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_HEX = re.compile(r"[0-9a-f]{64}")
_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
_SWARM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_COUNT = re.compile(r"0|[1-9][0-9]{0,15}")


class Frozen(BaseModel):
    """The base of all artifact models: immutable, and an unknown field is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=True, validate_by_alias=True)


def _form(pattern: re.Pattern[str], code: str, what: str) -> AfterValidator:
    def check(text: str) -> str:
        if pattern.fullmatch(text) is None:
            raise ArtifactError(code, f"`{text[:80]}` is not {what}")
        return text

    return AfterValidator(check)


def _instant(value: Any) -> Any:
    if isinstance(value, str):
        return parse_time(value)
    return floored(value) if isinstance(value, datetime) else value


def _count(value: Any) -> Any:
    if isinstance(value, str):
        if _COUNT.fullmatch(value) is None:
            raise ArtifactError("count", f"`{value[:40]}` is not a whole number")
        value = int(value)
    if isinstance(value, int) and (isinstance(value, bool) or not 0 <= value <= SAFE_INTEGER):
        raise ArtifactError("count", f"`{value}` is not a number that can be counted to")
    return value


def _version(text: str) -> str:
    rank(text)
    return text


def _label(text: str) -> str:
    if not text or len(text) > MAX_LABEL or "\n" in text:
        raise ArtifactError("label", f"`{text[:40]}` is not one line of 1 to {MAX_LABEL} characters")
    return check_text(text, "line")


def _signature(text: str) -> str:
    decode_base64(text, 64, "signature")
    return text


def _or_null(value: Any) -> Any:
    """YAML's bare ``null``: no version, digest or principal is spelled so."""
    return None if value == "null" else value


def context_json(text: str) -> str:
    """The one spelling of a Cedar record written as JSON text. Raises :class:`ArtifactError`."""
    value = parse_json(text, "context")
    if not isinstance(value, dict):
        raise ArtifactError("json", "the context is not a record")
    return json_text(value)


def speech_json(text: str) -> str:
    """The one spelling of what a request says, written as JSON text; "" for nothing. Raises :class:`ArtifactError`."""
    if not text:
        return ""
    value = parse_json(text, "speech")
    if not isinstance(value, dict):
        raise ArtifactError("json", "the speech is not a record")
    return json_text(value)


def entities_json(text: str) -> str:
    """The one spelling of a list of Cedar entities written as JSON text. Raises :class:`ArtifactError`."""
    value = parse_json(text, "entities")
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ArtifactError("json", "the entities are not a list of records")
    return json_text(value)


Text = Annotated[str, AfterValidator(lambda text: check_text(text, "text"))]
Label = Annotated[str, AfterValidator(_label)]
Uid = Annotated[str, AfterValidator(lambda text: check_uid(text, "principal"))]
Role = Annotated[str, AfterValidator(lambda text: check_identifier(text, "role"))]
Name = Annotated[str, AfterValidator(lambda text: check_identifier(text, "name"))]
SwarmId = Annotated[str, _form(_SWARM, "swarm_id", "a swarm id (letters, digits, `.`, `_`, `-`)")]
Digest = Annotated[str, _form(_DIGEST, "digest", "a digest (`sha256:` and 64 hex digits)")]
DigestOrEmpty = Annotated[str, _form(re.compile(f"(?:{_DIGEST.pattern})?"), "digest", "a digest, or empty")]
HexDigest = Annotated[str, _form(_HEX, "digest", "64 hex digits")]
Fingerprint = Annotated[str, _form(_FINGERPRINT, "fingerprint", "a key fingerprint (`SHA256:…`)")]
Version = Annotated[str, AfterValidator(_version)]
SignatureText = Annotated[str, AfterValidator(_signature)]
Count = Annotated[int, BeforeValidator(_count)]
Instant = Annotated[datetime, BeforeValidator(_instant), PlainSerializer(format_time, return_type=str)]
Nullable = BeforeValidator(_or_null)
ContextJson = Annotated[str, AfterValidator(context_json)]
SpeechJson = Annotated[str, AfterValidator(speech_json)]
EntitiesJson = Annotated[str, AfterValidator(entities_json)]
