"""Rule sets, directories and requests of an agent swarm, of any size, for measuring decisions. Standard library only.

Two mixes. ``sparse``: selective rules, of which a request meets one or none, as in a constitution that grows by
special cases. ``dense``: few actions, roles and tags, so that the rules a request meets grow with their number.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any, Literal, TypeAlias

Mix: TypeAlias = Literal["sparse", "dense"]

AGENTS, DOCS, TEAMS = 200, 200, 40
ASKED = 500


@dataclass(frozen=True)
class Workload:
    """``policies`` and ``schema`` as text; ``entities`` and ``requests`` in Cedar's JSON forms."""

    policies: str
    schema: str
    entities: list[dict[str, Any]]
    requests: list[dict[str, Any]]

    def inline(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        """The entities that one request needs, as a gateway would send them."""
        agent, doc = (request[role].split('"')[1] for role in ("principal", "resource"))
        rows = {(row["uid"]["type"], row["uid"]["id"]): row for row in self.entities}
        found = [rows["Agent", agent], rows["Doc", doc]]
        return found + [rows["Team", parent["id"]] for parent in found[0]["parents"]]


@dataclass(frozen=True)
class _Vocabulary:
    actions: list[str]
    roles: int
    tags: int
    scopes: int = 5


def workload(rules: int, mix: Mix = "sparse", seed: int = 0) -> Workload:
    """``rules`` different rules: by role and amount, by team and scope, by tag, by document, by agent."""
    r = Random(seed)
    if mix == "sparse":
        actions = [f"act{i}" for i in range(max(5, min(100, rules // 10)))]
        words = _Vocabulary(actions, rules // 5 + 2, rules // 4 + 2)
    else:
        words = _Vocabulary([f"act{i}" for i in range(20)], 8, 20)
    found: dict[str, None] = {}  # a rule that says the same as another is a mistake, so each is there once
    while len(found) < rules:
        found[_rule(r, words, mix)] = None
    schema = (
        "type Work = { amount: Long, note: String }; entity Team;\n"
        "entity Agent in [Team] { role: String, budget: Long };\n"
        "entity Doc { scope: String, tags: Set<String>, owner: Agent };\n"
    ) + "\n".join(
        f"action {action} appliesTo {{ principal: [Agent], resource: [Doc], context: Work }};"
        for action in words.actions
    )
    requests = [
        {
            "principal": f'Agent::"a{r.randrange(AGENTS)}"',
            "action": f'Action::"{r.choice(words.actions)}"',
            "resource": f'Doc::"d{r.randrange(DOCS)}"',
            "context": {"amount": r.randrange(1000), "note": "x"},
        }
        for _ in range(ASKED)
    ]
    return Workload("\n".join(found), schema, _entities(r, words), requests)


def _rule(r: Random, words: _Vocabulary, mix: Mix) -> str:
    action = f'action == Action::"{r.choice(words.actions)}"'
    role, tag = f'"role{r.randrange(words.roles)}"', f'"tag{r.randrange(words.tags)}"'
    match r.randrange(10):
        case 0 | 1 | 2:
            when = f"principal.role == {role} && context.amount < {r.randrange(1000)}"
            return f"permit (principal, {action}, resource) when {{ {when} }};"
        case 3 | 4:
            team = f'principal in Team::"t{r.randrange(TEAMS)}"'
            when = f'resource.scope == "s{r.randrange(words.scopes)}"'
            if mix == "dense":
                when += f" && context.amount < {r.randrange(1000)}"
            return f"permit ({team}, {action}, resource) when {{ {when} }};"
        case 5 | 6:
            when = f"resource.tags.contains({tag})"
            if mix == "dense":
                when += f" && context.amount > {r.randrange(1000)}"
            return f"forbid (principal, {action}, resource) when {{ {when} }} unless {{ principal.role == {role} }};"
        case 7 | 8:
            doc, when = f'resource == Doc::"d{r.randrange(DOCS)}"', f"context.amount > {r.randrange(1000)}"
            return f"forbid (principal, {action}, {doc}) when {{ {when} }};"
        case _:
            who = f'principal == Agent::"a{r.randrange(AGENTS)}"'
            return f"forbid ({who}, action, resource) when {{ context.amount > {900 + r.randrange(100)} }};"


def _entities(r: Random, words: _Vocabulary) -> list[dict[str, Any]]:
    rows = [_entity("Team", f"t{i}", {}) for i in range(TEAMS)]
    for i in range(AGENTS):
        attrs = {"role": f"role{r.randrange(words.roles)}", "budget": r.randrange(1000)}
        rows.append(_entity("Agent", f"a{i}", attrs, [("Team", f"t{r.randrange(TEAMS)}")]))
    for i in range(DOCS):
        owner = {"__entity": {"type": "Agent", "id": f"a{r.randrange(AGENTS)}"}}
        carried = [f"tag{r.randrange(words.tags)}" for _ in range(r.randrange(3))]
        attrs = {"scope": f"s{r.randrange(words.scopes)}", "tags": carried, "owner": owner}
        rows.append(_entity("Doc", f"d{i}", attrs))
    return rows


def _entity(
    kind: str, name: str, attrs: dict[str, Any], parents: list[tuple[str, str]] | None = None
) -> dict[str, Any]:
    above = [{"type": type_, "id": id_} for type_, id_ in parents or ()]
    return {"uid": {"type": kind, "id": name}, "attrs": attrs, "parents": above}
