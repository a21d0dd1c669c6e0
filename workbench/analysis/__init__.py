"""Proofs: what a constitution can never do, what a change changes, with a request for everything that it can.

Pure. The solver (z3, the extra ``proofs``) is loaded by ``analysis.solver`` alone, and only when something is asked.
"""
