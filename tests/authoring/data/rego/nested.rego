# Records in records, brackets for names, an alias.
package nested

import rego.v1
import input.request as req

default allow := false

allow if {
  req.kind.name == "Pod"
  req["namespace"] in ["dev", "test"]
  not req.object.spec.privileged
}
