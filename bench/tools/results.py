"""RESULTS.md from the lines of the runs: medians, ratios, and each goal with what was seen. Pure.

A line is a JSON object. A run has one that says who measured what on which machine, and then one for each measurement::

    {"run": "2026-11-22T09:30:00Z", "command": "python -m bench", "machine": "…", "versions": "…", "quick": false}
    {"run": "2026-11-22T09:30:00Z", "work": "a", "round": 1, "case": "no latency", "contestant": "ours",
     "values": {"wall time, s": 2.1}, "wrong": ""}
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bench.tools.work import Found, Measurement

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bench.tools.work import Goal, Work

BY_HAND = "<!-- from here on by hand -->"
"""What follows this line in the page is kept."""

HEAD = """\
# Measured side by side

Written by `make bench`: everything beside what a user would take instead, on the same work, in the same run, on one
machine. Contestants take turns within each round; a figure is the median of the rounds, a ratio the median of the
rounds' ratios. Only ratios hold on another machine.

What is measured elsewhere: [under load](LOAD.md), [the archive at a million records](ARCHIVE.md), [the API's
routes](API.md), [its pages over a year of archive](PAGES.md), [how long a message takes](TELLING.md).
"""


@dataclass
class Run:
    """One run's description, and its measurements by work."""

    said: Mapping[str, Any]
    works: dict[str, list[Measurement]] = field(default_factory=dict)


def runs(lines: Iterable[Mapping[str, Any]]) -> list[Run]:
    """The runs that the lines are of, in their order; a measurement of an unknown run is left out."""
    found: dict[str, Run] = {}
    for line in lines:
        if "work" not in line:
            found[line["run"]] = Run(line)
        elif line["run"] in found:
            measurement = Measurement(line["case"], line["contestant"], line["values"], line["wrong"], line["round"])
            found[line["run"]].works.setdefault(line["work"], []).append(measurement)
    return list(found.values())


def page(works: Sequence[Work], lines: Iterable[Mapping[str, Any]], *, quick: bool = False) -> str:
    """The page: of each work the last run that measured it, of quick runs or of whole ones."""
    parts, reached = [], []
    measured = [run for run in runs(lines) if bool(run.said.get("quick")) == quick]
    for work in works:
        run = next((run for run in reversed(measured) if work.letter in run.works), None)
        if run is not None:
            found = Found(run.works[work.letter])
            parts.append(section(work, found, run.said))
            reached += [(work, goal, goal.figure(found)) for goal in work.goals]
    return "\n".join([HEAD, summary(reached), *parts])


def summary(reached: Sequence[tuple[Work, Goal, float | None]]) -> str:
    """Every goal in one table."""
    rows = []
    for work, goal, figure in reached:
        seen = _figure(figure) + (f" {goal.unit}" if goal.unit and figure is not None else "")
        rows.append(f"| [{work.letter}](#{_anchor(work)}) | {goal.text} | {seen} | {_said(goal, figure)} |")
    return "\n".join(["## Goals", "", "| | goal | seen | |", "|---|---|---:|---|", *rows, ""])


def section(work: Work, found: Found, said: Mapping[str, Any]) -> str:
    """One work's section."""
    rounds = len({each.round for each in found.measurements})
    lines = [
        f"## {_title(work)}",
        "",
        work.text,
        "",
        f"`{said['command']}`, {said['run'][:10]}, {rounds} round{'s' * (rounds > 1)}: {said['machine']}; "
        f"{said['versions']}.",
        "",
        *table(work, found),
        "",
        *([note, ""] if (note := work.note(found)) else []),
    ]
    return "\n".join(lines)


def table(work: Work, found: Found) -> list[str]:
    """The measurements' medians, and each contestant's first value in relation to the reference's of the same case.

    Cases of which the same was measured share a table.
    """
    tables: dict[tuple[str, ...], list[str]] = {}
    for case in dict.fromkeys(each.case for each in found.measurements):
        measured = dict.fromkeys(value for each in found.measurements if each.case == case for value in each.values)
        tables.setdefault(tuple(measured), []).append(case)
    wrong = any(each.wrong for each in found.measurements)
    lines: list[str] = []
    for names, cases in tables.items():
        related = any(found.values(names[0], case, work.reference) for case in cases if names)
        head = ["", "", *names, *[f"÷ {work.reference}"] * related, *["wrong answer"] * wrong]
        lines += [_line(head), _line(["---", "---", *["---:"] * (len(names) + related), *["---"] * wrong])]
        for case, who in dict.fromkeys((each.case, each.contestant) for each in found.measurements):
            if case in cases:
                cells = [case, f"`{who}`", *(_figure(found.median(name, case, who)) for name in names)]
                if related:
                    cells.append(_figure(found.ratio(names[0], (case, who), (case, work.reference))))
                lines.append(_line([*cells, *[_cell(found.wrong(case, who))] * wrong]))
        lines.append("")
    return lines[:-1]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    return text.replace("|", "/").replace("\n", " ")[:200]


def keep_what_is_by_hand(new: str, old: str) -> str:
    """The new page with what was written by hand at the end of the old one."""
    return f"{new.rstrip()}\n\n{BY_HAND}{old.partition(BY_HAND)[2] or '\n'}"


def _title(work: Work) -> str:
    return f"{work.letter}. {work.title}"


def _anchor(work: Work) -> str:
    """What GitHub makes of the title."""
    kept = "".join(each for each in _title(work).lower() if each.isalnum() or each in " -_")
    return kept.replace(" ", "-")


def _figure(value: float | None) -> str:
    """Three digits that mean something.

    >>> [_figure(each) for each in (None, 0.01234, 12.34, 12345.6, 0.0)]
    ['–', '0.0123', '12.3', '12,346', '0']
    """
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _said(goal: Goal, figure: float | None) -> str:
    if figure is None:
        return "not measured"
    return "reached" if goal.reached(figure) else "**not reached**"
