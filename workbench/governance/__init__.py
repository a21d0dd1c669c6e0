"""The signed artifact, its chain, amendments, votes and the ledger: bytes and values in, values out. Pure."""
