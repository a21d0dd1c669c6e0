"""The grammar of Cedar's human schema syntax: text → declarations with places, names not yet resolved.

Accepts everything that Cedar's own grammar accepts; what else Cedar forbids is left to cedarpy, which judges
every schema. Imports tokens, literals and diagnostics.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TypeAlias

from workbench.language.diagnostics import Finding, Span, SyntaxFailure
from workbench.language.literals import RESERVED, EscapeError, unescape
from workbench.language.tokens import Cursor, Token, tokenize

_NOT_NAMES = RESERVED - {"__cedar"}


@dataclass(frozen=True, slots=True)
class TypeName:
    """A reference to a type, as written (``A``, ``N::A``, ``__cedar::Long``)."""

    path: str
    span: Span


@dataclass(frozen=True, slots=True)
class AnnotationSyntax:
    """``@name("value")``; ``value_span`` is the quoted text, or the name where there is none."""

    value: str
    span: Span
    value_span: Span


Annotations: TypeAlias = dict[str, AnnotationSyntax]


def annotation_values(annotations: Annotations) -> dict[str, str]:
    """Name → value, as the typed model keeps them."""
    return {name: annotation.value for name, annotation in annotations.items()}


@dataclass(frozen=True, slots=True)
class SetOf:
    element: TypeSyntax
    span: Span


@dataclass(frozen=True, slots=True)
class AttributeSyntax:
    """``span`` is the name's. ``replaced``: the places of earlier attributes of the same name, which Cedar drops."""

    name: str
    required: bool
    type: TypeSyntax
    annotations: Annotations
    span: Span
    replaced: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordOf:
    attributes: tuple[AttributeSyntax, ...]
    span: Span


TypeSyntax: TypeAlias = TypeName | SetOf | RecordOf


@dataclass(frozen=True, slots=True)
class EntityDeclaration:
    names: tuple[TypeName, ...]
    parents: tuple[TypeName, ...]
    attributes: tuple[AttributeSyntax, ...]
    tags: TypeSyntax | None
    enum: tuple[str, ...] | None
    annotations: Annotations


@dataclass(frozen=True, slots=True)
class ActionName:
    """The name of an action or a group: ``type`` is empty unless it was written (``N::Action::"id"``)."""

    type: str
    id: str
    span: Span


@dataclass(frozen=True, slots=True)
class ActionDeclaration:
    names: tuple[ActionName, ...]
    groups: tuple[ActionName, ...]
    principals: tuple[TypeName, ...]
    resources: tuple[TypeName, ...]
    context: TypeSyntax | None
    annotations: Annotations


@dataclass(frozen=True, slots=True)
class TypeDeclaration:
    name: TypeName
    type: TypeSyntax
    annotations: Annotations


Declaration: TypeAlias = EntityDeclaration | ActionDeclaration | TypeDeclaration


@dataclass(slots=True)
class Namespace:
    """The declarations of one namespace, or of a run of them outside any (``name`` empty), in order."""

    name: str
    declarations: list[Declaration] = field(default_factory=list)


class _SchemaParser(Cursor):
    def schema(self) -> list[Namespace]:
        namespaces: list[Namespace] = []
        while self.token.kind != "end":
            annotations = self._annotations()
            if self.token.text == "namespace":
                namespaces.append(self._namespace())
                continue
            if not namespaces or namespaces[-1].name:
                namespaces.append(Namespace(""))
            namespaces[-1].declarations.append(self._declaration(annotations))
        return namespaces

    def _namespace(self) -> Namespace:
        self.advance()
        namespace = Namespace(self._path().path)
        self.expect("{")
        while self.token.text != "}":
            annotations = self._annotations()
            namespace.declarations.append(self._declaration(annotations))
        self.advance()
        return namespace

    def _declaration(self, annotations: Annotations) -> Declaration:
        match self.token.text:
            case "entity":
                return self._entity(annotations)
            case "action":
                return self._action(annotations)
            case "type":
                self.advance()
                name = self._identifier("the type's name")
                self.expect("=")
                result = TypeDeclaration(name, self._type(), annotations)
                self.expect(";")
                return result
        return self.unexpected("`entity`, `action`, `type`, `namespace` or an annotation")

    def _annotations(self) -> Annotations:
        found: Annotations = {}
        while self.token.text == "@":
            start = self.advance().start
            name_token = self.token
            if name_token.kind != "ident":
                self.unexpected("the annotation's name")
            self.advance()
            value, value_span = "", name_token.span
            if self.accept("("):
                value_span = self.token.span
                value = self._string()
                self.expect(")")
            span = Span(start, self.previous_end())
            if name_token.text in found:
                self.note("CP001", f"the annotation `@{name_token.text}` stands twice", span, help="keep one of them")
            found[name_token.text] = AnnotationSyntax(value, span, value_span)
        return found

    def _entity(self, annotations: Annotations) -> EntityDeclaration:
        self.advance()
        names = [self._identifier("the entity type's name")]
        while self.accept(","):
            names.append(self._identifier("another entity type's name"))
        if self.accept("enum"):
            self.expect("[")
            choices = [self._string()]
            while self.accept(","):
                choices.append(self._string())
            self.expect("]", "`,` or `]`")
            self.expect(";")
            return EntityDeclaration(tuple(names), (), (), None, tuple(choices), annotations)
        parents = self._paths() if self.accept("in") else ()
        attributes: tuple[AttributeSyntax, ...] = ()
        equals = self.accept("=")
        if equals or self.token.text == "{":
            self.expect("{")
            attributes = self._attributes()
        tags = self._type() if self.accept("tags") else None
        self.expect(";", "`;`, `in`, `tags`, `enum` or `{`")
        return EntityDeclaration(tuple(names), parents, attributes, tags, None, annotations)

    def _action(self, annotations: Annotations) -> ActionDeclaration:
        self.advance()
        names = [self._action_name()]
        while self.accept(","):
            names.append(self._action_name())
        groups: tuple[ActionName, ...] = ()
        if self.accept("in"):
            groups = self._groups()
        parts: dict[str, tuple[TypeName, ...]] = {}
        context: TypeSyntax | None = None
        if self.accept("appliesTo"):
            self.expect("{")
            seen: set[str] = set()
            while True:
                key = self.token
                if key.text not in ("principal", "resource", "context"):
                    self.unexpected("`principal`, `resource` or `context`")
                self.advance()
                if key.text in seen:
                    self.note("CP001", f"`{key.text}` stands twice in this `appliesTo`", key.span)
                seen.add(key.text)
                self.expect(":")
                if key.text == "context":
                    context = self._type()
                else:
                    parts[key.text] = self._paths()
                if not self.accept(",") or self.token.text == "}":
                    break
            self.expect("}", "`,` or `}`")
        if self.accept("attributes"):
            self.expect("{")
            self.expect("}")
        self.expect(";", "`;`, `in` or `appliesTo`")
        principals, resources = parts.get("principal", ()), parts.get("resource", ())
        return ActionDeclaration(tuple(names), groups, principals, resources, context, annotations)

    def _action_name(self) -> ActionName:
        token = self.token
        if token.kind == "string":
            return ActionName("", self._string(), token.span)
        name = self._identifier("the action's name")
        return ActionName("", name.path, name.span)

    def _groups(self) -> tuple[ActionName, ...]:
        if not self.accept("["):
            return (self._group(),)
        groups = [self._group()]
        while self.accept(","):
            groups.append(self._group())
        self.expect("]", "`,` or `]`")
        return tuple(groups)

    def _group(self) -> ActionName:
        start = self.token.start
        if self.token.kind == "string" or self.peek().text != "::":
            return self._action_name()
        path = self._path()
        self.expect("::")
        return ActionName(path.path, self._string(), Span(start, self.previous_end()))

    def _paths(self) -> tuple[TypeName, ...]:
        if not self.accept("["):
            return (self._path(),)
        paths: list[TypeName] = []
        if self.token.text != "]":
            paths.append(self._path())
            while self.accept(","):
                paths.append(self._path())
        self.expect("]", "`,` or `]`")
        return tuple(paths)

    def _type(self) -> TypeSyntax:
        token = self.token
        if token.text == "Set" and self.peek().text == "<":
            self.advance()
            self.advance()
            element = self._type()
            end = self.expect(">").end
            return SetOf(element, Span(token.start, end))
        if self.accept("{"):
            attributes = self._attributes()
            return RecordOf(attributes, Span(token.start, self.previous_end()))
        return self._path()

    def _attributes(self) -> tuple[AttributeSyntax, ...]:
        """The attributes of a record whose ``{`` was taken, its ``}`` included."""
        attributes: dict[str, AttributeSyntax] = {}
        replaced: dict[str, list[Span]] = {}
        while self.token.text != "}":
            annotations = self._annotations()
            token = self.token
            name = self._string() if token.kind == "string" else self._identifier("an attribute's name or `}`").path
            required = not self.accept("?")
            self.expect(":", "`:` or `?:`")
            attribute = AttributeSyntax(name, required, self._type(), annotations, token.span)
            before = attributes.pop(name, None)
            if before is not None:
                replaced.setdefault(name, []).append(before.span)
            attributes[name] = attribute
            if not self.accept(","):
                break
        self.expect("}", "`,` or `}`")
        for name, places in replaced.items():
            attributes[name] = replace(attributes[name], replaced=tuple(places))
        return tuple(attributes.values())

    def _path(self) -> TypeName:
        first = self._identifier("a type's name")
        parts = [first.path]
        while self.token.text == "::" and self.peek().kind != "string":
            self.advance()
            parts.append(self._identifier("a type's name").path)
        return TypeName("::".join(parts), Span(first.span.start, self.previous_end()))

    def _identifier(self, expected: str) -> TypeName:
        token = self.token
        if token.kind != "ident":
            self.unexpected(expected)
        if token.text in _NOT_NAMES:
            self.fail(f"`{token.text}` is a reserved word", token.span, expected=expected)
        self.advance()
        return TypeName(token.text, token.span)

    def _string(self) -> str:
        token: Token = self.token
        if token.kind != "string":
            self.unexpected("a text in quotes")
        self.advance()
        try:
            return unescape(token.text[1:-1])
        except EscapeError as error:
            span = Span(token.start + 1 + error.start, token.start + 1 + error.end)
            self.note("CP001", str(error), span, help=r"write a backslash as `\\`")
            return token.text[1:-1]


def parse_schema_syntax(text: str) -> tuple[list[Namespace], list[Finding]]:
    """The declarations of a schema by namespace, and what is wrong; the guard must have passed ``text`` before."""
    findings: list[Finding] = []
    parser = _SchemaParser(tokenize(text), findings)
    try:
        return parser.schema(), findings
    except SyntaxFailure as failure:
        findings.append(failure.finding)
        return [], findings
