package boolean_deny

import rego.v1

default allow := false
default deny := false

allow if input.user.role == "agent"

deny if {
  input.resource.locked
  input.action != "read"
}
