"""Cedar's own variables, functions and methods: all that a rule may name or call. Constants only."""

from __future__ import annotations

VARIABLES = ("principal", "action", "resource", "context")
FUNCTIONS = ("ip", "decimal", "datetime", "duration")
METHOD_ARITY = {"contains": 1, "containsAll": 1, "containsAny": 1, "isEmpty": 0, "getTag": 1, "hasTag": 1}
EXTENSION_METHODS = (
    "lessThan",
    "lessThanOrEqual",
    "greaterThan",
    "greaterThanOrEqual",
    "isIpv4",
    "isIpv6",
    "isLoopback",
    "isMulticast",
    "isInRange",
    "offset",
    "durationSince",
    "toDate",
    "toTime",
    "toMilliseconds",
    "toSeconds",
    "toMinutes",
    "toHours",
    "toDays",
)
METHODS = (*METHOD_ARITY, *EXTENSION_METHODS)
