"""The configured model: a file without secrets, keys that go only where they were meant for, mistakes told clearly."""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.service.errors import WorkbenchError
from workbench.service.model_config import (
    ModelSettings,
    checked_settings,
    config_path,
    key_of,
    load_settings,
    save_settings,
    settings_for,
    store_key,
)

KEY = "sk-secret-0123456789"


@pytest.fixture(autouse=True)
def _corner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path / "config"))


def made(**values: Any) -> ModelSettings:
    return checked_settings({"model": "openai/tiny"} | values)


def refused(call: Any, *given: Any, **named: Any) -> WorkbenchError:
    with pytest.raises(WorkbenchError) as caught:
        call(*given, **named)
    assert caught.value.detail
    assert caught.value.hint
    return caught.value


@given(
    st.from_regex(r"[a-z_]{1,10}/[\w.:@+-]{1,20}", fullmatch=True),
    st.sampled_from(["", "OPENAI_API_KEY", "_x1"]),
    st.sampled_from(["", "https://models.example/v1", "http://127.0.0.1:8080/v1", "http://[::1]:9"]),
    st.floats(0.1, 600),
    st.integers(1, 8),
)
def test_what_is_saved_is_what_is_loaded(name: str, env: str, url: str, timeout: float, candidates: int) -> None:
    settings = checked_settings(
        {"model": name, "key_env": env, "base_url": url, "timeout": timeout, "candidates": candidates}
    )
    path = save_settings(settings)
    assert load_settings() == settings
    assert path.stat().st_mode & 0o077 == 0


def test_without_a_file_there_is_no_model() -> None:
    assert load_settings() is None
    for name in ("", "default"):
        assert refused(settings_for, name).code == "model_not_configured"
    assert settings_for("ollama_chat/llama").name == "ollama_chat/llama"


@pytest.mark.parametrize(
    "values",
    [
        {"model": "a b"},
        {"model": ""},
        {"model": "/x"},
        {"model": "openai/"},
        {"model": "openai/x\nkey: y"},
        {"model": 5},
        {"key_env": KEY},
        {"key_env": "A B"},
        {"base_url": "ftp://models.example"},
        {"base_url": "https://user:pass@models.example"},
        {"base_url": "https://models.example/?key=1"},
        {"base_url": "https://"},
        {"base_url": "https://models.example:99999999/"},
        {"base_url": "https://modéls.example/"},
        {"base_url": "http://models.example/v1", "key_env": "K"},
        {"base_url": "http://127.0.0.1.models.example/v1", "key_env": "K"},
        {"base_url": "http://models.example/v1", "key_in_keyring": True},
        {"timeout": 0},
        {"timeout": float("nan")},
        {"timeout": float("inf")},
        {"candidates": 0},
        {"candidates": 9},
        {"temperature": -1},
        {"api_key": KEY},
    ],
)
def test_mistakes_are_refused_without_repeating_a_value(values: dict[str, Any]) -> None:
    error = refused(made, **values)
    assert error.code == "bad_model_config"
    assert KEY not in str(error.to_dict()) + repr(error)
    assert "pass@" not in str(error.to_dict())


@pytest.mark.parametrize(
    "text",
    ["model: [", "- a", "model", "\x00", "model: openai/x\nkey: sk-1", "a: &a [*a]", "!!python/object:os.system x"],
)
def test_a_broken_file_is_told_by_its_path(text: str) -> None:
    config_path().parent.mkdir(parents=True)
    config_path().write_text(text, encoding="utf-8")
    error = refused(load_settings)
    assert error.code == "bad_model_config"
    assert str(config_path()) in error.detail
    assert "sk-1" not in error.detail


def test_a_large_or_binary_file_is_refused() -> None:
    config_path().parent.mkdir(parents=True)
    for data in (b"model: openai/x\n" + b"#" * 70_000, b"\xff\xfe"):
        config_path().write_bytes(data)
        assert refused(load_settings).code == "bad_model_config"


def test_another_providers_key_and_address_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    save_settings(made(key_env="MINE", base_url="https://models.example/v1", timeout=7))
    same, other = settings_for("openai/large"), settings_for("anthropic/large")
    assert (same.key_env, same.base_url, same.timeout) == ("MINE", "https://models.example/v1", 7)
    assert (other.key_env, other.base_url, other.timeout) == ("", "", 7)
    assert key_of(other) is None, "litellm looks in that provider's own variable"


def test_keys_come_from_where_they_are_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINE", f" {KEY}\n")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-the-providers")
    assert key_of(made(key_env="MINE")) == KEY
    assert key_of(made()) is None
    assert key_of(made(base_url="https://models.example")) == "none", "no usual key goes to an address of one's own"
    monkeypatch.delenv("MINE")
    assert refused(key_of, made(key_env="MINE")).code == "model_no_key"


@pytest.mark.parametrize("key", ["", "  ", "a\nb", "k\u00e9y", "x" * 5000])
def test_what_is_no_key_is_refused_and_not_repeated(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINE", key)
    error = refused(key_of, made(key_env="MINE"))
    assert error.code in ("model_no_key", "bad_model_key")
    assert not key.strip() or key not in str(error.to_dict())


class Ring(types.ModuleType):
    """A keyring of this process."""

    def __init__(self) -> None:
        super().__init__("keyring")
        self.kept: dict[tuple[str, str], str] = {}

    def set_password(self, service: str, account: str, value: str) -> None:
        self.kept[service, account] = value

    def get_password(self, service: str, account: str) -> str | None:
        return self.kept.get((service, account))


def test_a_keyring_keeps_one_key_for_each_address(monkeypatch: pytest.MonkeyPatch) -> None:
    ring = Ring()
    monkeypatch.setitem(sys.modules, "keyring", ring)
    mine, theirs = made(key_in_keyring=True), made(key_in_keyring=True, base_url="https://models.example")
    store_key(mine, KEY)
    assert key_of(mine) == KEY
    assert refused(key_of, theirs).code == "model_no_key"
    save_settings(mine)
    assert KEY not in config_path().read_text(encoding="utf-8") + str(mine.shown()) + repr(mine)


def test_a_keyring_that_fails_says_so_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    ring = Ring()
    monkeypatch.setitem(sys.modules, "keyring", ring)

    def fail(*given: Any) -> None:
        raise RuntimeError(f"locked {given}")

    ring.get_password = ring.set_password = fail  # type: ignore[assignment]
    for call in (lambda: key_of(made(key_in_keyring=True)), lambda: store_key(made(key_in_keyring=True), KEY)):
        error = refused(call)
        assert error.code == "keyring_failed"
        assert KEY not in str(error.to_dict())
        assert error.__cause__ is None


def test_without_a_keyring_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert refused(key_of, made(key_in_keyring=True)).code == "keyring_missing"


def test_what_is_shown_holds_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINE", KEY)
    shown = made(key_env="MINE").shown()
    assert shown["key"] == "environment variable MINE"
    assert shown["key_is_set"] is True
    assert KEY not in str(shown)
