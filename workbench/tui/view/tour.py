"""The first-run tour as data and as text: five steps over the real screens, and the strip that tells of one. Pure.

Knows the registry's value type (for the keys it names) and nothing of widgets or services.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass

from textual.content import Content

from workbench.tui.actions import SCREEN_NAMES
from workbench.tui.view.chrome import clickable

SENTENCE = "Agents must never share customer email addresses with external services."
"""What step 2 proposes to write; the sample's compiler makes one rule and three test cases of it."""

_WRITE = "app.tour_write"
_LEAST = 10  # columns; under this nothing is worth saying


@dataclass(frozen=True, slots=True)
class Stop:
    """A screen of a step: what is said there, and the widgets that it is about (the first that is there is marked).

    Words in backticks are keys or names; the sentence in ``“…”`` can be clicked.
    """

    screen: str
    said: str
    points: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One of the five. ``act``: what the person does, in a word or two; empty where reading is all there is.
    ``meanwhile``: what is awaited where the act is done but has not worked yet; ``after``: what has come of it.
    """

    title: str
    stops: tuple[Stop, ...]
    act: str = ""
    after: str = ""
    meanwhile: str = ""

    @property
    def screen(self) -> str:
        """Where the step begins."""
        return self.stops[0].screen

    def stop(self, screen: str) -> Stop | None:
        """What the step says on ``screen``; ``None`` where it says nothing."""
        return next((stop for stop in self.stops if stop.screen == screen), None)


STEPS: tuple[Step, ...] = (
    Step(
        "What is in force",
        (
            Stop(
                "overview",
                "The marked pane is the law that your agents work under: its version, its digest, who signed it. "
                "Beside it: what they do, as it is decided.",
                ("#in-force",),
            ),
        ),
    ),
    Step(
        "Write a norm",
        (
            Stop(
                "author",
                f"Type a sentence at the end of the English: “{SENTENCE}” `F5` makes a rule of it.",
                ("#english",),
            ),
        ),
        "F5",
        "The rule stands in the draft, which binds nobody yet.",
    ),
    Step(
        "See what it does",
        (
            Stop(
                "tests",
                "The rule brought its own cases: two engines decide each, and `a` puts your name to one. "
                "Then `4` shows what changes.",
                ("#tests-cases .pane-list", "#tests-cases"),
            ),
            Stop(
                "review",
                "What the change does, in words; `v` shows its meaning by example. `P` proposes it to those who sign.",
                ("#words", "#review-body"),
            ),
        ),
        "P on 4 Review",
        "The proposal waits for its signers.",
    ),
    Step(
        "Sign it",
        (
            Stop(
                "sign",
                "`a` approves: a key, its passphrase, the digest's last six characters. Do it once for each seat; "
                "then the timelock runs, and it is in force.",
                ("#proposals",),
            ),
        ),
        "a, for each seat",
        "The new version is in force.",
        "Every seat is filled: once the timelock has run, the new version is in force.",
    ),
    Step(
        "Watch it, and stop",
        (
            Stop(
                "live",
                "Who breaks the new rule is denied: `enter` tells why, `o` opens its English. "
                "`S` stops an agent at once, `L` lets it go again.",
                ("#listing", "#views"),
            ),
        ),
        "S",
        "The agent is stopped: whatever it asks is denied, until `L` lets it go again.",
    ),
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the steps are measured by: the version in force, what the draft's rules are known by (the same name, the
    same rules; empty while they cannot be read), how many proposals are open, how many stops are in force.
    """

    version: str
    rules: str
    proposals: int
    stops: int


def reached(began: Facts, now: Facts) -> frozenset[int]:
    """The steps (from 0) whose act was done since ``began``; what was signed was also written and proposed.

    What stood there before is nobody's act of this tour: over a changed draft it still says what to type.
    """
    in_force = now.version != began.version
    proposed = in_force or now.proposals > began.proposals
    written = bool(began.rules and now.rules) and now.rules != began.rules
    done = {1: proposed or written, 2: proposed, 3: in_force, 4: now.stops > began.stops}
    return frozenset(step for step, so in done.items() if so)


@dataclass(frozen=True, slots=True)
class Keys:
    """The names of the keys that steer the tour, as they work where the focus is; empty where none does."""

    next: str
    back: str
    end: str


@dataclass(frozen=True, slots=True)
class Telling:
    """What the strip tells: the step (from 0), those done, the screen in front, and whether a timelock runs."""

    step: int
    done: frozenset[int]
    screen: str
    timelock: bool = False

    @property
    def awaited(self) -> str:
        """What there is to wait for, where nothing is left to do."""
        return STEPS[self.step].meanwhile if self.timelock and self.step not in self.done else ""


def told(telling: Telling, keys: Keys, width: int, *, short: bool = False) -> Content:
    """The strip's text: a line with the step's name and the keys, then what there is to see and to do.

    ``short``: the first line alone, for screens with few rows.
    """
    if width < _LEAST:
        return Content("")
    head = _head(telling, keys, width)
    if short:
        return head
    step = STEPS[telling.step]
    if telling.step in telling.done and step.after:
        return Content("\n").join((head, _onward(telling.step, keys)))
    if telling.awaited:
        return Content("\n").join((head, _said(telling.awaited)))
    stop = step.stop(telling.screen)
    if stop is None:
        return Content("\n").join((head, _elsewhere(step)))
    return Content("\n").join((head, _said(stop.said)))


def _head(telling: Telling, keys: Keys, width: int) -> Content:
    step, number = STEPS[telling.step], telling.step + 1
    last = number == len(STEPS)
    buttons = [
        ("tour_next", keys.next, "Finish" if last else "Next"),
        ("tour", keys.end, "End" if last else "Skip"),
    ]
    if telling.step:
        buttons.insert(0, ("tour_back", keys.back, "Back"))
    state = _state(telling)
    names = (f"Tour {number}/{len(STEPS)} · {step.title}", f"{number}/{len(STEPS)} · {step.title}", f"{number}")
    for name in names:
        for said in (state, Content("")):
            for shown in (buttons, [button for button in buttons if button[0] != "tour_back"], buttons[-2:-1]):
                left = Content.assemble((name, "$accent bold"), "  " if said.plain else "", said)
                right = Content("  ").join(_button(*button) for button in shown)
                gap = width - left.cell_length - right.cell_length
                if gap >= 2:
                    return Content.assemble(left, " " * gap, right)
    return Content.styled(f"{number}", "$accent bold")


def _state(telling: Telling) -> Content:
    act = STEPS[telling.step].act
    if not act:
        return Content("")
    if telling.step in telling.done:
        return Content.styled("✓ done", "$ok bold")
    if telling.awaited:
        return Content.styled("◷ the timelock runs", "$hold")
    return Content.styled(f"○ yours: {act}", "$muted")


def _button(action: str, key: str, title: str) -> Content:
    return Content.assemble((f"{key} " if key else "", "$accent bold"), (title, "$ink")).stylize(
        clickable(f"app.{action}")
    )


def _onward(step: int, keys: Keys) -> Content:
    """What has come of a step that is done, and what leads on from it: there is nothing to go back for."""
    last = step + 1 == len(STEPS)
    on = "ends the tour." if last else f"goes on: {STEPS[step + 1].title}."
    line = Content.assemble(_said(STEPS[step].after), "  ", (f"{keys.next} " if keys.next else "", "$accent bold"))
    return line + Content.styled(on, "$ink bold").stylize(clickable("app.tour_next"))


def _elsewhere(step: Step) -> Content:
    digit, name = SCREEN_NAMES.index(step.screen) + 1, step.screen.capitalize()
    line = Content.assemble("This step is on ", (f"{digit} {name}", "$accent bold"), (": go there to do it.", "$ink"))
    return line.stylize(clickable(f"app.goto('{step.screen}')"))


def _said(said: str) -> Content:
    """Backticks become the keys' colour, the sentence between ``“”`` what a click writes."""
    parts: list[Content] = []
    for index, piece in enumerate(said.split("`")):
        if index % 2:
            parts.append(Content.styled(piece, "$accent bold"))
            continue
        before, quote, rest = piece.partition("“")
        parts.append(Content.styled(before, "$ink"))
        if quote:
            sentence, _, after = rest.partition("”")
            parts.append(Content.styled(f"“{sentence}”", "$ink bold").stylize(clickable(_WRITE)))
            parts.append(Content.styled(after, "$ink"))
    return Content("").join(parts)


def kept(step: int, done: Collection[int], began: Facts | None) -> Mapping[str, object]:
    """The tour as it is remembered (JSON)."""
    return {"step": step, "done": sorted(done), "began": asdict(began) if began is not None else None}


def recalled(value: object) -> tuple[int, frozenset[int], Facts | None] | None:
    """What :func:`kept` made; ``None`` for anything else, for a file may say anything."""
    if not isinstance(value, dict):
        return None
    step, done = value.get("step"), value.get("done")
    if not isinstance(step, int) or isinstance(step, bool) or not isinstance(done, list):
        return None
    if not 0 <= step < len(STEPS):
        return None
    return step, frozenset(each for each in done if each in range(len(STEPS))), _facts(value.get("began"))


def _facts(value: object) -> Facts | None:
    match value:
        case {"version": str(version), "rules": str(rules), "proposals": int(proposals), "stops": int(stops)}:
            return Facts(version, rules, proposals, stops)
    return None
