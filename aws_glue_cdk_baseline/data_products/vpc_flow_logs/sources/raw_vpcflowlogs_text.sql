-- Flow logs as text: one record per line, fields separated by spaces, each file (.log.gz) with a header line.
-- https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html
CREATE TEMPORARY VIEW raw_vpcflowlogs_text (
  value STRING COMMENT 'One line of a file'
)
USING text
OPTIONS (path '${flow_logs_text}', recursiveFileLookup 'true')
