"""Verification from the files alone: what holds is said in order, and any byte that matters breaks it."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.governance.chains import ANA, EVE, FORBID, LEDGER, RULES, SAM, SOLO, Chain, Person, content, three_versions
from workbench.governance.artifact import ConstitutionVersion, dump_yaml, load_yaml
from workbench.governance.chain import ChainReport, verify_chain
from workbench.governance.errors import ArtifactError

CHAIN = three_versions()
FILES = CHAIN.files()
PIN = CHAIN.versions[0].digest


def test_a_chain_holds_and_says_so_in_order() -> None:
    report = verify_chain(FILES, genesis_pin=PIN)
    assert (report.ok, report.anchored, report.head) == (True, True, CHAIN.head.digest)
    assert report.message == "3 versions, head 1.1.1: consistent and anchored"
    assert [line.subject for line in report.lines] == ["1.0.0"] * 3 + ["1.1.0"] * 3 + ["1.1.1"] * 3
    assert all(line.ok and not line.code for line in report.lines)
    assert report.lines[3].message == "major amendment of 1.0.0: the forbid `no-email` is added"
    assert "after a timelock of 10 seconds" in report.lines[5].message


def test_without_a_pin_it_is_consistent_but_not_anchored() -> None:
    report = verify_chain(FILES)
    assert (report.ok, report.anchored) == (True, False)
    assert report.message.endswith("consistent, NOT anchored")


def test_another_pin_means_another_chain() -> None:
    report = verify_chain(FILES, genesis_pin="sha256:" + "0" * 64)
    assert (report.ok, report.anchored, report.code) == (False, False, "genesis_pin")


def test_the_order_of_files_and_of_signatures_does_not_matter() -> None:
    assert verify_chain(list(reversed(FILES)), genesis_pin=PIN) == verify_chain(FILES, genesis_pin=PIN)
    turned = CHAIN.versions[1].with_signatures(reversed(CHAIN.versions[1].signatures))
    files = [FILES[0], (FILES[1][0], dump_yaml(turned)), FILES[2]]
    assert verify_chain(files, genesis_pin=PIN).ok


def test_names_may_be_paths_or_bare_versions() -> None:
    assert verify_chain([(f"versions/{name}", text) for name, text in FILES]).ok
    assert verify_chain([(name.removesuffix(".yaml"), text.encode()) for name, text in FILES]).ok


def test_a_part_of_the_chain_from_the_first_on_holds() -> None:
    assert verify_chain(FILES[:1], genesis_pin=PIN).head == PIN
    assert verify_chain(FILES[:2], genesis_pin=PIN).ok
    assert verify_chain([]).code == "empty"


def check_flip(row: int, data: bytes) -> ChainReport:
    """The law: a changed file verifies only if it reads as the very same version."""
    name, text = FILES[row]
    report = verify_chain([*FILES[:row], (name, data), *FILES[row + 1 :]], genesis_pin=PIN)
    try:
        same = load_yaml(data) == load_yaml(text)
    except ArtifactError:
        same = False
    assert report.ok == same, (row, data)
    assert report.ok == report.anchored
    return report


@settings(max_examples=250, deadline=None)
@given(st.integers(0, 2), st.data())
def test_any_changed_byte_breaks_it_unless_the_version_is_the_same(row: int, data: st.DataObject) -> None:
    original = FILES[row][1].encode()
    place = data.draw(st.integers(0, len(original) - 1))
    byte = data.draw(
        st.one_of(st.integers(0, 255), st.sampled_from(b" \n\"'0aA:#-")).filter(lambda b: b != original[place])
    )
    check_flip(row, original[:place] + bytes([byte]) + original[place + 1 :])


def test_flipping_one_bit_at_many_places_breaks_it() -> None:
    """Denser where it matters: all that stands below the line, a bit of every byte of the last file's votes."""
    random = Random(7)
    original = FILES[2][1].encode()
    below = original.index(b"\nsignatures:")
    for place in range(below + 1, len(original), 5):
        check_flip(2, original[:place] + bytes([original[place] ^ (1 << random.randrange(7))]) + original[place + 1 :])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2), st.data())
def test_a_line_left_out_or_doubled_breaks_it(row: int, data: st.DataObject) -> None:
    lines = FILES[row][1].splitlines(keepends=True)
    place = data.draw(st.integers(0, len(lines) - 1))
    copies = data.draw(st.sampled_from([0, 2]))
    check_flip(row, "".join([*lines[:place], *[lines[place]] * copies, *lines[place + 1 :]]).encode())


def test_a_person_may_edit_the_layout() -> None:
    name, text = FILES[1]
    edited = "# reviewed by ana\n" + text.replace("role: operator", "role:   'operator'   # she")
    assert verify_chain([FILES[0], (name, edited), FILES[2]], genesis_pin=PIN).ok


def test_the_first_broken_link_is_named() -> None:
    name, text = FILES[1]
    report = verify_chain([FILES[0], (name, text.replace("a change", "a chance")), FILES[2]], genesis_pin=PIN)
    assert not report.ok
    assert report.message.startswith("broken at ")


def test_solo() -> None:
    chain = Chain()
    roster = (ANA.entry, LEDGER.entry)
    chain.grow(chain.genesis(content(SOLO, roster=roster)), ANA, wait=0)
    chain.grow(chain.amendment(content(SOLO + FORBID, roster=roster)), ANA, wait=0)
    assert verify_chain(chain.files(), genesis_pin=chain.versions[0].digest).anchored


def test_a_team_with_the_default_procedures() -> None:
    bob, sue = Person('Operator::"bob"', "operator"), Person('Operator::"sue"', "supervisor")
    rules = RULES[: RULES.index("procedure amend_minor")]
    roster = (ANA.entry, bob.entry, SAM.entry, sue.entry, LEDGER.entry)
    chain = Chain()
    chain.grow(chain.genesis(content(rules, roster=roster)), ANA, bob, SAM, sue, wait=0)
    chain.grow(chain.amendment(content(rules + FORBID, roster=roster)), bob, sue, wait=86_400)
    assert verify_chain(chain.files()).ok
    hasty = chain.with_head(chain.activated(chain.signed(chain.head.with_signatures(()), bob, sue), wait=86_390))
    assert verify_chain(hasty.files()).code == "too_early"


def test_roster_ledger_key_and_procedures_may_all_change_under_the_old_ones() -> None:
    chain = Chain()
    chain.grow(chain.genesis(), wait=0)
    new_ledger = Person(LEDGER.principal, "ledger")
    roster = (EVE.entry, SAM.entry, new_ledger.entry)
    chain.grow(chain.amendment(content(SOLO, roster=roster)))
    assert chain.head.amendment.cls == "sensitive"
    assert verify_chain(chain.files()).ok
    # the old ledger key, and the old signers, have no say any more
    version = chain.amendment(content(SOLO + FORBID, roster=roster))
    by_old = chain.activated(version.adding(chain.vote(version, EVE)), wait=0)
    assert (
        verify_chain([*chain.files(), (f"{by_old.constitution_version}.yaml", dump_yaml(by_old))]).code == "bad_witness"
    )


def verdict(chain: Chain) -> str:
    return verify_chain(chain.files(), genesis_pin=chain.versions[0].digest).code


@pytest.fixture
def grown() -> Chain:
    """A genesis and the forbid in force."""
    chain = Chain()
    chain.grow(chain.genesis(), wait=0)
    chain.grow(chain.amendment(content(RULES + FORBID)))
    return chain


def test_a_version_that_was_never_activated(grown: Chain) -> None:
    assert verdict(grown.with_head(grown.head.with_activation(None))) == "not_activated"


def test_a_version_that_is_not_clean(grown: Chain) -> None:
    broken = grown.genesis(content("permit (principal, action, resource) when { context.nope };"))
    alone = Chain(versions=[grown.activated(grown.signed(broken))])
    assert verdict(alone) == "not_clean"


def test_a_genesis_that_understates_its_class(grown: Chain) -> None:
    first = grown.genesis()
    minor = ConstitutionVersion(**{**dict(first), "amendment": first.amendment.model_copy(update={"cls": "minor"})})
    assert verdict(Chain(versions=[grown.activated(grown.signed(minor))])) == "wrong_class"


def test_an_amendment_that_changes_nothing(grown: Chain) -> None:
    same = grown.signed(grown.amendment(grown.head.content, cls="minor"), ANA)
    grown.versions.append(grown.activated(same))
    assert verdict(grown) == "nothing_changed"


def test_a_child_in_force_before_its_parent(grown: Chain) -> None:
    version = grown.amendment(content(RULES + FORBID, english_source="# heading"))
    signed = version.adding(grown.vote(version, ANA))
    grown.versions.append(grown.activated(signed, wait=0))
    assert verdict(grown) == ""
    early = grown.versions[1].activation
    assert early is not None
    late = Chain(versions=[*grown.versions[:1], grown.activated(grown.versions[1], wait=100), grown.versions[2]])
    assert verdict(late) == "too_early"


def test_a_file_under_another_name(grown: Chain) -> None:
    files = grown.files()
    assert verify_chain([files[0], ("1.2.0.yaml", files[1][1])]).code == "file_name"


def test_the_single_signature_form_does_not_verify() -> None:
    from tests.governance.test_artifact import SEED

    report = verify_chain([("1.4.2.yaml", SEED)])
    assert report.code == "no_parent_digest"
    first = SEED.replace('parent_version: "1.4.1"', "parent_version: null").replace('"1.4.2"', '"1.0.0"')
    assert not verify_chain([("1.0.0.yaml", first)]).ok
