"""All keys lost: a first version that supersedes a chain, pinned anew; and fields that came later change no digest."""

from __future__ import annotations

import json

import pytest

from tests.governance.chains import ANA, FORBID, RULES, SAM, SWARM, Chain, content, three_versions
from workbench.governance.artifact import ArtifactError, ConstitutionVersion, dump_yaml, load_yaml
from workbench.governance.chain import verify_chain
from workbench.governance.genesis import build_genesis

OLD = three_versions()


def superseding(digest: str = OLD.head.digest) -> Chain:
    chain = Chain()
    first = build_genesis(
        swarm_id=SWARM,
        content=content(RULES + FORBID),
        proposed_by=ANA.principal,
        created_at=chain.now,
        summary="all keys were lost",
        supersedes=digest,
    )
    chain.grow(first, ANA, SAM, wait=0)
    return chain


def test_it_verifies_under_its_own_pin_and_says_what_it_supersedes() -> None:
    chain = superseding()
    report = verify_chain(chain.files(), genesis_pin=chain.head.digest)
    assert (report.ok, report.anchored) == (True, True)
    assert OLD.head.digest in report.lines[0].message


def test_the_old_pin_does_not_take_it() -> None:
    """Nobody who pinned the old beginning follows the new one by themselves: that is why it is told in person."""
    report = verify_chain(superseding().files(), genesis_pin=OLD.versions[0].digest)
    assert report.code == "genesis_pin"


def test_it_does_not_continue_the_old_chain() -> None:
    (name, text) = superseding().files()[0]
    assert verify_chain([*OLD.files(), (f"x/{name}", text)]).code == "fork"


def test_only_a_first_version_supersedes() -> None:
    with pytest.raises(ArtifactError) as caught:
        ConstitutionVersion(**{**dict(OLD.head), "supersedes": OLD.versions[0].digest})
    assert caught.value.code == "supersedes"


def test_it_is_signed_with_the_rest() -> None:
    chain = superseding()
    other = ConstitutionVersion(**{**dict(chain.head), "supersedes": "sha256:" + "0" * 64})
    assert verify_chain([("1.0.0.yaml", dump_yaml(other))]).code == "bad_signature"
    assert load_yaml(dump_yaml(chain.head)) == chain.head


def test_what_does_not_have_the_later_fields_has_the_bytes_it_always_had() -> None:
    for version in OLD.versions:
        plain = json.loads(version.signed_bytes())
        assert set(plain) == {
            "constitution_version", "swarm_id", "parent_version", "parent_digest", "schema_version", "proposed_by",
            "created_at", "content", "amendment",
        }  # fmt: skip
        assert set(plain["amendment"]) == {"class", "summary", "english"}
        assert "supersedes" not in dump_yaml(version)
