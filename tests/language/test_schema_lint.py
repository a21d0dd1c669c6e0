"""The linter of schemas: what it refuses, what it warns of, where it points, and that it lets ordinary schemas pass."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.language.schema_texts import mutated, schema_text
from workbench.language.lookalikes import skeleton
from workbench.language.schema_lint import lint_schema

ROOT = Path(__file__).parents[2]
USED = "action use appliesTo { principal: [A], resource: [A] };"


def codes(text: str, severity: str = "") -> list[tuple[str, str]]:
    """``(code, underlined text)`` of every finding, of one severity if asked."""
    return [
        (found.code, text[found.span.start : found.span.end])
        for found in lint_schema(text)
        if not severity or found.severity == severity
    ]


REFUSED = [
    ("entity A { role: String, roIe: String };", "roIe"),
    ("entity A { user_id: String, userId: String };", "userId"),
    ("entity A { level1: Long, levell: Long };", "levell"),
    ("entity A { cO: Long, c0: Long };", "c0"),
    ("entity A { modern: Long, modem: Long };", "modem"),
    ('entity A { "rolе": String, role: String };', "role"),
    ("entity A; entity a in [A];", "a"),
    ("entity A; namespace N { entity Ａ; }".replace("Ａ", "a"), "a"),
    ('action "send"; namespace N { action Send in [Action::"send"]; } entity A;', "Send"),
    ("entity A { x: Row }; type Row = Long; entity row in [A];", "row"),
    ('entity A; action "send" appliesTo { principal: A, resource: A }; action Send in ["send"];', "Send"),
    ('entity A; action "ｓend"; action send in ["ｓend"];', "send"),
    ('entity A; action "sеnd"; action x in ["sеnd"];', '"sеnd"'),
    ('entity A; action "se\u200bnd"; action x in ["se\u200bnd"];', '"se\u200bnd"'),
    ('entity A; action "send\u202e"; action x in ["send\u202e"];', '"send\u202e"'),
    ('entity A; action " send"; action x in [" send"];', '" send"'),
    ('entity A { colour: C }; entity C enum ["red", "Red"];', "C"),
    ("entity A { x: Long }; entity Long in [A];", "Long"),
    ("entity A { x: String }; entity string in [A];", "string"),
    ("entity A { x: decimal }; type decimal = String;", "decimal"),
    ("entity A { x: Dec1mal }; entity Dec1mal;", "Dec1mal"),
    ("entity A { x: Set<{ a: Long }> };", "Set<{ a: Long }>"),
    ("entity A { x: Set<Row> }; type Row = { a: Long };", "Set<Row>"),
    ("entity A { x: Set<Set<Row>> }; type Row = { a: Long };", "Set<Set<Row>>"),
    ("entity A tags Set<{}>;", "Set<{}>"),
    ('entity A { role: Long, "role": String };', "role"),
    ('entity A { @source("sever") x: Long };', '"sever"'),
    ("entity A { @source x: Long };", "source"),
    ('entity A { @values("a; b") x: Long };', '@values("a; b")'),
    ('entity A { @values("a;; b") x: String };', '"a;; b"'),
    ('entity A { @values("") x: String };', '""'),
    ('@renamed_from("not a name") entity A;', '"not a name"'),
    ("@renamed_from entity A;", "@renamed_from"),
]


@pytest.mark.parametrize(("text", "under"), REFUSED)
def test_refused(text: str, under: str) -> None:
    assert ("CP011", under) in codes(text + USED, "error")


CLOCKED = "entity A; action look appliesTo { principal: A, resource: A,"
SPEECH = (
    "{ status: String, licensed: Bool, modality: String, modalities: Set<String>,"
    " violated_axioms: Set<String>, statements: Long }"
)

LIKE_SPEECH = [
    f"{CLOCKED} context: {{ speech: {{ status: String, licensed: Bool }} }} }};",
    f"{CLOCKED} context: {{ speech: {SPEECH.replace(', statements: Long', '')} }} }};",
    f"{CLOCKED} context: {{ speech: {{ admissible: Bool }} }} }};",
    f"{CLOCKED} context: C }}; type C = {{ speech?: {SPEECH.replace('Long', 'String')} }};",
    f"{CLOCKED} context: {{ speech: {SPEECH.replace('}', ', mood: String }')} }} }};",
]


@pytest.mark.parametrize("text", LIKE_SPEECH)
def test_a_speech_that_the_service_would_not_compute_is_refused(text: str) -> None:
    """Not only warned of: a rule would believe in a judgement that nobody made."""
    assert codes(text + USED, "error") == [("CP120", "speech")]


WARNED = [
    ("CP121", f"{CLOCKED} context: {{ speech: {SPEECH}, text: String }} }};", "text"),
    ("CP121", f"{CLOCKED} context: C }}; type C = {{ speech: S, n: Long, body?: String }}; type S = {SPEECH};", "body"),
    ("CP121", f"{CLOCKED} context: {{ speech: {SPEECH}, message: Long, text: String }} }};", "text"),
    ("CP110", "entity A; action nothing;", "nothing"),
    ("CP111", "entity A; entity Orphan;", "Orphan"),
    ("CP111", "entity A; entity Orphan in [Orphan, A] { self: Orphan };", "Orphan"),
    ("CP112", 'entity A { @phrase("owner | boss") x: Long, @phrase("Boss") y: Long };', '@phrase("Boss")'),
    (
        "CP112",
        'entity A; @phrase("send …") action s appliesTo { principal: A, resource: A };'
        '@phrase("tell | send  …") action t appliesTo { principal: A, resource: A };',
        '@phrase("tell | send  …")',
    ),
    ("CP113", 'entity A { @values("a: red; b: Red") x: String };', '@values("a: red; b: Red")'),
    ("CP113", 'entity A { @values("a; a") x: String };', '@values("a; a")'),
    ("CP114", 'entity A { @phrase("…") x: Long };', '@phrase("…")'),
    ("CP114", '@source("server") entity A;', '@source("server")'),
    ("CP114", '@values("x") entity A;', '@values("x")'),
    ("CP114", 'entity A { x: T }; @phrase("t") type T = Long;', '@phrase("t")'),
    ("CP115", 'entity A { @pharse("x") y: Long };', '@pharse("x")'),
    ("CP116", "entity A; type Unused = Long;", "Unused"),
    ("CP118", 'entity A { @renamed_from("y") x: Long, y: Long };', '@renamed_from("y")'),
    ("CP119", f'{CLOCKED} context: {{ @source("server") hour: Long }} }};', "hour"),
    ("CP119", f'{CLOCKED} context: C }}; type C = {{ @source("server") weekday?: String }};', "weekday"),
    (
        "CP119",
        "entity A; namespace N { action look appliesTo { principal: A, resource: A, context: C };"
        'type C = { @source("server") now: datetime }; }',
        "now",
    ),
]


@pytest.mark.parametrize(("code", "text", "under"), WARNED)
def test_warned(code: str, text: str, under: str) -> None:
    assert (code, under) in codes(text + USED, "warning")
    assert not codes(text + USED, "error")


CLEAN = [
    f"{CLOCKED} context: {{ speech: {SPEECH}, message: String, topic: String }} }};",
    f'{CLOCKED} context: {{ speech: {SPEECH}, @source("server") region: String, n: Long }} }};',
    "entity A { owner: String, owners: Set<String>, x: Long, y: Long, x1: Long, x2: Long };",
    'entity A { @values("a: red | crimson; b: blue;") x: String, @values("a") y: Set<String> };',
    'entity A { @phrase("region") x: Long, b: B }; entity B { @phrase("region") x: Long };',
    'entity A; action memory; action "überweisen" in [memory] appliesTo { principal: A, resource: A };',
    '@phrase("an agent") @doc("x") @owner("platform team") entity A { @source("meter") x: Long };',
    '@renamed_from("Old") entity A { @renamed_from("y") x: T };'
    '@renamed_from("U") type T = { @renamed_from("b") a: Long };',
    'entity A { kind: Kind }; entity Kind enum ["new", "known"];'
    " namespace N { entity B; } entity D { b: N::B, d: D }; action e appliesTo { principal: D, resource: D };",
    'entity A; entity B; @phrase("close …") action c appliesTo { principal: A, resource: A };'
    '@phrase("close …") action d appliesTo { principal: A, resource: B };',
    f'{CLOCKED} context: {{ @source("server") @volatile hour: Long, @source("server") hours: Long }} }};',
    f'{CLOCKED} context: {{ hour: Long, @source("meter") weekday: String, @source("server") now: Long }} }};',
    f'{CLOCKED} context: {{ inner: {{ @source("server") hour: Long }} }} }};',  # the service looks no deeper
    'entity A { @source("server") hour: Long };',
    f"{CLOCKED} context: {{ speech: {SPEECH} }} }};",
    f"{CLOCKED} context: {{ speech?: {SPEECH.replace('}', ', observed: Bool, mood?: String }')} }} }};",
    f"{CLOCKED} context: {{ speech: {{ text: String }} }} }};",
    "entity A { speech: { status: String } };",  # only contexts are judged
]


@pytest.mark.parametrize("text", CLEAN)
def test_clean(text: str) -> None:
    assert codes(text + USED) == []


def test_volatile_counts_in_a_context_alone() -> None:
    text = "entity A { @volatile x: Long }; type C = { @volatile y: Long };"
    action = "action use appliesTo { principal: A, resource: A, context: C };"
    assert codes(text + action) == [("CP114", "@volatile")]
    assert lint_schema(text + action)[0].severity == "info"


def test_a_schema_that_cedar_refuses_is_not_linted() -> None:
    assert {found.code for found in lint_schema("entity A { x: Nope, roIe: Long, role: Long };")} == {"CP002"}


@pytest.mark.parametrize("path", sorted((ROOT / "samples").rglob("*.cedarschema")), ids=lambda path: path.parent.name)
def test_what_ships_is_lint_clean(path: Path) -> None:
    found = [d for d in lint_schema(path.read_text(encoding="utf-8")) if d.severity != "info"]
    assert found == []


def test_words_that_differ_to_the_eye_have_different_skeletons() -> None:
    words = ["role", "rule", "roll", "hole", "owner", "over", "order", "agent", "team", "tear", "form", "from", "turn"]
    assert len({skeleton(word) for word in words}) == len(words)


def test_the_linter_never_raises_and_always_points_into_the_text() -> None:
    clean = 0
    for seed in range(600):
        random = Random(f"lint {seed}")
        text = schema_text(random)
        text = mutated(random, text) if seed % 3 == 2 else text
        for found in lint_schema(text):
            assert 0 <= found.span.start <= found.span.end <= len(text)
            assert found.code.startswith("CP0" if found.severity == "error" else "CP1")
        clean += not any(found.severity == "error" and found.code != "CP011" for found in lint_schema(text))
    assert clean > 100
