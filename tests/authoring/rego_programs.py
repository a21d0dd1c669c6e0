"""Rego programs by chance, from the subset that is converted and a little beyond it.

Every program reads one input, so that rules, helpers and negations meet: two texts, two numbers, two flags, three sets,
a name for the action. Some literals have no counterpart in Cedar; a program with one must come out no more permissive.
"""

from __future__ import annotations

from hypothesis import strategies as st

TEXTS = ("input.user.role", "input.country", "input.meta.kind", "input.resource.state")
NUMBERS = ("input.a", "input.b", "input.meta.level", "input.user.rank")
FLAGS = ("input.flag", "input.user.vip", "input.resource.locked")
SETS = ("input.tags", "input.user.teams", "input.resource.labels")
WORDS = ("red", "green", "blue")
ACTIONS = ("read", "write", "drop")
HELPERS = ("h0", "h1", "h2")

words = st.sampled_from(WORDS).map(lambda word: f'"{word}"')
texts = st.one_of(st.sampled_from(TEXTS), st.sampled_from(TEXTS), words)
small = st.integers(0, 4).map(str)
numbers = st.one_of(
    st.sampled_from(NUMBERS),
    st.sampled_from(NUMBERS),
    small,
    st.builds("{} {} {}".format, st.sampled_from(NUMBERS), st.sampled_from("+-*"), small),
)
sets = st.sampled_from(SETS)
listed = st.lists(words, min_size=1, max_size=3, unique=True).map(", ".join)
constants = st.one_of(listed.map("{{{}}}".format), listed.map("[{}]".format), st.just("palette"))
equality = st.sampled_from(("==", "!="))
order = st.sampled_from(("<", "<=", ">", ">=", "==", "!="))


truths = st.sampled_from(("true", "false"))
matches = st.sampled_from(("startswith", "endswith", "contains"))


def tests(helpers: int) -> st.SearchStrategy[str]:
    """A literal without variables; ``helpers``: how many of :data:`HELPERS` it may use; below 0, no rule at all."""
    found = [
        st.builds("{} {} {}".format, texts, equality, texts),
        st.builds("{} {} {}".format, numbers, order, numbers),
        st.sampled_from(FLAGS),
        st.builds("{} == {}".format, st.sampled_from(FLAGS), truths),
        st.builds("{} in {}".format, st.sampled_from(TEXTS), constants),
        st.builds("{} in {}".format, texts, sets),
        st.builds("input.action {} {}".format, equality, st.sampled_from(ACTIONS).map('"{}"'.format)),
        st.builds("input.action in {}".format, st.sampled_from(('{"read", "write"}', '["drop"]'))),
        st.builds(
            "{}({}, {})".format, st.sampled_from(("startswith", "endswith", "contains")), st.sampled_from(TEXTS), words
        ),
        st.builds("count({}) {}".format, sets, st.sampled_from(("== 0", "!= 0", "> 0"))),
        st.builds("table[{}] {} {}".format, texts, equality, texts),
        st.builds("{} in shades[{}]".format, texts, texts),
        st.builds('object.get(input, "{}", {}) {} {}'.format, st.sampled_from("ab"), small, order, small),
        st.builds("near({}, {})".format, numbers, numbers),
    ]
    if helpers >= 0:
        found += [
            st.builds("{} in picked".format, texts),
            st.builds("limit {} {}".format, order, numbers),
            st.builds("count(picked) {}".format, st.sampled_from(("== 0", "!= 0", "> 0"))),
        ]
    if helpers > 0:
        found += [st.sampled_from(HELPERS[:helpers])] * 3
        found.append(
            st.builds("{} == {}".format, st.sampled_from(HELPERS[:helpers]), st.sampled_from(("true", "false")))
        )
    return st.one_of(found)


searches = st.one_of(
    st.builds("every x in {} {{ x {} {} }}".format, sets, equality, texts),
    st.builds("every x in {} {{ x in {} }}".format, sets, st.one_of(constants, sets)),
    st.builds("some x in {}; x {} {}".format, sets, equality, texts),
    st.builds("some x in {}; x in {}".format, sets, st.one_of(constants, sets)),
    st.builds("some x in {}; not x in {}".format, sets, st.one_of(constants, sets)),
    st.builds("some x in {}; not x == {}".format, sets, texts),
    st.builds("some x in {}; shades[x]; x != {}".format, sets, texts),
    st.builds("some x in {}; {} == shades[x][_]".format, sets, st.sampled_from(TEXTS)),
    st.builds("some x in {}; some y in {}; x == y".format, sets, sets),
    st.builds("some x in {}; x == {}".format, constants, texts),
    st.builds("some x in {}".format, sets),
    st.builds("{}[_] == {}".format, sets, texts),
    st.builds("x := {}[_]; x in {}".format, sets, constants),
    st.builds("some k, v in table; k == {}; v == {}".format, texts, texts),
    st.builds("x := {}; x {} {}".format, numbers, order, numbers),
    st.builds("x := {}; x in {}".format, texts, sets),
    st.builds("picked[x]; x {} {}".format, equality, texts),
)
STRANGE = st.one_of(
    st.builds("regex.match(`^r`, {})".format, st.sampled_from(TEXTS)),
    st.builds("count({}) > 1".format, sets),
    st.builds("some x in {}; startswith(x, {})".format, sets, words),
    st.builds("lower({}) == {}".format, st.sampled_from(TEXTS), words),
)


def literals(helpers: int, *, odd: bool = False) -> st.SearchStrategy[str]:
    plain = tests(helpers)
    found = [plain, plain, plain, plain.map("not {}".format), searches]
    return st.one_of([*found, STRANGE]) if odd else st.one_of(found)


def bodies(helpers: int, *, odd: bool = False) -> st.SearchStrategy[str]:
    """A body on lines of its own. Each search has its own names: a second one would take those of the first."""

    def build(parts: list[str]) -> str:
        lines = []
        for at, part in enumerate(parts):
            own = part
            for name in ("x", "y", "k", "v"):
                own = _renamed(own, name, f"{name}{at}")
            lines += [f"  {line}" for line in own.split("; ")]
        return "\n".join(lines)

    return st.lists(literals(helpers, odd=odd), min_size=1, max_size=3).map(build)


def _renamed(text: str, old: str, new: str) -> str:
    import re

    return re.sub(rf'(?<![\w."]){old}(?![\w"])', new, text)


@st.composite
def programs(draw: st.DrawFn, *, odd: bool = False) -> str:
    """A whole module: constants, helpers that need earlier ones, one to three `allow`, none to two `deny`."""
    lines = [
        "package made",
        "import rego.v1",
        draw(st.sampled_from(("default allow := false", ""))),
        'palette := {"red", "blue"}',
        'table := {"red": "green", "green": "blue"}',
        'shades := {"red": ["green", "blue"], "blue": {"red"}}',
        "default limit := 2",
        f"limit := 4 if {draw(tests(-1))}",
        "near(p, q) if p - q < 2",
        'picked contains "red"',
        f'picked contains "blue" if {draw(tests(-1))}',
        f"picked contains c if {{\n  some c in palette\n  c != {draw(texts)}\n}}",
    ]
    for at, name in enumerate(HELPERS):
        lines.append(draw(st.sampled_from((f"default {name} := false", "", ""))))
        for _ in range(draw(st.integers(1, 2))):
            lines.append(f"{name} if {{\n{draw(bodies(at))}\n}}")
    for _ in range(draw(st.integers(1, 3))):
        lines.append(f"allow if {{\n{draw(bodies(len(HELPERS), odd=odd))}\n}}")
    for at in range(draw(st.integers(0, 2))):
        lines.append(f'deny contains "no {at}" if {{\n{draw(bodies(len(HELPERS), odd=odd))}\n}}')
    return "\n".join(lines) + "\n"
