"""Verification of a chain from its files alone: every link, class, vote, quorum, timelock and activation recomputed.

Imports this room and the language's check. Nothing in a file is believed because it says so: the class is computed from
the difference, the procedure and the roster are the *parent's*, the timelock runs from witnessed arrival. A chain that
holds is *consistent*; it is *anchored* only when its first version has the digest that the caller pinned.

:func:`check_link` is the same judgement of one version alone, for whoever is about to put it in force.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from workbench.governance.activation import verify_activation
from workbench.governance.artifact import ConstitutionVersion, load_yaml
from workbench.governance.assessment import Assessment, assess
from workbench.governance.classes import amendment_class, possible_classes
from workbench.governance.errors import ChainError, GovernanceError, VoteError
from workbench.governance.findings import RANK
from workbench.governance.procedures import duration_words
from workbench.governance.recovery import check_scope, is_recovery
from workbench.governance.revert import Stood, revert_of, went_back, why_not
from workbench.governance.times import format_time
from workbench.governance.unsigned import is_unsigned
from workbench.governance.versions import rank
from workbench.governance.votes import verify_vote
from workbench.language.check import check
from workbench.language.program import Program


@dataclass(frozen=True, slots=True)
class ChainLine:
    """One thing that was checked. ``subject`` is a version (or file); ``code`` is empty where it holds."""

    ok: bool
    subject: str
    message: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class ChainReport:
    """``ok``: every link holds (and the pin, if one was given, is met). ``anchored``: pinned, and it holds.

    ``head``: digest of the last version that holds, ``""`` if none. ``lines`` end with the first broken link.
    """

    ok: bool
    anchored: bool
    head: str
    message: str
    lines: tuple[ChainLine, ...]

    @property
    def code(self) -> str:
        """The reason code of the first broken link, or ``""``."""
        return next((line.code for line in self.lines if not line.ok), "")


@dataclass(frozen=True, slots=True)
class _Link:
    """A version that holds, with what the next needs of it; ``before`` is the one that it followed."""

    version: ConstitutionVersion
    digest: str
    program: Program
    before: Stood | None = None
    reverts: bool = False

    @property
    def stood(self) -> Stood:
        return Stood(self.version, self.program, self.reverts)


def verify_chain(versions: Sequence[tuple[str, str | bytes]], *, genesis_pin: str | None = None) -> ChainReport:
    """Verifies the chain that the files (name, YAML text) make, in any order; a name is ``<version>.yaml``.

    Never raises on bad input: the first thing that does not hold is the last line of the report, with its reason code.
    """
    lines: list[ChainLine] = []
    head: _Link | None = None
    anchored = False
    subject = "chain"
    try:
        if not versions:
            raise ChainError("empty", "there are no versions")
        loaded: dict[str, ConstitutionVersion] = {}
        for name, text in versions:
            subject = name
            _load(name, text, loaded)
        subject = "chain"
        ordered = _order(loaded)
        for digest, version in ordered:
            subject = version.constitution_version
            if head is None and genesis_pin is not None:
                anchored = _pinned(digest, genesis_pin)
            head = _verify_link(version, digest, head, loaded, lines)
        subject = "chain"
        stray = [v.constitution_version for d, v in loaded.items() if d not in dict(ordered)]
        if stray:
            raise ChainError("stray", f"`{stray[0]}` does not descend from the first version")
    except GovernanceError as error:
        lines.append(ChainLine(False, subject, error.message, error.code))
        digest = head.digest if head else ""
        return ChainReport(False, False, digest, f"broken at {subject}: {error.message}", tuple(lines))
    assert head is not None
    count = f"{len(loaded)} version{'' if len(loaded) == 1 else 's'}"
    state = "consistent and anchored" if anchored else "consistent, NOT anchored"
    if is_unsigned(head.version):
        state += "; UNSIGNED: whoever can write its workspace can sign"
    message = f"{count}, head {head.version.constitution_version}: {state}"
    return ChainReport(True, anchored, head.digest, message, tuple(lines))


def _load(name: str, text: str | bytes, loaded: dict[str, ConstitutionVersion]) -> None:
    version = load_yaml(text)
    stem = name.replace("\\", "/").rpartition("/")[2].removesuffix(".yaml")
    if stem != version.constitution_version:
        raise ChainError("file_name", f"the file is named `{stem}`, but holds version {version.constitution_version}")
    digest = version.digest
    if digest in loaded:
        raise ChainError("duplicate_version", f"version {version.constitution_version} is there twice")
    loaded[digest] = version


def _order(loaded: dict[str, ConstitutionVersion]) -> list[tuple[str, ConstitutionVersion]]:
    """The versions from the genesis on, child after parent."""
    children: dict[str | None, list[tuple[str, ConstitutionVersion]]] = {}
    for digest, version in loaded.items():
        if version.parent_version is not None and version.parent_digest is None:
            raise ChainError("no_parent_digest", f"{version.constitution_version} does not say its parent's digest")
        if version.parent_digest is not None and version.parent_digest not in loaded:
            numbered = [found for found in loaded.values() if found.constitution_version == version.parent_version]
            if numbered:
                raise ChainError(
                    "parent_changed",
                    f"{version.parent_version} is not what {version.constitution_version} follows: its digest differs",
                    f"{version.parent_version} was changed after {version.constitution_version} was made",
                )
            raise ChainError(
                "parent_missing",
                f"the parent of {version.constitution_version}, {version.parent_version} as it was then, is not there",
            )
        children.setdefault(version.parent_digest, []).append((digest, version))
    ordered: list[tuple[str, ConstitutionVersion]] = []
    parent: str | None = None
    while parent in children:
        following = children[parent]
        if len(following) > 1:
            names = " and ".join(sorted(version.constitution_version for _, version in following))
            after = f"after {loaded[parent].constitution_version}" if parent else "with no parent"
            raise ChainError("fork", f"{names} both stand {after}", "only one version can follow another")
        ordered.extend(following)
        parent = following[0][0]
    if not ordered:
        raise ChainError("no_genesis", "no version is the first of the chain")
    return ordered


def _pinned(digest: str, pin: str) -> bool:
    if digest != pin:
        raise ChainError("genesis_pin", f"the first version is {digest}, but {pin} is pinned: this is another chain")
    return True


def _verify_link(
    version: ConstitutionVersion,
    digest: str,
    parent: _Link | None,
    loaded: dict[str, ConstitutionVersion],
    lines: list[ChainLine],
    program: Program | None = None,
) -> _Link:
    """Verifies one version after ``parent`` (``None``: it is the genesis). Adds a line for each thing that holds.

    ``program``: its checked rules, where the caller has them.
    """

    def holds(message: str) -> None:
        lines.append(ChainLine(True, version.constitution_version, message))

    if parent is not None:
        _verify_place(version, parent)
    program = program or _program(version)
    link = _Link(version, digest, program, parent.stood if parent else None)
    judge = parent or link
    holds(_verify_class(version, parent, program))
    _verify_votes(version, digest, judge.version, loaded)
    count = _verify_count(version, parent, judge)
    signers = ", ".join(sorted({seat.filled_by for seat in count.seats}))
    holds(f"approved by {signers} ({count.procedure.name}{_KINDS[count.kind]})")
    _verify_activation(version, parent, judge.version, count)
    assert version.activation is not None
    waited = f", after a timelock of {duration_words(count.procedure.timelock_seconds)}"
    since = format_time(version.activation.effective_at)
    holds(f"in force since {since}{waited if count.procedure.timelock_seconds else ''}; {digest}")
    return replace(link, reverts=_reverts(version, parent))


_KINDS = {
    "": "",
    "recovery": "",
    "revert": ", a revert: no timelock",
    "reproposal": ", again after a veto: by the quorum of a sensitive amendment",
}


def check_link(version: ConstitutionVersion, program: Program, parent: Stood, before: Stood | None) -> None:
    """Judges one activated version, whose checked program is given, as ``verify_chain`` will: after ``parent``, which
    followed ``before``.

    Raises :class:`GovernanceError` with the code that ``verify_chain`` would give.
    """
    link = _Link(parent.version, parent.version.digest, parent.program, before, parent.reverts)
    _verify_link(version, version.digest, link, {}, [], program)


def _reverts(version: ConstitutionVersion, parent: _Link | None) -> bool:
    if parent is None or parent.before is None or version.activation is None or parent.version.activation is None:
        return False
    since, before_since = version.activation.effective_at, parent.version.activation.effective_at
    return not parent.reverts and went_back(version, since, parent.before.version, before_since)


def _verify_count(version: ConstitutionVersion, parent: _Link | None, judge: _Link) -> Assessment:
    """The votes counted, which must have carried the version."""
    revert = None
    if parent is not None:
        if is_recovery(version, parent.version):
            check_scope(version, parent.version)
        since = parent.version.activation.effective_at if parent.version.activation else None
        revert = revert_of(version, parent.stood, parent.before, since)
    count = assess(version, judge.version, judge.program, revert)
    _verify_quorum(count)
    return count


def _verify_place(version: ConstitutionVersion, parent: _Link) -> None:
    before = parent.version
    if version.swarm_id != before.swarm_id:
        raise ChainError("other_swarm", f"it belongs to `{version.swarm_id}`, its parent to `{before.swarm_id}`")
    if version.parent_version != before.constitution_version:
        raise ChainError(
            "parent_version",
            f"it names {version.parent_version} as parent, but the digest is {before.constitution_version}'s",
        )
    if rank(version.constitution_version) <= rank(before.constitution_version):
        raise ChainError("rollback", f"its number is not greater than its parent's, {before.constitution_version}")


def _program(version: ConstitutionVersion) -> Program:
    result = check(version.content.cedar_plus_source, version.content.schema_text, standing=True)
    if result.program is None:
        first = result.errors[0]
        raise ChainError("not_clean", f"its rules are not clean: {first.code} line {first.start.line}: {first.message}")
    return result.program


def _verify_class(version: ConstitutionVersion, parent: _Link | None, program: Program) -> str:
    """What the version is, with the first reason for its class, which must be one that it can have."""
    claimed = version.amendment.cls
    if parent is None:
        if claimed != "sensitive":
            raise ChainError("wrong_class", f"a first version is sensitive, but it claims to be {claimed}")
        after = f"; it supersedes {version.supersedes}, which nobody could sign for" if version.supersedes else ""
        return f"the first version{after}"
    report = amendment_class(parent.version, version, parent.program, program)
    note = ""
    if report.cls and report.cls != claimed:
        low, high = possible_classes(parent.version, version, parent.program, program)
        if not low.cls or not high.cls or not RANK[low.cls] <= RANK[claimed] <= RANK[high.cls]:
            raise ChainError("wrong_class", f"it claims to be {claimed}, but is {report.reasons[0]}")
        note = f" (by the compiler of its day; by today's it would be {report.reasons[0]})"
        report = low if claimed == low.cls else high
    if not report.cls:
        raise ChainError("nothing_changed", "it changes nothing")
    why = next((reason for reason in report.reasons if reason.startswith(claimed)), report.reasons[0])
    return f"{claimed} amendment of {version.parent_version}: {why.partition(': ')[2]}{note}"


def _verify_votes(
    version: ConstitutionVersion, digest: str, judge: ConstitutionVersion, loaded: dict[str, ConstitutionVersion]
) -> None:
    """Every vote in a version that is in force must hold and be witnessed, whether or not its seat needed it."""
    if not version.signatures:
        raise ChainError("no_votes", "nobody signed it")
    for signature in version.signatures:
        try:
            vote = verify_vote(signature, digest=digest, swarm_id=version.swarm_id, roster=judge.content.roster)
        except VoteError as error:
            if error.code != "bad_signature":
                raise
            for other, sibling in loaded.items():
                try:
                    verify_vote(signature, digest=other, swarm_id=sibling.swarm_id, roster=judge.content.roster)
                except VoteError as elsewhere:
                    if elsewhere.code != "bad_witness":
                        continue
                raise ChainError(
                    "vote_of_other_version",
                    f"the vote of `{signature.principal}` was given to {sibling.constitution_version}",
                ) from error
            raise
        if vote.received_at is None:
            raise ChainError("not_witnessed", f"the ledger key has not witnessed the vote of `{signature.principal}`")


def _verify_quorum(count: Assessment) -> None:
    if count.vetoed:
        raise ChainError("vetoed", f"`{count.vetoed}` vetoed it")
    if count.rejected:
        raise ChainError("rejected", "so many reject it that its quorum cannot be met")
    if not count.satisfied:
        empty = [seat.requirement for seat in count.seats if not seat.filled_by]
        why = next((f": {vote.why_not}" for vote in count.votes if vote.why_not), "")
        raise ChainError("no_quorum", f"it lacks the approval of {' and of '.join(empty)}{why}")


def _verify_activation(
    version: ConstitutionVersion, parent: _Link | None, judge: ConstitutionVersion, count: Assessment
) -> None:
    activation = verify_activation(version, judge)
    if count.due_at is None or activation.effective_at < count.due_at:
        due = format_time(count.due_at) if count.due_at else "never"
        raise ChainError(
            "too_early", f"it came into force before its timelock ended, {due}{_no_revert(version, parent)}"
        )
    if judge.activation is not None and activation.effective_at < judge.activation.effective_at:
        raise ChainError("too_early", "it came into force before its parent did")
    for signature in version.signatures:
        if signature.witness is not None and signature.witness.latest > activation.effective_at:
            raise ChainError("late_vote", f"the vote of `{signature.principal}` arrived after it was in force")


def _no_revert(version: ConstitutionVersion, parent: _Link | None) -> str:
    """Of a version that goes back to what its parent replaced: why that is no revert, which would not have to wait."""
    if parent is None or parent.before is None or version.content != parent.before.version.content:
        return ""
    why = why_not(parent.stood, parent.before) or "its quorum came later than 72 hours after its parent"
    return f": it is no revert, because {why}"
