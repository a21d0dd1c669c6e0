"""The use cases: one `Workspace` that every face talks to; transactions live here."""
