"""From a failure to a message and an exit code: 0 ok, 1 denied or failing, 2 usage, 3 refused, 4 held, 130 Ctrl-C.

Errors are printed on stderr for people; with ``--json`` the same error is the one JSON document on stdout.
"""

from __future__ import annotations

from typing import Any

from workbench.cli.output import Printer, visible
from workbench.service.errors import WorkbenchError

OK, FAILED, USAGE, REFUSED, HELD, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 3, 4, 130, 141
OUTCOME_CODES = {"allow": OK, "deny": FAILED, "hold": HELD}

# Wrong place, wrong name, wrong moment: what is asked for is not there. Everything else that is refused is content.
_USAGE_CODES = frozenset(
    {
        "bad_command", "bad_database_url", "bad_uid", "bad_url", "bad_usage", "exists", "key_exists", "no_case",
        "no_channels", "no_command", "no_key_file", "no_overlay", "no_passphrase", "no_proposal", "no_samples",
        "no_schema", "no_secret", "no_signers", "no_such_action", "no_such_agent", "no_such_rule", "no_time",
        "no_token", "no_version", "no_versions", "not_a_principal", "not_found", "not_unique", "passphrase_needed",
        "stop_target", "store_missing", "unknown_channel", "unknown_credential", "unknown_principal",
        "unknown_profile", "unknown_proposal", "unknown_proposer", "unknown_sample", "why_missing",
        "bad_range", "no_event", "no_events", "on_a_server", "other_swarm", "nothing_instead", "replaces_nothing",
        "not_a_value", "unknown_attribute", "no_parent", "no_word", "which_word", "no_field", "no_action", "no_test",
        "norms_db_missing", "not_a_world", "no_norm",
        "bad_host", "port_refused", "who_acts", "bad_theme_name", "theme_exists",
        "keyring_missing", "model_no_key", "model_not_configured", "model_not_installed", "model_unknown",
    }
)  # fmt: skip
_INPUT_CODES = frozenset(
    {
        "adds_permit", "adds_prefer", "adds_procedure", "ambiguous", "bad_entities", "bad_entity", "bad_json",
        "bad_request", "broken_sample", "envelope", "no_rules", "not_a_key", "not_clean", "not_compiled", "not_text",
        "observed_rule", "payload_form", "payload_type", "statement_form", "text_too_long", "too_large",
        "unsupported_key",
        "bad_backup", "bad_why", "english_differs", "not_a_backup", "invariants_unclean",
        "bad_model_config", "bad_model_key", "bad_phrase", "said_already", "not_said", "only_small_words", "own_name",
        "no_values",
        "norms_db_unreadable", "norms_db_not_sqlite", "norms_db_not_norms", "norms_db_damaged",
        "attribute_differs", "bad_agent", "bad_metadata", "condition_form", "faction_spelled", "field_too_long",
        "name_missing", "no_such_attribute", "no_such_scope", "no_such_value", "norm_differs",
        "norm_form", "norm_twice", "nothing_prohibited", "priority", "scope_missing", "severity", "surrogate",
        "too_many_words",
        "bad_scenarios", "bad_schema", "bad_tests", "bad_value", "bad_log", "bad_theme",
    }
)  # fmt: skip


class RefusedError(WorkbenchError):
    """Input that cannot be taken as it is: exit code 3."""


class MisusedError(WorkbenchError):
    """A command called in a way that cannot work: exit code 2."""

    def __init__(self, title: str, detail: str = "", hint: str = "", code: str = "bad_usage") -> None:
        super().__init__(title, detail, hint, code)


def exit_code(error: WorkbenchError) -> int:
    """The exit code for an error of the service."""
    if _is_of_a_norm(error):  # whichever part of it is wrong: its words are content, as a constitution's are
        return REFUSED
    if isinstance(error, MisusedError) or error.code in _USAGE_CODES:
        return USAGE
    if isinstance(error, RefusedError) or error.code in _INPUT_CODES:
        return REFUSED
    return FAILED


def _is_of_a_norm(error: BaseException) -> bool:
    """Whether the error says that what was written cannot be a norm."""
    causes: list[BaseException] = []
    cause = error.__cause__
    while cause is not None and cause not in causes:
        causes.append(cause)
        cause = cause.__cause__
    if not causes:
        return False
    from workbench.norms.norm import NormError

    return any(isinstance(each, NormError) for each in causes)


def print_error(printer: Printer, error: WorkbenchError) -> None:
    """``error: title: detail`` and, on a line of its own, what to do next."""
    text = f"{error.title}: {error.detail}" if error.detail else error.title
    printer.line(f"{printer.styled('error:', 'bad', 'bold')} {visible(text)}")
    if error.hint:
        printer.line(f"{printer.styled('help:', 'accent')} {visible(error.hint)}")


def error_document(error: WorkbenchError) -> dict[str, Any]:
    """The JSON form of an error."""
    return {"error": error.to_dict()}
