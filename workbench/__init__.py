"""Constitution Workbench: write, prove, sign and watch the rules that agents run under.

The public Python names load on first use, so that ``import workbench`` stays cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.engine.decision import Decision
    from workbench.engine.entities import Entities
    from workbench.engine.request import Request
    from workbench.service.constitution import Constitution

__version__ = "0.1.0"

_HOMES = {
    "Constitution": "workbench.service.constitution",
    "Decision": "workbench.engine.decision",
    "Entities": "workbench.engine.entities",
    "Request": "workbench.engine.request",
}

__all__ = ["Constitution", "Decision", "Entities", "Request", "__version__"]


def __getattr__(name: str) -> Any:
    """Import a public name from its home on first use (PEP 562)."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module `workbench` has no attribute `{name}`")
    return getattr(import_module(home), name)
