"""Reports: the shape that readers of normsync's know, and forms of two services; agents' text is never markup."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from workbench.norms.junit import MAX_SHOWN, junit_text, xml_text
from workbench.norms.reporting import (
    Report,
    ReportedNorm,
    ReportedViolation,
    markdown_text,
    report_document,
    report_json,
    report_markdown,
)
from workbench.norms.sarif import sarif_document

NORM_KEYS = ["id", "name", "description", "condition", "prohibited", "scope", "active", "priority"]
VIOLATION_KEYS = [
    "id", "norm_id", "norm_name", "action_id", "agent_id", "description", "severity", "timestamp",
]  # fmt: skip
QUIET = ReportedNorm("a" * 16, "quiet", "never broken", "zone", "steal", severity="info")
BROKEN = ReportedNorm("b" * 16, "no-attack", "no attacks", "safe_zone", "attack", severity="critical", priority=3)


def violation(number: int = 1, *, norm: str = BROKEN.id, text: str = "hero attacked") -> ReportedViolation:
    details = (("seq", number), ("code", "forbidden"))
    return ReportedViolation(f"v{number}", norm, "no-attack", f"a{number}", "hero", text, "critical", 5.5, details)


def one(text: str) -> Report:
    """Everything that an agent or an author can write is ``text``."""
    norm = ReportedNorm(BROKEN.id, text, text, text, text, text, severity="high", path=text, line=2)
    found = ReportedViolation("v", BROKEN.id, text, text, text, text, "high", 1.0, (("resource", text),))
    return Report([norm], [found], place=text)


def test_json_has_the_original_keys_first_and_ours_after() -> None:
    document = json.loads(report_json(Report([QUIET, BROKEN], [violation()])))
    assert list(document) == [
        "norms", "norm_count", "active_count", "violations", "violation_count", "has_violations",
    ]  # fmt: skip
    assert list(document["norms"][0])[:8] == NORM_KEYS
    assert list(document["violations"][0])[:8] == VIOLATION_KEYS
    assert document["violations"][0]["seq"] == 1
    assert (document["norm_count"], document["active_count"], document["violation_count"]) == (2, 2, 1)
    assert document["has_violations"] is True
    assert report_document(Report([QUIET], []))["has_violations"] is False


def test_json_is_ascii_and_indented_by_two() -> None:
    text = report_json(one("Ünïcode \u202e"))
    assert text.isascii()
    assert text.startswith('{\n  "norms"')


def test_a_report_that_leaves_something_out_says_so() -> None:
    whole, cut = Report([], [violation()]), Report([], [violation()], cut=True)
    assert "truncated" not in report_document(whole)
    assert report_document(cut)["truncated"] is True
    assert "Only the newest 1 are listed" in report_markdown(cut)
    assert "Only the newest" not in report_markdown(whole)


def test_markdown_is_laid_out_as_the_original_with_a_severity_besides() -> None:
    text = report_markdown(Report([BROKEN], [violation()]))
    lines = text.split("\n")
    assert lines[0] == "# Norm report"
    assert lines[2] == "**Active norms:** 1"
    assert "| Name | Scope | Condition | Prohibited | Active | Severity |" in lines
    assert "| Agent | Norm | Description | Severity |" in lines
    assert "| hero | no-attack | hero attacked | critical |" in lines


@given(st.text())
def test_markdown_cells_stay_cells(text: str) -> None:
    lines = [line for line in report_markdown(one(text)).split("\n") if line.startswith("|")]
    assert len(lines) == 6  # two headers, two rules, one row each: no text adds a line
    for row, columns in ((lines[2], 6), (lines[5], 4)):
        assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) == columns + 1
    shown = markdown_text(text)
    assert not re.search(r"(?<!\\)(?:\\\\)*[<`\[*]", shown)


def test_underscores_are_markup_only_at_the_edge_of_a_word() -> None:
    assert markdown_text("safe_zone") == "safe_zone"
    assert markdown_text("_now_ x_") == "\\_now\\_ x\\_"


def test_a_report_of_a_norms_db_is_the_originals_to_the_byte() -> None:
    """What normsync 0.1.2 printed for one norm and one violation."""
    norm = ReportedNorm("48d6b602024f7fea", "no-attack", "No attacking in safe zones", "safe_zone", "attack")
    text = "Agent 'hero' performed 'attack' in 'safe_zone', violating norm 'no-attack'"
    found = ReportedViolation("bdc5", norm.id, "no-attack", "b5b0", "hero", text)
    assert report_markdown(Report([norm], [found], title="normsync Report")) == (
        "# normsync Report\n\n**Active norms:** 1\n\n## Norms\n\n"
        "| Name | Scope | Condition | Prohibited | Active |\n|------|-------|-----------|-----------|--------|\n"
        "| no-attack | global | safe_zone | attack | True |\n\n## Violations\n\n"
        "| Agent | Norm | Description | Severity |\n|-------|------|-------------|----------|\n"
        f"| hero | no-attack | {text} | warn |"
    )
    assert list(report_document(Report([norm], [found]))["norms"][0]) == NORM_KEYS


def test_sarif_has_what_the_format_requires() -> None:
    report = Report([QUIET, BROKEN], [violation(), violation(2, norm="gone")], place="norms.db")
    document = sarif_document(report, version="1.2")
    check_sarif(document)
    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [QUIET.id, BROKEN.id, "gone"]  # a norm that was repealed is a rule too
    assert [rule["defaultConfiguration"]["level"] for rule in rules] == ["note", "error", "warning"]
    assert [result["ruleIndex"] for result in run["results"]] == [1, 2]
    assert run["results"][0]["properties"]["seq"] == 1
    assert {place(result) for result in run["results"]} == {("norms.db", 1)}


def test_sarif_places_a_result_where_the_norm_stands() -> None:
    norm = ReportedNorm("n", "n", path="rules of play/a b.cedarplus", line=12)
    report = Report([norm], [violation(norm="n")], place="x")
    (result,) = sarif_document(report, version="1")["runs"][0]["results"]
    assert place(result) == ("rules%20of%20play/a%20b.cedarplus", 12)
    (result,) = sarif_document(Report([BROKEN], [violation()]), version="1")["runs"][0]["results"]
    assert "locations" not in result


def test_sarif_messages_hold_no_links() -> None:
    report = Report([BROKEN], [violation(text="see [here](https://evil.example) \\ ok")])
    (result,) = sarif_document(report, version="1")["runs"][0]["results"]
    assert result["message"]["text"] == "see \\[here\\](https://evil.example) \\\\ ok"


@given(st.text(alphabet=st.characters(codec=None)))
def test_any_text_makes_valid_sarif(text: str) -> None:
    document = sarif_document(one(text), version="1")
    check_sarif(document)
    json.dumps(document).encode()  # lone surrogates would not encode were they left in raw UTF-8 either
    json.dumps(document, ensure_ascii=False).encode()


@given(st.text(alphabet=st.characters(codec=None)))
def test_any_text_makes_well_formed_junit(text: str) -> None:
    root = ET.fromstring(junit_text(one(text)).encode())
    (case,) = root.iter("testcase")
    (failure,) = case
    assert failure.tag == "failure"
    assert len(list(root.iter())) == 4  # no text makes an element
    assert case.get("name") == xml_text(text or BROKEN.id)  # nor leaves an attribute
    assert failure.text == f"high: {xml_text(text)}"


def test_junit_counts_a_case_for_each_norm() -> None:
    silent = ReportedNorm("s", "silent", active=False)
    report = Report([QUIET, BROKEN, silent], [violation(1), violation(2)])
    suite = ET.fromstring(junit_text(report))[0]
    assert suite.attrib == {"name": "norms", "tests": "3", "failures": "1", "errors": "0", "skipped": "1"}
    quiet, broken, skipped = suite
    assert (quiet.get("name"), len(quiet)) == ("quiet", 0)
    assert broken[0].get("message") == "2 violations of no-attack"
    assert (broken[0].text or "").count("hero attacked") == 2
    assert skipped[0].tag == "skipped"


def test_junit_tells_of_some_and_counts_the_rest() -> None:
    report = Report([BROKEN], [violation(number) for number in range(MAX_SHOWN + 7)])
    failure = next(ET.fromstring(junit_text(report)).iter("failure"))
    lines = (failure.text or "").split("\n")
    assert (len(lines), lines[-1]) == (MAX_SHOWN + 1, "and 7 more")


def place(result: dict[str, Any]) -> tuple[str, int]:
    physical = result["locations"][0]["physicalLocation"]
    return physical["artifactLocation"]["uri"], physical["region"]["startLine"]


def check_sarif(document: dict[str, Any]) -> None:
    """What SARIF 2.1.0 asks of the objects that we write (§3.13 to §3.52), in our own words."""
    assert set(document) == {"$schema", "version", "runs"}
    assert document["version"] == "2.1.0"
    for run in document["runs"]:
        driver = run["tool"]["driver"]
        assert isinstance(driver["name"], str)
        assert driver["name"]
        for rule in driver["rules"]:
            assert isinstance(rule["id"], str)
            assert rule["id"]
            assert isinstance(rule["shortDescription"]["text"], str)
            assert rule["shortDescription"]["text"]
            assert rule["defaultConfiguration"]["level"] in {"none", "note", "warning", "error"}
            assert 0.0 < float(rule["properties"]["security-severity"]) <= 10.0
        for result in run["results"]:
            assert isinstance(result["message"]["text"], str)
            assert result["message"]["text"]
            assert result["level"] in {"none", "note", "warning", "error"}
            assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
            assert all(isinstance(value, str) for value in result["partialFingerprints"].values())
            for location in result.get("locations", ()):
                physical = location["physicalLocation"]
                assert re.fullmatch(r"(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+", physical["artifactLocation"]["uri"])
                assert physical["region"]["startLine"] >= 1
