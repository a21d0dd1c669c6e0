"""A file that a person edited verifies exactly when it still means the same.

Two properties of a whole signed chain: however its YAML is laid out anew (order of fields, quoting, flow or block,
indentation, comments, line ends, order of the votes, layout of the JSON inside), it verifies and has the same head; and
whatever single edit is made, it verifies only if what is loaded is still the same.
"""

from __future__ import annotations

import json
import re
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.governance.chains import three_versions
from workbench.governance.artifact import ConstitutionVersion, load_yaml
from workbench.governance.chain import verify_chain
from workbench.governance.errors import GovernanceError
from workbench.governance.yaml_reader import read_yaml

CHAIN = three_versions()
FILES = CHAIN.files()
PIN = CHAIN.versions[0].digest
HEAD = CHAIN.head.digest
BARE = re.compile(r"[A-Za-z][A-Za-z0-9._/-]*|[0-9][0-9.]*")


class Scribe:
    """Writes a tree as YAML in a way that ``random`` chooses, line by line."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def document(self, tree: dict[str, Any]) -> str:
        text = self.mapping(tree, 0)
        if self.random.random() < 0.3:
            text = "---\n" + text
        if self.random.random() < 0.2:
            text += "...\n"
        return text.replace("\n", "\r\n") if self.random.random() < 0.2 else text

    def mapping(self, tree: dict[str, Any], indent: int) -> str:
        lines = []
        for key in self.shuffled(list(tree)):
            if self.random.random() < 0.15:
                lines.append(" " * indent + self.random.choice(["# a note: it does not matter\n", "#\n", "\n"]))
            lines.append(f"{' ' * indent}{self.scalar(key)}:{self.value(tree[key], indent)}")
        return "".join(lines)

    def value(self, node: Any, indent: int) -> str:
        if isinstance(node, str):
            return self.text(node, indent)
        if not node or self.random.random() < 0.15:
            return f" {self.flow(node)}\n"
        inner = indent + self.random.choice([1, 2, 4])
        if isinstance(node, dict):
            return "\n" + self.mapping(node, inner)
        items = []
        for item in node:
            if isinstance(item, dict) and item:
                block = self.mapping(item, inner + 2)
                items.append(f"{' ' * inner}-\n{block}")
            else:
                items.append(f"{' ' * inner}-{self.value(item, inner)}")
        return "\n" + "".join(items)

    def flow(self, node: Any) -> str:
        gap = self.random.choice(["", " ", "  "])
        if isinstance(node, dict):
            inside = f",{gap} ".join(f"{self.quoted(k)}: {self.flow(node[k])}" for k in self.shuffled(list(node)))
            return f"{{{gap}{inside}{gap}}}"
        if isinstance(node, list):
            return f"[{gap}{f',{gap} '.join(self.flow(item) for item in node)}{gap}]"
        return self.quoted(node)

    def text(self, text: str, indent: int) -> str:
        plain = all(c == "\n" or c.isprintable() for c in text)
        if plain and text.strip() and text[0] not in " \n" and self.random.random() < 0.6:
            body = text.removesuffix("\n")
            if not body.endswith("\n"):
                chomp = "" if text.endswith("\n") else "-"
                step = self.random.choice([1, 2, 3])
                lines = [" " * (indent + step) + line if line else "" for line in body.split("\n")]
                return f" |{chomp}\n" + "\n".join(lines) + "\n"
        return f" {self.scalar(text)}\n"

    def scalar(self, text: str) -> str:
        if BARE.fullmatch(text) and self.random.random() < 0.5:
            return text
        return self.quoted(text)

    def quoted(self, text: str) -> str:
        single = all(c.isprintable() for c in text) and self.random.random() < 0.5
        if single:
            return "'" + text.replace("'", "''") + "'"
        escaped = json.dumps(text, ensure_ascii=False)
        if self.random.random() < 0.3:  # the same letters in another spelling
            escaped = re.sub("[aeiou]", lambda m: f"\\x{ord(m[0]):02x}" if self._free(escaped, m) else m[0], escaped)
        return escaped

    @staticmethod
    def _free(text: str, match: re.Match[str]) -> bool:
        """Whether the letter is not part of an escape itself."""
        before = text[: match.start()]
        return not re.search(r"\\(?:u[0-9a-f]{0,3})?$", before)

    def shuffled(self, items: list[Any]) -> list[Any]:
        return self.random.sample(items, len(items))


def anew(text: str, random: Random) -> str:
    """The same version, written in another way."""
    tree: Any = read_yaml(text)
    random.shuffle(tree["signatures"])
    for case in tree["content"]["test_cases"]:
        for holder, name in ((case["request"], "context"), (case, "entities")):
            value = json.loads(holder[name])
            if isinstance(value, dict):
                value = dict(random.sample(list(value.items()), len(value)))
            holder[name] = json.dumps(value, indent=random.choice([None, 1, 4]), ensure_ascii=random.random() < 0.5)
    written = Scribe(random).document(tree)
    assert read_yaml(written) == tree  # the scribe itself is right
    return written


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_another_layout_verifies(seed: int) -> None:
    random = Random(seed)
    files = [(name, anew(text, random)) for name, text in FILES]
    random.shuffle(files)
    report = verify_chain(files, genesis_pin=PIN)
    assert (report.ok, report.anchored, report.head) == (True, True, HEAD), report.lines[-1]


def meaning(version: ConstitutionVersion) -> Any:
    """What a version means: everything but the order of its votes."""
    return (
        version.with_signatures(()),
        sorted(vote.model_dump_json() for vote in version.signatures),
    )


MEANT = {version.constitution_version: meaning(version) for version in CHAIN.versions}


def holds_only_if_it_means_the_same(which: int, text: str) -> None:
    files = [*FILES[:which], (FILES[which][0], text), *FILES[which + 1 :]]
    report = verify_chain(files, genesis_pin=PIN)
    if report.ok:
        read = load_yaml(text)
        assert meaning(read) == MEANT[read.constitution_version]
    else:
        assert report.code
        assert not report.anchored


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_one_character_more_less_or_other(data: st.DataObject) -> None:
    which = data.draw(st.integers(0, len(FILES) - 1))
    text = FILES[which][1]
    place = data.draw(st.integers(0, len(text) - 1))
    put = data.draw(st.sampled_from(["", *" \n\t#:-\"'|>&*!{}[],0123456789abcXYZ=/é\u200b\u202e\u0301"]))
    cut = data.draw(st.integers(0, 1))
    holds_only_if_it_means_the_same(which, text[:place] + put + text[place + cut :])


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_one_line_gone_twice_or_moved(data: st.DataObject) -> None:
    which = data.draw(st.integers(0, len(FILES) - 1))
    lines = FILES[which][1].splitlines(keepends=True)
    place = data.draw(st.integers(0, len(lines) - 1))
    to = data.draw(st.integers(0, len(lines)))
    line = lines[place]
    how = data.draw(st.sampled_from(["gone", "twice", "moved"]))
    kept = lines if how == "twice" else lines[:place] + lines[place + 1 :]
    holds_only_if_it_means_the_same(which, "".join(kept if how == "gone" else [*kept[:to], line, *kept[to:]]))


def leaves(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all scalars in a tree."""
    if isinstance(node, dict):
        return [found for key in node for found in leaves(node[key], (*path, key))]
    if isinstance(node, list):
        return [found for place, item in enumerate(node) for found in leaves(item, (*path, place))]
    return [path]


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_no_value_of_the_tree_is_free(data: st.DataObject) -> None:
    """Every scalar of every version is bound by something: changed, the chain does not verify."""
    which = data.draw(st.integers(0, len(FILES) - 1))
    tree: Any = read_yaml(FILES[which][1])
    path = data.draw(st.sampled_from(leaves(tree)))
    holder = tree
    for step in path[:-1]:
        holder = holder[step]
    old = holder[path[-1]]
    other = data.draw(st.sampled_from([old + "x", old[1:], old[::-1], "null", "0", ""]))
    if other == old:
        return
    holder[path[-1]] = other
    text = json.dumps(tree)
    try:
        same = meaning(load_yaml(text)) == MEANT[CHAIN.versions[which].constitution_version]
    except GovernanceError:
        same = False
    files = [*FILES[:which], (FILES[which][0], text), *FILES[which + 1 :]]
    assert verify_chain(files, genesis_pin=PIN).ok == same
