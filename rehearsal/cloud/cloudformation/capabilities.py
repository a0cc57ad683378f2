"""The capabilities that a caller must grant before CloudFormation makes roles for it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
"""

from __future__ import annotations

from typing import Any

from moto.cloudformation.exceptions import CloudFormationError
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult

from rehearsal.cloud.cloudformation.template import read_template

_NAME_OF = {
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
}
_WITHOUT_NAME = ("AWS::IAM::AccessKey", "AWS::IAM::Policy", "AWS::IAM::UserToGroupAddition")


class InsufficientCapabilities(CloudFormationError):  # noqa: N818 - named as AWS names it
    """The template makes what its caller has not acknowledged."""

    code = "InsufficientCapabilitiesException"


def install() -> None:
    """Let the calls that bring a template ask for the capabilities that it needs."""
    for name in ("create_stack", "update_stack", "create_change_set"):
        setattr(CloudFormationResponse, name, _asking(getattr(CloudFormationResponse, name)))


def needed(template: dict[str, Any]) -> str | None:
    """Return the capability that a template needs, if it needs one.

    Parameters
    ----------
    template
        The template.
    """
    found = None
    for body in template["Resources"].values():
        name = _NAME_OF.get(body["Type"])
        if name and name in (body.get("Properties") or {}):
            return "CAPABILITY_NAMED_IAM"
        if name or body["Type"] in _WITHOUT_NAME:
            found = "CAPABILITY_IAM"
    return found


def _asking(operation: Any) -> Any:
    def ask_first(self: CloudFormationResponse) -> ActionResult:
        url, body = self._get_param("TemplateURL"), self._get_param("TemplateBody")
        text = self._get_stack_from_s3_url(url) if url else body
        capability = needed(read_template(text, self.region)) if text else None
        enough = {capability, "CAPABILITY_NAMED_IAM"}
        if capability and not enough & set(self._get_param("Capabilities", [])):
            raise InsufficientCapabilities(f"Requires capabilities : [{capability}]")
        answer: ActionResult = operation(self)
        return answer

    return ask_first
