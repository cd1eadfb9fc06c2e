from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from archive_logs.merging import partitions
from check_status.check import columns as checks
from integration_logs.records.rows import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
SHIPPED = sorted(path for folder in ("functions", "layers/shared") for path in (ROOT / folder).rglob("*.py"))
HOUSE = SHIPPED + sorted((ROOT / "sandbox").rglob("*.py"))

KNOWS_POWERTOOLS = {"handler.py", "api.py", "parameters.py", "routing.py", "telemetry.py"}
ENDINGS = {"s", "es", "er", "ed", "ing"}

TEMPLATE: dict[str, Any] = yaml_parse((ROOT / "template.yaml").read_text())
RESOURCES: dict[str, Any] = TEMPLATE["Resources"]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports(path: Path) -> Iterator[str]:
    """The modules that a file imports when it runs, wherever in it; what only annotations need is left out."""
    found: list[ast.AST] = [ast.parse(path.read_text())]
    while found:
        node = found.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}:
            found += node.orelse
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            assert not node.level, f"{named(path)} imports by a relative name"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        found += ast.iter_child_nodes(node)


def own_file(module: str) -> Path | None:
    """The file of one of this project's modules (or of a name in it)."""
    for name in (module, module.rpartition(".")[0]):
        for folder in ("functions", "layers/shared"):
            path = (ROOT / folder / name.replace(".", "/")).with_suffix(".py")
            if path.is_file():
                return path
    return None


@pytest.mark.parametrize("path", SHIPPED, ids=named)
def test_only_the_edge_knows_powertools(path: Path) -> None:
    """Lambda and Powertools end at the handlers, the API and its answers."""
    knows = any(module.startswith("aws_lambda_powertools") for module in imports(path))
    assert not knows or path.name in KNOWS_POWERTOOLS


@pytest.mark.parametrize("path", HOUSE, ids=named)
def test_a_file_is_small_and_named_for_what_it_does(path: Path) -> None:
    """No file outgrows 320 lines, and none is a drawer for odds and ends."""
    assert len(path.read_text().splitlines()) < 320
    assert not {"util", "utils", "helper", "helpers", "common", "misc"} & set(
        path.relative_to(ROOT).with_suffix("").parts
    )


@pytest.mark.parametrize("part", ["functions/fetch_logs", "functions/archive_logs", "functions/check_status", "layers"])
def test_no_two_files_differ_by_an_ending(part: str) -> None:
    """Within a function no file is named like another, and none is told from another by how its name ends alone."""
    names = Counter(path.stem for path in (ROOT / part).rglob("*.py") if path.stem != "__init__")
    assert [name for name, times in names.items() if times > 1] == []
    assert [(name, name + ending) for name in names for ending in ENDINGS if name + ending in names] == []


@pytest.mark.parametrize(
    ("function", "heavy"),
    [
        ("fetch_logs", ["duckdb", "pydantic", "aws_lambda_powertools.event_handler"]),
        ("check_status", ["duckdb", "pydantic", "aws_lambda_powertools.event_handler"]),
        ("archive_logs", ["duckdb", "pydantic", "aws_lambda_powertools.event_handler", "requests"]),
    ],
)
def test_a_cold_start_imports_what_it_needs(function: str, heavy: list[str]) -> None:
    """Importing a handler builds nothing, needs no setting, and leaves out what only some ways in need."""
    code = f"import sys, {function}.handler; print([name for name in {heavy!r} if name in sys.modules])"
    path = os.pathsep.join([str(ROOT / "functions"), str(ROOT / "layers/shared")])
    environment = {"PYTHONPATH": path, "PATH": os.environ["PATH"], "POWERTOOLS_SERVICE_NAME": "tests"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr


# --- the template ----------------------------------------------------------------------------------------------------


def test_the_tables_columns_are_the_archives() -> None:
    """Athena sees the archive's columns under their names, with their types, in their order."""
    table = RESOURCES["GlueLogsTable"]["Properties"]["TableInput"]
    columns = [(column["Name"], column["Type"]) for column in table["StorageDescriptor"]["Columns"]]
    assert columns == [(column.name, column.glue) for column in COLUMNS]
    assert all(column["Comment"] for column in table["StorageDescriptor"]["Columns"])
    assert table["PartitionKeys"] == [{"Name": "dt", "Type": "string"}]


def test_the_columns_of_checks_are_the_lines_fields() -> None:
    """Athena sees the fields of a status check's lines under their names, where check_status puts them."""
    table = RESOURCES["GlueChecksTable"]["Properties"]["TableInput"]
    columns = [(column["Name"], column["Type"]) for column in table["StorageDescriptor"]["Columns"]]
    assert columns == list(checks.COLUMNS)
    assert all(column["Comment"] for column in table["StorageDescriptor"]["Columns"])
    assert table["Parameters"]["storage.location.template"] == {"Fn::Sub": "s3://${Bucket}/status/dt=${!dt}"}


def test_the_tables_days_begin_where_the_archives_do() -> None:
    """The projection begins at the archive's first day and looks where the archive puts its objects."""
    parameters = RESOURCES["GlueLogsTable"]["Properties"]["TableInput"]["Parameters"]
    assert parameters["projection.dt.range"].partition(",")[0] == partitions.EPOCH.isoformat()
    place = (
        parameters["storage.location.template"]["Fn::Sub"]
        .removeprefix("s3://${Bucket}/")
        .replace("${!dt}", "2026-11-22")
    )
    partition = partitions.Partition(partitions.EPOCH.replace(year=2026, month=11, day=22), 7)
    assert partition.key.rpartition("/")[0] == place


def statements() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, resource in RESOURCES.items():
        for policy in resource.get("Properties", {}).get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield f"{name}/{statement.get('Sid', '')}", statement


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize(("name", "statement"), list(statements()), ids=[name for name, _ in statements()])
def test_no_policy_allows_more_than_it_names(name: str, statement: dict[str, Any]) -> None:
    """Every permission is for named actions on named resources; X-Ray alone knows no resources."""
    assert statement["Sid"], name
    assert statement["Effect"] == "Allow"
    actions = listed(statement["Action"])
    assert not [action for action in actions if "*" in action]
    if "*" in listed(statement["Resource"]):
        assert all(action.startswith("xray:") for action in actions)


def test_nothing_can_take_a_record_out_of_the_archive() -> None:
    """No function may delete objects anywhere but in landing and in quarantine, and none may delete a version."""
    deleting = [statement for _, statement in statements() if "s3:DeleteObject" in listed(statement["Action"])]
    assert [statement["Resource"] for statement in deleting] == [
        {"Fn::Sub": "${Bucket.Arn}/landing/*"},
        {"Fn::Sub": "${Bucket.Arn}/quarantine/*"},
    ]
    assert not [name for name, statement in statements() if "s3:DeleteObjectVersion" in listed(statement["Action"])]


def test_every_function_has_a_role_and_a_log_of_its_own() -> None:
    """No function shares another's permissions or log."""
    functions = {name: r["Properties"] for name, r in RESOURCES.items() if r["Type"] == "AWS::Serverless::Function"}
    assert len(functions) == 3
    assert {name: each["Role"]["Fn::GetAtt"] for name, each in functions.items()} == {
        name: f"{name}Role.Arn" if isinstance(each["Role"]["Fn::GetAtt"], str) else [f"{name}Role", "Arn"]
        for name, each in functions.items()
    }
    for each in functions.values():
        module = each["Handler"].rpartition(".")[0]
        assert own_file(module), f"{module} is no file"


def test_the_bucket_keeps_what_it_has() -> None:
    """Deleting the stack leaves the archive; nobody reads it from outside or without TLS; versions are kept."""
    bucket = RESOURCES["Bucket"]
    assert bucket["DeletionPolicy"].startswith("Retain")
    assert bucket["UpdateReplacePolicy"] == "Retain"
    assert all(bucket["Properties"]["PublicAccessBlockConfiguration"].values())
    assert bucket["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}
    statement = RESOURCES["BucketPolicy"]["Properties"]["PolicyDocument"]["Statement"][0]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_nothing_expires_unless_it_is_told_to() -> None:
    """By default no lifecycle rule ends a current object but query results, and ids that Sendcloud has forgotten."""
    rules = RESOURCES["Bucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    ending = [rule for rule in rules if "ExpirationInDays" in rule]
    assert [rule["Prefix"] for rule in ending] == ["state/landed/", "athena/"]
    conditional = [rule["Fn::If"] for rule in rules if "Fn::If" in rule]
    assert [(condition, rule["Prefix"]) for condition, rule, _ in conditional] == [
        ("ArchiveExpires", "logs/"),
        ("ArchiveExpires", "state/summaries/"),
    ]
    assert TEMPLATE["Parameters"]["ArchiveRetentionDays"]["Default"] == 0


def test_the_template_holds_no_credential() -> None:
    """No default, description or output of the template holds anything that looks like a credential."""
    text = (ROOT / "template.yaml").read_text()
    assert not re.search(r"AKIA[0-9A-Z]{16}|ck_[0-9a-f]{20,}|cs_[0-9a-f]{20,}|-----BEGIN", text)
