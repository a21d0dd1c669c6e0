"""The function words of German as its grammar uses them: ``de.toml`` with its sections. Pure.

Every entry of the first sections is a terminal of ``de.lark``; the last four are used by the code.
Imports the loader.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache

from workbench.authoring.languages import Phrases, Table, read, text_of


@dataclass(frozen=True, slots=True)
class Modality:
    """May, must, is forbidden."""

    may: Phrases
    needs: Phrases
    forbidden: Phrases
    permitted: Phrases


@dataclass(frozen=True, slots=True)
class Negation:
    """Not, no."""

    not_: Phrases
    plain: Phrases
    no: Phrases


@dataclass(frozen=True, slots=True)
class Who:
    """Those who act."""

    nobody: Phrases
    anybody: Phrases
    somebody: Phrases
    whoever: Phrases
    member: Phrases


@dataclass(frozen=True, slots=True)
class Article:
    """Articles and what stands for them."""

    definite: Phrases
    indefinite: Phrases
    object_only: Phrases
    subject_only: Phrases
    pointing: Phrases
    universal: Phrases


@dataclass(frozen=True, slots=True)
class Pronoun:
    """Pronouns."""

    thing: Phrases
    you: Phrases
    person: Phrases
    relative: Phrases
    whose: Phrases
    possessive: Phrases
    own: Phrases
    elsewhere: Phrases


@dataclass(frozen=True, slots=True)
class Verb:
    """Verbs of conditions, and acting without an action's own words."""

    be: Phrases
    have: Phrases
    become: Phrases
    belong: Phrases
    own: Phrases
    exceed: Phrases
    reach: Phrases
    exist: Phrases
    exist_first: Phrases
    exist_rest: Phrases
    be_member: Phrases
    lie: Phrases
    end: Phrases
    count: Phrases
    act: Phrases
    to: Phrases


@dataclass(frozen=True, slots=True)
class Connective:
    """What joins clauses."""

    if_: Phrases
    only_if: Phrases
    unless: Phrases
    unless_if: Phrases
    except_: Phrases
    only: Phrases
    so: Phrases
    and_: Phrases
    or_: Phrases
    neither: Phrases
    nor: Phrases
    without: Phrases
    please: Phrases


@dataclass(frozen=True, slots=True)
class Preposition:
    """Prepositions, by what they lead to."""

    by: Phrases
    for_: Phrases
    to: Phrases
    at: Phrases
    on: Phrases
    with_: Phrases
    without: Phrases
    in_: Phrases
    outside: Phrases
    member: Phrases


@dataclass(frozen=True, slots=True)
class Comparator:
    """Above, at most."""

    signs: Table
    between: Phrases
    suffixes: Table


@dataclass(frozen=True, slots=True)
class Window:
    """Phrase for the time over which something is counted, by that time."""

    over: Table


@dataclass(frozen=True, slots=True)
class Times:
    """Counting and lasting."""

    noun: Phrases
    one: Phrases
    units: Table


@dataclass(frozen=True, slots=True)
class Clock:
    """Hours of the day."""

    between: Phrases
    between_to: Phrases
    from_: Phrases
    from_to: Phrases
    after: Phrases
    before: Phrases
    outside: Phrases
    it: Phrases
    named: Table


@dataclass(frozen=True, slots=True)
class Approval:
    """Procedures."""

    needs: Phrases
    noun: Phrases
    from_: Phrases
    approved: Phrases
    procedure: Phrases
    within: Phrases
    on_timeout: Phrases
    on_rejection: Phrases
    deny: Phrases
    escalate: Phrases
    different: Phrases


@dataclass(frozen=True, slots=True)
class Preference:
    """Prefer and avoid."""

    prefer: Phrases
    preferred: Phrases
    avoid: Phrases
    rather_not: Phrases
    strongly: Phrases


@dataclass(frozen=True, slots=True)
class Token:
    """How text becomes tokens."""

    noun_endings: Phrases
    adjective_endings: Phrases
    particles: Phrases
    numbers: Table
    abbreviations: Phrases


@dataclass(frozen=True, slots=True)
class Naming:
    """Words in phrases of a schema."""

    measures: Phrases
    windows: Table
    fillers: Phrases


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """Words with a diagnostic of their own."""

    proportion: Phrases
    vague: Phrases
    injection: Phrases
    obliging: Phrases
    obliging_with_to: Phrases


@dataclass(frozen=True, eq=False)
class German:
    """What the grammar of German knows besides a schema."""

    modality: Modality
    negation: Negation
    who: Who
    article: Article
    pronoun: Pronoun
    verb: Verb
    connective: Connective
    preposition: Preposition
    comparator: Comparator
    window: Window
    times: Times
    clock: Clock
    approval: Approval
    preference: Preference
    token: Token
    naming: Naming
    diagnostic: Diagnostic

    def terminals(self) -> Iterator[tuple[str, Phrases]]:
        """``MODALITY_MAY`` with its phrases, for every entry that is a terminal of the grammar."""
        for section in fields(self):
            if section.name not in ("token", "naming", "diagnostic"):
                for entry in fields(getattr(self, section.name)):
                    value = getattr(getattr(self, section.name), entry.name)
                    yield f"{section.name}_{entry.name.rstrip('_')}".upper(), tuple(value)

    @cached_property
    def function_words(self) -> frozenset[str]:
        """Every word of the terminals."""
        return frozenset(
            word.lstrip("~") for _, phrases in self.terminals() for phrase in phrases for word in phrase.split()
        )


@lru_cache(maxsize=1)
def german() -> German:
    """The words of ``de.toml``, read once."""
    return read(text_of("de.toml"), German, "de.toml")
