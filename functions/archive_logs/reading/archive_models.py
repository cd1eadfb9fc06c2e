"""What archive_logs' routes return, for the API's description."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from integration_logs.answers.envelope import envelope

type State = Literal["open", "complete", "incomplete"]

Text = Annotated[str | None, Field(description="As Sendcloud returned it, redacted.")]
SweptAt = Annotated[
    datetime | None,
    Field(description="Everything that Sendcloud had at this time is in the archive or in quarantine."),
]

HowComplete = Annotated[
    State,
    Field(
        description="`open`: Sendcloud may still return records of this day. `complete`: it no longer does, and all "
        "records are archived. `incomplete`: it no longer does, and some records may be missing."
    ),
]


class Request(BaseModel):
    """What Sendcloud sent to the shop, redacted."""

    headers: dict[str, Any] | str | None = Field(default=None, description="Its headers.")
    payload: dict[str, Any] | list[Any] | str | None = Field(default=None, description="Its body.")


class Answer(BaseModel):
    """What the shop answered, redacted."""

    headers: dict[str, Any] | None = Field(default=None, description="Its headers.")
    body: dict[str, Any] | list[Any] | str | None = Field(default=None, description="Its body.")


class Record(BaseModel):
    """An exception record as Sendcloud returns it, redacted, with any other fields that it had."""

    model_config = ConfigDict(extra="allow")

    id: int = Field(description="Sendcloud's id of the record.")
    integration_id: int = Field(description="The integration in which it happened.")
    base_url: Text
    full_url: Text
    method: Text
    response_code: int | str | None = Field(description="The shop's HTTP status, or Sendcloud's own value.")
    response: Answer | Any = Field(description="An object, or null.")
    request: Request | Any = Field(description="An object, or null.")
    created_at: datetime | str | None = Field(description="When it happened, with offset, or Sendcloud's own value.")
    exception_type: Text
    exception: Text
    protected: bool | Any = Field(description="Whether Sendcloud obfuscated request and response.")
    additional_data: dict[str, Any] | str | Any = Field(description="An object or a text.")


Records = envelope("Records", list[Record], "A page of records.")


class ArchiveObject(BaseModel):
    """One Parquet object of the archive."""

    key: str = Field(description="Its key in the bucket.")
    day: date = Field(description="The UTC day of its records' `created_at`.")
    integration_id: int = Field(description="The integration whose records it has.")
    bytes: int = Field(description="Its size.")
    etag: str = Field(description="Changes when the object is replaced by one with more records.")
    records: int | None = Field(description="How many records it has; null until they are counted.")
    url: str = Field(description="A link that reads it without credentials until it expires.")
    expires_at: datetime = Field(
        description="When the link expires; it may expire earlier, with the session of the function that made it."
    )


ArchiveObjects = envelope("ArchiveObjects", list[ArchiveObject], "A page of objects.")


class AccountOfDay(BaseModel):
    """How completely the day was swept for an account."""

    account: str = Field(description="The account's name in `AccountNames`.")
    streams: Literal["account", "integration"] | None = Field(description="What the sweep covered.")
    swept_at: SweptAt
    state: HowComplete


class IntegrationOfDay(BaseModel):
    """What is archived of an integration on the day."""

    account: str | None = Field(description="The account it was fetched with.")
    integration_id: int = Field(description="Sendcloud's id of the integration.")
    records: int | None = Field(description="How many records; null until they are counted.")
    first_id: int | None = Field(description="The lowest id.")
    last_id: int | None = Field(description="The highest id.")
    objects: int = Field(description="How many objects of the archive hold them.")
    swept_at: SweptAt
    state: HowComplete
    note: str | None = Field(default=None, description="Present only if the counts need an explanation.")


class Day(BaseModel):
    """How complete a UTC day is."""

    day: date = Field(description="The day.")
    state: HowComplete
    as_of: datetime = Field(description="When this was determined.")
    swept_at: SweptAt
    accounts: list[AccountOfDay] = Field(description="The accounts that were fetched on that day.")
    integrations: list[IntegrationOfDay] = Field(description="The integrations with records of that day.")


Days = envelope("Days", list[Day], "A page of days.")


class Queued(BaseModel):
    """What was queued."""

    queued: Literal[True] = Field(description="Always true: the run starts soon.")


RunQueued = envelope("RunQueued", Queued, "A run that was queued.")
