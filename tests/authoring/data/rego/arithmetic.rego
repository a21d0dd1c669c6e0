package arithmetic

import rego.v1

default allow := false

allow if {
  input.spent + input.amount <= input.budget
  input.amount * 2 - 1 < 9
}

allow if {
  x := input.budget - input.spent
  x > 3 + 4
  x != 10
}
