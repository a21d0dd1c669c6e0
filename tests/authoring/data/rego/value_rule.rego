package value_rule

import rego.v1

default allow := false

allow := input.amount < 10 if input.action == "spend"
