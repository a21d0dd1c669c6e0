"""Sections of a language's file: the shapes of norms, who, what, how much, when, with whose approval. Pure.

Imports the loader's types.
An entry is a field; its key in the file is the same, without the underscore that keeps ``if_`` from being a keyword.
"""

from __future__ import annotations

from dataclasses import dataclass

from workbench.authoring.languages import Phrases, Table


@dataclass(frozen=True, slots=True)
class Modality:
    """May, must not, nobody may …; ``must`` alone obliges."""

    forbid: Phrases
    permit: Phrases
    permit_only: Phrases
    forbid_state: Phrases
    permit_state: Phrases
    only_state: Phrases
    after_nobody: Phrases
    imperative_forbid: Phrases
    forbid_it: Phrases
    must: Phrases
    ever: Phrases


@dataclass(frozen=True, slots=True)
class Limit:
    """ "must not exceed": a bound on a number."""

    never: Phrases
    must: Phrases
    exceed: Phrases
    fall_below: Phrases
    limited_to: Phrases


@dataclass(frozen=True, slots=True)
class Who:
    """Those who act."""

    nobody: Phrases
    none_of: Phrases
    anybody: Phrases
    somebody: Phrases
    members_of: Phrases
    no_person: Phrases
    principal: Phrases
    resource: Phrases
    request: Phrases
    requester: Phrases


@dataclass(frozen=True, slots=True)
class Comparator:
    """Above, at most, between."""

    signs: Table
    lengths: Table
    suffixes: Table
    or_more: Phrases
    exactly: Phrases
    between: Phrases


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

    it_is: Phrases
    between: Phrases
    between_to: Phrases
    not_between: Phrases
    from_: Phrases
    from_to: Phrases
    outside: Phrases
    outside_to: Phrases
    during: Phrases
    during_to: Phrases
    after: Phrases
    before: Phrases
    until: Phrases
    named: Table


@dataclass(frozen=True, slots=True)
class Text:
    """Patterns of text, tags."""

    at: Phrases
    ending_in: Phrases
    starting_with: Phrases
    containing: Phrases
    the_tag: Phrases


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes-or-no attributes."""

    true: Phrases
    not_true: Phrases
    verbs: Table
    qualities: Phrases
    quality_endings: Phrases
    no_quality_endings: Phrases
    given: Phrases
    or_unknown: Phrases
    and_known: Phrases
    not_given: Phrases
    relating: Phrases


@dataclass(frozen=True, slots=True)
class Action:
    """Doing, said without an action's own words."""

    any: Phrases
    perform: Phrases
    the_action: Phrases
    noun: Phrases
    gerund: Phrases
    generic_nouns: Phrases


@dataclass(frozen=True, slots=True)
class Approval:
    """Procedures."""

    needs: Phrases
    approved_by: Phrases
    required_from: Phrases
    counted_from: Phrases
    article: Phrases
    noun: Phrases
    from_: Phrases
    and_from: Phrases
    more_from: Phrases
    different: Phrases
    for_whom: Phrases
    whose_role: Phrases
    whose_role_is: Phrases
    no_requester: Phrases
    procedure: Phrases
    the_procedure: Phrases
    amendments: Table
    separators: Phrases
    within: Phrases
    timelock: Phrases
    takes_effect: Phrases
    later: Phrases
    on_timeout: Phrases
    on_rejection: Phrases
    deny: Phrases
    escalate: Phrases
    fallback_article: Phrases


@dataclass(frozen=True, slots=True)
class Preference:
    """Prefer and avoid."""

    prefer: Phrases
    avoid: Phrases
    strongly: Phrases
    strongly_prefer: Phrases
    strongly_avoid: Phrases
    score: Phrases
    minus: Phrases
