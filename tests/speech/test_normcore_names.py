"""A program written for normcore changes one import: the names are there, and nothing heavy comes with them."""

from __future__ import annotations

import importlib
import inspect
import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from workbench.compat import normcore
from workbench.compat.normcore import AdmissibilityJudgment, AdmissibilityStatus, GroundRef, StatementEvaluation
from workbench.compat.normcore.citations import (
    Ground,
    build_links_from_grounds,
    extract_citation_keys,
    grounds_from_openai_citations,
    link_set_from_openai_citations,
    parse_grounds,
    parse_openai_citations,
)
from workbench.compat.normcore.models import CreatorType, EvidenceType, LinkRole, Provenance
from workbench.speech.errors import ValidationError

NAMES = {
    "": "evaluate AdmissibilityJudgment AdmissibilityStatus GroundRef StatementEvaluation "
    # the Rust crate's helper functions
    "evaluate_from_json parse_conversation parse_json to_pretty_json EvaluateInput EvaluateError "
    "build_links_from_grounds coerce_grounds_input extract_citation_keys grounds_from_openai_citations "
    "grounds_from_tool_call_refs link_set_from_openai_citations parse_grounds parse_openai_citations",
    ".citations": "Ground OpenAICitation build_links_from_grounds coerce_grounds_input coerce_links_input "
    "extract_citation_keys grounds_from_openai_citations grounds_from_tool_call_refs link_set_from_openai_citations "
    "parse_grounds parse_openai_citations",
    ".models": "AdmissibilityJudgment AdmissibilityStatus EvaluationResult GroundRef StatementEvaluation "
    "AssistantSpeechAct RefusalSpeechAct TextSpeechAct ToolResultSpeechAct LinkRole CreatorType EvidenceType "
    "Provenance StatementGroundLink LinkSet OpenAICitation link_set_from_openai_citations parse_openai_citations",
    ".normative": "Statement KnowledgeNode GroundSet License AxiomCheckResult StatementValidationResult "
    "ValidationResult Modality Source Status Scope EvaluationStatus StatementExtractor ModalityDetector "
    "KnowledgeStateBuilder GroundSetMatcher LicenseDeriver AxiomChecker",
    ".normative.statement_extractor": "StatementExtractor",
    ".normative.modality_detector": "ModalityDetector",
    ".normative.knowledge_builder": "KnowledgeStateBuilder",
    ".normative.ground_matcher": "GroundSetMatcher",
    ".normative.license_deriver": "LicenseDeriver",
    ".normative.axiom_checker": "AxiomChecker",
    ".normative.models": "Modality License",
    ".evaluator": "AdmissibilityEvaluator evaluate",
    ".logging": "configure_logging LOGGER_NAME",
}


@pytest.mark.parametrize("module", NAMES)
def test_names(module: str) -> None:
    loaded = importlib.import_module(f"workbench.compat.normcore{module}")
    missing = [name for name in NAMES[module].split() if not hasattr(loaded, name)]
    assert not missing


def test_evaluate_takes_keywords_only() -> None:
    kinds = {name: each.kind.name for name, each in inspect.signature(normcore.evaluate).parameters.items()}
    assert kinds == {
        "agent_output": "KEYWORD_ONLY", "conversation": "KEYWORD_ONLY", "grounds": "KEYWORD_ONLY",
        "kwargs": "VAR_KEYWORD",
    }  # fmt: skip
    with pytest.raises(TypeError):
        normcore.evaluate("We must go.")  # type: ignore[misc]


def test_unknown_keywords_are_ignored_and_annotations_are_added() -> None:
    """As in the original; a typo such as ``ground=`` goes unnoticed, which the strict profile is there for."""
    file = [{"type": "file_path", "file_id": "f1", "index": 0}]
    text = "We must go [@f1]."
    assert normcore.evaluate(agent_output=text, ground=file).status == "violates_norm"
    assert normcore.evaluate(agent_output=text, openai_citations=file).status == "acceptable"
    both = normcore.evaluate(
        agent_output=text, grounds=[{"citation_key": "a", "ground_id": "b"}], openai_citations=file
    )
    assert (both.status, both.grounds_accepted) == ("acceptable", 2)
    assert normcore.evaluate(agent_output=text, links={"links": []}, grounds=file).status == "acceptable"


def test_importing_and_evaluating_loads_nothing_heavy() -> None:
    code = (
        "import json, sys; before = set(sys.modules);"
        "from workbench.compat.normcore import evaluate;"
        "import workbench.compat.normcore.citations, workbench.compat.normcore.models,"
        " workbench.compat.normcore.normative;"
        "evaluate(agent_output='We must go [@k].', grounds=[{'type':'file_path','file_id':'k','index':0}]);"
        "print(json.dumps(sorted({name.split('.')[0] for name in set(sys.modules) - before})))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    assert "workbench" in loaded
    assert not loaded & {"openai", "pydantic", "pydantic_core", "normcore", "httpx", "cedarpy", "textual", "sqlite3"}


def test_pretty_json_is_the_crates() -> None:
    """Two blanks, keys by the alphabet, whole numbers without ``.0``; the documented order is ``to_json``'s."""
    assert normcore.to_pretty_json({"b": 1.0, "a": [2.5, {"d": "ä", "c": None}], "e": []}) == (
        '{\n  "a": [\n    2.5,\n    {\n      "c": null,\n      "d": "ä"\n    }\n  ],\n  "b": 1,\n  "e": []\n}'
    )
    judgment = normcore.evaluate(agent_output="We must [@k].", grounds=[{"citation_key": "k", "ground_id": "g"}])
    text = normcore.to_pretty_json(judgment)
    assert '"confidence": 1,' in text
    assert list(json.loads(text)) == sorted(judgment.to_dict())
    assert normcore.to_pretty_json(float("nan")) == "NaN"


def test_statuses_are_strings_and_members() -> None:
    assert [status.value for status in AdmissibilityStatus] == [
        "acceptable", "conditionally_acceptable", "violates_norm", "unsupported", "ill_formed", "underdetermined",
        "no_normative_content",
    ]  # fmt: skip
    assert AdmissibilityStatus.ACCEPTABLE == "acceptable"
    assert str(AdmissibilityStatus.ACCEPTABLE) == "AdmissibilityStatus.ACCEPTABLE"


def test_a_judgment_is_made_read_and_copied_like_the_originals() -> None:
    statement = StatementEvaluation(
        statement_id="s", statement="t", modality="assertive", license=frozenset({"refusal"}),
        status=AdmissibilityStatus.ACCEPTABLE,
        grounding_trace=[GroundRef(id="g", scope="factual", source="observed", status="confirmed", confidence=1.0,
                                   strength="strong")],
    )  # fmt: skip
    judgment = AdmissibilityJudgment(
        status=AdmissibilityStatus.ACCEPTABLE, licensed=True, can_retry=False, statement_evaluations=[statement]
    )
    assert list(judgment.to_dict()) == [
        "status", "licensed", "can_retry", "statement_evaluations", "feedback_hint", "violated_axioms", "explanation",
        "num_statements", "num_acceptable", "grounds_accepted", "grounds_cited",
    ]  # fmt: skip
    assert judgment.model_dump()["statement_evaluations"][0]["license"] == {"refusal"}
    assert judgment.model_copy(update={"licensed": False}).licensed is False
    assert AdmissibilityJudgment.model_validate(judgment) is judgment
    assert judgment.violated_axioms == []
    with pytest.raises(AttributeError):
        judgment.licensed = False  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ("5", "is an object, not int"),
        ('{"status": "acceptable"}', "lacks `licensed`, `can_retry`"),
        ('{"status": "fine", "licensed": true, "can_retry": true}', "one of the seven statuses"),
        (
            '{"status": "acceptable", "licensed": true, "can_retry": true, "statement_evaluations": 5}',
            "`statement_evaluations` is a list",
        ),
        ('{"status": "acceptable", "licensed": 1, "can_retry": true}', "`licensed` is `bool`, not int"),
        (
            '{"status": "acceptable", "licensed": true, "can_retry": true, "explanation": null}',
            "`explanation` is `str`, not NoneType",
        ),
    ],
)
def test_a_judgment_that_is_none_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        AdmissibilityJudgment.model_validate_json(text)


def test_citation_helpers() -> None:
    assert extract_citation_keys("a [@k] `[@k]` [@1] [@b_-2] [@K]([@x.y])") == ["k", "b_-2", "K"]
    grounds = parse_grounds([{"citation_key": "k", "ground_id": "g", "role": "disambiguates", "more": 1}])
    assert grounds == [Ground(citation_key="k", ground_id="g", role=LinkRole.DISAMBIGUATES)]
    link = build_links_from_grounds(text="[@k]", grounds=grounds, statement_id="s").links[0]
    assert (link.ground_id, link.role, link.provenance.evidence_content) == ("g", "disambiguates", "citation_key=k")
    read = parse_openai_citations(
        [{"type": "url_citation", "url": " http://a ", "title": "t", "start_index": "0", "end_index": 1.0}]
    )
    assert grounds_from_openai_citations(read)[0].ground_id == "http://a"
    assert (read[0].url, read[0].end_index) == (" http://a ", 1)
    assert link_set_from_openai_citations(read).links[0].statement_id == "s1"
    with pytest.raises(AttributeError, match="has no `filename`"):
        _ = read[0].filename


def test_objects_of_the_apis_library_are_annotations_too() -> None:
    """That library's objects dump themselves; it need not be installed for this."""

    class Annotation:
        def model_dump(self) -> dict[str, object]:
            return {"type": "file_path", "file_id": "f1", "index": 0}

    assert normcore.evaluate(agent_output="We must go [@f1].", grounds=[Annotation()]).status == "acceptable"


def test_provenance_takes_a_time_and_asks_no_clock() -> None:
    told = datetime(2026, 1, 6, tzinfo=UTC)
    origin = {"creator": CreatorType.HUMAN, "evidence_type": EvidenceType.EXPLICIT}
    assert Provenance(**origin).timestamp is None
    assert Provenance(**origin, timestamp=told).timestamp == told


@pytest.mark.parametrize(
    ("ground", "said"),
    [
        (5, r"grounds\[0\] is an object"),
        ({"citation_key": "k"}, r"grounds\[0\].ground_id must be a text"),
        ({"citation_key": "k", "ground_id": "g", "role": None}, r"grounds\[0\].role must be one of `supports`"),
        ({"citation_key": "k", "ground_id": "g", "signature": 5}, r"grounds\[0\].signature must be a text or null"),
    ],
)
def test_a_ground_that_is_none_is_named(ground: object, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        parse_grounds([ground])
