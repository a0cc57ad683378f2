"""The networks that connections name: on AWS they exist beforehand, so a rehearsal lays them as it lays data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from rehearsal.assembly import Assembly, Environment
from rehearsal.errors import AssemblyError
from rehearsal.local_cloud import LocalCloud

_ID_TAG = "rehearsal:id"  # what rehearsal.cloud.networks takes an ID from
_RANGE = "10.0.0.0/16"
_MOST_SUBNETS = 256


@dataclass
class Network:
    """A VPC, as far as the templates of an environment name it.

    Parameters
    ----------
    subnets
        Availability Zones by subnet.
    groups
        Security groups that the templates give rules to, and do not make: those of databases.
    """

    subnets: dict[str, str] = field(default_factory=dict)
    groups: set[str] = field(default_factory=set)


def networks_of(templates: Iterable[dict[str, Any]]) -> dict[str, Network]:
    """Find the networks that templates name by ID.

    Parameters
    ----------
    templates
        Templates of one environment.

    Returns
    -------
    dict
        What is to be there already, by the VPC's ID.
    """
    found: dict[str, Network] = {}
    for template in templates:
        resources: dict[str, Any] = template.get("Resources", {})
        vpcs = {
            name: vpc
            for name, properties in _of_type(resources, "AWS::EC2::SecurityGroup")
            if isinstance(vpc := properties.get("VpcId"), str)
        }
        for vpc in vpcs.values():
            found.setdefault(vpc, Network())
        for _, properties in _of_type(resources, "AWS::Glue::Connection"):
            place = properties.get("ConnectionInput", {}).get("PhysicalConnectionRequirements", {})
            groups = [name for one in place.get("SecurityGroupIdList", []) if (name := _referred(one)) in vpcs]
            vpc = vpcs[str(groups[0])] if groups else None
            if vpc and isinstance(place.get("SubnetId"), str):
                found[vpc].subnets[place["SubnetId"]] = str(place.get("AvailabilityZone", ""))
        for _, properties in _of_type(resources, "AWS::EC2::SecurityGroupIngress"):
            group, source = properties.get("GroupId"), _referred(properties.get("SourceSecurityGroupId"))
            if isinstance(group, str) and source in vpcs:
                found[vpcs[source]].groups.add(group)
    return found


def lay_networks(cloud: LocalCloud, assembly: Assembly) -> str:
    """Make the networks that the stages' templates name.

    Parameters
    ----------
    cloud
        Where to make them.
    assembly
        The templates.

    Returns
    -------
    str
        What was made, in a few words; empty if no template names a network.

    Raises
    ------
    AssemblyError
        If a VPC is to have more subnets than there is room for.
    """
    templates: dict[Environment, list[dict[str, Any]]] = {}
    for stack in (stack for stage in assembly.stages for stack in stage.stacks):
        templates.setdefault(stack.environment, []).append(stack.read_template())
    laid = {environment: networks_of(some) for environment, some in templates.items()}
    for environment, networks in laid.items():
        ec2 = cloud.client("ec2", environment.account, environment.region)
        for vpc, network in networks.items():
            lay_network(ec2, vpc, network)
    named = [vpc for networks in laid.values() for vpc in networks]
    return f"{', '.join(named)}: as the templates name them" if named else ""


def lay_network(ec2: Any, vpc: str, network: Network) -> None:
    """Make a VPC with its subnets and groups.

    Parameters
    ----------
    ec2
        A client of the account and Region.
    vpc
        The ID that it is to have.
    network
        What is to be in it.

    Raises
    ------
    AssemblyError
        If it is to have more subnets than there is room for.
    """
    if len(network.subnets) > _MOST_SUBNETS:
        raise AssemblyError(f"{vpc} has {len(network.subnets)} subnets: a rehearsal has room for {_MOST_SUBNETS}")
    ec2.create_vpc(CidrBlock=_RANGE, TagSpecifications=_tagged("vpc", vpc))
    for number, (subnet, zone) in enumerate(sorted(network.subnets.items())):
        ec2.create_subnet(
            VpcId=vpc,
            CidrBlock=f"10.0.{number}.0/24",
            AvailabilityZone=zone,
            TagSpecifications=_tagged("subnet", subnet),
        )
    for group in sorted(network.groups):
        description = "a database's, made by the rehearsal"
        tags = _tagged("security-group", group)
        ec2.create_security_group(GroupName=group, Description=description, VpcId=vpc, TagSpecifications=tags)


def _tagged(kind: str, id_: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": _ID_TAG, "Value": id_}]}]


def _of_type(resources: dict[str, Any], kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((name, one.get("Properties", {})) for name, one in resources.items() if one["Type"] == kind)


def _referred(value: Any) -> str | None:
    """Return the logical ID of the resource whose attribute a value is."""
    reference = value.get("Fn::GetAtt") if isinstance(value, dict) else None
    return str(reference[0]) if isinstance(reference, list) else None
