"""Agent transcripts → conversations that can be judged. Pure: text in, values out. May import `speech`'s errors."""

from workbench.speech.transcripts.file_keys import citation, file_key, normal_path
from workbench.speech.transcripts.reading import KINDS, read_transcript
from workbench.speech.transcripts.records import json_of
from workbench.speech.transcripts.transcript import Note, Options, Transcript, TranscriptError
from workbench.speech.transcripts.turns import Utterance, utterances

__all__ = [
    "KINDS",
    "Note",
    "Options",
    "Transcript",
    "TranscriptError",
    "Utterance",
    "citation",
    "file_key",
    "json_of",
    "normal_path",
    "read_transcript",
    "utterances",
]
