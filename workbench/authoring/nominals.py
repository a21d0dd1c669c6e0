"""Nouns made from verbs: which verb a noun names the doing of ("deployment" of deploy, "approval" of approve). Pure.

English makes such nouns by a few endings, which join the verb's stem in a few ways. The forms that a verb could have
are made and compared, so a noun is never stretched to a verb that merely looks like it. Irregular nouns, and those
that only look derived ("department" of depart), are data of the language. Imports nothing of ours.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache

_SHORT = 4  # "signal" is no doing of sign: the endings that also make other nouns want a longer verb


def is_verb(lemma: str, verb: str) -> bool:
    """Whether a lemma is ``verb``; the lemmatiser makes "cancell" of the British "cancelled"."""
    return lemma == verb or (verb.endswith("l") and lemma == verb + "l")


def names_doing(noun: str, verb: str, irregular: Mapping[str, str], false: Collection[str]) -> bool:
    """Whether ``noun`` (lower case, singular or plural) is what doing ``verb`` (a lemma) is called.

    ``irregular`` maps nouns to their verbs ("sale" → sell); ``false`` are nouns that are not what their ending says.
    """
    singulars = _singulars(noun)
    known = {irregular[word] for word in singulars if word in irregular}
    if known:
        return verb in known
    return not any(word in false for word in singulars) and bool(singulars & _forms(verb))


def _singulars(noun: str) -> frozenset[str]:
    found = {noun}
    if noun.endswith("ies") and len(noun) > 4:
        found.add(noun[:-3] + "y")
    elif noun.endswith(("sses", "xes", "ches", "shes", "zes")):
        found.add(noun[:-2])
    elif noun.endswith("s") and not noun.endswith("ss"):
        found.add(noun[:-1])
    return frozenset(found)


@lru_cache(maxsize=4096)
def _forms(verb: str) -> frozenset[str]:
    return frozenset((verb, *_made(verb)))


def _made(verb: str) -> Iterator[str]:
    """What the endings make of a verb; the verb itself ("a restart") is a noun already."""
    bare, long = verb.removesuffix("e"), len(verb) > _SHORT
    yield verb + "ment"  # deployment, assignment
    if verb.endswith("dge"):
        yield bare + "ment"  # acknowledgment
    if long:
        yield bare + "al"  # approval, removal
        yield bare + "ance"  # issuance
        yield bare + "ure"  # closure
    if verb.endswith("er"):
        yield verb + "y"  # delivery, recovery
    if verb.endswith("y"):
        yield verb[:-1] + "ial"  # denial
        yield verb[:-1] + "ication"  # notification
    if verb.endswith(("ate", "ete", "ite", "ute", "ct")):
        yield bare + "ion"  # creation, deletion, execution, rejection
    elif verb.endswith("pt"):
        yield verb + "ion"  # adoption
    elif long:
        yield bare + "ation"  # installation, authorisation
    if verb.endswith("l"):
        yield verb + "lation"  # cancellation
    if verb.endswith("uce"):
        yield bare + "tion"  # reduction
    if verb.endswith("scribe"):
        yield verb[:-2] + "ption"  # prescription
    if verb.endswith("mit"):
        yield verb[:-1] + "ssion"  # submission
    if verb.endswith("de"):
        yield verb[:-2] + "sion"  # decision
    if long and verb.endswith(("nd", "rt")):
        yield verb[:-1] + "sion"  # suspension, conversion
    if long and verb.endswith("ss"):
        yield verb + "ion"  # suppression
    if long and verb.endswith("se"):
        yield bare + "ion"  # revision
