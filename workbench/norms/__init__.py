"""Native world norms: one line to author, compiled to a Cedar+ forbid.

Pure. May import the engine and the language. The names below are the room's; the modules behind them are one subject
each: ``norm`` the value, ``world`` the shape of a world and its words, ``named_actions`` norms over any other schema,
``compiling`` the rule with its annotations, and back.
"""

from workbench.language.annotations import SEVERITIES, Severity
from workbench.norms.compiling import (
    binding_all,
    called,
    compile_norm,
    in_words,
    is_said_by,
    marked,
    norm_of,
    notes,
    told_in,
)
from workbench.norms.norm import GLOBAL, Norm, NormError, content_id, tokens
from workbench.norms.world import Told, World, told, world_of

__all__ = [
    "GLOBAL",
    "SEVERITIES",
    "Norm",
    "NormError",
    "Severity",
    "Told",
    "World",
    "binding_all",
    "called",
    "compile_norm",
    "content_id",
    "in_words",
    "is_said_by",
    "marked",
    "norm_of",
    "notes",
    "tokens",
    "told",
    "told_in",
    "world_of",
]
