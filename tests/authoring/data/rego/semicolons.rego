package semicolons
default allow = false
allow { input.a == 1; input.b == 2; not input.c == 3 } { input.a == 7 }
allow { x := {"k": 5, "l": 6}; x[_] == input.b
  input.a != 0 }
