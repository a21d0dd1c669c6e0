"""A language model's help with sentences that the built-in compiler does not read, or reads in several ways.

For each sentence: k candidates, each first asked to say it in controlled English, then, where that fails, for the rules
themselves; what is wrong is fed back, at most three times. The answers become readings that a person confirms; whatever
happens to the model, the compiler's own result stands as it was. Imports authoring; the client only when it is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING

from workbench.analysis.stop import Stop, Stopped
from workbench.authoring.document import compile_document
from workbench.authoring.model_assist import Assisted, Failure, Provenance, accepted, assembled, taken_over
from workbench.authoring.model_prompt import prompt_digest
from workbench.authoring.model_readings import Proposal
from workbench.authoring.result import DocumentResult, SentenceResult
from workbench.language.diagnostics import LineMap, Span
from workbench.language.schema import Schema
from workbench.service.errors import WorkbenchError
from workbench.service.model_config import ModelSettings, settings_for
from workbench.service.model_dialogue import Asks, Candidate, Spent, Tell, broken

if TYPE_CHECKING:
    from workbench.service.model_client import Answer

MOST_SENTENCES = 50
"""How many sentences of one text a model is asked about."""
_NEVER_SENT = frozenset({"CA005", "CA007"})  # policy code, instructions, unseen characters, sheer size: as it was
HOPELESS = frozenset(
    {"model_not_installed", "model_no_key", "model_unauthorized", "model_unknown", "model_unreachable",
     "model_redirected", "model_rate_limited", "model_timeout", "model_rejected"}
)  # fmt: skip  # what fails for one sentence so, fails for the next


class Assistant:
    """One model, asked about sentences."""

    def __init__(self, client: Asks) -> None:
        self._client = client

    @property
    def settings(self) -> ModelSettings:
        return self._client.settings

    def assist(
        self,
        original: SentenceResult,
        schema: Schema,
        *,
        within: str | None = None,
        stop: Stop | None = None,
        tell: Tell | None = None,
        place: tuple[int, int] = (1, 1),
    ) -> Assisted:
        """Ask about one sentence, which the compiler understood as ``original``; ``within``: the text it stands in.

        Failures of the model are in the result, the original beside them. Raises
        :class:`~workbench.analysis.stop.Stopped`.
        """
        stop = stop or Stop()
        spent = Spent()
        began = monotonic()
        many = self.settings.candidates
        asking = [Candidate(self._client, original, schema, stop, spent, tell, place, n) for n in range(many)]
        outcomes: list[Proposal | Failure]
        with ThreadPoolExecutor(max_workers=many, thread_name_prefix="model candidate") as pool:
            outcomes = list(pool.map(Candidate.outcome, asking))
        stop.check()
        proposals = [each for each in outcomes if isinstance(each, Proposal)]
        failures = [each for each in outcomes if isinstance(each, Failure)]
        provenance = Provenance(
            self.settings.name,
            many,
            spent.requests,
            spent.rounds,
            monotonic() - began,
            spent.asked,
            spent.said,
            f"{spent.cost:f}" if spent.cost else "",
            prompt_digest(asking[0].first),
            datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        )
        failure = failures[0] if failures else None
        text = within if within is not None else original.text
        try:
            return assembled(original, proposals, provenance, failure, schema, text, stop)
        except Stopped:
            raise
        except Exception as error:  # whatever a model's rules do to the comparison, the compiler's result stands
            return assembled(original, (), provenance, broken(error), schema, text, stop)


# ---- whole texts -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AssistedDocument:
    """A whole English text, compiled, and what a model says of the sentences that the compiler did not read.

    ``result``: the compiler's, the model's readings among those of each such sentence. ``sentences``: the same by the
    sentence's place in ``result``. ``taken``: the rewrites that stand in ``english`` now, which without any is the
    text as it was.
    """

    result: DocumentResult
    sentences: Mapping[int, Assisted]
    english: str
    taken: tuple[Assisted, ...] = ()


def compile_with_model(
    english: str,
    schema: Schema,
    current_source: str,
    assistant: Assistant,
    *,
    accept_rewrites: bool = False,
    stop: Stop | None = None,
    tell: Tell | None = None,
) -> AssistedDocument:
    """Compile ``english`` as ever, then ask the model about the sentences that are refused or ambiguous.

    With ``accept_rewrites`` the caller vouches that a person takes over each rewrite that is the only reading and has
    no mark: the text is then compiled anew with it. Rules that a model wrote itself are never taken over here. Raises
    :class:`~workbench.analysis.stop.Stopped`; then nothing is changed anywhere.
    """
    stop = stop or Stop()
    result = compile_document(english, schema, current_source)
    wanted = [n for n, each in enumerate(result.sentences) if helpable(each)]
    found = dict(_each_assisted(assistant, result, wanted, schema, english, stop, tell))
    taken = [n for n, each in found.items() if accept_rewrites and plain(each)]
    if not taken:
        return AssistedDocument(_merged(result, found), found, english)
    for n in sorted(taken, reverse=True):  # from the end, so that places before stay right
        english = accepted(english, found[n], 0)
    result = compile_document(english, schema, current_source)
    left = _found_again(result, [found[n] for n in sorted(found) if n not in taken], english)
    return AssistedDocument(_merged(result, left), left, english, tuple(found[n] for n in taken))


def _found_again(result: DocumentResult, left: Sequence[Assisted], english: str) -> dict[int, Assisted]:
    """Where the sentences that were not taken over stand now, in the same order, with what is said of them."""
    lines = LineMap(english)
    again: dict[int, Assisted] = {}
    waiting = list(left)
    for n, each in enumerate(result.sentences):
        if not waiting or each.text != waiting[0].result.text or each.status not in ("refused", "ambiguous"):
            continue
        assisted = waiting.pop(0)
        span = Span(each.start, each.end)
        first, last = lines.position(span.start), lines.position(span.end)
        told = assisted.result.diagnostics
        notes = (replace(d, span=span, start=first, end=last) for d in told if d.code.startswith("model_"))
        moved = replace(
            assisted.result,
            start=each.start, end=each.end, words=each.words, diagnostics=(*each.diagnostics, *notes),
        )  # fmt: skip
        again[n] = replace(assisted, result=moved)
    return again


def _each_assisted(
    assistant: Assistant,
    result: DocumentResult,
    wanted: Sequence[int],
    schema: Schema,
    english: str,
    stop: Stop,
    tell: Tell | None,
) -> Iterable[tuple[int, Assisted]]:
    hopeless: Failure | None = None
    for count, n in enumerate(wanted, start=1):
        stop.check()
        original = result.sentences[n]
        if hopeless is None and count > MOST_SENTENCES:
            hopeless = Failure(
                "model_too_many_sentences",
                f"a model is asked about {MOST_SENTENCES} sentences at most",
                "split the text",
            )
        if hopeless is not None:
            nothing = Provenance(assistant.settings.name)
            yield n, assembled(original, (), nothing, hopeless, schema, english, stop)
            continue
        assisted = assistant.assist(original, schema, within=english, stop=stop, tell=tell, place=(count, len(wanted)))
        if assisted.failure is not None and assisted.failure.code in HOPELESS:
            hopeless = assisted.failure
        yield n, assisted


def helpable(result: SentenceResult) -> bool:
    """Refused or ambiguous, and neither code nor an instruction nor something unseen: such text goes to no model."""
    if result.status not in ("refused", "ambiguous"):
        return False
    return not any(diagnostic.code in _NEVER_SENT for diagnostic in result.diagnostics)


def plain(assisted: Assisted) -> bool:
    """Whether there is one reading only, a rewrite of the model's, with nothing to look at."""
    if len(assisted.proposals) != 1 or assisted.proposals[0] is None:
        return False
    proposal = assisted.proposals[0]
    return proposal.way == "rewrite" and not proposal.marks


def _merged(result: DocumentResult, found: Mapping[int, Assisted]) -> DocumentResult:
    sentences = tuple(found[n].result if n in found else each for n, each in enumerate(result.sentences))
    told = {id(d) for each in result.sentences for d in each.diagnostics}
    general = tuple(d for d in result.diagnostics if id(d) not in told)
    own = tuple(d for each in sentences if each.status in ("ambiguous", "refused") for d in each.diagnostics)
    return replace(result, sentences=sentences, diagnostics=(*general, *own))


def confirmed(english: str, cedar_plus: str, assisted: Assisted, choice: int, schema: Schema) -> tuple[str, str]:
    """English and Cedar+ after a person's yes to candidate ``choice``; both are then compiled and saved as ever.

    A rewrite changes the English alone, which the built-in compiler reads from then on; rules that a model wrote are
    added to the Cedar+. Raises :class:`WorkbenchError`: ``model_not_taken``, where the text has changed since, or the
    rules do not go with those that stand.
    """
    result = assisted.result
    if english[result.start : result.end] != result.text:
        raise _not_taken("the sentence no longer stands where it stood", "ask the model again")
    proposal = assisted.proposals[choice] if 0 <= choice < len(assisted.proposals) else None
    if proposal is None:
        raise _not_taken("that is no reading of the model's", "choose one of the model's")
    try:
        if proposal.way == "direct":
            return english, taken_over(cedar_plus, assisted, choice, schema)
        return accepted(english, assisted, choice), cedar_plus
    except ValueError as error:
        raise _not_taken(str(error), "correct the rules that stand, then choose again") from None


def _not_taken(detail: str, hint: str) -> WorkbenchError:
    return WorkbenchError("nothing was taken over", detail, hint, "model_not_taken")


# ---- entering --------------------------------------------------------------------------------------------------------


def assistant_for(model: str = "") -> Assistant:
    """The assistant with the model called so, or the configured one.

    Raises :class:`WorkbenchError`: ``model_not_configured``, ``bad_model_config``, ``model_no_key``, ``keyring_…``.
    """
    from workbench.service.model_client import Client

    return Assistant(Client(settings_for(model)))


def greet(model: str = "", stop: Stop | None = None) -> tuple[ModelSettings, Answer]:
    """Ask one tiny question, to see whether the model answers at all. Raises :class:`WorkbenchError`, ``Stopped``."""
    from workbench.service.model_client import Client

    client = Client(settings_for(model))
    return client.settings, client.ask([{"role": "user", "content": "Answer with the one word: ready"}], stop=stop)
