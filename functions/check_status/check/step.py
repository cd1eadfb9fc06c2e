"""One check of one account: the observation joined with the stored state. Pure.

A check of a subject is one flat JSON object: in the state, in the answer of ``GET /status`` and, for good, as a line of
``status/dt=<day>/<time>-<account>.json``, which the Glue table ``checks`` reads. ``COLUMNS`` are its fields.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

from check_status.check.columns import ACCOUNT, COLUMNS
from check_status.check.observation import Observation
from check_status.check.state import FirstLook
from check_status.happenings import Happening
from check_status.problems import at_risk, lifecycle
from check_status.problems.summaries import integration
from check_status.verdicts import sentences, transitions
from check_status.verdicts.facts import Integration, WemasyAnswer, concerned
from check_status.verdicts.names import NOTHING_OPEN, Open
from check_status.verdicts.verdict import Verdict, Wemasy, of_account, of_integration, wemasy_side
from integration_logs.json_types import JsonObject, JsonValue
from integration_logs.times import timestamp

if TYPE_CHECKING:
    from check_status.check.state import State
    from check_status.problems.summaries import Look
    from check_status.verdicts.transitions import Change, Subject


FORGET_AFTER = timedelta(days=30)
"""How long an integration that Sendcloud lists no more is still judged."""


@dataclass(frozen=True)
class Rules:
    """``ChecksToConfirm``, ``SilentAfterMinutes``, ``ResolveAfterMinutes``; see ``escalation.py`` for the last one."""

    confirm: int
    silent_after: timedelta
    resolve_after: timedelta
    escalation_factor: int


@dataclass(frozen=True)
class Judged:
    """One subject's verdict and what it rests on; the account itself is no ``integration``."""

    verdict: Verdict
    wemasy: Wemasy
    integration: Integration | None = None
    open: Open = NOTHING_OPEN

    @property
    def subject(self) -> str:
        """Its name."""
        return f"integration-{self.integration.id}" if self.integration else ACCOUNT


@dataclass(frozen=True)
class Joined:
    """An observation with what was known before it.

    ``shops`` are the integrations that are listed or were so lately, by id; ``heard`` is WeMaSy's answer (this check's,
    else its last one) and ``said`` what of it is about each integration.
    """

    observed: Observation
    shops: Mapping[int, Integration]
    heard: Wemasy
    said: Mapping[int, Wemasy]

    @classmethod
    def of(cls, state: State, observed: Observation) -> Joined:
        """Join them."""
        remembered = (Integration.of(check) for check in state.checks.values() if check["integration_id"])
        silent = isinstance(observed.sendcloud, Verdict)  # then nobody knows what is listed
        lately = {shop.id: shop for shop in remembered if silent or observed.at - shop.listed_at < FORGET_AFTER}
        shops = lately | {shop.id: shop for shop in observed.listed}
        heard: Wemasy = "not asked" if observed.wemasy is None else state.wemasy or "never answered"
        if isinstance(observed.wemasy, WemasyAnswer):
            heard = observed.wemasy
        about = concerned(observed.named, observed.listed or shops.values())
        return cls(observed, shops, heard, {id_: heard if id_ in about else "not asked" for id_ in shops})

    def watch(self, watching_since: datetime, rules: Rules, unread: Collection[int]) -> lifecycle.Watch:
        """What decides on problems besides the archive."""
        observed = self.observed
        sides = {
            shop.id: lifecycle.Side(
                shop.last_fetched_at if isinstance(shop.last_fetched_at, datetime) else None,
                wemasy_side(self.said[shop.id]),
            )
            for shop in observed.listed
        }
        return lifecycle.Watch(
            account=observed.account,
            now=observed.at,
            watching_since=watching_since,
            sides=None if isinstance(observed.sendcloud, Verdict) else sides,
            shops={id_: lifecycle.Shop(shop.shop_name, shop.shop_url) for id_, shop in self.shops.items()},
            behind={ACCOUNT} if observed.behind is None else observed.behind,  # what is not known proves nothing
            resolve_after=rules.resolve_after,
            escalation_factor=rules.escalation_factor,
            unread=unread,
        )

    def judged(self, problems: lifecycle.Problems, silent_after: timedelta) -> Iterator[Judged]:
        """The account and, if Sendcloud answered, each integration that has a verdict."""
        observed = self.observed
        failures = [each for each in (observed.sendcloud, observed.wemasy) if isinstance(each, Verdict)]
        if not failures and observed.named is not None and observed.named not in self.shops:
            failures = [Verdict("unknown", sentences.NOT_THERE, "not there")]
        yield Judged(of_account(failures, self.heard, listed=len(observed.listed)), self.heard)
        if isinstance(observed.sendcloud, Verdict):
            return
        by_integration = lifecycle.open_problems(problems)
        for id_, shop in self.shops.items():
            found = by_integration.get(id_, [])
            since = min((each.episodes[-1].since for each in found), default=None)
            open_ = Open(len(found), since, found[0].remedy if found else None)
            verdict = of_integration(shop, self.said[id_], open_, at=observed.at, silent_after=silent_after)
            if verdict:
                yield Judged(verdict, self.said[id_], shop, open_)


def step(state: State, observed: Observation, look: Look, rules: Rules) -> tuple[State, list[Happening]]:
    """The state after this check, and what has happened."""
    joined = Joined.of(state, observed)
    unread = look.unread
    watch = joined.watch(state.watching_since, rules, unread)
    problems, happened = lifecycle.step(state.problems, look.changed, watch)
    subjects, checks = dict(state.subjects), dict(state.checks)
    for judged in joined.judged(problems, rules.silent_after):
        name, verdict = judged.subject, judged.verdict.name
        if name not in state.subjects and judged.integration and judged.integration.id in unread:
            continue  # its first verdict waits for what the archive has of it
        subjects[name], change = transitions.step(subjects.get(name), verdict, observed.at, confirm=rules.confirm)
        checks[name] = _line(judged, subjects[name], observed)
        if change:
            happened.append(_happening(judged, change, observed))
    risks: at_risk.Streams = state.at_risk
    if observed.behind is not None:
        risks, risked = at_risk.step(state.at_risk, observed.behind, account=observed.account, now=observed.at)
        happened += risked
    there = {ACCOUNT, *(f"integration-{id_}" for id_ in joined.shops)}
    return replace(
        state,
        checked_at=observed.at,
        wemasy=joined.heard if isinstance(joined.heard, WemasyAnswer) else None,
        checks={name: check for name, check in checks.items() if name in there},
        subjects={name: subject for name, subject in subjects.items() if name in there},
        problems=problems,
        seen=look.taken_in(state.seen),
        first_look=FirstLook(len(look.waiting), integration(look.waiting[0])) if look.waiting else None,
        at_risk=risks,
    ), happened


def lines(state: State) -> list[JsonObject]:
    """What the last check found, the account's first; what it could not judge has no line."""
    at = state.checked_at and timestamp(state.checked_at)
    return [check for check in _ordered(state) if check["checked_at"] == at]


def answer(state: State) -> JsonObject:
    """The account as ``GET /status`` shows it.

    ``{"account", "checked_at", "verdict", "sentence", "since", "announced", "wemasy": {…} or null,
    "first_look": {"read", "of"} or null, "integrations": [check, …]}``; ``wemasy`` is null where it gave no answer at
    that check, ``first_look`` where the check knew all that the archive has.
    """
    account, *integrations = _ordered(state)
    left = state.first_look.left if state.first_look else 0
    fresh = state.wemasy is not None and state.wemasy.answered_at == state.checked_at
    return {
        **{field: account[field] for field in ("account", "checked_at", "verdict", "sentence", "since", "announced")},
        "wemasy": state.wemasy.document() if state.wemasy and fresh else None,
        "first_look": {"read": len(state.seen), "of": len(state.seen) + left} if left else None,
        "integrations": list[JsonValue](integrations),
    }


def unreadable(account: str, sentence: str) -> JsonObject:
    """An account whose state cannot be read, as ``GET /status`` shows it."""
    unknown = dict.fromkeys(("checked_at", "since", "announced", "wemasy", "first_look"))
    return {"account": account, "verdict": "unknown", "sentence": sentence, **unknown, "integrations": []}


def _ordered(state: State) -> list[JsonObject]:
    return sorted(state.checks.values(), key=lambda check: cast("int", check["integration_id"] or 0))


def _line(judged: Judged, subject: Subject, observed: Observation) -> JsonObject:
    """The check of one subject; the fields are ``COLUMNS``."""
    line: JsonObject = dict.fromkeys((column.name for column in COLUMNS), None)
    if judged.integration:
        line |= judged.integration.document() | {"open_problems": judged.open.problems}
    if isinstance(judged.wemasy, WemasyAnswer):
        line |= {"wemasy_is_active": judged.wemasy.is_active, "wemasy_is_connected": judged.wemasy.is_connected}
    return line | {
        "account": observed.account,
        "checked_at": timestamp(observed.at),
        "subject": judged.subject,
        "verdict": judged.verdict.name,
        "sentence": judged.verdict.sentence,
        "since": timestamp(subject.holds_since),
        "announced": subject.announced,
    }


def _happening(judged: Judged, change: Change, observed: Observation) -> Happening:
    shop = judged.integration
    about: JsonObject = {"remedy": judged.open.remedy} if shop else {"apis": [*observed.apis(change.verdict)]}
    return Happening(
        kind="Integration Status Changed",
        account=observed.account,
        integration_id=shop.id if shop else None,
        at=observed.at,
        subject=judged.subject,
        ordinal=change.ordinal,
        detail=about
        | {
            "verdict": change.verdict,
            "previous": change.previous,
            "sentence": judged.verdict.sentence,
            "cause": judged.verdict.cause,
            "since": timestamp(change.since),
            "shop_name": shop.shop_name if shop else None,
            "shop_url": shop.shop_url if shop else None,
        },
    )
