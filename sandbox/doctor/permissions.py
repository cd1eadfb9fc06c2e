"""The check of permissions: IAM is asked whether each role may do what the template grants it, on the real names.

Nothing is done with them. What an edited role, a permissions boundary or an organisation's policy takes away is seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from sandbox.cloud import ROOT
from sandbox.doctor.deployment import Deployment, Finding

ROLES = {"FetchLogsRole": "fetch_logs", "ArchiveLogsRole": "archive_logs", "CheckStatusRole": "check_status"}
_AT_ONCE = 8
_REFERENCE = re.compile(r"\$\{([\w:.]+)\}")
_ARNS = {
    "AWS::S3::Bucket": "arn:{partition}:s3:::{name}",
    "AWS::SQS::Queue": "arn:{partition}:sqs:{region}:{account}:{name}",
    "AWS::Events::EventBus": "arn:{partition}:events:{region}:{account}:event-bus/{name}",
    "AWS::Logs::LogGroup": "arn:{partition}:logs:{region}:{account}:log-group:{name}:*",
    "AWS::Lambda::Function": "arn:{partition}:lambda:{region}:{account}:function:{name}",
}


@dataclass(frozen=True)
class Grant:
    """One statement of a role in the template, on the deployed names."""

    role: str
    sid: str
    actions: tuple[str, ...]
    resource: str
    prefixes: tuple[str, ...] = ()
    """What ``s3:prefix`` must be like, where the statement says so."""


def permissions(given: Deployment) -> Iterator[Finding]:
    """Whether each role has every permission that the template grants it."""
    wanted = list(grants(yaml_parse((ROOT / "template.yaml").read_text()), given))
    if given.embedded:  # its simulation knows no conditions; the end-to-end tests run each permission
        wanted = [each for each in wanted if not each.prefixes]
    iam = given.client("iam")
    roles = {name: iam.get_role(RoleName=given.resources[name].physical)["Role"]["Arn"] for name in ROLES}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        refused = list(pool.map(lambda grant: _refused(iam, roles[grant.role], grant), wanted))
    for role, function in ROLES.items():
        own = [(each, names) for each, names in zip(wanted, refused, strict=True) if each.role == role]
        missing = [f"{', '.join(names)} on {each.resource}" for each, names in own if names]
        granted = f"{sum(len(each.actions) for each, _ in own)} granted"
        todo = f"{given.resources[role].physical} may not: {'; '.join(missing)}. Deploy again; see who denies it"
        yield Finding(f"permissions of {function}", not missing, todo if missing else granted)


def grants(template: Mapping[str, Any], given: Deployment) -> Iterator[Grant]:
    """What the template grants the functions' roles, each resource by itself."""
    for role in ROLES:
        for policy in template["Resources"][role]["Properties"]["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                if statement["Effect"] != "Allow":
                    continue
                prefixes = statement.get("Condition", {}).get("StringLike", {}).get("s3:prefix", ())
                for resource in _list(statement["Resource"]):
                    yield Grant(
                        role,
                        statement["Sid"],
                        tuple(_list(statement["Action"])),
                        resolved(resource, given),
                        tuple(_list(prefixes)),
                    )


def resolved(value: Any, given: Deployment) -> str:
    """A resource of a policy, as it is named in the deployed stack."""
    if isinstance(value, str):
        return value
    ((function, argument),) = value.items()
    if function == "Ref":
        return _name(argument, given)
    if function == "Fn::GetAtt":
        return _name(argument if isinstance(argument, str) else ".".join(argument), given)
    if function == "Fn::Sub":
        return _REFERENCE.sub(lambda found: _name(found[1], given), argument)
    raise ValueError(f"The template names a resource by {function}, which this command does not know.")


def _name(reference: str, given: Deployment) -> str:
    _, partition, _, region, account, *_ = given.id.split(":")
    pseudo = {
        "AWS::Partition": partition,
        "AWS::Region": region,
        "AWS::AccountId": account,
        "AWS::StackName": given.name,
    }
    if reference in pseudo:
        return pseudo[reference]
    logical, _, attribute = reference.partition(".")
    if logical in given.parameters:
        return given.parameters[logical]
    resource = given.resources[logical]
    if resource.type == "AWS::SecretsManager::Secret" and not resource.physical.startswith("arn:"):  # as embedded
        return str(given.client("secretsmanager").describe_secret(SecretId=resource.physical)["ARN"])
    if attribute != "Arn" or resource.physical.startswith("arn:"):
        return resource.physical
    name = resource.physical.rpartition("/")[2] if resource.type == "AWS::SQS::Queue" else resource.physical
    return _ARNS[resource.type].format(partition=partition, region=region, account=account, name=name)


def _refused(iam: Any, role: str, grant: Grant) -> list[str]:
    """The actions that the role may not do."""
    context = [
        {"ContextKeyName": "s3:prefix", "ContextKeyValues": [prefix.replace("*", "x")], "ContextKeyType": "string"}
        for prefix in grant.prefixes[:1]
    ]
    answer = iam.simulate_principal_policy(
        PolicySourceArn=role,
        ActionNames=list(grant.actions),
        ResourceArns=[grant.resource.replace("*", "x") if grant.resource != "*" else "*"],
        ContextEntries=context,
    )
    return [each["EvalActionName"] for each in answer["EvaluationResults"] if each["EvalDecision"] != "allowed"]


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
