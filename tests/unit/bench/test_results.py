"""What the bench makes of its measurements: medians, ratios, goals, the page; and how it judges what is stored."""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from bench.peers.contestants import OURS, PEERS, WITHOUT, How, command
from bench.tools import results, stored
from bench.tools.template import environment
from bench.tools.timed import CommandFailedError, run
from bench.tools.work import WALL, Found, Goal, Measurement, Work
from bench.works.backfill import budget_used
from bench.works.incremental import judged
from sandbox.upstreams.orders import canaries

if TYPE_CHECKING:
    from pathlib import Path


def measured(contestant: str, *seconds: float, case: str = "case", wrong: str = "") -> list[Measurement]:
    return [
        Measurement(case, contestant, {WALL: each} if each else {}, wrong, number)
        for number, each in enumerate(seconds, 1)
    ]


def ratio(found: Found) -> float | None:
    return found.ratio(WALL, ("case", "ours"), ("case", "theirs"))


def work(**fields: Any) -> Work:
    return Work("x", "A work", "What is measured.", lambda _: nullcontext(lambda: iter(())), **fields)


def line(measurement: Measurement, *, at: str = "2026-11-22T09:00:00Z", letter: str = "x") -> dict[str, Any]:
    return {
        "run": at,
        "work": letter,
        **{name: getattr(measurement, name) for name in ("case", "contestant", "values", "wrong", "round")},
    }


def head(at: str = "2026-11-22T09:00:00Z", *, quick: bool = False) -> dict[str, Any]:
    return {"run": at, "command": "python -m bench", "machine": "a machine", "versions": "versions", "quick": quick}


def test_a_ratio_is_of_the_same_rounds() -> None:
    """Each round's own ratio counts, so that what slowed a whole round down moves none; the median of them is it."""
    found = Found([*measured("ours", 1, 10, 3), *measured("theirs", 2, 20, 4)])
    assert found.median(WALL, "case", "ours") == 3
    assert ratio(found) == 0.5


def test_what_was_not_measured_is_no_figure() -> None:
    """A round without a value, or a contestant without a round, is left out rather than taken for nothing."""
    found = Found([*measured("ours", 1, 0), *measured("theirs", 2, 4)])
    assert found.median(WALL, "case", "nobody") is None
    assert ratio(found) == 0.5
    assert Found(measured("ours", 1)).ratio(WALL, ("case", "ours"), ("case", "theirs")) is None


@pytest.mark.parametrize(
    ("sense", "figure", "said"),
    [
        ("at most", 0.5, "reached"),
        ("at most", 0.51, "**not reached**"),
        ("at least", 0.5, "reached"),
        ("at least", 0.49, "**not reached**"),
        ("at least", None, "not measured"),
    ],
)
def test_a_goal_is_reached_or_not(sense: Any, figure: float | None, said: str) -> None:
    """The page says of each goal what was seen, and whether that is within the bound."""
    goal = Goal("a goal", sense, 0.5, lambda _: figure)
    shown = results.summary([(work(), goal, goal.figure(Found([])))])
    assert f"a goal | {'–' if figure is None else f'{figure:g} ×'} | {said} |" in shown


def test_the_page_has_each_works_last_run() -> None:
    """Of each work the last run that measured it is shown, of quick runs nothing on the page of whole ones."""
    old, new = "2026-11-21T09:00:00Z", "2026-11-22T09:00:00Z"
    lines = [head(old), head(new), head("2026-11-23T09:00:00Z", quick=True)]
    lines += [line(each, at=old) for each in measured("ours", 7.77)]
    lines += [line(each, at=new) for each in measured("ours", 1, 2, 3.5)]
    lines += [line(each, at="2026-11-23T09:00:00Z") for each in measured("ours", 8.88)]
    lines += [line(each, at="nobody knows") for each in measured("ours", 9.99)]
    shown = results.page([work(note=lambda found: f"{len(found.measurements)} in all")], lines)
    assert "| case | `ours` | 2 |" in shown
    assert "3 rounds: a machine; versions" in shown
    assert "3 in all" in shown
    assert not any(figure in shown for figure in ("7.77", "8.88", "9.99"))
    assert "8.88" in results.page([work()], lines, quick=True)


def test_a_wrong_answer_is_marked() -> None:
    """A contestant whose answer was wrong in any round is marked, however fast; without one there is no column."""
    right, lost = measured("ours", 1, 1), [*measured("theirs", 1), *measured("theirs", 1, wrong="3 lost")]
    table = results.table(work(reference="ours"), Found([*right, *lost]))
    assert table[0].endswith("| ÷ ours | wrong answer |")
    assert table[2:] == ["| case | `ours` | 1 | 1 |  |", "| case | `theirs` | 1 | 1 | 3 lost |"]
    assert "wrong" not in results.table(work(), Found(right))[0]


def test_cases_of_which_other_things_are_measured_have_tables_of_their_own() -> None:
    """No table has columns for what was measured of other cases."""
    sizes = [Measurement("size", "ours", {"MB": 7.0}, round=1)]
    other = measured("ours", 2, case="other")
    shown = results.table(work(), Found([*measured("ours", 1), *sizes, *other]))
    assert [row for row in shown if not row.startswith("| ---")] == [
        f"|  |  | {WALL} |",
        "| case | `ours` | 1 |",
        "| other | `ours` | 2 |",
        "",
        "|  |  | MB |",
        "| size | `ours` | 7 |",
    ]


def test_what_was_written_by_hand_stays() -> None:
    """Writing the page again keeps what follows its mark."""
    page = results.keep_what_is_by_hand("new\n", f"old\n\n{results.BY_HAND}\n\n## Profile\n")
    assert page == f"new\n\n{results.BY_HAND}\n\n## Profile\n"
    assert results.keep_what_is_by_hand("new\n", "") == f"new\n\n{results.BY_HAND}\n"


def rows(*ids: int, text: str = "") -> bytes:
    return b"".join(json.dumps({"id": id_, "text": text}).encode() + b"\n" for id_ in ids)


def test_whatever_the_form_every_id_is_counted(tmp_path: Path) -> None:
    """Lines, gzip'd lines and Parquet give their ids, as often as they are there; marks of secrets are found in any."""
    mark, other = canaries()[:2]
    parquet = tmp_path / "rows.parquet"
    duckdb.sql(f"COPY (SELECT 7 AS id, '{other}' AS text UNION ALL SELECT 7, '') TO '{parquet}'")
    objects = [rows(1, 2), gzip.compress(rows(2, 3, text=mark)), parquet.read_bytes(), b'{"odd": 1}\n', b""]
    found = stored.together(map(stored.read, objects))
    assert found.ids == Counter({1: 1, 2: 2, 3: 1, 7: 2})
    assert found.leaked == {mark, other}


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        ([1, 2, 3], ""),
        ([1, 2], "1 lost (1 of them back-dated)"),
        ([2, 3], "1 lost"),
        ([1, 2, 3, 3, 3], "2 doubled"),
        ([1, 2, 3, 4], "1 that never was"),
    ],
)
def test_the_truth_is_what_counts(ids: list[int], said: str) -> None:
    """What was lost, doubled or invented is said, and how much of the loss was back-dated."""
    assert stored.wrong(Counter(ids), [1, 2, 3], [3]) == said


def test_of_an_incremental_run_only_what_it_did_is_judged() -> None:
    """What was lost before is not lost again; what is stored once more is doubled; a tick's loss is until the sweep."""
    had, has = Counter([1, 2]), Counter([1, 2, 2, 3])
    assert judged("dlt", had, has, [3], []) == "1 doubled"
    assert judged("dlt", had, has + Counter([4]), [3, 4], [4]) == "1 doubled"
    assert judged("ours", had, Counter([1, 2, 3]), [3, 4], [4]) == "1 lost (1 of them back-dated)"
    assert judged("ours_tick", had, had, [3], [3]) == "1 lost (1 of them back-dated): until the day's sweep"
    assert judged("ours", had, has - Counter([2]), [3], []) == ""
    assert judged("ours", had, had + Counter([3, 9]), [3], []) == "1 that never was"


@pytest.mark.parametrize("name", [*OURS, *PEERS, "bare"])
def test_each_contestant_is_told_where_everything_is(name: str) -> None:
    """Every contestant is a module that is started with as much of the place as it can use."""
    place = ["--base-url", "http://x", "--bucket", "b", "--integration", "1", "--integration", "2"]
    words = command(name, place, How(tasks=("tick", "sweep"), look_back=3))
    assert words[1] == "-m"
    if name in OURS:
        assert words[3:] == ["tick", "sweep", "--lifted", *(f"--without={part}" for part in WITHOUT.get(name, ()))]
    else:
        assert [words[at + 1] for at, word in enumerate(words) if word == "--integration"] == ["1", "2"]
        assert ("--bucket" in words) == (name != "bare")
        assert (words[-2:] == ["--look-back", "3"]) == (name in PEERS)


def test_a_function_has_the_templates_variables() -> None:
    """Every variable of the template is there, by its default or as given; a parameter that is none is refused."""
    given = environment("FetchLogs", {"Bucket": "b", "SendcloudBaseUrl": "http://x", "PageSize": "7"})
    assert given["BUCKET"] == "b"
    assert given["SENDCLOUD_BASE_URL"] == "http://x"
    assert (given["PAGE_SIZE"], given["ACCOUNT_NAMES"], given["REQUESTS_PER_MINUTE"]) == ("7", "main", "900")
    with pytest.raises(KeyError, match="NoSuchParameter"):
        environment("FetchLogs", {"NoSuchParameter": "1"})


def test_a_command_is_timed_from_outside(tmp_path: Path) -> None:
    """Wall time, processor time and peak memory are the command's own, not those of who measures it."""
    ballast = bytearray(300 << 20)
    code = "import time\nkept = bytearray(64 << 20)\nwhile time.process_time() < 0.3: pass\nprint(len(kept))"
    taken = run([sys.executable, "-c", code], {}, tmp_path)
    assert taken.output == f"{64 << 20}\n"
    assert 0.3 <= taken.cpu < 2
    assert taken.wall >= taken.cpu * 0.9
    assert 64 << 20 < taken.peak < 150 << 20 < len(ballast)


def test_a_command_that_fails_is_no_measurement(tmp_path: Path) -> None:
    """A command that ends badly, or not at all, says why, and gives no time."""
    with pytest.raises(CommandFailedError, match="ended with 3: it broke"):
        run([sys.executable, "-c", "import sys; sys.stderr.write('first\\nit broke\\n'); sys.exit(3)"], {}, tmp_path)
    with pytest.raises(CommandFailedError, match="ended with -9"):
        run([sys.executable, "-c", "import time; time.sleep(60)"], {}, tmp_path, within=0.3)


def test_the_budget_is_what_a_pacer_gives() -> None:
    """A burst at once and the rest evenly: a whole minute of it is the whole budget."""
    assert budget_used(900, 60) == 100
    assert budget_used(30, 0) == 100
    assert budget_used(450, 60) == 50
