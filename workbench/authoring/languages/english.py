"""The function words of English as the grammar uses them: ``en.toml`` with its sections. Pure.

Imports the loader and the sections.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import lru_cache

from workbench.authoring.languages import clauses, norms, orders, quantities, read, text_of

_NO_FUNCTION_WORDS = ("flag", "action", "naming", "token", "diagnostic", "known", "nominal")


@dataclass(frozen=True, eq=False)
class English:
    """What the grammar of English knows besides a schema."""

    modality: norms.Modality
    limit: norms.Limit
    who: norms.Who
    article: clauses.Article
    pronoun: clauses.Pronoun
    possessive: clauses.Possessive
    copula: clauses.Copula
    verb: clauses.Verb
    negation: clauses.Negation
    connective: clauses.Connective
    listing: clauses.Listing
    preposition: clauses.Preposition
    sameness: clauses.Sameness
    relation: clauses.Relation
    comparator: norms.Comparator
    window: norms.Window
    times: norms.Times
    clock: norms.Clock
    text: norms.Text
    flag: norms.Flag
    action: norms.Action
    approval: norms.Approval
    preference: norms.Preference
    nominal: orders.Nominal
    order: orders.Order
    asking: orders.Asking
    unit: quantities.Unit
    heads: quantities.Heads
    moment: quantities.Moment
    calendar: quantities.Calendar
    network: quantities.Network
    being: quantities.Being
    naming: clauses.Naming
    token: clauses.Token
    diagnostic: clauses.Diagnostic
    known: clauses.Known

    @property
    def function_words(self) -> frozenset[str]:
        """Every word that has a part in some shape, and so is never taken for a value that a schema does not list."""
        return _function_words(self)


@lru_cache(maxsize=8)
def _function_words(of: English) -> frozenset[str]:
    found = set(of.known.words)
    for section in fields(of):
        if section.name not in _NO_FUNCTION_WORDS:
            found.update(_words(getattr(of, section.name)))
    return frozenset(found - set(of.known.values))


def _words(section: object) -> Iterator[str]:
    for entry in fields(section):  # type: ignore[arg-type]
        for phrase in getattr(section, entry.name):
            yield from (word.lstrip("~") for word in phrase.split())


@lru_cache(maxsize=1)
def english() -> English:
    """The words of ``en.toml``, read once."""
    return read(text_of("en.toml"), English, "en.toml")
