"""What a vote must pass before it is recorded, besides its signature: a verdict, a first vote, invariants that hold.

That a version's invariants were proved is, to whoever votes on it, only the word of the program that proposed it. So
they are proved again here before an approval counts, outside of every transaction. Imports no database.
"""

from __future__ import annotations

from workbench.analysis.task import Task
from workbench.governance.artifact import Signature
from workbench.service.checked import Checked
from workbench.service.errors import WorkbenchError
from workbench.service.invariant_proofs import PROPOSING, InvariantProofs, Promise
from workbench.service.weighing import Weighed

_ADVICE = {
    "invariant_broken": "reject it: it does not keep what it promises",
    "invariant_undecided": "approve it again to try anew, or reject it: what is not proved cannot be approved here",
}


def require_promises(proofs: InvariantProofs, checked: Checked, task: Task | None = None) -> None:
    """Refuse to approve a version whose invariants are not proved. Where there is no solver nothing is refused.

    Costs nothing a second time. Never inside a transaction. Raises :class:`WorkbenchError`: ``invariant_broken``,
    ``invariant_undecided``, ``invariants_unclean``; and ``Stopped`` as ``task`` was.
    """
    promise = Promise.of(checked.program, checked.version.content.invariants)
    if promise is None:
        return
    blockers = proofs.prove(promise, PROPOSING, anew=True, task=task).blockers
    found = [blocker for blocker in blockers if blocker.code != "no_solver"]
    if found:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        help = _ADVICE.get(found[0].code, "reject it")
        raise WorkbenchError("the vote was refused", found[0].message + more, help, found[0].code)


def check_verdict(verdict: str) -> None:
    """Raises :class:`WorkbenchError` (``bad_verdict``)."""
    if verdict not in ("approve", "reject"):
        raise WorkbenchError("no such verdict", f"`{verdict}` is no verdict", "approve or reject", "bad_verdict")


def refuse_second(weighed: Weighed, signature: Signature) -> None:
    """A person votes once. Only a reject may follow: an approve, which it overrides; and, once the quorum stands, a
    reject that came before it, which was no veto yet. The very vote that is there already never counts again.
    """
    who = signature.principal
    mine = [vote for vote in weighed.signed.signatures if vote.principal == who]
    rejected = any(vote.verdict == "reject" for vote in mine)
    veto = who in weighed.assessment.may_veto_yet
    again = any(vote.signature == signature.signature for vote in mine)
    if not mine or (signature.verdict == "reject" and not again and (veto or not rejected)):
        return
    if not rejected:
        what = "to take the approval back, reject; otherwise another person must sign"
    elif veto:
        what = "its quorum stands now: reject it anew, and that is a veto"
    elif not weighed.assessment.satisfied and weighed.assessment.kind != "reproposal":
        what = "another person must sign; once its quorum stands, reject it anew, and that is a veto"
    else:
        what = "another person must sign"
    said = "rejected" if rejected else "approved"
    raise WorkbenchError(
        "already voted", f"`{who}` has {said} this version", f"each person counts once; {what}", "already_voted"
    )
