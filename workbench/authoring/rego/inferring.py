"""A schema made from what a Rego text does with its input, where none is given.

Imports kinds, mapping, worlds and literals. Every attribute may be missing, as in Rego; each has the one type that its
uses ask for. What nothing is learned of is a text, and is said.
"""

from __future__ import annotations

from workbench.authoring.rego.mapping import Spot
from workbench.authoring.rego.worlds import Lesson
from workbench.language.literals import is_plain_identifier, quote

ANY_ACTION, OTHER_ACTION = "request", "other"
_RESERVED = frozenset({"Bool", "Long", "String", "Set", "Entity", "Extension", "Record", "Action"})


class Inferred:
    """The schema that a lesson comes to. ``told``: what was taken for granted, one sentence each."""

    def __init__(self, lesson: Lesson) -> None:
        self._lesson = lesson
        self.told: list[str] = []
        self.text = self._schema()

    def _schema(self) -> str:
        lesson = self._lesson
        names = list(lesson.uses.action_names) or [ANY_ACTION]
        if not lesson.uses.action_names:
            self.told.append(f"the rules name no action: the schema has one, `{ANY_ACTION}`, to be replaced by yours")
        elif OTHER_ACTION not in names:
            names.append(OTHER_ACTION)
            self.told.append(f"`{OTHER_ACTION}` stands for any action that the rules do not name: replace it by yours")
        entities = dict.fromkeys((lesson.principal, lesson.resource))
        lines = [
            f"entity {name}{self._record(root)};"
            for name, root in zip(entities, ("principal", "resource"), strict=False)
        ]
        lines.append(f"type Facts ={self._record('context', always=True)};")
        applies = f"principal: [{lesson.principal}], resource: [{lesson.resource}], context: Facts"
        listed = ", ".join(name if is_plain_identifier(name) else quote(name) for name in names)
        lines.append(f"action {listed} appliesTo {{ {applies} }};")
        return "\n".join(lines) + "\n"

    def _record(self, root: str, *, always: bool = False) -> str:
        inner = self._attributes(Spot(root), 1)
        if inner:
            return f" = {{\n{inner}\n}}" if not always else f" {{\n{inner}\n}}"
        return " {}" if always else ""

    def _attributes(self, at: Spot, depth: int) -> str:
        length = len(at.attributes)
        names: dict[str, None] = {}
        for spot in self._lesson.kinds:
            if spot.root == at.root and len(spot.attributes) > length and spot.attributes[:length] == at.attributes:
                names.setdefault(spot.attributes[length])
        lines = []
        for name in names:
            spot = Spot(at.root, (*at.attributes, name))
            inner = self._attributes(spot, depth + 1)
            if inner:
                shown = "{\n" + inner + "\n" + "  " * depth + "}"
            else:
                kind = self._lesson.kinds[spot].found()
                shown = kind.shown
                if not kind.name and kind.asked:
                    shown = "Bool"
                    self.told.append(
                        f"`{spot.shown}` is taken for a flag, for a rule asks whether it is true; were it a text, "
                        "being there would be enough: say so in a schema, and convert again with `--schema`"
                    )
                elif not kind.name:
                    self.told.append(f"nothing says of what type `{spot.shown}` is: it is taken for a text")
            key = name if is_plain_identifier(name) else quote(name)
            lines.append("  " * depth + f"{key}?: {shown}")
        return ",\n".join(lines)


def type_name(word: str, otherwise: str) -> str:
    """A name for an entity type from the name that the input has for it."""
    name = "".join(part[:1].upper() + part[1:] for part in word.split("_") if part)
    return name if name and name not in _RESERVED and is_plain_identifier(name) else otherwise
