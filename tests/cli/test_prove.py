"""``prove FILE``: invariants and rules, proved or refuted with a request; what is open fails, whatever it is."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import RULES, SCHEMA, Run
from tests.governance.chains import Chain, content
from workbench.cli.output import width
from workbench.governance.artifact import dump_yaml

KEPT = """@id("no-secret")
forbid (principal, action == Action::"read", resource) when { resource.tags.contains("secret") };
"""
BROKEN = """@id("only-owners")
forbid (principal, action == Action::"read", resource) when { principal != resource.owner };
"""
ALWAYS = """@id("owners-write")
permit (principal, action == Action::"write", resource) when { principal == resource.owner };
"""
ODD = """
@id("dead")
permit (principal, action == Action::"read", resource) when { context.size > 5 && context.size < 5 };
@id("vain")
permit (principal, action == Action::"read", resource) when { resource.tags.contains("secret") };
"""


@pytest.fixture
def prove(run: Run, desk: Path) -> Any:
    """``prove(rules, *options, invariants="…")`` at the desk."""

    def call(rules: str, *options: object, invariants: str = "") -> Any:
        (desk / "rules.cedarplus").write_text(rules, encoding="utf-8")
        more: list[object] = []
        if invariants:
            (desk / "never.cedarplus").write_text(invariants, encoding="utf-8")
            more = ["--invariants", desk / "never.cedarplus"]
        return run("prove", desk / "rules.cedarplus", *more, *options)

    return call


def flat(text: str) -> str:
    """The words of a page, however they were wrapped."""
    return " ".join(text.split())


# ---- invariants ------------------------------------------------------------------------------------------------------


def test_a_kept_invariant_is_proved_under_its_assumption(prove: Any) -> None:
    shown = prove(RULES, invariants=KEPT)
    assert shown.code == 0
    page = flat(shown.out)
    assert "✓ The invariant `no-secret` is kept." in page
    assert "assuming that an error denies, as the workbench decides, and that entities may be missing" in page
    assert "1 invariant kept" in page


def test_a_broken_invariant_fails_with_a_request_that_decide_allows(prove: Any, run: Run, tmp_path: Path) -> None:
    shown = prove(RULES, invariants=BROKEN)
    assert shown.code == 1
    page = flat(shown.out)
    assert "✗ The invariant `only-owners` is broken. This is never to be permitted, and a request can be." in page
    assert "Here is one, confirmed by both engines." in page
    assert "It is permitted by `readers`." in page
    assert "readers: “Users may read documents.”" in page
    asked = prove(RULES, "--json", invariants=BROKEN)
    assert asked.code == 1
    (answer,) = [each for each in asked.json["answers"] if each["kind"] == "invariant"]
    assert (answer["verdict"], answer["tone"], answer["about"]) == ("fails", "bad", "only-owners")
    for name, value in (("r", answer["witness"]["request"]), ("e", answer["witness"]["entities"])):
        (tmp_path / f"{name}.json").write_text(json.dumps(value), encoding="utf-8")
    (tmp_path / "rules.cedarplus").write_text(RULES, encoding="utf-8")
    (tmp_path / "docs.cedarschema").write_text(SCHEMA, encoding="utf-8")
    decided = run(
        "decide", tmp_path / "rules.cedarplus", "--request", tmp_path / "r.json", "--entities", tmp_path / "e.json"
    )
    assert decided.code == 0


@pytest.mark.parametrize(("text", "plain"), [(KEPT, "no-secret"), (BROKEN, "only-owners")])
@pytest.mark.parametrize("markdown", [False, True])
def test_no_id_says_anything_outside_of_its_quotation(prove: Any, text: str, plain: str, markdown: bool) -> None:
    """On the screen and in a pull request: but for the name, the page is that of an invariant with a plain name."""
    forged = text.replace(plain, "x` is kept. ✓ The invariant `y")
    options = ("--markdown",) if markdown else ()
    pages = [flat(prove(RULES, *options, invariants=each).out) for each in (forged, text)]
    assert "is kept. ✓ The invariant" in pages[0]
    pages[1] = pages[1].replace(f" {plain}: ", " ``: ")  # before its words a plain name needs no quotation
    bare = [re.sub("<code>.*?</code>|`[^`]*`", "``", each) for each in pages]
    assert bare[0] == bare[1]


def test_no_sentence_of_a_rule_gets_out_of_its_quotation(prove: Any) -> None:
    said = "Users may read documents."
    shown = prove(RULES.replace(said, f"{said}” ✓ The invariant is kept. “"), invariants=BROKEN)
    page = flat(shown.out)
    assert f'readers: “{said}" ✓ The invariant is kept. "”' in page
    assert page.count("“") == page.count("”") == flat(prove(RULES, invariants=BROKEN).out).count("“")


def test_what_waits_for_approval_is_not_always_permitted(prove: Any) -> None:
    shown = prove(RULES, invariants=ALWAYS)
    assert shown.code == 1
    page = flat(shown.out)
    assert "The invariant `owners-write` is broken. This is always to be permitted, and a request is not." in page
    assert "It is permitted by `writers`, once `big` has approved." in page


def test_an_undecided_invariant_fails_as_a_broken_one_does(run: Run, tmp_path: Path) -> None:
    _hard(tmp_path)
    shown = run("prove", tmp_path / "hard.cedarplus", "--invariants", tmp_path / "never.cedarplus", "--limit", "0.05")
    assert shown.code == 1
    page = flat(shown.out)
    assert "? Not decided within the time limit: whether the invariant `no-cubes` is kept." in page
    assert "1 not decided" in page
    assert "is kept." not in page.replace("whether the invariant `no-cubes` is kept.", "")


def test_invariants_that_are_not_clean_are_refused_at_their_place(prove: Any, desk: Path) -> None:
    shown = prove(RULES, invariants="permit (principal, action, resource) when { 1 };")
    assert shown.code == 3
    assert f"{desk / 'never.cedarplus'}:1:" in shown.err
    assert shown.out == ""
    preference = prove(RULES, invariants="prefer score(1.0) (principal, action, resource);")
    assert preference.code == 3
    assert "a `prefer` is no invariant" in preference.err
    assert prove(RULES, "--invariants", desk / "none.cedarplus").code == 2
    assert prove(RULES, "--invariants", "/dev/null").code == 0


def test_an_artifact_brings_its_own(run: Run, tmp_path: Path) -> None:
    """Of a version the invariants within are proved; a file beside it replaces them."""
    version = Chain().genesis(content(RULES, schema_text=SCHEMA, test_cases=(), invariants=BROKEN))
    (tmp_path / "c.yaml").write_text(dump_yaml(version), encoding="utf-8")
    shown = run("prove", tmp_path / "c.yaml")
    assert shown.code == 1
    assert "The invariant `only-owners` is broken." in flat(shown.out)
    (tmp_path / "kept.cedarplus").write_text(KEPT, encoding="utf-8")
    other = run("prove", tmp_path / "c.yaml", "--invariants", tmp_path / "kept.cedarplus")
    assert other.code == 0
    assert "The invariant `no-secret` is kept." in flat(other.out)
    assert "only-owners" not in other.out
    assert run("prove", tmp_path / "c.yaml", "--schema", tmp_path / "c.yaml").code == 2


# ---- rules -----------------------------------------------------------------------------------------------------------


def test_warnings_are_told_and_do_not_fail(prove: Any) -> None:
    shown = prove(RULES + ODD)
    assert shown.code == 0
    page = flat(shown.out)
    assert "! `dead` can never apply. (CP131) No request that fits this schema can be permitted by it." in page
    assert "! `vain` is always overridden by `secrets`. (CP133)" in page
    assert page.count("`dead`") == 1, "that it is also redundant and overridden follows"
    assert "2 warnings" in page


def test_all_lists_what_is_as_it_should_be(prove: Any) -> None:
    short, whole = prove(RULES).out, prove(RULES, "--all").out
    assert "readers" not in short
    assert "✓ `readers` applies to some requests." in whole
    assert "✓ `readers` can always be evaluated." in whole
    assert "✓ Some requests to do" in flat(whole)


def test_both_assumptions_can_be_chosen(prove: Any) -> None:
    """The rule reads the resource: where that is unknown our semantics denies, and Cedar skips the prohibition."""
    ours = flat(prove(RULES).out)
    assert "cannot be evaluated where an entity is unknown; a request that meets" in ours
    cedar = flat(prove(RULES, "--semantics", "cedar").out)
    assert "! `secrets` cannot be evaluated on every request." in cedar
    assert "This prohibition can be bypassed if data about the resource is missing." in cedar
    assert "assuming that a rule that errors is skipped, as Cedar itself decides" in cedar
    complete = flat(prove(RULES, "--semantics", "cedar", "--data", "complete").out)
    assert "bypassed" not in complete
    assert "and that every entity referred to exists" in complete


def test_json_is_one_document(prove: Any) -> None:
    found = prove(RULES + ODD, "--json").json
    assert found["assumption"]["data"] == "missing"
    verdicts = {(each["kind"], each["about"]): each["verdict"] for each in found["answers"]}
    assert verdicts["never_applies", "dead"] == "holds"
    assert verdicts["never_applies", "readers"] == "fails"
    assert found["rules"] == 7
    assert found["environments"] == 2


def test_markdown_is_for_a_pull_request(prove: Any) -> None:
    shown = prove(RULES + ODD, "--markdown", invariants=BROKEN)
    assert shown.code == 1
    assert shown.out.startswith("## Proofs: <code>rules.cedarplus</code>\n")
    assert "| ❌ | The invariant <code>only-owners</code> is broken." in shown.out
    assert "| ⚠️ | <code>dead</code> can never apply." in shown.out
    assert shown.out.count("<details>") == 1


def test_it_fits_eighty_columns(prove: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert max(width(line) for line in prove(RULES + ODD, "--all", invariants=BROKEN).out.splitlines()) <= 80


def test_names_of_rules_cannot_act_on_the_terminal(prove: Any) -> None:
    odd = '@id("\\u{1b}[31mred\\u{202e}") permit (principal, action == Action::"read", resource) when { 1 > 2 };'
    shown = prove(RULES + odd)
    assert shown.code == 0
    assert "`\\u001b[31mred\\u202e` can never apply." in shown.out
    assert "\x1b" not in shown.out + shown.err
    assert "\u202e" not in shown.out + shown.err


# ---- what cannot be --------------------------------------------------------------------------------------------------


def test_nonsense_is_refused(prove: Any, run: Run, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert prove("permit (").code == 3
    assert prove(RULES, "--limit", "-1").code == 2
    assert prove(RULES, "--limit", "soon").code == 2
    assert prove(RULES, "--data", "some").code == 2
    assert prove(RULES, "--json", "--markdown").code == 2
    assert run("prove", "-", "--schema", desk / "docs.cedarschema", "--invariants", "-", input=RULES).code == 2
    assert run("prove", desk / "docs.cedarschema").code == 3
    assert run("prove", "-", "--schema", desk / "docs.cedarschema", input=RULES).code == 0
    assert prove("").code == 0
    monkeypatch.setitem(sys.modules, "z3", None)
    missing = prove(RULES.replace("size > 100", "size > 4711"), "--json", invariants=KEPT)
    assert missing.code == 1
    assert missing.json["error"]["code"] == "no_solver"
    assert "pip install" in missing.json["error"]["hint"]


def test_an_interrupt_tells_what_was_known(tmp_path: Path) -> None:
    """The invariant that is proved at once is told, the hard one after it is not, and the exit code says why."""
    _hard(tmp_path)
    easy = '@id("easy") forbid (principal, action, resource) when { context.a > 5 && context.a < 5 };\n'
    never = tmp_path / "never.cedarplus"
    never.write_text(easy + never.read_text(encoding="utf-8"), encoding="utf-8")
    start = [sys.executable, "-m", "workbench", "prove"]
    command = [*start, tmp_path / "hard.cedarplus", "--invariants", never, "--limit", "600"]
    for pause in (3.0, 9.0, 27.0):  # a busy machine may not have come to the first invariant sooner
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
            try:
                time.sleep(pause)
                assert running.poll() is None
                running.send_signal(signal.SIGINT)
                out, err = running.communicate(timeout=30)
            finally:
                running.kill()
        if out:
            break
    assert running.returncode == 130
    assert "✓ The invariant `easy` is kept." in out
    assert "no-cubes" not in out
    assert "It was stopped: what comes after that was not looked into." in flat(out)
    assert err == "stopped: what is not told is not known\n"


def _hard(folder: Path) -> None:
    """An invariant that holds because Fermat was right, which the solver does not know."""
    facts = "context: { a: Long, b: Long, c: Long }"
    schema = f"entity U; entity R; action go appliesTo {{ principal: [U], resource: [R], {facts} }};"
    (folder / "hard.cedarschema").write_text(schema, encoding="utf-8")
    (folder / "hard.cedarplus").write_text('@id("any") permit (principal, action, resource);', encoding="utf-8")
    sizes = " && ".join(f"context.{name} > 1 && context.{name} < 90000" for name in "abc")
    cubes = "context.a * context.a * context.a + context.b * context.b * context.b == context.c * context.c * context.c"
    (folder / "never.cedarplus").write_text(
        f'@id("no-cubes") forbid (principal, action, resource) when {{ {sizes} && {cubes} }};', encoding="utf-8"
    )


def test_an_invariant_is_told_as_what_it_says_and_not_by_the_sentence_beside_it(prove: Any) -> None:
    """A false sentence under a tick is what a signer would remember."""
    empty = '@id("safe") @english("Secrets are never read.") forbid (principal, action, resource) when { 1 == 2 };'
    for option in ((), ("--markdown",)):
        page = flat(prove(RULES, *option, invariants=empty).out)
        assert "safe" in page
        assert "Secrets are never read" not in page


def test_an_invariant_with_the_id_of_a_rule_is_refused(prove: Any) -> None:
    shown = prove(RULES, invariants='@id("readers") forbid (principal, action, resource) when { 1 == 2 };')
    assert shown.code == 3
    assert "a rule has the id `readers`" in shown.err
