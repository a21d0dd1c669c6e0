"""Where things live: the user's workspaces, configuration and pins of genesis digests."""

from __future__ import annotations

import os
from pathlib import Path

from workbench.service.errors import WorkbenchError

APP = "constitution-workbench"


def data_dir() -> Path:
    """The user's data folder for this program."""
    from platformdirs import user_data_path

    return user_data_path(APP, appauthor=False)


def config_dir() -> Path:
    """The user's configuration folder for this program; ``WORKBENCH_CONFIG`` names another."""
    named = os.environ.get("WORKBENCH_CONFIG")
    if named:
        return Path(named)
    from platformdirs import user_config_path

    return user_config_path(APP, appauthor=False)


def default_workspace() -> Path:
    """The workspace used where none is named: ``WORKBENCH_WORKSPACE``, else one in the data folder."""
    named = os.environ.get("WORKBENCH_WORKSPACE")
    return Path(named).expanduser() if named else data_dir() / "workspace"


def demo_workspace() -> Path:
    """Where the demo lives."""
    return data_dir() / "demo"


def pins_path() -> Path:
    """The file of genesis pins: swarm id → digest of its genesis, outside every workspace."""
    return config_dir() / "pins.yaml"


def read_pins() -> dict[str, str]:
    """Every pin. Raises :class:`WorkbenchError` (``bad_pins``) for a file that is not a mapping of strings."""
    path = pins_path()
    if not path.is_file():
        return {}
    import yaml

    try:
        loaded = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise _bad_pins(path) from error
    if loaded is None or loaded == "":
        return {}
    if not isinstance(loaded, dict) or not all(isinstance(v, str) for v in loaded.values()):
        raise _bad_pins(path)
    return {str(key): value for key, value in loaded.items()}


def save_pin(swarm_id: str, digest: str) -> None:
    """Remember the genesis digest of a swarm. Raises ``OSError`` and :class:`WorkbenchError` (``bad_pins``)."""
    import yaml

    from workbench.service.files import write_atomically

    pins = read_pins()
    if pins.get(swarm_id) == digest:
        return
    pins[swarm_id] = digest
    path = pins_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, yaml.safe_dump(pins, sort_keys=True).encode())


def _bad_pins(path: Path) -> WorkbenchError:
    return WorkbenchError(
        "the pins cannot be read", f"`{path}` is not a list of `swarm: digest`", "repair or remove it", "bad_pins"
    )
