package guard0

deny[msg] {
  input.method == "DELETE"
  not input.user.admin
  msg := "only administrators may delete"
}

deny[msg] {
  not startswith(input.path, "/api/")
  msg := concat(" ", ["outside", "of the API"])
}
