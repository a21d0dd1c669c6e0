"""A draft as the store keeps it: made from a version or a view, and compared by what it says. Not for faces."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from workbench.governance.artifact import ConstitutionVersion
from workbench.service.origins import spelled
from workbench.service.views import Draft
from workbench.store import drafts


def of_version(version: ConstitutionVersion, revision: int, saved_at: int) -> drafts.StoredDraft:
    return drafts.StoredDraft(revision, "saved", version.constitution_version, saved_at, *version_texts(version))


def row_of(draft: Draft, origin: str, saved_at: int) -> drafts.StoredDraft:
    return drafts.StoredDraft(
        revision=draft.revision,
        origin=origin,
        base_version=draft.base_version,
        saved_at=saved_at,
        english=draft.english,
        cedar_plus=draft.cedar_plus,
        schema_text=draft.schema,
        tests=json.dumps(list(draft.tests), separators=(",", ":")),
        invariants=draft.invariants,
        origins=spelled(draft.origins),
    )


def version_texts(version: ConstitutionVersion) -> tuple[str, str, str, str, str]:
    """What a draft holds of a version, in the order of the stored columns."""
    content = version.content
    tests = _spelled(case.to_mapping() for case in content.test_cases)
    return content.english_source, content.cedar_plus_source, content.schema_text, tests, content.invariants


def stored_texts(stored: drafts.StoredDraft) -> tuple[str, str, str, str, str]:
    tests = _spelled(json.loads(stored.tests))
    return stored.english, stored.cedar_plus, stored.schema_text, tests, stored.invariants


def _spelled(tests: Iterable[Mapping[str, Any]]) -> str:
    """Test cases in one spelling, so that only differences of meaning count."""
    cases = []
    for case in tests:
        plain = {key: value for key, value in case.items() if value not in ("", None)}
        plain["request"] = {"context": {}, **plain.get("request", {})}
        cases.append({"entities": [], **plain})
    return json.dumps(cases, sort_keys=True, separators=(",", ":"))
