# A table in a table, and one by index.
package table_lookup

import rego.v1

default allow := false

grants := {
  "alice": {"read": true, "write": false},
  "bob": {"read": true},
}

order := ["low", "mid", "high"]

allow if grants[input.user][input.action]

allow if {
  input.user == "carol"
  input.level == order[1]
}
