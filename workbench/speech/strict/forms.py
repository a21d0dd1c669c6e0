"""Forms that a language's table need not spell out: gerunds and participles of its verbs.

A table names verbs once; its phrases may then say ``{doing}`` and ``{done}`` for doing or having done one of those that
change the world, ``{looking}`` for the harmless ones. A form that no verb has does no harm. Imports nothing of ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_VOWELS = "aeiou"
_PREFIXES = (
    "ab", "an", "auf", "aus", "bei", "durch", "ein", "fest", "fort", "frei", "herunter", "hoch", "runter", "um",
    "vor", "weg", "weiter", "wieder", "wiederher", "zu", "zurueck", "zusammen", "still", "sicher", "nach", "los",
    "platt",
)  # fmt: skip
_UNPREFIXED = ("be", "ent", "er", "ge", "ver", "zer", "ueber", "unter", "wider")


def derived(imperatives: str, words: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """The lists ``acting``, ``doing``, ``done`` and ``looking`` of a table with ``verbs`` and ``look``; what the table
    lists under ``irregular_done`` counts as done."""
    look = frozenset(words.get("look", ()))
    acting = [verb for verb in words.get("verbs", ()) if verb not in look and verb not in words.get("harmless", ())]
    german = imperatives == "german"
    doing = acting if german else [form for verb in acting for form in gerunds(verb)]
    looking = [] if german else [form for verb in look for form in gerunds(verb)]
    second = [(verb[:-2] if verb.endswith("en") else verb[:-1]) + "st" for verb in acting] if german else []
    done = [*second] + [form for verb in acting for form in (german_participles(verb) if german else participles(verb))]
    nouns = frozenset(words.get("noun_verbs", ()))
    return {
        "acting": tuple(acting),
        "surely": tuple(verb for verb in acting if verb not in nouns),
        "doing": tuple(sorted({*doing} - {*looking} - {*words.get("not_doing", ())})),
        "done": tuple(sorted({*done, *words.get("irregular_done", ())} - {*words.get("not_done", ())})),
        "looking": tuple(sorted({*looking, *words.get("more_looking", ())})),
    }


def gerunds(verb: str) -> tuple[str, ...]:
    """ "delete" → "deleting"; "drop" → "droping", "dropping" (which of the two is right is not told by its letters)."""
    if verb.endswith("ie"):
        return (verb[:-2] + "ying",)
    if verb.endswith("e") and not verb.endswith(("ee", "ye", "oe")):
        return (verb[:-1] + "ing",)
    return (verb + "ing", verb + verb[-1] + "ing") if _doubles(verb) else (verb + "ing",)


def participles(verb: str) -> tuple[str, ...]:
    """ "delete" → "deleted"; "drop" → "droped", "dropped"; irregular ones are the table's."""
    if verb.endswith("e"):
        return (verb + "d",)
    if verb.endswith("y") and verb[-2:-1] not in _VOWELS:
        return (verb[:-1] + "ied",)
    return (verb + "ed", verb + verb[-1] + "ed") if _doubles(verb) else (verb + "ed",)


def _doubles(verb: str) -> bool:
    return len(verb) > 2 and verb[-1] not in _VOWELS + "wxyh" and verb[-2] in _VOWELS and verb[-3] not in _VOWELS


def german_participles(verb: str) -> tuple[str, ...]:
    """ "loeschen" → "geloescht", "abschalten" → "abgeschaltet", "entfernen" → "entfernt", "deaktivieren" →
    "deaktiviert"; irregular ones are the table's."""
    stem = verb[:-2] if verb.endswith("en") else verb[:-1]
    ending = "et" if stem[-1:] in {"t", "d"} or stem[-2:] in {"fn", "gn"} else "t"
    if verb.endswith("ieren") or verb.startswith(_UNPREFIXED):
        return (stem + ending, verb)
    prefix = max(
        (each for each in _PREFIXES if verb.startswith(each) and len(verb) > len(each) + 4), key=len, default=""
    )
    bare = stem[len(prefix) :]
    return (f"{prefix}ge{bare}{ending}", f"{prefix}ge{bare}en")
