"""The signed artifact: one immutable version of a constitution, as values, as YAML, as canonical bytes.

Imports pydantic and this room's leaf modules. Everything above the line ``signatures`` is the version's own; its digest
is SHA-256 over the RFC 8785 bytes of it, so neither the layout of the YAML nor the votes can change it. In YAML every
scalar is a string and these models type them. The Cedar values of test cases (``context``, ``entities``) are strings
of JSON, whose layout does not matter either: in the canonical bytes they stand as values, ``1``, ``true`` and ``"1"``
apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, ValidationError, model_validator

from workbench.governance import sshsig
from workbench.governance.canonical import canonical_bytes, decode_base64, digest_of
from workbench.governance.errors import ArtifactError
from workbench.governance.fields import (
    ContextJson,
    Count,
    Digest,
    DigestOrEmpty,
    EntitiesJson,
    Fingerprint,
    Frozen,
    HexDigest,
    Instant,
    Label,
    Name,
    Nullable,
    Role,
    SignatureText,
    SpeechJson,
    SwarmId,
    Text,
    Uid,
    Version,
)
from workbench.governance.roster import RosterEntry, check_roster
from workbench.governance.seed_form import is_seed_form, upgraded
from workbench.governance.strict_json import json_text, parse_json
from workbench.governance.yaml_reader import read_yaml
from workbench.governance.yaml_writer import Node, write_yaml

AmendmentClassName = Literal["minor", "major", "sensitive"]
MAX_TEST_CASES = 20_000
MAX_SIGNATURES = 1_000
MAX_LEDGER_KEYS = 8
LATER = ("requires", "procedures", "score", "observed", "unobserved", "origin")
"""Fields of a test case that came later: left out where they are empty, so that no earlier digest changes."""
M = TypeVar("M", bound=Frozen)


class TestRequest(Frozen):
    """A test's request; ``context`` is JSON text in its one spelling, and so is ``speech`` where it has any."""

    __test__ = False

    principal: Label
    action: Label
    resource: Label
    context: ContextJson = "{}"
    speech: SpeechJson = ""


class TestCase(Frozen):
    """One test: what a request (with these entities, JSON text) must come to. ``reviewed_by`` is empty until a person
    has confirmed the expectation; ``procedure`` names one that holds it. Of :data:`LATER`, the expectations are what
    ``analysis.expecting`` says; ``origin`` says who wrote the case, so that made ones can be made anew."""

    __test__ = False

    name: Label
    request: TestRequest
    entities: EntitiesJson = "[]"
    expect: Literal["allow", "deny", "hold"]
    procedure: Text = ""
    reviewed_by: Text = ""
    requires: Mapping[Label, Text] = Field(default_factory=dict)
    procedures: tuple[Label, ...] = ()
    score: Text = ""
    observed: tuple[Label, ...] = ()
    unobserved: tuple[Label, ...] = ()
    origin: Literal["", "generated", "corrected", "rejected"] = ""

    @classmethod
    def of(cls, case: Mapping[str, Any]) -> TestCase:
        """The test of a plain mapping with Cedar JSON values, as authors and services hold it.

        Raises :class:`ArtifactError` for an unknown field or a value no constitution can carry (a float, …).
        """
        request = dict(case.get("request", {}))
        for key in ("principal", "action", "resource"):
            uid = request.get(key)
            if isinstance(uid, Mapping):
                request[key] = f"{uid.get('type')}::{json_text(str(uid.get('id')))}"
        request["context"] = _as_json(request.get("context", {}))
        if "speech" in request:
            request["speech"] = _as_json(request["speech"])
        return validated(
            cls,
            {
                **case,
                "request": request,
                "entities": _as_json(case.get("entities", [])),
            },
        )

    def to_mapping(self) -> dict[str, Any]:
        """The plain mapping: ``TestCase.of`` gives the test back."""
        return _parsed_case(self.model_dump())


def _as_json(value: Any) -> str:
    canonical_bytes(value)  # refuses what JSON would quietly change: floats, keys that are not strings
    return json_text(value)


class Include(Frozen):
    """Reserved: another constitution whose forbids bind here."""

    swarm_id: SwarmId
    version: Version
    digest: Digest


class Content(Frozen):
    """What a version says. ``schema_text`` is the Cedar schema (``schema`` in YAML); texts end lines with LF alone."""

    cedar_plus_source: Text
    english_source: Text = ""
    schema_text: Text = Field(default="", validation_alias="schema", serialization_alias="schema")
    invariants: Text = ""
    test_cases: tuple[TestCase, ...] = Field(default=(), max_length=MAX_TEST_CASES)
    roster: tuple[RosterEntry, ...] = ()
    includes: tuple[Include, ...] = ()


class Amendment(Frozen):
    """What an amendment claims to be; ``cls`` (``class`` in YAML) is recomputed by whoever verifies.

    ``reproposes``: digest of a version that was vetoed and that this one proposes again; see ``assessment``.
    """

    cls: AmendmentClassName = Field(validation_alias="class", serialization_alias="class")
    summary: Text = ""
    english: Text = ""
    reproposes: Annotated[Digest | None, Nullable] = None


class CoWitness(Frozen):
    """A further ledger key's word on when a vote arrived, where the roster has several ledger entries."""

    signed_by: Fingerprint
    received_at: Instant
    signature: SignatureText


class Witness(Frozen):
    """The ledger key's countersignature: when a vote arrived, and as which ledger entry. ``also``: further keys'."""

    received_at: Instant
    entry: Count
    signature: SignatureText
    also: tuple[CoWitness, ...] = Field(default=(), max_length=MAX_LEDGER_KEYS)

    @property
    def latest(self) -> datetime:
        """The time that counts: the latest that any of the keys says."""
        return max([self.received_at, *(other.received_at for other in self.also)])


class Signature(Frozen):
    """One vote. It signs these fields together with the version's digest and swarm (see ``votes``).

    ``form``: empty for DSSE, where ``signature`` is the base64 of 64 bytes; ``sshsig``, where it is the base64 of the
    whole SSHSIG blob, without armour.
    """

    signed_by: Fingerprint
    principal: Uid
    role: Role
    verdict: Literal["approve", "reject"]
    signed_at: Instant
    comment: Text = ""
    dossier_digest: DigestOrEmpty = ""
    form: Literal["", "sshsig"] = ""
    signature: Annotated[str, Field(max_length=2 * sshsig.MAX_BLOB)]
    witness: Annotated[Witness | None, Nullable] = None

    @model_validator(mode="after")
    def _check(self) -> Signature:
        if self.form == "sshsig":
            sshsig.parse(decode_base64(self.signature, None, "SSH signature"))
        else:
            decode_base64(self.signature, 64, "signature")
        return self


class LedgerState(Frozen):
    """Size and Merkle root (hex) of the ledger when the version was activated."""

    size: Count
    root: HexDigest


class CoSignature(Frozen):
    """A further ledger key's signature of the same statement."""

    signed_by: Fingerprint
    signature: SignatureText


class Activation(Frozen):
    """The ledger key's statement that the version is in force since ``effective_at``; it carries no authority.

    ``also``: the signatures of further ledger entries that the roster has.
    """

    effective_at: Instant
    previous_head: Annotated[Digest | None, Nullable]
    votes: Digest
    ledger: LedgerState
    signature: SignatureText
    also: tuple[CoSignature, ...] = Field(default=(), max_length=MAX_LEDGER_KEYS)


class ConstitutionVersion(Frozen):
    """One version: what it says, who voted, when it came into force.

    ``supersedes``: only of a first version: the last digest of a chain whose keys were all lost, which it replaces.
    """

    constitution_version: Version
    swarm_id: SwarmId
    parent_version: Annotated[Version | None, Nullable]
    parent_digest: Annotated[Digest | None, Nullable]
    schema_version: Name
    proposed_by: Uid
    created_at: Instant
    content: Content
    amendment: Amendment
    supersedes: Annotated[Digest | None, Nullable] = None
    signatures: tuple[Signature, ...] = Field(default=(), max_length=MAX_SIGNATURES)
    activation: Annotated[Activation | None, Nullable] = None

    @model_validator(mode="after")
    def _check(self) -> ConstitutionVersion:
        if self.parent_version is None and self.parent_digest is not None:
            raise ArtifactError("parent", "there is a parent digest but no parent version")
        if self.supersedes is not None and self.parent_version is not None:
            raise ArtifactError("supersedes", "only a first version can supersede another chain")
        if self.amendment.reproposes is not None and self.parent_version is None:
            raise ArtifactError("reproposes", "a first version cannot propose another again")
        if self.content.includes:
            raise ArtifactError("includes", "`includes` is reserved and must be empty", "write `includes: []`")
        seen: set[str] = set()
        for case in self.content.test_cases:
            if case.name in seen:
                raise ArtifactError("duplicate_test", f"two test cases are named `{case.name}`")
            seen.add(case.name)
        check_roster(self.content.roster, self.swarm_id)
        return self

    @property
    def is_genesis(self) -> bool:
        return self.parent_version is None

    def signed_bytes(self) -> bytes:
        """The canonical bytes of everything above the line: what the digest is made of."""
        plain = _without_absent(self.model_dump(by_alias=True, exclude={"signatures", "activation"}))
        for case in plain["content"]["test_cases"]:
            _parsed_case(case)
        return canonical_bytes(plain)

    @property
    def digest(self) -> str:
        """``sha256:`` and 64 hex digits, over :meth:`signed_bytes`."""
        return digest_of(self.signed_bytes())

    def with_signatures(self, signatures: Iterable[Signature]) -> ConstitutionVersion:
        """The same version with exactly these votes."""
        return self.model_copy(update={"signatures": tuple(signatures)})

    def adding(self, signature: Signature) -> ConstitutionVersion:
        """The same version with one vote more."""
        return self.with_signatures((*self.signatures, signature))

    def with_activation(self, activation: Activation | None) -> ConstitutionVersion:
        """The same version with this activation statement."""
        return self.model_copy(update={"activation": activation})


def _without_absent(plain: dict[str, Any]) -> dict[str, Any]:
    """``plain`` without the optional fields that it does not have: they came later, and change no earlier digest."""
    for holder, name in ((plain, "supersedes"), (plain["amendment"], "reproposes")):
        if holder[name] is None:
            del holder[name]
    return plain


def _parsed_case(case: dict[str, Any]) -> dict[str, Any]:
    """A dumped test case with its JSON texts as values, in place."""
    request = case["request"]
    request["context"] = parse_json(request["context"], "context")
    speech = request.pop("speech")
    if speech:
        request["speech"] = parse_json(speech, "speech")
    case["entities"] = parse_json(case["entities"], "entities")
    for name in LATER:
        if not case[name]:
            del case[name]
        elif isinstance(case[name], tuple):
            case[name] = list(case[name])
    return case


def validated(model: type[M], plain: Mapping[str, Any]) -> M:
    """``model`` made from strings, lists and mappings as read from a file (field names as in YAML).

    Raises :class:`ArtifactError`: ``unknown_field``, ``missing_field``, ``value``, or the code of a field's check.
    """
    try:
        return model.model_validate(plain, by_alias=True, by_name=False)
    except ValidationError as error:
        first = min(error.errors(include_url=False), key=lambda found: found["type"] != "extra_forbidden")
        where = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            raise ArtifactError("unknown_field", f"the field `{where}` is unknown") from error
        if first["type"] == "missing":
            raise ArtifactError("missing_field", f"the field `{where}` is missing") from error
        raise ArtifactError("value", f"the field `{where}` is wrong: {first['msg'].lower()}") from error


def load_yaml(text: str | bytes) -> ConstitutionVersion:
    """The version in a YAML text (the seed's single-signature form is read too, as an unsigned version).

    Raises :class:`ArtifactError` for anything that is not exactly a constitution version.
    """
    tree = read_yaml(text)
    if not isinstance(tree, dict):
        raise ArtifactError("yaml", "the file is not a mapping of fields")
    return validated(ConstitutionVersion, upgraded(tree) if is_seed_form(tree) else tree)


def dump_yaml(version: ConstitutionVersion) -> str:
    """The YAML text of ``version``, the same for equal versions; :func:`load_yaml` gives the version back."""
    plain = _without_absent(version.model_dump(by_alias=True))
    plain["content"]["test_cases"] = [_test_node(case) for case in version.content.test_cases]
    for vote in plain["signatures"]:
        for optional in ("comment", "dossier_digest", "form", "witness"):
            if not vote[optional]:
                del vote[optional]
        _drop_empty(vote.get("witness"))
    _drop_empty(plain["activation"])
    if version.activation is None:
        del plain["activation"]
    return write_yaml(plain)


def _drop_empty(statement: dict[str, Any] | None) -> None:
    """Leaves out that there are no further ledger keys, as most swarms have one."""
    if statement is not None and not statement["also"]:
        del statement["also"]


def _test_node(case: TestCase) -> Node:
    """A test case for people: the context on one line, one entity a line."""
    entities = [f"  {json_text(_uid_first(entity), spaced=True)}" for entity in parse_json(case.entities, "entities")]
    node: dict[str, Node] = {
        "name": case.name,
        "request": {
            "principal": case.request.principal,
            "action": case.request.action,
            "resource": case.request.resource,
            "context": json_text(parse_json(case.request.context, "context"), spaced=True),
            **_speech_node(case.request),
        },
        "entities": "[\n" + ",\n".join(entities) + "\n]\n" if entities else "[]",
        "expect": case.expect,
    }
    optional = {name: getattr(case, name) for name in ("procedure", "reviewed_by", *LATER)}
    return node | {name: list(each) if isinstance(each, tuple) else each for name, each in optional.items() if each}


def _speech_node(request: TestRequest) -> dict[str, Node]:
    return {"speech": json_text(parse_json(request.speech, "speech"), spaced=True)} if request.speech else {}


def _uid_first(entity: dict[str, Any]) -> dict[str, Any]:
    return {key: entity[key] for key in sorted(entity, key=lambda key: (key != "uid", key))}
