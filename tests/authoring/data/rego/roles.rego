# Role-based access, the table written out (v1).
package app.rbac

import rego.v1

default allow := false

permissions := {
  "admin": ["read", "write", "delete"],
  "editor": ["read", "write"],
  "viewer": ["read"],
}

allow if {
  some role in input.user.roles
  input.action in permissions[role]
}
