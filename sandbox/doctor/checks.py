"""The checks of what AWS was told: schedules, event sources, addresses, queues, quota. Each only reads."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.doctor.deployment import SELF_FEEDING, Deployment, Finding

OTHERS_AT_ONCE = 5
"""Invocations that run beside the walks: a plan, two archivers, a check and an answer of the API."""

FUNCTIONS = ("FetchLogs", "ArchiveLogs", "CheckStatus")


def stack(given: Deployment) -> Iterator[Finding]:
    """Whether the last deployment went through."""
    ok = given.status.endswith("_COMPLETE") and "ROLLBACK" not in given.status
    yield Finding("stack", ok, f"{given.name}: {given.status}" + ("" if ok else "; look at its events, deploy again"))


def schedules(given: Deployment) -> Iterator[Finding]:
    """Whether every schedule of the stack is on."""
    scheduler = given.client("scheduler")
    for each in given.of_type("AWS::Scheduler::Schedule"):
        group, _, name = each.physical.rpartition("/")
        found = scheduler.get_schedule(Name=name, **({"GroupName": group} if group else {}))
        ok = found["State"] == "ENABLED"
        expression = found["ScheduleExpression"]
        yield Finding(
            f"schedule {each.logical}",
            ok,
            expression if ok else f"is {found['State']}: enable the schedule {name} in EventBridge Scheduler",
        )
    rule = given.resources["LandedRule"].physical.rpartition("/")[2]
    state = given.client("events").describe_rule(Name=rule)["State"]
    yield Finding(
        "rule LandedRule", state == "ENABLED", "on" if state == "ENABLED" else f"is {state}: enable the rule {rule}"
    )


def event_sources(given: Deployment) -> Iterator[Finding]:
    """Whether the queues' messages reach their functions."""
    for function in SELF_FEEDING:
        found = given.client("lambda").list_event_source_mappings(FunctionName=given.resources[function].physical)
        mappings = found["EventSourceMappings"]
        off = [each for each in mappings if each["State"] not in {"Enabled", "Enabling", "Updating"}]
        say = "on"
        if not mappings:
            say = "there is none: deploy again"
        elif off:
            say = f"is {off[0]['State']}: enable the event source mapping {off[0]['UUID']} of the function"
        yield Finding(f"event source of {function}", bool(mappings) and not off, say)


def addresses(given: Deployment) -> Iterator[Finding]:
    """Whether somebody hears of alarms, and every address that is subscribed has been confirmed."""
    for topic, parameter, needed in (("AlarmTopic", "AlarmEmail", True), ("NoticeTopic", "NoticeEmail", False)):
        pages = given.client("sns").get_paginator("list_subscriptions_by_topic")
        found = [
            each
            for page in pages.paginate(TopicArn=given.resources[topic].physical)
            for each in page.get("Subscriptions", [])
        ]
        pending = [each["Endpoint"] for each in found if not each["SubscriptionArn"].startswith("arn:")]
        if pending:
            say = f"not confirmed yet: {', '.join(pending)}. Open the link in the mail from AWS Notifications"
            yield Finding(topic, False, f"{say}, or deploy again to have it sent anew")
        elif not found and needed:
            yield Finding(topic, False, f"nobody hears of alarms: set {parameter}, or subscribe to the topic")
        else:
            yield Finding(topic, True, f"{len(found)} subscribed" if found else f"nobody is subscribed ({parameter})")


def queues(given: Deployment) -> Iterator[Finding]:
    """Whether anything has been given up on, and how much waits."""
    sqs = given.client("sqs")
    for each in given.of_type("AWS::SQS::Queue"):
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        counted = sqs.get_queue_attributes(QueueUrl=each.physical, AttributeNames=names)["Attributes"]
        waiting = int(counted["ApproximateNumberOfMessages"])
        ok = "Dead" not in each.logical or not waiting
        say = f"{waiting} waiting, {counted['ApproximateNumberOfMessagesNotVisible']} at work"
        if not ok:
            say = f"{waiting} given up on: see why in the function's log, then drain it (docs/operations.md, Alarms)"
        yield Finding(f"queue {each.logical}", ok, say)


def quota(given: Deployment) -> Iterator[Finding]:
    """Whether the AWS account may run as many invocations at once as the stack starts."""
    limit = int(given.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"])
    walks = min(int(given.parameters.get("WalkConcurrency", 10)), len(given.accounts))
    needed = walks + OTHERS_AT_ONCE
    ok = limit >= needed
    todo = "" if ok else ": ask AWS for more (Service Quotas, Lambda, Concurrent executions), or lower WalkConcurrency"
    yield Finding("Lambda quota", ok, f"{limit} at once, {needed} needed{todo}")


def recursion(given: Deployment) -> Iterator[Finding]:
    """Whether the functions that hand on work to themselves may do so for longer than 16 times."""
    for function in SELF_FEEDING:
        name = given.resources[function].physical
        setting = given.client("lambda").get_function_recursion_config(FunctionName=name)["RecursiveLoop"]
        ok = setting == "Allow" or given.embedded
        say = setting if setting == "Allow" else f"{setting}, which the embedded cloud does not enforce"
        todo = "AWS ends long runs after 16 hand-overs: set RecursiveLoop to Allow, or deploy this version"
        yield Finding(f"recursion of {function}", ok, say if ok else todo)
