# Only denials, with messages; both customs for sets.
package guard

import rego.v1

deny contains msg if {
  input.action == "share"
  some tag in input.resource.tags
  tag in {"pii", "secret"}
  msg := sprintf("%s must not be shared", [tag])
}

deny contains "outside working hours" if {
  not in_hours
}

in_hours if {
  input.hour >= 8
  input.hour < 20
}
