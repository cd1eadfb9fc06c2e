"""Starts MiniStack, the embedded cloud, and fixes what the stack needs of it: ``sandbox/cloud.py`` runs this.

It runs in MiniStack's own environment (``.venv-cloud``). Without the fixes:

- With ``USE_SSL`` it requests a pool's keys from itself by plain HTTP, which its port then does not speak.
- It ignores API Gateway's own responses in an API's OpenAPI body, and the answers of mock integrations, such as a
  browser's preflight.
- It unpacks a function's code and layers for each process, which takes longer than the rest of the start.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from tempfile import mkdtemp
from threading import Lock
from types import SimpleNamespace
from typing import Any

from ministack.app import main  # type: ignore[import-not-found]
from ministack.core import lambda_runtime  # type: ignore[import-not-found]
from ministack.services import apigateway_v1 as gateway  # type: ignore[import-not-found]
from ministack.services import cognito

_import_api, _import_operation = gateway._import_rest_api, gateway._import_operation  # noqa: SLF001


def import_api(body: dict[str, Any], settings: dict[str, Any] | None = None) -> str:
    """Import an API with the gateway's own responses; the API's id."""
    api: str = _import_api(body, settings)
    for kind, response in body.get("x-amazon-apigateway-gateway-responses", {}).items():
        gateway._put_gateway_response(api, kind, response)  # noqa: SLF001
    return api


def import_operation(api: str, resource: str, method: str, operation: dict[str, Any], *security: Any) -> None:
    """Import a method, with its answers if it is a mock."""
    _import_operation(api, resource, method, operation, *security)
    integration = operation.get("x-amazon-apigateway-integration", {})
    if integration.get("type") == "mock":
        imported = gateway._resources[api][resource]["resourceMethods"][method]["methodIntegration"]  # noqa: SLF001
        imported["requestTemplates"] = integration.get("requestTemplates", {})
        for pattern, response in integration.get("responses", {}).items():
            selected = {**response, "selectionPattern": "" if pattern == "default" else pattern}
            gateway._put_integration_response(api, resource, method, response["statusCode"], selected)  # noqa: SLF001


async def pool_keys(url: str) -> dict[str, Any]:
    """The keys that are served at ``http://<host>:<port>/<pool>/.well-known/jwks.json``."""
    _, _, body = cognito.well_known_jwks(url.split("/")[3])
    keys: dict[str, Any] = json.loads(body)
    return keys


class Package(zipfile.ZipFile):
    """A function's code, or a layer. It is unpacked once; unpacking it again makes links to the first copy."""

    _unpacked: dict[frozenset[tuple[str, int]], Path] = {}  # noqa: RUF012  # one for all
    _unpacking = Lock()

    def extractall(self, path: Any = None, members: Any = None, pwd: Any = None) -> None:
        """As a folder of links."""
        content = frozenset((each.filename, each.CRC) for each in self.infolist())
        with self._unpacking:
            if content not in self._unpacked:
                folder = Path(mkdtemp(prefix="unpacked-"))
                super().extractall(folder, members, pwd)
                self._unpacked[content] = folder
        for each in self._unpacked[content].iterdir():
            (Path(path) / each.name).symlink_to(each)


lambda_runtime.zipfile = SimpleNamespace(**{**vars(zipfile), "ZipFile": Package})
gateway._import_rest_api, gateway._import_operation = import_api, import_operation  # noqa: SLF001
gateway._fetch_jwks = pool_keys  # noqa: SLF001

if __name__ == "__main__":
    main()
