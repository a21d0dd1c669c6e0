# objects: user
package object_get

import rego.v1

default allow := false

allow if {
  object.get(input.user, "role", "guest") == "guest"
  object.get(input, "amount", 0) < 5
}

allow if not object.get(input, "frozen", true)
