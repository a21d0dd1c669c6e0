"""A small workspace with a draft, tests, proposals and keys: what Author, Tests, Review and Sign need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.tui.fakes import DIGEST, NOW, VERSION, FakeWorkspace
from workbench.language.diagnostics import Diagnostic, LineMap, Span
from workbench.service.casebook import CaseRun
from workbench.service.errors import WorkbenchError
from workbench.service.governing_views import SignWith
from workbench.service.views import (
    Blocker,
    Candidate,
    CheckView,
    CompileView,
    Draft,
    KeyView,
    ProposalView,
    ReviewView,
    RuleChange,
    RuleView,
    Seat,
    SentenceView,
    SignerView,
    Status,
    TestResult,
    TestRun,
    Verification,
    VerifyLine,
)

ENGLISH = """# Support swarm

## Tickets
Agents may reply to tickets in their own region.
An agent that has sent 30 messages in the last hour must stop replying.
"""
CEDAR = """// Tickets

@id("reply-own-region")
@english("Agents may reply to tickets in their own region.")
permit (principal, action == Action::"reply", resource)
when { principal.region == resource.region };

@id("reply-rate")
@english("An agent that has sent 30 messages in the last hour must stop replying.")
forbid (principal, action == Action::"reply", resource)
when { context.messages_last_hour >= 30 };
"""
SENTENCE = "Agents must never share customer email addresses with external services."
NEW_RULE = f"""@id("never-share-email")
@english("{SENTENCE}")
forbid (principal, action == Action::"share_external", resource)
when {{ resource.tags.contains("email") }};
"""
UNCLEAR = "Close sensitive tickets rarely."
DOUBLE = "Supervisors may refund."
NEW_DIGEST = "sha256:9a4c1e07ab52d8836e0b7c41f29d5a6683b0e1749c5d2fa8e6017b3c94a7c31e"
PASSPHRASE = "demo-only"

_RULES = (
    ("reply-own-region", "permit", "An agent may reply to a ticket when its region is the ticket's region."),
    ("reply-rate", "forbid", "No agent may reply when it has sent 30 messages or more in the last hour."),
    (
        "never-share-email",
        "forbid",
        "No agent may share a ticket with external services when the ticket carries customer email addresses.",
    ),
)


def rules_of(source: str) -> tuple[RuleView, ...]:
    """The rules that stand in a source, as the service would list them."""
    found = []
    for id_, kind, said in _RULES:
        at = source.find(f'@id("{id_}")')
        if at >= 0:
            text = source[at : source.find(";", at) + 1]
            english = text.split('@english("')[1].split('")')[0] if "@english" in text else ""
            found.append(
                RuleView(
                    id_,
                    id_.encode().hex().ljust(64, "0"),
                    kind,
                    "enforce",
                    text,
                    said,
                    english,
                    LineMap(source).position(at).line,
                )
            )  # type: ignore[arg-type]
    return tuple(found)


def diagnostic(source: str, word: str, message: str, **more: Any) -> Diagnostic:
    """A diagnostic that underlines the first ``word`` of ``source``."""
    at, lines = source.index(word), LineMap(source)
    span = Span(at, at + len(word))
    return Diagnostic("CP002", message, span, lines.position(span.start), lines.position(span.end), **more)


def case(name: str, expect: str, ours: str, *, reviewed_by: str = "", agree: bool = True) -> TestResult:
    """One test case with its result."""
    return TestResult(
        name=name,
        request={
            "principal": 'Agent::"ada"',
            "action": 'Action::"share_external"',
            "resource": 'Ticket::"T-1"',
            "context": {"amount": 0, "currency": "EUR"},
        },
        entities=({"uid": {"type": "Ticket", "id": "T-1"}, "attrs": {"tags": ["email"]}, "parents": []},),
        expect=expect,
        ours=ours,
        cedar=None if ours == "hold" else ours if agree else "allow",
        cedar_semantics_ours=ours,
        passed=expect == ours,
        engines_agree=agree,
        reviewed_by=reviewed_by,
        reasons=("never-share-email",) if ours == "deny" else (),
        message="" if expect == ours else f"expected {expect}, got {ours}",
    )


CASES = (
    case("never-share-email fires", "deny", "deny"),
    case("never-share-email spares untagged tickets", "allow", "allow", reviewed_by='Operator::"ana"'),
    case("reply in the own region", "allow", "allow", reviewed_by='Operator::"ana"'),
    case("reply elsewhere", "allow", "deny"),
    case("refund above 500 waits for a supervisor", "hold", "hold"),
)


class FakeTrying:
    """Tells no request in plain words, so that the screens show it as data."""

    def of_case(self, name: str) -> None:
        raise WorkbenchError("it cannot be tried", name, "", "bad_request")


class FakeCasebook:
    """The test cases of a :class:`DraftWorkspace`."""

    def __init__(self, workspace: DraftWorkspace) -> None:
        self._workspace = workspace
        self.rejected: list[TestResult] = []
        self.written: list[tuple[str, tuple[str, ...], bool]] = []

    def run(self) -> CaseRun:
        run = self._workspace.run_tests()
        rules = {rule.id: rule for rule in rules_of(self._workspace.saved.cedar_plus)}
        cases = {result.name: {"name": result.name, "expect": result.expect} for result in run.results}
        return CaseRun(run, cases, tuple({"name": r.name, "expect": r.expect} for r in self.rejected), rules)

    def correct(self, name: str, expect: str) -> Draft:
        return self._workspace.set_expectation(name, expect)

    def reject(self, name: str) -> Draft:
        self.rejected += [case for case in self._workspace.cases if case.name == name]
        return self._workspace.remove_test(name)

    def restore(self, name: str) -> Draft:
        back = [case for case in self.rejected if case.name == name]
        self.rejected = [case for case in self.rejected if case.name != name]
        self._workspace.cases += back
        return self._workspace.saved

    def write(self, path: Path, names: Sequence[str], *, cedar: bool) -> tuple[int, tuple[str, ...]]:
        if path.name == "there.json":
            raise WorkbenchError("there is something already", f"`{path}`", "name another file", "exists")
        self.written.append((str(path), tuple(names), cedar))
        return len(names), ("1 test case left out.",) if cedar else ()

    def read(self, path: Path) -> tuple[Draft, int, int]:
        self._workspace.cases.append(case(f"from {path.name}", "deny", "deny"))
        return self._workspace.saved, 1, 0


class DraftWorkspace(FakeWorkspace):
    """A draft in memory. ``SENTENCE`` compiles, ``DOUBLE`` is ambiguous, ``UNCLEAR`` refused; ``wrong`` an error."""

    def __init__(self, *, proposed: bool = False, blocked: bool = False) -> None:
        super().__init__(40)
        version = replace(VERSION, english=ENGLISH, cedar_plus=CEDAR)
        self.version_now = version
        self.saved = Draft(ENGLISH, CEDAR, "", (), 1, "1.0.0", NOW, False)
        self.cases: list[TestResult] = list(CASES)
        self.casebook: Any = FakeCasebook(self)
        self.trying: Any = FakeTrying()
        self.blocked = blocked
        self.votes: list[SignerView] = []
        self.dossiers_read: list[str] = []
        self.listed: list[ProposalView] = []
        self.seconds = 0
        self.quorum_second: int | None = None
        self.change_status = lambda status: replace(status, now=NOW + timedelta(seconds=self.seconds))
        if proposed:
            self.saved = replace(
                self.saved, english=ENGLISH + SENTENCE + "\n", cedar_plus=CEDAR + "\n" + NEW_RULE, changed=True
            )
            self.propose("Never share e-mail addresses", proposer='Operator::"ana"')

    # -- the draft -----------------------------------------------------------------------------------------------

    def draft(self) -> Draft:
        self._called("draft")
        return self.saved

    def save_draft(self, *, revision: int, **changes: Any) -> Draft:
        self._called("save_draft")
        return super().save_draft(revision=revision, **changes)

    def reset_draft(self) -> Draft:
        self.saved = replace(
            self.saved, english=ENGLISH, cedar_plus=CEDAR, revision=self.saved.revision + 1, changed=False
        )
        return self.saved

    def check(self, cedar_plus: str, revision: int = 0, schema: str | None = None) -> CheckView:
        self._called("check")
        found = []
        if "wrong" in cedar_plus:
            message = "attribute `wrong` of `Ticket` does not exist"
            found.append(
                diagnostic(cedar_plus, "wrong", message, help="did you mean `region`?", expected="an attribute")
            )
        return CheckView(revision, tuple(found), () if found else rules_of(cedar_plus), not found)

    def compile_english(self, english: str, *, cedar_plus: str | None = None) -> CompileView:
        self._called("compile_english")
        source = self.saved.cedar_plus if cedar_plus is None else cedar_plus
        sentences, new = [], ()
        for sentence in (line for line in english.split("\n") if line.endswith(".")):
            sentences.append(self._sentence(sentence, english.index(sentence), source))
        if any(s.text == SENTENCE and s.status == "compiled" for s in sentences):
            source = f"{source.rstrip()}\n\n{NEW_RULE}"
            new = tuple(rule for rule in rules_of(source) if rule.id == "never-share-email")
        tests = tuple({"name": f"never-share-email {number}", "expect": "deny"} for number in range(4)) if new else ()
        self.saved = replace(
            self.saved, english=english, cedar_plus=source, revision=self.saved.revision + 1, changed=True
        )
        return CompileView(self.saved.revision, tuple(sentences), source, new, tests, (), self.saved)

    def _sentence(self, text: str, start: int, source: str) -> SentenceView:
        end = start + len(text)
        if text == UNCLEAR:
            lines, span = LineMap(self.saved.english + text), Span(end - 7, end - 1)
            found = Diagnostic(
                "CA001",
                "`rarely` cannot be measured",
                span,
                lines.position(start),
                lines.position(start + 5),
                help="say how often: at most 3 a day",
            )
            return SentenceView(text, start, end, "refused", (), "", (found,))
        if text == DOUBLE:
            scope = '(principal, action == Action::"issue_refund", resource)'
            role = 'principal.role == "supervisor"'
            others = ("others are neither permitted nor forbidden",)
            candidates = (
                Candidate(f"permit {scope}\nwhen {{ {role} }};", "A supervisor may issue a refund.", others),
                Candidate(f"forbid {scope}\nunless {{ {role} }};", "Nobody but a supervisor may issue a refund.", ()),
            )
            return SentenceView(text, start, end, "ambiguous", candidates, "May a lead issue a refund of 10?", ())
        if text == SENTENCE and SENTENCE not in source:
            candidate = Candidate(NEW_RULE, _RULES[2][2], ("`email` is the tag for customer email addresses",))
            return SentenceView(text, start, end, "compiled", (candidate,), "", ())
        return SentenceView(text, start, end, "kept", (), "", ())

    # -- tests ---------------------------------------------------------------------------------------------------

    def run_tests(self) -> TestRun:
        self._called("run_tests")
        return TestRun(self.saved.revision, tuple(self.cases))

    def _change_case(self, name: str, **changes: Any) -> Draft:
        self.cases = [replace(c, **changes) if c.name == name else c for c in self.cases]
        self.saved = replace(self.saved, revision=self.saved.revision + 1)
        return self.saved

    def confirm_test(self, name: str, reviewed_by: str) -> Draft:
        return self._change_case(name, reviewed_by=reviewed_by)

    def set_expectation(self, name: str, expect: str) -> Draft:
        ours = next(c.ours for c in self.cases if c.name == name)
        return self._change_case(name, expect=expect, passed=expect == ours, reviewed_by="", message="")

    def remove_test(self, name: str) -> Draft:
        self.cases = [c for c in self.cases if c.name != name]
        return self.saved

    # -- review and sign -----------------------------------------------------------------------------------------

    def review(self) -> ReviewView:
        self._called("review")
        before, after = rules_of(CEDAR), rules_of(self.saved.cedar_plus)
        changes = tuple(RuleChange("added", rule) for rule in after if rule.id not in {r.id for r in before})
        blockers = (Blocker("tests_fail", "`reply elsewhere` fails", "see Tests: correct the rule or the test"),)
        same = self.saved.cedar_plus == CEDAR
        unchanged = Blocker("unchanged", "the draft says the same as what is in force", "change something on Author")
        return ReviewView(
            before_version="1.0.0",
            before_cedar=CEDAR,
            after_cedar=self.saved.cedar_plus,
            before_english=ENGLISH,
            after_english=self.saved.english,
            changes=changes,
            amendment_class="" if same else "major",
            class_reasons=() if same else ("the forbid `never-share-email` is added",),
            procedure="" if same else "amend_major: 2 approvals, timelock 10 seconds",
            blockers=(unchanged,) if same else blockers if self.blocked else (),
        )

    def propose(self, summary: str, *, proposer: str) -> ProposalView:
        self._called("propose")
        version = replace(
            self.version_now,
            version="1.1.0",
            digest=NEW_DIGEST,
            parent_version="1.0.0",
            summary=summary,
            proposed_by=proposer,
            created_at=NOW,
            effective_at=None,
            signers=(),
            english=self.saved.english,
            cedar_plus=self.saved.cedar_plus,
        )
        seats = (
            Seat("operator", ('Operator::"ana"', 'Operator::"ben"'), ""),
            Seat("supervisor", ('Operator::"sam"',), ""),
        )
        made = ProposalView(
            version,
            "proposed",
            seats,
            10,
            None,
            None,
            NOW + timedelta(days=30),
            self.review(),
            "amend_major: 2 approvals, timelock 10 seconds",
        )
        self.listed = [made]
        return made

    def proposals(self, open_only: bool = False) -> tuple[ProposalView, ...]:
        self._called("proposals")
        if self.listed and self.quorum_second is not None and self.seconds >= self.quorum_second + 10:
            self.listed[0] = replace(self.listed[0], state="active")
        return tuple(self.listed)

    def proposal(self, digest: str) -> ProposalView:
        return next(p for p in self.listed if p.version.digest == digest)

    def vote(
        self, digest: str, *, using: SignWith, verdict: str = "approve", comment: str = "", dossier: str = ""
    ) -> ProposalView:
        self._called("vote")
        self.dossiers_read.append(dossier)
        if using.key_path and using.passphrase != PASSPHRASE:
            raise WorkbenchError(
                "the key cannot be opened", "the passphrase is wrong", "type it again", "wrong_passphrase"
            )
        wanted = using.agent or using.key_path
        key = next(key for key in (*self.signing_keys(), *self.agent) if wanted in (key.path, key.fingerprint))
        self.votes.append(SignerView(key.principal, key.role, key.fingerprint, verdict, NOW, comment))  # type: ignore[arg-type]
        made = self.listed[0]
        seats = tuple(
            replace(seat, filled_by=key.principal)
            if verdict == "approve" and key.principal in seat.may_fill and not seat.filled_by
            else seat
            for seat in made.seats
        )
        full = all(seat.filled_by for seat in seats)
        made = replace(made, seats=seats, version=replace(made.version, signers=tuple(self.votes)))
        if verdict == "reject":
            made = replace(made, state="rejected")
        elif full:
            self.quorum_second = self.seconds
            now = NOW + timedelta(seconds=self.seconds)
            made = replace(made, state="approved", quorum_at=now, effective_at=now + timedelta(seconds=10))
        self.listed[0] = made
        return made

    def signing_keys(self) -> tuple[KeyView, ...]:
        return (
            KeyView("/demo/keys/demo-ana", "SHA256:Zk3anaanaana", 'Operator::"ana"', "operator", True, True),
            KeyView("/demo/keys/demo-sam", "SHA256:Qp9samsamsam", 'Operator::"sam"', "supervisor", True, True),
        )

    def demo_passphrase(self) -> str:
        return PASSPHRASE

    def verify(self) -> Verification:
        self._called("verify")
        lines = (
            VerifyLine(True, "1.0.0", "digest, quorum and links are right"),
            VerifyLine(True, "ledger", "40 receipts, every hash follows"),
        )
        return Verification(True, True, DIGEST, "1 version verifies, anchored in the genesis pin", lines)

    def status(self) -> Status:
        return super().status()
