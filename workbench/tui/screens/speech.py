"""Speech: judging what agents say. Not built yet; says so."""

from __future__ import annotations

from workbench.tui.screens.placeholder import PlaceholderScreen


class SpeechScreen(PlaceholderScreen):
    """Mode 8."""

    NUMBER = 8
    NAME = "speech"
    HELP = "Speech will judge the normative statements in an agent's words: what it may claim, and on what grounds."
    WILL = (
        "take an agent's transcript, pasted or picked",
        "find each normative statement: modality, grounds, licence",
        "give a verdict with its axiom, and a hint for the retry",
    )
    TODAY = (("2", "Author turns norms about actions into rules"), ("6", "Live shows how actions were decided"))
