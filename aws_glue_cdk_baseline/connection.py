"""A connection of a stage: the Glue connection, its secret, and the security group that its jobs stand in."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import Acknowledgment, CfnTag, Stack, Validations
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_glue as glue
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from aws_glue_cdk_baseline.connection_settings import ConnectionSettings, NetworkSettings, glue_name
from aws_glue_cdk_baseline.data_lake import KEEP

_HTTPS = 443
_EVERY_PORT = (0, 65535)


class Connection(Construct):
    """A Glue connection to a database.

    Parameters
    ----------
    stage_name
        The word that names the stage; the connection is called `<stage>-<name>`.
    name
        Its name in the config.
    settings
        What the config says of it.
    """

    def __init__(self, scope: Construct, id_: str, *, stage_name: str, name: str, settings: ConnectionSettings) -> None:
        super().__init__(scope, id_)
        self._title = glue_name(stage_name, name)
        self._settings = settings
        if not settings.secret:
            self._add_empty_secret(stage_name, name)
        connection = glue.CfnConnection(
            self,
            "Connection",
            catalog_id=Stack.of(self).account,
            connection_input=glue.CfnConnection.ConnectionInputProperty(
                name=self._title,
                description=f"The {settings.engine} database {settings.database} of {stage_name}",
                connection_type="JDBC",
                connection_properties={
                    "JDBC_CONNECTION_URL": settings.jdbc_url,
                    "JDBC_ENFORCE_SSL": str(settings.tls).lower(),
                    "SECRET_ID": settings.secret_name(stage_name, name),
                },
                physical_connection_requirements=self._add_network(settings.network) if settings.network else None,
            ),
        )
        zone = Acknowledgment(
            id="CloudFormation-Validate::W3010",
            reason="a subnet of the user's lies in one Availability Zone, which Glue wants to be told",
        )
        Validations.of(connection).acknowledge(zone)

    def _add_empty_secret(self, stage_name: str, name: str) -> None:
        """Add a secret without a value: what its owner puts in later, no deployment touches, and none deletes."""
        secretsmanager.CfnSecret(
            self,
            "Secret",
            name=self._settings.secret_name(stage_name, name),
            description=f'User and password of {self._title}: {{"username": "...", "password": "..."}}',
        ).apply_removal_policy(KEEP)

    def _add_network(self, network: NetworkSettings) -> glue.CfnConnection.PhysicalConnectionRequirementsProperty:
        """Add the security group that Glue's network interfaces get, and let it into the database's.

        What Glue needs of it: https://docs.aws.amazon.com/glue/latest/dg/setup-vpc-for-glue-access.html
        """
        group = ec2.CfnSecurityGroup(
            self,
            "SecurityGroup",
            group_description=f"Jobs that use the connection {self._title}",
            vpc_id=network.vpc,
            security_group_egress=[
                # S3, Glue and Secrets Manager, by VPC endpoints or NAT
                _tcp_out(_HTTPS, "AWS services"),
                *([] if network.database_security_group else [_tcp_out(self._port, "the database")]),
            ],
            tags=[CfnTag(key="Name", value=self._title)],
        )
        own = group.attr_group_id
        among_workers = "between the workers of a job, which Glue asks for"
        self._let_in("FromWorkers", own, own, _EVERY_PORT, among_workers)
        self._let_out("ToWorkers", own, own, _EVERY_PORT, among_workers)
        database = network.database_security_group
        if database:
            ports = (self._port, self._port)
            self._let_out("ToDatabase", own, database, ports, "the database")
            self._let_in("IntoDatabase", database, own, ports, f"jobs that use the Glue connection {self._title}")
        return glue.CfnConnection.PhysicalConnectionRequirementsProperty(
            availability_zone=network.availability_zone,
            subnet_id=network.subnet,
            security_group_id_list=[own],
        )

    def _let_in(self, id_: str, group: str, source: str, ports: tuple[int, int], description: str) -> None:
        ec2.CfnSecurityGroupIngress(
            self,
            id_,
            group_id=group,
            source_security_group_id=source,
            ip_protocol="tcp",
            from_port=ports[0],
            to_port=ports[1],
            description=description,
        )

    def _let_out(self, id_: str, group: str, destination: str, ports: tuple[int, int], description: str) -> None:
        ec2.CfnSecurityGroupEgress(
            self,
            id_,
            group_id=group,
            destination_security_group_id=destination,
            ip_protocol="tcp",
            from_port=ports[0],
            to_port=ports[1],
            description=description,
        )

    @property
    def _port(self) -> int:
        return self._settings.port_number


class ConnectionsStack(Stack):
    """The connections of a stage; jobs know them by name, so no stack of jobs takes an output of this one."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        stage_name: str,
        connections: Mapping[str, ConnectionSettings],
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, id_, **kwargs)
        add_connections(self, stage_name, connections)


def add_connections(scope: Construct, stage_name: str, connections: Mapping[str, ConnectionSettings]) -> None:
    """Add a stage's connections to a stack."""
    for name, settings in connections.items():
        Connection(scope, f"Connection-{name}", stage_name=stage_name, name=name, settings=settings)


def _tcp_out(port: int, description: str) -> ec2.CfnSecurityGroup.EgressProperty:
    return ec2.CfnSecurityGroup.EgressProperty(
        ip_protocol="tcp", from_port=port, to_port=port, cidr_ip="0.0.0.0/0", description=description
    )
