"""JUnit XML: one test case for each norm, failing where it was violated, as build servers show it. Pure.

Text of agents is written so that XML holds it: characters that XML 1.0 cannot hold appear as escapes, and nothing can
close an element or an attribute.
"""

from __future__ import annotations

from html import escape  # of XML, it has every escape that text and attributes need

from workbench.norms.reporting import Report, ReportedNorm, ReportedViolation, by_norm, seen, with_unlisted

MAX_SHOWN = 100  # violations told of one norm; more are counted


def junit_text(report: Report, *, suite: str = "norms") -> str:
    """The report as JUnit XML. Norms that are not active and were not violated are skipped test cases."""
    found = by_norm(report.violations)
    norms = with_unlisted(report)
    skipped = sum(not norm.active and norm.id not in found for norm in norms)
    counts = f'tests="{len(norms)}" failures="{len(found)}" errors="0" skipped="{skipped}"'
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<testsuites name={_value(suite)} {counts}>"]
    lines.append(f"  <testsuite name={_value(suite)} {counts}>")
    for norm in norms:
        lines += _case(norm, found.get(norm.id, []))
    return "\n".join([*lines, "  </testsuite>", "</testsuites>"]) + "\n"


def _case(norm: ReportedNorm, violations: list[ReportedViolation]) -> list[str]:
    place = f' file={_value(norm.path)} line="{norm.line}"' if norm.path else ""
    start = f"    <testcase classname={_value(f'norm.{norm.scope}')} name={_value(norm.name or norm.id)}{place}"
    if violations:
        many = len(violations)
        said = f"{many} violation{'' if many == 1 else 's'} of {norm.name or norm.id}"
        told = [f"{each.severity}: {each.description}" for each in violations[:MAX_SHOWN]]
        if many > MAX_SHOWN:
            told.append(f"and {many - MAX_SHOWN} more")
        body = "\n".join(escape(xml_text(line)) for line in told)
        return [
            f"{start}>",
            f"      <failure type={_value(violations[0].severity)} message={_value(said)}>{body}</failure>",
            "    </testcase>",
        ]
    if not norm.active:
        return [f"{start}>", '      <skipped message="not in force"/>', "    </testcase>"]
    return [f"{start}/>"]


def xml_text(text: str) -> str:
    """``text`` without what XML 1.0 cannot hold, or would change: such characters as escapes."""
    return seen(text).replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")


def _value(text: str) -> str:
    return f'"{escape(xml_text(text))}"'
