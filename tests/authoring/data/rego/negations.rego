# A missing input makes a negation true.
package negations

import rego.v1

default allow := false

allow if {
  not input.user.suspended
  not input.amount > 100
  not input.country in {"xx", "yy"}
}

allow if {
  not input.user.role != "root"
  input.user.role
}
