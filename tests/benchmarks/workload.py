"""Rule sets, directories and requests of an agent swarm, of any size, for measuring decisions."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from tests.engine.support import entity

AGENTS, DOCS, TEAMS = 200, 200, 40


@dataclass(frozen=True)
class Workload:
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


def workload(rules: int, seed: int = 0) -> Workload:
    """``rules`` selective rules: by role and amount, by team and scope, by tag, by document, by agent."""
    r = Random(seed)
    actions = [f"act{i}" for i in range(max(5, min(100, rules // 10)))]
    roles, tags = rules // 5 + 2, rules // 4 + 2

    def rule() -> str:
        action = f'action == Action::"{r.choice(actions)}"'
        match r.randrange(10):
            case 0 | 1 | 2:
                return (
                    f'permit (principal, {action}, resource) when {{ principal.role == "role{r.randrange(roles)}" '
                    f"&& context.amount < {r.randrange(1000)} }};"
                )
            case 3 | 4:
                return (
                    f'permit (principal in Team::"t{r.randrange(TEAMS)}", {action}, resource) '
                    f'when {{ resource.scope == "s{r.randrange(5)}" }};'
                )
            case 5 | 6:
                return (
                    f"forbid (principal, {action}, resource) "
                    f'when {{ resource.tags.contains("tag{r.randrange(tags)}") }} '
                    f'unless {{ principal.role == "role{r.randrange(roles)}" }};'
                )
            case 7 | 8:
                return (
                    f'forbid (principal, {action}, resource == Doc::"d{r.randrange(DOCS)}") '
                    f"when {{ context.amount > {r.randrange(1000)} }};"
                )
            case _:
                return (
                    f'forbid (principal == Agent::"a{r.randrange(AGENTS)}", action, resource) '
                    f"when {{ context.amount > {900 + r.randrange(100)} }};"
                )

    policies = "\n".join(rule() for _ in range(rules))
    schema = (
        "type Work = { amount: Long, note: String }; entity Team;\n"
        "entity Agent in [Team] { role: String, budget: Long };\n"
        "entity Doc { scope: String, tags: Set<String>, owner: Agent };\n"
    ) + "\n".join(
        f"action {action} appliesTo {{ principal: [Agent], resource: [Doc], context: Work }};" for action in actions
    )
    entities = [entity(f"Team::t{i}") for i in range(TEAMS)]
    for i in range(AGENTS):
        attrs = {"role": f"role{r.randrange(roles)}", "budget": r.randrange(1000)}
        entities.append(entity(f"Agent::a{i}", attrs, [f"Team::t{r.randrange(TEAMS)}"]))
    for i in range(DOCS):
        owner = {"__entity": {"type": "Agent", "id": f"a{r.randrange(AGENTS)}"}}
        carried = [f"tag{r.randrange(tags)}" for _ in range(r.randrange(3))]
        entities.append(entity(f"Doc::d{i}", {"scope": f"s{r.randrange(5)}", "tags": carried, "owner": owner}))
    requests = [
        {
            "principal": f'Agent::"a{r.randrange(AGENTS)}"',
            "action": f'Action::"{r.choice(actions)}"',
            "resource": f'Doc::"d{r.randrange(DOCS)}"',
            "context": {"amount": r.randrange(1000), "note": "x"},
        }
        for _ in range(500)
    ]
    return Workload(policies, schema, entities, requests)
