"""cedarpy's refusal of a whole schema → findings with places, what was expected, and the closest name.

cedarpy names what is wrong but not where, and stops at the first kind of mistake; the syntax tree has the places.
Nothing is refused here that cedarpy did not refuse. Imports the schema's syntax tree and names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, islice

from workbench.language.diagnostics import Finding, Span
from workbench.language.literals import quote
from workbench.language.schema_names import EXTENSIONS, PRIMITIVES, SchemaNames, candidates, qualified
from workbench.language.schema_syntax import (
    ActionDeclaration,
    ActionName,
    Declaration,
    Namespace,
    TypeName,
)
from workbench.language.schema_walk import declared_names, entity_names, type_names
from workbench.language.spelling import nearest
from workbench.language.tokens import NAMELESS, SPACE, printable

_BUILT_IN = (*PRIMITIVES, *EXTENSIONS)
MAX_PLACES = 50  # unknown names that are told at once: each is compared with every known one
_UNRESOLVED = ("failed to resolve type", "undeclared action", "undeclared entity type")


def place_refusal(message: str, text: str, namespaces: list[Namespace]) -> list[Finding]:
    """CP002 findings for cedarpy's ``message`` about the schema ``text``; never empty."""
    told = next(iter(message.strip().splitlines()), "").removeprefix("error parsing schema: ") or "refused"
    if told.startswith(_UNRESOLVED):
        names = SchemaNames(namespaces)
        places = chain(_unknown_types(namespaces, names), _unknown_groups(namespaces, names))
        found = list(islice(places, MAX_PLACES))
        if found:
            return found
    span, help = _declared_place(told, namespaces)
    return [Finding("CP002", printable(told, 300), span or _mentioned(text, message), help=help)]


# ---- names that mean nothing -----------------------------------------------------------------------------------------


def _unknown_types(namespaces: list[Namespace], names: SchemaNames) -> Iterator[Finding]:
    visible, entities = _visible(names), names.entities
    for namespace in namespaces:
        for declaration in namespace.declarations:
            yield from _entity_as_context(declaration, namespace.name, names)
            references = [(name, True) for name in entity_names(declaration)]
            references += [(name, False) for name in type_names(declaration)]
            for reference, entity in references:
                known = entities if entity else visible
                if any(name in known for name in candidates(reference.path, namespace.name)):
                    continue
                yield _unknown(reference, entity, sorted(known))


def _entity_as_context(declaration: Declaration, namespace: str, names: SchemaNames) -> Iterator[Finding]:
    """Cedar looks for a common type alone where a context is named."""
    context = declaration.context if isinstance(declaration, ActionDeclaration) else None
    if not isinstance(context, TypeName) or names.common_name(context.path, namespace) is not None:
        return
    if any(name in names.entities | names.action_types for name in candidates(context.path, namespace)):
        message = f"`{context.path}` is an entity type, and a context must be a record"
        help = "write the record: `context: { … }`, or name a `type` that is one"
        yield Finding("CP002", message, context.span, "a record", help=help)


def _visible(names: SchemaNames) -> set[str]:
    built_in = {f"__cedar::{name}" for name in _BUILT_IN}
    return names.entities | names.common.keys() | names.action_types | built_in


def _unknown(reference: TypeName, entity: bool, known: list[str]) -> Finding:
    best = nearest(reference.path, [name.removeprefix("__cedar::") for name in known])
    help = f"did you mean `{best}`?" if best else f"declare it: `entity {reference.path.rpartition('::')[2]};`"
    if reference.path in ("Boolean", "__cedar::Boolean"):
        best, help = "Bool", "the type of true and false is `Bool`"
    expected = "an entity type of the schema" if entity else "a type of the schema, or one of Cedar's own"
    what = "entity type" if entity else "type"
    return Finding("CP002", f"unknown {what} `{reference.path}`", reference.span, expected, best, help)


def _unknown_groups(namespaces: list[Namespace], names: SchemaNames) -> Iterator[Finding]:
    for namespace in namespaces:
        for declaration in namespace.declarations:
            if not isinstance(declaration, ActionDeclaration):
                continue
            for group in declaration.groups:
                kinds = [group.type] if "::" in group.type else [qualified("Action", namespace.name), "Action"]
                if any((kind, group.id) in names.actions for kind in kinds):
                    continue
                best = nearest(group.id, [id for _, id in names.actions])
                shown = f"{group.type}::{quote(group.id)}" if group.type else printable(group.id)
                help = f"did you mean `{best}`?" if best else f"declare the group: `action {quote(group.id)};`"
                fix = "" if not best else best if best.isidentifier() and not group.type else quote(best)
                fix = f"{group.type}::{quote(best)}" if fix and group.type else fix
                yield Finding(
                    "CP002", f"unknown action `{shown or NAMELESS}`", group.span, "an action of the schema", fix, help
                )


# ---- declarations that cannot stand ----------------------------------------------------------------------------------


def _declared_place(told: str, namespaces: list[Namespace]) -> tuple[Span | None, str]:
    """Where the declaration is that ``told`` complains of, and what to do."""
    mentioned = re.findall(r"`([^`]*)`", told)
    name = mentioned[0] if mentioned else ""
    if "declared twice" in told:
        return _last(namespaces, name), "give one of them another name, or remove it"
    if "illegally shadows" in told:
        return _last(namespaces, name), "a namespace may not declare again what stands outside any"
    if told.startswith("missing `"):
        help = f"name {name} types: `{name}: [T]`, or leave out `appliesTo` for a group"
        return _last(namespaces, mentioned[-1]), help
    if "reserved schema keyword" in told:
        return _last(namespaces, name), "choose a name that is not one of Cedar's own"
    if "type other than" in told:
        return _last(namespaces, name), "a context is a record: `{ … }`, or a type that is one"
    if "cycle" in told:
        return _last(namespaces, name), "something here contains itself"
    if "duplicate namespace" in told:
        return None, "put the declarations into one `namespace { … }`"
    return None, ""


def _last(namespaces: list[Namespace], name: str) -> Span | None:
    """The last declaration of ``name`` (``T``, ``N::T``, ``act``, ``N::Action::"act"``)."""
    found: Span | None = None
    for namespace in namespaces:
        for declaration in namespace.declarations:
            for declared in declared_names(declaration):
                if isinstance(declared, ActionName):
                    full = f"{qualified('Action', namespace.name)}::{quote(declared.id)}"
                    if name in (declared.id, full):
                        found = declared.span
                elif name in (declared.path, qualified(declared.path, namespace.name)):
                    found = declared.span
    return found


def _mentioned(text: str, message: str) -> Span:
    """The last word of the text that ``message`` mentions in quotes, else its first word."""
    names = re.findall(r'::"([^"]*)"', message) or re.findall(r"`([^`]*)`", message)
    names += re.findall(r": ([\w:]+)", message)
    for name in names:
        last = name.strip('"').rsplit("::", 1)[-1]
        found = list(re.finditer(rf"(?<![\w]){re.escape(last)}(?![\w])", text)) if last else []
        if found:
            return Span(found[-1].start(), found[-1].end())
    start = re.search(rf"[^{SPACE}]+", text)
    return Span(start.start(), start.end()) if start else Span(0, 0)
