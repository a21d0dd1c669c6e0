"""Credentials: tokens and public keys that prove principals: those of the directory, and by token those of the roster.

The roster's keys are for amendments, these for the rest. What a signer's token is good for: ``service.standing``.
A token is shown once and only its SHA-256 kept; of a key the public half. Every change is a ledger entry with neither.
Revoking is final: the key, or the token, never proves anybody again. ``service.proving`` asks what they prove.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal, cast

from sqlalchemy import Connection

from workbench.engine.request import RequestError, as_uid
from workbench.engine.values import EntityUid
from workbench.governance.credential_history import STATE_AFTER
from workbench.governance.credential_token import (
    RANDOM_BYTES,
    key_credential_id,
    token_credential_id,
    token_digest,
    token_of,
)
from workbench.governance.errors import KeyFileError
from workbench.governance.keys import (
    PublicKey,
    demo_comment,
    demo_swarm,
    generate_key,
    parse_public_line,
    public_line,
    serialize_private,
)
from workbench.governance.roster import RosterEntry
from workbench.governance.wording import check_identifier
from workbench.language.schema import Schema
from workbench.service.belief import principal_types
from workbench.service.checked import Checked
from workbench.service.clock import moment
from workbench.service.errors import WorkbenchError, governed
from workbench.service.governing_views import CredentialView
from workbench.service.key_care import refuse_held
from workbench.service.keys import write_new_key
from workbench.service.proving import credential_body, proven_by_key, proven_by_token
from workbench.service.receipts import cell
from workbench.service.session import KEYS, Session
from workbench.service.standing import Standing, held_error, roster_entry, standing_of
from workbench.service.views import Credential
from workbench.store import credentials as store
from workbench.store import directory as directory_store
from workbench.store.credentials import StoredCredential
from workbench.store.ledger import LedgerHead, append, entries_of, read_head

_Change = Literal["suspended", "resumed", "revoked"]
_LIST = "`workbench credentials list` shows them"


class Credentials:
    """The use cases of ``workbench credentials``."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def list(self) -> tuple[CredentialView, ...]:
        """Every credential there ever was, by principal, oldest first."""
        with self._session.read() as connection:
            law = self._law(connection, read_head(connection))
            rows = store.all_of(connection)
            roles = {who: standing_of(connection, law, who).role for who in {row.principal for row in rows}}
            return tuple(_view(row, roles[row.principal]) for row in rows)

    def new_token(self, principal: str, label: str = "") -> tuple[CredentialView, str]:
        """Make a token for ``principal``; the second value is the token itself, which is nowhere kept.

        ``principal``: one of the directory that acts, or one that signs here. Raises :class:`WorkbenchError`:
        ``bad_uid``, ``unknown_principal`` (neither directory nor roster knows it), ``not_a_principal`` (no action takes
        its type), ``key_suspended`` and ``key_revoked`` (every key of the signer is held), ``bad_label``.
        """
        name = _checked_label(label)
        token = token_of(secrets.token_bytes(RANDOM_BYTES))
        digest = token_digest(token)
        with self._session.write() as connection:
            head = read_head(connection)
            who = self._principal(connection, head, principal, signers=True)
            role = standing_of(connection, self._law(connection, head), str(who)).role
            row = StoredCredential(
                token_credential_id(digest), str(who), "token", digest, name, "active", self._session.now(head)
            )
            _add(connection, head, row, "created")
        return _view(row, role), token

    def register_key(self, principal: str, public_line: str) -> CredentialView:
        """Let a key prove ``principal``. ``public_line``: ``ssh-ed25519 AAAA… comment``, as in a ``.pub`` file.

        Raises :class:`WorkbenchError`: those of :meth:`new_token` for the principal, ``not_a_key``,
        ``unsupported_key``, ``weak_key``, ``demo_key`` (of another swarm), ``ledger_key``, ``key_registered`` (it
        proves this or another principal), ``key_revoked``, ``key_suspended`` (here, or as a key of the roster).
        """
        with governed("the key cannot be registered"):
            key, comment = parse_public_line(public_line.strip())
            if key.hardware:  # it signs as SSHSIG only, and votes on cases are DSSE
                raise KeyFileError("unsupported_key", "a hardware key cannot vote on cases", "use an `ssh-ed25519` key")
        with self._session.write() as connection:
            head = read_head(connection)
            who = self._principal(connection, head, principal)
            roster = self._session.laws.checked(connection, head.active_digest).version.content.roster
            _require_fit(key, comment, self._session.swarm_id, roster)
            refuse_held(connection, key.fingerprint)
            row = _key_row(str(who), key, comment, self._session.now(head))
            _require_new(store.by_id(connection, row.id), key, str(who))
            _add(connection, head, row, "registered")
        return _view(row)

    def suspend(self, id: str) -> CredentialView:
        """Let a credential prove nobody until it is resumed. Raises :class:`WorkbenchError` (see :meth:`revoke`)."""
        return self._change(id, "suspended", ("active",))

    def resume(self, id: str) -> CredentialView:
        """Let a suspended credential count again. Raises :class:`WorkbenchError`, also ``unknown_principal``."""
        return self._change(id, "resumed", ("suspended",))

    def revoke(self, id: str) -> CredentialView:
        """End a credential for good. ``id`` may be a unique beginning.

        Raises :class:`WorkbenchError`: ``unknown_credential``, ``not_unique``, ``credential_state`` (it is so already,
        or revoked).
        """
        return self._change(id, "revoked", ("active", "suspended"))

    def credential_of(self, token: str) -> Credential:
        """Whom a token proves. Raises :class:`WorkbenchError` as :func:`~workbench.service.proving.proven_by_token`."""
        with self._session.read() as connection:
            return Credential(proven_by_token(connection, token).principal, kind="token")

    def proven(self, token: str) -> tuple[Credential, Standing]:
        """Whom a token proves and what that principal may here, both at one moment.

        Raises :class:`WorkbenchError`: as :meth:`credential_of`, and ``token_of_nobody`` where neither the directory
        nor the roster knows the principal any more.
        """
        with self._session.read() as connection:
            row = proven_by_token(connection, token)
            standing = standing_of(connection, self._law(connection, read_head(connection)), row.principal)
        if not standing.listed and not standing.role:
            raise WorkbenchError(
                "the token proves nobody",
                f"the token `{row.id}` is that of `{row.principal}`, who signs here no more and is in no directory",
                f"`workbench credentials revoke {row.id}`",
                "token_of_nobody",
            )
        return Credential(row.principal, kind="token"), standing

    def standing(self, principal: str) -> Standing:
        """What a principal, however proven, may here."""
        with self._session.read() as connection:
            return standing_of(connection, self._law(connection, read_head(connection)), principal)

    def asked_by(self, principal: str, decisions: Iterable[int]) -> frozenset[int]:
        """Those of these decisions (by number) that ``principal`` asked for, by the ledger.

        A row of the feed has the id alone, which principals of two types may share.
        """
        wanted = cell(principal)  # as the ledger has it
        with self._session.read() as connection:
            found = [(each.seq, json.loads(each.body)["body"]) for each in entries_of(connection, decisions)]
        return frozenset(seq for seq, body in found if body.get("principal") == wanted)

    def principal_of_key(self, public: PublicKey) -> CredentialView | None:
        """The active credential that this key is, if it is one."""
        with self._session.read() as connection:
            found = proven_by_key(connection, public)
        return None if found is None else _view(found)

    def _law(self, connection: Connection, head: LedgerHead) -> Checked:
        return self._session.laws.checked(connection, head.active_digest)

    def _principal(
        self, connection: Connection, head: LedgerHead, principal: str, *, signers: bool = False
    ) -> EntityUid:
        """``signers``: also those of the roster."""
        law = self._law(connection, head)
        uid = _uid(principal)
        entry = roster_entry(law, str(uid)) if signers else None
        if entry is not None:
            held = held_error(connection, entry)
            if held is None:
                return uid
            if not directory_store.knows(connection, uid.type, uid.id):
                raise held
        return _known_principal(connection, law.schema, uid)

    def _change(self, id: str, change: _Change, from_: Sequence[str]) -> CredentialView:
        with self._session.write() as connection:
            head = read_head(connection)
            row = _found(connection, id)
            if row.state not in from_:
                final = "; revoking is final, make a new one" if row.state == "revoked" else ""
                raise WorkbenchError(
                    "the credential was not changed", f"`{row.id}` is {row.state}", _LIST + final, "credential_state"
                )
            if change == "resumed":
                self._principal(connection, head, row.principal, signers=row.kind == "token")
            change_states(connection, head, [row], change, self._session.now(head))
            changed = _found(connection, row.id)
            role = standing_of(connection, self._law(connection, head), row.principal).role
        return _view(changed, role)


def change_states(
    connection: Connection,
    head: LedgerHead,
    rows: Iterable[StoredCredential],
    change: _Change,
    now: int,
    why: str = "",
) -> None:
    """Change credentials inside a write transaction, each with its ledger entry. ``now`` in µs."""
    for row in rows:
        store.set_state(connection, [row.id], STATE_AFTER[change])
        body = credential_body(row, change)
        append(connection, head, kind="credential", at=now, body=body | {"why": why} if why else body)


def register_demo_approvers(
    folder: Path,
    connection: Connection,
    head: LedgerHead,
    *,
    swarm_id: str,
    principals: Iterable[str],
    passphrase: str,
    at: int,
) -> None:
    """Make a DEMO key for each principal (``keys/demo-<id>`` under ``folder``) and register it, while a demo is made.

    Inside the transaction that fills the new workspace, after its directory; ``head`` moves with it; ``at`` in µs.
    Raises :class:`WorkbenchError`: ``key_exists``, and what the file system says.
    """
    comment = demo_comment(swarm_id)
    for principal in principals:
        uid = as_uid(principal)
        key = generate_key()
        path = folder / KEYS / f"demo-{re.sub(r'[^A-Za-z0-9._-]', '-', uid.id)}"
        with governed("the key was not made"):
            write_new_key(path, key, serialize_private(key, passphrase), comment)
        _add(connection, head, _key_row(str(uid), key.public, comment, at), "registered")


def _key_row(principal: str, key: PublicKey, comment: str, now: int) -> StoredCredential:
    line = public_line(key, comment)
    return StoredCredential(key_credential_id(key.raw), principal, "key", line, key.fingerprint, "active", now)


def _uid(principal: str) -> EntityUid:
    try:
        return as_uid(principal, "principal")
    except RequestError as error:
        raise WorkbenchError("no such principal", str(error), 'write `Type::"id"`', "bad_uid") from None


def _known_principal(connection: Connection, schema: Schema, uid: EntityUid) -> EntityUid:
    if not directory_store.knows(connection, uid.type, uid.id):
        raise WorkbenchError(
            "no such principal",
            f"the directory has no `{uid}`",
            "`workbench entities list` shows who it has; `workbench entities load` adds",
            "unknown_principal",
        )
    types = principal_types(schema)
    if uid.type not in types:
        raise WorkbenchError(
            "not a principal",
            f"no action takes a `{uid.type}` as principal, so `{uid}` can prove nothing",
            f"principals are of type: {', '.join(sorted(types))}",
            "not_a_principal",
        )
    return uid


def _require_fit(key: PublicKey, comment: str, swarm_id: str, roster: Iterable[RosterEntry]) -> None:
    home = demo_swarm(comment)
    if home is not None and home != swarm_id:
        raise WorkbenchError(
            "a demo key of another swarm",
            f"the key was made for `{home}` and signs only there",
            f"register a key of `{swarm_id}`",
            "demo_key",
        )
    if any(not entry.votes and key in entry.public_keys for entry in roster):
        raise WorkbenchError(
            "the ledger's key",
            f"{key.fingerprint} witnesses votes here and cannot be a person's",
            "register another key",
            "ledger_key",
        )


def _require_new(found: StoredCredential | None, key: PublicKey, principal: str) -> None:
    if found is None:
        return
    if found.state == "revoked":
        raise WorkbenchError(
            "a revoked key", f"{key.fingerprint} was revoked, which is final", "register another key", "key_revoked"
        )
    whose = "already" if found.principal == principal else f"already, as that of `{found.principal}`"
    raise WorkbenchError(
        "the key is registered",
        f"{key.fingerprint} is registered {whose}",
        "one key proves one principal only; register another key",
        "key_registered",
    )


def _checked_label(label: str) -> str:
    if not label.strip():
        return "token"
    with governed("the label cannot be used"):
        return check_identifier(label.strip(), "label")


def _found(connection: Connection, id: str) -> StoredCredential:
    exact = store.by_id(connection, id)
    if exact is not None:
        return exact
    cut = id.partition("-")[2] != ""  # the kind alone is no beginning: whoever writes it has not said which
    fitting = [row for row in store.all_of(connection) if cut and row.id.startswith(id)]
    if len(fitting) > 1:
        raise WorkbenchError(
            "which credential?", f"`{id}` begins the id of {len(fitting)} of them", "write more of it", "not_unique"
        )
    if not fitting:
        raise WorkbenchError("no such credential", f"there is none with the id `{id}`", _LIST, "unknown_credential")
    return fitting[0]


def _add(connection: Connection, head: LedgerHead, row: StoredCredential, event: str) -> None:
    store.add(connection, row)
    append(connection, head, kind="credential", at=row.created_at, body=credential_body(row, event))


def _view(row: StoredCredential, role: str = "") -> CredentialView:
    kind = cast(Literal["key", "token"], row.kind)
    state = cast(Literal["active", "suspended", "revoked"], row.state)
    return CredentialView(row.id, row.principal, kind, row.label, state, moment(row.created_at), role)
