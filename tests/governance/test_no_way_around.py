"""No path to ``active`` without the parent's quorum, the timelock, an unmoved head: random people, votes and times.

The lifecycle and ``verify`` are two judges that never meet: the one says when a version may come into force, the other,
from the files alone, whether it might have. Here both are asked about the same random histories and must agree, and a
third, written down here as plainly as the specification has it, must agree with both.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.governance.chains import ANA, EVE, FORBID, LEDGER, RULES, SAM, Chain, Person, content, program
from workbench.governance.activation import activate
from workbench.governance.artifact import ConstitutionVersion, Content
from workbench.governance.assessment import Assessment, assess
from workbench.governance.chain import verify_chain
from workbench.governance.lifecycle import ready, reservation, standing
from workbench.governance.roster import RosterEntry

SUE, TOM = Person('Operator::"sue"', "supervisor"), Person('Operator::"tom"', "supervisor")
PEOPLE = (ANA, EVE, SAM, SUE, TOM)
ROSTER: tuple[RosterEntry, ...] = tuple(person.entry for person in (*PEOPLE, LEDGER))
# minor: 1 operator. major: 1 operator and 1 supervisor, 20 seconds. sensitive: 2 and 2, 40 seconds.
AMENDING = """
procedure amend_minor { on amendment minor require approval from principal where principal.role == "operator" }
procedure amend_major { on amendment major
  require approval from principal where principal.role == "operator"
  require approval from principal where principal.role == "supervisor" with timelock 20 seconds }
procedure amend_sensitive { on amendment sensitive
  require 2 approvals from principal where principal.role == "operator"
  require 2 approvals from principal where principal.role == "supervisor" with timelock 40 seconds }
"""
BASE = RULES[: RULES.index("procedure amend_minor")] + AMENDING
SEATS = {"minor": (1, 0, 0), "major": (1, 1, 20), "sensitive": (2, 2, 40)}  # operators, supervisors, timelock

CHAIN = Chain()
CHAIN.grow(CHAIN.genesis(content(BASE, roster=ROSTER)), *PEOPLE, wait=0)
HEAD, HEAD_DIGEST, PROGRAM = CHAIN.head, CHAIN.head.digest, program(CHAIN.head)
CHANGES: dict[str, Content] = {
    "minor": content(BASE + "// a comment\n", roster=ROSTER),
    "major": content(BASE + FORBID, roster=ROSTER),
    "sensitive": content(BASE.replace("with timelock 20 seconds", ""), roster=ROSTER),  # lowers what gates others
    "one fewer": content(BASE, roster=tuple(entry for entry in ROSTER if entry.principal != SUE.principal)),
}
VERSIONS = {name: CHAIN.amendment(text) for name, text in CHANGES.items()}
START = CHAIN.now


@dataclass(frozen=True)
class Cast:
    """A vote that was cast: by whom, how, how many seconds after the start."""

    person: Person
    verdict: Literal["approve", "reject"]
    at: int


@st.composite
def histories(draw: st.DrawFn) -> list[Cast]:
    """Mostly approvals by several people, and now and then someone who rejects, changes their mind or votes twice."""
    order = draw(st.permutations(PEOPLE))[: draw(st.integers(0, 5))]
    casts = [Cast(person, "approve", draw(st.integers(1, 60))) for person in order]
    verdicts = st.sampled_from(["approve", "reject"])
    casts += draw(st.lists(st.builds(Cast, st.sampled_from(PEOPLE), verdicts, st.integers(1, 60)), max_size=2))
    return list({cast.at: cast for cast in casts}.values())


def voted(version: ConstitutionVersion, casts: list[Cast]) -> ConstitutionVersion:
    """The version with these votes, witnessed in the order of their times."""
    for cast in sorted(casts, key=lambda cast: cast.at):
        bare = CHAIN.vote(version, cast.person, verdict=cast.verdict, witness=False, signed_at=START)
        version = version.adding(CHAIN.witnessed(version, bare, START + timedelta(seconds=cast.at)))
    return version


def due_by_the_book(name: str, casts: list[Cast]) -> datetime | None:
    """When it may come into force by the words of the specification; ``None`` for never (rejected, vetoed, no quorum).

    Votes in order of arrival; everyone counts once; a reject stands for good. A reject after the quorum is a veto, but
    not of one whom the amendment removes; a reject that leaves too few people for the seats ends it.
    """
    cls = VERSIONS[name].amendment.cls
    operators, supervisors, timelock = SEATS[cls]
    yes: set[str] = set()
    no: set[str] = set()
    since: int | None = None
    order = sorted(casts, key=lambda cast: cast.at)
    for cast in order:
        who = cast.person.principal
        if cast.verdict == "reject" and who not in no:
            if since is not None and not (name == "one fewer" and who == SUE.principal):
                return None
            no.add(who)
        elif cast.verdict == "approve":
            yes.add(who)
        standing = [person for person in PEOPLE if person.principal in yes - no]
        left = [person for person in PEOPLE if person.principal not in no]

        def enough(people: list[Person]) -> bool:
            roles = [person.role for person in people]
            return roles.count("operator") >= operators and roles.count("supervisor") >= supervisors

        if not enough(left):
            return None
        since = (since if since is not None else cast.at) if enough(standing) else None
    return None if since is None else START + timedelta(seconds=since + timelock)


def count(version: ConstitutionVersion) -> Assessment:
    return assess(version, HEAD, PROGRAM)


def verifies(version: ConstitutionVersion, at: datetime) -> bool:
    active = activate(version, ledger_key=LEDGER.key, effective_at=at, ledger_size=9, ledger_root="ab" * 32)
    return verify_chain(Chain(versions=[HEAD, active]).files(), genesis_pin=HEAD_DIGEST).ok


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(VERSIONS)), histories(), st.data())
def test_lifecycle_verify_and_the_book_agree(name: str, casts: list[Cast], data: st.DataObject) -> None:
    version = voted(VERSIONS[name], casts)
    counted = count(version)
    due = due_by_the_book(name, casts)
    last = max((cast.at for cast in casts), default=0)  # what is activated has all votes that arrived before
    moments = [START + timedelta(seconds=last + data.draw(st.integers(0, 60)))]
    if due is not None:
        moments += [
            moment
            for moment in (due - timedelta(milliseconds=1), due)
            if moment.timestamp() >= START.timestamp() + last
        ]
    for now in moments:
        stands = standing(version, counted, head=HEAD_DIGEST, now=now)
        may = ready(stands, HEAD_DIGEST, None, now)
        assert may == (due is not None and now >= due)
        assert may == verifies(version, now)
        assert not ready(stands, "sha256:" + "9" * 64, None, now), "its parent is not the head"
        assert not ready(stands, HEAD_DIGEST, "another", now), "another version holds the head"


@settings(max_examples=60, deadline=None)
@given(histories(), histories(), st.integers(0, 200))
def test_of_two_siblings_the_first_to_reach_its_quorum_holds_the_head(
    one: list[Cast], two: list[Cast], later: int
) -> None:
    """Never both; the one with the earlier quorum that stands; and the other stays possible while it waits."""
    casts = {"major": one, "sensitive": two}
    now = START + timedelta(seconds=max((cast.at for cast in one + two), default=0) + later)
    signed = {name: voted(VERSIONS[name], votes) for name, votes in casts.items()}
    counts = {name: count(version) for name, version in signed.items()}
    alive = {
        name: found for name, found in counts.items() if found.quorum_at and not found.rejected and not found.vetoed
    }
    holder = reservation((found.digest, found.quorum_at) for found in alive.values() if found.quorum_at)
    may = {
        name
        for name, found in counts.items()
        if ready(standing(signed[name], found, head=HEAD_DIGEST, now=now, reserved_by=holder), HEAD_DIGEST, holder, now)
    }
    assert len(may) <= 1
    if len(alive) == 2:
        first = min(alive, key=lambda name: (str(alive[name].quorum_at), alive[name].digest))
        assert holder == alive[first].digest
        assert may <= {first}
    for name in may:
        assert verifies(signed[name], now)


def test_an_amendment_that_lowers_the_bar_is_judged_by_the_bar_as_it_was() -> None:
    """Both ways: the new rule binds from the next amendment on, whether it asks for less or for more."""
    chain = Chain(versions=[HEAD], now=CHAIN.now)
    lower = content(BASE.replace("with timelock 20 seconds", "").replace("require 2 approvals", "require approval"),
                    roster=ROSTER)  # fmt: skip
    chain.grow(chain.amendment(lower), *PEOPLE, wait=40)
    chain.grow(chain.amendment(content(lower.cedar_plus_source + FORBID, roster=ROSTER)), ANA, SAM, wait=0)
    assert verify_chain(chain.files()).ok, "a major amendment needs no timelock any more"
    raise_again = content(BASE + FORBID, roster=ROSTER)
    chain.grow(chain.amendment(raise_again), ANA, SAM, wait=40)
    assert verify_chain(chain.files()).ok, "raising the bar is judged by the low one"
    hasty = Chain(versions=[*chain.versions], now=chain.now)
    hasty.grow(hasty.amendment(content(BASE, roster=ROSTER, english_source="# x")), ANA, SAM, wait=0)
    assert verify_chain(hasty.files()).code == "too_early", "and binds the next"


def test_a_class_gets_a_procedure_and_loses_it_under_the_one_before() -> None:
    default = RULES[: RULES.index("procedure amend_minor")]
    own = default + "procedure amend_minor { on amendment minor require 3 approvals from principal }\n"
    chain = Chain()
    chain.grow(chain.genesis(content(default, roster=ROSTER)), *PEOPLE, wait=0)
    chain.grow(chain.amendment(content(own, roster=ROSTER)), *PEOPLE, wait=72 * 3_600)
    assert verify_chain(chain.files()).ok
    comment = content(own + "// x\n", roster=ROSTER)
    few = Chain(versions=[*chain.versions], now=chain.now)
    few.grow(few.amendment(comment), ANA, wait=0)
    assert verify_chain(few.files()).code == "no_quorum"
    chain.grow(chain.amendment(comment), ANA, EVE, SAM, wait=0)
    chain.grow(chain.amendment(content(default, roster=ROSTER)), *PEOPLE, wait=72 * 3_600)
    chain.grow(chain.amendment(content(default + "// y\n", roster=ROSTER)), ANA, wait=0)
    assert verify_chain(chain.files()).ok
