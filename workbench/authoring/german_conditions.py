"""What the clauses of a German tree mean as conditions. Pure.

A clause is its parts, in whatever order they stand, and its verb. It means something only where one pattern of that
verb uses every part; several patterns, or several ways to say whom a part means, are several readings.
Imports german_clauses, atoms, meaning, norm, subjects.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

from workbench.authoring import atoms
from workbench.authoring.counters import counter
from workbench.authoring.german_clauses import Clause, Clauses, Conditions
from workbench.authoring.german_phrases import Group, NounPhrase, Said, denials
from workbench.authoring.german_trees import Measure
from workbench.authoring.languages.german import german
from workbench.authoring.meaning import ANY, PRINCIPAL, AttrRef, Cond, Env, Join, Leaf, Option, Ref, resolve
from workbench.authoring.norm import Subject
from workbench.authoring.subjects import subject_cond
from workbench.authoring.words import split_name
from workbench.language.ast import EntityLit

_REACHED = {">": 1, ">=": 0, "==": 0}


class Meanings(Clauses):
    """Conditions."""

    # ---- what they mean

    def relative_of(self, said: Conditions) -> Said:
        """A relative clause as what is said of whom its pronoun means."""
        first, *more = said.clauses
        opened = replace(first, parts=(("relative", None, (first.start, first.start)), *first.parts))
        whole = replace(said, clauses=(opened, *more))
        return lambda ref: self.conds(whole, ref)

    def whose_of(self, said: Conditions) -> Said:
        """ "(Tickets,) deren Priorität hoch ist": the first attribute is that of whom the pronoun means."""
        first, *more = said.clauses

        def conds(ref: Ref) -> list[Cond]:
            found: list[Cond] = []
            for index, part in enumerate(first.parts):
                if part[0] == "mention" and part[1].ref == ANY and not part[3]:
                    own = ("mention", AttrRef(part[1].words, ref), part[2], "deren")
                    parts = (*first.parts[:index], own, *first.parts[index + 1 :])
                    found.extend(self.conds(replace(said, clauses=(replace(first, parts=parts), *more))))
                    break
            return found

        return conds

    def conds(self, said: Conditions, of: Ref | None = None) -> list[Cond]:
        """Every condition that the clauses may be; ``of``: whom a relative pronoun means."""
        found: list[tuple[list[Cond], Any]] = [([], None)]
        for clause in said.clauses:
            found = [
                ([*before, cond], subject)
                for before, inherited in found
                for cond, subject in self._clause_conds(clause, of, inherited)
            ]
        return [tree for conds, _ in found for tree in _groupings(conds, said.ops)]

    def _clause_conds(self, clause: Clause, of: Ref | None, inherited: Any) -> Iterator[tuple[Cond, Any]]:
        parts = [part for part in clause.parts if part[0] != "not"]
        quiet: list[Any] = []
        denied = len(clause.parts) - len(parts)
        for part in parts:
            if part[0] == "phrases" and any(one.negative for one in part[2]):
                if len(part[2]) > 1 or part[2][0].kind == "nobody":
                    return
                part = ("phrases", "", (replace(part[2][0], determiner=""),), part[3])
                denied += 1
            elif part[0] == "neither":
                if any(one.negative for one in part[1]):
                    return
                part = ("phrases", "||", part[1], part[2])
                denied += 1
            elif part[0] == "flag" and part[1][1]:
                part = ("flag", (part[1][0], False), part[2])
                denied += 1
            quiet.append(part)
        if denied > 1:
            return
        for cond, subject in self._pattern(clause, quiet, of, inherited):
            for meant in denials(cond) if denied else (cond,):
                yield meant, subject

    def _pattern(self, clause: Clause, parts: list[Any], of: Ref | None, inherited: Any) -> Iterator[tuple[Cond, Any]]:
        """The conditions of a clause without its "not", by the verb; with the part that is its subject."""
        span = (clause.start, clause.end)
        match clause.verb:
            case "VERB_EXIST":
                if len(parts) == 1 and parts[0][0] == "flag":
                    yield atoms.boolean(AttrRef(parts[0][1][0], ANY), *span), None
                return
            case "ACTION" | "STEM" | "done":
                yield from ((cond, None) for cond in self._acts(clause, parts))
                return
            case "VERB_EXCEED" | "VERB_REACH":
                op = ">" if clause.verb == "VERB_EXCEED" else ">="
                yield from ((cond, None) for cond in self._exceeds(op, clause, parts))
                return
            case _:
                pass
        own = False
        choices = [(index, part) for index, part in enumerate(parts) if self._refs(part, of) or part[0] == "mention"]
        for index, subject in choices:
            rest = [part for other, part in enumerate(parts) if other != index]
            for cond in self._said_of(clause, subject, rest, of):
                own = True
                yield cond, subject
        if inherited is not None and not own:
            for cond in self._said_of(clause, inherited, parts, of):
                yield cond, inherited

    def _refs(self, part: Any, of: Ref | None) -> list[Ref]:
        """Whom a part speaks of."""
        if part[0] == "pronoun":
            return [PRINCIPAL if part[1].name == "PRONOUN_YOU" else ANY]
        if part[0] == "relative":
            return [of] if of is not None else []
        if part[0] == "phrases" and len(part[2]) == 1:
            ref = self.spoken_of(part[2][0])
            return [ref] if ref is not None else []
        return []

    def _said_of(self, clause: Clause, subject: Any, rest: list[Any], of: Ref | None) -> Iterator[Cond]:
        span = (clause.start, clause.end)
        refs = self._refs(subject, of)
        match clause.verb:
            case "VERB_BE":
                yield from self._is(subject, refs, rest, span)
            case "VERB_LIE":
                if subject[0] == "mention":
                    yield from self._is(subject, refs, rest, span)
            case "VERB_BELONG" | "VERB_OWN":
                for ref in refs:
                    for other in [found for part in rest for found in self._refs(part, of)] if len(rest) == 1 else ():
                        if self._acts_on(ref, other) or self._acts_on(other, ref):
                            yield atoms.own("own", *span)
            case "VERB_HAVE":
                for ref in refs:
                    if len(rest) == 1 and rest[0][0] in ("held", "said"):
                        yield from rest[0][1](ref)
            case "SAYING":
                yield from self._says(clause, refs, rest, span)
            case "VERB_BE_MEMBER":
                for ref in refs:
                    for group in self._groups(rest):
                        entity = group.entity
                        yield atoms.member((entity.type,), entity.id, ref, *span, exact=group.exact)
            case "did":
                yield from self._has_done(clause, refs, rest, span)
            case _:
                return

    def _groups(self, rest: list[Any]) -> Iterator[Group]:
        if len(rest) != 1:
            return
        if rest[0][0] == "group":
            yield rest[0][1]
        elif rest[0][0] == "phrases" and len(rest[0][2]) == 1:
            named: NounPhrase = rest[0][2][0]
            if named.kind == "entity" and named.bare and isinstance(named.head, EntityLit):
                yield Group(named.head, True)

    def _acts_on(self, who: Ref, what: Ref) -> bool:
        """Whether one may be who acts and the other what is acted on."""
        actions = self.lexicon.schema.actions.values()
        return any(
            (who.type is None or who.type in a.principals)
            and (what.type is None or what.type in a.resources)
            and "principal" in who.owners
            and not set(what.owners).isdisjoint(("resource", "context"))
            for a in actions
        )

    def _is(self, subject: Any, refs: list[Ref], rest: list[Any], span: tuple[int, int]) -> Iterator[Cond]:
        """ "er ist Teamleiter", "die Kosten sind höher als …", "es ist zwischen 8 und 20 Uhr"."""
        if len(rest) != 1:
            return
        kind, said = rest[0][0], rest[0][1]
        if kind == "cond":
            if subject[0] == "pronoun" and subject[1].text in german().clock.it:
                yield said
            return
        if subject[0] == "mention":
            mention: AttrRef = subject[1]
            if kind == "measure":
                yield self.compared_with(mention, said, *span)
            elif kind == "related":
                yield atoms.relate(mention, said[0], said[1], *span)
            elif kind == "number":
                yield atoms.compare(mention, "==", said, *span)
            elif kind == "text":
                yield atoms.named_value(mention, said, *span, exact=True)
            elif kind == "phrases" and all(one.kind == "valued" and one.bare for one in rest[0][2]):
                yield self.object_cond(rest[0][2], said, lambda one: atoms.known_value(mention, one.head, *span))
            return
        for ref in refs:
            if kind == "phrases" and all(one.kind == "valued" and one.bare for one in rest[0][2]):
                if all(one.determiner in ("", "indefinite") for one in rest[0][2]):
                    yield self.object_cond(rest[0][2], said, lambda one, ref=ref: atoms.values(one.head, ref, *span))  # type: ignore[misc]
            elif kind == "flag":
                yield atoms.boolean(AttrRef(said[0], ref), *span)
            elif kind == "group":
                yield atoms.member((said.entity.type,), said.entity.id, ref, *span, exact=said.exact)
            elif kind == "mention":
                yield atoms.identity(ref, said, *span)
            elif kind == "measure" and "context" in ref.owners:
                yield self.measured(said, *span)
            elif kind == "said":
                yield from said(ref)

    def _says(self, clause: Clause, refs: list[Ref], rest: list[Any], span: tuple[int, int]) -> Iterator[Cond]:
        """ "spricht Deutsch", "enthält personenbezogene Daten": an attribute's own verb."""
        if clause.word is None or len(rest) != 1 or rest[0][0] not in ("phrases", "text"):
            return
        words = tuple(self.terms.meanings("SAYING", clause.word.group))
        for ref in refs:
            mention = AttrRef(words, ref)
            if rest[0][0] == "text":
                yield atoms.named_value(mention, rest[0][1], *span, exact=True)
            elif all(one.kind == "valued" and one.bare for one in rest[0][2]):
                yield self.object_cond(
                    rest[0][2],
                    rest[0][1],
                    lambda one, mention=mention: atoms.known_value(mention, one.head, *span),  # type: ignore[misc]
                )

    def _exceeds(self, op: str, clause: Clause, parts: list[Any]) -> Iterator[Cond]:
        """ "die Kosten das Budget übersteigen": the first is the subject, unless its article says that it is not."""
        span = (clause.start, clause.end)
        if len(parts) != 2:
            return
        mentions = [part for part in parts if part[0] == "mention"]
        numbers = [part[1] for part in parts if part[0] == "number"]
        if len(mentions) == 2:
            one, other = mentions
            if one[3] in german().article.object_only:
                one, other = other, one
            if other[3] not in german().article.subject_only:
                yield atoms.relate(one[1], op, other[1], *span)
        elif len(mentions) == 1 and numbers:
            yield atoms.compare(mentions[0][1], op, numbers[0], *span)
        elif numbers:
            part = next(part for part in parts if part[0] != "number")
            about_request = part[0] == "pronoun" or (
                part[0] == "phrases" and len(part[2]) == 1 and part[2][0].kind == "object" and part[2][0].bare
            )
            if about_request:
                yield atoms.measure(op, numbers[0], *span)

    def _has_done(self, clause: Clause, refs: list[Ref], rest: list[Any], span: tuple[int, int]) -> Iterator[Cond]:
        """ "(wer) in der letzten Stunde 30 Nachrichten gesendet hat": a counter has reached 30."""
        windows = [part[1] for part in rest if part[0] == "over"]
        if len(windows) != 1 or len(rest) != 2 or clause.word is None:
            return
        if not any("principal" in ref.owners for ref in refs):
            return
        part = next(part for part in rest if part[0] != "over")
        if part[0] == "counted" and clause.word.name == "VERB_COUNT":
            measure, noun = part[1]
            yield from self._counted(measure, (noun,), "", windows[0], span)
        elif part[0] == "phrases" and len(part[2]) == 1 and clause.word.name == "ACTION":
            said: NounPhrase = part[2][0]
            for action in self.terms.meanings("ACTION", clause.word.group):
                if said.kind == "object" and said.head in action.chunks and said.count and not said.posts:
                    verb, *nouns = self.name_of(action.uid)
                    yield from self._counted(said.count, tuple(nouns), verb, windows[0], span)

    def _counted(
        self, measure: Measure, nouns: Sequence[str], verb: str, window: str, span: tuple[int, int]
    ) -> Iterator[Cond]:
        if measure.op in _REACHED and isinstance(measure.number, int):
            limit = measure.number + _REACHED[measure.op]
            yield counter(nouns, verb, window, limit, f"{limit} already counted is enough", *span)

    # ---- who does it

    def _acts(self, clause: Clause, parts: list[Any]) -> Iterator[Cond]:
        """Who does what the rule is about: "ein Supervisor sie ausstellt", "sie von ihm ausgestellt wird"."""
        if clause.word is None:
            return
        family = "STEM" if clause.verb == "STEM" else "ACTION"
        found = self.terms.meanings(family, clause.word.group)
        actions = [each[0] for each in found if each[1] == clause.particle] if family == "STEM" else list(found)
        uids = {action.uid for action in actions}
        if not uids:
            return
        span = (clause.start, clause.end)
        actors = [part[1] for part in parts if part[0] == "by"] if clause.verb == "done" else []
        others = [part for part in parts if part[0] != "by"]
        if clause.verb != "done":
            actors = [part for part in others if part[0] == "phrases"]
            others = [part for part in others if part[0] != "phrases"]
        if len(actors) != 1 or len(others) > 1 or any(part[0] != "pronoun" for part in others):
            return
        for who in self.listed_subjects(actors[0], acting=clause.verb != "done"):
            if not who.anybody:
                yield _doing(uids, subject_cond(who, clause.start), *span)

    def listed_subjects(self, phrases: Any, *, acting: bool = False) -> list[Subject]:
        """Those that one phrase, or several joined, names: any of them."""
        _, _, listed, _ = phrases
        if len(listed) == 1:
            return self.subjects(listed[0], acting=acting)
        if any(one.negative for one in listed):
            return []
        found = []
        for chosen in product(*(self.subjects(one, acting=acting) for one in listed)):
            if not any(one.anybody for one in chosen):
                parts = tuple(subject_cond(one, listed[0].start) for one in chosen)
                found.append(Subject(conds=(Join("||", parts, True),)))
        return found

    def name_of(self, uid: tuple[str, str]) -> tuple[str, ...]:
        """The words of an action's name, by which a counter in the schema is named too."""
        return split_name(uid[1])


def _doing(uids: set[tuple[str, str]], who: Cond, start: int, end: int) -> Leaf:
    """``who``, where the rule is about one of these actions."""

    def build(env: Env, unknown: bool) -> list[Option]:
        return resolve(who, env, unknown) if any(action.uid in uids for action in env.actions) else []

    return Leaf(build, start, end)


def _groupings(conds: Sequence[Cond], ops: Sequence[str]) -> Iterator[Cond]:
    """The conditions joined; both groupings where "und" and "oder" are mixed."""
    if len(conds) == 1:
        yield conds[0]
    elif len(set(ops)) == 1:
        yield Join("&&" if ops[0] == "&&" else "||", tuple(conds))
    else:
        for tight in ("&&", "||"):
            groups: list[list[Cond]] = [[conds[0]]]
            for op, cond in zip(ops, conds[1:], strict=True):
                if op == tight:
                    groups[-1].append(cond)
                else:
                    groups.append([cond])
            parts = tuple(g[0] if len(g) == 1 else Join("&&" if tight == "&&" else "||", tuple(g)) for g in groups)
            yield Join("||" if tight == "&&" else "&&", parts, True)
