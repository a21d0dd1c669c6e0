"""Where the app can go: the nine screens, what is shown on them, and the windows that open over any of them.

A part of the application's class; knows screens and windows by name and loads them when they are first wanted.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from textual.command import Provider
from textual.screen import ModalScreen
from textual.widget import Widget

from workbench.tui.actions import REGISTRY, Action

if TYPE_CHECKING:
    from textual.app import App

    from workbench.service.acknowledging import Pending
    from workbench.service.views import KeyView, Status
    from workbench.service.workspace import Workspace
    from workbench.tui.objects import Thing
    from workbench.tui.screens.base import WorkbenchScreen
    from workbench.tui.screens.modals.jump import Target
    from workbench.tui.theme_files import LoadedThemes

    _Base = App[None]
else:
    _Base = object

SENT = 8  # ways back that are remembered
PANES = ("words", "try", "last-days")
OPENING = "The workspace is still being opened."
NOTHING_LISTED = "There is no list here to export; where one is shown it can be, as it is filtered."
NO_TARGET = "Nothing on this screen takes the focus."
NOTHING_PENDING = "Nothing waits for a signer's word: the clock and the record are as they should be."


def _actions() -> type[Provider]:
    from workbench.tui.palette import ActionProvider

    return ActionProvider


def _objects() -> type[Provider]:
    from workbench.tui.palette import ObjectProvider

    return ObjectProvider


class Places(_Base):
    """Mixed into the application before ``App``."""

    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {_actions, _objects}

    _sent: tuple[tuple[str, str], ...] = ()  # the screens that one was sent to, and from where; the last one last

    if TYPE_CHECKING:
        workspace: Workspace | None
        status: Status | None
        themes: LoadedThemes

        @property
        def front(self) -> WorkbenchScreen | None: ...

        def report(self, error: Exception) -> None: ...

        def look_now(self) -> None: ...

        def keep_theme(self, name: str) -> None: ...

        def leave_toasts(self) -> None: ...

        def toggle_player(self) -> None: ...

        def copy(self, text: str) -> None: ...

    async def goto(self, name: str) -> WorkbenchScreen | None:
        """Open the screen called ``name``; ``None`` (and the reason shown) when it cannot be built."""
        if name != self.current_mode:
            self.leave_toasts()
        try:
            await self.switch_mode(name)
        except Exception as error:
            self.report(error)
            return None
        return self.front

    async def goto_rule(self, rule_id: str) -> None:
        """Open a rule in Author, at its English and its Cedar+."""
        await self._show_on("author", "show_rule", rule_id)

    @property
    def was_sent(self) -> bool:
        """Whether one was sent to the screen in front from another, so that ``go_back`` returns there."""
        return bool(self._sent) and self._sent[-1][0] == self.current_mode

    async def go_back(self) -> bool:
        """Return to the screen that one was sent here from, which is as it was left; ``False`` where nobody was sent.

        For the key that leaves a screen. It works once, and only from where one was sent; then it leads on to where
        one was sent from before.
        """
        if not self.was_sent:
            return False
        *rest, (_, left) = self._sent
        self._sent = tuple(rest)
        await self.goto(left)
        return True

    async def goto_norm(self, name: str) -> None:
        """Open the window of norms at the one that a decision names: by content id, or by its overlay."""
        if self.workspace is not None:
            from workbench.tui.screens.modals.norms import NormsScreen

            self.push_screen(NormsScreen(self.workspace, about=name), self._looked)

    async def goto_event(self, seq: int) -> None:
        """Open a decision in Live."""
        await self._show_on("live", "show_event", seq)

    async def goto_proposal(self, digest: str) -> None:
        """Open a proposal in Sign."""
        await self._show_on("sign", "show_proposal", digest)

    async def goto_test(self, name: str) -> None:
        """Open a test case of the draft in Tests."""
        await self._show_on("tests", "show_test", name)

    async def goto_case(self, case_id: str) -> None:
        """Open a case in Cases."""
        await self._show_on("cases", "show_case", case_id)

    async def goto_agent(self, name: str) -> None:
        """List an agent's decisions in Live."""
        show = getattr(await self.goto("live"), "show_decisions", None)
        if show is not None:
            show(agent=name)

    def goto_version(self, digest: str) -> None:
        """Open a version's rules over the screen in front; one that is picked there opens in Author."""
        from workbench.tui.screens import history_questions as ask
        from workbench.tui.screens.modals.version_rules import VersionRulesScreen

        def show(found: ask.Rules) -> None:
            window = VersionRulesScreen(found.version, found.origins, found.chain, found.in_force)
            self.push_screen(window, self._rule_picked)

        if self.front is not None and self.workspace is not None:
            self.front.run_service(ask.rules, self.workspace, digest, group="goto-version", on_result=show)

    async def _rule_picked(self, rule_id: str | None) -> None:
        if rule_id:
            await self.goto_rule(rule_id)

    async def goto_thing(self, thing: Thing) -> None:
        """Open what the palette found, in its right place."""
        target = thing.target
        match thing.kind:
            case "event":
                await self.goto_event(int(target))
            case "version":
                self.goto_version(str(target))
            case "theme":
                self.keep_theme(str(target))
            case kind:
                await getattr(self, f"goto_{kind}")(target)  # rule, proposal, case, agent, norm, test

    async def goto_speech(self, seq: int) -> None:
        """Judge what was said for a decision anew, in Speech."""
        await self._show_on("speech", "show_event", seq)

    async def action_groups(self) -> None:
        """Open Live at the groups of refusals."""
        choose = getattr(await self.goto("live"), "action_choose_view", None)
        if choose is not None:
            choose("groups")

    async def goto_action(self, action: Action) -> None:
        """Do what another screen offers: go there first. Says so where it cannot be done there just now."""
        screen = await self.goto(action.scope)
        if screen is None:
            return

        async def act() -> None:
            if screen.is_possible(action):
                await self.run_action(action.textual_action, default_namespace=screen)
            else:
                self.notify(action.help, title=f"{action.title}: not just now", markup=False)

        screen.call_after_refresh(act)

    async def _show_on(self, name: str, method: str, target: object) -> None:
        left = self.current_mode
        screen = await self.goto(name)
        show = getattr(screen, method, None)
        if screen is None or show is None:
            return
        if left != name:
            self._sent = (*self._sent, (name, left))[-SENT:]
        if not screen.is_mounted:  # asked for a moment ago, and still being built
            screen.call_later(show, target)
            return
        show(target)
        screen.show_hints()

    async def action_goto(self, name: str) -> None:
        """Open a screen by its name."""
        await self.goto(name)

    def action_leader(self) -> None:
        """Show the nine screens; a digit opens one."""
        from workbench.tui.screens.modals.leader import LeaderScreen

        self.push_screen(LeaderScreen(self.current_mode), self._led)

    async def _led(self, name: str | None) -> None:
        if name == "jump":
            self.action_jump()
        elif name and isinstance(self.screen, ModalScreen):
            self.notify("esc leaves it, then the screens are there", title="This window waits for an answer")
        elif name in PANES:
            self.action_pane(name)
        elif name is not None and name.startswith("tour"):
            await self.run_action(f"app.{name}")
        elif name:
            await self.goto(name)

    def action_pane(self, name: str) -> None:
        """Open one of the windows about the draft: its words, a request to try, the last days decided by it."""
        if self.workspace is None:
            self.notify(OPENING, timeout=2)
            return
        from workbench.tui.screens.modals.last_days import LastDaysScreen
        from workbench.tui.screens.modals.trying import TryScreen
        from workbench.tui.screens.modals.words import WordsScreen

        kinds: dict[str, Any] = {"words": WordsScreen, "try": TryScreen, "last-days": LastDaysScreen}
        if name in kinds:
            self.push_screen(kinds[name](self.workspace))

    def action_command_palette(self) -> None:
        """Find any action by its name."""
        from workbench.tui.screens.modals.palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette())  # no id: one that is closing may still be there

    def action_jump(self) -> None:
        """Show a letter on everything that can have the focus, and on every word that can be clicked."""
        from workbench.tui.screens.modals.jump import JumpScreen, targets

        screen = self.screen
        if isinstance(screen, JumpScreen):
            return
        if targets(screen):
            self.push_screen(JumpScreen(screen), self._jumped)
        else:
            self.notify(NO_TARGET, title="Jump")

    async def _jumped(self, target: Target | None) -> None:
        if isinstance(target, Widget):
            if target.is_attached and target.focusable:
                target.focus()
        elif target is not None:  # a word that can be clicked
            await self.run_action(target.action, default_namespace=self.screen)

    def action_keys(self) -> None:
        """All keys of the screen in front."""
        from workbench.tui.screens.modals.keys import KeysScreen

        self.push_screen(KeysScreen(self.current_mode), self._do)

    def _do(self, action_id: str | None) -> None:
        """Do an action that was picked in a window, once that is closed."""
        action = REGISTRY.get(action_id or "")
        if action is not None:
            self.call_later(self._do_now, action.textual_action)

    async def _do_now(self, textual_action: str) -> None:
        await self.run_action(textual_action, default_namespace=self.screen)

    def action_help(self) -> None:
        """What has the focus, in sentences."""
        from workbench.tui.screens.modals.keys import HelpScreen

        self.push_screen(HelpScreen.about(self.screen))

    def action_themes(self) -> None:
        """Choose a theme."""
        from workbench.tui.screens.modals.themes import ThemesScreen

        self.push_screen(ThemesScreen(self.themes, self.theme, self.keep_theme))

    # -- what acts beside the signed version -----------------------------------------------------------------------

    def action_overlays(self) -> None:
        """What is in force beside the signed version, and a way to end it."""
        if self.workspace is not None:
            from workbench.tui.screens.modals.overlays import OverlaysScreen

            self.push_screen(OverlaysScreen(self.workspace), self._looked)

    def action_norms(self) -> None:
        """Every norm; add one, repeal one, open the forms that one had."""
        if self.workspace is None:
            self.notify(OPENING, timeout=2)
            return
        from workbench.tui.screens.modals.norms import NormsScreen

        self.push_screen(NormsScreen(self.workspace), self._looked)

    def action_add_norm(self) -> None:
        """Write a norm in one line."""
        if self.workspace is None:
            self.notify(OPENING, timeout=2)
            return
        from workbench.tui.screens.modals.norm_add import AddNormScreen

        self.push_screen(AddNormScreen(self.workspace), self._looked)

    def action_toggle_player(self) -> None:
        """Pause or resume what is played: the word in the top bar."""
        self.toggle_player()

    def action_copy_digest(self) -> None:
        """Copy the whole digest of the version in force: the top bar has room for its beginning only."""
        if self.status is not None:
            self.copy(self.status.version.digest)

    def action_export(self) -> None:
        """Write what the screen lists to a file, or copy it."""
        from workbench.tui.screens.modals.export import ExportScreen

        front = self.front
        view = None if front is None else front.export_view()
        if view is None:
            self.notify(NOTHING_LISTED, title="Export")
            return
        now = self.status.now if self.status is not None else datetime.now(UTC)
        self.push_screen(ExportScreen(view, now), self._exported)

    def _exported(self, said: str | None) -> None:
        if said:
            self.notify(said, title="Exported", markup=False)

    def action_acknowledge(self) -> None:
        """A signer's word that a jump of the clock, or a restored database, is known."""
        workspace, front = self.workspace, self.front
        if workspace is None or front is None:
            return
        from workbench.tui.screens.keyring import keys_here

        def ask() -> tuple[tuple[Pending, ...], tuple[KeyView, ...]]:
            pending = workspace.acknowledging.pending()
            return pending, keys_here(workspace) if pending else ()

        front.run_service(ask, group="acknowledge", on_result=self._pending)

    def _pending(self, found: tuple[tuple[Pending, ...], tuple[KeyView, ...]]) -> None:
        pending, keys = found
        if not pending or self.workspace is None:
            self.notify(NOTHING_PENDING, title="Acknowledge")
            return
        from workbench.tui.screens.modals.acknowledge import AcknowledgeScreen

        digest = self.status.version.digest if self.status is not None else ""
        self.push_screen(AcknowledgeScreen(self.workspace, pending[0], keys, digest), self._acknowledged)

    def _acknowledged(self, what: str | None) -> None:
        if what:
            said = "the clock's time is accepted" if what == "clock" else "decisions are made again"
            self.notify(said, title="Acknowledged")
            self.look_now()

    def _looked(self, _: Any) -> None:
        self.look_now()
