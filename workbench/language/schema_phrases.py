"""Changes the words of a schema in its text: a phrase of a type, an action or an attribute, or of one of its values.

Only the annotation is touched; comments, layout and everything else stay to the character. Imports language only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from workbench.language.literals import quote
from workbench.language.schema_annotations import split_values
from workbench.language.schema_syntax import (
    ActionDeclaration,
    Annotations,
    AnnotationSyntax,
    AttributeSyntax,
    Declaration,
    EntityDeclaration,
    Namespace,
    RecordOf,
    SetOf,
    TypeDeclaration,
    TypeName,
    TypeSyntax,
    parse_schema_syntax,
)
from workbench.language.tokens import Token, tokenize

CONTEXT = "context"
Kind: TypeAlias = Literal["type", "action", "attribute"]
_DEEPEST = 3  # records within records, as far as English reaches


@dataclass(frozen=True, slots=True)
class Named:
    """What a phrase is for.

    ``type``: ``owner`` is its full name. ``action``: ``owner`` is the action's type, ``path`` its id alone.
    ``attribute``: ``owner`` is an entity type's full name or ``context`` (of any action), ``path`` a step per record;
    ``value`` where a value of it is meant.
    """

    kind: Kind
    owner: str
    path: tuple[str, ...] = ()
    value: str = ""


class PhraseError(ValueError):
    """``code``: ``not_declared``, ``said_already``, ``not_said``, ``schema_unreadable``."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class _Site:
    """A declaration that may carry the words: what it is annotated with, and where a first annotation would go."""

    annotations: Annotations
    start: int


def with_phrase(text: str, named: Named, phrase: str) -> str:
    """``text`` with ``phrase`` among the words of ``named``.

    Raises :class:`PhraseError`: ``not_declared``; ``said_already``; ``schema_unreadable``.
    """
    sites = _sites(text, named)
    if any(_says(site, named, phrase) for site in sites):
        raise PhraseError("said_already", f"`{phrase}` is one of its phrases already")
    label = _label(named)
    site = next((each for each in sites if label in each.annotations), sites[0])
    note = site.annotations.get(label)
    if note is None:
        made = f"{named.value}: {phrase}" if named.value else phrase
        return f"{text[: site.start]}@{label}({quote(made)}) {text[site.start :]}"
    if not named.value:
        return _replaced(text, note, f"{note.value.rstrip()} | {phrase}" if note.value.strip() else phrase)
    entries = note.value.rstrip().removesuffix(";").split(";") if note.value.strip() else []
    for place, entry in enumerate(entries):
        if _value_of(entry) == named.value:
            entries[place] = f"{entry.rstrip()}{' |' if split_values(entry)[0][1] else ':'} {phrase}"
            break
    else:
        entries.append(f"{' ' if entries else ''}{named.value}: {phrase}")
    return _replaced(text, note, ";".join(entries))


def without_phrase(text: str, named: Named, phrase: str) -> str:
    """``text`` with ``phrase`` no longer among the words of ``named``, wherever it stood.

    Raises :class:`PhraseError`: ``not_declared``; ``not_said``; ``schema_unreadable``.
    """
    sites = [site for site in _sites(text, named) if _says(site, named, phrase)]
    if not sites:
        raise PhraseError("not_said", f"`{phrase}` is none of its phrases")
    for site in sorted({site.start: site for site in sites}.values(), key=lambda each: -each.start):
        note = site.annotations[_label(named)]
        if named.value:
            entries = [
                _without(entry, phrase) if _value_of(entry) == named.value else entry for entry in note.value.split(";")
            ]
            text = _replaced(text, note, ";".join(entries))
        else:
            left = "|".join(part for part in note.value.split("|") if _normal(part) != _normal(phrase)).strip()
            text = _replaced(text, note, left) if left else _removed(text, note)
    return text


def _without(entry: str, phrase: str) -> str:
    value, colon, phrases = entry.partition(":")
    left = "|".join(part for part in phrases.split("|") if _normal(part) != _normal(phrase)).rstrip()
    return f"{value}{colon}{left}" if left.strip() else value


def _says(site: _Site, named: Named, phrase: str) -> bool:
    note = site.annotations.get(_label(named))
    if note is None:
        return False
    if not named.value:
        return _normal(phrase) in map(_normal, note.value.split("|"))
    said = (each for value, phrases in split_values(note.value) if value == named.value for each in phrases)
    return _normal(phrase) in map(_normal, said)


def _label(named: Named) -> str:
    return "values" if named.value else "phrase"


def _value_of(entry: str) -> str:
    return entry.partition(":")[0].strip()


def _normal(phrase: str) -> str:
    return " ".join(phrase.replace("...", "…").split()).casefold()


def _replaced(text: str, note: AnnotationSyntax, value: str) -> str:
    if text[note.value_span.start] == '"':
        written = text[note.value_span.start + 1 : note.value_span.end - 1]
        plain = written == note.value and '"' not in value and "\\" not in value  # line breaks stay what they are
        return text[: note.value_span.start] + (f'"{value}"' if plain else quote(value)) + text[note.value_span.end :]
    return f"{text[: note.span.end]}({quote(value)}){text[note.span.end :]}"  # `@phrase` with nothing in brackets


def _removed(text: str, note: AnnotationSyntax) -> str:
    """Without the annotation, and without the line that it alone stood on."""
    end = note.span.end
    while end < len(text) and text[end] in " \t":
        end += 1
    line = text.rfind("\n", 0, note.span.start) + 1
    if not text[line : note.span.start].strip() and text[end : end + 1] == "\n":
        return text[:line] + text[end + 1 :]
    return text[: note.span.start] + text[end:]


# ---- where it is declared --------------------------------------------------------------------------------------------


def _sites(text: str, named: Named) -> list[_Site]:
    """Every declaration of ``named``; at least one. Raises :class:`PhraseError`."""
    namespaces, findings = parse_schema_syntax(text)
    if any(finding.severity == "error" for finding in findings):
        raise PhraseError("schema_unreadable", "the schema cannot be read")
    found = list(_declared(namespaces, named, _Keywords(text)))
    if not found:
        what = ".".join((named.owner, *named.path)) if named.kind == "attribute" else (*named.path, named.owner)[0]
        raise PhraseError("not_declared", f"the schema does not declare `{what}`")
    return found


class _Keywords:
    """Where the keyword (``entity``, ``action``) before a declared name begins."""

    def __init__(self, text: str) -> None:
        self._before: dict[int, Token] = {}
        before: Token | None = None
        for token in tokenize(text):
            if before is not None:
                self._before[token.start] = before
            before = token

    def before(self, start: int) -> int:
        return self._before[start].start


def _declared(namespaces: Sequence[Namespace], named: Named, keywords: _Keywords) -> Iterator[_Site]:
    for space in namespaces:
        for declaration in space.declarations:
            match declaration:
                case EntityDeclaration(names=names) if named.kind != "action":
                    if named.owner not in (_full(space.name, name.path) for name in names):
                        continue
                    if named.kind == "type":
                        yield _Site(declaration.annotations, keywords.before(names[0].span.start))
                    else:
                        yield from _attributes(declaration.attributes, named.path, space.name, namespaces)
                case ActionDeclaration(names=names) if named.kind == "action":
                    own = (_full(space.name, "Action"), tuple(name.id for name in names))
                    if named.owner == own[0] and named.path[0] in own[1]:
                        yield _Site(declaration.annotations, keywords.before(names[0].span.start))
                case ActionDeclaration(context=context) if named.owner == CONTEXT and context is not None:
                    yield from _within(context, named.path, space.name, namespaces)


def _full(namespace: str, name: str) -> str:
    return f"{namespace}::{name}" if namespace else name


def _attributes(
    attributes: Sequence[AttributeSyntax], path: tuple[str, ...], namespace: str, namespaces: Sequence[Namespace]
) -> Iterator[_Site]:
    for attribute in attributes:
        if attribute.name == path[0]:
            if len(path) == 1:
                yield _Site(attribute.annotations, attribute.span.start)
            elif len(path) <= _DEEPEST:
                yield from _within(attribute.type, path[1:], namespace, namespaces)


def _within(
    type: TypeSyntax, path: tuple[str, ...], namespace: str, namespaces: Sequence[Namespace], depth: int = 0
) -> Iterator[_Site]:
    match type:
        case RecordOf(attributes=attributes):
            yield from _attributes(attributes, path, namespace, namespaces)
        case TypeName(path=name) if depth < 32:  # a common type may name another; one in a circle is refused elsewhere
            meant = _common(name, namespace, namespaces)
            if meant is not None:
                yield from _within(meant[1], path, meant[0], namespaces, depth + 1)
        case SetOf():
            return


def _common(name: str, namespace: str, namespaces: Sequence[Namespace]) -> tuple[str, TypeSyntax] | None:
    """The common type that ``name`` means in ``namespace``: the one declared there first, as Cedar looks it up."""
    for wanted in dict.fromkeys((_full(namespace, name), name)):
        for space in namespaces:
            for declaration in space.declarations:
                if _is_common(declaration, space.name, wanted):
                    assert isinstance(declaration, TypeDeclaration)
                    return space.name, declaration.type
    return None


def _is_common(declaration: Declaration, namespace: str, wanted: str) -> bool:
    return isinstance(declaration, TypeDeclaration) and _full(namespace, declaration.name.path) == wanted
