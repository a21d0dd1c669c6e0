"""The rules of a Rego file by name, its imports, and which of its rules decide.

Imports nodes and refusals.
"""

from __future__ import annotations

from dataclasses import dataclass

from workbench.authoring.rego.nodes import Module, Rule, Scalar
from workbench.authoring.rego.refusals import RefusalError

ALLOW, DENY = ("allow",), ("deny", "violation")


@dataclass(frozen=True)
class Index:
    """``rules``: by name, in the order of the text. ``aliases``: names that imports bind, as paths from the root."""

    package: tuple[str, ...]
    rules: dict[str, tuple[Rule, ...]]
    aliases: dict[str, tuple[str, ...]]

    def names(self, name: str) -> bool:
        """Whether the text gives ``name`` a meaning outside of any rule."""
        return name in {"input", "data"} or name in self.rules or name in self.aliases

    def defaults(self, name: str) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules.get(name, ()) if rule.default)

    def definitions(self, name: str) -> tuple[Rule, ...]:
        """The rules of that name, its default left out. Raises ``RefusalError`` where they are of different kinds."""
        found = tuple(rule for rule in self.rules.get(name, ()) if not rule.default)
        kinds = {rule.kind for rule in found}
        if len(kinds) > 1:
            raise RefusalError(
                "mixed_rule", f"`{name}` is defined in two ways", found[-1].place, "give each a name of its own"
            )
        for rule in found:
            if rule.otherwise is not None:
                help_ = "write a rule of its own, with the negation of what comes before"
                raise RefusalError("else", "`else` has no counterpart in Cedar", rule.otherwise, help_)
        return found

    def default_value(self, name: str) -> Scalar | None:
        """The constant of ``default name := …``. Raises ``RefusalError`` where it is none, or there are several."""
        found = self.defaults(name)
        if not found:
            return None
        value = found[0].value
        if len(found) > 1 or not isinstance(value, Scalar) or value.value is None or found[0].kind != "complete":
            raise RefusalError(
                "default", f"the default of `{name}` is not one constant", found[-1].place, "write one constant"
            )
        return value


def index_of(module: Module) -> Index:
    """The index of ``module``."""
    rules: dict[str, list[Rule]] = {}
    for rule in module.rules:
        rules.setdefault(rule.name, []).append(rule)
    aliases: dict[str, tuple[str, ...]] = {}
    for import_ in module.imports:
        path = tuple(import_.path.split("."))
        if path[0] in {"input", "data"}:
            aliases[import_.alias or path[-1]] = path
    return Index(tuple(module.package.split(".")), {name: tuple(found) for name, found in rules.items()}, aliases)
