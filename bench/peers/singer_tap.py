"""tap-sendcloud-logs: Sendcloud's integration logs as a Singer stream, on the Meltano SDK.

As its documentation has it: a REST stream with a header-link paginator, a partition for each integration, and
created_at as the replication key. The SDK has nothing for an API that serves the newest first and cannot filter by
time, so the paginator ends at the first record that is older than the bookmark, and what is older is left out.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, override
from urllib.parse import ParseResult, parse_qsl

from singer_sdk import RESTStream, Tap
from singer_sdk import typing as th
from singer_sdk.authenticators import BasicAuthenticator
from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.pagination import HeaderLinkPaginator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import requests
    from singer_sdk.helpers.types import Context, Record

ANYTHING = th.CustomType({"type": ["object", "string", "null"]})


class Pages(HeaderLinkPaginator):
    """Goes from page to page, the empty ones too, as long as the stream wants more."""

    def __init__(self, wants_more: Callable[[], bool]) -> None:
        super().__init__()
        self._wants_more = wants_more

    @override
    def has_more(self, response: requests.Response) -> bool:
        return self._wants_more()

    @override
    def continue_if_empty(self, response: requests.Response) -> bool:
        return True


class Logs(RESTStream[ParseResult]):
    """The exception records, of one integration or of the account."""

    name = "logs"
    primary_keys = ("id",)
    replication_key = "created_at"
    records_jsonpath = "$.data[*]"
    schema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property("id", th.IntegerType, required=True),
        th.Property("integration_id", th.IntegerType),
        th.Property("base_url", th.StringType),
        th.Property("full_url", th.StringType),
        th.Property("method", th.StringType),
        th.Property("response_code", th.IntegerType),
        th.Property("response", ANYTHING),
        th.Property("request", ANYTHING),
        th.Property("created_at", th.DateTimeType),
        th.Property("exception_type", th.StringType),
        th.Property("exception", th.StringType),
        th.Property("protected", th.BooleanType),
        th.Property("additional_data", ANYTHING),
    ).to_dict()

    @property
    @override
    def url_base(self) -> str:
        return str(self.config["base_url"])

    @property
    @override
    def path(self) -> str:
        return "/integrations/{integration_id}/logs" if self.partitions else "/integrations/logs"

    @property
    @override
    def partitions(self) -> list[dict[str, Any]] | None:
        return [{"integration_id": each} for each in self.config["integrations"]] or None

    @property
    @override
    def authenticator(self) -> BasicAuthenticator:
        return BasicAuthenticator(username=self.config["public_key"], password=self.config["secret_key"])

    @override
    def get_url_params(self, context: Context | None, next_page_token: ParseResult | None) -> dict[str, Any]:
        if next_page_token:
            return dict(parse_qsl(next_page_token.query))
        return {"page_size": self.config["page_size"]}

    @override
    def get_records(self, context: Context | None) -> Iterable[dict[str, Any]]:
        bookmark = self.get_starting_timestamp(context)
        self._since = bookmark and bookmark - timedelta(days=float(self.config["look_back"]))
        self._reached = False
        return super().get_records(context)

    @override
    def get_new_paginator(self) -> Pages:
        return Pages(lambda: not self._reached)

    @override
    def post_process(self, row: Record, context: Context | None = None) -> Record | None:
        text = row.get("created_at")
        at = datetime.fromisoformat(text).astimezone(UTC) if text else None
        row["created_at"] = at and at.isoformat()  # in UTC: as text, times of different offsets do not compare
        if at and self._since and at < self._since:
            self._reached = True
            return None
        return row


class TapSendcloudLogs(Tap):
    """The tap and its settings."""

    name = "tap-sendcloud-logs"
    message_writer_class = MsgSpecWriter
    config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property("base_url", th.StringType, default="https://panel.sendcloud.sc/api/v3"),
        th.Property("public_key", th.StringType, required=True),
        th.Property("secret_key", th.StringType, required=True, secret=True),
        th.Property("integrations", th.ArrayType(th.IntegerType), default=[]),
        th.Property("page_size", th.IntegerType, default=100),
        th.Property("look_back", th.NumberType, default=0),
    ).to_dict()

    @override
    def discover_streams(self) -> list[Logs]:
        return [Logs(self)]


if __name__ == "__main__":
    TapSendcloudLogs.cli()
