"""Cedar+ text → statements → lowered Cedar → checked program. Pure: no I/O, no clock."""
