# objects: user resource
# Helpers with defaults, functions, constants.
package helpers

import rego.v1

default allow := false
default is_lead := false
default limit := 50

is_lead if input.user.role == "lead"

limit := 500 if is_lead

small(n) if n <= limit

same_region(a, b) if a.region == b.region

allow if {
  small(input.amount)
  same_region(input.user, input.resource)
}

allow if {
  is_lead == true
  not same_region(input.user, input.resource)
  input.amount < limit * 2
}
