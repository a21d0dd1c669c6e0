"""The built-in schema that amendment procedures are checked against; never the user's. A constant and nothing else."""

from __future__ import annotations

from typing import Final

GOVERNANCE_SCHEMA: Final = """\
@doc("One who may sign amendments: an entry of the roster")
entity Signer = { role: String, name: String };

@doc("A version of the constitution, proposed or in force")
entity Version;

@doc("Put a proposed version in force")
action amend appliesTo {
  principal: [Signer],
  resource: [Version],
  context: { class: String, requester: Signer }
};
"""
