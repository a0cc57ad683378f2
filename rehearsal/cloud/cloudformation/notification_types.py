"""Subscriptions, topic policies and alarms, which moto's CloudFormation does not know."""

from __future__ import annotations

import json

from moto.utilities.utils import get_partition

from rehearsal.cloud.cloudformation.resource import Resource


class Subscription(Resource):
    """AWS::SNS::Subscription."""

    TYPE = "AWS::SNS::Subscription"
    ATTRIBUTES = ("Arn",)
    REPLACED_BY = ("Endpoint", "Protocol", "TopicArn")

    def create(self) -> None:
        """Subscribe; Ref gives the subscription's ARN."""
        given = {name: value for name, value in self.properties.items() if name in ("TopicArn", "Protocol", "Endpoint")}
        self.name = self.api("sns").subscribe(**given, ReturnSubscriptionArn=True)["SubscriptionArn"]
        self.attributes["Arn"] = self.name

    def change(self, previous: Subscription) -> None:
        """Leave it: nothing that may change in place is read by the local cloud."""

    def remove(self) -> None:
        """Unsubscribe."""
        self.api("sns").unsubscribe(SubscriptionArn=self.name)


class TopicPolicy(Resource):
    """AWS::SNS::TopicPolicy."""

    TYPE = "AWS::SNS::TopicPolicy"
    ATTRIBUTES = ("Id",)

    def create(self) -> None:
        """Put the policy on each of its topics."""
        self.attributes["Id"] = self.name
        for topic in self.properties["Topics"]:
            self.api("sns").set_topic_attributes(
                TopicArn=topic,
                AttributeName="Policy",
                AttributeValue=json.dumps(self.properties["PolicyDocument"]),
            )

    def change(self, previous: TopicPolicy) -> None:
        """Put the new policy in the old one's place."""
        self.create()


class Alarm(Resource):
    """AWS::CloudWatch::Alarm."""

    TYPE = "AWS::CloudWatch::Alarm"
    NAME_PROPERTY = "AlarmName"
    ATTRIBUTES = ("Arn",)

    def create(self) -> None:
        """Create the alarm."""
        given = self.api_parameters("cloudwatch", "PutMetricAlarm")
        self.api("cloudwatch").put_metric_alarm(**{**given, "AlarmName": self.name})
        partition = get_partition(self.region)
        self.attributes["Arn"] = f"arn:{partition}:cloudwatch:{self.region}:{self.account}:alarm:{self.name}"

    def change(self, previous: Alarm) -> None:
        """Put the new definition in the old one's place."""
        self.create()

    def remove(self) -> None:
        """Delete the alarm."""
        self.api("cloudwatch").delete_alarms(AlarmNames=[self.name])


TYPES = (Subscription, TopicPolicy, Alarm)
