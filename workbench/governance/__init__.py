"""The signed artifact, its votes, its chain, amendments and the ledger. Pure: bytes and values in, values out.

May import ``authoring``, ``engine`` and ``language``; no I/O, no clock, no database. Time arrives as an argument.
"""
