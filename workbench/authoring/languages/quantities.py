"""Sections of a language's file: units, moments, days of the week, networks, heads of attributes. Pure.

Imports the loader's types.
An entry is a field; its key in the file is the same, without the underscore that keeps ``from_`` from being a keyword.
"""

from __future__ import annotations

from dataclasses import dataclass

from workbench.authoring.languages import Phrases, Table


@dataclass(frozen=True, slots=True)
class Unit:
    """What numbers are counted in: phrase → the unit's name. ``old``: after a length of time, for an age."""

    time: Table
    size: Table
    money: Table
    old: Phrases
    ago: Phrases
    number_of: Phrases


@dataclass(frozen=True, slots=True)
class Heads:
    """Words that name what they compare, as a key of ``naming.heads``; ``costing`` is followed by a comparison."""

    greater: Table
    less: Table
    costing: Table


@dataclass(frozen=True, slots=True)
class Moment:
    """Points in time: phrases before a date, and what is said of one against the present."""

    before: Phrases
    after: Phrases
    since: Phrases
    until: Phrases
    passed: Phrases
    not_passed: Phrases
    expired: Phrases
    within_last: Phrases


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days of the week; a day's name → itself, a group's phrase → its days parted by spaces."""

    days: Table
    groups: Table
    on: Phrases
    from_: Phrases
    through: Phrases


@dataclass(frozen=True, slots=True)
class Network:
    """Ranges of addresses."""

    in_: Phrases
    not_in: Phrases
    the_range: Phrases


@dataclass(frozen=True, slots=True)
class Being:
    """One of several, what is there, what something is tagged with, prefixes that deny."""

    among: Phrases
    member_of: Phrases
    one_of: Phrases
    not_equal: Phrases
    outside: Phrases
    in_another: Phrases
    at: Phrases
    to: Phrases
    using: Phrases
    no_more: Phrases
    other_than: Phrases
    during: Phrases
    belonging: Phrases
    there_is: Phrases
    of_which: Phrases
    set_to: Phrases
    tagged: Table
    tagged_with: Phrases
    tag: Phrases
    denying: Phrases
