# Admission, as people write it.
package kubernetes.admission

import rego.v1

violation contains {"msg": msg} if {
  input.request.operation == "CREATE"
  not input.request.labels.owner
  msg := "no owner"
}

violation contains {"msg": msg} if {
  some host in input.request.hosts
  not host in {"a.example.com", "b.example.com"}
  msg := sprintf("host %v", [host])
}
