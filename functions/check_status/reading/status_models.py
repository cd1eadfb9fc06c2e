"""What check_status' routes return, as the API's description shows it; tests hold them to these shapes. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from integration_logs.answers.envelope import envelope


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Check(_Shape):
    """One check of an account or of one of its integrations; what is not known is null."""

    account: str = Field(description="The account, as it is named in `AccountNames`.")
    checked_at: datetime = Field(description="When it was checked.")
    subject: str = Field(description="`account`, or `integration-<id>`.")
    integration_id: int | None = Field(description="Sendcloud's id of the integration; null for the account itself.")
    shop_name: str | None = Field(description="The shop, as Sendcloud names it.")
    shop_url: str | None = Field(description="The shop's address.")
    type: str | None = Field(description="Sendcloud's type of the integration, such as `woocommerce`.")
    verdict: str = Field(
        description="What the check found: `healthy`, `failing`, `silent`, `inactive`, `disconnected`, `unreachable`, "
        "`credentials_rejected` or `unknown`."
    )
    sentence: str = Field(description="The verdict in a sentence: what was found, who should act and what to do.")
    since: datetime = Field(description="Since when this has been the verdict.")
    announced: str | None = Field(description="The confirmed verdict, which was last reported.")
    open_problems: int | None = Field(description="How many problems of the integration are open.")
    started_failing_at: datetime | None = Field(
        description="Since when Sendcloud has failed to fetch orders or to report back."
    )
    last_fetched_at: datetime | None = Field(description="When Sendcloud last fetched orders from the shop.")
    listed_at: datetime | None = Field(description="The last check at which Sendcloud listed the integration.")
    wemasy_is_active: bool | None = Field(description="Whether WeMaSy has the integration switched on.")
    wemasy_is_connected: bool | None = Field(description="Whether WeMaSy is connected to Sendcloud.")


class Integration(Check):
    """An integration as its last check found it, with what the archive and the fetching say of it."""

    last_walk_at: datetime | None = Field(description="When its logs were last fetched completely; null if unknown.")
    known_problems: int = Field(description="How many problems are known, whether open or not.")
    records: int = Field(description="How many archived records those problems have.")
    last_record_at: datetime | None = Field(description="The newest of those records.")


class Wemasy(_Shape):
    """WeMaSy's answer about the account's webshop; `null` means that it did not say, not \"no\"."""

    answered_at: datetime = Field(description="When it answered.")
    integration_id: str | None = Field(description="WeMaSy's id of the integration.")
    is_active: bool | None = Field(description="Whether it is switched on.")
    is_connected: bool | None = Field(description="Whether it is connected to Sendcloud.")
    has_credentials: bool = Field(description="Whether it has Sendcloud keys. The keys themselves are not stored.")
    created_at: str | None = Field(description="As WeMaSy returned it.")
    updated_at: str | None = Field(description="As WeMaSy returned it.")


class FirstLook(_Shape):
    """How far a check has read the archive's summaries, where there are more than it has time for."""

    read: int = Field(description="How many it and those before it have read.")
    of: int = Field(description="How many there are.")


class Status(_Shape):
    """An account's last check."""

    account: str = Field(description="The account, as it is named in `AccountNames`.")
    checked_at: datetime | None = Field(description="When it was checked; null if its state cannot be read.")
    verdict: Literal["healthy", "unreachable", "credentials_rejected", "unknown"] = Field(
        description="What the check found for the account itself."
    )
    sentence: str = Field(description="The verdict in a sentence: what was found, who should act and what to do.")
    since: datetime | None = Field(description="Since when this has been the verdict.")
    announced: str | None = Field(description="The confirmed verdict, which was last reported.")
    wemasy: Wemasy | None = Field(description="Null if WeMaSy gave no answer at that check, or is not checked.")
    first_look: FirstLook | None = Field(
        description="While not all of the archive's summaries are read: how many are. An integration that is not "
        "wholly read has no first verdict yet, and nothing is told of its problems. Null when all are read."
    )
    integrations: list[Check] = Field(description="The account's integrations.")


class Problem(_Shape):
    """Every exception of one fingerprint."""

    fingerprint: str = Field(description="Equal for exceptions that are the same problem.")
    account: str = Field(description="The account, as it is named in `AccountNames`.")
    integration_id: int = Field(description="Sendcloud's id of the integration.")
    shop_name: str | None = Field(description="The shop, as Sendcloud names it.")
    shop_url: str | None = Field(description="The shop's address.")
    state: Literal["open", "resolved", "past"] = Field(
        description="`open`: it still occurs; `resolved`: proven to be over; `past`: over before the first check."
    )
    escalating: bool = Field(description="Whether it occurs far more often than it used to.")
    since: datetime | None = Field(description="When it was last opened.")
    resolved_at: datetime | None = Field(description="When a check found it resolved; null while it is open.")
    first_at: datetime = Field(description="Its first record.")
    last_at: datetime = Field(description="Its newest record.")
    records: int = Field(description="How many records it has.")
    exception_type: str | None = Field(description="Sendcloud's type of the exception, of the newest record.")
    method: str | None = Field(description="HTTP method, of the newest record.")
    host: str | None = Field(description="The host that was called, of the newest record.")
    response_code: int | None = Field(description="HTTP status of the shop's answer, of the newest record.")
    path: str | None = Field(description="The path that was called, with ids replaced.")
    remedy: str | None = Field(description="The code of its remedy; `docs/remedies.md` has them all.")


class Episode(_Shape):
    """A period in which the problem was open."""

    opened_at: datetime = Field(description="The check that found it.")
    since: datetime = Field(description="Its first record.")
    resolved_at: datetime | None = Field(description="The check that found it resolved; null while it is open.")
    until: datetime | None = Field(description="Its last record; null while it is open.")


class Remedy(_Shape):
    """What usually fixes it."""

    code: str = Field(description="The remedy's code, which never changes.")
    who: Literal["shop", "host", "operator"] = Field(description="Who should act.")
    confidence: float = Field(description="How often this is the cause, from 0 to 1.")
    en: str = Field(description="What to do, in English.")
    nl: str = Field(description="What to do, in Dutch.")


class ProblemInFull(Problem):
    """A problem with its history, where it occurred, and its remedy."""

    episodes: list[Episode] = Field(description="The last 20, oldest first.")
    paths: list[str] = Field(description="Up to five of the paths that were called.")
    sample_ids: list[int] = Field(description="The ids of its newest records, at most five.")
    remedy_in_full: Remedy | None = Field(description="The remedy; null if none is known.")


Integrations = envelope("Integrations", list[Integration], "A page of integrations.", _Shape)
OneIntegration = envelope("OneIntegration", Integration, "One integration.", _Shape)
Statuses = envelope("Statuses", list[Status], "The accounts that have been checked.", _Shape)
Checks = envelope("Checks", list[Check], "A page of checks, newest first.", _Shape)
Problems = envelope("Problems", list[Problem], "A page of problems, the one with the newest record first.", _Shape)
OneProblem = envelope("OneProblem", ProblemInFull, "One problem.", _Shape)
