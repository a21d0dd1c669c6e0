# Rego fails where both hold; ours denies.
package conflict

import rego.v1

allow if input.a == 1

allow := false if input.b == 2
