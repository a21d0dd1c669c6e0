"""What the annotations of a schema may say: ``@source``, ``@values``, ``@phrase``, ``@volatile``, ``@renamed_from``.

Findings about the syntax tree. Cedar takes any annotation, so nothing here is Cedar's: a wrong value that rules or
evidence would rest on is refused (CP011), one without effect is told (CP114, CP115, CP118). Imports language only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

from workbench.language.diagnostics import Finding, Severity
from workbench.language.literals import IDENTIFIER
from workbench.language.schema import PrimitiveType, SetType, Type
from workbench.language.schema_syntax import Annotations, AnnotationSyntax
from workbench.language.spelling import nearest
from workbench.language.tokens import one_of, printable

SOURCES = ("caller", "server", "meter", "identity")
KNOWN = ("phrase", "values", "source", "volatile", "renamed_from", "doc")
Owner: TypeAlias = Literal["entity type", "type", "action", "attribute", "context attribute", "namespace"]

_ATTRIBUTES = ("attribute", "context attribute")
_WHERE: dict[str, tuple[Owner, ...]] = {
    "source": _ATTRIBUTES,  # type: ignore[dict-item]
    "values": _ATTRIBUTES,  # type: ignore[dict-item]
    "phrase": ("entity type", "action", "attribute", "context attribute"),
    "renamed_from": ("entity type", "type", "action", "attribute", "context attribute"),
}


def annotation_findings(
    annotations: Annotations, owner: Owner, *, type: Type | None = None, siblings: frozenset[str] = frozenset()
) -> Iterator[Finding]:
    """What is wrong with the annotations of one declaration.

    ``type`` is an attribute's; ``siblings`` are the names declared beside it, itself included.
    """
    for name, note in annotations.items():
        if name in _WHERE and owner not in _WHERE[name]:
            message = f"`@{name}` says nothing about a{'n' if owner[0] in 'aeiou' else ''} {owner}"
            yield _warning("CP114", message, note, f"it belongs on: {', '.join(_WHERE[name])}")
            continue
        match name:
            case "source":
                yield from _source(note)
            case "values":
                yield from _values(note, type)
            case "phrase":
                yield from _phrase(note)
            case "volatile":
                yield from _volatile(note, owner)
            case "renamed_from":
                yield from _renamed_from(note, owner, siblings)
            case _ if name not in KNOWN:
                best = nearest(name, KNOWN)
                if best:
                    help = f"did you mean `@{best}`?"
                    yield _warning("CP115", f"`@{name}` is no annotation that anything reads", note, help)


def split_values(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """``"a: one | first; b"`` → ``[("a", ("one", "first")), ("b", ())]``; white space at the ends does not count."""
    found = []
    for entry in text.split(";"):
        value, _, phrases = entry.partition(":")
        found.append((value.strip(), tuple(split_phrases(phrases))))
    return found


def split_phrases(text: str) -> list[str]:
    """The alternatives of a ``@phrase``, white space made single; empty ones left out."""
    return [said for part in text.split("|") if (said := " ".join(part.split()))]


def _source(note: AnnotationSyntax) -> Iterator[Finding]:
    if note.value not in SOURCES:
        best = nearest(note.value, SOURCES)
        message = f"`{printable(note.value)}` vouches for nothing" if note.value else "`@source` does not say who"
        help = f"did you mean `{best}`?" if best else "an attribute without `@source` is the caller's own claim"
        yield Finding("CP011", message, note.value_span, one_of(SOURCES), f'"{best}"' if best else "", help)


def _values(note: AnnotationSyntax, type: Type | None) -> Iterator[Finding]:
    inner = type.element if isinstance(type, SetType) else type
    if inner != PrimitiveType("String"):
        message = "`@values` names the values of a text, and this attribute holds none"
        yield Finding("CP011", message, note.span, "an attribute of type String or Set<String>")
        return
    entries = split_values(note.value)
    if len(entries) > 1 and entries[-1] == ("", ()):
        entries.pop()  # a last `;` ends nothing
    seen: dict[str, str] = {}
    values: set[str] = set()
    for value, phrases in entries:
        if not value:
            message = "`@values` has an entry without a value"
            yield Finding("CP011", message, note.value_span, "`value: phrase | phrase; value`")
        elif value in values:
            yield _warning("CP113", f"the value `{printable(value)}` stands twice in `@values`", note, "keep one")
        values.add(value)
        for said in dict.fromkeys(phrase.casefold() for phrase in (value, *phrases) if phrase):
            earlier = seen.setdefault(said, value)
            if earlier != value:
                message = f"`{printable(said)}` stands for two values, `{printable(earlier)}` and `{printable(value)}`"
                yield _warning("CP113", message, note, "an English rule could mean either: give one other words")


def _phrase(note: AnnotationSyntax) -> Iterator[Finding]:
    if not split_phrases(note.value.replace("…", " ").replace("...", " ")):
        yield _warning("CP114", "`@phrase` has no words", note, "say how a rule would call this, or leave it out")


def _volatile(note: AnnotationSyntax, owner: Owner) -> Iterator[Finding]:
    if owner not in _ATTRIBUTES:
        yield _warning("CP114", f"`@volatile` says nothing about a {owner}", note, "it belongs on context attributes")
    elif owner == "attribute":
        message = "`@volatile` has no effect here: only what a request's context says is compared with its retry"
        yield Finding("CP114", message, note.span, severity="info")
    if note.value:
        yield _warning("CP114", "`@volatile` takes no value", note, "write `@volatile`")


def _renamed_from(note: AnnotationSyntax, owner: Owner, siblings: frozenset[str]) -> Iterator[Finding]:
    old = note.value
    if not old:
        yield Finding("CP011", "`@renamed_from` does not say what the name was", note.span, "the old name in quotes")
    elif owner in ("entity type", "type") and not all(IDENTIFIER.fullmatch(part) for part in old.split("::")):
        yield Finding("CP011", f"`{printable(old)}` was never the name of a type", note.value_span, "an identifier")
    elif old in siblings:
        message = f"`{printable(old)}` is still declared, so nothing was renamed from it"
        yield _warning("CP118", message, note, "remove the old declaration, or this annotation")


def _warning(code: str, message: str, note: AnnotationSyntax, help: str) -> Finding:
    severity: Severity = "warning"
    return Finding(code, message, note.span, help=help, severity=severity)
