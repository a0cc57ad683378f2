"""Which resource types a template may hold: moto's, ours, and no other."""

from __future__ import annotations

from typing import Any

from moto.cloudformation import parsing
from moto.cloudformation.exceptions import UnformattedGetAttTemplateException, ValidationError
from moto.s3.exceptions import BucketNotEmpty
from moto.s3.models import FakeBucket, s3_backends
from moto.utilities.utils import get_partition

from rehearsal.cloud.cloudformation import (
    glue_types,
    network_types,
    notification_types,
    pipeline_types,
    storage_types,
    workflow_types,
)
from rehearsal.cloud.cloudformation.resource import Resource

RECORDED = ("AWS::CDK::Metadata", "AWS::CloudFormation::WaitCondition", "AWS::CloudFormation::WaitConditionHandle")
"""Types that stand in a template and make nothing."""

ADDED: dict[str, type[Resource]] = {
    kind.TYPE: kind
    for module in (glue_types, network_types, storage_types, notification_types, pipeline_types, workflow_types)
    for kind in module.TYPES
}
"""Types that moto lacks, or does not carry out well enough."""


def install() -> None:
    """Let moto's CloudFormation know the added types, and refuse what it would skip with a line in its log."""
    by_moto = parsing.resource_class_from_type
    named_by_moto = parsing.resource_name_property_from_type
    cleaned_by_moto = parsing.clean_json

    def resource_class_from_type(resource_type: str) -> Any:
        if resource_type in RECORDED:
            return None
        if resource_type in ADDED:
            return ADDED[resource_type]
        if resource_type.startswith("Custom::") or resource_type == "AWS::CloudFormation::CustomResource":
            raise ValidationError(message=f"{unsupported(resource_type)}: it would need a Lambda function to run")
        kind = by_moto(resource_type)
        if kind is None:
            raise ValidationError(message=unsupported(resource_type))
        return kind

    def resource_name_property_from_type(resource_type: str) -> str | None:
        if resource_type in ADDED:
            return ADDED[resource_type].NAME_PROPERTY
        return named_by_moto(resource_type)

    def clean_json(resource_json: Any, resources_map: Any) -> Any:
        if isinstance(resource_json, dict) and "Fn::GetAtt" in resource_json:
            _refuse_unknown_attribute(resource_json["Fn::GetAtt"], resources_map)
        return cleaned_by_moto(resource_json, resources_map)

    delete_bucket = FakeBucket.delete_from_cloudformation_json

    def delete_empty_bucket(resource_name: str, cloudformation_json: Any, account_id: str, region_name: str) -> None:
        # moto leaves a full bucket where it is and says nothing
        if s3_backends[account_id][get_partition(region_name)].get_bucket(resource_name).keys:
            raise BucketNotEmpty(resource_name)
        delete_bucket(resource_name, cloudformation_json, account_id, region_name)

    FakeBucket.delete_from_cloudformation_json = delete_empty_bucket  # type: ignore[method-assign]
    parsing.resource_class_from_type = resource_class_from_type
    parsing.resource_name_property_from_type = resource_name_property_from_type
    parsing.clean_json = clean_json


def unsupported(resource_type: str) -> str:
    """Say that a type is not supported, and by whom."""
    return f"The rehearsal has no CloudFormation support for {resource_type}"


def _refuse_unknown_attribute(reference: list[str], resources_map: Any) -> None:
    """Refuse an attribute that a resource does not have: moto logs it and goes on with none."""
    name, attribute = reference[0], reference[1]
    resource = resources_map.get(name) if isinstance(attribute, str) else None
    if resource is None:
        return
    try:
        resource.get_cfn_attribute(attribute)
    except (NotImplementedError, UnformattedGetAttTemplateException) as error:
        message = f"Template error: resource {name} does not support attribute type {attribute} in Fn::GetAtt"
        raise ValidationError(message=message) from error
