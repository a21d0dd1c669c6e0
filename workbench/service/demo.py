"""The demo: a sample swarm in a workspace of its own, and the same story as plain lines where there is no terminal.

Everything shown comes from the real parts: the compiler, both engines, the keys, the timelock, the store.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.analysis.task import Task
from workbench.service.clock import Clock, SystemClock
from workbench.service.databases import holds_workspace
from workbench.service.errors import WorkbenchError, from_os
from workbench.service.paths import demo_workspace
from workbench.service.player import decide_recorded, read_recording
from workbench.service.workspace import Workspace

if TYPE_CHECKING:
    from workbench.service.views import CompileView, EventRow, ProposalView, Recorded, Verification

SENTENCE = "Agents must never share customer email addresses with external services."
_BEFORE = 60  # recorded actions played before the new norm
_PATIENCE = 20.0  # seconds that activation may take before the story gives up


def open_demo(location: str | Path | None = None, *, fresh: bool = False, clock: Clock | None = None) -> Workspace:
    """The demo workspace: opened where there is one, made where there is none.

    ``fresh`` begins anew: the old one is moved aside, never deleted. Raises :class:`WorkbenchError`: ``not_demo`` where
    the folder holds another workspace, and whatever opening it says.
    """
    place = Path(location).expanduser() if location is not None else demo_workspace()
    if fresh and place.exists():
        _move_aside(place)
    if not holds_workspace(place):
        return Workspace.create(place, profile="demo", clock=clock)
    workspace = Workspace.open(place, clock=clock)
    if workspace.badge != "DEMO":
        workspace.close()
        raise WorkbenchError(
            "not a demo", f"`{place}` holds a workspace that is not a demo", "name another folder", "not_demo"
        )
    return workspace


def _move_aside(place: Path) -> None:
    number = 1
    while (aside := place.with_name(f"{place.name}.old-{number}")).exists():
        number += 1
    try:
        place.rename(aside)
    except OSError as error:
        raise from_os(error) from error


def tell_story(
    write_line: Callable[[str], None],
    *,
    clock: Clock | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Tell the demo in lines, in a workspace that is thrown away; 0 when everything went as it should.

    Takes the real timelock of ten seconds. Raises :class:`WorkbenchError` when a part fails.
    """
    from workbench.service.creating import Plan, create

    with tempfile.TemporaryDirectory(prefix="workbench-demo-") as folder:
        place = Path(folder) / "demo"
        create(place, Plan(pin=False), clock or SystemClock())
        with Workspace.open(place, clock=clock) as workspace:
            return _Story(workspace, write_line, clock or SystemClock(), sleep).tell()


class _Story:
    def __init__(
        self, workspace: Workspace, write_line: Callable[[str], None], clock: Clock, sleep: Callable[[float], None]
    ) -> None:
        self._workspace = workspace
        self._line = write_line
        self._clock = clock
        self._sleep = sleep
        recording = workspace.recording()
        self._actions = read_recording(recording) if recording else []
        self._played = 0

    def tell(self) -> int:
        self._in_force()
        self._before()
        compiled = self._compile()
        if not compiled.new_rules:
            self._line("The sentence did not compile; the story ends here.")
            return 1
        if not self._test():
            return 1
        proposal = self._sign(self._propose())
        if not self._wait(proposal):
            self._line("The version did not come into force; the story ends here.")
            return 1
        verification = self._verify()
        bitten = self._after(compiled.new_rules[0].id)
        self._violations()
        return 0 if verification.ok and bitten else 1

    def _heading(self, text: str) -> None:
        self._line("")
        self._line(f"== {text}")

    def _in_force(self) -> None:
        status = self._workspace.status()
        self._line(f"Constitution Workbench demo · {status.swarm_id} · no network, nothing to configure")
        self._heading("In force")
        rules = ", ".join(f"{count} {kind}" for kind, count in status.rules.items() if count)
        self._line(f"version {status.version.version} ({_short(status.version.digest)}): {rules}")

    def _before(self) -> None:
        self._heading("The swarm at work")
        decided = [self._play() for _ in range(min(_BEFORE, len(self._actions)))]
        outcomes: Counter[str] = Counter(recorded.decision.outcome for recorded in decided)
        self._line(f"{len(decided)} recorded actions decided and recorded: {_counts(outcomes)}")
        leaks = [row for row in self._rows(decided) if row.action == "share_external" and row.outcome == "allow"]
        leaks = [row for row in leaks if self._tagged(row.seq)]
        for row in leaks[:2]:
            self._line(f"  {_event(row)}")
        if leaks:
            self._line(f"  {len(leaks)} of them shared customer email addresses, and no rule forbade it")

    def _compile(self) -> CompileView:
        self._heading("A norm, written in English")
        self._line(f'"{SENTENCE}"')
        english = self._workspace.draft().english.rstrip() + f"\n- {SENTENCE}\n"
        compiled = self._workspace.compile_english(english)
        for rule in compiled.new_rules:
            self._line("became")
            for text in rule.cedar_plus.splitlines():
                self._line(f"    {text}")
            self._line(f"which reads: {rule.paraphrase}")
        for sentence in compiled.sentences:
            if sentence.status in ("ambiguous", "refused"):
                self._line(f"{sentence.status}: {sentence.text}")
        for name in (str(case["name"]) for case in compiled.new_tests):
            self._line(f"test made: {name}")
        return compiled

    def _test(self) -> bool:
        self._heading("Tests, on two engines")
        run = self._workspace.run_tests()
        for result in run.results:
            if not result.passed or not result.engines_agree:
                self._line(f"  {result.name}: {result.message}")
        passed = len(run.results) - run.failed
        agree = "ours and Cedar's agree on every one" if not run.disagreements else f"{run.disagreements} disagree"
        self._line(f"{passed} of {len(run.results)} pass; {agree}")
        return not run.failed and not run.disagreements

    def _propose(self) -> ProposalView:
        self._heading("What changes")
        review = self._workspace.review(Task())
        for change in review.changes:
            self._line(f"{change.change}: {change.rule.id} ({change.rule.kind}): {change.rule.paraphrase}")
        cls = review.amendment_class
        why = [reason.removeprefix(f"{cls}: ") for reason in review.class_reasons if reason.startswith(f"{cls}: ")]
        self._line(f"class: {cls}, because {'; '.join(why or review.class_reasons)}")
        self._line(f"it needs: {review.procedure}")
        proposer = self._workspace.signing_keys()[0].principal
        proposal = self._workspace.propose("Customer email addresses stay inside the company", proposer=proposer)
        version = proposal.version
        self._line(f"proposed as {version.version} ({_short(version.digest)}) by {version.proposed_by}")
        return proposal

    def _sign(self, proposal: ProposalView) -> ProposalView:
        self._heading("Signed by two people")
        passphrase = self._workspace.demo_passphrase()
        self._line(f"the two DEMO keys have the passphrase `{passphrase}` and refuse any other swarm")
        for key in self._workspace.signing_keys():
            if key.demo and key.principal:
                proposal = self._workspace.vote(proposal.version.digest, key_path=key.path, passphrase=passphrase)
                filled = sum(bool(seat.filled_by) for seat in proposal.seats)
                self._line(f"{key.principal} ({key.role}) approves: {filled} of {len(proposal.seats)} seats filled")
        return proposal

    def _wait(self, proposal: ProposalView) -> bool:
        self._line(f"timelock: {proposal.timelock_seconds} seconds from the vote that completed the quorum")
        started = self._clock.monotonic()
        shown = -1
        while self._clock.monotonic() - started < _PATIENCE:
            activated = self._workspace.tick()
            if activated:
                self._line(f"version {activated[-1].version} is in force")
                return True
            effective = proposal.effective_at
            left = max(0, round((effective - self._clock.now()).total_seconds())) if effective else 0
            if left != shown and left % 2 == 0:
                self._line(f"  {left} s left")
                shown = left
            self._sleep(0.1)
        return False

    def _verify(self) -> Verification:
        from workbench.service.verify import verify_path

        pin = self._workspace.versions()[0].digest
        verification = verify_path(self._workspace.location, pin)
        self._line(f"verified from its files alone: {verification.message}")
        return verification

    def _after(self, rule: str) -> bool:
        self._heading("It bites")
        decided: list[Recorded] = []
        while self._played < len(self._actions):
            recorded = self._play()
            decided.append(recorded)
            if rule in recorded.decision.reasons:
                break
        else:
            self._line("no recorded action met the new rule")
            return False
        outcomes: Counter[str] = Counter(item.decision.outcome for item in decided)
        self._line(f"{len(decided)} more actions decided: {_counts(outcomes)}")
        event = self._workspace.event(decided[-1].seq)
        self._line(_event(event.row))
        for view in event.rules:
            self._line(f"  rule {view.id}: {view.english or view.paraphrase}")
        for item in event.decision["evidence"]:
            for path, value in item["reads"].items():
                self._line(f"  read {path} = {value!r} (said by: {item['sources'].get(path, 'caller')})")
        self._line(f"  what would help: {event.decision['remedy']}")
        self._line(f"  receipt {event.receipt['seq']}, hash {str(event.receipt['hash'])[:16]}…")
        return True

    def _violations(self) -> None:
        self._heading("Violations")
        self._line(f"{'seq':>5}  {'agent':<10} {'action':<20} {'resource':<12} rule")
        for row in self._workspace.violations(limit=10):
            self._line(f"{row.seq:>5}  {row.agent:<10} {row.action:<20} {row.resource:<12} {row.rule}")
        status = self._workspace.status()
        self._line(f"{status.receipts:,} receipts in the ledger; {_counts(status.outcomes)}")

    def _play(self) -> Recorded:
        line = self._actions[self._played]
        self._played += 1
        return decide_recorded(self._workspace, line, self._clock.now().date())

    def _rows(self, decided: Iterable[Recorded]) -> tuple[EventRow, ...]:
        return self._workspace.rows([recorded.seq for recorded in decided])

    def _tagged(self, seq: int) -> bool:
        entities = self._workspace.event(seq).entities
        return any("email" in entity.get("attrs", {}).get("tags", ()) for entity in entities)


def _event(row: EventRow) -> str:
    by = f" by {row.rule}" if row.rule else ""
    return f"{row.at:%H:%M:%S}  {row.agent} · {row.action} · {row.resource} → {row.outcome.upper()}{by}"


def _counts(outcomes: Mapping[str, int]) -> str:
    words = (("allow", "allowed"), ("deny", "denied"), ("hold", "held"))
    return ", ".join(f"{outcomes.get(key, 0)} {word}" for key, word in words)


def _short(digest: str) -> str:
    return digest.removeprefix("sha256:")[:12]
