"""``context.speech``: the judgement of what an agent says, which the deciding service computes and nobody may claim.

An action has it where its context declares a record ``speech`` with every attribute of :data:`SPEECH`:

    type Speech = { status: String, licensed: Bool, modality: String, modalities: Set<String>,
                    violated_axioms: Set<String>, statements: Long };

Two may stand beside them: ``admissible: Bool``, whether nothing in it is violated, unsupported, ill-formed or
undecidable; ``observed: Bool``, whether no ground that it cites is the caller's mere claim. Beside ``speech`` a text
attribute ``message`` is the very text that was judged, so that nobody has one text judged and sends another. Both are
the server's, whether or not the schema says ``@source("server")``. Imports the schema's types.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from workbench.language.schema import ActionType, Attribute, PrimitiveType, RecordType, SetType, Type

SPEECH_NAME = "speech"
MESSAGE_NAME = "message"
ADMISSIBLE_NAME = "admissible"
OBSERVED_NAME = "observed"
_TEXT, _YES_NO, _NUMBER = PrimitiveType("String"), PrimitiveType("Bool"), PrimitiveType("Long")
_TEXTS = SetType(_TEXT)

SPEECH: Mapping[str, Type] = {
    "status": _TEXT,
    "licensed": _YES_NO,
    "modality": _TEXT,
    "modalities": _TEXTS,
    "violated_axioms": _TEXTS,
    "statements": _NUMBER,
}
"""The attributes that make a record a judgement of speech, with their types."""

SPEECH_OPTIONAL: Mapping[str, Type] = {ADMISSIBLE_NAME: _YES_NO, OBSERVED_NAME: _YES_NO}
"""Those that it may have besides."""


def is_speech(attribute: Attribute | None) -> bool:
    """Whether an attribute of a context called ``speech`` is what the service computes: every name is there.

    The types are not asked: a value that does not fit the declared type is refused with the request, and so fails
    closed, where a ``speech`` that counted as the caller's own would fail open.
    """
    return (
        attribute is not None
        and isinstance(attribute.type, RecordType)
        and attribute.type.attributes.keys() >= SPEECH.keys()
    )


def resembles_speech(attribute: Attribute | None) -> bool:
    """Whether an attribute of a context called ``speech`` is what the service computes, or could be taken for it: a
    record with any of its names. No caller may give such a one, for a rule that reads it believes in a judgement."""
    return (
        attribute is not None
        and isinstance(attribute.type, RecordType)
        and bool(attribute.type.attributes.keys() & (SPEECH.keys() | SPEECH_OPTIONAL.keys()))
    )


def judges_speech(action: ActionType) -> bool:
    """Whether requests for this action are judged by what is said in them."""
    return is_speech(action.context.attributes.get(SPEECH_NAME))


def carries_message(action: ActionType) -> bool:
    """Whether the judged text is put into the context of such requests, as ``message``."""
    message = action.context.attributes.get(MESSAGE_NAME)
    return message is not None and message.type == _TEXT and judges_speech(action)


def optional_of(action: ActionType) -> frozenset[str]:
    """Those of :data:`SPEECH_OPTIONAL` that the action's ``speech`` has."""
    speech = action.context.attributes.get(SPEECH_NAME)
    if speech is None or not isinstance(speech.type, RecordType):
        return frozenset()
    return frozenset(speech.type.attributes.keys() & SPEECH_OPTIONAL.keys())


def vouched(context: RecordType) -> RecordType:
    """The context of an action with ``speech`` and its ``message`` marked as the server's, where it has them."""
    if not is_speech(context.attributes.get(SPEECH_NAME)):
        return context
    attributes = dict(context.attributes)
    for name in (SPEECH_NAME, MESSAGE_NAME):
        found = attributes.get(name)
        if found is not None and (name == SPEECH_NAME or found.type == _TEXT):
            attributes[name] = replace(found, annotations={**found.annotations, "source": "server"})
    return RecordType(attributes)


def amiss(attribute: Attribute | None) -> str:
    """What keeps a context's ``speech`` from being what the service computes, where it was probably meant to be; else
    the empty string."""
    if attribute is None or not isinstance(attribute.type, RecordType) or not resembles_speech(attribute):
        return ""
    declared = attribute.type.attributes
    missing = [name for name in SPEECH if name not in declared]
    if missing:
        return "it lacks " + ", ".join(f"`{name}`" for name in missing)
    known = {**SPEECH, **SPEECH_OPTIONAL}
    other = [name for name, kind in known.items() if name in declared and declared[name].type != kind]
    if other:
        return f"`{other[0]}` is of another type"
    stray = [name for name, inner in declared.items() if inner.required and name not in known]
    return f"the service does not know its `{stray[0]}`" if stray else ""
