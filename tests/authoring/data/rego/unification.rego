package unification

default allow = false

allow {
  role = input.user.role
  role = "lead"
  input.level = n
  n > 2
}

allow {
  some i
  input.user.teams[i] == "ops"
  "night" = input.shift
}
