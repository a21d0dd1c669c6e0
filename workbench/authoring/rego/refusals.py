"""Why a rule of Rego is not converted: one stable code each, the place, the words, and what to write instead.

Imports the nodes' places only. Nothing is converted nearly: what has no exact counterpart ends here.
"""

from __future__ import annotations

from dataclasses import dataclass

from workbench.authoring.rego.nodes import Place


@dataclass
class RefusalError(Exception):
    """One construct that has no exact counterpart.

    ``code``: stable, for programs. ``message``: what it is, input in backticks. ``help``: what to write instead.
    """

    code: str
    message: str
    place: Place
    help: str = ""

    def __str__(self) -> str:
        return f"{self.place.line}:{self.place.column}: {self.message}"


INSTEAD = {
    "time.now_ns": "let the caller send the time as a context attribute, and compare that",
    "time.clock": "let the caller send the hour as a context attribute, and compare that",
    "http.send": "let the caller look it up, and send what it found as an attribute",
    "regex.match": "`startswith`, `endswith` and `contains` with a text written out are converted",
    "re_match": "`startswith`, `endswith` and `contains` with a text written out are converted",
    "glob.match": "`startswith`, `endswith` and `contains` with a text written out are converted",
    "lower": "let the caller send lower case; Cedar compares texts exactly",
    "upper": "let the caller send one case; Cedar compares texts exactly",
    "trim": "let the caller send the text trimmed",
    "split": "let the caller send the parts as a set of texts",
    "concat": "let the caller send the whole text",
    "to_number": "let the caller send a number",
    "count": "only `count(…) == 0`, `count(…) != 0` and `count(…) > 0` are converted; let the caller send the number",
    "net.cidr_contains": 'write the rule in Cedar: `context.address.isInRange(ip("10.0.0.0/8"))`',
    "any": "write the alternatives as rules with one name",
    "all": "write the conditions one below the other",
    "print": "leave it out",
    "trace": "leave it out",
}
"""What to write in place of a function; the default is to let the caller compute it."""


def no_function(name: str, place: Place) -> RefusalError:
    """For a call of something that has no counterpart."""
    help_ = INSTEAD.get(name) or (
        "let the caller check the token, and send what it says as attributes"
        if name.startswith("io.jwt.")
        else "let the caller compute it, and send the result as an attribute"
    )
    return RefusalError("function", f"`{name}` has no counterpart in Cedar", place, help_)
