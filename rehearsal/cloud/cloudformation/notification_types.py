"""Topics, which moto's CloudFormation makes anew at every update; subscriptions, topic policies, alarms."""

from __future__ import annotations

import json

from moto.utilities.utils import get_partition

from rehearsal.cloud.cloudformation.resource import Resource


class Topic(Resource):
    """AWS::SNS::Topic; an update keeps its subscriptions and its policy."""

    TYPE = "AWS::SNS::Topic"
    NAME_PROPERTY = "TopicName"
    ATTRIBUTES = ("TopicArn", "TopicName")
    REPLACED_BY = ("FifoTopic",)

    def create(self) -> None:
        """Create the topic with its subscriptions; Ref gives its ARN."""
        fifo = str(self.properties.get("FifoTopic", False)).lower()
        fixed = {"FifoTopic": fifo} if fifo == "true" else {}
        name = self.name + (".fifo" if fixed and not self.name.endswith(".fifo") else "")
        sns = self.api("sns")
        self.name = sns.create_topic(
            Name=name, Attributes=fixed | self._settings(), Tags=self.properties.get("Tags", [])
        )["TopicArn"]
        self.attributes = {"TopicArn": self.name, "TopicName": name}
        for one in self.properties.get("Subscription", []):
            sns.subscribe(TopicArn=self.name, Protocol=one["Protocol"], Endpoint=one["Endpoint"])

    def change(self, previous: Topic) -> None:
        """Set what changed, and unset what is gone."""
        sns, before, after = self.api("sns"), previous._settings(), self._settings()
        for name in sorted({*before, *after}):
            if before.get(name) != after.get(name):
                sns.set_topic_attributes(TopicArn=self.name, AttributeName=name, AttributeValue=after.get(name, ""))
        gone = _keys(previous) - _keys(self)
        if gone:
            sns.untag_resource(ResourceArn=self.name, TagKeys=sorted(gone))
        if self.properties.get("Tags"):
            sns.tag_resource(ResourceArn=self.name, Tags=self.properties["Tags"])
        old = previous.properties.get("Subscription", [])
        for one in self.properties.get("Subscription", []):
            if one not in old:
                sns.subscribe(TopicArn=self.name, Protocol=one["Protocol"], Endpoint=one["Endpoint"])

    def remove(self) -> None:
        """Delete the topic."""
        self.api("sns").delete_topic(TopicArn=self.name)

    def _settings(self) -> dict[str, str]:
        named = ("DisplayName", "KmsMasterKeyId", "ContentBasedDeduplication")
        found = {name: self.properties[name] for name in named if name in self.properties}
        return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in found.items()}


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


def _keys(resource: Resource) -> set[str]:
    return {tag["Key"] for tag in resource.properties.get("Tags", [])}


TYPES = (Topic, Subscription, TopicPolicy, Alarm)
