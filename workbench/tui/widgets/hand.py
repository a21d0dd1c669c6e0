"""The same hand in every list: j and k, g and G, a screenful on and back, a count before them, words to search for.

``Hand`` is mixed into lists of ours; ``Handed`` into screens, for the lists that are Textual's own and for all that a
list cannot keep itself: the count being typed and the words searched for. Knows no service.

A count begins with 0, since the other digits open screens: ``0 1 2 j`` goes twelve rows down, ``0 1 2 G`` to the
twelfth.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from textual import events
from textual.binding import Binding
from textual.containers import ScrollableContainer
from textual.screen import Screen
from textual.scroll_view import ScrollView
from textual.widget import Widget
from textual.widgets import OptionList, TextArea

from workbench.tui.actions import LIST, REGISTRY, bindings_for, key_of
from workbench.tui.widgets.chrome import FooterBar
from workbench.tui.widgets.search_line import SearchLine

if TYPE_CHECKING:
    _Base = Screen[Any]
else:
    _Base = object

MOST = 9_999_999  # the largest count
MOTIONS = frozenset(("down", "up", "page-down", "page-up", "first", "follow"))


class Hand(Widget):
    """A list, or anything that scrolls. Lists override the ``hand_`` methods; what only scrolls needs nothing."""

    BINDINGS = bindings_for(LIST)
    HAND_OPENS: ClassVar[bool] = False

    def hand_move(self, step: int) -> None:
        """Move the cursor by so many rows."""
        self.scroll_relative(y=step, animate=False)

    def hand_page(self, direction: int) -> None:
        """Move by so many screenfuls."""
        self.hand_move(direction * max(self.scrollable_content_region.height - 1, 1))

    def hand_go(self, index: int) -> None:
        """To the row ``index``, from 0; one that is not there means the nearest."""
        self.scroll_to(y=index, animate=False)

    def hand_last(self) -> None:
        """To the last row."""
        self.scroll_end(animate=False)

    def hand_open(self) -> None:
        """Open the row under the cursor, where ``HAND_OPENS``."""

    def hand_texts(self) -> Sequence[str] | None:
        """What the rows say, to search in; ``None`` where there is nothing to search."""
        return None

    def hand_at(self) -> int:
        """The row under the cursor."""
        return 0

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Searching is offered where there are rows, and the screen has no search of its own."""
        if action == "hand":
            return can_do(self, str(parameters[0]) if parameters else "")
        return super().check_action(action, parameters)

    def action_hand(self, what: str) -> None:
        """Do a motion, open the row, or search."""
        do(self, what)


class Search(NamedTuple):
    """Words that were searched for in a list."""

    rows: Widget
    words: str


class Handed(_Base):
    """Mixed into screens and windows. Their ``BINDINGS`` begin with those of lists."""

    _counted = ""
    _counting = False
    _ending = False  # the key after the count has come: its motion may still take it
    _search: Search | None = None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Motions of lists that are Textual's own; ours do them themselves."""
        if action == "hand":
            what, focused = str(parameters[0]) if parameters else "", self.focused
            if what == "count":
                return focused is not None and (isinstance(focused, Hand) or steerable(focused))
            return focused is not None and not isinstance(focused, Hand) and can_do(focused, what)
        return super().check_action(action, parameters)

    def action_hand(self, what: str) -> None:
        """Do a motion in what has the focus, or begin a count."""
        if what == "count":
            self._counting, self._ending, self._counted = True, False, ""
            self._note("0 …")
        elif self.focused is not None:
            do(self.focused, what)

    def on_key(self, event: events.Key) -> None:
        """The digits of a count; the first other key ends it, and takes it where that key is a motion.

        The motion itself runs later, when the key has come up to the app.
        """
        if not self._counting:
            return
        if self._ending:
            self.take_count()
        elif event.key.isdigit() and len(event.key) == 1 and int((self._counted or "0") + event.key) <= MOST:
            event.stop()
            self._counted += event.key
            self._note(f"{int(self._counted):,} …")
        else:
            self._ending = True
            self._note("")

    def take_count(self) -> int | None:
        """The count that was typed, and none from now on."""
        counted, self._counted = self._counted, ""
        if self._counting:
            self._counting = False
            self._note("")
        return int(counted) if counted and int(counted) else None

    def _note(self, said: str) -> None:
        for footer in self.query(FooterBar):
            footer.note = said

    # -- searching -------------------------------------------------------------------------------------------------

    @property
    def has_search(self) -> bool:
        """Whether the screen has a search of its own on the key."""
        keys = REGISTRY["list.search"].bound
        if any(key in action.bound for action in getattr(self, "ACTIONS", ()) for key in keys):
            return True
        own = [one for kind in type(self).__mro__ for one in kind.__dict__.get("BINDINGS", ())]
        return any(
            key in one.key.split(",")
            for one in own
            if isinstance(one, Binding) and not one.action.startswith("hand(")
            for key in keys
        )

    def search_in(self, rows: Widget) -> None:
        """Open the line in which words are typed; the cursor goes along with them."""
        start = at(rows)

        def typed(words: str) -> str:
            found = matches(rows, words)
            place = next((index for index in found if index >= start), found[0] if found else start)
            go(rows, place)
            return _found_text(found, place) if words else ""

        def ended(words: str) -> None:
            rows.focus()
            if not words:
                go(rows, start)
            self.found(Search(rows, words) if words else None)

        self.mount(SearchLine(typed, ended))

    def found(self, search: Search | None) -> None:
        """Keep the words, and say in the footer where the cursor is among what has them."""
        self._search = search
        if search is None or not search.words:
            self._search = None
            self._note("")
            return
        text = _found_text(matches(search.rows, search.words), at(search.rows))
        self._note(f"/{search.words[:20]}  {text}  {key_of('list.next-match')} next")

    def searched(self, rows: Widget) -> Search | None:
        """What is searched for in ``rows``."""
        return self._search if self._search is not None and self._search.rows is rows else None

    def next_match(self, rows: Widget, direction: int) -> None:
        """To the next row with the words, or the one before, and round the end."""
        search = self.searched(rows)
        found = matches(rows, search.words) if search is not None else []
        if not found:
            return
        here = at(rows)
        if direction > 0:
            place = next((index for index in found if index > here), found[0])
        else:
            place = next((index for index in reversed(found) if index < here), found[-1])
        go(rows, place)
        self.found(search)


# -- any list, ours or Textual's -----------------------------------------------------------------------------------


def steerable(rows: Widget) -> bool:
    """Whether there is anything to move in: a list, or something that scrolls and is no editor."""
    if isinstance(rows, TextArea):
        return rows.read_only
    return isinstance(rows, (Hand, OptionList, ScrollView, ScrollableContainer))


def can_do(rows: Widget, what: str) -> bool:
    """Whether ``what`` can be done in ``rows`` now."""
    screen = rows.screen
    if what in MOTIONS:
        return steerable(rows)
    if what == "open":
        return isinstance(rows, Hand) and rows.HAND_OPENS  # Textual's own lists have the key themselves
    if not isinstance(screen, Handed):
        return False
    if what == "search":
        return not screen.has_search and texts(rows) is not None and not screen.query(SearchLine)
    return what in ("next-match", "previous-match", "end-search") and screen.searched(rows) is not None


def do(rows: Widget, what: str) -> None:
    """Do a motion (as often as was counted), open the row, or search."""
    screen = rows.screen
    handed = screen if isinstance(screen, Handed) else None
    count = handed.take_count() if handed is not None else None
    match what:
        case "down" | "up":
            _move(rows, (count or 1) * (1 if what == "down" else -1))
        case "page-down" | "page-up":
            _page(rows, (count or 1) * (1 if what == "page-down" else -1))
        case "first" | "follow" if count:
            go(rows, count - 1)
        case "first":
            go(rows, 0)
        case "follow":
            _last(rows)
        case "open" if isinstance(rows, Hand):
            rows.hand_open()
        case "search" if handed is not None:
            handed.search_in(rows)
        case "next-match" | "previous-match" if handed is not None:
            handed.next_match(rows, 1 if what == "next-match" else -1)
        case "end-search" if handed is not None:
            handed.found(None)


def go(rows: Widget, index: int) -> None:
    """Put the cursor on a row, from 0."""
    if isinstance(rows, Hand):
        rows.hand_go(index)
    elif isinstance(rows, OptionList):
        rows.highlighted = max(min(index, rows.option_count - 1), 0) if rows.option_count else None
    elif isinstance(rows, TextArea):
        rows.move_cursor((min(index, rows.document.line_count - 1), 0))
    else:
        rows.scroll_to(y=index, animate=False)


def at(rows: Widget) -> int:
    """The row under the cursor."""
    if isinstance(rows, Hand):
        return rows.hand_at()
    return (rows.highlighted or 0) if isinstance(rows, OptionList) else 0


def texts(rows: Widget) -> Sequence[str] | None:
    """What the rows say; ``None`` where nothing can be searched."""
    if isinstance(rows, Hand):
        return rows.hand_texts()
    if isinstance(rows, OptionList):
        return [str(rows.get_option_at_index(index).prompt) for index in range(rows.option_count)] or None
    return None


def matches(rows: Widget, words: str) -> list[int]:
    """The rows that have the words in them; capitals make no difference unless there are some among the words."""
    if not words:
        return []
    same = (lambda text: text) if words != words.lower() else str.lower
    return [index for index, text in enumerate(texts(rows) or ()) if words in same(text)]


def _move(rows: Widget, step: int) -> None:
    if isinstance(rows, Hand):
        rows.hand_move(step)
    elif isinstance(rows, OptionList):
        go(rows, (rows.highlighted if rows.highlighted is not None else -1 if step > 0 else 0) + step)
    elif isinstance(rows, TextArea):
        row, column = rows.cursor_location
        rows.move_cursor((min(max(row + step, 0), rows.document.line_count - 1), column))
    else:
        rows.scroll_relative(y=step, animate=False)


def _page(rows: Widget, direction: int) -> None:
    if isinstance(rows, Hand):
        rows.hand_page(direction)
    elif isinstance(rows, OptionList):
        for _ in range(min(abs(direction), rows.option_count)):
            (rows.action_page_down if direction > 0 else rows.action_page_up)()  # type: ignore[no-untyped-call]
    else:
        height = rows.scrollable_content_region.height - (1 if isinstance(rows, TextArea) else 0)
        _move(rows, direction * max(height, 1))  # as much as the key PgDn


def _last(rows: Widget) -> None:
    if isinstance(rows, Hand):
        rows.hand_last()
    elif isinstance(rows, (OptionList, TextArea)):
        go(rows, MOST)
    else:
        rows.scroll_end(animate=False)


def _found_text(found: Sequence[int], here: int) -> str:
    if not found:
        return "no row has this"
    return f"{found.index(here) + 1:,} of {len(found):,}" if here in found else f"{len(found):,} rows"
