"""The function words of English, as data: what the grammar knows besides the schema. Pure; imports nothing.

A phrase is words in lower case; ``~be`` stands for any form of that lemma. A table maps phrases to what they mean.
"""

from __future__ import annotations

BE = ("is", "are", "be", "was", "were")
PRONOUNS = ("it", "they", "them", "he", "she", "him", "you", "this", "these")
POSSESSIVES = ("its", "their", "his", "her", "your")
ARTICLES = ("a", "an", "the", "any", "every", "each", "all", "another")
UNIVERSAL = ("all", "every", "each")
RELATIVES = ("that", "which", "who")
NEGATIONS = ("not", "never")

FORBID = (
    "must never", "must not ever", "must not", "may never", "may not ever", "may not", "can never", "can not", "never",
    "shall never", "shall not", "~be never allowed to", "~be not allowed to", "~be never permitted to",
    "~be not permitted to", "~be forbidden to", "~be forbidden from", "~be prohibited from", "~be banned from",
    "~be barred from", "must never ever", "must under no circumstances", "may under no circumstances", "must stop",
    "must refrain from", "must avoid", "will not", "will never", "~do never", "~do not", "~be never to", "~be not to",
    "must not be allowed to", "must never be allowed to",
)  # fmt: skip
PERMIT = ("may", "can", "~be allowed to", "~be permitted to", "~be free to", "~be authorized to", "~be authorised to",
          "~have permission to")  # fmt: skip
PERMIT_ONLY = (
    "may only",
    "can only",
    "~be only allowed to",
    "~be allowed only to",
    "must only",
    "~be only permitted to",
)
FORBID_STATE = ("~be forbidden", "~be prohibited", "~be not allowed", "~be never allowed", "~be not permitted",
                "~be never permitted", "must not happen", "must never happen", "~be banned")  # fmt: skip
PERMIT_STATE = ("~be allowed", "~be permitted")
ONLY_STATE = ("~be only allowed", "~be only permitted")
NOBODY = ("nobody", "no one", "noone")
ANYBODY = ("anyone", "anybody", "everyone", "everybody")
MAY_NOBODY = ("may ever", "may", "can ever", "can", "must ever", "must", "~be ever allowed to", "~be allowed to",
              "~be permitted to", "shall")  # fmt: skip
IMPERATIVE_FORBID = ("do not ever", "do not", "never ever", "never")

_GREATER = ("above", "over", "more than", "greater than", "higher than", "larger than", "bigger than", "in excess of",
           "beyond", "exceeding")  # fmt: skip
_SMALLER = ("below", "under", "less than", "fewer than", "lower than", "smaller than")
_AT_LEAST = ("at least", "not less than", "no less than", "not fewer than", "no fewer than", "not below",
            "no lower than", "greater than or equal to", "a minimum of", "not under", "no smaller than",
            "more than or equal to")  # fmt: skip
_AT_MOST = ("at most", "up to", "not more than", "no more than", "not above", "not over", "not exceeding",
           "a maximum of", "no greater than", "no higher than", "less than or equal to", "no larger than",
           "not greater than",           "not higher than")  # fmt: skip
_EXACTLY = ("exactly", "equal to")
COMPARATORS = (
    dict.fromkeys(_GREATER, ">")
    | dict.fromkeys(_SMALLER, "<")
    | dict.fromkeys(_AT_LEAST, ">=")
    | dict.fromkeys(_AT_MOST, "<=")
    | dict.fromkeys(_EXACTLY, "==")
)

IF = ("if", "when", "whenever", "while", "where", "as long as", "provided that", "provided", "in case", "so long as")
ONLY_IF = ("only if", "only when", "only while", "only where", "if and only if", "only as long as", "only in case")
UNLESS = ("unless", "except if", "except when", "except where", "except while", "other than when", "save when")
EXCEPT = ("except for", "except", "other than", "apart from", "but not")
TIMEOUT = ("if nobody answers", "if no one answers", "if nobody approves", "if no one approves", "if nobody responds",
           "if no one responds", "on timeout", "if there is no answer", "if nobody answers in time",
           "after that", "otherwise", "if no approval is given", "if no approval arrives")  # fmt: skip
REJECTION = ("on rejection", "if it is rejected", "if rejected", "if somebody rejects it", "if someone rejects it")

WINDOWS = {
    "a day": "day", "per day": "day", "each day": "day", "every day": "day", "in a day": "day", "daily": "day",
    "today": "day", "an hour": "hour", "per hour": "hour", "each hour": "hour", "every hour": "hour",
    "in an hour": "hour", "in the last hour": "hour", "in the past hour": "hour", "hourly": "hour",
    "within an hour": "hour", "a week": "week", "per week": "week", "each week": "week", "every week": "week",
    "in a week": "week", "weekly": "week", "this week": "week", "in the last week": "week", "a month": "month",
    "per month": "month", "each month": "month", "every month": "month", "monthly": "month", "this month": "month",
    "a minute": "minute", "per minute": "minute", "each minute": "minute", "every minute": "minute",
    "in the last minute": "minute", "in a minute": "minute", "in the past day": "day", "in the last day": "day",
    "a session": "session", "per session": "session", "each session": "session", "a turn": "turn",
    "per turn": "turn", "each turn": "turn", "every turn": "turn", "this session": "session", "in a session": "session",
}  # fmt: skip
WINDOW_WORDS = {
    "day": ("day", "today", "daily"), "hour": ("hour", "hourly"), "week": ("week", "weekly"),
    "month": ("month", "monthly"), "minute": ("minute",), "session": ("session",), "turn": ("turn",),
}  # fmt: skip
WINDOW_FILLERS = ("last", "this", "per", "in", "past", "so", "far", "the", "a", "count", "number", "of")
MEASURES = ("amount", "value", "total", "sum", "size", "quantity")
COUNTING = ("make", "do", "perform", "have", "send", "take", "use")  # verbs that any counter of things counts
DURATIONS = {"second": "second", "minute": "minute", "hour": "hour", "day": "day"}
GENERIC_TAILS = ("service", "party", "system", "recipient", "partner", "company", "organisation", "organization",
                 "provider", "site", "website", "tool", "address", "domain")  # fmt: skip
HAVE = ("has", "have", "having", "carries", "carry", "carrying", "contains", "contain", "containing", "includes",
        "include", "including", "holds", "hold", "holding", "with")  # fmt: skip
FLAG_VERBS = {"has": "have", "contains": "contain", "includes": "include", "carries": "carry", "holds": "hold",
              "needs": "need", "requires": "require", "uses": "use", "allows": "allow"}  # fmt: skip
TAGGED = ("tagged", "labelled", "labeled", "marked", "flagged")
PREPOSITIONS = ("to", "from", "into", "in", "on", "onto", "at", "with", "for", "of", "by")

# ---- words that the grammar does not know and must never pass over, with what would work ------------------------
PROPORTIONS = ("most", "usually", "often", "mostly", "normally", "generally", "typically", "sometimes", "rarely",
               "seldom", "some", "many", "few", "several", "percent", "majority", "half", "minority", "occasionally",
               "regularly", "frequently", "largely", "ordinarily", "roughly", "about", "approximately")  # fmt: skip
VAGUE = ("reasonable", "reasonably", "appropriate", "appropriately", "necessary", "excessive", "excessively", "unusual",
         "suspicious", "large", "small", "big", "huge", "soon", "quickly", "promptly", "recently", "late", "early",
         "significant", "sensibly", "properly", "careful", "carefully", "polite", "politely", "rude", "rudely", "kind",
         "kindly", "friendly", "respectful", "respectfully", "professional", "professionally", "helpful", "honest",
         "honestly", "good", "bad", "fair", "fairly", "toxic", "offensive", "nice", "nicely", "clear", "clearly",
         "high", "low", "too", "very", "really", "dangerous", "risky", "important", "urgent", "urgently")  # fmt: skip
INJECTION = ("ignore", "disregard", "pretend", "override", "bypass", "compiler", "system prompt",
             "previous instructions", "you are now", "instructions above", "jailbreak")  # fmt: skip
NO_VALUES = (
    "missing", "empty", "unknown", "present", "absent", "set", "blank", "null", "nothing", "valid",
    "invalid", "different", "other", "correct", "wrong", "available", "unavailable", "defined", "undefined",
    "ok", "right", "relevant", "respective", "whole", "entire", "certain", "always", "ever", "also",
    "however", "else", "similar", "various", "specific", "said", "mentioned", "above", "usual",
)  # fmt: skip
