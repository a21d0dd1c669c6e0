# Sets that rules put together.
package set_rules

import rego.v1

default allow := false

admins contains "root"

admins contains "ann" if input.emergency

admins contains name if {
  some name in ["bob", "zoe"]
  input.level > 2
}

allow if input.user in admins

allow if {
  count(admins) >= 1
  admins["bob"]
  input.action == "list"
}
