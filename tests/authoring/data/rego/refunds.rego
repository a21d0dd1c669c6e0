# Limits by role; a flag that may be missing, negated.
package refunds

import rego.v1

default allow := false

limits := {"agent": 200, "lead": 1000}

allow if {
  input.action == "refund"
  input.amount <= limits[input.user.role]
  not input.frozen
}

allow if {
  input.action == "refund"
  input.user.role == "supervisor"
}
