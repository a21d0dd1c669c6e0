# What belongs to what: an attribute that is a thing of its own.
package linked

import rego.v1

default allow := false

allow if {
  input.resource.box.colour == input.colour
  not input.resource.box.sealed
}
