"""An AWS account and Region, as the config gives them."""

import re
from typing import Any

from pydantic import ConfigDict, field_validator
from pydantic.alias_generators import to_camel

from aws_glue_cdk_baseline.documents import FileModel, shown_value

_DIRECTION = "central|north|south|east|west|northeast|northwest|southeast|southwest"
_REGION = re.compile(rf"[a-z]{{2,4}}(-gov|-iso[a-z]?|-[a-z]{{2}})?-({_DIRECTION})-[0-9]{{1,2}}")
_PARTITIONS = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "eu-isoe-": "aws-iso-e",
    "us-isof-": "aws-iso-f",
    "eusc-": "aws-eusc",
}
_CONSOLES = {"aws-cn": "console.amazonaws.cn", "aws-us-gov": "console.amazonaws-us-gov.com"}


class Account(FileModel):
    """Where something is deployed: an AWS account ID (twelve digits) and a Region."""

    model_config = ConfigDict(alias_generator=to_camel)

    aws_account_id: str
    aws_region: str

    @field_validator("aws_account_id", mode="before")
    @classmethod
    def _twelve_digits(cls, value: Any) -> str:
        text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
        if re.fullmatch(r"[0-9]{12}", text):
            return text
        hint = ""
        if isinstance(value, int) and 8**9 <= value < 8**11:
            hint = f"; if it was written {value:012o}, without quotes, YAML has read it as an octal number: quote it"
        raise ValueError(f"should be twelve digits, like '012345678901', found {shown_value(value)}{hint}")

    @field_validator("aws_region")
    @classmethod
    def _known_form(cls, value: str) -> str:
        if not _REGION.fullmatch(value):
            raise ValueError(f"should be a Region, like us-east-1, found {value!r}")
        return value

    @property
    def partition(self) -> str:
        """The partition of the Region: `aws`, `aws-cn`, `aws-us-gov`, ..."""
        return next((name for prefix, name in _PARTITIONS.items() if self.aws_region.startswith(prefix)), "aws")

    @property
    def console(self) -> str:
        """The address of the AWS console in the Region."""
        return f"https://{self.aws_region}.{_CONSOLES.get(self.partition, 'console.aws.amazon.com')}"
