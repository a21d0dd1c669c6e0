"""The strict profile: the same axioms as the original, with the ways around them closed.

``evaluating`` is the entry point (``evaluate_speech``). What it stands on, from the bottom: ``folding`` (one spelling
for look-alike writings), ``blocks`` and ``sentences`` (where a text is cut), ``tables`` and ``patterns`` (a language as
data), ``grammar`` and ``tongues`` (which language), ``chunks``, ``conditions`` and ``reading`` (what a sentence does),
``statements`` (who cites what), ``conversation``, ``results`` and ``evidence`` (what the agent observed), ``verdicts``
(the axioms, in words), ``differences`` (what the compatible profile says instead). Imports this room only.
"""

from workbench.speech.strict.evaluating import StrictJudgment, evaluate_speech

__all__ = ["StrictJudgment", "evaluate_speech"]
