"""What the generators choose from: names, and the edges of every kind of value."""

from __future__ import annotations

KINDS = ["bool", "long", "string", "entity", "set", "record", "decimal", "ip", "datetime", "duration"]

IDS = ["a", "b", "c", 'q"x', "𝄞", "é"]
TYPES = ["User", "Team", "App::Doc"]
ACTIONS = ["read", "write", "share", "all"]
TAGS = ["t1", "t2", "𝄞"]

# attribute → the kind that it usually has; some names are no identifiers, or reserved words
ATTRS = {
    "flag": "bool",
    "if": "bool",
    "n": "long",
    "cost": "long",
    "role": "string",
    "x y": "string",
    "owner": "entity",
    "tags": "set",
    "nest": "set",
    "rec": "record",
    "price": "decimal",
    "addr": "ip",
    "when": "datetime",
    "len": "duration",
}
IDENTIFIERS = [name for name in ATTRS if name not in ("if", "x y")]

I64_MAX, I64_MIN = 2**63 - 1, -(2**63)
LONGS = [0, 1, -1, 2, 5, I64_MAX, I64_MIN, I64_MIN + 1, 3_000_000_000, -3_000_000_000, 2**62, 86_400_000]
STRINGS = ["", "a", "ab", "aab", "x*y", "a\\b", "é", "e\u0301", "𝄞a", "t1", "t2", "10.0.0.1", "1.5", "1d", "a\nb", "\0"]
PATTERNS = [
    "*",
    "a*",
    "*a",
    "a*b",
    "*a*",
    "",
    "aab",
    "**",
    "*𝄞*",
    "𝄞*",
    "x\\*y",
    "*\\**",
    "\\*",
    "a\\\\*",
    "*é",
    "*\\0*",
]
PATTERNS += ["a*a", "ab*b", "aab*aab", "*a*b*"]  # the ends of some texts overlap in these
IPS = ["10.0.0.1", "10.0.0.0/8", "127.0.0.1", "127.0.0.0/7", "::1", "::/0", "224.0.0.1", "ff00::1", "::ffff:7f00:1"]
DECIMALS = ["0.0", "-0.5", "1.5", "0.0001", "922337203685477.5807", "-922337203685477.5808", "1.50"]
DATETIMES = [
    "1970-01-01",
    "0000-01-01",
    "9999-12-31T23:59:59.999Z",
    "2024-02-29T12:34:56+0130",
    "1969-12-31T23:59:59.001Z",
    "2024-01-01T00:00:00-2359",
]
DURATIONS = ["0ms", "1d2h3m4s5ms", "-1d", "-1ms", "9223372036854775807ms", "-9223372036854775808ms", "36h"]
WRONG = {  # texts that the constructors refuse
    "ip": ["bad", "10.0.0.1/33", "::ffff:1.2.3.4", "1.2.3.04", ""],
    "decimal": ["1", "1.23456", "1.", "922337203685477.5808", ""],
    "datetime": ["2023-02-29", "2024-01-01T24:00:00Z", "2024-01-01T00:00:00z", "now", ""],
    "duration": ["x", "", "1m1d", "9223372036854775808ms", "-"],
}
TEXTS = {"ip": IPS, "decimal": DECIMALS, "datetime": DATETIMES, "duration": DURATIONS}

# Beyond what the text of a datetime can hold: only arithmetic, or the `offset` escape, makes these.
UNWRITABLE = [-9_223_372_036_854_775_808, -62_167_219_200_001, 253_402_300_800_000, 9_223_372_036_854_775_807]
