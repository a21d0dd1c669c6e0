"""The dossier: one offline file, the same bytes each time, that tells everything and runs nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.service.teams import RULE, refused, write
from workbench.governance.artifact import load_yaml
from workbench.service.clock import FrozenClock
from workbench.service.dossier_page import shown
from workbench.service.views import ProposalView
from workbench.service.workspace import Workspace

ANA = 'Operator::"ana"'
HOSTILE = "</td><script>alert(1)</script><img src=x onerror=alert(2)> &amp; `rm -rf`"


class Read(HTMLParser):
    """What a browser would make of it: tags with their attributes, and the text."""

    VOID = frozenset({"meta", "br", "img", "link"})

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, "the tags are not nested"

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(data: bytes) -> Read:
    reader = Read()
    reader.feed(data.decode())
    reader.close()
    assert reader.open == []
    return reader


@pytest.fixture
def proposal(workspace: Workspace) -> ProposalView:
    write(workspace, RULE)
    return workspace.propose(HOSTILE, proposer=ANA)


def test_it_tells_what_a_signer_should_know(workspace: Workspace, proposal: ProposalView) -> None:
    made = workspace.dossiers.make(proposal.version.digest)
    text = " ".join(" ".join(read(made.data).text).split())
    version = proposal.version
    rule = next(change.rule for change in proposal.review.changes)
    for told in (
        version.digest,
        str(workspace.version().digest),
        *proposal.review.class_reasons,
        proposal.procedure,
        rule.paraphrase,
        rule.english,
        'resource.tags.contains("email")',
        "operator",
        "expires",
        "What the tests show That the tests pass",
        "Surviving mutants Mutation score",
        "workbench verify",
        HOSTILE,
    ):
        assert " ".join(told.split()) in text, told
    for case in workspace.draft().tests:
        assert str(case["name"]) in text
        assert str(case.get("reviewed_by") or "nobody") in text
    assert made.name == f"dossier-1.1.0-{version.digest.partition(':')[2][:12]}.html"


def test_a_new_test_is_told_in_full_and_a_lost_one_is_named(workspace: Workspace) -> None:
    first, second = workspace.draft().tests[:2]
    workspace.add_tests([{**first, "name": "yet another", "request": {**first["request"], "context": _other(first)}}])
    workspace.remove_test(str(second["name"]))
    made = workspace.dossiers.make(workspace.propose("tests", proposer=ANA).version.digest)
    text = " ".join(" ".join(read(made.data).text).split())
    assert "yet another: " in text
    assert '"marker_of_this_test"' in text
    assert f"{second['name']}, confirmed by" in text


def _other(case: Mapping[str, Any]) -> dict[str, Any]:
    return {**case["request"]["context"], "recipient": "marker_of_this_test"}


def test_it_needs_nothing_and_runs_nothing(workspace: Workspace, proposal: ProposalView) -> None:
    made = workspace.dossiers.make(proposal.version.digest)
    found = read(made.data)
    tags = {tag for tag, _ in found.tags}
    assert tags <= {
        "html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "p", "blockquote", "dl", "dt", "dd", "ul",
        "li", "details", "summary", "table", "thead", "tbody", "tr", "th", "td", "pre", "ins", "del",
    }  # fmt: skip
    attributes = {name for _, attrs in found.tags for name in attrs}
    assert attributes <= {"lang", "charset", "http-equiv", "content", "name", "class"}
    assert b"url(" not in made.data
    assert b"@import" not in made.data
    policy = next(str(attrs["content"]) for tag, attrs in found.tags if "http-equiv" in attrs)
    assert policy.startswith("default-src 'none'")


def test_hidden_and_reordering_characters_are_written_out() -> None:
    assert shown("a\u202eb\u200bc\x1b[31m") == "a⟨U+202E⟩b⟨U+200B⟩c⟨U+001B⟩[31m"
    assert shown("<b>&\"'") == "&lt;b&gt;&amp;&quot;&#x27;"
    assert shown("größer\tals\n左") == "größer\tals\n左"


def test_it_is_the_same_whoever_votes_and_whenever_and_stands_elsewhere(
    workspace: Workspace, place: Path, proposal: ProposalView, clock: FrozenClock
) -> None:
    digest = proposal.version.digest
    made = workspace.dossiers.make(digest)
    workspace.vote(digest, key_path=place / "keys" / "demo-ana", passphrase="demo-only")
    clock.advance(3_600)
    assert workspace.dossiers.make(digest) == made
    with Workspace.open(place, clock=clock) as other:
        assert other.dossiers.check(digest, made.data) == made.digest
    workspace.vote(digest, key_path=place / "keys" / "demo-sam", passphrase="demo-only")
    clock.advance(11)
    workspace.tick()
    assert workspace.version().digest == digest
    assert workspace.dossiers.make(digest) == made, "nor does it matter that it is in force"


def test_its_digest_goes_into_the_vote(workspace: Workspace, place: Path, proposal: ProposalView) -> None:
    digest = proposal.version.digest
    made = workspace.dossiers.make(digest)
    read_one = workspace.dossiers.check(digest, made.data)
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", read_one)
    workspace.vote(digest, key_path=place / "keys" / "demo-ana", passphrase="demo-only", dossier=read_one)
    files = list((place / "proposals").glob("1.1.0-*.yaml"))
    assert load_yaml(files[0].read_text()).signatures[0].dossier_digest == made.digest


def test_another_dossier_is_refused(workspace: Workspace, proposal: ProposalView) -> None:
    digest = proposal.version.digest
    data = workspace.dossiers.make(digest).data
    draft = workspace.draft()
    workspace.save_draft(cedar_plus=draft.cedar_plus + "// more\n", revision=draft.revision)
    other = workspace.propose("more", proposer=ANA).version.digest
    for wrong in (data + b" ", data.replace(b"email", b"e-mail"), b"", workspace.dossiers.make(other).data):
        with refused("dossier_mismatch"):
            workspace.dossiers.check(digest, wrong)
    with refused("no_proposal"):
        workspace.dossiers.make("sha256:" + "0" * 64)


def test_english_that_the_compiler_does_not_read_is_left_to_people(workspace: Workspace) -> None:
    said = "Nobody may feed the printer after midnight."
    write(workspace, f'@id("odd")\n@english("{said}")\nforbid (principal, action == Action::"reply", resource)\n'
                     'when { context.amount > 9000 };\n')  # fmt: skip
    if "not_clean" in [blocker.code for blocker in workspace.review().blockers]:
        pytest.fail(workspace.review().blockers[0].message)
    made = workspace.dossiers.make(workspace.propose("odd", proposer=ANA).version.digest)
    text = " ".join(read(made.data).text)
    assert f"forbid odd: “{said}”" in text
