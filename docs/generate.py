"""Writes what the documentation takes from the code: ``python -m docs.generate``.

``docs/remedies.md``, ``docs/incidents.md`` and what ``docs/event_schemas.py`` and ``docs/api_description.py`` describe
are generated whole. In other pages, what stands between ``<!-- generated: NAME -->`` and ``<!-- end -->`` is: the
parameters from ``template.yaml``, the routes of the API, the permissions of each function, the cost, an incident's
notices, and what the alternatives do.
"""

from __future__ import annotations

import re
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from samtranslator.yaml_helper import yaml_parse

from bench.works.cost import STORAGE, bill, old_versions, table, total
from docs import alternatives, api_description, event_schemas, incident_pages

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "layers" / "shared"), str(ROOT / "functions")]

from check_status.verdicts import verdict  # noqa: E402  # neither are the functions
from integration_logs.records.remedies import Remedy, Signal, load  # noqa: E402  # the layer is no installed package
from sandbox.incidents.incident import load as incident  # noqa: E402
from sandbox.incidents.player import play  # noqa: E402

PAGES = ("README.md", "docs/operations.md", "docs/cost.md", "docs/archive-format.md", "docs/parameters.md")
REMEDIES = "docs/remedies.md"

_BLOCK = re.compile(r"(?<=<!-- generated: )([a-z]+)( -->\n).*?(?=<!-- end -->)", re.DOTALL)
_WHERE = {
    "exception": "exception contains",
    "body": "response body contains",
    "text": "exception or response body contains",
    "headers": "response headers contain",
    "url": "address contains",
}
_WHO = {
    "shop": "the webshop's administrator",
    "host": "the webshop's hosting or firewall provider",
    "operator": "you, who operate this stack and the integration in Sendcloud",
}


def template() -> dict[str, Any]:
    """The template, its intrinsic functions as objects."""
    parsed: dict[str, Any] = yaml_parse((ROOT / "template.yaml").read_text())
    return parsed


def parameters() -> str:
    """The template's parameters, in its groups and its order."""
    document = template()
    groups = document["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    return "\n\n".join(
        _group(group["Label"]["default"], group["Parameters"], document["Parameters"]) for group in groups
    )


def _group(label: str, names: list[str], described: dict[str, Any]) -> str:
    rows = [f"## {label}", "", "| parameter | default | meaning |", "|---|---|---|"]
    for name in names:
        parameter = described[name]
        default = f"`{parameter['Default']}`" if parameter["Default"] != "" else "(empty)"
        rows.append(f"| `{name}` | {default} | {_cell(parameter['Description'])}{_allowed(parameter)} |")
    return "\n".join(rows)


def api() -> str:
    """The API's routes, by the function that answers them."""
    rows = ["| route | function | what it gives |", "|---|---|---|"]
    for method, path, operation in api_description.operations(api_description.description()):
        rows.append(f"| `{method} {path}` | `{operation['tags'][0]}` | {operation['summary']} |")
    return "\n".join(rows)


def api_events() -> list[tuple[str, str, dict[str, str]]]:
    """Folder of the function, name of the event, and its properties, of each event of type ``Api``."""
    return [
        (resource["Properties"]["Handler"].partition(".")[0], name, event["Properties"])
        for resource in template()["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
        for name, event in resource["Properties"]["Events"].items()
        if event["Type"] == "Api"
    ]


def permissions() -> str:
    """What each function may do, from its role."""
    rows = ["| function | actions | on |", "|---|---|---|"]
    for name, resource in template()["Resources"].items():
        if resource["Type"] != "AWS::IAM::Role" or not name.endswith("Role"):
            continue
        for policy in resource["Properties"]["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                actions = _list(statement["Action"])
                on = ", ".join(f"`{_resource(each)}`" for each in _list(statement["Resource"]))
                condition = statement.get("Condition", {}).get("StringLike", {}).get("s3:prefix")
                where = f", below {', '.join(f'`{prefix}`' for prefix in condition)}" if condition else ""
                rows.append(f"| `{name}` | {', '.join(f'`{action}`' for action in actions)} | {on}{where} |")
    return "\n".join(rows)


def cost() -> str:
    """The idle month in one sentence."""
    lines = bill()
    return (
        f"One account on the default schedules, with nothing happening: about **${total(lines):.2f}** a month at list "
        f"prices, about **${total(lines, free=True):.2f}** if nothing else in the AWS account uses the permanent "
        "free allowances."
    )


def notices() -> str:
    """What one incident sends: its first notice in full, of the others when they come and their subjects."""
    played = incident("keys-revoked")
    first, *others = play(played).notices
    lines = [
        textwrap.fill(line, 100, initial_indent="   ", subsequent_indent="   ", break_on_hyphens=False)
        for line in first.text.split("\n")
    ]
    rest = (f"{played.begins + each.at:%H:%M}  {each.subject}" for each in others)
    shown = [f"{played.begins + first.at:%H:%M}  {first.subject}", "", *lines, "", *rest]
    return "\n".join(["```", *shown, "```"])


def bill_table() -> str:
    """The idle month item by item."""
    return table(bill())


def many() -> str:
    """The idle month of forty shops, in one account and in an account each."""
    rows = ["| 40 shops | list price, $ a month | after free allowances, $ a month |", "|---|---:|---:|"]
    for how, accounts in (("in one account (40 integrations)", 1), ("in an account each (40 accounts)", 40)):
        lines = bill(accounts)
        rows.append(f"| {how} | {total(lines):.2f} | {total(lines, free=True):.2f} |")
    return "\n".join(rows)


def versions() -> str:
    """What the archive's old versions cost, by the template's rules and without the one that counts them."""
    rows = [
        "| 40 MB of new archive a day, rewritten at every tick | GB of old versions | $ a month |",
        "|---|---:|---:|",
    ]
    for how, counted in (("kept as the template says", True), ("if each were kept for `LandingRecoveryDays`", False)):
        size = old_versions(40, counted=counted)
        rows.append(f"| {how} | {size:.0f} | {size * STORAGE.dollars:.2f} |")
    return "\n".join(rows)


def access() -> str:
    """The verdicts on an account, the most pressing first."""
    meaning = {
        "credentials_rejected": "Sendcloud or WeMaSy refused the credentials (401, 403)",
        "unreachable": "one of them did not answer: a timeout, a reset, 429, 5xx",
        "unknown": "an answer contradicts the documentation, or a secret or setting is wrong",
        "healthy": "both answered, or Sendcloud did and the account has no token for WeMaSy",
    }
    return "\n".join(
        ["| verdict | when |", "|---|---|", *(f"| `{name}` | {meaning[name]} |" for name in verdict.ACCESS)]
    )


def verdicts() -> str:
    """The verdicts on an integration: WeMaSy's side down, Sendcloud's across."""
    down, across = (list(dict.fromkeys(each)) for each in zip(*verdict.TABLE, strict=True))
    rows = [f"| | {' | '.join(across)} |", f"|---|{'---|' * len(across)}"]
    for row in down:
        cells = (f"`{name}`" if (name := verdict.TABLE[row, column]) else "-" for column in across)
        rows.append(f"| {row} | {' | '.join(cells)} |")
    return "\n".join(rows)


BLOCKS: dict[str, Callable[[], str]] = {
    "parameters": parameters,
    "api": api,
    "permissions": permissions,
    "cost": cost,
    "notices": notices,
    "bill": bill_table,
    "many": many,
    "versions": versions,
    "alternatives": alternatives.table,
    "access": access,
    "verdicts": verdicts,
}


def filled(page: str) -> str:
    """The page with its generated blocks as they should be."""
    return _BLOCK.sub(lambda block: f"{block[1]}{block[2]}{BLOCKS[block[1]]()}\n", page)


def remedies() -> str:
    """The whole page of remedies."""
    head = (
        "# Remedies\n\n"
        "Generated from `layers/shared/integration_logs/records/remedies.toml` by `make docs`: edit that file.\n\n"
        "This catalogue says what usually fixes a failure, and who should act. The column `remedy` of an archived "
        "record has the\ncode of the first entry below whose signals the record shows. If none fits, `remedy` is null "
        "and messages say that no\nremedy is known.\n\nThe confidence says how often this is the cause when the "
        "signals are there, by experience. Matching ignores case. Each\nentry has records that show it in "
        "`tests/problems/records/`; `python -m tests.problems` reports how well the catalogue\ndoes on all of them.\n"
    )
    return head + "".join(_remedy(remedy) for remedy in load())


def _remedy(remedy: Remedy) -> str:
    signals = "".join(f"- {_signal(signal)}\n" for signal in remedy.when)
    return (
        f"\n## {remedy.code}\n\n"
        f"Action by: {remedy.who} ({_WHO[remedy.who]}). Confidence: {remedy.confidence:.2f}.\n\n"
        f"- English: {remedy.en}\n- Dutch: {remedy.nl}\n\n"
        f"Signals, any of:\n\n{signals}"
    )


def _signal(signal: Signal) -> str:
    parts = []
    if signal.exception_types:
        parts.append(f"exception type contains {_any(signal.exception_types)}")
    if signal.response_codes:
        codes = [
            f"{each.start}-{each.stop - 1}" if len(each) > 1 else str(each.start) for each in signal.response_codes
        ]
        parts.append("response code is " + _any(codes))
    for part, where in _WHERE.items():
        if words := getattr(signal, part):
            parts.append(f"{where} {_any(words)}")
    return "; and ".join(parts)


def _any(values: Any) -> str:
    shown = [f"`{value}`" for value in values]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"


def _allowed(parameter: dict[str, Any]) -> str:
    if "AllowedValues" in parameter:
        return f" One of {', '.join(f'`{value}`' for value in parameter['AllowedValues'])}."
    if "MaxValue" in parameter:
        return f" From {parameter['MinValue']} to {parameter['MaxValue']}."
    if "MinValue" in parameter:
        return f" At least {parameter['MinValue']}."
    return f" At most {parameter['MaxLength']} characters." if "MaxLength" in parameter else ""


def _cell(text: str) -> str:
    """In Markdown, <name> would be taken for a tag."""
    return re.sub(r"<SecretPrefix>/<name>", "`<SecretPrefix>/<name>`", text.strip()).replace("|", "\\|")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _resource(value: Any) -> str:
    if isinstance(value, str):
        return value
    ((kind, of),) = value.items()
    if kind == "Fn::GetAtt":
        return str(_list(of)[0]).removesuffix(".Arn")
    if kind == "Ref":
        return str(of)
    text = str(of).replace("${Bucket.Arn}", "Bucket")
    return re.sub(r"^arn:.*:secretsmanager:.*:secret:", "secret ", text)


def main() -> int:
    """Write the pages; the exit code."""
    for name in PAGES:
        page = ROOT / name
        page.write_text(filled(page.read_text()))
    (ROOT / REMEDIES).write_text(remedies())
    (ROOT / api_description.FILE).write_text(api_description.text())
    (ROOT / api_description.PAGE).write_text(api_description.page())
    (ROOT / incident_pages.PAGE).write_text(incident_pages.page())
    for name, text in event_schemas.files().items():
        (ROOT / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
