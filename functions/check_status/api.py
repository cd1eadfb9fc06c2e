"""check_status' part of the API."""

from __future__ import annotations

import json
import re
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.params import Path as InPath
from aws_lambda_powertools.event_handler.openapi.params import Query

from check_status.check.last_walks import last_walks
from check_status.composition_root import compose
from check_status.reading import history, overview, paging, status_models
from integration_logs.answers.opaque import opaque, plain
from integration_logs.answers.page_links import links, position
from integration_logs.answers.parameters import From, IntegrationId, OfIntegration, PageSize, To
from integration_logs.answers.routing import answer, as_it_is, data, refused, resolver
from integration_logs.json_types import JsonObject

_DESCRIPTION = Path(__file__).with_name("openapi.json")


@cache
def _routes() -> tuple[tuple[re.Pattern[str], list[str]], ...]:
    """Every path of the API with its methods: API Gateway sends here whatever it has no route for."""
    paths = json.loads(_DESCRIPTION.read_bytes())["paths"]
    return tuple((re.compile(re.sub(r"{\w+}", "[^/]+", path)), list(map(str.upper, paths[path]))) for path in paths)


def _methods(path: str) -> list[str]:
    return [method for pattern, methods in _routes() if pattern.fullmatch(path) for method in methods]


app = resolver(_methods)

Account = Annotated[str | None, Query(max_length=40, description="Only this account's, as `AccountNames` names it.")]
Fingerprint = Annotated[str, InPath(max_length=100, description="The problem's fingerprint.")]
InState = Annotated[Literal["open", "resolved", "past"] | None, Query(description="Only the problems in this state.")]
Cursor = Annotated[
    str, Query(max_length=paging.LONGEST_CURSOR, description="Where the page begins: copied from a `Link` header.")
]

_LINK = 'The next page, as `<…>; rel="next"`; absent on the last page.'
_NEXT = {"Link": {"description": _LINK, "schema": {"type": "string"}}}


@app.get(
    "/integrations",
    summary="The status of every integration",
    description="Each integration as its last check found it, by account and id. No API is called.",
    responses=answer(status_models.Integrations, "A page of integrations.", headers=_NEXT),
    operation_id="integrations",
)
def integrations(account: Account = None, page_size: PageSize = paging.DEFAULT, cursor: Cursor = "") -> Response[str]:
    """See ``overview.integrations``."""
    found = {
        name: each
        for name, each in overview.integrations(compose().states()).items()
        if account in {None, each["account"]}
    }
    page, following = paging.page(found, size=page_size, after=position(cursor, plain))
    return _page(_walked(page), following, account=account, page_size=page_size)


@app.get(
    "/integrations/<integration_id>/status",
    summary="The status of one integration",
    description="The integration as its last check found it. No API is called.",
    responses=answer(status_models.OneIntegration, "The integration.", missing="No such integration has been checked."),
    operation_id="integration",
)
def integration(integration_id: IntegrationId) -> Response[str]:
    """See ``overview.integrations``; of two accounts that have it, that with the later check."""
    found = overview.integrations(compose().states()).values()
    own = sorted((each for each in found if each["integration_id"] == integration_id), key=_checked_at)
    if not own:
        raise NotFoundError("No such integration has been checked.")
    return data(200, _walked(own[-1:])[0])


@app.get(
    "/integrations/<integration_id>/problems",
    summary="The problems of one integration",
    description="The problem with the newest record first.",
    responses=answer(status_models.Problems, "A page of problems.", headers=_NEXT),
    operation_id="integration_problems",
)
def integration_problems(
    integration_id: IntegrationId, state: InState = None, page_size: PageSize = paging.DEFAULT, cursor: Cursor = ""
) -> Response[str]:
    """See ``overview.problems``."""
    page, following = _problems(None, integration_id, state, page_size, cursor)
    return _page(page, following, state=state, page_size=page_size)


@app.get(
    "/integrations/<integration_id>/problems/<fingerprint>",
    summary="One problem of one integration",
    description="Includes its episodes, where it happened, and the remedy.",
    responses=answer(status_models.OneProblem, "The problem.", missing="No such problem is known."),
    operation_id="integration_problem",
)
def integration_problem(integration_id: IntegrationId, fingerprint: Fingerprint) -> Response[str]:
    """See ``overview.problem_in_full``."""
    return _problem(fingerprint, integration_id)


@app.get(
    "/status",
    summary="The last check of every account",
    description=(
        "What Sendcloud, WeMaSy and the archive said at the last check. With `fresh=true`, accounts that "
        "were not checked within the last minute are checked first; `checked_at` says when each was checked. Such a "
        "check counts like a scheduled one."
    ),
    responses=answer(status_models.Statuses, "Each account that has been checked, with its integrations."),
    operation_id="status",
)
def status(fresh: Annotated[bool, Query(description="Whether to check now.")] = False) -> Response[str]:
    """Each account's last check: 200 with ``{"data": [account, …]}``, see ``check.answer`` for an account's fields."""
    if fresh:
        context = app.lambda_context
        compose().fresh(lambda: context.get_remaining_time_in_millis() / 1000)
    return data(200, compose().status())


@app.get(
    "/status/history",
    summary="Past checks",
    description=(
        "Every check, newest first, each with a row for the account and one for each integration. `page_size` counts "
        "checks of accounts: an answer can have more rows than that or, with filters, fewer or none. Continue while "
        "the `Link` header names a next page."
    ),
    responses=answer(status_models.Checks, "The rows of a page of checks.", headers=_NEXT),
    operation_id="status_history",
)
def status_history(  # noqa: PLR0913, PLR0917  # the route's query
    first: From = None,
    last: To = None,
    account: Account = None,
    integration_id: OfIntegration = None,
    page_size: PageSize = paging.DEFAULT,
    cursor: Cursor = "",
) -> Response[str]:
    """See ``history.read``."""
    wanted = history.Wanted(_bound("from", first), _bound("to", last, end=True), account, integration_id)
    after = position(cursor, history.name)
    rows, following = history.read(compose().store, wanted, size=page_size, after=after)
    query = {"from": first, "to": last, "account": account, "integration_id": integration_id, "page_size": page_size}
    return _page(rows, following, **query)


@app.get(
    "/problems",
    summary="The problems of every integration",
    description="The problem with the newest record first. A problem is every exception of one fingerprint.",
    responses=answer(status_models.Problems, "A page of problems.", headers=_NEXT),
    operation_id="problems",
)
def problems(
    state: InState = None,
    account: Account = None,
    integration_id: OfIntegration = None,
    page_size: PageSize = paging.DEFAULT,
    cursor: Cursor = "",
) -> Response[str]:
    """See ``overview.problems``."""
    page, following = _problems(account, integration_id, state, page_size, cursor)
    return _page(page, following, state=state, account=account, integration_id=integration_id, page_size=page_size)


@app.get(
    "/problems/<fingerprint>",
    summary="One problem",
    description="Includes its episodes, where it happened, and the remedy.",
    responses=answer(status_models.OneProblem, "The problem.", missing="No such problem is known."),
    operation_id="problem",
)
def problem(fingerprint: Fingerprint) -> Response[str]:
    """See ``overview.problem_in_full``."""
    return _problem(fingerprint, None)


@app.get(
    "/openapi.json",
    summary="This description",
    description="The whole API, of all functions, in OpenAPI 3.1.",
    responses={
        200: {"description": "The description.", "content": {"application/json": {"schema": {"type": "object"}}}}
    },
    operation_id="openapi",
)
def openapi() -> Response[str]:
    """``openapi.json`` as ``python -m docs.generate`` writes it."""
    return as_it_is(200, _DESCRIPTION.read_text(encoding="utf-8"))


def _problems(
    account: str | None, integration_id: int | None, state: str | None, page_size: int, cursor: str
) -> tuple[list[JsonObject], str | None]:
    wanted = {"account": account, "integration_id": integration_id, "state": state}
    found = {
        name: each
        for name, each in overview.problems(compose().states()).items()
        if all(value in {None, each[field]} for field, value in wanted.items())
    }
    return paging.page(found, size=page_size, after=position(cursor, plain), descending=True)


def _problem(fingerprint: str, integration_id: int | None) -> Response[str]:
    found = overview.problem_in_full(compose().states(), fingerprint, integration_id)
    if found is None:
        raise NotFoundError("No such problem is known.")
    return data(200, found)


def _walked(integrations: list[JsonObject]) -> list[JsonObject]:
    """With when each was last walked, which is read for these alone."""
    wanted = {(str(each["account"]), int(str(each["integration_id"]))): each for each in integrations}
    walks = last_walks(compose().store, wanted)
    return [each | {"last_walk_at": walks[one]} for one, each in wanted.items()]


def _checked_at(check: JsonObject) -> str:
    return str(check["checked_at"])


def _page(rows: list[JsonObject], following: str | None, **query: object) -> Response[str]:
    cursor = None if following is None else opaque(following)
    return data(200, rows, headers=links(app, query, next=cursor))


def _bound(parameter: str, text: str | None, *, end: bool = False) -> datetime | None:
    try:
        return None if text is None else history.bound(text, end=end)
    except ValueError:
        raise refused(parameter, "a day (2026-11-22) or a date-time with an offset (2026-11-22T02:41:22Z)") from None
