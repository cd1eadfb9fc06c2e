"""``docs/incidents.md``, from the incidents' data files: ``python -m docs.generate`` writes it."""

from __future__ import annotations

import textwrap
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sandbox.incidents.incident import clock, duration, load, names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.incidents.incident import Expected, Incident, Step

PAGE = "docs/incidents.md"
HEAD = """\
# Incidents

Generated from `sandbox/incidents/*.toml` by `make docs`: edit those files.

What goes wrong in practice, and every message that each incident leads to. None is missing, and none is sent twice. To
see the messages in full, as they arrive in an inbox, play an incident:

```
.venv/bin/python -m sandbox.incidents keys-revoked
.venv/bin/python -m sandbox.incidents --all
```

The functions' own code fetches, archives, checks and sends, in one process and on a simulated clock. It uses the
template's default parameters: ticks and checks every five minutes, and the sweep at 03:17. Some incidents are also
played on the deployed stack, in `tests/e2e/test_incidents.py`.

To add one, copy a file and change it: the head of `sandbox/incidents/incident.py` says what it may hold. The tests play
it, and fail if the messages are not the ones that the file lists.

All times are UTC. Every message is an [event](events.md) on the bus, and most are also in a notice, the message for
people:

- a subject, such as *Speelgoed Stip: new problem*: the notice that is sent at that time
- *in the notice above*: one notice reports both
- *event only*: there is no notice of its own, because the notices about the problem say it already
"""


def page() -> str:
    """The whole page."""
    return HEAD + "".join(_section(load(name)) for name in names())


def _section(incident: Incident) -> str:
    story = textwrap.fill(f"{incident.title}. {incident.story}", 120)
    steps = "".join(f"- {_when(incident, step.times)}: {_happens(step)}\n" for step in incident.steps)
    sent = "".join(
        f"| {_time(incident, each.at)} | {each.what} | {_about(each)} | {_notice(incident, each)} |\n"
        for each in incident.messages
    )
    return (
        f"\n## {incident.name}\n\n{story}\n\nWhat happens between {_time(incident, timedelta())} and "
        f"{_time(incident, incident.ends)}:\n\n{steps}\nWhat is sent:\n\n"
        f"| time | event | integration | notice |\n|---|---|---|---|\n{sent}"
    )


def _time(incident: Incident, at: timedelta) -> str:
    """The time of day; of a day after the first with the day's number."""
    moment = incident.begins + at
    later = (moment.date() - incident.begins.date()).days
    return f"{moment:%H:%M}" + (f" on day {later + 1}" if later else "")


def _length(text: str) -> str:
    """A length of time in words.

    >>> _length("1:10"), _length("168:00")
    ('1 hour and 10 minutes', '7 days')
    """
    minutes = duration(text) // timedelta(minutes=1)
    units = {"day": minutes // 1440, "hour": minutes // 60 % 24, "minute": minutes % 60}
    return " and ".join(f"{number} {unit}{'s' if number > 1 else ''}" for unit, number in units.items() if number)


def _when(incident: Incident, times: tuple[timedelta, ...]) -> str:
    if len(times) == 1:
        return _time(incident, times[0])
    every = _length(clock(times[1] - times[0])).removeprefix("1 ")
    return f"{_time(incident, times[0])} to {_time(incident, times[-1])}, every {every}"


def _happens(step: Step) -> str:
    return "; ".join(_ACTIONS[name](action) for name, action in step.actions.items())


def _records(action: Mapping[str, Any]) -> str:
    count, what = action.get("count", 1), _KINDS.get(action["kind"], action["kind"].replace("_", " "))
    dated = f", dated {_length(action['before'])} earlier" if "before" in action else ""
    return f"{count if count > 1 else 'an'} exception{'s' * (count > 1)} at {action['integration']} ({what}){dated}"


def _modes(modes: Mapping[str, Any]) -> str:
    return ", ".join(_MODES.get((name, value), f"{name} is {value}") for name, value in modes.items())


_KINDS = {
    "cloudflare_challenge": "403 with a challenge page",
    "dns_failure": "the host's name is not found",
    "key_revoked": "401, the keys are no longer valid",
    "read_timeout": "the shop does not answer in time",
    "rejected_order": "an order is rejected",
    "ssl_expired": "the certificate has expired",
    "wp_json_missing": "404 on the path of the shop's API",
}
"""What the kinds of ``sandbox/upstreams/failures.py`` look like to Sendcloud; any other goes by its own name."""

_MODES = {
    ("wemasy_connected", False): "WeMaSy says that the shop is disconnected from Sendcloud",
    ("wemasy_connected", True): "WeMaSy says that the shop is connected again",
}
_STATES = {
    "works": "Sendcloud fetches from {integration} again",
    "stops": "Sendcloud stops fetching from {integration}, without reporting a failure",
    "fails": "Sendcloud stops fetching from {integration}, and reports that it fails",
}
_ACTIONS: Mapping[str, Any] = {
    "records": _records,
    "shop": lambda action: _STATES[action["state"]].format(**action),
    "modes": _modes,
    "fault": lambda action: (
        f"{'Sendcloud' if action['path'] == '/api/v3' else 'WeMaSy'} answers every request with {action['kind']}"
    ),
    "keys": {
        "revoked": "the account's keys are revoked in Sendcloud",
        "entered": "the new keys are in the account's secret",
    }.__getitem__,
    "clear_faults": lambda _: "the API works again",
}


def _about(message: Expected) -> str:
    return "the account" if message.integration is None else str(message.integration)


def _notice(incident: Incident, message: Expected) -> str:
    """The subject; or where people read of an event that no notice has for its first."""
    if message.notice:
        return message.notice
    together = (each for each in incident.messages if (each.at, each.integration) == (message.at, message.integration))
    return "in the notice above" if any(each.notice for each in together) else "event only"
