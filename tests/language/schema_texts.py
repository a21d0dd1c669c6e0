"""Random schema texts: names from a small pool, so that shadowing, clashes, cycles and unknown names are common.

``schema_text(random)`` is well formed as far as the grammar goes (roughly half are accepted by Cedar);
``mutated(random, text)`` breaks one. Deterministic by the generator that is passed in.
"""

from __future__ import annotations

import re
from random import Random

_TYPES = ["A", "B", "C", "D", "Long", "String", "Bool", "decimal", "ipaddr"]
_PLAIN_TYPES = ["E_1", "type", "in_", "K", "Q"]
_ODD_TYPES = ["Record", "Set", "Entity", "Action", "Extension", "Boolean", "__cedar", "if", "has", "principal"]
_INNER = ["E", "F", "G", "H", "duration", "datetime"]
_SPACES = ["N", "N::M", "M", "A", "Long", "Action"]
_BUILT_IN = ["Long", "String", "Bool", "decimal", "ipaddr", "datetime", "duration", "Boolean"]
_FIELDS = [
    "a",
    "b",
    "c",
    '"full name"',
    '"a"',
    "type",
    "entity",
    "principal",
    '""',
    r'"\u{1F600}"',
    "in_",
    "Set",
    "__x",
]
_ACTIONS = ["act", "view", '"do it"', r'"a\"b"', r'"\x41ct"', '"é"', "Action", "appliesTo", "in_", '"Act "']
_SAME_ACTIONS = ['"act"', r'"\u{61}ct"', '"Act"', r'"\u{e9}"', '"view"']
_IDS = ['"x"', '"y"', r'"\n"', '""', '"😀"', r'"\u{78}"', r'"\'"']
_NOTES = ['@doc("x")', "@mark", '@phrase("a … b | c")', '@source("server")', '@if("reserved")', "@a @b", '@id("\\n")']
_BROKEN = [
    *(
        "entity",
        "action",
        "type",
        "namespace",
        "in",
        "enum",
        "tags",
        "appliesTo",
        "attributes",
        "{",
        "}",
        "[",
        "]",
        ":",
    ),
    *(
        "::",
        ",",
        ";",
        "=",
        "?",
        "<",
        ">",
        "@",
        "@x",
        '"',
        '"\\q"',
        '"\\u{110000}"',
        "if",
        "__cedar",
        "Set",
        "é",
        "0",
        "-",
    ),
    *("principal", "resource", "context", "// c\n", "/* c */", "\u00a0", "\ufeff", "\x00", "like", "true", "'x'", "\\"),
]


class _Writer:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.tame = random.random() < 0.7  # then nearly every name that is used exists
        self.known = list(_TYPES[:4])  # what may be named from where the writer is
        self.actions: list[str] = []
        self.entities: list[str] = []  # what principals, resources and parents are chosen from

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def name(self) -> str:
        if self.chance(0.01):
            return self.random.choice(_ODD_TYPES)
        return self.random.choice(self.known if self.tame or self.chance(0.9) else _TYPES)

    def path(self) -> str:
        name = self.name()
        if "::" not in name and self.chance(0.02 if self.tame else 0.08):
            return f"{self.random.choice(_SPACES)}::{name}"
        return f"__cedar::{self.random.choice(_BUILT_IN)}" if self.chance(0.01) else name

    def notes(self) -> str:
        return self.random.choice(_NOTES) + " " if self.chance(0.15) else ""

    def type(self, depth: int = 0) -> str:
        kind = self.random.random()
        if kind < 0.45:
            return self.random.choice(_BUILT_IN if self.chance(0.02) else _BUILT_IN[:7])
        if kind < 0.5:
            return "__cedar::" + self.random.choice(_BUILT_IN[:7] if self.chance(0.9) else [*_BUILT_IN, *_TYPES])
        if kind < 0.72 or depth > 2:
            return self.path()
        if kind < 0.86:
            return f"Set<{self.type(depth + 1)}>"
        return self.record(depth + 1)

    def record(self, depth: int = 0) -> str:
        names = self.random.sample(_FIELDS, self.random.randrange(4))
        if not self.tame and names and self.chance(0.1):
            names.append(names[0])
        fields = [f"{self.notes()}{name}{'?' if self.chance(0.3) else ''}: {self.type(depth)}" for name in names]
        return "{" + ", ".join(fields) + ("," if fields and self.chance(0.2) else "") + "}"

    def several(self, count: int) -> str:
        """Entity types, in brackets or alone."""
        paths = [self.random.choice(self.entities) if self.chance(0.97) else self.path() for _ in range(count)]
        return paths[0] if count == 1 and self.chance(0.5) else "[" + ", ".join(paths) + "]"

    def entity(self, names: list[str]) -> str:
        head = f"{self.notes()}entity {', '.join(names)}"
        if self.chance(0.12):
            count = self.random.randrange(1, 4)
            return f"{head} enum [{', '.join(self.random.sample(_IDS, count))}];"
        if self.chance(0.35):
            head += " in " + self.several(self.random.randrange(1, 3))
        if self.chance(0.7):
            head += (" = " if self.chance(0.5) else " ") + self.record()
        if self.chance(0.2):
            head += " tags " + self.type(1)
        return head + ";"

    def group(self) -> str:
        if self.actions and self.chance(0.85):
            return self.random.choice(self.actions)
        name = self.random.choice([*_ACTIONS, *_SAME_ACTIONS])
        return f"{self.random.choice(_SPACES)}::Action::{_quoted(name)}" if self.chance(0.3) else name

    def action(self, names: list[str]) -> str:
        head = f"{self.notes()}action {', '.join(names)}"
        if self.chance(0.3):
            groups = [self.group() for _ in range(self.random.randrange(1, 3))]
            head += " in " + (groups[0] if len(groups) == 1 and self.chance(0.5) else "[" + ", ".join(groups) + "]")
        if self.chance(0.7):
            parts = [
                f"principal: {self.several(self.random.randrange(1, 3))}",
                f"resource: {self.several(self.random.randrange(1, 3))}",
            ]
            if self.chance(0.6):
                parts.append(f"context: {self.path() if self.chance(0.3) else self.record()}")
            if self.chance(0.3):
                self.random.shuffle(parts)
            if not self.tame and self.chance(0.1):
                parts.pop(self.random.randrange(len(parts)))
            head += " appliesTo { " + ", ".join(parts) + (" }" if self.chance(0.8) else ", }")
        if self.chance(0.03):
            head += " attributes {}"
        return head + ";"

    def declarations(self, space: str) -> str:
        """Types and actions of one namespace, most of them declared once."""
        pool = [name for name in self.known if "::" not in name and (name in _INNER) == bool(space)]
        entities = [name for name in pool if self.chance(0.8)] or pool[:1]
        self.entities += [f"{space}::{name}" if space else name for name in entities]
        declared = [self.entity([name]) for name in entities]
        declared += [f"{self.notes()}type {name} = {self.safe()};" for name in pool if name not in entities]
        if not self.tame and self.chance(0.5):
            declared.append(self.random.choice([f"type {self.name()} = {self.type()};", self.entity([self.name()])]))
        actions = self.random.sample(_ACTIONS, self.random.randrange(4))
        for name in actions:
            names = [name, self.random.choice(_SAME_ACTIONS)] if self.chance(0.04) else [name]
            declared.append(self.action(names))
            self.actions.append(f"{space}::Action::{_quoted(name)}" if space else name)
        self.random.shuffle(declared)
        return "\n".join(declared)

    def safe(self) -> str:
        """A type that seldom names others, so that common types do not define each other in a circle too often."""
        return self.type() if self.chance(0.2) else self.random.choice([*_BUILT_IN[:7], "Set<Long>", "{a: Long}"])

    def schema(self) -> str:
        spaces = self.random.sample(_SPACES, self.random.randrange(3))
        if not self.tame and self.chance(0.2):
            spaces *= 2
        self.known += self.random.sample(_TYPES[4:] if self.chance(0.1) else _PLAIN_TYPES, self.random.randrange(3))
        parts = [self.declarations("")]
        outer = list(self.known)
        for space in spaces:
            inner = self.random.sample(_INNER if self.chance(0.9) else _TYPES, self.random.randrange(1, 4))
            self.known = [*outer, *inner]
            parts.append(f"{self.notes()}namespace {space} {{\n{self.declarations(space)}\n}}")
        self.random.shuffle(parts)
        return "\n".join(parts)


def _quoted(name: str) -> str:
    return name if name.startswith('"') else f'"{name}"'


def schema_text(random: Random) -> str:
    """A schema by the grammar; whether its names mean anything is left to chance."""
    return _Writer(random).schema()


_PIECE = re.compile(r'"(?:\\.|[^"\\])*"|\w+|::|.|\n', re.DOTALL)


def mutated(random: Random, text: str) -> str:
    """``text`` with one to three words removed, doubled, swapped or replaced."""
    pieces = _PIECE.findall(text)
    for _ in range(random.randrange(1, 4)):
        place = random.randrange(len(pieces) + 1)
        match random.randrange(4):
            case 0:
                del pieces[place : place + 1]
            case 1:
                pieces[place:place] = [random.choice(_BROKEN)]
            case 2:
                pieces[place : place + 1] = [random.choice(_BROKEN)]
            case 3:
                pieces[place : place + 2] = reversed(pieces[place : place + 2])
    return "".join(pieces)
