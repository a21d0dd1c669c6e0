"""The terminal UI (Textual). Knows `service` and value types; never `store`."""
