"""The names of keys: Textual's, what people read and write for them, and keys that cannot be relied on. Pure."""

from __future__ import annotations

import unicodedata

from textual.keys import KEY_NAME_REPLACEMENTS

_SHOWN_KEYS = {
    "question_mark": "?",
    "exclamation_mark": "!",
    "escape": "esc",
    "plus": "+",
    "equals_sign": "=",
    "minus": "-",
    "slash": "/",
    "space": "space",
    "@": "space",  # what terminals send for ctrl+space
    "apostrophe": "'",
    "quotation_mark": '"',
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "full_stop": ".",
    "comma": ",",
    "colon": ":",
    "semicolon": ";",
    "backslash": "\\",
    "underscore": "_",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
}
_NAMED = frozenset({
    "up", "down", "left", "right", "home", "end", "pageup", "pagedown", "insert", "delete", "backspace", "enter",
    "escape", "tab", "space", *(f"f{number}" for number in range(1, 25)),
})  # fmt: skip
_ALSO = {"esc": "escape", "return": "enter", "del": "delete", "ins": "insert", "pgup": "pageup", "pgdn": "pagedown"}
_ALSO |= {"page_up": "pageup", "page_down": "pagedown", "arrow_up": "up", "arrow_down": "down"}
_MODIFIERS = ("ctrl", "shift", "alt", "super", "hyper", "meta")
_AS_CONTROL = {"ctrl+space": "ctrl+@", "ctrl+@": "ctrl+@", "ctrl+at": "ctrl+@"}

UNSENT = {
    "ctrl+h": "terminals send backspace for it",
    "ctrl+i": "terminals send tab for it",
    "ctrl+j": "terminals send enter for it",
    "ctrl+m": "terminals send enter for it",
    "ctrl+enter": "most terminals send enter for it",
    "shift+enter": "most terminals send enter for it",
    "ctrl+left_square_bracket": "terminals send escape for it",
}
"""Keys that do not arrive as themselves, and why."""
EDITORS_OWN = frozenset({
    "f6", "f7", "tab", "enter", "backspace", "delete", "home", "end", "up", "down", "left", "right", "pageup",
    "pagedown", *(f"ctrl+{letter}" for letter in "abcdefkuvwxyz"),
})  # fmt: skip
"""Keys with a meaning of their own in a text field."""


NO_KEYBOARD_HAS = ("f20",)  # what terminals send for shift+F8


def shown_key(key: str) -> str:
    """A key's name for people: ``ctrl+p`` stays, ``question_mark`` becomes ``?``, ``f1`` becomes ``F1``."""
    *modifiers, last = key.split("+")
    if last in _SHOWN_KEYS:
        last = _SHOWN_KEYS[last]
    elif len(last) > 1 and last[0] == "f" and last[1:].isdigit():
        last = last.upper()
    elif len(last) > 1 and last not in _NAMED:
        last = _character(last) or last
    return "+".join((*modifiers, last))


def key_named(text: str) -> str:
    """Textual's name of the key that a person calls ``text``: ``?``, ``esc``, ``PgDn``, ``Ctrl+P``, ``shift+a``, ``é``.

    Raises ``ValueError`` (a sentence) for what is no key.
    """
    if len(text) == 1:
        return _key_of(text)
    *modifiers, last = text.split("+") if not text.endswith("++") else [*text[:-2].split("+"), "+"]
    modifiers = [name.lower() for name in modifiers]
    modifiers = ["ctrl" if name in ("control", "c") else name for name in modifiers]
    if unknown := [name for name in modifiers if name not in _MODIFIERS]:
        raise ValueError(f"`{text}` is no key: `{unknown[0]}` is none of {', '.join(_MODIFIERS)}")
    named = _ALSO.get(last.lower(), last.lower())
    if len(last) == 1:
        if modifiers == ["shift"] and last.isalpha():
            return last.upper()  # what terminals send for it
        key = _key_of(last.lower())  # with ctrl and alt they do not tell S from s
    elif named in _NAMED or _character(named):
        key = named
    else:
        raise ValueError(f"`{text}` is no key: write `s`, `S`, `?`, `F5`, `space`, `esc` or `ctrl+s`")
    made = "+".join((*sorted(set(modifiers), key=_MODIFIERS.index), key))
    return _AS_CONTROL.get(made, made)


def is_typed(key: str) -> bool:
    """Whether a text field takes the key as text."""
    return "+" not in key and (key not in _NAMED or key == "space")


def _key_of(character: str) -> str:
    if character == " ":
        return "space"
    if character.isalnum():
        return character
    try:
        name = unicodedata.name(character).lower().replace("-", "_").replace(" ", "_")
    except ValueError:
        raise ValueError(f"{character!r} is no key") from None
    return KEY_NAME_REPLACEMENTS.get(name, name)


def _character(key: str) -> str:
    """The character that Textual's long name of a key stands for; empty for other names."""
    if key in _LONG_NAMES:
        return _LONG_NAMES[key]
    try:
        return unicodedata.lookup(key.replace("_", " "))
    except KeyError:
        return ""


_LONG_NAMES = {_key_of(chr(code)): chr(code) for code in (*range(0x21, 0x7F), *range(0xA0, 0x250))}
"""Names of keys that keyboards have, whose hyphens Textual's long names do not keep."""
