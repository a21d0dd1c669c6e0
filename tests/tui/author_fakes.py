"""What the English pane asks the service, without a compiler: the sentences that ``DraftWorkspace`` knows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from workbench.authoring.links import Link
from workbench.authoring.offers import Completions, Item
from workbench.authoring.questions import Inquiry
from workbench.authoring.result import Question, Reading
from workbench.service.errors import WorkbenchError
from workbench.service.live_views import LiveView
from workbench.service.origins import Origin, of_standing
from workbench.service.unsaved_texts import UnsavedTexts
from workbench.service.views import Candidate, Draft, SentenceView

FACTS = (
    ("principal", 'Agent::"ada"'),
    ("action", '"issue_refund"'),
    ("resource", 'Ticket::"T-1"'),
    ("principal.role", '"lead"'),
)


class FakeWriting:
    """``workspace._sentence`` says what a sentence is; there may be none."""

    def __init__(self, workspace: Any) -> None:
        self._workspace = workspace
        self.reads: list[str] = []
        self.unsaved = UnsavedTexts(None)

    def live(self, draft: Draft, english: str, cedar_plus: str, **_: Any) -> LiveView:
        self.reads.append(english)
        known = getattr(self._workspace, "_sentence", None)
        if known is None:
            return LiveView(english, ())
        found = []
        for line in english.split("\n"):
            if line.endswith("."):
                found.append(self._read(known(line, english.index(line), cedar_plus), draft, cedar_plus))
        return LiveView(english, tuple(found))

    def _read(self, sentence: SentenceView, draft: Draft, cedar_plus: str) -> SentenceView:
        rules = [rule for rule in self._workspace.check(cedar_plus).rules if rule.english == sentence.text]
        if rules:
            at = rules[0].cedar_plus.index("principal")
            link = Link(0, len(sentence.text.split()[0]), at, at + len("principal"), "subject")
            alone = self._workspace._sentence(sentence.text, 0, "").candidates
            assumed = alone[0].assumptions if alone else ()
            told = (Candidate(rules[0].cedar_plus, rules[0].paraphrase, assumed),)
            return replace(sentence, status="kept", rules=(rules[0].id,), candidates=told, links=(link,))
        origin = draft.origins.get(sentence.text)
        if origin is not None and sentence.status == "ambiguous":
            chosen = (sentence.candidates[origin.place - 1],)
            return replace(sentence, status="compiled", candidates=chosen, question="", readings=sentence.candidates)
        if sentence.status == "ambiguous":
            return replace(sentence, asked=_question(sentence.question))
        return sentence

    def complete(self, draft: Draft, pane: str, text: str, offset: int, *, asked: bool = False) -> Completions:
        typed = text[:offset].split()[-1:] if text[:offset] and not text[:offset][-1].isspace() else []
        known = ("share a ticket", "share a memory", "supervisors") if pane == "english" else ("principal", "permit")
        fitting = tuple(
            Item(word, "action") for word in known if typed and word.startswith(typed[0]) and word != typed[0]
        )
        start = offset - len(typed[0]) if typed else offset
        return Completions(start, offset, fitting if typed and len(typed[0]) > 1 else ())

    def inquiry(self, draft: Draft, sentence: str, answers: Any = ()) -> Inquiry:
        known = self._workspace._sentence(sentence, 0, "")
        readings = tuple(Reading((), c.cedar_plus, c.paraphrase, c.assumptions) for c in known.candidates)
        left, question = (0, 1), _question(known.question)
        for answer in answers:
            left = tuple(n for n in left if question.outcomes[n] == answer)
        return Inquiry(readings, left, question if len(left) > 1 else None)

    def choose(
        self,
        draft: Draft,
        english: str,
        sentence: str,
        reading: int,
        *,
        answers: Any = (),
        by: str = "",
        meant: str = "",
    ) -> Draft:
        self._workspace._called("choose")
        origins = {**draft.origins, sentence: Origin("sha256:x", reading + 1, 2, tuple(answers), by=by)}
        return self._saved(draft, english=english, origins=origins)

    def take_back(self, draft: Draft, sentence: str) -> Draft:
        return self._saved(draft, origins={s: o for s, o in draft.origins.items() if s != sentence})

    def _saved(self, draft: Draft, **changes: Any) -> Draft:
        saved = self._workspace.saved
        if draft.revision != saved.revision:
            raise WorkbenchError("the draft was changed elsewhere", "", "", "stale_draft")
        saved = replace(saved, **changes, revision=saved.revision + 1)
        self._workspace.saved = replace(saved, origins=of_standing(saved.origins, saved.english))
        return self._workspace.saved


def _question(text: str) -> Question:
    return Question(text, (0, 1), {"principal": 'Agent::"ada"'}, (), FACTS, ("allow", "deny"))
