"""Speech acts: may an agent say this in this form, given what it has observed?

Imports engine and language value types only; no file, clock, log or network. The axioms A4 to A7 are those of
draft-romanchuk-normative-admissibility-00. ``judgment`` is what comes out, ``normative`` and ``grounds`` what the
stages hand one another, ``evaluator`` runs the stages one after the other (the profile that
``workbench.compat.normcore`` offers).
"""
