"""What stands in the way of proposing a draft, one reason each, and what a proposer should be aware of.

Looks at a draft as the amendment that it would be; each function is one kind of obstacle. Invariants are apart, in
``invariant_proofs``, because they cannot be looked at within a transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from workbench.engine.entities import EntityError
from workbench.governance.artifact import ConstitutionVersion, Content
from workbench.governance.errors import GovernanceError
from workbench.governance.reachability import fragile, unreachable
from workbench.governance.recovery import check_scope, is_recovery
from workbench.governance.roster import RECOVERY_ROLE
from workbench.language.program import Program
from workbench.language.quotation import bare
from workbench.service.checked import Checked
from workbench.service.receipts import uid_id
from workbench.service.testing import run_cases
from workbench.service.views import Blocker, Draft
from workbench.service.weighing import content_digest, known_entities, row_content
from workbench.store.versions import StoredProposal


def draft_obstacles(draft: Draft, parent: Checked, program: Program, connection: Connection) -> list[Blocker]:
    """What of the draft itself stands in the way: what it was begun on, its tests, the directory."""
    found: list[Blocker] = []
    number, base = parent.version.constitution_version, draft.base_version
    if base != number:
        said = draft.behind.words if draft.behind is not None else f"the draft was begun on {base}, not on {number}"
        what = f"{said}: proposing it would undo what changed between"
        help = f"`draft reset --to {number}` begins anew; `draft rebase {number}` says that your text has it all"
        found.append(Blocker("old_base", what, help))
    run = run_cases(program, draft.tests)
    failed = [result.name for result in run.results if not result.passed]
    apart = [result.name for result in run.results if not result.engines_agree]
    if failed:
        found.append(Blocker("tests_fail", f"{_tests(failed)} fail", "see Tests: correct the rule or the test"))
    if apart:
        found.append(Blocker("engines_differ", f"the two engines differ on {_tests(apart)}", "see Tests; report it"))
    try:
        if program.schema is not None:
            known_entities(connection, program.schema)
    except EntityError as error:
        found.append(
            Blocker("directory", f"the directory does not fit the schema: {error}", "change the directory first")
        )
    return found


def already_proposed(content: Content, parent: str, waiting: Sequence[StoredProposal]) -> list[Blocker]:
    """An open proposal that says exactly the same on the same ``parent`` (a digest)."""
    named = content_digest(content)
    for row in waiting:
        if row.parent_digest == parent and row_content(row) == named:
            what = f"this very text is proposed already, as {row.version}"
            return [Blocker("already_proposed", what, "vote on it on Sign")]
    return []


def frozen(parent: Checked, child: ConstitutionVersion, program: Program) -> list[Blocker]:
    """What could never be amended any more once ``child`` is in force."""
    if all(entry.votes for entry in child.content.roster):
        what = "the new roster has no ledger key: no vote could be witnessed any more"
        return [Blocker("no_ledger", what, "keep the entry with the role `ledger`")]
    before = {cls for cls, _ in unreachable(parent.version, parent.program)}
    help = "add people to the roster, or ask for fewer in the procedure"
    return [
        Blocker("unreachable_class", f"nobody could approve a {cls} amendment any more: it takes {words}", help)
        for cls, words in unreachable(child, program)
        if cls not in before
    ]


def fragile_warnings(child: ConstitutionVersion, program: Program) -> Iterable[Blocker]:
    """Where the loss of one person would freeze a class; classes that the same people hold are told of together."""
    together: dict[tuple[str, ...], list[str]] = {}
    for cls, people in fragile(child, program):
        together.setdefault(people, []).append(cls)
    for people, classes in together.items():
        who = ", ".join(map(_called, people[:4])) + (" …" if len(people) > 4 else "")
        one = "of" if len(people) == 1 else "of any one of"
        what = f"the loss {one} {who} would make {' and '.join(classes)} amendments impossible"
        held = any(entry.role == RECOVERY_ROLE for entry in child.content.roster)
        help = "the `recovery` keys could then change the roster" if held else "more signers make that safe"
        yield Blocker("one_loss_freezes", what, help)


def recovery_out_of_scope(child: ConstitutionVersion, parent: ConstitutionVersion) -> list[Blocker]:
    """What else a recovery would change: it may change the roster alone."""
    try:
        if is_recovery(child, parent):
            check_scope(child, parent)
    except GovernanceError as error:
        return [Blocker(error.code, error.message, error.help)]
    return []


def vetoed_before() -> Blocker:
    """A warning: the very text was vetoed once."""
    return Blocker(
        "vetoed_before",
        "a proposal with this very text was vetoed",
        "with `propose --again` it needs the quorum of a sensitive amendment, and cannot be vetoed then",
    )


def refused_schema(text: str) -> list[Blocker]:
    """What the linter refuses of a changed schema (CP011, CP120); what Cedar refuses is told with the rules."""
    from workbench.language.schema_lint import schema_refusals

    what = "the schema, line {}: {} ({})"
    help = "`workbench schema check` tells the rest"
    return [
        Blocker("schema_refused", what.format(d.start.line, d.message, d.code), d.help or help)
        for d in schema_refusals(text)[:1]
    ]


def unchanged(parent: ConstitutionVersion) -> Blocker:
    """The draft changes nothing."""
    what = f"the draft says the same as {parent.constitution_version}, which it would amend"
    return Blocker("unchanged", what, "change something on Author")


def _tests(names: list[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:3])
    return shown + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _called(person: str) -> str:
    """``Operator::"ana"`` → ``ana Operator``, as lists have it; between backticks what is more than a word."""
    kind, quote, _ = person.partition('::"')
    return f"{bare(uid_id(person))} {bare(kind)}" if quote else bare(person)
