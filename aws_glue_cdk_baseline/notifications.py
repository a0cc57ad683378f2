"""The topic of a stage: what people should know of, failed workflows first."""

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct


class Notifications(Construct):
    """A topic that is encrypted with the stage's key, refuses plain HTTP and writes to people.

    Parameters
    ----------
    stage_name
        The word that names the stage; the topic is called `<stage>-notifications`.
    key
        The stage's key.
    emails
        Addresses to subscribe; each gets a mail to confirm it with.
    """

    def __init__(self, scope: Construct, id_: str, *, stage_name: str, key: kms.IKey, emails: Sequence[str]) -> None:
        super().__init__(scope, id_)
        self._key = key
        self.topic = sns.Topic(
            self, "Topic", topic_name=f"{stage_name}-notifications", master_key=key, enforce_ssl=True
        )
        for email in dict.fromkeys(emails):
            sns.Subscription(self, email, topic=self.topic, protocol=sns.SubscriptionProtocol.EMAIL, endpoint=email)

    def let_publish(self, role: iam.Role) -> None:
        """Allow a role to publish, and SNS to use the key for it."""
        role.add_to_policy(iam.PolicyStatement(actions=["sns:Publish"], resources=[self.topic.topic_arn]))
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=[self._key.key_arn],
                conditions={
                    "StringEquals": {"kms:ViaService": f"sns.{Stack.of(role).region}.{Stack.of(role).url_suffix}"}
                },
            )
        )
