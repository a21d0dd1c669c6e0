# A function with an argument that is missing is not defined.
package negated_helper_args

import rego.v1

default allow := false

big(n) if n > 10

level(n) := "high" if n > 100

allow if not big(input.amount)

allow if level(input.amount) == "high"
