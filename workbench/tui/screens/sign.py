"""Screen 5: proposals, who must still sign, the timelock as it runs; the dossier, the way back, the verification."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from workbench.analysis.stop import Progress, Stop, Stopped
from workbench.analysis.task import Task
from workbench.service.views import UNPROVED, KeyView, ProposalView, Status, VersionView
from workbench.tui.actions import Action
from workbench.tui.screens.base import LOADING_AFTER
from workbench.tui.screens.dossiers import DossierScreen, Written
from workbench.tui.screens.keyring import keys_here
from workbench.tui.screens.modals.proposal_diff import ProposalDiffScreen
from workbench.tui.screens.modals.revert import RevertScreen
from workbench.tui.screens.modals.sign_confirm import SignScreen as SignWindow
from workbench.tui.screens.modals.sign_confirm import Verdict
from workbench.tui.screens.modals.verify_run import VerifyScreen
from workbench.tui.screens.sign_difference import SignDifference
from workbench.tui.view import exported
from workbench.tui.view import sign as view
from workbench.tui.view.prose import plural
from workbench.tui.widgets.row_list import RowList
from workbench.tui.widgets.splitter import SplitPanes
from workbench.tui.widgets.state_box import StateBox

if TYPE_CHECKING:
    from workbench.tui.view.export import ExportView


FEW = ("-one", "-two", "-three")
LOOK = 0.2  # seconds between two looks at how far a proof is


class SignScreen(SignDifference):
    """Where proposals become law, or do not."""

    NUMBER = 5
    NAME = "sign"
    CSS_PATH = "sign.tcss"
    AUTO_FOCUS = ""
    REFRESH_SECONDS = 1.0
    SMALLEST = (40, 10)
    HELP = (
        "A proposal needs a person in every seat of its procedure; then its timelock runs, and it comes into force by "
        "itself. a approves and x rejects the proposal under the cursor, with a key of yours and the last six "
        "characters of its digest; once its quorum is met, x is a veto. D writes its dossier, R proposes to go back to "
        "what stood before the version in force. V verifies the whole chain and the ledger."
    )
    ACTIONS = (
        Action("sign.approve", "Approve", "Approve the proposal with one of your keys", ("a",), scope="sign"),
        Action("sign.reject", "Reject", "Reject the proposal; a veto once its quorum is met", ("x",), scope="sign"),
        Action(
            "sign.texts",
            "Texts",
            "Show what the proposal changes, line by line, and what it means",
            ("d", "enter"),
            scope="sign",
        ),
        Action("sign.dossier", "Dossier", "Write what a signer should have read into a file", ("D",), scope="sign"),
        Action("sign.revert", "Revert", "Propose to go back from the version in force", ("R",), scope="sign"),
        Action("sign.verify", "Verify", "Verify the chain of versions and the ledger", ("V",), scope="sign"),
        Action("sign.stop", "Stop proving", "Stop proving what the proposal promises", ("escape",), scope="sign"),
        Action("sign.prove", "Prove", "Prove what the proposal promises, where that was stopped", ("p",), scope="sign"),
        Action("sign.copy", "Copy digest", "Copy the digest of the proposal", ("y",), scope="sign", show=False),
    )

    def __init__(self) -> None:
        super().__init__()
        self._proposals: list[ProposalView] = []
        self._dossiers: dict[str, Written] = {}
        self._now: datetime | None = None
        self._in_force: VersionView | None = None
        self._wanted = ""
        self._proving: set[str] = set()
        self._proof: Stop | None = None
        self._far: Progress | None = None

    def compose_body(self) -> Iterable[Widget]:
        proposals = RowList(view.COLUMNS, header=True, id="proposals")
        proposals.add_class("pane")
        about = VerticalScroll(Static(id="proposal"), id="proposal-about", classes="pane")
        right = Vertical(about, self.difference_pane(), id="sign-right")
        yield StateBox(SplitPanes(proposals, right, id="sign-panes"), loading="Loading the proposals", id="sign-box")

    def on_mount(self) -> None:
        self.query_one("#proposals").border_title = "Proposals"

    def export_view(self) -> ExportView | None:
        """The proposals, with how far each is."""
        return exported.proposals(tuple(self._proposals)) if self._proposals else None

    # ---- data ----------------------------------------------------------------------------------------------------

    def refresh_data(self) -> None:
        self.run_service(
            self.workspace.proposals,
            group="proposals",
            on_result=self._arrived,
            on_error=self._failed,
            when_busy="skip",
        )

    def _failed(self, error: Exception) -> None:
        self._proposals = []
        self.query_one(StateBox).failed(error)
        self.show_hints()

    def _arrived(self, found: tuple[ProposalView, ...]) -> None:
        proposals = view.ordered(found)
        changed = proposals != self._proposals
        self._proposals = proposals
        for count, name in enumerate(FEW, start=1):  # the list is as high as it has rows, where these are few
            self.set_class(len(proposals) == count, name)
        box = self.query_one(StateBox)
        if not proposals:
            box.empty(
                "Nothing is proposed",
                "A draft becomes a proposal on Review; here the people of the roster sign it with their keys.",
                "4 opens Review · V verifies the chain",
            )
            self.show_hints()
            return
        box.ready()
        table = self.query_one("#proposals", RowList)
        if changed:
            table.show(view.rows(proposals))
            self._say_open()
            self.show_hints()
        if self._wanted and table.go_to(self._wanted):
            self._wanted = ""
        if self.in_front and not self.focused:
            table.focus()
        self._draw()
        self._have_promises_proved()

    def on_unmount(self) -> None:
        if self._proof is not None:
            self._proof.set()

    def show_proposal(self, digest: str) -> None:
        """Put the cursor on a proposal, as soon as it is listed."""
        self._wanted = digest
        if self.has_workspace:
            self.refresh_data()

    def tick(self, status: Status) -> None:
        """A second has passed by the service's clock: countdowns move."""
        another = self._in_force is None or self._in_force.digest != status.version.digest
        self._now, self._in_force = status.now, status.version
        if self._proposals:
            self._draw()
        if another:  # whether one may go back from it is for the footer to say
            self.show_hints()

    @property
    def current(self) -> ProposalView | None:
        """The proposal under the cursor."""
        row = self.query_one("#proposals", RowList).current
        return next((p for p in self._proposals if row is not None and p.version.digest == row.key), None)

    def on_row_list_moved(self) -> None:
        self.query_one("#proposal-about").scroll_home(animate=False)
        self._draw()
        self.show_hints()

    def on_row_list_chosen(self) -> None:
        self.action_texts()

    def _draw(self) -> None:
        about, shown = self.query_one("#proposal-about"), self.query_one("#proposal", Static)
        about.border_title = "Proposal"
        proposal = self.current
        if proposal is None:
            return
        holds = view.holder(self._proposals)
        waits = proposal.state == "approved" and holds is not None and holds is not proposal
        written = self._dossiers.get(proposal.version.digest)
        shown.update(
            view.detail(
                proposal,
                self._time(),
                self._in_force.version if self._in_force else "",
                roomy=self.size.height >= 36,
                behind=holds.version.version if waits and holds is not None else "",
                dossier=written.path if written else "",
                frozen_since=self.workbench.status.frozen_since if self.workbench.status else None,
            )
        )

        self.compare(proposal)

    def on_resize(self) -> None:
        """There may be room for the difference now."""
        self.call_after_refresh(self._draw)

    def _have_promises_proved(self) -> None:
        """Once for each proposal that somebody looks at: that they were proved is the proposer's word until then."""
        proposal = self.current
        if proposal is None or proposal.version.digest in self._proving:
            return
        if any(warning.code == UNPROVED for warning in proposal.review.warnings):
            self._prove(proposal.version.digest)

    def _prove(self, digest: str) -> None:
        """Prove in a thread; how far it is stands over the proposals, and esc stops it."""
        stop = Stop()
        task = Task(stop=stop, tell=self._proof_told)
        if self.run_service(
            self.workspace.amending.prove,
            digest,
            task,
            group="promises",
            on_result=lambda _: self._proved(),
            on_error=self._not_proved,
            when_busy="skip",
        ):
            self._proving.add(digest)
            self._proof, self._far = stop, None
            self.set_timer(LOADING_AFTER, self._look_at_proof)
            self.show_hints()

    def _proof_told(self, progress: Progress) -> None:
        """From the thread that proves: kept for the next look."""
        self._far = progress

    def _look_at_proof(self) -> None:
        if self._proof is not None:
            self._say_open()
            self.set_timer(LOOK, self._look_at_proof)

    def _proved(self) -> None:
        self._proof = None
        self._say_open()
        self.show_hints()
        self.refresh_data()

    def _not_proved(self, error: Exception) -> None:
        self._proof = None
        self._say_open()
        self.show_hints()
        if isinstance(error, Stopped):
            self.notify("What was promised is not proved; p begins again.", title="Stopped", timeout=4)
        else:
            self.workbench.report(error)

    def _say_open(self) -> None:
        """Over the proposals: how many are open, or how far a proof is."""
        table = self.query_one("#proposals", RowList)
        if self._proof is not None:
            far = f" {self._far.done} of {self._far.total}" if self._far is not None and self._far.total else ""
            table.border_subtitle = Content(f"◌ proving what is promised{far} · esc stops")
            return
        waiting = sum(proposal.state in view.OPEN for proposal in self._proposals)
        table.border_subtitle = Content(f"{plural(waiting, 'proposal')} open" if waiting else "none open")

    async def action_stop(self) -> None:
        """Stop proving; else back to where one was sent from."""
        if self._proof is not None:
            self._proof.set()
        else:
            await self.workbench.go_back()

    def action_prove(self) -> None:
        """Prove again what was stopped."""
        proposal = self.current
        if proposal is not None:
            self._prove(proposal.version.digest)

    def _time(self) -> datetime:
        status = self.workbench.status
        return self._now or (status.now if status else datetime.now(UTC))

    # ---- actions -------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Voting is there only on an open proposal, going back only where there is something to go back to."""
        if action in ("approve", "reject", "texts", "copy", "dossier"):
            proposal = self.current if self._proposals else None
            if proposal is None:
                return False
            return {"approve": proposal.state == "proposed", "reject": proposal.state in view.OPEN}.get(action, True)
        if action == "stop":
            return self._proof is not None or self.workbench.was_sent
        if action == "prove":
            proposal = self.current if self._proposals else None
            warned = proposal is not None and any(each.code == UNPROVED for each in proposal.review.warnings)
            return warned and self._proof is None
        if action == "revert":
            status = self.workbench.status
            version = self._in_force or (status.version if status else None)
            return version is not None and view.may_revert(version, self._time())
        return super().check_action(action, parameters)

    def action_approve(self) -> None:
        """Ask for a key and the digest, then approve."""
        self._vote("approve")

    def action_reject(self) -> None:
        """Ask for a key and the digest, then reject."""
        self._vote("reject")

    def _vote(self, verdict: Verdict) -> None:
        proposal = self.current
        if proposal is None:
            return
        written = self._dossiers.get(proposal.version.digest)

        def ask(keys: tuple[KeyView, ...]) -> None:
            self.app.push_screen(SignWindow(self.workspace, proposal, verdict, keys, written), self._voted)

        self.run_service(keys_here, self.workspace, group="keys", on_result=ask)

    def _voted(self, proposal: ProposalView | None) -> None:
        if proposal is None:
            return
        said = {"approved": "the quorum is met", "active": "it is in force", "rejected": "it is rejected"}.get(
            proposal.state
        )
        if said is None:
            left = sum(not seat.filled_by for seat in proposal.seats)
            said = f"{plural(left, 'seat')} still open"
        self.notify(said, title=f"Your vote on {proposal.version.version} counts", markup=False)
        self.refresh_data()

    def action_texts(self) -> None:
        """The proposal's texts against those it amends."""
        proposal = self.current
        if proposal is not None:
            self.app.push_screen(ProposalDiffScreen(proposal, self.workspace))

    def action_copy(self) -> None:
        """Copy the digest."""
        proposal = self.current
        if proposal is not None:
            self.workbench.copy(proposal.version.digest)

    def action_dossier(self) -> None:
        """Write the proposal's dossier, with how far it is and a way to stop it, and say where."""
        proposal = self.current
        if proposal is not None:
            version = proposal.version
            self.app.push_screen(DossierScreen(self.workspace, version.digest, version.version), self._written)

    def _written(self, written: Written | None) -> None:
        if written is None:
            return
        self._dossiers[written.proposal] = written
        self.notify(f"{written.path}\n{written.digest}", title="The dossier is written", timeout=8, markup=False)
        self._draw()

    def action_revert(self) -> None:
        """Ask why, then propose what stood before the version in force."""
        version = self._in_force or self.workspace.version()

        def ask(keys: tuple[KeyView, ...]) -> None:
            people = tuple(dict.fromkeys(key.principal for key in keys))
            self.app.push_screen(RevertScreen(self.workspace, version, people), self._reverted)

        self.run_service(keys_here, self.workspace, group="keys", on_result=ask)

    def _reverted(self, digest: str | None) -> None:
        if digest:
            self.notify("it waits for its signatures", title="Going back is proposed")
            self.show_proposal(digest)

    def action_verify(self) -> None:
        """Verify everything that is in force, with how far it is and a way to stop it."""
        if self.has_workspace:
            self.app.push_screen(VerifyScreen(self.workspace))
