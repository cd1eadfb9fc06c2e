"""``make incident``: plays incidents and prints the messages as a shop owner gets them."""

from __future__ import annotations

import argparse
import sys
import textwrap
from typing import TYPE_CHECKING

from sandbox.incidents.incident import IncidentError, clock, load, names
from sandbox.incidents.player import play
from sandbox.incidents.told import differences
from sandbox.upstreams.messages import MisuseError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from check_status.wording import Language
    from sandbox.incidents.incident import Incident
    from sandbox.incidents.player import Told

_WIDTH = 100
_INDENT = " " * 16


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the incidents; 1 if other messages are sent than the file expects, 2 if there is no such incident."""
    parser = argparse.ArgumentParser(
        prog="make incident",
        usage="make incident NAME=keys-revoked LANGUAGE=nl",
        description="Plays an incident in seconds, with the functions' own code and no cloud, and prints what is sent. "
        "Without a name, lists the incidents. The exit code is 1 if other messages are sent than the incident's file "
        "expects.",
    )
    parser.add_argument("name", nargs="*", help="an incident from the list")
    parser.add_argument("--all", action="store_true", help="play all of them")
    parser.add_argument("--language", choices=("en", "nl"), default="en", help="the notices' language (%(default)s)")
    options = parser.parse_args(arguments)
    try:
        incidents = [load(name) for name in (names() if options.all or not options.name else options.name)]
        if not options.all and not options.name:
            for incident in incidents:
                print(f"{incident.name:24} {incident.title}")
            print("\nPlay one, for example: make incident NAME=keys-revoked LANGUAGE=nl", file=sys.stderr)
            return 0
        return max(_played(incident, options.language) for incident in incidents)
    except (IncidentError, MisuseError) as error:
        print(error, file=sys.stderr)
        return 2


def _played(incident: Incident, language: Language) -> int:
    told = play(incident, language)
    print(f"\n{incident.title}\n{'=' * len(incident.title)}\n{textwrap.fill(incident.story, _WIDTH)}\n")
    _print(incident, told)
    if language != "en":  # what the file expects of the notices' words is English
        return 0
    wrong = differences(incident.messages, told.events, told.notices)
    for line in wrong:
        print(f"  ✗ {line}")
    if not wrong:
        counts = f"{len(told.events)} events and {len(told.notices)} notices"
        print(f"  ✓ {counts}, as expected; nothing else in {clock(incident.ends)} hours")
    return 1 if wrong else 0


def _print(incident: Incident, told: Told) -> None:
    """Each notice in full, and each event that is in no notice of the same check."""
    noticed = [(each.at, " ".join(each.text.split("\n"))) for each in told.notices]
    lines = [(each.at, f"{each.subject}\n{each.text}") for each in told.notices]
    lines += [
        (each.at, f"(an event only) {each.what}\n{each.sentence}\n")
        for each in told.events
        if not any(at == each.at and each.sentence in text for at, text in noticed)
    ]
    for at, text in sorted(lines, key=lambda line: line[0]):
        head, *rest = text.split("\n")
        print(f"  {incident.begins + at:%d %b %H:%M}  {head}")
        for line in rest:
            print(
                textwrap.fill(line, _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT, break_on_hyphens=False)
            )
    print()


if __name__ == "__main__":
    sys.exit(main())
