"""The measurement of the API says what it has measured."""

from __future__ import annotations

import requests

from bench.works import api
from docs import api_description


class Answering(api.Caller):
    """A caller to whom every route answers with a problem."""

    def __init__(self) -> None:
        self.asked: list[api.Route] = []

    def call(self, route: api.Route) -> tuple[float, requests.Response]:
        self.asked.append(route)
        answer = requests.Response()
        answer.status_code, answer._content = route.status, b'{"data": [{"fingerprint": "0123456789abcdef"}]}'
        return 1.0, answer


def test_every_route_of_the_description_is_measured() -> None:
    """No route is left out, and what is asked for has no placeholder."""
    found = api.routes(Answering())
    described = {(method, path) for method, path, _ in api_description.operations(api_description.description())}
    assert {(route.method, route.path) for route in found} == described
    assert len(found) == len(described)
    assert not [route for route in found if "{" in route.target]
    assert {route.function for route in found} == set(api.OUTPUTS)


def test_percentiles() -> None:
    """A percentile is a time that was measured."""
    values = [float(number) for number in range(200, 0, -1)]
    assert (api.percentile(values, 50), api.percentile(values, 95)) == (100, 190)
    assert (api.percentile([7.0], 50), api.percentile([7.0], 95)) == (7, 7)


def test_the_page_has_a_line_for_each_route() -> None:
    """Warm and cold times are in the columns that say so."""
    route = api.Route("GET", "/status", "/status", "check_status", 200)
    page = api.report([api.Measured(route, 1234, [5.0, 6.0], [700.0, 900.0])], 100, 3)
    assert page.splitlines()[-1] == "| `GET /status` | `check_status` | 200 | 1,234 | 5 | 6 | 700 | 900 |"
    assert "2 warm and 2 cold calls" in page
