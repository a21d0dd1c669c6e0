# Searches in sets of the request.
package sets

import rego.v1

default allow := false

allowed_tags := {"public", "internal"}

allow if {
  input.action == "tag"
  every tag in input.resource.tags {
    tag in allowed_tags
  }
}

allow if {
  input.action == "link"
  some x in input.user.teams
  some y in input.resource.teams
  x == y
}

allow if {
  input.action == "mark"
  some tag in input.resource.tags
  not tag in allowed_tags
  input.user.role == "curator"
}

allow if {
  input.action == "clear"
  every tag in input.resource.tags {
    tag != "locked"
  }
  count(input.resource.teams) > 0
}
