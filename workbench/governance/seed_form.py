"""The older, single-signature form of the artifact: ``signed_by`` and ``signed_at`` at the top.

Works on trees of strings before any model sees them. That form names its signer but holds no signature, no roster and
no schema, so it is read as a version that nobody has voted for: it can be shown, checked and amended from, and
``verify`` says what is missing.
"""

from __future__ import annotations

from typing import Any

from workbench.governance.errors import ArtifactError

_TOP = frozenset({"constitution_version", "swarm_id", "parent_version", "signed_by", "signed_at", "content"})
_CONTENT = frozenset({"cedar_plus_source", "english_source", "test_cases", "schema_version"})


def is_seed_form(tree: dict[str, Any]) -> bool:
    """Whether the tree is in the older form."""
    return "signed_by" in tree


def upgraded(tree: dict[str, Any]) -> dict[str, Any]:
    """The tree in today's form: signer → ``proposed_by``, ``signed_at`` → ``created_at``.

    Raises :class:`ArtifactError`: ``unknown_field``, ``missing_field``, ``value``.
    """
    content = tree.get("content")
    if not isinstance(content, dict):
        raise ArtifactError("missing_field", "the field `content` is missing")
    for where, found, known in (("", tree, _TOP), ("content.", content, _CONTENT)):
        for name in found:
            if name not in known:
                raise ArtifactError("unknown_field", f"the field `{where}{name}` is unknown")
        for name in sorted(known):
            if name not in found:
                raise ArtifactError("missing_field", f"the field `{where}{name}` is missing")
    signer = tree["signed_by"]
    if not isinstance(signer, str):
        raise ArtifactError("value", "the field `signed_by` is not a text")
    return {
        "constitution_version": tree["constitution_version"],
        "swarm_id": tree["swarm_id"],
        "parent_version": tree["parent_version"],
        "parent_digest": "null",
        "schema_version": content["schema_version"],
        "proposed_by": f'Key::"{signer}"',
        "created_at": tree["signed_at"],
        "content": {name: value for name, value in content.items() if name != "schema_version"},
        "amendment": {"class": "sensitive", "summary": "read from the single-signature form"},
    }
