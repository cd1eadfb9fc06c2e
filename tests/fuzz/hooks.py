"""What Schemathesis, in the readers' environment, is told beside the API's description.

How a request is signed; and what no schema says: that a cursor is one that was given out, that ``from`` lies before
``to``, and that a replay is of at most a year of the archive's time. What is to be refused is left as it is.
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import requests
import schemathesis
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from requests.auth import AuthBase

if TYPE_CHECKING:
    from schemathesis import Case

INTEGRATION_ID = "400001"


class Signature(AuthBase):
    """Signs a request as the caller whose keys the environment has; what is signed of a query is its meaning."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        path, _, query = str(request.url).partition("?")
        pairs: Any = parse_qsl(query, keep_blank_values=True)
        signed = AWSRequest(str(request.method), path, data=request.body or b"", params=pairs)
        keys = Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
        SigV4Auth(keys, "execute-api", os.environ["AWS_REGION"]).add_auth(signed)
        request.headers.update(signed.headers.items())
        return request


schemathesis.auth.set_from_requests(Signature())


@schemathesis.hook
def before_call(_context: Any, case: Case, _kwargs: dict[str, Any]) -> None:
    """Make what fits the schema fit the rules that no schema says."""
    if not case.meta or not case.meta.generation.mode.is_positive:
        return
    if "cursor" in case.query:
        cursor = _cursor(case.path.format(integration_id=INTEGRATION_ID))
        case.query = {name: value for name, value in case.query.items() if name != "cursor"}
        if cursor:
            case.query["cursor"] = cursor
    days = [case.query[name] for name in ("from", "to") if case.query.get(name)]
    if len(days) == 2:
        case.query["from"], case.query["to"] = sorted(days)
        if days[0][:10] == days[1][:10]:
            del case.query["to"]
    if isinstance(case.body, dict) and case.body.get("task") == "replay":
        case.body |= {"from": "2026-11-20", "to": "2026-11-21"}


@cache
def _cursor(path: str) -> str | None:
    """That of the path's second page, if there is one."""
    url, authority = f"{os.environ['API_URL']}{path}?page_size=1", os.environ["API_AUTHORITY"]
    reply = requests.get(url, auth=Signature(), verify=authority, timeout=60)
    following = reply.links.get("next", {}).get("url", "")
    return dict(parse_qsl(following.partition("?")[2])).get("cursor")
