"""What to do when the draft in the store and the text on the screen have moved apart. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workbench.service.views import Draft
from workbench.tui.view.plain import one_line

Texts = tuple[str, str]  # English, Cedar+

Step = Literal["nothing", "adopt", "show", "conflict"]


def arrived(draft: Draft, *, followed: bool) -> str:
    """What is said where a newer draft takes the place of the one on the screen."""
    if followed:
        return f"It follows {one_line(draft.base_version)}, which has come into force: nobody had written in it."
    return f"Revision {draft.revision} was saved elsewhere, and is what you see. Nothing of yours is lost."


def based(draft: Draft) -> str:
    """What came into force since a draft with work of its own was begun; empty where nothing did."""
    return "" if draft.behind is None else "▲ " + one_line(draft.behind.words).removeprefix("the draft is ")


@dataclass(frozen=True, slots=True)
class Kept:
    """The draft that the screen works on (``base``) and its texts as the editors held them when it was last saved."""

    base: Draft
    saved: Texts

    def unsaved(self, now: Texts) -> bool:
        """Whether the editors hold something that is not saved."""
        return now != self.saved

    def when(self, newer: Draft, now: Texts) -> Step:
        """A draft arrived from the store while the editors hold ``now``.

        ``adopt``: only tests or the schema changed, so the editors stay and later saves build on it; ``show``: the
        editors have nothing unsaved and take the new text; ``conflict``: a person must choose.
        """
        if newer.revision == self.base.revision:
            return "nothing"
        if (newer.english, newer.cedar_plus) == (self.base.english, self.base.cedar_plus):
            return "adopt"
        return "conflict" if self.unsaved(now) else "show"
