"""Equal to normcore 0.2.0: the whole judgment as JSON, the type and text of every error; stage by stage too."""

from __future__ import annotations

import json
from typing import Any

from tests.speech.normcore_cases import agrees, cases
from workbench.compat.normcore import citations, evaluate, models, normative
from workbench.compat.normcore.evaluator import AdmissibilityEvaluator
from workbench.speech.aggregation import aggregate, to_judgment

Row = dict[str, Any]


def differences(rows: list[Row], answer: Any) -> list[str]:
    """What differs, in the order of the fields too (hence compared as text)."""
    wrong = []
    for row in rows:
        expected = row["expected"]
        error = expected.get("error") if isinstance(expected, dict) else None
        try:
            got = answer(row)
        except Exception as problem:  # the comparison says which are the right ones
            wanted = error if isinstance(error, dict) else error and {**expected, "type": error}
            if not wanted or not agrees(problem, wanted):
                wrong.append(f"{json.dumps(row)[:600]}\n  got {type(problem).__name__}: {problem}")
        else:
            if json.dumps(got) != json.dumps(expected):
                wrong.append(f"{json.dumps(row)[:600]}\n  got {json.dumps(got)[:600]}")
    return wrong


def sorted_licences(expected: Row) -> Row:
    """The original's licences are sets; the corpora sort them, which this makes sure of."""
    for statement in expected.get("statement_evaluations", ()):
        statement["license"] = sorted(statement["license"])
    return expected


def evaluated(row: Row) -> Any:
    if row.get("kind") == "text":
        detect = normative.ModalityDetector().detect_with_conditions
        found = [detect(statement) for statement in normative.StatementExtractor().extract(row["text"])]
        return [[each.id, each.raw_text, each.modality and each.modality.value, each.conditions] for each in found]
    if row.get("kind") == "modality":
        return normative.ModalityDetector().detect(row["text"]).value
    return evaluate(**row["input"]).to_dict()


def test_the_corpus_of_the_specification() -> None:
    rows = [{**row, "expected": sorted_licences(row["expected"])} for row in cases("normcore_dev")]
    assert len(rows) == 361
    assert not differences(rows, evaluated)


def test_random_texts_and_inputs() -> None:
    rows = cases("normcore_random")
    assert len(rows) == 3_961
    assert not differences(rows, evaluated)


def node(given: Row) -> normative.KnowledgeNode:
    return normative.KnowledgeNode(
        id=given["id"],
        source=normative.Source(given.get("source", "observed")),
        status=normative.Status.CONFIRMED,
        confidence=1.0,
        scope=normative.Scope(given["scope"]),
        strength=given["strength"],
        semantic_id=given.get("semantic_id"),
    )


def ground_set(row: Row) -> normative.GroundSet:
    return normative.GroundSet(nodes=[node(given) for given in row["nodes"]])


def plain_node(each: normative.KnowledgeNode) -> list[Any]:
    return [
        each.id, each.source.value, each.status.value, each.confidence, each.scope.value, each.strength,
        each.semantic_id,
    ]  # fmt: skip


def plain_links(links: models.LinkSet | None) -> Any:
    if links is None:
        return None
    return [
        [
            link.statement_id, link.ground_id, link.role.value, link.provenance.creator.value,
            link.provenance.evidence_type.value, link.provenance.evidence_content, link.provenance.signature,
        ]
        for link in links.links
    ]  # fmt: skip


def plain_ground(each: citations.Ground) -> list[Any]:
    return [
        each.citation_key, each.ground_id, each.role.value, each.creator.value, each.evidence_type.value,
        each.evidence_content, each.signature,
    ]  # fmt: skip


def link(given: list[str]) -> models.StatementGroundLink:
    origin = models.Provenance(creator=models.CreatorType.HUMAN, evidence_type=models.EvidenceType.OBSERVATION)
    return models.StatementGroundLink(
        statement_id="x", ground_id=given[0], role=models.LinkRole(given[1]), provenance=origin
    )


def axioms(row: Row) -> Any:
    modality = row["modality"] and normative.Modality(row["modality"])
    statement = normative.Statement("s", "a", "p", "t", modality, row["conditions"])
    licence = normative.License({normative.Modality(name) for name in row["license"]})
    said = normative.AxiomChecker().check(statement, licence, ground_set(row), "goal")
    return [said.status.value, said.violated_axiom, said.explanation]


def licence(row: Row) -> Any:
    links = None if row["links"] is None else models.LinkSet(links=[link(given) for given in row["links"]])
    derived, trace = normative.LicenseDeriver().derive_with_trace(ground_set(row), links)
    return [sorted(modality.value for modality in derived.permitted_modalities), trace]


def aggregated(row: Row) -> Any:
    results = [
        normative.StatementValidationResult(
            statement=normative.Statement("s", "a", "p", "t", normative.Modality.ASSERTIVE),
            status=normative.EvaluationStatus(status),
            license=normative.License({normative.Modality.REFUSAL}),
            ground_set=normative.GroundSet([node({"id": "n", "scope": "factual", "strength": "weak"})]),
            violated_axiom=axiom,
            explanation="e",
        )
        for status, axiom in row["results"]
    ]
    return to_judgment(aggregate(results)).to_dict()


def built(row: Row) -> Any:
    results = [
        models.ToolResultSpeechAct(tool_name=name, tool_call_id=call, arguments=given, result_text=text)
        for name, call, given, text in row["results"]
    ]
    builder = normative.KnowledgeStateBuilder()
    nodes, references = builder.build_with_references(results)
    grounds = [citations.Ground(citation_key=key, ground_id=identity) for key, identity in row["grounds"]]
    widened = builder.materialize_external_grounds(nodes, grounds)
    assert builder.build(results) == nodes
    return [[plain_node(each) for each in nodes], references, [plain_node(each) for each in widened]]


def cited(row: Row) -> Any:
    grounds = citations.parse_grounds(row["grounds"])
    links = citations.build_links_from_grounds(text=row["text"], grounds=grounds, statement_id="q")
    keys = citations.extract_citation_keys(row["text"])
    return [keys, plain_links(links), [plain_ground(ground) for ground in grounds]]


def annotated(row: Row) -> Any:
    read = citations.parse_openai_citations(row["citations"])
    return [
        [plain_ground(ground) for ground in citations.grounds_from_openai_citations(read)],
        plain_links(citations.link_set_from_openai_citations(read, statement_id="z")),
        [plain_ground(ground) for ground in citations.grounds_from_tool_call_refs(row["refs"])],
    ]


def resolved(row: Row) -> Any:
    found = ground_set(row)
    nodes = [found.resolve_ground(name) for name in "abcdz"]
    scopes = [
        [
            found.has_scope(scope), found.get_scope_strength(scope), found.has_strong_in_scope(scope),
            [each.id for each in found.get_nodes_by_scope(scope)],
        ]
        for scope in normative.Scope
    ]  # fmt: skip
    first = [each and plain_node(each) for each in nodes]
    return [first, found.is_empty(), found.has_factual(), found.has_observed(), scopes]


STAGES: dict[str, Any] = {
    "axioms": axioms,
    "licence": licence,
    "aggregate": aggregated,
    "builder": built,
    "cite": cited,
    "annotations": annotated,
    "resolve": resolved,
    "coerce_links": lambda row: plain_links(
        citations.coerce_links_input(links=row["links"], openai_citations=row["citations"])
    ),
    "message": lambda row: AdmissibilityEvaluator.evaluate(
        row["agent_message"], row["trajectory"], grounds=row["grounds"]
    ).to_dict(),
}


def test_random_calls_of_the_stages() -> None:
    rows = cases("normcore_stages")
    assert {row["kind"] for row in rows} == set(STAGES)
    assert not differences(rows, lambda row: STAGES[row["kind"]](row))
