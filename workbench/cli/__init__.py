"""The command line (typer): translates, never decides."""
