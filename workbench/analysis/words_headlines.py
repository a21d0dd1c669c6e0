"""The headline of every kind of answer, by its verdict: one sentence that says what is so, and never more. Pure.

``{about}`` stands for what the answer is about, ``{by}`` for the rules that make it so. A sentence for ``holds`` is a
proof, one for ``fails`` rests on a witness; ``whether`` finishes "Not decided within the time limit: whether …".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, TypeAlias

from workbench.analysis.results import Kind

Tone: TypeAlias = Literal["good", "warn", "bad", "open"]


class Headline(NamedTuple):
    """``holds``, ``fails``: the sentences, each with its tone; ``because`` follows where rules make a proof so."""

    title: str
    holds: str
    when_holds: Tone
    fails: str
    when_fails: Tone
    whether: str
    because: str = ""


CODES: Mapping[Kind, str] = {
    "never_errors": "CP130",
    "never_applies": "CP131",
    "always_applies": "CP132",
    "overridden": "CP133",
    "redundant": "CP134",
    "unpermitted": "CP135",
    "idle_forbid": "CP136",
    "idle_procedure": "CP137",
    "no_approver": "CP138",
    "held_alone": "CP139",
    "idle_preference": "CP140",
}
"""The codes of warnings that take the solver, beside those that ``check`` gives from structure alone."""

HEADLINES: Mapping[Kind, Headline] = {
    "never_errors": Headline(
        "can always be evaluated",
        "{about} can always be evaluated.",
        "good",
        "{about} cannot be evaluated on every request.",
        "warn",
        "{about} can always be evaluated",
    ),
    "never_applies": Headline(
        "never applies",
        "{about} can never apply.",
        "warn",
        "{about} applies to some requests.",
        "good",
        "{about} can ever apply",
    ),
    "always_applies": Headline(
        "always applies",
        "{about} applies to every request within its scope: its conditions exclude none.",
        "warn",
        "{about} does not apply to every request.",
        "good",
        "{about} applies to every request within its scope",
    ),
    "overridden": Headline(
        "always overridden",
        "{about} is always overridden.",
        "warn",
        "{about} is not always overridden.",
        "good",
        "{about} is always overridden",
        "{about} is always overridden by {by}.",
    ),
    "redundant": Headline(
        "changes no decision",
        "Removing {about} changes no decision.",
        "warn",
        "Removing {about} changes decisions.",
        "good",
        "removing {about} changes any decision",
        "Removing {about} changes no decision: {by} {covers} it.",
    ),
    "unpermitted": Headline(
        "never permitted",
        "No request that fits this schema can be permitted to do {about}.",
        "warn",
        "Some requests to do {about} can be permitted.",
        "good",
        "any request to do {about} can be permitted",
    ),
    "idle_forbid": Headline(
        "forbids what nothing permits",
        "{about} forbids only what nothing permits anyway.",
        "warn",
        "{about} forbids what other rules permit.",
        "good",
        "{about} forbids anything that is permitted",
    ),
    "invariant": Headline(
        "invariant",
        "The invariant {about} is kept.",
        "good",
        "The invariant {about} is broken.",
        "bad",
        "the invariant {about} is kept",
    ),
    "idle_procedure": Headline(
        "never holds a request",
        "The procedure {about} can never hold a request.",
        "warn",
        "The procedure {about} can hold requests.",
        "good",
        "the procedure {about} can ever hold a request",
    ),
    "no_approver": Headline(
        "nobody can approve",
        "Nobody can give {about}.",
        "warn",
        "Somebody qualifies to give {about}.",
        "good",
        "anybody qualifies to give {about}",
    ),
    "held_alone": Headline(
        "held by one procedure at a time",
        "No request is held by both {about}.",
        "good",
        "A request can be held by both {about}.",
        "warn",
        "a request can be held by both {about}",
    ),
    "idle_preference": Headline(
        "never scores what is allowed",
        "{about} never scores a request that is allowed or held.",
        "warn",
        "{about} scores requests that are allowed or held.",
        "good",
        "{about} ever scores a request that is allowed or held",
    ),
    "tightens": Headline(
        "only tightens",
        "The change only tightens: nothing that was denied is allowed or held, and nothing that was held is allowed.",
        "good",
        "The change does not only tighten.",
        "bad",
        "the change only tightens",
    ),
}

NOT_DECIDED = "Not decided within the time limit"
NOT_DECIDED_OTHERWISE = "Not decided"
NOT_SUPPORTED = "Not supported"
