# Who and what by their ids.
package ids

import rego.v1

default allow := false

allow if {
  input.subject in {"ann", "bob"}
  input.object != "vault"
}

allow if {
  input.subject == "root"
  input.operation != "erase"
}
