package decimals

import rego.v1

default allow := false

allow if {
  input.user.trust >= 0.75
  input.risk < 0.5
}

allow if {
  input.user.trust > 1
  input.risk == 0.25
}
