"""The heartbeat: tells a service outside AWS at each plan that all is well, in the form of healthchecks.io.

GET of the URL where it is, of ``<url>/fail`` where it is not; see https://healthchecks.io/docs/signaling_failures/.
Whoever knows the URL can speak for this stack: it is a secret, and no log line and no error holds it.
"""

from __future__ import annotations

import logging
import os
import time

import requests

from integration_logs.upstream.wire import DEADLINE, VerbatimAdapter

log = logging.getLogger(__name__)

SECONDS = 5.0
"""How long the whole answer may take."""


def beat(*, good: bool) -> None:
    """Call the URL in ``HEARTBEAT_URL``, once; nothing where there is none. A failure is a warning, no more."""
    url = os.environ.get("HEARTBEAT_URL")
    if not url:
        return
    try:
        with requests.Session() as session:
            session.mount(url, VerbatimAdapter())
            answer = session.get(
                url if good else f"{url}/fail",
                headers={DEADLINE: str(time.monotonic() + SECONDS)},
                timeout=(2.0, SECONDS),
                allow_redirects=False,
                stream=True,  # what it says besides its status is of no interest
            )
            answer.close()
    except Exception as error:  # noqa: BLE001  # no tick may fail of it, and the error's text holds the URL
        log.warning("The heartbeat was not delivered (%s)", type(error).__name__)
        return
    if answer.status_code != requests.codes.ok:
        log.warning("The heartbeat was answered with %d", answer.status_code)
