"""From Rego to Cedar+, one way: the plain subset is converted exactly, everything else is refused with its place."""
