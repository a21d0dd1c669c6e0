"""The use cases that an open workspace is made of, and how they hang together. Not for faces.

Loads the database, the engine and governance: import it where a workspace is opened, never before.
"""

from __future__ import annotations

from workbench.service.acknowledging import Acknowledging
from workbench.service.agent_board import AgentBoard
from workbench.service.amending import Amending
from workbench.service.analysing import Analysing
from workbench.service.auditing import Auditing
from workbench.service.backup import Backups
from workbench.service.casebook import Casebook
from workbench.service.cases import Cases
from workbench.service.checkpointing import Checkpointing
from workbench.service.cowitnessing import CoWitnessing
from workbench.service.credentials import Credentials
from workbench.service.deciding import Deciding
from workbench.service.directories import Directories
from workbench.service.dossier import Dossiers
from workbench.service.drafting import Drafting
from workbench.service.explaining import Explaining
from workbench.service.exporting import Exporting
from workbench.service.finding import Finding
from workbench.service.group_counting import Tally
from workbench.service.groups import Groups
from workbench.service.invariant_proofs import InvariantProofs
from workbench.service.key_care import KeyCare
from workbench.service.norm_importing import NormImport
from workbench.service.norm_reports import NormReports
from workbench.service.norming import Norms
from workbench.service.notices import Notices
from workbench.service.overlays import Overlays
from workbench.service.overview import Overview
from workbench.service.pulses import Pulses
from workbench.service.redacting import Redacting
from workbench.service.replaying import Replaying
from workbench.service.review import Reviewing
from workbench.service.session import Session
from workbench.service.shadowing import Shadowing
from workbench.service.spoken_events import SpokenEvents
from workbench.service.timeline import Timeline
from workbench.service.trying import Trying
from workbench.service.vocabulary import Vocabulary
from workbench.service.watching import Watching
from workbench.service.weighing import Weighing


class Uses:
    """One of each, over one session. The order of ``session.steps`` is the order in which time is let act."""

    def __init__(self, session: Session) -> None:
        weighing = Weighing(session)
        self.drafting = Drafting(session, weighing)
        self.analysing = Analysing(session, weighing, self.drafting)
        self.casebook = Casebook(self.drafting, self.analysing)
        self.reviewing = Reviewing(session, weighing, InvariantProofs(self.analysing.analyst))
        self.amending = Amending(session, self.reviewing, weighing)
        self.shadowing = Shadowing(session, weighing)
        self.dossiers = Dossiers(session, self.reviewing, weighing, self.analysing.analyst)
        self.cases = Cases(session)
        self.overlays = Overlays(session, self.cases, self.drafting)
        self.credentials = Credentials(session)
        witnessing = CoWitnessing(session, weighing, self.amending.mirror)
        self.key_care = KeyCare(session, self.amending, witnessing)
        self.notices = Notices(session)
        self.timeline = Timeline(session)
        self.checkpointing = Checkpointing(session)
        self.backups = Backups(session, self.checkpointing)
        self.acknowledging = Acknowledging(session, self.checkpointing.mirror)
        self.directories = Directories(session)
        self.watching = Watching(session)
        tally = Tally(session)
        self.groups, self.agents = Groups(session, tally), AgentBoard(session, tally, self.overlays)
        self.spoken = SpokenEvents(session, self.watching)
        self.pulse = Pulses(session)
        self.vocabulary = Vocabulary(self.drafting)
        self.replaying = Replaying(session, weighing, self.drafting, self.watching)
        self.trying = Trying(session, self.drafting, self.watching, self.directories)
        explaining = Explaining(session, self.watching, self.cases, self.overlays, self.checkpointing)
        exporting, redacting = Exporting(session, self.checkpointing), Redacting(session, self.cases)
        self.audit = Auditing(session, explaining, exporting, redacting)
        self.overview = Overview(session, self.amending, self.reviewing, self.drafting, self.overlays)
        self.deciding = Deciding(session, self.cases, self.shadowing, self.amending.mirror, self.checkpointing.guard)
        self.norms = Norms(session, self.overlays, self.drafting, self.deciding, self.watching)
        self.finding = Finding(session, self.norms)
        self.norm_reports = NormReports(session, self.norms, self.analysing, self.finding)
        self.norm_import = NormImport(session, self.norms)
        session.steps = [self.amending, self.shadowing]
        session.steps.append(self.cases)  # after what comes into force, which may end some
        session.steps.append(self.overlays)  # likewise: a norm ends once a version has long forbidden the same
        session.steps.append(self.checkpointing)  # after all that may activate: a checkpoint covers it
        self._session = session

    def tick(self) -> None:
        """Seal over a database that was set back, take what is due, write files and checkpoints. Cheap when idle."""
        self.checkpointing.guard()
        head = self._session.tick()
        self.amending.heal(head)
        self.checkpointing.tick(head)

    def close(self) -> None:
        """Stop the analyses, cover what was added by a checkpoint, then close the database. Safe to call twice."""
        self.analysing.close()
        self.replaying.close()
        self.overlays.close()
        self.checkpointing.close()
        self._session.database.close()
