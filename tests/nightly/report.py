"""How a night went, for people and programs. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

BEGIN, END = "<!-- nightly: written by python -m tests.nightly --record -->", "<!-- /nightly -->"
_HEAD = "| step | begun (UTC) | took | outcome | figures | seed | commit |\n|---|---|---|---|---|---|---|\n"


@dataclass(frozen=True)
class Result:
    """One step of a night: ``outcome`` is ``passed``, ``failed`` with the exit code, or ``no end`` after so many hours.

    ``replay`` is the command as it was run, with the seed that it drew from (``None``: it draws nothing).
    """

    step: str
    begun: str
    seconds: int
    outcome: str
    figures: str
    seed: int | None
    commit: str
    quick: bool
    replay: str

    @property
    def passed(self) -> bool:
        """Whether all was as it should be."""
        return self.outcome == "passed"


def as_json(results: list[Result]) -> list[dict[str, Any]]:
    """The results as JSON: a list with an object for each step, its fields those of ``Result``."""
    return [asdict(result) for result in results]


def merged(before: list[Result], now: list[Result], order: list[str]) -> list[Result]:
    """The last result of each step that still exists, in that order: one night may be run step by step."""
    last = {result.step: result for result in (*before, *now)}
    return [last[name] for name in order if name in last]


def table(results: list[Result]) -> str:
    """The results as a table in Markdown."""
    return _HEAD + "".join(
        f"| {each.step} | {each.begun} | {_took(each.seconds)} | {each.outcome} "
        f"| {_cell(each.figures)}{' (a quick share)' if each.quick else ''} "
        f"| {'' if each.seed is None else each.seed} | `{each.commit}` |\n"
        for each in results
    )


def markdown(results: list[Result]) -> str:
    """The report: the table, and for each step that failed the command that repeats it."""
    failed = [f"- {each.step}: `{each.replay}`\n" for each in results if not each.passed]
    return f"# Nightly\n\n{table(results)}" + (f"\nTo repeat what failed:\n\n{''.join(failed)}" if failed else "")


def recorded(page: str, results: list[Result]) -> str:
    """The page with the table in its place. Raises ``ValueError`` where the page has no such place."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no {BEGIN} … {END}")
    return f"{before}{BEGIN}\n{table(results)}{END}{after}"


def _took(seconds: int) -> str:
    return f"{seconds} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
