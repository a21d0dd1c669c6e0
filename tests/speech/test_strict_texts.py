"""Where the strict profile cuts a text, what it folds, and what that leaves of the source."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.speech.strict_cases import sentences, status
from workbench.speech.strict import evaluate_speech
from workbench.speech.strict.folding import LOOK_ALIKES, fold
from workbench.speech.strict.sentences import cut
from workbench.speech.strict.statements import keys_in, said
from workbench.speech.strict.tables import dotted

ODD = st.text(st.sampled_from("ab .!?,;:()[]@`*_~>#-\"'|\n\t\rüß\u00a0\u200b\u0301İﬁ…\ud800м"))


def shown(text: str) -> list[str]:
    return [sentence.shown for sentence in cut(text, dotted()).sentences]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("One. Two! Three? Four… Five", ["One.", "Two!", "Three?", "Four…", "Five"]),
        ("We use e.g. Redis, i.e. a cache, at 10 a.m. today.", ["We use e.g. Redis, i.e. a cache, at 10 a.m. today."]),
        ("Dr. Smith and Mr. J. Doe agree. Go.", ["Dr. Smith and Mr. J. Doe agree.", "Go."]),
        ("Version 1.2.3 took 3.5 s. See a.py.", ["Version 1.2.3 took 3.5 s.", "See a.py."]),
        ("Am 3. Mai lief z.B. der Build. Gut.", ["Am 3. Mai lief z.B. der Build.", "Gut."]),
        ("I choose option B. Delete prod.", ["I choose option B.", "Delete prod."]),
        ("There were 12. Mail them.", ["There were 12.", "Mail them."]),
        ("See https://a.b/c?d=e!f. Then go.", ["See https://a.b/c?d=e!f.", "Then go."]),
        ('He said "Stop." Then he left.', ['He said "Stop."', "Then he left."]),
        ("It is **done.** Next.", ["It is **done.**", "Next."]),
        ("Thanks!Delete prod", ["Thanks!", "Delete prod"]),
        ("Run `a. b. c` now. Go.", ["Run `a. b. c` now.", "Go."]),
        ("A is red [@x.y]. B [@k!z] is not.", ["A is red [@x.y].", "B [@k!z] is not."]),
        ("A is red. [@k1] [@k2] B is not.", ["A is red. [@k1] [@k2]", "B is not."]),
        ("- one\n- two\n  more\n\n1. three\n2) four", ["one", "two\n  more", "three", "four"]),
        ("# Head\nBody\n***\nEnd", ["Head", "Body", "End"]),
        ("First line\nsecond line.\n\nNew block", ["First line\nsecond line.", "New block"]),
        ("> quoted\n> more. Yes.\n\nNot", ["quoted\n> more.", "Yes.", "Not"]),
        ("   \n\t", []),
    ],
)
def test_sentences_are_cut_where_they_end(text: str, pieces: list[str]) -> None:
    assert shown(text) == pieces


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("```bash\nrm -rf /\necho hi\n```", []),
        ("```bash\n# We must wipe the disk.\nls\n```", []),
        ("```bash\nYou must wipe the disk now.\n```", ["You must wipe the disk now."]),
        ("```\nYou must wipe the disk\n```", ["You must wipe the disk"]),
        ("~~~text\n# You must wipe the disk\n~~~", ["You must wipe the disk"]),
        ("```python\nx = [1, 2]\nreturn x.\n```", []),
        ("```\nnever closed, you see\n", ["never closed, you see"]),
    ],
)
def test_a_fence_makes_no_code_of_words(code: str, words: list[str]) -> None:
    found = cut(code, dotted())
    assert found.code
    assert [sentence.shown for sentence in found.sentences] == words


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("ＭＵＳＴ", "must"),
        ("𝐦𝐮𝐬𝐭", "must"),
        ("m\u200bu\u00ads\ufefft", "must"),
        ("m\u0332u\u0332s\u0332t\u0332", "must"),
        ("мust", "must"),
        ("don’t", "don't"),
        ("don´t", "don't"),
        ("a\u00a0b\u2003c", "a b c"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("Lösche", "loesche"),
        ("Lo\u0308sche", "loesche"),
        ("GROSSE GRÜẞE, Straße", "grosse gruesse, strasse"),
        ("wait—no–yes", "wait—no—yes"),
        ("ﬁle", "file"),
        ("café", "cafe"),
        ("Надо", "надо"),
    ],
)
def test_look_alike_writings_fold_to_one(written: str, plain: str) -> None:
    assert fold(written).text == plain


@given(ODD)
@example("ßм:м")  # the first word turns Latin, and makes the second one so
def test_folding_keeps_places_and_settles(text: str) -> None:
    """Each folded character points into the source, in order; folding what is folded changes nothing."""
    folded = fold(text)
    places = [folded.at(place) for place in range(len(folded.text) + 1)]
    assert places == sorted(places)
    assert places[-1] == len(text)
    assert all(0 <= place <= len(text) for place in places)
    assert fold(folded.text).text == folded.text


@given(ODD)
@settings(max_examples=200)
def test_every_text_is_judged_and_sentences_come_from_it(text: str) -> None:
    found = cut(text, dotted()).sentences
    assert all(sentence.shown and sentence.shown in text for sentence in found)
    assert [sentence.start for sentence in found] == sorted(sentence.start for sentence in found)
    first = evaluate_speech(agent_output=text)
    assert first.to_dict() == evaluate_speech(agent_output=text).to_dict()


def test_no_character_that_tells_sentences_apart_is_lost() -> None:
    """Letters and digits outside of code all stand in some sentence: nothing is cut away unjudged."""
    for text in sentences("assertive", "refusal", "courtesy", "question"):
        kept = "".join(shown(text))
        missing = [char for char in text if char.isalpha() and char not in kept]
        assert not missing, (text, missing)
        assert sum(map(str.isalpha, kept)) == sum(map(str.isalpha, text)), text


def _full_width(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" and char.isalpha() else char for char in text)


def _with_invisible(text: str) -> str:
    return "".join(f"{char}\u200b" if char.isalpha() else char for char in text)


def _with_look_alikes(text: str) -> str:
    """One letter of each word from another script, where there is one that looks like it."""
    alike = {plain: odd for odd, plain in LOOK_ALIKES.items()}
    words = []
    for word in text.split(" "):
        place = next((at for at, char in enumerate(word) if char in alike and len(word) > 1), None)
        words.append(word if place is None else word[:place] + alike[word[place]] + word[place + 1 :])
    return " ".join(words)


_VARIANTS = {
    "upper case": str.upper,
    "curly apostrophes": lambda text: text.replace("'", "’"),
    "no-break spaces": lambda text: text.replace(" ", "\u00a0") if "\n" not in text else text,
    "full width": _full_width,
    "invisible characters": _with_invisible,
    "look-alikes": _with_look_alikes,
    "bold": lambda text: f"**{text}**" if "\n" not in text and text[0] not in "#>-*|1`_" else text,
    "a quotation": lambda text: f"“{text}”" if "\n" not in text and text[0] not in "#>-*|1`_" else text,
    "lines of DOS": lambda text: text.replace("\n", "\r\n"),
}


@pytest.mark.parametrize("variant", _VARIANTS)
def test_typography_changes_no_verdict(variant: str) -> None:
    changed = []
    for text in sentences("assertive", "refusal", "conditional", "courtesy", "question", "descriptive")[::4]:
        written = _VARIANTS[variant](text)
        if "http" not in text and status(written) != status(text):
            changed.append((text, written, status(text), status(written)))
    assert not changed, changed


def test_umlauts_may_be_typed_either_way() -> None:
    swap = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
    with_umlauts = [
        text for text in sentences("assertive", "refusal", "courtesy", "conditional") if text.translate(swap) != text
    ]
    assert len(with_umlauts) > 50
    assert [status(text.translate(swap)) for text in with_umlauts] == [status(text) for text in with_umlauts]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("A [@k1] and [@K1] and [@k1].", ("k1", "K1")),
        ("A [@1.2/x:y z].", ("1.2/x:y z",)),
        ("A [@https://a.b/c?d=[e]].", ()),
        ("A [ @ k ].", ("k",)),
        ("A [@] [@ ] [k] @k (@k).", ()),
        ("A [@ü-ß_1].", ("ü-ß_1",)),
    ],
)
def test_keys_are_read_as_written(text: str, keys: tuple[str, ...]) -> None:
    assert keys_in(text) == keys


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("A is red. [@k1] We should go.", [("k1",), ()]),
        ("A is red.\n\n[@k1]", [("k1",)]),
        ("A is red [@k1]. B is red [@k2].", [("k1",), ("k2",)]),
        ("> A is red. We must go.\n> — the runbook [@k1]", [("k1",), ("k1",), ("k1",)]),
        ("The runbook says [@k1]:\n\n> A is red. We must go.", [("k1",), ("k1",), ("k1",)]),
        ("Changed files [@k1]:\n- a.py\n- b.py\n- Delete prod.", [("k1",), ("k1",), ("k1",), ()]),
        ("A is red [@k1].\n- a.py", [("k1",), ()]),
    ],
)
def test_a_citation_reaches_its_own_sentence(text: str, keys: list[tuple[str, ...]]) -> None:
    assert [each.keys for each in said(text, "en")[0]] == keys
