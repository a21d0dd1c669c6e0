"""Sections of a language's file: nouns of doing, words that put things in order, asking for approval. Pure.

Imports the loader's types. An entry is a field; its key in the file is the same, without a final underscore.
"""

from __future__ import annotations

from dataclasses import dataclass

from workbench.authoring.languages import Phrases, Table


@dataclass(frozen=True, slots=True)
class Nominal:
    """Nouns made from verbs, where no ending tells, or one tells wrongly."""

    irregular: Table
    false: Phrases
    particles: Phrases


@dataclass(frozen=True, slots=True)
class Order:
    """Word orders: what stands before its verb, around its object, or in another's place."""

    another: Phrases
    other: Phrases
    oneself: Phrases
    during: Phrases
    perfect: Phrases
    after: Phrases
    only_after: Phrases
    before: Phrases
    place: Phrases
    affected: Phrases
    at_a: Phrases
    in_the_active: Phrases
    light: Phrases
    after_verb: Phrases
    somebody_else: Phrases
    exceed_count: Phrases
    when_they: Phrases
    do_so: Phrases
    limited_count: Phrases
    reserved_for: Phrases
    be_preferred: Phrases
    be_strongly_preferred: Phrases
    be_avoided: Phrases


@dataclass(frozen=True, slots=True)
class Asking:
    """Approval asked for in the words of a restriction: "only with the approval of …", "unless … approves it"."""

    must_approve: Phrases
    is_required: Phrases
    for_what: Phrases
    only_with: Phrases
    without: Phrases
    with_: Phrases
    approves: Phrases
    approves_what: Phrases
    approved_by: Phrases
