"""The linter of schemas: what Cedar takes but a constitution should not rest on, and what is probably a slip.

Refused: CP011 (look-alike names, hidden characters, shadowed built-ins, sets of records, an attribute declared twice,
annotations whose value means nothing), CP120 (a ``speech`` that the service would not compute). Warnings: CP110 an
action that no request can name and that groups nothing, CP111 an entity type that nothing uses, CP112 the same words
for two things, CP113 ambiguous ``@values``, CP114 an annotation without effect, CP115 a misspelled annotation, CP116 a
common type that nothing uses, CP118 a rename of something that is still there, CP119 what the service fills in from its
clock and a retry is held against, CP121 a text beside the judgement of speech that need not be the judged one. Imports
language only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType

from workbench.language.diagnostics import Diagnostic, DiagnosticsError, Finding, LineMap, Span
from workbench.language.lookalikes import hidden_characters, look_alikes, scripts, skeleton
from workbench.language.schema import FROM_CLOCK, Attribute, PrimitiveType, RecordType, Schema, SetType, Type
from workbench.language.schema_annotations import Owner, annotation_findings, split_phrases
from workbench.language.schema_names import EXTENSIONS, PRIMITIVES, SchemaNames, qualified
from workbench.language.schema_reader import read_schema
from workbench.language.schema_speech import MESSAGE_NAME, SPEECH, SPEECH_NAME, amiss, is_speech
from workbench.language.schema_syntax import (
    ActionDeclaration,
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
from workbench.language.schema_types import TypeResolver
from workbench.language.schema_walk import declared_types, records, type_names
from workbench.language.tokens import NAMELESS, printable

_BUILT_IN = (*PRIMITIVES, *EXTENSIONS, "Set", "Boolean")
_STRING = PrimitiveType("String")
_ROLES = ("principal", "action", "resource", "context")

REFUSING = frozenset({"CP011", "CP120"})
"""The codes of what the linter refuses."""


def lint_schema(text: str) -> tuple[Diagnostic, ...]:
    """Everything that is wrong or doubtful about a schema, in the order of the text. Never raises on bad input.

    What :func:`read_schema` refuses comes alone: the rest is judged on schemas that Cedar takes.
    """
    try:
        schema = read_schema(text)
    except DiagnosticsError as error:
        return error.diagnostics
    namespaces, _ = parse_schema_syntax(text)
    lines = LineMap(text)
    found = [finding.at(lines) for finding in dict.fromkeys(_Linter(namespaces, schema).findings())]
    return tuple(sorted(found, key=lambda d: (d.span.start, d.severity != "error", d.code)))


@lru_cache(maxsize=64)
def schema_refusals(text: str) -> tuple[Diagnostic, ...]:
    """What the linter refuses (:data:`REFUSING`) of a schema that Cedar takes; nothing where Cedar itself refuses it.

    Cached by text, for the checker asks at every key stroke.
    """
    return tuple(found for found in lint_schema(text) if found.code in REFUSING and found.severity == "error")


class _Linter:
    def __init__(self, namespaces: list[Namespace], schema: Schema) -> None:
        self._namespaces = namespaces
        self._schema = schema
        self._names = SchemaNames(namespaces)
        self._types = TypeResolver(self._names)
        self._groups = {group for action in schema.actions.values() for group in action.groups}
        self._spaces: dict[str, set[str]] = {}  # namespace → the types that it declares, without its name
        for full in self._names.entities | self._names.common.keys():
            space, _, last = full.rpartition("::")
            self._spaces.setdefault(space, set()).add(last)
        self._types_declared = frozenset(self._names.entities | self._names.common.keys())
        self._contexts_named = self._contexts()

    def findings(self) -> Iterator[Finding]:
        """All of them, in no order."""
        yield from self._names_alike()
        yield from self._unused()
        yield from self._same_words()
        for namespace in self._namespaces:
            for declaration in namespace.declarations:
                yield from self._declaration(declaration, namespace.name)

    # ---- names -------------------------------------------------------------------------------------------------------

    def _names_alike(self) -> Iterator[Finding]:
        """Types, and actions, that could be taken for each other where both can be named."""
        types: dict[str, list[tuple[str, Span]]] = {"": []}
        actions: dict[str, list[tuple[str, Span]]] = {"": []}
        for namespace in self._namespaces:
            of_types, of_actions = types.setdefault(namespace.name, []), actions.setdefault(namespace.name, [])
            for declaration in namespace.declarations:
                of_types += [(name.path, name.span) for name in declared_types(declaration)]
                if isinstance(declaration, ActionDeclaration):
                    of_actions += [(name.id, name.span) for name in declaration.names]
        yield from _alike(((name, None) for name in types if name), "namespaces")
        for kind, declared in (("types", types), ("actions", actions)):
            outside = {skeleton(name): name for name, _ in reversed(declared[""])}
            for names in declared.values():
                yield from _alike(names, kind, outside)
        yield from (found for names in types.values() for path, span in names for found in _shadowing(path, span))
        for id, span in (pair for names in actions.values() for pair in names):
            yield from _readable(id, span, "action")

    # ---- one declaration ---------------------------------------------------------------------------------------------

    def _declaration(self, declaration: Declaration, space: str) -> Iterator[Finding]:
        old = declaration.annotations.get("renamed_from")
        siblings = frozenset({old.value} if old and self._is_declared(old.value, declaration, space) else ())
        match declaration:
            case EntityDeclaration(annotations=annotations, attributes=attributes, tags=tags, enum=enum):
                yield from annotation_findings(annotations, "entity type", siblings=siblings)
                yield from self._record(attributes, space, "attribute")
                if tags is not None:
                    yield from self._type(tags, space, "attribute")
                place = declaration.names[0].span
                yield from _alike(((id, place) for id in enum or ()), "ids")
                for id in enum or ():
                    yield from _readable(id, place, "id")
            case ActionDeclaration(annotations=annotations, context=context):
                yield from annotation_findings(annotations, "action", siblings=siblings)
                yield from self._empty_group(declaration, space)
                if context is not None:
                    yield from self._type(context, space, "context attribute")
                    yield from self._of_the_clock(context, space)
                    yield from self._of_speech(context, space)
            case TypeDeclaration(annotations=annotations, type=syntax, name=name):
                yield from annotation_findings(annotations, "type", siblings=siblings)
                of_context = qualified(name.path, space) in self._contexts_named
                yield from self._type(syntax, space, "context attribute" if of_context else "attribute")
                if of_context:
                    yield from self._of_the_clock(syntax, space)
                    yield from self._of_speech(syntax, space)

    def _is_declared(self, name: str, declaration: Declaration, space: str) -> bool:
        """Whether ``name`` is something of the same kind, as one would write it beside ``declaration``."""
        if isinstance(declaration, ActionDeclaration):
            return (qualified("Action", space), name) in self._schema.actions
        return name in self._types_declared or name in self._spaces.get(space, ())

    def _contexts(self) -> set[str]:
        """The common types that some action has as its context."""
        return {
            found
            for namespace in self._namespaces
            for declaration in namespace.declarations
            if isinstance(declaration, ActionDeclaration) and isinstance(declaration.context, TypeName)
            if (found := self._names.common_name(declaration.context.path, namespace.name)) is not None
        }

    def _record(self, attributes: tuple[AttributeSyntax, ...], space: str, owner: Owner) -> Iterator[Finding]:
        yield from _alike([(attribute.name, attribute.span) for attribute in attributes], "attributes")
        siblings = frozenset(attribute.name for attribute in attributes)
        for attribute in attributes:
            for place in attribute.replaced:
                message = f"`{printable(attribute.name)}` is declared twice, and this declaration counts for nothing"
                yield Finding("CP011", message, place, help="Cedar takes the last one: remove the others")
            yield from _readable(attribute.name, attribute.span, "attribute")
            resolved = self._types.type(attribute.type, space)
            yield from annotation_findings(attribute.annotations, owner, type=resolved, siblings=siblings)
            yield from self._type(attribute.type, space, owner)

    def _type(self, syntax: TypeSyntax, space: str, owner: Owner) -> Iterator[Finding]:
        match syntax:
            case RecordOf(attributes=attributes):
                yield from self._record(attributes, space, owner)
            case SetOf(element=element, span=span):
                if _holds_record(self._types.type(element, space)):
                    message = "a set of records has no bound, and no rule can look into it"
                    help = "make the record an entity type and keep a set of those, or name what rules ask for"
                    yield Finding("CP011", message, span, "a set of plain values or of entities", help=help)
                else:
                    yield from self._type(element, space, owner)

    def _of_the_clock(self, context: TypeSyntax, space: str) -> Iterator[Finding]:
        """CP119: attributes of a context that turn with the service's clock, but must be the same on a retry."""
        for attribute in context.attributes if isinstance(context, RecordOf) else ():
            source = attribute.annotations.get("source")
            if source is None or source.value != "server" or "volatile" in attribute.annotations:
                continue
            if FROM_CLOCK.get(attribute.name) == self._types.type(attribute.type, space):
                message = f"`{attribute.name}` comes from the service's clock, and is compared with a retry's"
                help = "mark it `@volatile`: else a held request that is asked again later opens another case"
                yield Finding("CP119", message, attribute.span, "@volatile", help=help, severity="warning")

    def _of_speech(self, context: TypeSyntax, space: str) -> Iterator[Finding]:
        """CP120: what looks like the service's judgement of what is said, and is none: a rule would believe in it."""
        for attribute in context.attributes if isinstance(context, RecordOf) else ():
            if attribute.name == SPEECH_NAME:
                why = amiss(Attribute(self._types.type(attribute.type, space)))
                if why:
                    message = f"`speech` is not the judgement that the service computes: {why}"
                    help = "declare " + ", ".join(f"`{name}`" for name in SPEECH) + ", or give it another name"
                    yield Finding("CP120", message, attribute.span, help=help)
                else:
                    yield from self._unbound(context, space)

    def _unbound(self, context: TypeSyntax, space: str) -> Iterator[Finding]:
        """CP121: a text beside a judgement, and none that is bound to be the judged one."""
        held = self._types.type(context, space)
        if not isinstance(held, RecordType) or not is_speech(held.attributes.get(SPEECH_NAME)):
            return
        if held.attributes.get(MESSAGE_NAME) is not None and held.attributes[MESSAGE_NAME].type == _STRING:
            return
        for attribute in context.attributes if isinstance(context, RecordOf) else ():
            kind = self._types.type(attribute.type, space)
            if attribute.name not in FROM_CLOCK and kind == _STRING and "source" not in attribute.annotations:
                message = f"`{attribute.name}` may be another text than the one that is judged"
                help = f"call what is sent `{MESSAGE_NAME}: String`: the service fills in the very text that it judged"
                yield Finding("CP121", message, attribute.span, help=help, severity="warning")
                return

    def _empty_group(self, declaration: ActionDeclaration, space: str) -> Iterator[Finding]:
        if declaration.principals:
            return
        for name in declaration.names:
            if (qualified("Action", space), name.id) not in self._groups:
                message = f"no request can name the action `{printable(name.id)}`, and no action is in it"
                help = "give it an `appliesTo`, or put actions into it: `action x in [" + printable(name.id) + "]`"
                yield Finding("CP110", message, name.span, help=help, severity="warning")

    # ---- use ---------------------------------------------------------------------------------------------------------

    def _unused(self) -> Iterator[Finding]:
        used_types, used_entities = self._used()
        for namespace in self._namespaces:
            for declaration in namespace.declarations:
                match declaration:
                    case EntityDeclaration(names=names):
                        for name in names:
                            if qualified(name.path, namespace.name) not in used_entities:
                                message = f"nothing uses the entity type `{name.path}`"
                                help = "no action applies to it, no attribute holds it, nothing is in it"
                                yield Finding("CP111", message, name.span, help=help, severity="warning")
                    case TypeDeclaration(name=name):
                        if qualified(name.path, namespace.name) not in used_types:
                            message = f"nothing uses the type `{name.path}`"
                            yield Finding("CP116", message, name.span, help="remove it", severity="warning")

    def _used(self) -> tuple[set[str], set[str]]:
        """Common types and entity types that something else names (what an entity type says of itself is no use)."""
        types: set[str] = set()
        entities: set[str] = set()
        for action in self._schema.actions.values():
            entities.update((*action.principals, *action.resources))
        for namespace in self._namespaces:
            for declaration in namespace.declarations:
                own = {qualified(n.path, namespace.name) for n in declared_types(declaration)}
                parents = declaration.parents if isinstance(declaration, EntityDeclaration) else ()
                entities.update({self._names.entity_name(name.path, namespace.name) for name in parents} - own)
                for syntax in type_names(declaration):
                    common = self._names.common_name(syntax.path, namespace.name)
                    if common is not None:
                        types.update({common} - own)
                    else:
                        entities.update({self._names.entity_name(syntax.path, namespace.name)} - own)
        return types, entities

    # ---- words -------------------------------------------------------------------------------------------------------

    def _same_words(self) -> Iterator[Finding]:
        """CP112: a phrase that two types, two actions on the same things, or two attributes of one record share."""
        types: list[tuple[str, AnnotationSyntax]] = []
        actions: list[tuple[str, AnnotationSyntax, ActionDeclaration]] = []
        for namespace in self._namespaces:
            for declaration in namespace.declarations:
                note = declaration.annotations.get("phrase")
                match declaration:
                    case EntityDeclaration(names=names) if note is not None:
                        types += [(name.path, note) for name in names]
                    case ActionDeclaration(names=ids) if note is not None:
                        actions += [(name.id, note, declaration) for name in ids]
                for record in records(declaration):
                    notes = [(field.name, field.annotations["phrase"]) for field in record if _phrased(field)]
                    yield from _shared(notes, "attributes")
        yield from _shared(types, "entity types")
        yield from _shared_actions(actions)


def _phrased(field: AttributeSyntax) -> bool:
    return "phrase" in field.annotations


def _shared(notes: Iterable[tuple[str, AnnotationSyntax]], kind: str) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for name, note in notes:
        for said in dict.fromkeys(phrase.casefold() for phrase in split_phrases(note.value)):
            earlier = seen.setdefault(said, name)
            if earlier != name:
                yield _ambiguous(said, kind, earlier, name, note)


def _shared_actions(actions: Iterable[tuple[str, AnnotationSyntax, ActionDeclaration]]) -> Iterator[Finding]:
    """Actions that share a phrase and some principal and some resource: else the words for those tell them apart."""
    seen: dict[tuple[str, str, str], str] = {}
    for id, note, declaration in actions:
        for said in dict.fromkeys(phrase.casefold() for phrase in split_phrases(note.value)):
            for principal in declaration.principals:
                for resource in declaration.resources:
                    earlier = seen.setdefault((said, principal.path, resource.path), id)
                    if earlier != id:
                        yield _ambiguous(said, "actions", earlier, id, note)


def _ambiguous(said: str, kind: str, earlier: str, name: str, note: AnnotationSyntax) -> Finding:
    message = f"`{printable(said)}` is said of two {kind}, `{printable(earlier)}` and `{printable(name)}`"
    help = "an English rule could mean either: give one of them other words"
    return Finding("CP112", message, note.span, help=help, severity="warning")


def _alike(
    names: Iterable[tuple[str, Span | None]], kind: str, outside: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Finding]:
    """CP011 for names that look like another of ``names``, or like one of ``outside`` (by skeleton)."""
    held = list(names)
    pairs = [(name, span, earlier) for name, span, earlier in look_alikes(held)]
    pairs += [(name, span, like) for name, span in held if (like := outside.get(skeleton(name), name)) != name]
    for name, span, earlier in pairs:
        message = f"the {kind} `{printable(name)}` and `{printable(earlier)}` are easily taken for each other"
        yield Finding("CP011", message, span or Span(0, 0), help="give one of them a name that reads differently")


def _shadowing(path: str, span: Span) -> Iterator[Finding]:
    for built_in in _BUILT_IN:
        if path == built_in:
            message = f"`{path}` hides Cedar's own type of that name"
            yield Finding("CP011", message, span, help="choose another name: a reader takes it for the built-in one")
        elif skeleton(path) == skeleton(built_in) and built_in != "Boolean":
            message = f"`{path}` is easily taken for Cedar's own type `{built_in}`"
            yield Finding("CP011", message, span, help="choose another name")


def _readable(name: str, span: Span, kind: str) -> Iterator[Finding]:
    if hidden := hidden_characters(name):
        message = f"the {kind} `{printable(name)}` contains `{printable(hidden[0])}`, which cannot be seen"
        yield Finding("CP011", message, span, help="write names with characters that show")
    elif name != name.strip() or not name:
        what = "begins or ends with a space" if name else "is empty"
        yield Finding(
            "CP011", f"the {kind} `{printable(name) or NAMELESS}` {what}", span, help="nobody can see that on a screen"
        )
    elif len(mixed := scripts(name)) > 1:
        message = f"the {kind} `{printable(name)}` mixes letters of {' and '.join(m.capitalize() for m in mixed)}"
        yield Finding("CP011", message, span, help="some of them look like others: write it in one script")


def _holds_record(kind: Type) -> bool:
    return isinstance(kind, RecordType) or (isinstance(kind, SetType) and _holds_record(kind.element))
