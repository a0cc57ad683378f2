"""Security groups and their rules: moto makes the groups, but loses updates, deletions and rules outwards."""

from __future__ import annotations

from typing import Any

from rehearsal.cloud.cloudformation.resource import Resource

_PEERS = ("CidrIp", "CidrIpv6", "SourceSecurityGroupId", "DestinationSecurityGroupId", "SourcePrefixListId")


class SecurityGroup(Resource):
    """AWS::EC2::SecurityGroup; Ref gives the group's ID, as for every group in a VPC."""

    TYPE = "AWS::EC2::SecurityGroup"
    NAME_PROPERTY = "GroupName"
    ATTRIBUTES = ("GroupId", "VpcId")
    REPLACED_BY = ("GroupDescription", "VpcId")

    def create(self) -> None:
        """Create the group with its own rules; rules outwards take the place of the one that allows everything."""
        ec2 = self.api("ec2")
        vpc = {"VpcId": self.properties["VpcId"]} if "VpcId" in self.properties else {}
        if vpc:
            ec2.describe_vpcs(VpcIds=[*vpc.values()])  # moto would take a VPC that does not exist
        description = self.properties["GroupDescription"]
        self.name = ec2.create_security_group(GroupName=self.name, Description=description, **vpc)["GroupId"]
        self.attributes = {"GroupId": self.name, **vpc}
        if self.properties.get("SecurityGroupEgress"):
            every = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
            ec2.revoke_security_group_egress(GroupId=self.name, IpPermissions=[every])
        self._authorize(self.properties)
        self._tag()

    def change(self, previous: SecurityGroup) -> None:
        """Bring the group's own rules and tags in line; the rules of other resources stay."""
        ec2 = self.api("ec2")
        for key, revoke in (
            ("SecurityGroupIngress", ec2.revoke_security_group_ingress),
            ("SecurityGroupEgress", ec2.revoke_security_group_egress),
        ):
            if previous.properties.get(key):
                revoke(GroupId=self.name, IpPermissions=[_permission(rule) for rule in previous.properties[key]])
        self._authorize(self.properties)
        self._tag()

    def remove(self) -> None:
        """Delete the group."""
        self.api("ec2").delete_security_group(GroupId=self.name)

    def _authorize(self, properties: dict[str, Any]) -> None:
        ec2 = self.api("ec2")
        for key, authorize in (
            ("SecurityGroupIngress", ec2.authorize_security_group_ingress),
            ("SecurityGroupEgress", ec2.authorize_security_group_egress),
        ):
            if properties.get(key):
                authorize(GroupId=self.name, IpPermissions=[_permission(rule) for rule in properties[key]])

    def _tag(self) -> None:
        if self.properties.get("Tags"):
            self.api("ec2").create_tags(Resources=[self.name], Tags=self.properties["Tags"])


class _Rule(Resource):
    REPLACED_BY = ("GroupId", "IpProtocol", "FromPort", "ToPort", *_PEERS)

    def change(self, previous: _Rule) -> None:
        """Leave it: what changes in place is a description."""

    def rules(self) -> list[dict[str, Any]]:
        """Return the rule in the API's form; the group on its other side must exist, of which moto is not sure."""
        rule = _permission(self.properties)
        for pair in rule.get("UserIdGroupPairs", []):
            self.api("ec2").describe_security_groups(GroupIds=[pair["GroupId"]])
        return [rule]


class SecurityGroupIngress(_Rule):
    """AWS::EC2::SecurityGroupIngress."""

    TYPE = "AWS::EC2::SecurityGroupIngress"
    ATTRIBUTES = ("Id",)

    def create(self) -> None:
        """Add the rule to its group."""
        group, rules = self.properties["GroupId"], self.rules()
        made = self.api("ec2").authorize_security_group_ingress(GroupId=group, IpPermissions=rules)
        self.name = made["SecurityGroupRules"][0]["SecurityGroupRuleId"]
        self.attributes["Id"] = self.name

    def remove(self) -> None:
        """Take the rule from its group."""
        rules = [_permission(self.properties)]
        self.api("ec2").revoke_security_group_ingress(GroupId=self.properties["GroupId"], IpPermissions=rules)


class SecurityGroupEgress(_Rule):
    """AWS::EC2::SecurityGroupEgress."""

    TYPE = "AWS::EC2::SecurityGroupEgress"
    ATTRIBUTES = ("Id",)

    def create(self) -> None:
        """Add the rule to its group."""
        group, rules = self.properties["GroupId"], self.rules()
        made = self.api("ec2").authorize_security_group_egress(GroupId=group, IpPermissions=rules)
        self.name = made["SecurityGroupRules"][0]["SecurityGroupRuleId"]
        self.attributes["Id"] = self.name

    def remove(self) -> None:
        """Take the rule from its group."""
        rules = [_permission(self.properties)]
        self.api("ec2").revoke_security_group_egress(GroupId=self.properties["GroupId"], IpPermissions=rules)


def _permission(rule: dict[str, Any]) -> dict[str, Any]:
    """Return a rule in the API's form."""
    told = {"Description": rule["Description"]} if rule.get("Description") else {}
    found: dict[str, Any] = {"IpProtocol": str(rule["IpProtocol"])}
    found |= {key: int(rule[key]) for key in ("FromPort", "ToPort") if key in rule}
    if "CidrIp" in rule:
        found["IpRanges"] = [{"CidrIp": rule["CidrIp"], **told}]
    if "CidrIpv6" in rule:
        found["Ipv6Ranges"] = [{"CidrIpv6": rule["CidrIpv6"], **told}]
    group = rule.get("SourceSecurityGroupId") or rule.get("DestinationSecurityGroupId")
    if group:
        found["UserIdGroupPairs"] = [{"GroupId": group, **told}]
    return found


TYPES = (SecurityGroup, SecurityGroupIngress, SecurityGroupEgress)
