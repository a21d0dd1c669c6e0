# Helpers that need helpers, negated twice.
package chained

import rego.v1

default allow := false

trusted if input.user.level > 3

trusted if input.user.vouched

risky if {
  input.amount > 100
  not trusted
}

risky if input.country == "xx"

allow if not risky
