"""Sections of a language's file: the parts of clauses, the names of a schema, tokens, diagnostics. Pure.

Imports the loader's types.
An entry is a field; its key in the file is the same, without the underscore that keeps ``if_`` from being a keyword.
"""

from __future__ import annotations

from dataclasses import dataclass

from workbench.authoring.languages import Phrases, Table


@dataclass(frozen=True, slots=True)
class Article:
    """Articles and what stands for them, by where they may stand."""

    a: Phrases
    a_the: Phrases
    the: Phrases
    a_the_any: Phrases
    any_a: Phrases
    the_a: Phrases
    each: Phrases
    actor: Phrases
    object: Phrases
    pointing: Phrases
    dropped: Phrases
    universal: Phrases
    no: Phrases


@dataclass(frozen=True, slots=True)
class Pronoun:
    """Pronouns."""

    any: Phrases
    anything: Phrases
    you: Phrases
    object: Phrases
    after_verb: Phrases
    done: Phrases
    relative: Phrases
    indefinite: Phrases
    reflexive: Phrases
    elsewhere: Phrases


@dataclass(frozen=True, slots=True)
class Possessive:
    """Whose."""

    mark: Phrases
    any: Phrases
    your: Phrases
    own: Phrases
    own_object: Phrases
    own_predicate: Phrases


@dataclass(frozen=True, slots=True)
class Copula:
    """Forms of be."""

    be: Phrases
    is_: Phrases
    is_are: Phrases
    has_been: Phrases
    have: Phrases
    it_is_done: Phrases


@dataclass(frozen=True, slots=True)
class Verb:
    """Verbs of conditions."""

    have: Phrases
    do: Phrases
    belong_to: Phrases
    exceeds: Phrases
    exceed: Phrases
    not_exceed: Phrases
    reach: Phrases
    equal: Phrases
    not_equal: Phrases
    move: Phrases
    not_move: Phrases
    not_reach: Phrases
    include: Phrases
    not_include: Phrases
    start_with: Phrases
    not_start_with: Phrases
    end_with: Phrases
    not_end_with: Phrases
    contain_text: Phrases
    not_contain_text: Phrases
    match: Phrases
    not_match: Phrases
    counting: Phrases
    auxiliaries: Phrases


@dataclass(frozen=True, slots=True)
class Negation:
    """Not."""

    not_: Phrases
    plain: Phrases
    do_not: Phrases
    did_not: Phrases
    verb: Phrases
    not_the_case: Phrases


@dataclass(frozen=True, slots=True)
class Connective:
    """What joins clauses."""

    if_: Phrases
    only_if: Phrases
    unless: Phrases
    except_: Phrases
    except_who: Phrases
    only: Phrases
    then: Phrases
    and_: Phrases
    or_: Phrases
    nor: Phrases
    but: Phrases
    again: Phrases
    that: Phrases
    relative: Phrases
    whose: Phrases
    please: Phrases


@dataclass(frozen=True, slots=True)
class Listing:
    """What opens a list of values."""

    either: Phrases
    any_of: Phrases
    both: Phrases
    all_of: Phrases
    none_of: Phrases
    neither: Phrases
    either_both: Phrases
    following: Phrases


@dataclass(frozen=True, slots=True)
class Preposition:
    """Prepositions, by what they lead to."""

    all: Phrases
    phrase: Phrases
    to: Phrases
    for_: Phrases
    of: Phrases
    by: Phrases
    on: Phrases
    for_on: Phrases
    of_for: Phrases
    to_for: Phrases
    whom: Phrases
    with_: Phrases
    without: Phrases
    with_no: Phrases
    group: Phrases
    member: Phrases
    same: Phrases
    same_after_action: Phrases
    text: Phrases


@dataclass(frozen=True, slots=True)
class Sameness:
    """The same as."""

    the_same: Phrases
    as_: Phrases
    as_own: Phrases
    the_same_as: Phrases


@dataclass(frozen=True, slots=True)
class Relation:
    """Phrase → the verb whose agent noun names the attribute (own → ``owner``)."""

    predicate: Table
    after_noun: Table


@dataclass(frozen=True, slots=True)
class Naming:
    """How names in a schema are made."""

    measures: Phrases
    windows: Table
    window_fillers: Phrases
    hour: Phrases
    hour_words: Phrases
    person: Phrases
    agent_endings: Phrases
    flag: Phrases
    currency: Phrases
    money: Phrases
    now: Phrases
    now_words: Phrases
    birth: Phrases
    expiry: Phrases
    moment_words: Phrases
    short: Table
    weekday: Phrases
    weekday_words: Phrases
    heads: Table
    circumstance: Table


@dataclass(frozen=True, slots=True)
class Token:
    """How text becomes tokens; ``lemmas`` of words that the lemmatiser would merge (``itself``: kept as they are)."""

    contracted: Table
    numbers: Table
    abbreviations: Phrases
    lemmas: Table


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """Words with a diagnostic of their own."""

    proportion: Phrases
    no_proportion: Phrases
    vague: Phrases
    vague_endings: Phrases
    injection: Phrases
    no_values: Phrases
    obliging: Phrases
    always_obliging: Phrases
    obliging_with_to: Phrases
    obliging_to: Phrases
    not_obliging: Phrases
    limiting: Phrases


@dataclass(frozen=True, slots=True)
class Known:
    """Words that are no values, besides those of the other sections; ``values`` are, although these use them."""

    words: Phrases
    values: Phrases
