# Allowed unless something says otherwise.
package open

default allow = true

allow = false {
  input.action == "delete"
  not input.user.admin
}

allow = false {
  input.amount > 1000
}
