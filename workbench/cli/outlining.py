"""``explain FILE`` without a request: a whole constitution as a numbered document, for a terminal or as Markdown.

Lays out what ``authoring.outline`` says; decides nothing. Imports authoring, the language, the CLI's own modules.
"""

from __future__ import annotations

import shutil
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli.diagnostics import SourceError
from workbench.cli.inputs import shown_name
from workbench.cli.output import Printer, Tone, markdown_cell, one_line, utc, width
from workbench.cli.session import Session
from workbench.cli.sources import Source, is_artifact, read_artifact, read_source

if TYPE_CHECKING:
    from workbench.authoring.outline import Clause, Section
    from workbench.governance.artifact import ConstitutionVersion
    from workbench.language.program import Program, RuleKind

_MARK: dict[str, tuple[str, Tone]] = {
    "permissions": ("✓", "good"),
    "prohibitions": ("✗", "bad"),
    "approvals": ("…", "wait"),
    "preferences": ("+", "accent"),
    "amendments": ("§", "accent"),
    "invariants": ("■", "bold"),
}
_COUNTED: dict[RuleKind, str] = {
    "permit": "permission",
    "forbid": "prohibition",
    "procedure": "procedure",
    "prefer": "preference",
}
_MOST_COLUMNS, _LEAST_COLUMNS = 100, 40
_BREAK = "\n"
ON_TRIAL = "on trial: recorded, not yet binding"


@dataclass(frozen=True)
class Outlined:
    """A constitution to print: its heading, its sections, and who signs (of an artifact alone)."""

    title: str
    subtitle: str
    program: Program
    sections: tuple[Section, ...]
    signers: tuple[tuple[str, str], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The JSON form. ``rules`` are in source order, ``sections`` name them by their places."""
        clauses = [(section, clause) for section in self.sections for clause in section.clauses]
        of_program = [pair for pair in clauses if pair[0].name != "invariants"]
        return {
            "title": self.title,
            "subtitle": self.subtitle,
            "sections": [
                {
                    "number": number,
                    "name": section.name,
                    "title": section.title,
                    "about": section.about,
                    "places": [clause.place for clause in section.clauses],
                }
                for number, section in enumerate(self.sections, start=1)
            ],
            "rules": [_clause(section, clause) for section, clause in sorted(of_program, key=lambda p: p[1].number)],
            "invariants": [_clause(section, clause) for section, clause in clauses if section.name == "invariants"],
            "signers": [{"principal": principal, "role": role} for principal, role in self.signers],
        }


def _clause(section: Section, clause: Clause) -> dict[str, Any]:
    rule = clause.rule
    return {
        "number": clause.number,
        "place": clause.place,
        "section": section.name,
        "id": rule.id,
        "kind": rule.kind,
        "stage": rule.stage,
        "paraphrase": clause.paraphrase,
        "sentence": clause.sentence,
        "exceptions": list(clause.exceptions),
        "english": rule.english,
        "doc": rule.annotations.get("doc", ""),
        "norm": rule.annotations.get("norm", ""),
    }


def explain_file(session: Session, file: Path, schema: Path | None, *, markdown: bool) -> None:
    """Prints the constitution in ``file``: Cedar+ text with its schema, or an artifact. Raises ``WorkbenchError``."""
    source = read_source(file, schema)
    version = read_artifact(file) if is_artifact(file) else None
    if version is None:
        title, subtitle = f"The constitution in {shown_name(file)}", ""
    else:
        title = f"The constitution of {version.swarm_id}, version {version.constitution_version}"
        subtitle = _standing(version)
    signers = tuple((e.principal, e.role) for e in version.content.roster if e.votes) if version is not None else ()
    _show(session, source, title, subtitle, signers, markdown)


def explain_draft(session: Session, *, markdown: bool) -> None:
    """Prints the draft of the workspace. Raises ``WorkbenchError``."""
    with session.opened() as opened:
        draft = opened.draft()
    state = "changed since" if draft.changed else "the same as"
    _show(
        session, draft_source(draft.cedar_plus, draft.schema, draft.invariants), "The draft",
        f"revision {draft.revision}, {state} {draft.base_version}, saved {utc(draft.saved_at)}", (), markdown,
    )  # fmt: skip


def draft_source(cedar_plus: str, schema: str, invariants: str) -> Source:
    """The draft of a workspace as the commands about texts take it."""
    return Source("the draft", cedar_plus, "the draft's schema", schema, invariants=invariants)


def _standing(version: ConstitutionVersion) -> str:
    if version.activation is not None:
        state = f"in force since {utc(version.activation.effective_at)}"
    else:
        state = f"proposed {utc(version.created_at)}, not in force"
    parent = f", a {version.amendment.cls} amendment of {version.parent_version}" if version.parent_version else ""
    return state + parent


def _show(
    session: Session, source: Source, title: str, subtitle: str, signers: tuple[tuple[str, str], ...], markdown: bool
) -> None:
    from workbench.authoring.outline import outline

    program = source.program()
    told = Outlined(title, subtitle, program, outline(program, _invariants(source, program)), signers)
    if session.show(told.to_dict()):
        return
    if markdown:
        _markdown(session.out, told)
    elif not told.sections:
        session.out.line(f"{one_line(source.name)}: no rules")
    else:
        _Page(session.out, told).print()


def _invariants(source: Source, program: Program) -> Program | None:
    """The invariants beside the rules. Raises :class:`SourceError` where they cannot be read."""
    if not source.invariants.strip():
        return None
    from workbench.analysis.invariants import check_invariants

    result = check_invariants(source.invariants, source.schema, program.by_id.keys())
    if result.program is None:
        raise SourceError(f"{source.name} (invariants)", source.invariants, result.errors)
    return result.program


def _counts(program: Program) -> str:
    """ "22 rules: 9 permissions, 8 prohibitions"."""
    kinds = [rule.kind for rule in program.rules]
    said = [
        f"{count} {noun}{'' if count == 1 else 's'}" for kind, noun in _COUNTED.items() if (count := kinds.count(kind))
    ]
    trial = sum(rule.stage == "observe" for rule in program.rules)
    return f"{len(kinds)} rule{'' if len(kinds) == 1 else 's'}: {', '.join(said)}" + (
        f"; {trial} on trial" if trial else ""
    )


class _Page:
    """Prints the document, wrapped to the terminal."""

    def __init__(self, out: Printer, told: Outlined) -> None:
        self._out = out
        self._told = told
        self._columns = max(_LEAST_COLUMNS, min(shutil.get_terminal_size((80, 24)).columns, _MOST_COLUMNS))
        places = [clause.place for section in told.sections for clause in section.clauses]
        self._margin = max(map(width, places), default=1) + 2

    def print(self) -> None:
        """The whole document."""
        told, out = self._told, self._out
        self._wrapped(told.title, "", "bold")
        if told.subtitle:
            self._wrapped(told.subtitle, "", "dim")
        if told.program.rules:
            self._wrapped(_counts(told.program), "", "dim")
        for number, section in enumerate(told.sections, start=1):
            mark, tone = _MARK[section.name]
            out.line()
            heading = f"{number:<{self._margin}}{section.title}"
            out.line(out.styled(heading, tone, "bold") + (" " + out.styled(mark, tone) if out.colour else ""))
            self._wrapped(section.about, " " * self._margin, "dim")
            for clause in section.clauses:
                self._clause(clause)
        if told.signers:
            self._signers()

    def _clause(self, clause: Clause) -> None:
        indent = " " * self._margin
        number = clause.place.ljust(self._margin)
        self._out.line()
        end = "," if clause.exceptions else ""
        self._wrapped(clause.sentence + end, number, hanging=indent, head=number)
        for place, exception in enumerate(clause.exceptions):
            word = "or" if place else "unless"
            stop = "." if place == len(clause.exceptions) - 1 else ","
            self._wrapped(f"{word} {exception}{stop}", indent + "  ", hanging=indent + "    ")
        if clause.english:
            self._wrapped(f"“{clause.english}”", indent, "dim", hanging=indent + " ")
        if note := clause.rule.annotations.get("doc", ""):
            self._wrapped(note, indent, "dim")
        label = f"[{clause.rule.id}]"
        if norm := clause.rule.annotations.get("norm", ""):
            label += f" from the norm {norm}"
        if clause.rule.stage == "observe":
            label += f" {ON_TRIAL}"
        self._wrapped(label, indent, "accent", hanging=indent)

    def _signers(self) -> None:
        out = self._out
        out.line()
        out.line(out.styled(f"{'':<{self._margin}}Who signs", "accent", "bold"))
        for principal, role in self._told.signers:
            self._wrapped(f"{principal} as {role}", " " * self._margin, hanging=" " * (self._margin + 2))

    def _wrapped(self, text: str, indent: str, *tones: Tone, hanging: str | None = None, head: str = "") -> None:
        """``text`` from ``indent`` on; ``head`` is the part of the first indent that stands out."""
        lines = textwrap.wrap(
            one_line(text), self._columns, initial_indent=indent,
            subsequent_indent=indent if hanging is None else hanging, break_on_hyphens=False,
        )  # fmt: skip
        for place, line in enumerate(lines):
            if head and place == 0:
                self._out.line(self._out.styled(head, "bold") + line.removeprefix(head))
            else:
                self._out.line(self._out.styled(line, *tones))


def _markdown(out: Printer, told: Outlined) -> None:
    out.line(f"# {markdown_cell(told.title)}")
    for text in (told.subtitle, _counts(told.program) if told.program.rules else "It has no rules."):
        if text:
            out.line(f"\n{markdown_cell(text)}")
    for number, section in enumerate(told.sections, start=1):
        out.line(f"\n## {number}. {section.title}\n\n{section.about}")
        for clause in section.clauses:
            end = "," if clause.exceptions else ""
            trial = f" *({ON_TRIAL})*" if clause.rule.stage == "observe" else ""
            label = markdown_cell(clause.rule.id)
            out.line(f"\n**{clause.place}** {markdown_cell(clause.sentence)}{end} \\[{label}\\]{trial}")
            for place, exception in enumerate(clause.exceptions):
                stop = "." if place == len(clause.exceptions) - 1 else ","
                out.line(f"{_BREAK * (not place)}- {'or' if place else 'unless'} {markdown_cell(exception)}{stop}")
            if clause.english:
                out.line(f"\n> {markdown_cell(clause.english)}")
    if told.signers:
        out.line("\n## Who signs\n")
        for principal, role in told.signers:
            out.line(f"- {markdown_cell(principal)} as {markdown_cell(role)}")
