"""``docs/incidents.md``, from the incidents' data files: ``python -m docs.generate`` writes it."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from sandbox.incidents.incident import clock, load, names

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from sandbox.incidents.incident import Expected, Incident, Step

PAGE = "docs/incidents.md"
HEAD = """\
# Incidents

Generated from `sandbox/incidents/*.toml` by `make docs`: edit those files.

What goes wrong in practice, and every message that it leads to: none is missing and none is told twice. Each incident
is a data file. `.venv/bin/python -m sandbox.incidents NAME` plays one and prints its messages as a shop owner gets
them; `--all` plays all. The functions' own code fetches, archives, checks and tells, in one process and on a made
clock, with the template's default parameters: ticks and checks every five minutes, and the sweep at 03:17. Some are
also played on the deployed stack, in `tests/e2e/test_incidents.py`.

To add one, copy a file there and change it: the head of `sandbox/incidents/incident.py` says what it may hold. The
tests play it, and fail where what is told is not what the file lists.

Times are hours and minutes after the beginning. Where there is no subject, no notice has the event for its first: it is
further down in the notice before it, or on the bus alone because a problem tells the same.
"""


def page() -> str:
    """The whole page."""
    return HEAD + "".join(_section(load(name)) for name in names())


def _section(incident: Incident) -> str:
    story = textwrap.fill(f"{incident.title}. {incident.story}", 120)
    steps = "".join(f"- {_when(step.times)}: {_happens(step)}\n" for step in incident.steps)
    told = "".join(
        f"| {clock(each.at)} | {each.what} | {_about(each)} | {each.notice or ''} |\n" for each in incident.messages
    )
    return (
        f"\n## {incident.name}\n\n{story}\n\nWhat happens (it begins at "
        f"{incident.begins:%H:%M} UTC and ends at {clock(incident.ends)}):\n\n{steps}\nWhat is told:\n\n"
        f"| at | event | integration | the notice's subject |\n|---|---|---|---|\n{told}"
    )


def _when(times: tuple[timedelta, ...]) -> str:
    if len(times) == 1:
        return clock(times[0])
    return f"{clock(times[0])} to {clock(times[-1])}, every {clock(times[1] - times[0])}"


def _happens(step: Step) -> str:
    return "; ".join(_ACTIONS[name](action) for name, action in step.actions.items())


def _records(action: Mapping[str, Any]) -> str:
    count = action.get("count", 1)
    dated = f", dated {action['before']} earlier" if "before" in action else ""
    what = f"`{action['kind']}` at integration {action['integration']}{dated}"
    return f"{count} exceptions {what}" if count > 1 else f"an exception {what}"


def _settings(settings: Mapping[str, Any]) -> str:
    return ", ".join(f"`{name}={value}`" for name, value in settings.items())


_STATES = {
    "works": "Sendcloud fetches from integration {integration} again",
    "stops": "Sendcloud no longer fetches from integration {integration}, and says nothing",
    "fails": "Sendcloud no longer fetches from integration {integration}, and says that it is failing",
}
_ACTIONS: Mapping[str, Any] = {
    "records": _records,
    "shop": lambda action: _STATES[action["state"]].format(**action),
    "modes": lambda action: f"modes {_settings(action)}",
    "fault": lambda action: f"fault {_settings(action)}",
    "keys": {
        "revoked": "the account's keys are revoked in Sendcloud",
        "entered": "the new keys are in the account's secret",
    }.__getitem__,
    "clear_faults": lambda _: "the fault is over",
}


def _about(message: Expected) -> str:
    return "the account" if message.integration is None else str(message.integration)
