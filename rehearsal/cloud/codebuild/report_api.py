"""The CodeBuild operations on reports and their groups, which moto lacks."""

from __future__ import annotations

from typing import Any

from moto.codebuild.exceptions import ResourceAlreadyExistsException, ResourceNotFoundException
from moto.codebuild.responses import CodeBuildResponse
from moto.core.responses import ActionResult

from rehearsal.cloud.codebuild.reports import Report, ReportGroup, ReportGroups, arn_of

_PAGE = 100


def install(groups: ReportGroups) -> None:
    """Add the operations.

    Parameters
    ----------
    groups
        What keeps the report groups.
    """

    def create_report_group(self: CodeBuildResponse) -> ActionResult:
        arn = arn_of(self.current_account, self.region, self._get_param("name"))
        made = groups.create(arn, self._get_param("exportConfig"))
        if made is None:
            raise ResourceAlreadyExistsException(f"Report group already exists: {arn}")
        return ActionResult({"reportGroup": made.told()})

    def delete_report_group(self: CodeBuildResponse) -> ActionResult:
        groups.delete(self._get_param("arn"))
        return ActionResult({})

    def list_report_groups(self: CodeBuildResponse) -> ActionResult:
        arns = sorted(group.arn for group in groups.of(self.current_account, self.region))
        return _page(self, "reportGroups", arns)

    def batch_get_report_groups(self: CodeBuildResponse) -> ActionResult:
        asked = {arn: groups.find(arn) for arn in self._get_param("reportGroupArns")}
        return ActionResult(
            {
                "reportGroups": [group.told() for group in asked.values() if group],
                "reportGroupsNotFound": [arn for arn, group in asked.items() if group is None],
            }
        )

    def list_reports(self: CodeBuildResponse) -> ActionResult:
        return _list_of(self, groups.reports(self.current_account, self.region))

    def list_reports_for_report_group(self: CodeBuildResponse) -> ActionResult:
        return _list_of(self, list(_group(self).reports))

    def batch_get_reports(self: CodeBuildResponse) -> ActionResult:
        made = {report.arn: report for report in groups.reports(self.current_account, self.region)}
        asked = self._get_param("reportArns")
        return ActionResult(
            {
                "reports": [made[arn].told() for arn in asked if arn in made],
                "reportsNotFound": [arn for arn in asked if arn not in made],
            }
        )

    def describe_test_cases(self: CodeBuildResponse) -> ActionResult:
        arn, narrow = self._get_param("reportArn"), self._get_param("filter") or {}
        made = {report.arn: report for report in groups.reports(self.current_account, self.region)}
        if arn not in made:
            raise ResourceNotFoundException(f"Report {arn} does not exist")
        cases = [
            case
            for case in made[arn].told_cases()
            if narrow.get("status") in (None, case["status"]) and narrow.get("keyword", "") in case["name"]
        ]
        return _page(self, "testCases", cases)

    def _group(self: CodeBuildResponse) -> ReportGroup:
        arn = self._get_param("reportGroupArn")
        found = groups.find(arn)
        if found is None:
            raise ResourceNotFoundException(f"Report group {arn} does not exist")
        return found

    for operation in (
        create_report_group,
        delete_report_group,
        list_report_groups,
        batch_get_report_groups,
        list_reports,
        list_reports_for_report_group,
        batch_get_reports,
        describe_test_cases,
    ):
        setattr(CodeBuildResponse, operation.__name__, operation)


def _list_of(self: CodeBuildResponse, reports: list[Report]) -> ActionResult:
    wanted = (self._get_param("filter") or {}).get("status")
    arns = [report.arn for report in reports if wanted in (None, report.status)]
    return _page(self, "reports", arns if self._get_param("sortOrder") == "ASCENDING" else arns[::-1])


def _page(self: CodeBuildResponse, name: str, listed: list[Any]) -> ActionResult:
    first, most = int(self._get_param("nextToken") or 0), int(self._get_param("maxResults") or _PAGE)
    page: dict[str, Any] = {name: listed[first : first + most]}
    return ActionResult(page | ({"nextToken": str(first + most)} if first + most < len(listed) else {}))
