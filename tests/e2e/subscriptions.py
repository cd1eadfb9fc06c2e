"""Who listens to the deployed stack in a test."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.stack import Stack


def subscribed(stack: Stack) -> dict[str, str]:
    """Two queues, by their URLs: one has what the bus is told, the other what the topic is."""
    sqs, events, sns = stack.client("sqs"), stack.client("events"), stack.client("sns")
    urls = {name: sqs.create_queue(QueueName=f"told-by-{name}")["QueueUrl"] for name in ("bus", "topic")}
    arns = {}
    for name, service in (("bus", "events"), ("topic", "sns")):
        attributes = sqs.get_queue_attributes(QueueUrl=urls[name], AttributeNames=["QueueArn"])["Attributes"]
        arns[name] = attributes["QueueArn"]
        allow = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sqs:SendMessage"}
        policy = {"Version": "2012-10-17", "Statement": [{**allow, "Resource": arns[name]}]}
        sqs.set_queue_attributes(QueueUrl=urls[name], Attributes={"Policy": json.dumps(policy)})
    bus = stack.outputs["EventBusName"]
    events.put_rule(Name="to-a-queue", EventBusName=bus, EventPattern=json.dumps({"source": ["integration-logs"]}))
    events.put_targets(Rule="to-a-queue", EventBusName=bus, Targets=[{"Id": "queue", "Arn": arns["bus"]}])
    sns.subscribe(TopicArn=stack.outputs["NoticeTopicArn"], Protocol="sqs", Endpoint=arns["topic"])
    return urls
