"""Two texts → the rows of a difference: pure values that the diff widget draws.

Lines are paired by ``difflib``; inside a replaced block the most similar lines are paired, and each pair says which
words differ. ``left_text(rows)`` and ``right_text(rows)`` give back both texts exactly. Standard library only.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["same", "changed", "removed", "added"]
WordSpan: TypeAlias = tuple[int, int]  # half-open, in code points of its line

_WORDS = re.compile(r"\w+|\s+|[^\w\s]")
_ALIKE = 0.45  # below this similarity two lines are shown as one removed and one added
_PAIR_LIMIT = 40  # lines a side; larger replaced blocks are paired in order
_EXACT_LIMIT = 4_000  # lines a side after trimming; beyond, difflib may treat popular lines as junk
_WORD_LIMIT = 2_000  # code points of a line; longer lines are not compared by words


@dataclass(frozen=True, slots=True)
class DiffRow:
    """One row. Line numbers count from 1; a side that has no line here has number 0 and the text ``""``."""

    kind: Kind
    left_number: int
    right_number: int
    left: str
    right: str
    left_words: tuple[WordSpan, ...] = ()
    right_words: tuple[WordSpan, ...] = ()


@dataclass(frozen=True, slots=True)
class Fold:
    """A run of unchanged rows that is left out: ``count`` rows from index ``first`` on."""

    first: int
    count: int


DiffItem: TypeAlias = DiffRow | Fold


def diff_rows(before: str, after: str) -> tuple[DiffRow, ...]:
    """The rows that turn ``before`` into ``after``; all of them, unchanged ones included."""
    left, right = before.split("\n"), after.split("\n")
    head = _common(left, right)
    tail = _common(left[head:][::-1], right[head:][::-1])
    left_end, right_end = len(left) - tail, len(right) - tail
    rows = [_same(index, index, left[index]) for index in range(head)]
    middle_left, middle_right = left[head:left_end], right[head:right_end]
    matcher = SequenceMatcher(
        None, middle_left, middle_right, autojunk=max(len(middle_left), len(middle_right)) > _EXACT_LIMIT
    )
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            rows += [
                _same(head + i, head + j, middle_left[i]) for i, j in zip(range(i1, i2), range(j1, j2), strict=True)
            ]
        else:
            rows += _replaced(middle_left[i1:i2], middle_right[j1:j2], head + i1, head + j1)
    rows += [_same(left_end + index, right_end + index, left[left_end + index]) for index in range(tail)]
    return tuple(rows)


def left_text(rows: Sequence[DiffRow]) -> str:
    """The text before the change."""
    return "\n".join(row.left for row in rows if row.left_number)


def right_text(rows: Sequence[DiffRow]) -> str:
    """The text after the change."""
    return "\n".join(row.right for row in rows if row.right_number)


def folded(rows: Sequence[DiffRow], context: int = 3, opened: Collection[int] = ()) -> tuple[DiffItem, ...]:
    """``rows`` with unchanged runs shortened to ``context`` rows around each change.

    ``opened``: the first rows of folds that are not to be folded.
    """
    items: list[DiffItem] = []
    position = 0
    for same, run in groupby(rows, key=lambda row: row.kind == "same"):
        block = list(run)
        before = context if position else 0
        after = context if position + len(block) < len(rows) else 0
        hidden = len(block) - before - after
        if same and hidden > 1 and position + before not in opened:
            items += block[:before]
            items.append(Fold(position + before, hidden))
            items += block[len(block) - after :]
        else:
            items += block
        position += len(block)
    return tuple(items)


def unified(items: Sequence[DiffItem]) -> tuple[DiffItem, ...]:
    """One-column order: every run of changes as its removed lines, then its added lines."""
    result: list[DiffItem] = []
    for changing, run in groupby(items, key=lambda item: isinstance(item, DiffRow) and item.kind != "same"):
        block = list(run)
        if not changing:
            result += block
            continue
        changes = [item for item in block if isinstance(item, DiffRow)]
        result += [
            DiffRow("removed", row.left_number, 0, row.left, "", row.left_words) for row in changes if row.left_number
        ]
        result += [
            DiffRow("added", 0, row.right_number, "", row.right, (), row.right_words)
            for row in changes
            if row.right_number
        ]
    return tuple(result)


def hunks(items: Sequence[DiffItem]) -> tuple[int, ...]:
    """Index of the first item of every run of changes."""
    changing = [isinstance(item, DiffRow) and item.kind != "same" for item in items]
    return tuple(index for index, now in enumerate(changing) if now and (index == 0 or not changing[index - 1]))


def hunk_ends(items: Sequence[DiffItem]) -> tuple[int, ...]:
    """Index after the last item of every run of changes: they go with :func:`hunks`."""
    changing = [isinstance(item, DiffRow) and item.kind != "same" for item in items]
    return tuple(index + 1 for index, now in enumerate(changing) if now and not any(changing[index + 1 : index + 2]))


def counts(rows: Sequence[DiffRow]) -> tuple[int, int]:
    """How many lines were removed and how many added (a changed line counts as both)."""
    removed = sum(row.kind in ("removed", "changed") for row in rows)
    added = sum(row.kind in ("added", "changed") for row in rows)
    return removed, added


def word_spans(left: str, right: str) -> tuple[float, tuple[WordSpan, ...], tuple[WordSpan, ...]]:
    """Similarity (0 to 1) of two lines, and the words of each that the other has not."""
    if max(len(left), len(right)) > _WORD_LIMIT:
        return (1.0 if left == right else 0.5), (), ()
    words_left, words_right = _WORDS.findall(left), _WORDS.findall(right)
    matcher = SequenceMatcher(None, words_left, words_right, autojunk=False)
    opcodes = matcher.get_opcodes()
    shared = sum(len("".join(words_left[i1:i2]).strip()) for tag, i1, i2, _, _ in opcodes if tag == "equal")
    size = len("".join(left.split())) + len("".join(right.split()))
    ratio = 2 * shared / size if size else 1.0
    spans_left = _ranges(words_left, ((i1, i2) for tag, i1, i2, _, _ in opcodes if tag != "equal"))
    spans_right = _ranges(words_right, ((j1, j2) for tag, _, _, j1, j2 in opcodes if tag != "equal"))
    return ratio, spans_left, spans_right


def _common(left: Sequence[str], right: Sequence[str]) -> int:
    count = 0
    for a, b in zip(left, right, strict=False):
        if a != b:
            break
        count += 1
    return count


def _same(left: int, right: int, text: str) -> DiffRow:
    return DiffRow("same", left + 1, right + 1, text, text)


def _ranges(words: Sequence[str], groups: Iterator[tuple[int, int]]) -> tuple[WordSpan, ...]:
    starts = [0]
    for word in words:
        starts.append(starts[-1] + len(word))
    return tuple((starts[first], starts[last]) for first, last in groups if first < last)


def _replaced(left: Sequence[str], right: Sequence[str], left_base: int, right_base: int) -> list[DiffRow]:
    rows: list[DiffRow] = []
    i = j = 0
    for pair_left, pair_right in [*_pairs(left, right), (len(left), len(right))]:
        rows += [DiffRow("removed", left_base + k + 1, 0, left[k], "") for k in range(i, pair_left)]
        rows += [DiffRow("added", 0, right_base + k + 1, "", right[k]) for k in range(j, pair_right)]
        if pair_left < len(left):
            _, words_left, words_right = word_spans(left[pair_left], right[pair_right])
            rows.append(
                DiffRow(
                    "changed",
                    left_base + pair_left + 1,
                    right_base + pair_right + 1,
                    left[pair_left],
                    right[pair_right],
                    words_left,
                    words_right,
                )
            )
        i, j = pair_left + 1, pair_right + 1
    return rows


def _pairs(left: Sequence[str], right: Sequence[str]) -> list[tuple[int, int]]:
    """Which lines of a replaced block belong together: the pairing, in order, of the greatest similarity."""
    if len(left) > _PAIR_LIMIT or len(right) > _PAIR_LIMIT:
        return [
            (k, k)
            for k, (a, b) in enumerate(zip(left, right, strict=False))
            if a.strip() and b.strip() and word_spans(a, b)[0] >= _ALIKE
        ]
    best = [[0.0] * (len(right) + 1) for _ in range(len(left) + 1)]
    alike = [[word_spans(a, b)[0] if a.strip() and b.strip() else 0.0 for b in right] for a in left]
    for i in reversed(range(len(left))):
        for j in reversed(range(len(right))):
            paired = best[i + 1][j + 1] + alike[i][j] if alike[i][j] >= _ALIKE else 0.0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], paired)
    pairs: list[tuple[int, int]] = []
    i = j = 0
    while i < len(left) and j < len(right):
        if alike[i][j] >= _ALIKE and best[i][j] == best[i + 1][j + 1] + alike[i][j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs
