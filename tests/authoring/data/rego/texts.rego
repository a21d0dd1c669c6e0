package texts

import rego.v1

default allow := false

allow if {
  endswith(input.recipient, "@example.com")
  not contains(input.subject_line, "password")
}

allow if {
  startswith(input.path, "/public/*")
  input.action == "get"
}
