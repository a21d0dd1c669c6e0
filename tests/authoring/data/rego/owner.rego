package docs

import rego.v1

default allow := false

allow if {
  input.action == "read"
  input.resource.public == true
}

allow if {
  input.action in {"read", "write"}
  input.user == input.resource.owner
}
