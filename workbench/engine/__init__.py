"""Program → compiled predicates → decision with evidence. Pure: no I/O, no clock. May import `language`."""
