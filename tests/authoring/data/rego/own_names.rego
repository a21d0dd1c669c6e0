# Local names that hide rules of the same name; the package named in full.
package own.names

import rego.v1

default allow := false

limit := 5

flag if input.b > 1

allow if {
  limit := input.a
  limit > 3
  data.own.names.flag
}

allow if {
  every limit in {1, 2} { input.a > limit }
  input.b > limit
}
