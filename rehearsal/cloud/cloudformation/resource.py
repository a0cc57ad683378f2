"""What every added resource type has in common: it is made, changed and removed through its service's own API."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from botocore.model import ListShape, MapShape, Shape, StructureShape
from moto.cloudformation.exceptions import UnformattedGetAttTemplateException
from moto.core.common_models import CloudFormationModel

from rehearsal.cloud.clients import client


class Resource(CloudFormationModel):
    """A resource of one stack.

    A subclass names its type and writes ``create`` and ``remove``; ``change`` where AWS changes the resource in place.
    Calls go to the service's API on the server itself, with botocore's check of their parameters.

    Parameters
    ----------
    name
        Name that the template gives, or one that CloudFormation would generate.
    properties
        The resource's properties with every reference resolved.
    account, region
        Where the resource lives.
    """

    TYPE: ClassVar[str] = "Rehearsal::Base"  # moto asks every subclass of its model, this one too
    NAME_PROPERTY: ClassVar[str] = ""
    ATTRIBUTES: ClassVar[tuple[str, ...]] = ()
    REPLACED_BY: ClassVar[tuple[str, ...]] = ()
    """Properties whose change makes a new resource."""

    def __init__(self, name: str, properties: dict[str, Any], account: str, region: str) -> None:
        self.name = name
        self.properties = properties
        self.account = account
        self.region = region
        self.attributes: dict[str, str] = {}

    def create(self) -> None:
        """Make the resource; may set ``name`` (what Ref gives) and ``attributes`` (what Fn::GetAtt gives)."""

    def change(self, previous: Self) -> None:
        """Bring the resource from its previous properties to its own, in place."""
        previous.remove()
        self.create()

    def remove(self) -> None:
        """Take the resource away."""

    def api(self, service: str) -> Any:
        """Return a client of a service in the resource's account and Region."""
        return client(service, self.account, self.region)

    def api_parameters(self, service: str, operation: str, properties: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return properties under the names that an API operation gives them.

        CloudFormation and the APIs differ in the case of the first letters; values stay what they are. A property
        that the API does not know keeps its name, so that the check of the parameters refuses it.

        Parameters
        ----------
        service, operation
            For example ``codebuild`` and ``CreateProject``.
        properties
            What to rename; the resource's properties by default.

        Returns
        -------
        dict
            The parameters of the call.
        """
        shape = self.api(service).meta.service_model.operation_model(operation).input_shape
        renamed: dict[str, Any] = _renamed(self.properties if properties is None else properties, shape)
        return renamed

    @property
    def physical_resource_id(self) -> str:
        """What Ref gives."""
        return self.name

    @classmethod
    def cloudformation_type(cls) -> str:
        """Return the type that templates name."""
        return cls.TYPE

    @classmethod
    def cloudformation_name_type(cls) -> str:
        """Return the property that names the resource, or nothing."""
        return cls.NAME_PROPERTY

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """Say whether Fn::GetAtt of the attribute is possible."""
        return attr in cls.ATTRIBUTES

    def get_cfn_attribute(self, attribute: str) -> str:
        """Return what Fn::GetAtt gives."""
        if attribute not in self.attributes:
            raise UnformattedGetAttTemplateException
        return self.attributes[attribute]

    def is_created(self) -> bool:
        """Creation is over when the call returns."""
        return True

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **kwargs: Any,
    ) -> Self:
        """Make the resource that a template describes."""
        made = cls(resource_name, cloudformation_json.get("Properties", {}), account_id, region_name)
        made.create()
        return made

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> Self:
        """Change the resource to what a template describes, or replace it."""
        wanted = cls(new_resource_name, cloudformation_json.get("Properties", {}), account_id, region_name)
        before: Self = original_resource
        if any(wanted.properties.get(name) != before.properties.get(name) for name in cls._replacing()):
            wanted.create()
            before.remove()
            return wanted
        wanted.name = before.name
        wanted.attributes = dict(before.attributes)
        wanted.change(before)
        return wanted

    def delete(self, account_id: str, region: str) -> None:
        """Remove the resource: the name by which moto calls it."""
        self.remove()

    @classmethod
    def _replacing(cls) -> tuple[str, ...]:
        return (cls.NAME_PROPERTY, *cls.REPLACED_BY) if cls.NAME_PROPERTY else cls.REPLACED_BY


def _renamed(value: Any, shape: Shape | None) -> Any:
    if isinstance(value, dict) and isinstance(shape, StructureShape):
        members = {name.lower(): (name, member) for name, member in shape.members.items()}
        return {
            members.get(key.lower(), (key, None))[0]: _renamed(item, members.get(key.lower(), (key, None))[1])
            for key, item in value.items()
        }
    if isinstance(value, dict) and isinstance(shape, MapShape):
        return {key: _renamed(item, shape.value) for key, item in value.items()}
    if isinstance(value, list) and isinstance(shape, ListShape):
        return [_renamed(item, shape.member) for item in value]
    return _typed(value, shape)


def _typed(value: Any, shape: Shape | None) -> Any:
    # CloudFormation accepts "2" for 2 and "true" for true, the APIs do not; anything else is left to their check
    kind = shape.type_name if shape else ""
    if isinstance(value, str):
        if kind in ("integer", "long") and value.lstrip("-").isdigit():
            return int(value)
        if kind == "boolean" and value.lower() in ("true", "false"):
            return value.lower() == "true"
        if kind in ("float", "double"):
            try:
                return float(value)
            except ValueError:
                return value
    if kind == "string" and isinstance(value, (int, float)):
        return str(value).lower() if isinstance(value, bool) else str(value)
    if kind in ("integer", "long") and isinstance(value, float) and value.is_integer():
        return int(value)
    return value
