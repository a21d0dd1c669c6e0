# The same in v0, with an index for every search.
package app.rbac0

default allow = false

permissions = {
  "admin": ["read", "write", "delete"],
  "viewer": ["read"],
}

allow {
  role := input.user.roles[_]
  permissions[role][_] == input.action
}
