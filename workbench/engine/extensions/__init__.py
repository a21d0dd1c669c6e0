"""Cedar's extension types, one module each: value, text form, functions. Pure; may import nothing of the project."""
