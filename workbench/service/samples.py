"""The samples that ship with the program: a constitution with its schema, words, tests, directory and recorded actions.

In a checkout they are in ``samples/``; in the wheel in ``workbench/data/samples``. A broken sample is one clear error.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.service.errors import WorkbenchError

DEFAULT = "support-swarm"


@dataclass(frozen=True, slots=True)
class RosterPerson:
    """Someone who may sign, as what; keys join when a workspace is made."""

    principal: str
    role: str


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample's parts. ``tests``: the artifact's form; ``directory``: Cedar's JSON form; ``actions``: a JSONL file."""

    name: str
    root: Path
    schema: str
    cedar_plus: str
    english: str
    tests: tuple[Mapping[str, Any], ...]
    directory: tuple[Mapping[str, Any], ...]
    roster: tuple[RosterPerson, ...]
    actions: Path
    invariants: str = ""


def samples_root() -> Path:
    """The folder of samples. Raises :class:`WorkbenchError` (``no_samples``) when the installation lacks it."""
    package = Path(__file__).resolve().parent.parent
    for root in (package / "data" / "samples", package.parent / "samples"):
        if root.is_dir():
            return root
    raise WorkbenchError(
        "no samples", f"there is no folder of samples beside `{package}`", "install the program again", "no_samples"
    )


def sample_names() -> tuple[str, ...]:
    """The samples that a workspace can be made from."""
    return tuple(sorted(p.name for p in samples_root().iterdir() if (p / "constitution.cedarplus").is_file()))


def load_sample(name: str = DEFAULT) -> Sample:
    """Read a sample. Raises :class:`WorkbenchError`: ``unknown_sample``, or ``broken_sample`` naming the file."""
    names = sample_names()
    if name not in names:
        raise WorkbenchError(
            "unknown sample", f"there is no sample `{name}`", f"the samples are: {', '.join(names)}", "unknown_sample"
        )
    return read_sample(samples_root() / name)


def read_sample(root: Path) -> Sample:
    """Read the sample in the folder ``root``. Raises :class:`WorkbenchError` (``broken_sample``) naming the file."""
    tests = _json_list(root / "tests.json") if (root / "tests.json").is_file() else ()
    actions = root / "actions.jsonl"
    if not actions.is_file():
        raise _broken(actions, "it is missing")
    return Sample(
        name=root.name,
        root=root,
        schema=_text(root / "schema.cedarschema"),
        cedar_plus=_text(root / "constitution.cedarplus"),
        english=_text(root / "constitution.en.md"),
        tests=tests,
        directory=_json_list(root / "directory.json"),
        roster=_roster(root / "roster.yaml"),
        actions=actions,
        invariants=_text(root / "invariants.cedarplus") if (root / "invariants.cedarplus").is_file() else "",
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise _broken(path, "it is missing") from None
    except (OSError, UnicodeDecodeError) as error:
        raise _broken(path, f"it cannot be read ({error})") from error


def _json_list(path: Path) -> tuple[Mapping[str, Any], ...]:
    try:
        loaded = json.loads(_text(path))
    except (ValueError, RecursionError) as error:
        raise _broken(path, f"it is not JSON ({error})") from error
    if not isinstance(loaded, list) or not all(isinstance(item, dict) for item in loaded):
        raise _broken(path, "it is not a list of objects")
    return tuple(loaded)


def _roster(path: Path) -> tuple[RosterPerson, ...]:
    import yaml

    try:
        loaded = yaml.load(_text(path), Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        raise _broken(path, "it is not YAML") from error
    people: list[RosterPerson] = []
    for item in loaded if isinstance(loaded, list) else [None]:
        if not isinstance(item, dict) or not {"principal", "role"} <= set(item):
            raise _broken(path, "it is not a list of `principal` and `role`")
        people.append(RosterPerson(str(item["principal"]), str(item["role"])))
    return tuple(people)


def _broken(path: Path, why: str) -> WorkbenchError:
    return WorkbenchError(
        "a sample is broken", f"`{path}`: {why}", "install the program again, or repair the file", "broken_sample"
    )
