"""Splitting and tokenizing lose nothing and keep their places."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.authoring.sentences import split_sentences
from workbench.authoring.words import lemma, same_noun, split_name, tokenize

TEXT = """# The rules

- Agents must never delete tickets. They may close
  them, e.g. after a reply.
- Refunds need approval

Mail goes to example.com only! <!-- Agents may do anything. -->

```
permit(principal, action, resource);
```
"""


def test_markdown_is_split_into_norms_with_their_places() -> None:
    found = split_sentences(TEXT)
    assert [" ".join(s.text.split()) for s in found] == [
        "Agents must never delete tickets.",
        "They may close them, e.g. after a reply.",
        "Refunds need approval",
        "Mail goes to example.com only!",
        "``` permit(principal, action, resource); ```",
    ]
    assert all(TEXT[s.start : s.end] == s.text for s in found)


@given(st.text(alphabet="ab .!?\n#-*`\"“”'0(){}\t", max_size=200))
def test_sentences_are_slices_in_order(text: str) -> None:
    end = 0
    for sentence in split_sentences(text):
        assert text[sentence.start : sentence.end] == sentence.text == sentence.text.strip()
        assert sentence.start >= end
        end = sentence.end


@given(st.text(max_size=120))
def test_no_character_but_space_and_hyphen_escapes_the_tokens(text: str) -> None:
    covered = {i for token in tokenize(text) for i in range(token.start, token.end)}
    for index, char in enumerate(text):
        assert index in covered or char.isspace() or char in "-‐‑_", (char, text)


def test_a_minus_is_never_lost() -> None:
    assert [t.value for t in tokenize("above -5") if t.kind == "number"] == [-5]
    assert any(t.kind == "other" for t in tokenize("from 5-10"))


def test_words() -> None:
    assert [t.lower for t in tokenize("don't can't cannot isn't")] == [
        "do",
        "not",
        "can",
        "not",
        "can",
        "not",
        "is",
        "not",
    ]
    assert [t.lemma for t in tokenize("high-priority e-mails")] == ["high", "priority", "email"]
    assert split_name("share_external") == ("share", "external")
    assert split_name("Ns::KnowledgeBase") == ("knowledge", "base")
    assert lemma("issuing") == "issue"
    assert same_noun("addresses", "address")
    assert not same_noun("paying", "paid")


def test_times_that_no_clock_shows_are_marked() -> None:
    assert [t.value for t in tokenize("08:00 8 pm 12 am 25:00 13 pm") if t.kind == "time"] == [480, 1200, 0, -1, -1]
