"""A language model asked about sentences of the draft, and what a person takes of its answers.

Nothing of what a model says is saved before a person's yes; what is taken then names the model, what it cost and how
often something was fed back, in the draft and, as a comment or ``@doc``, in the text that is signed. Imports the
model's service when something is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from workbench.analysis.stop import Stop
from workbench.language.diagnostics import LineMap
from workbench.service.errors import WorkbenchError
from workbench.service.origins import Origin
from workbench.service.views import CompileView, Draft
from workbench.service.writing import readable_schema

if TYPE_CHECKING:
    from workbench.analysis.task import Task
    from workbench.authoring.model_assist import Assisted
    from workbench.authoring.result import SentenceResult
    from workbench.service.analysis_jobs import Job
    from workbench.service.analyst import Analyst
    from workbench.service.drafting import Drafting
    from workbench.service.model_dialogue import ModelProgress

NONE_CONFIGURED = "no language model is configured"
HOW_TO = "`workbench model set PROVIDER/MODEL --key-env NAME` configures one; everything works without"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a model was asked about, and said: one ``assisted`` a sentence. ``english``: the text they stand in."""

    model: str
    english: str
    cedar_plus: str
    assisted: tuple[Assisted, ...] = field(repr=False)


class Assisting:
    """The use cases of the model on Author and ``draft compile --model``."""

    def __init__(self, drafting: Drafting) -> None:
        self._drafting = drafting

    def configured(self) -> str:
        """The name of the configured model; empty for none. Raises :class:`WorkbenchError` (``bad_model_config``)."""
        from workbench.service.model_config import load_settings

        settings = load_settings()
        return settings.name if settings is not None else ""

    def start(
        self,
        analyst: Analyst,
        draft: Draft,
        english: str,
        cedar_plus: str,
        near: int | None = None,
        *,
        model: str = "",
        tell: Callable[[ModelProgress], None] | None = None,
    ) -> Job[Asked]:
        """:meth:`ask` in a thread of its own; the job is stopped like every long work."""

        def work(task: Task) -> Asked:
            return self.ask(draft, english, cedar_plus, near, model=model, stop=task.stop, tell=tell)

        job: Job[Asked] = analyst.start("model", work)
        return job

    def ask(
        self,
        draft: Draft,
        english: str,
        cedar_plus: str,
        near: int | None = None,
        *,
        model: str = "",
        stop: Stop | None = None,
        tell: Callable[[ModelProgress], None] | None = None,
    ) -> Asked:
        """Ask about the sentence around the offset ``near``, or about every one that is refused or ambiguous.

        Raises :class:`WorkbenchError` (``model_nothing_to_ask``, ``model_not_configured``, …) and
        :class:`~workbench.analysis.stop.Stopped`.
        """
        from workbench.service.models import HOPELESS, MOST_SENTENCES, assistant_for

        stop = stop or Stop()
        schema = readable_schema(draft.schema)
        wanted = self._wanted(draft, english, cedar_plus, near, stop)
        assistant = assistant_for(model)
        found = []
        for count, n in enumerate(wanted[:MOST_SENTENCES], start=1):
            stop.check()
            found.append(
                assistant.assist(
                    n, schema, within=english, stop=stop, tell=tell, place=(count, min(len(wanted), MOST_SENTENCES))
                )
            )
            failure = found[-1].failure
            if failure is not None and failure.code in HOPELESS:
                break  # what fails for one sentence so, fails for the next
        return Asked(assistant.settings.name, english, cedar_plus, tuple(found))

    def _wanted(
        self, draft: Draft, english: str, cedar_plus: str, near: int | None, stop: Stop
    ) -> list[SentenceResult]:
        from workbench.authoring.sentence_memory import placed
        from workbench.service.models import helpable

        schema, lines = readable_schema(draft.schema), LineMap(english)
        live = self._drafting.writing.live(draft, english, cedar_plus, near=near or 0, stop=stop)
        found = []
        for sentence in live.sentences:
            if near is not None and not sentence.start <= near <= sentence.end:
                continue
            if sentence.status in ("refused", "ambiguous"):
                result = self._drafting.sentences.result(sentence.text, schema)
                if helpable(result):
                    found.append(placed(result, sentence.start, lines))
        if not found:
            what = "that sentence is understood, or is none that goes to a model" if near is not None else (
                "every sentence is understood"
            )  # fmt: skip
            hint = "a model is asked about sentences that are refused or have several readings"
            raise WorkbenchError("nothing to ask a model", what, hint, "model_nothing_to_ask")
        return found

    def confirm(self, draft: Draft, asked: Asked, choices: Mapping[int, int], *, by: str = "") -> CompileView:
        """Take over what a person said yes to: for each sentence of ``asked`` (from 0) one of its candidates.

        The English gets the rewrites, the Cedar+ the rules that a model wrote; both are compiled and saved, with where
        they come from. Raises :class:`WorkbenchError`: ``model_not_taken``, ``stale_draft``, ``bad_schema``.
        """
        from workbench.service.models import confirmed

        schema = readable_schema(draft.schema)
        english, cedar_plus = asked.english, asked.cedar_plus
        origins = dict(draft.origins)
        for n in sorted(choices, key=lambda n: -asked.assisted[n].result.start):  # from the end: places before stay
            assisted, choice = asked.assisted[n], choices[n]
            english, cedar_plus = confirmed(english, cedar_plus, assisted, choice, schema)
            origins.update(_origins(assisted, choice, by))
        saved = self._drafting.save(english=english, cedar_plus=cedar_plus, origins=origins, revision=draft.revision)
        return self._drafting.compile_english(saved.english, cedar_plus=saved.cedar_plus)


def _origins(assisted: Assisted, choice: int, by: str) -> dict[str, Origin]:
    """Where what is taken comes from, by the sentences that stand in the English from then on."""
    proposal, told = assisted.proposals[choice], assisted.provenance
    if proposal is None or told is None:
        return {}
    origin = Origin(
        model=told.model,
        way=proposal.way,
        cost=told.cost,
        rounds=told.rounds,
        requests=told.requests,
        by=by,
        at=told.at,
    )
    said: Sequence[str] = proposal.rewrite if proposal.way == "rewrite" else (assisted.result.text,)
    return {" ".join(sentence.split()): origin for sentence in said}
