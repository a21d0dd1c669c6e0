"""The dossier as a page: one HTML file that needs no network, runs nothing, and has the same bytes each time.

Pure; takes text and gives text. Everything that comes from a constitution is escaped, and characters that a browser
would reorder or hide are written out, so that what a signer reads is what the signature covers.
"""

from __future__ import annotations

import difflib
import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Tone: TypeAlias = Literal["", "good", "bad", "wait", "dim"]

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --good: #17783a; --bad: #b3261e; --wait: #8a5a00; --dim: #6b6b6b;
  --add: #17783a1f; --cut: #b3261e1f; }
@media (prefers-color-scheme: dark) {
  :root { --good: #7ed89b; --bad: #ff8a80; --wait: #ffc766; --dim: #a0a0a0; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { line-height: 1.2; } h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
h3 { margin: 1.5rem 0 .3rem; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid var(--line); }
th { font-weight: 600; } td, dd, li, p { overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; } dt { color: var(--dim); }
dd { margin: 0; }
pre { font: 14px/1.45 ui-monospace, monospace; padding: .7rem; border: 1px solid var(--line); white-space: pre-wrap;
  overflow-wrap: anywhere; } code { font-family: ui-monospace, monospace; }
ins { text-decoration: none; background: var(--add); } del { text-decoration: none; background: var(--cut); }
.good { color: var(--good); } .bad { color: var(--bad); } .wait { color: var(--wait); } .dim { color: var(--dim); }
details { margin: .3rem 0; } summary { cursor: pointer; color: var(--dim); }
details pre { max-height: 30rem; overflow: auto; }
blockquote { margin: .3rem 0; padding-left: .8rem; border-left: 3px solid var(--line); }
@media print { body { max-width: none; margin: 0; } h2 { break-after: avoid; } details pre { max-height: none; } }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_SELDOM = re.compile(r"[^ -~\n\t]")  # what has to be looked up: most of a page is plain ASCII


@dataclass(slots=True)
class Page:
    """A page under construction."""

    title: str
    parts: list[str] = field(default_factory=list)

    def heading(self, text: str, level: int = 2) -> None:
        self.parts.append(f"<h{level}>{shown(text)}</h{level}>")

    def say(self, text: str, tone: Tone = "") -> None:
        """A paragraph."""
        self.parts.append(f"<p{_tone(tone)}>{shown(text)}</p>")

    def quote(self, text: str) -> None:
        self.parts.append(f"<blockquote>{shown(text)}</blockquote>")

    def facts(self, facts: Iterable[tuple[str, str]]) -> None:
        """Names beside what they are."""
        rows = "".join(f"<dt>{shown(name)}</dt><dd>{shown(value)}</dd>" for name, value in facts)
        self.parts.append(f"<dl>{rows}</dl>")

    def points(self, texts: Sequence[str], none: str = "") -> None:
        """A list; ``none`` is said where it is empty."""
        if texts:
            self.parts.append("<ul>" + "".join(f"<li>{shown(text)}</li>" for text in texts) + "</ul>")
        elif none:
            self.say(none, "dim")

    def table(self, heads: Sequence[str], rows: Iterable[Sequence[tuple[str, Tone]]]) -> None:
        """A table; each cell is a text and its tone, which never says anything that the text does not."""
        head = "".join(f"<th>{shown(text)}</th>" for text in heads)
        body = "".join(
            "<tr>" + "".join(f"<td{_tone(tone)}>{shown(text)}</td>" for text, tone in row) + "</tr>\n" for row in rows
        )
        self.parts.append(f"<table><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table>")

    def code(self, text: str) -> None:
        self.parts.append(f"<pre>{shown(text)}</pre>")

    def folded(self, title: str, text: str) -> None:
        """Code behind its title, to be opened."""
        self.parts.append(f"<details><summary>{shown(title)}</summary><pre>{shown(text)}</pre></details>")

    def difference(self, before: str, after: str) -> None:
        """A unified difference with three lines around each change."""
        lines = difflib.unified_diff(before.splitlines(), after.splitlines(), "before", "after", lineterm="", n=3)
        told = []
        for line in lines:
            mark = {"+": "ins", "-": "del"}.get(line[:1])
            told.append(f"<{mark}>{shown(line)}</{mark}>" if mark else shown(line))
        if told:
            self.parts.append("<pre>" + "\n".join(told) + "</pre>")
        else:
            self.say("unchanged", "dim")

    def to_bytes(self) -> bytes:
        """The whole file, in UTF-8."""
        body = "\n".join(self.parts)
        return (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
            '<meta name="viewport" content="width=device-width">\n'
            f"<title>{shown(self.title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
        ).encode()


def folded_in(data: bytes, title: str) -> str | None:
    """The code that a page has folded behind ``title`` first, provided that it is ASCII; ``None`` where it has none."""
    _, opened, rest = data.partition(f"<details><summary>{shown(title)}</summary><pre>".encode())
    inside, closed, _ = rest.partition(b"</pre></details>")
    if not opened or not closed or not inside.isascii():
        return None
    return html.unescape(inside.decode("ascii"))


def shown(text: str) -> str:
    """Text as HTML: escaped, and with invisible or reordering characters named instead of drawn."""
    return html.escape(_SELDOM.sub(_named, text))


def _named(found: re.Match[str]) -> str:
    char = found[0]
    return f"⟨U+{ord(char):04X}⟩" if unicodedata.category(char) in _HIDDEN else char


def _tone(tone: Tone) -> str:
    return f' class="{tone}"' if tone else ""
