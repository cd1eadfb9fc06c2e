"""Parameters that routes of several functions take.

A number is accepted in one spelling only, because IAM policies on paths compare text.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from pydantic import BeforeValidator

_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")


def _as_written(value: object) -> object:
    """Refuse ``0101``, ``+101``, ``１０１`` and the like, which pydantic would read as 101."""
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        raise ValueError("must be a whole number, without sign, spaces or leading zeros")
    return value


Whole = BeforeValidator(_as_written)
"""For the annotation of a number in a path or a query."""

_TIME: Any = {"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}
_FIRST = "The first day (UTC), or the first moment (RFC 3339, with an offset)."
_LAST = "The last day (UTC), or the first moment after the period (RFC 3339, with an offset)."
From = Annotated[str | None, Query(alias="from", max_length=40, json_schema_extra=_TIME, description=_FIRST)]
To = Annotated[str | None, Query(alias="to", max_length=40, json_schema_extra=_TIME, description=_LAST)]

IntegrationId = Annotated[int, Path(ge=1, lt=2**63, description="Sendcloud's id of the integration."), Whole]
"""The ``integration_id`` of a path."""

OfIntegration = Annotated[
    int | None, Whole, Query(ge=1, lt=2**63, description="Only this integration's, by Sendcloud's id.")
]
PageSize = Annotated[int, Whole, Query(ge=1, le=100, description="The maximum number of results.")]
