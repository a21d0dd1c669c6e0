"""What the first version of a workspace says: a sample's texts as its profile has them, checked, its promises proved.

Makes nothing: keys, roster and signatures are for ``creating``, which asks here before it makes any of them.
"""

from __future__ import annotations

from workbench.analysis.task import Task
from workbench.governance.artifact import Content, TestCase
from workbench.governance.wording import text_of
from workbench.language.check import check
from workbench.service.analyst import ANALYST
from workbench.service.errors import WorkbenchError
from workbench.service.invariant_proofs import InvariantProofs, require_kept
from workbench.service.profiles import for_profile
from workbench.service.samples import Sample


def first_content(sample: Sample, profile: str, invariants: str | None = None, task: Task | None = None) -> Content:
    """The content, its roster still empty; ``invariants`` in place of the sample's, where given.

    Raises :class:`WorkbenchError`: ``broken_sample``; ``no_solver``, ``invariants_unclean``, ``invariant_broken`` and
    ``invariant_undecided`` where it has invariants that are not proved; ``Stopped`` as ``task`` was.
    """
    cedar_plus, english = for_profile(profile, sample.cedar_plus, sample.english)
    checked = check(cedar_plus, sample.schema)
    if checked.program is None:
        first = checked.errors[0]
        raise WorkbenchError(
            "a sample is broken",
            f"`{sample.root / 'constitution.cedarplus'}`, line {first.start.line}: {first.message} ({first.code})",
            "install the program again, or repair the file",
            "broken_sample",
        )
    promised = sample.invariants if invariants is None else text_of(invariants)
    require_kept(InvariantProofs(ANALYST), checked.program, promised, "the workspace was not made", task)
    return Content(
        cedar_plus_source=cedar_plus,
        english_source=english,
        schema_text=sample.schema,
        invariants=promised,
        test_cases=tuple(TestCase.of(case) for case in sample.tests),
    )
