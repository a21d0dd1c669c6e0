"""Which language model helps with English, and how it is reached: ``model.yaml`` in the user's configuration.

No key is ever in that file: it names an environment variable, or an entry of the system's keyring. A key goes only
where it was meant for: one of another provider, or a provider's usual variable, is never sent to an address that was
configured by hand. Imports pydantic; ``keyring`` (optional) only when a key is kept there.
"""

from __future__ import annotations

import os
import re
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from workbench.service.errors import WorkbenchError, from_os
from workbench.service.files import write_atomically
from workbench.service.paths import config_dir

CONFIGURED = "default"
"""The word that names the configured model where a model is asked for."""
KEYRING_SERVICE = "constitution-workbench"
MAX_FILE = 64 * 1024
MAX_KEY = 4096
_NAME = re.compile(r"[\w.+-]+(?:/[\w.:@+-]+)*\Z")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}\Z")
_LOOPBACK = re.compile(r"^(localhost|127(\.\d+){3}|::1)$")


class ModelSettings(BaseModel):
    """One model. ``name`` as litellm spells it (``provider/model``); times in seconds.

    ``key_env``: the variable that holds the key; ``key_in_keyring``: it is in the system's keyring instead. With
    neither, the provider's usual variable serves, and at an address of one's own (``base_url``) no key at all.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: str = Field(max_length=200, alias="model")
    key_env: str = Field(default="", max_length=200)
    key_in_keyring: bool = False
    base_url: str = Field(default="", max_length=2048)
    timeout: float = Field(default=60.0, gt=0, le=600)
    temperature: float = Field(default=0.0, ge=0, le=2)
    candidates: int = Field(default=3, ge=1, le=8)

    @field_validator("name")
    @classmethod
    def _name(cls, value: str) -> str:
        if not _NAME.match(value):
            raise ValueError("write `provider/model` as litellm does: `openai/…`, `anthropic/…`, `ollama_chat/…`")
        return value

    @field_validator("key_env")
    @classmethod
    def _variable(cls, value: str) -> str:
        if value and not _VARIABLE.match(value):  # perhaps the key itself, which is not repeated
            raise ValueError("write the name of an environment variable, not a key")
        return value

    @field_validator("base_url")
    @classmethod
    def _address(cls, value: str) -> str:
        if not value:
            return value
        try:
            parts = urlsplit(value)
            _ = parts.port
        except ValueError:
            raise ValueError("it cannot be read as an address") from None
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("write `https://host/path`")
        if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
            raise ValueError("it carries a user, a password, a query or a fragment; leave them out")
        if not value.isascii() or not value.isprintable() or " " in value:
            raise ValueError("it has a space or a letter that is not ASCII")
        return value

    @property
    def provider(self) -> str:
        """What stands before the first stroke of the name."""
        return self.name.partition("/")[0]

    @property
    def has_key(self) -> bool:
        """Whether a key is named at all (it need not be there)."""
        return bool(self.key_env) or self.key_in_keyring

    @property
    def account(self) -> str:
        """The keyring's entry for this model: its provider, and the address where that is one's own."""
        return f"{self.provider} {self.base_url}".strip()

    def shown(self) -> dict[str, Any]:
        """The settings as they may be shown: where the key is, never the key."""
        if self.key_in_keyring:
            where, there = f"keyring ({self.account})", None
        elif self.key_env:
            where, there = f"environment variable {self.key_env}", bool(os.environ.get(self.key_env))
        else:
            where, there = ("none" if self.base_url else "the provider's usual environment variable"), None
        return {
            "model": self.name,
            "key": where,
            "key_is_set": there,
            "base_url": self.base_url,
            "timeout": self.timeout,
            "temperature": self.temperature,
            "candidates": self.candidates,
        }


def config_path() -> Path:
    """The file of the settings."""
    return config_dir() / "model.yaml"


def load_settings() -> ModelSettings | None:
    """The configured model, or ``None``. Raises :class:`WorkbenchError` (``bad_model_config``)."""
    path = config_path()
    if not path.is_file():
        return None
    import yaml

    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE + 1)
        if len(data) > MAX_FILE:
            raise _bad_file(path, "it is larger than 64 KiB")
        loaded = yaml.safe_load(data.decode("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError):
        raise _bad_file(path, "it is not valid YAML") from None
    except OSError as error:
        raise from_os(error) from error
    if not isinstance(loaded, dict):
        raise _bad_file(path, "it is not a list of `setting: value`")
    return checked_settings(loaded, place=f"`{path}`: ")


def checked_settings(values: dict[str, Any], *, place: str = "") -> ModelSettings:
    """Settings from their values. Raises :class:`WorkbenchError` (``bad_model_config``) without repeating a value."""
    try:
        settings = ModelSettings.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"]) or "settings"
        message = first["msg"].removeprefix("Value error, ")
        raise WorkbenchError(
            "the model cannot be used as configured",
            f"{place}`{name}`: {message[:1].lower()}{message[1:]}",
            "`workbench model set --help` names the settings",
            "bad_model_config",
        ) from None
    address = urlsplit(settings.base_url)
    if settings.has_key and address.scheme == "http" and not _LOOPBACK.match(address.hostname or ""):
        raise WorkbenchError(
            "the model cannot be used as configured",
            f"{place}`base_url`: a key would go to `{address.hostname}` unencrypted",
            "use `https`, or leave the key out",
            "bad_model_config",
        )
    return settings


def save_settings(settings: ModelSettings) -> Path:
    """Write the settings. Raises :class:`WorkbenchError`."""
    import yaml

    path = config_path()
    values = {
        name: value
        for name, value in settings.model_dump(by_alias=True).items()
        if name == "model" or value != ModelSettings.model_fields[name].default
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, yaml.safe_dump(values, sort_keys=False).encode(), mode=0o600)
    except OSError as error:
        raise from_os(error) from error
    return path


def settings_for(name: str) -> ModelSettings:
    """The settings for a model named where it is used; :data:`CONFIGURED` and the empty string mean the configured one.

    What is configured for another provider (its key, its address) is not used for this one. Raises
    :class:`WorkbenchError`: ``model_not_configured``, ``bad_model_config``.
    """
    configured = load_settings()
    if name in ("", CONFIGURED):
        if configured is None:
            raise WorkbenchError(
                "no model is configured",
                "there is none to ask",
                "name one with `--model PROVIDER/MODEL`, or configure it with `workbench model set`",
                "model_not_configured",
            )
        return configured
    if configured is None:
        return checked_settings({"model": name})
    values = configured.model_dump(by_alias=True) | {"model": name}
    if checked_settings({"model": name}).provider != configured.provider:
        values |= {"key_env": "", "key_in_keyring": False, "base_url": ""}
    return checked_settings(values)


def key_of(settings: ModelSettings) -> str | None:
    """The key; ``None`` where litellm is to look in the provider's usual variable.

    Raises :class:`WorkbenchError`: ``model_no_key``, ``keyring_missing``, ``bad_model_key``.
    """
    if settings.key_in_keyring:
        value = _keyring_get(settings.account)
        where = f"the keyring has no entry `{settings.account}` of `{KEYRING_SERVICE}`"
        hint = "store it with `workbench model set … --keyring`"
    elif settings.key_env:
        value = os.environ.get(settings.key_env)
        where = f"the environment has no variable `{settings.key_env}`"
        hint = "set it, or name another with `workbench model set … --key-env NAME`"
    else:
        # an address of one's own gets no key that was set for the provider itself
        return "none" if settings.base_url else None
    if not value:
        raise WorkbenchError("the model's key is missing", where, hint, "model_no_key")
    return _usable(value)


def store_key(settings: ModelSettings, key: str) -> None:
    """Put a key into the system's keyring. Raises :class:`WorkbenchError`."""
    usable = _usable(key)
    ring = _keyring()
    try:
        ring.set_password(KEYRING_SERVICE, settings.account, usable)
    except Exception as error:  # every backend has its own errors, whose texts may hold anything
        raise _ring_failed(error) from None


def _usable(key: str) -> str:
    stripped = key.strip()
    if not stripped or len(stripped) > MAX_KEY or not stripped.isascii() or not stripped.isprintable():
        raise WorkbenchError(
            "the model's key cannot be used",
            "it is empty, too long, or has characters that no key has",
            "set it anew",
            "bad_model_key",
        )
    return stripped


def _keyring() -> Any:
    try:
        return import_module("keyring")
    except ImportError:
        raise WorkbenchError(
            "there is no keyring here",
            "the package `keyring` is not installed",
            "`pip install keyring`, or keep the key in an environment variable (`--key-env NAME`)",
            "keyring_missing",
        ) from None


def _keyring_get(account: str) -> str | None:
    ring = _keyring()
    try:
        found = ring.get_password(KEYRING_SERVICE, account)
    except Exception as error:
        raise _ring_failed(error) from None
    return found if isinstance(found, str) else None


def _ring_failed(error: Exception) -> WorkbenchError:
    return WorkbenchError(
        "the keyring cannot be used",
        f"it failed ({type(error).__name__})",
        "unlock it, or keep the key in an environment variable (`--key-env NAME`)",
        "keyring_failed",
    )


def _bad_file(path: Path, what: str) -> WorkbenchError:
    return WorkbenchError(
        "the model cannot be used as configured", f"`{path}`: {what}", "repair or remove it", "bad_model_config"
    )
