# `allow` asks whether anything is denied.
package both

import rego.v1

default allow := false

allow if {
  count(deny) == 0
  input.user.role in {"agent", "lead"}
}

deny contains "too much" if input.amount > 500

deny contains "abroad" if input.country != "de"
