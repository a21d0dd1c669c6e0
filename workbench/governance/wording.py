"""Which characters may stand in a constitution: identifiers that cannot be mistaken, texts that hide nothing.

Imports the standard library only. Identifiers (principals, roles, swarm ids) are NFC, hold no invisible, bidirectional
or compatibility characters, and do not mix scripts whose letters look alike (Unicode UTS 39, "highly restrictive").
Texts may say anything in any script, but have no control characters beyond line feed and tab and no characters that
reorder what is seen.
"""

from __future__ import annotations

import re
import unicodedata

from workbench.governance.errors import ArtifactError

MAX_IDENTIFIER = 256
_BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_REORDERING = frozenset(_BIDI[3:])  # embeddings, overrides, isolates; the plain marks are ordinary right-to-left text
_LINE_BREAKS = frozenset("\r\x85\u2028\u2029\v\f")
_EAST_ASIAN = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC", "KATAKANA-HIRAGANA"})
_UID = re.compile(r'[A-Za-z_][A-Za-z0-9_]*(?:::[A-Za-z_][A-Za-z0-9_]*)*::"((?:[^"\\]|\\["\\])+)"')


def _name(char: str) -> str:
    return f"U+{ord(char):04X} {unicodedata.name(char, 'control character').lower()}"


def check_identifier(text: str, what: str) -> str:
    """``text`` if it is a safe identifier; ``what`` names the field in the message.

    Raises :class:`ArtifactError`: ``identifier_empty``, ``identifier_long``, ``not_nfc``, ``hidden_character``,
    ``look_alike`` (compatibility characters), ``mixed_script``.
    """
    if not text or text != text.strip():
        raise ArtifactError("identifier_empty", f"the {what} is empty or begins or ends with a space")
    if len(text) > MAX_IDENTIFIER:
        raise ArtifactError("identifier_long", f"the {what} is longer than {MAX_IDENTIFIER} characters")
    for char in text:
        if char in _BIDI or unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}:
            raise ArtifactError("hidden_character", f"the {what} has a character that cannot be seen: {_name(char)}")
    if unicodedata.normalize("NFC", text) != text:
        raise ArtifactError("not_nfc", f"the {what} `{text}` is not in Unicode normal form C")
    if unicodedata.normalize("NFKC", text) != text:
        odd = next(c for c in text if unicodedata.normalize("NFKC", c) != c)
        raise ArtifactError("look_alike", f"the {what} `{text}` has a look-alike character: {_name(odd)}")
    scripts = {unicodedata.name(char, "?").split(" ")[0] for char in text if char.isalpha()}
    kinds = {"EAST ASIAN" if script in _EAST_ASIAN else script for script in scripts}
    if len(kinds - {"EAST ASIAN"}) > 1 or (len(kinds) > 1 and "LATIN" not in kinds):
        named = " and ".join(sorted(script.lower() for script in kinds))
        raise ArtifactError("mixed_script", f"the {what} `{text}` mixes letters of {named}")
    return text


def check_uid(text: str, what: str) -> str:
    """``text`` if it is an entity ``Type::"id"`` in its one spelling (only ``\\"`` and ``\\\\`` escaped).

    Raises :class:`ArtifactError`: ``uid``, or those of :func:`check_identifier` for the id.
    """
    match = _UID.fullmatch(text)
    if match is None:
        raise ArtifactError("uid", f"the {what} `{text[:80]}` is not an entity", 'write it as `Operator::"ana"`')
    check_identifier(match[1], what)
    return text


def check_text(text: str, what: str) -> str:
    """``text`` if nothing in it hides or reorders what a reader sees; ``what`` names the field.

    Raises :class:`ArtifactError`: ``line_break`` (CR, NEL, …), ``control_character``, ``bidi_control``, ``surrogate``.
    """
    for line, content in enumerate(text.split("\n"), start=1):
        if content.isprintable():
            continue  # the common case, in C; categories Zs (but space), Cf and so on are looked at below
        for char in content:
            if char in _LINE_BREAKS:
                raise ArtifactError(
                    "line_break", f"line {line} of the {what} has {_name(char)}", "end lines with a line feed alone"
                )
            category = unicodedata.category(char)
            if category == "Cs":
                raise ArtifactError("surrogate", f"line {line} of the {what} has a lone surrogate")
            if char in _REORDERING:
                raise ArtifactError("bidi_control", f"line {line} of the {what} has {_name(char)}, which reorders text")
            if (category == "Cc" and char != "\t") or char == "\ufeff":
                raise ArtifactError("control_character", f"line {line} of the {what} has {_name(char)}")
    return text


def text_of(text: str) -> str:
    """``text`` with CRLF and CR line ends turned into line feeds: what builders apply to sources that people type."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
