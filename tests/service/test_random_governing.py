"""A team that does anything in any order: whatever happens, the chain verifies and nobody got round the rules.

Seeded, so a failure can be repeated. After every few acts the whole is asked: the files verify under the pin; the
newest version is the head; what is in force had the votes of enough people, counted here from the signed files; and a
state that is final stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tests.service.teams import HOUR, OTHER, RULE, TEAM, entry, team, votes, who
from workbench.governance.artifact import ConstitutionVersion, load_yaml
from workbench.service.clock import FrozenClock
from workbench.service.errors import WorkbenchError
from workbench.service.verify import verify_path

NAMES = [name for name, _ in TEAM]
FINAL = frozenset({"rejected", "vetoed", "expired", "stale", "superseded"})
NEEDED = {"minor": (1, 0), "major": (1, 1), "sensitive": (2, 2)}
EXPECTED = frozenset({"", "blocked", "already_voted", "not_open", "no_revert", "revert_late", "unknown_key"})
TEXTS = (RULE, OTHER, "// a comment\n", 'prefer score(1.5) (principal, action == Action::"reply", resource);\n')


class Governing:
    """One run: the workspace, its clock, its dice, and what was seen before."""

    def __init__(self, folder: Path, clock: FrozenClock, seed: int) -> None:
        self.folder, self.clock, self.dice = folder, clock, Random(seed)
        self.workspace = team(folder, clock)
        self.seen: dict[str, str] = {}
        self.path: list[str] = [self.workspace.version().digest]
        self.refused: set[str] = set()
        self.kinds: set[str] = set()

    def act(self) -> None:
        acts: list[Callable[[], object]] = [self.propose] * 3 + [self.vote] * 12 + [self.wait] * 2 + [self.revert]
        act = self.dice.choice(acts)
        code = ""
        try:
            act()
        except WorkbenchError as error:
            code = error.code
        assert code in EXPECTED, (act.__name__, code)
        self.refused.add(code)
        self.workspace.tick()

    def propose(self) -> None:
        still_open = self.workspace.proposals(open_only=True)
        base = self.dice.choice(still_open).version.digest if still_open and self.dice.random() < 0.4 else ""
        draft = self.workspace.drafting.reset(base)
        text = draft.cedar_plus + self.dice.choice(TEXTS).replace("outside", f"outside-{self.dice.randrange(99)}")
        draft = self.workspace.save_draft(cedar_plus=text, revision=draft.revision)
        roster = None
        if self.dice.random() < 0.2:
            parent = load_yaml(next(self.workspace.location.glob("versions/1.0.0.yaml")).read_text()).content.roster
            roster = (*parent, entry(self.folder, "zoe", "operator")) if self.dice.random() < 0.5 else parent
        again = self.dice.random() < 0.2
        proposer = who(self.dice.choice(NAMES))
        self.workspace.amending.propose(draft, "x", proposer, after=base, again=again, roster=roster)

    def vote(self) -> None:
        still_open = self.workspace.proposals(open_only=True)
        if still_open:
            verdict = "reject" if self.dice.random() < 0.12 else "approve"
            wanted = still_open[0] if self.dice.random() < 0.7 else self.dice.choice(still_open)
            votes(self.workspace, self.folder, wanted, self.dice.choice(NAMES), verdict=verdict)

    def revert(self) -> None:
        self.workspace.amending.revert("back", who(self.dice.choice(NAMES)))

    def wait(self) -> None:
        self.clock.advance(self.dice.choice([1, HOUR, 24 * HOUR, 73 * HOUR, 24 * 3 * HOUR]))

    def look(self) -> None:
        found = verify_path(self.workspace.location)
        assert found.ok, found.message
        assert found.anchored
        chain = [version.digest for version in self.workspace.versions()]
        assert chain[: len(self.path)] == self.path, "the past was changed"
        assert found.head == chain[-1] == self.workspace.version().digest
        self.path = chain
        for proposal in self.workspace.proposals():
            digest = proposal.version.digest
            before = self.seen.get(digest)
            assert before not in FINAL or proposal.state == before, f"{before} became {proposal.state}"
            assert (proposal.state in ("active", "superseded")) == (digest in chain)
            self.seen[digest] = proposal.state
            self.kinds.add(proposal.kind)
        files = [load_yaml(path.read_text()) for path in self.workspace.location.glob("versions/*.yaml")]
        by_digest = {version.digest: version for version in files}
        for version in files:
            if version.parent_digest is not None:
                assert approved(version, by_digest[version.parent_digest]), version.constitution_version


def approved(version: ConstitutionVersion, parent: ConstitutionVersion) -> bool:
    """Counted by hand: enough distinct people of the parent's roster approved it and did not reject it."""
    roles = {each.principal: each.role for each in parent.content.roster}
    no = {vote.principal for vote in version.signatures if vote.verdict == "reject"}
    yes = {vote.principal for vote in version.signatures if vote.verdict == "approve"} - no
    operators, supervisors = NEEDED[version.amendment.cls]
    have = [roles.get(person) for person in yes]
    return have.count("operator") >= operators and have.count("supervisor") >= supervisors


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_whatever_a_team_does_the_chain_holds(
    seed: int, tmp_path: Path, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    run = Governing(tmp_path, clock, seed)
    try:
        for step in range(60):
            run.act()
            if step % 3 == 2:
                run.look()
        assert len(run.path) > 1, "nothing came into force: this run shows little"
        assert len(set(run.seen.values())) > 1
        assert run.workspace.verify().ok
    finally:
        run.workspace.close()
