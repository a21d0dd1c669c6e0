"""A version's rules with where each comes from: its sentence, since which version it stands so, who signed. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from workbench.authoring.model_notes import note_of
from workbench.service.governing_views import RuleOrigin
from workbench.service.views import VersionView
from workbench.tui.lexers import cedar
from workbench.tui.view.author import KINDS
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import code, label, stack, text
from workbench.tui.view.sign import stamp
from workbench.tui.view.spans import name_of
from workbench.tui.view.table import Cell, Column, Row
from workbench.tui.view.timeline_entry import signer_line

COLUMNS = (Column("kind", 9), Column("rule"), Column("since", 8))


def rows(origins: Sequence[RuleOrigin], version: str) -> list[Row]:
    """The rules as rows, in source order; those that came with ``version`` itself stand out."""
    return [
        Row(
            origin.rule.id,
            (
                Cell(origin.rule.kind, KINDS.get(origin.rule.kind, "plain")),
                Cell(one_line(origin.rule.id), "strong"),
                Cell(one_line(origin.since), "accent" if origin.since == version else "muted"),
            ),
        )
        for origin in origins
    ]


def detail(origin: RuleOrigin, version: VersionView, since: VersionView | None) -> Content:
    """A rule in full. ``since``: the version that brought it, ``None`` where that is not known."""
    rule = origin.rule
    observed = "  only observed" if rule.stage == "observe" else ""
    return stack(
        Content.assemble(
            (rule.kind, f"${KINDS[rule.kind]} bold"), "  ", text(rule.id, "$ink bold"), (observed, "$hold")
        ),
        text(f"“{one_line(rule.english)}”", "$accent") if rule.english else text("no sentence beside it", "$muted"),
        text(one_line(rule.paraphrase)),
        Content(""),
        code(rule.cedar_plus, cedar.lex, "  "),
        Content(""),
        label("SINCE WHEN"),
        Content.assemble(
            ("it means and does this since ", "$muted"),
            text(origin.since, "$ink bold"),
            (_when(since), "$muted"),
        ),
        text(since.summary) if since is not None and since.summary else None,
        Content(""),
        *_with_a_model(rule.cedar_plus, version.english, rule.english),
        label("WHO SIGNED THAT") if since is not None else None,
        *(signer_line(signer) for signer in since.signers) if since is not None else (),
        Content.assemble(("proposed by ", "$muted"), text(name_of(since.proposed_by))) if since is not None else None,
        Content(""),
        Content.assemble(("rule     sha256:", "$muted"), text(rule.digest)),
        Content.assemble(("version  ", "$muted"), text((since or version).digest)),
    )


def _with_a_model(rule: str, english: str, sentence: str) -> list[Content]:
    """Which model wrote or rewrote it, with what it cost, as the signed text says."""
    note = note_of(rule, english, sentence)
    if note is None:
        return []
    what = "a model rewrote the sentence" if note.way == "rewrite" else "a model wrote it, and no compiler read it"
    written = [text(f"as written: “{one_line(note.written)}”")] if note.written else []
    return [label("WITH A MODEL"), text(f"{what}: {one_line(note.origin)}", "$hold"), *written, Content("")]


def _when(since: VersionView | None) -> str:
    if since is None or since.effective_at is None:
        return ""
    return f", in force from {stamp(since.effective_at)}"
