"""Pages: where one begins (a cursor) and the ``Link`` header that leads to its neighbours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from integration_logs.answers.routing import refused

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import APIGatewayRestResolver


def position[P](cursor: str, parse: Callable[[str], P]) -> P | None:
    """Where a page begins: what ``parse`` makes of its cursor, ``None`` without one; its ``ValueError`` is a 400."""
    try:
        return parse(cursor) if cursor else None
    except ValueError:
        raise refused("cursor", "use the cursor from the Link header") from None


def links(app: APIGatewayRestResolver, query: Mapping[str, object], **cursors: str | None) -> dict[str, str]:
    """The ``Link`` header (RFC 8288): this request's URL with ``query`` and the cursor that each relation names."""
    context = app.current_event.request_context
    # Where the gateway does not say by which address it was called, the link is relative to whatever that was.
    here = f"https://{context.domain_name}{context.path}" if context.domain_name else ""
    given = {name: value for name, value in query.items() if value is not None and value != ""}
    named = [
        f'<{here}?{urlencode({**given, "cursor": cursor})}>; rel="{relation}"'
        for relation, cursor in cursors.items()
        if cursor
    ]
    return {"Link": ", ".join(named)} if named else {}
