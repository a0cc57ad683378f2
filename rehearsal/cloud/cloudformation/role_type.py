"""AWS::IAM::Role with all that permissions hang on: moto attaches no managed policy and updates nothing of it."""

from __future__ import annotations

import json
from typing import Any

from moto.iam.models import IAMBackend, Role, iam_backends
from moto.utilities.utils import get_partition

from rehearsal.cloud.permissions.documents import check_identity_policy, check_trust


def install() -> None:
    """Let moto's roles have what their template says."""
    create, update, delete = (
        Role.create_from_cloudformation_json,
        Role.update_from_cloudformation_json,
        Role.delete_from_cloudformation_json,
    )

    def create_role(
        resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **more: Any
    ) -> Role:
        for policy in cloudformation_json["Properties"].get("Policies", []):
            check_identity_policy(policy["PolicyDocument"])
        role = create(resource_name, cloudformation_json, account_id, region_name, **more)
        _attach(_backend(account_id, region_name), role, cloudformation_json["Properties"])
        return role

    def update_role(
        original_resource: Role, new_resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
    ) -> Role:
        update(original_resource, original_resource.name, cloudformation_json, account_id, region_name)
        role, properties = original_resource, cloudformation_json["Properties"]
        trust = json.dumps(properties["AssumeRolePolicyDocument"], default=str)
        check_trust(trust)
        role.assume_role_policy_document = trust
        role.permissions_boundary_arn = properties.get("PermissionsBoundary", "")
        before: set[str] = getattr(role, "named_in_template", set())
        for name in before & set(role.policies):
            role.delete_policy(name)
        for policy in properties.get("Policies", []):
            check_identity_policy(policy["PolicyDocument"])
            role.put_policy(policy["PolicyName"], policy["PolicyDocument"])
        _attach(_backend(account_id, region_name), role, properties)
        return role

    def delete_role(resource_name: str, cloudformation_json: Any, account_id: str, region_name: str) -> None:
        role = _backend(account_id, region_name).get_role(resource_name)
        for policy in list(role.managed_policies.values()):
            policy.detach_from(role)
        delete(resource_name, cloudformation_json, account_id, region_name)

    Role.create_from_cloudformation_json = create_role  # type: ignore[method-assign]
    Role.update_from_cloudformation_json = update_role  # type: ignore[method-assign]
    Role.delete_from_cloudformation_json = delete_role  # type: ignore[method-assign]


def _attach(backend: IAMBackend, role: Role, properties: dict[str, Any]) -> None:
    """Attach the managed policies that the template names, and no other."""
    role.named_in_template = {policy["PolicyName"] for policy in properties.get("Policies", [])}  # type: ignore[attr-defined]
    wanted = properties.get("ManagedPolicyArns", [])
    for arn, policy in list(role.managed_policies.items()):
        if arn not in wanted:
            policy.detach_from(role)
    for arn in wanted:
        if arn not in role.managed_policies:
            backend.attach_role_policy(arn, role.name)  # refuses one that does not exist


def _backend(account: str, region: str) -> IAMBackend:
    return iam_backends[account][get_partition(region)]
