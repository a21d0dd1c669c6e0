"""Real chains for the tests: a schema, rules, two signers, a ledger key, and what puts a version in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from workbench.governance.activation import activate
from workbench.governance.artifact import ConstitutionVersion, Content, Signature, TestCase, dump_yaml
from workbench.governance.classes import amendment_class
from workbench.governance.genesis import build_amendment, build_genesis
from workbench.governance.keys import SigningKey, generate_key, public_line
from workbench.governance.roster import RosterEntry
from workbench.governance.votes import sign_vote, witness_vote
from workbench.language.check import check
from workbench.language.program import Program

SWARM = "swarm-test"
START = datetime(2026, 3, 15, 10, 0, tzinfo=UTC)

SCHEMA = """\
entity Agent = { role: String };
entity Ticket = { tags: Set<String>, scope: String };
type Desk = { amount: Long, @source("server") hour: Long };
@phrase("reply to …") action reply appliesTo { principal: [Agent], resource: [Ticket], context: Desk };
@phrase("share … with external services")
action share_external appliesTo { principal: [Agent], resource: [Ticket], context: Desk };
action memory;
action read_memory in [memory] appliesTo { principal: [Agent], resource: [Ticket], context: Desk };
"""

RULES = """\
@id("may-reply")
permit (principal, action == Action::"reply", resource);

@id("may-share")
permit (principal, action == Action::"share_external", resource);

@id("may-read")
permit (principal, action == Action::"read_memory", resource);

@id("likes-short")
prefer score(1.0) (principal, action == Action::"reply", resource) when { context.amount < 10 };

procedure big_reply {
  on action == Action::"reply"
  when amount > 500
  require approval from principal where principal.role == "supervisor"
}

procedure amend_minor {
  on amendment minor
  require approval from principal where principal.role == "operator"
}

procedure amend_major {
  on amendment major
  require 2 approvals from principal
  with timelock 10 seconds
}

procedure amend_sensitive {
  on amendment sensitive
  require 2 approvals from principal
  with timelock 10 seconds
}
"""

FORBID = """
@id("no-email")
forbid (principal, action == Action::"share_external", resource)
when { resource.tags.contains("email") };
"""

SOLO = """\
procedure amend_minor { on amendment minor require approval from principal }
procedure amend_major { on amendment major require approval from principal }
procedure amend_sensitive { on amendment sensitive require approval from principal }
"""


def case(name: str = "reply is allowed", **changes: Any) -> TestCase:
    plain: dict[str, Any] = {
        "name": name,
        "request": {
            "principal": 'Agent::"a"',
            "action": 'Action::"reply"',
            "resource": 'Ticket::"t"',
            "context": {"amount": 5, "hour": 9},
        },
        "entities": [
            {"uid": {"type": "Agent", "id": "a"}, "attrs": {"role": "lead"}, "parents": []},
            {"uid": {"type": "Ticket", "id": "t"}, "attrs": {"tags": ["email"], "scope": "x"}, "parents": []},
        ],
        "expect": "allow",
    }
    return TestCase.of({**plain, **changes})


@dataclass
class Person:
    principal: str
    role: str
    key: SigningKey = field(default_factory=generate_key)

    @property
    def entry(self) -> RosterEntry:
        return RosterEntry(principal=self.principal, role=self.role, keys=(public_line(self.key, "test"),))


ANA = Person('Operator::"ana"', "operator")
SAM = Person('Operator::"sam"', "supervisor")
EVE = Person('Operator::"eve"', "operator")
LEDGER = Person('Ledger::"workspace"', "ledger")
ROSTER = (ANA.entry, SAM.entry, LEDGER.entry)


def content(rules: str = RULES, *, roster: Sequence[RosterEntry] = ROSTER, **changes: Any) -> Content:
    return Content(
        cedar_plus_source=rules,
        schema_text=changes.pop("schema_text", SCHEMA),
        roster=tuple(roster),
        test_cases=changes.pop("test_cases", (case(),)),
        **changes,
    )


def program(version: ConstitutionVersion) -> Program:
    result = check(version.content.cedar_plus_source, version.content.schema_text)
    assert result.program is not None, result.errors
    return result.program


@dataclass
class Chain:
    """A chain under construction; ``now`` advances as things happen."""

    versions: list[ConstitutionVersion] = field(default_factory=list)
    now: datetime = START
    entry: int = 1

    @property
    def head(self) -> ConstitutionVersion:
        return self.versions[-1]

    def later(self, seconds: float = 1) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now

    def genesis(self, text: Content | None = None) -> ConstitutionVersion:
        return build_genesis(
            swarm_id=SWARM,
            content=text or content(),
            proposed_by=ANA.principal,
            created_at=self.now,
            summary="the first",
        )

    def amendment(self, text: Content, **changes: Any) -> ConstitutionVersion:
        """The next version, of the class that is computed unless ``cls`` is given."""
        draft = build_amendment(
            self.head, text, cls="major", proposed_by=ANA.principal, created_at=self.later(), summary="a change"
        )
        cls = changes.pop("cls", None) or amendment_class(self.head, draft, program(self.head), program(draft)).cls
        return build_amendment(
            self.head,
            text,
            cls=cls,
            proposed_by=changes.pop("proposed_by", ANA.principal),
            created_at=self.now,
            summary="a change",
            **changes,
        )

    def vote(self, version: ConstitutionVersion, person: Person, *, witness: bool = True, **changes: Any) -> Signature:
        signature = sign_vote(
            changes.pop("key", person.key),
            version,
            principal=changes.pop("principal", person.principal),
            role=changes.pop("role", person.role),
            signed_at=changes.pop("signed_at", self.later()),
            **changes,
        )
        return self.witnessed(version, signature) if witness else signature

    def witnessed(self, version: ConstitutionVersion, signature: Signature, at: datetime | None = None) -> Signature:
        self.entry += 1
        return witness_vote(
            LEDGER.key,
            signature,
            digest=version.digest,
            swarm_id=version.swarm_id,
            received_at=at or self.now,
            entry=self.entry,
        )

    def signed(self, version: ConstitutionVersion, *people: Person) -> ConstitutionVersion:
        for person in people or (ANA, SAM):
            version = version.adding(self.vote(version, person))
        return version

    def activated(
        self, version: ConstitutionVersion, *, wait: float = 10, key: SigningKey | None = None
    ) -> ConstitutionVersion:
        return activate(
            version,
            ledger_key=key or LEDGER.key,
            effective_at=self.later(wait),
            ledger_size=self.entry,
            ledger_root="ab" * 32,
        )

    def grow(self, version: ConstitutionVersion, *people: Person, wait: float = 10) -> ConstitutionVersion:
        self.versions.append(self.activated(self.signed(version, *people), wait=wait))
        return self.head

    def files(self) -> list[tuple[str, str]]:
        return [(f"{version.constitution_version}.yaml", dump_yaml(version)) for version in self.versions]

    def with_head(self, version: ConstitutionVersion) -> Chain:
        """A copy whose last version is replaced."""
        return replace(self, versions=[*self.versions[:-1], version])


def three_versions() -> Chain:
    """A genesis, a major amendment (a forbid), a minor one (a confirmed test)."""
    chain = Chain()
    chain.grow(chain.genesis(), wait=0)
    chain.grow(chain.amendment(content(RULES + FORBID)))
    confirmed = (case(reviewed_by=ANA.principal),)
    chain.grow(chain.amendment(content(RULES + FORBID, test_cases=confirmed)), ANA, wait=0)
    return chain
