"""The documentation says what the code does: what can be compared is compared."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path

import pytest

from bench.works import cost
from check_status.check import columns as checks
from docs import api_description, generate, incident_pages
from integration_logs.records.rows import COLUMNS, SCHEMA_VERSION
from integration_logs.redaction.redactor import Redactor
from tests.unit.house.markdown import FENCE, code, rows, slugs

ROOT = Path(__file__).parents[3]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
README = (ROOT / "README.md").read_text()
OPERATIONS = (ROOT / "docs/operations.md").read_text()
FOLDERS = (".ci", "bench", "consumers", "docs", "events", "functions", "layers", "requirements", "sandbox", "tests")
PARQUET = {
    "BIGINT": "INT64",
    "INTEGER": "INT32",
    "BOOLEAN": "BOOLEAN",
    "VARCHAR": "string",
    "TIMESTAMPTZ": "timestamp (µs, UTC)",
}

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


def test_the_parameters_are_the_templates() -> None:
    """The page's tables have each parameter of the template, in its order, with its default, and no other."""
    page = (ROOT / "docs/parameters.md").read_text()
    groups = re.findall(r"^## (.+)$", page, re.MULTILINE)
    tables = [rows(page, f"## {group}") for group in groups]
    listed = [(name.strip("`"), default.strip("`")) for table in tables for name, default, _ in table]
    template = generate.template()["Parameters"]
    expected = [(name, "(empty)" if each["Default"] == "" else str(each["Default"])) for name, each in template.items()]
    assert listed == expected


def test_the_routes_are_the_templates() -> None:
    """The API's description has each route of the template, of the function that answers it, and no other."""
    described = {
        (method, path, operation["tags"][0])
        for method, path, operation in api_description.operations(api_description.description())
    }
    events = {(event["Method"], event["Path"], name) for name, _, event in generate.api_events()}
    no_such_route = {(method, "/{proxy+}", "check_status") for method in _METHODS}
    assert no_such_route <= events
    assert described == events - no_such_route


def test_the_description_of_the_api_is_the_codes() -> None:
    """What is served and the page that is made from it are what the routes give; ``make docs`` writes them."""
    assert (ROOT / api_description.FILE).read_text() == api_description.text()
    assert (ROOT / api_description.PAGE).read_text() == api_description.page()


def test_the_description_of_the_api_leaves_nothing_open() -> None:
    """Each route says what it does, and each parameter, field and answer what it means; each name leads somewhere."""
    document = api_description.description()
    operations = list(api_description.operations(document))
    for method, path, operation in operations:
        where = f"{method} {path}"
        assert operation["summary"] != where, where
        assert len(operation["description"]) > 10, where
        for parameter in operation.get("parameters", []):
            assert parameter.get("description"), f"{where}: {parameter['name']}"
        for status, response in operation["responses"].items():
            assert response["description"] not in {"", "Successful Response"}, f"{where}: {status}"
            assert response["content"], f"{where}: {status}"
    for name, schema in document["components"]["schemas"].items():
        for field, each in schema.get("properties", {}).items():
            assert each.get("description") or field in {"data", "errors", "meta"}, f"{name}: {field}"
    text = json.dumps(document)
    assert set(re.findall(r'"#/components/schemas/(\w+)"', text)) <= set(document["components"]["schemas"])
    ids = [operation["operationId"] for _, _, operation in operations]
    assert len(set(ids)) == len(ids)
    assert set(api_description.EXAMPLES) == set(ids) - {
        "problem",
        "integration_problem",
    }  # whose id is no one's to know
    assert not re.search(r'"(?:ge|gt|le|lt)":', text)


def test_the_columns_are_the_archives() -> None:
    """The archive's columns are described in their order, with their types and the schema's version."""
    text = (ROOT / "docs/archive-format.md").read_text()
    listed = [(name.strip("`"), parquet, athena.strip("`")) for name, parquet, athena, *_ in rows(text, "## Columns")]
    assert listed == [(column.name, PARQUET[column.duckdb], column.glue) for column in COLUMNS]
    assert f"holds `schema_version`, at present `{SCHEMA_VERSION}`" in text


def test_the_columns_of_checks_are_the_tables() -> None:
    """The columns of a status check are described in their order, with the types that the Glue table has."""
    listed = rows((ROOT / "docs/archive-format.md").read_text(), "### The columns of checks")
    assert [(name.strip("`"), glue.strip("`")) for name, glue, *_ in listed] == list(checks.COLUMNS)


def test_the_remedies_are_the_catalogues() -> None:
    """The page of remedies is what the catalogue gives; ``make docs`` writes it."""
    assert (ROOT / generate.REMEDIES).read_text() == generate.remedies()


def test_the_incidents_are_the_data_files() -> None:
    """The page of incidents is what their files give; ``make docs`` writes it."""
    assert (ROOT / incident_pages.PAGE).read_text() == incident_pages.page()


@pytest.mark.parametrize("name", generate.PAGES)
def test_what_is_generated_is_up_to_date(name: str) -> None:
    """Each generated block holds what ``make docs`` would write, and each page that has one is written."""
    page = (ROOT / name).read_text()
    assert page == generate.filled(page)
    having = {each.relative_to(ROOT).as_posix() for each in PAGES if "<!-- generated: " in each.read_text()}
    assert having == set(generate.PAGES)


def test_the_cost_is_what_the_model_gives(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """README names the totals that ``bench.works.cost`` prints, and the page of costs the durations that it uses."""
    monkeypatch.setattr(sys, "argv", ["cost"])
    assert cost.main() == 0
    printed = re.findall(r"\*\*([\d.]+)\*\*", capsys.readouterr().out)
    assert re.findall(r"\*\*\$([\d.]+)\*\*", README) == printed
    warm = {task: measured[2] for task, measured in cost.MEASURED.items()}
    said = "warm {plan} ms to plan, {walk} ms to walk, {check} ms to check, {archive} ms to find nothing to archive"
    assert said.format_map(warm) in " ".join((ROOT / "docs/cost.md").read_text().split())


def test_more_accounts_cost_more() -> None:
    """No item of the bill falls with the number of accounts, and each is priced."""
    one, five = cost.bill(1), cost.bill(5)
    assert [line.item for line in one] == list(cost.PRICES)
    assert all(more.units >= less.units > 0 for less, more in zip(one, five, strict=True))
    assert cost.total(five) > cost.total(one) > cost.total(one, free=True)


def test_each_alarm_says_what_to_do() -> None:
    """Every alarm of the template has its section in the operations page, and no other is there."""
    resources = generate.template()["Resources"]
    alarms = {name for name, resource in resources.items() if resource["Type"] == "AWS::CloudWatch::Alarm"}
    assert set(re.findall(r"^### (\w+Alarm):", OPERATIONS, re.MULTILINE)) == alarms


def test_the_metrics_are_the_functions() -> None:
    """Each metric that the operations page names is one that a function or an error's name gives."""
    (row,) = [row for row in rows(OPERATIONS, "## Where to look") if row[0].startswith("metrics")]
    source = "".join(path.read_text() for path in [*ROOT.glob("functions/*/*.py"), *ROOT.glob("layers/*/*/*.py")])
    for name in re.findall(r"`(\w+)`", row[1]):
        assert re.search(rf'"{name}"|class {name}\(', source), name


@pytest.mark.parametrize("heading", ["## Known misses", "## Known false hits"])
def test_the_examples_of_redaction_hold(heading: str) -> None:
    """Each example of what is missed, or hit by mistake, is stored as the page says."""
    for what, *cells in rows((ROOT / "docs/redaction.md").read_text(), heading):
        given, stored = (cell.strip("`") for cell in cells)
        if given.startswith("{"):
            assert Redactor().value(json.loads(given)) == json.loads(stored), what
        else:
            assert Redactor().text(given) == stored, what


@every_page
def test_targets_exist(page: Path) -> None:
    """Every ``make x`` that a page shows is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {name for piece in code(page.read_text()) for name in re.findall(r"(?:^|\s)make ([a-z-]+)", piece)}
    assert named <= targets


@every_page
def test_paths_exist(page: Path) -> None:
    """Every path into the repository that a page shows leads to something."""
    words = {word for piece in code(page.read_text()) for word in re.findall(r"(?:^|(?<=[\s(]))[\w./-]+", piece)}
    for word in words:
        if word.partition("/")[0] in FOLDERS and "/" in word:
            assert (ROOT / word).exists(), word
        elif re.fullmatch(r"[\w-]+\.(?:py|yaml|toml|md)", word):
            assert (
                any(path.name == word for folder in FOLDERS for path in (ROOT / folder).rglob("*"))
                or (ROOT / word).exists()
            ), word


@every_page
def test_modules_exist(page: Path) -> None:
    """Every ``python -m x`` that a page shows can be run."""
    for piece in code(page.read_text()):
        for module in re.findall(r"python -m ([\w.]+)", piece):
            assert importlib.util.find_spec(module) is not None, module


@every_page
def test_links_resolve(page: Path) -> None:
    """Every relative link leads to a file or folder of the repository, and its anchor to a heading there."""
    for target in re.findall(r"\]\(([^()\s]+)\)", FENCE.sub("", page.read_text())):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), target
        assert there.is_relative_to(ROOT), target
        if anchor:
            assert anchor in slugs(there.read_text()), target


def test_decisions_are_numbered_and_whole() -> None:
    """Records of decisions are numbered without a gap, and each says why, what and what of it."""
    records = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
    assert [record.name[:4] for record in records] == [f"{number:04}" for number in range(1, len(records) + 1)]
    for record in records:
        text = record.read_text()
        assert text.startswith(f"# {record.name[:4]}: "), record.name
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequence"], record.name


def test_the_index_of_decisions_is_whole() -> None:
    """The index lists each record of a decision once, with its title."""
    records = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
    titles = [(record.name, record.read_text().partition("\n")[0].removeprefix("# ")) for record in records]
    index = (ROOT / "docs/decisions/README.md").read_text()
    listed = re.findall(r"^- \[(\d{4})\]\((\S+)\): (.+)$", index, re.MULTILINE)
    assert sorted((file, f"{number}: {title}") for number, file, title in listed) == titles


def test_the_incidents_are_for_people() -> None:
    """No cell of the page is empty, no time is a duration, and no word is the sandbox's own."""
    page = incident_pages.page().partition("\n## ")[2]
    assert not re.search(r"\| *\|", page)
    assert "`" not in page
    assert all(
        re.match(r"- \d\d:\d\d( to \d\d:\d\d, every [\w ]+)?: ", line)
        for line in re.findall("^- .+", page, re.MULTILINE)
    )


def test_old_versions_are_counted() -> None:
    """Half an object's size for each of a day's 288 versions; by count, of the days after that but the last few."""
    assert cost.old_versions(1, counted=False) == pytest.approx(288 / 2 * 30 / 1000)
    assert cost.old_versions(1) == pytest.approx((288 / 2 + 5 * 29) / 1000)
