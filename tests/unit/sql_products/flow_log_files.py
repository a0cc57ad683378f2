"""Flow log files as AWS delivers them, generated; and what the mart should say of them, counted without SQL."""

from __future__ import annotations

import gzip
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

V2 = (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status"
)
V3 = "vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr"
V4 = "region az-id sublocation-type sublocation-id"
V5 = "pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path"
FIELDS = {2: V2, 3: f"{V2} {V3}", 4: f"{V2} {V3} {V4}", 5: f"{V2} {V3} {V4} {V5}"}
INT = {"version", "srcport", "dstport", "protocol", "tcp-flags", "traffic-path"}
LONG = {"packets", "bytes", "start", "end"}
_FIRST_DAY = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())

Record = dict[str, str]
Key = tuple[date, str, int]


@dataclass
class FlowLogs:
    """Generated records.

    Parameters
    ----------
    expected
        By day, source address and destination port: packets, bytes, seconds, records.
    """

    whole: list[Record] = field(default_factory=list)
    truncated: int = 0
    expected: dict[Key, tuple[int, int, int, int]] = field(default_factory=dict)

    def count(self, record: Record) -> None:
        self.whole.append(record)
        if record["action"] == "ACCEPT" and record["log-status"] == "OK":
            start, end = int(record["start"]), int(record["end"])
            key = (datetime.fromtimestamp(start, UTC).date(), record["srcaddr"], int(record["dstport"]))
            before = self.expected.get(key, (0, 0, 0, 0))
            more = (int(record["packets"]), int(record["bytes"]), end - start, 1)
            self.expected[key] = tuple(map(sum, zip(before, more, strict=True)))  # type: ignore[assignment]


def write_flow_logs(text: Path, parquet: Path, seed: int, records: int = 400) -> FlowLogs:
    """Write text files of each version and one parquet file, a few lines of text cut off."""
    chance = random.Random(seed)
    logs = FlowLogs()
    for version, names in FIELDS.items():
        lines = [names]
        for _ in range(records):
            record = _record(chance, version)
            line = " ".join(record[name] for name in names.split())
            if chance.random() < 0.04:
                # within the last field a cut may leave a record that looks whole: nobody could tell
                lines.append(line[: chance.randrange(1, line.rindex(" ") + 1)])
                logs.truncated += 1
            else:
                lines.append(line)
                logs.count(record)
        folder = text / "AWSLogs" / "123456789010" / "vpcflowlogs" / "us-east-1" / "2026" / "03" / "01"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"123456789010_vpcflowlogs_us-east-1_fl-{version}_20260301T0000Z.log.gz").write_bytes(
            gzip.compress("".join(f"{line}\n" for line in lines).encode())
        )
    in_parquet = [_record(chance, 5) for _ in range(records)]
    _write_parquet(parquet, in_parquet)
    for record in in_parquet:
        logs.count(record)
    return logs


def _record(chance: random.Random, version: int) -> Record:
    start = _FIRST_DAY + chance.randrange(3 * 86400)
    status = chance.choices(["OK", "NODATA", "SKIPDATA"], [90, 7, 3])[0]
    record = {
        "version": str(version),
        "account-id": chance.choice(["123456789010", "unknown"]),
        "interface-id": f"eni-{chance.randrange(16):017x}",
        "start": str(start),
        "end": str(start + chance.randrange(61)),
        "log-status": status,
        "vpc-id": "vpc-0a",
        "subnet-id": "subnet-0a",
        "region": "us-east-1",
        "az-id": "use1-az4",
    }
    if status == "OK":
        prefix, type_ = chance.choice([("10.0.0.", "IPv4"), ("2001:db8::", "IPv6")])
        packets = chance.randrange(1, 5000)
        record |= {
            "srcaddr": f"{prefix}{chance.randrange(1, 6)}",
            "dstaddr": f"{prefix}{chance.randrange(1, 6)}",
            "srcport": str(chance.randrange(1024, 65536)),
            "dstport": chance.choice(["22", "443", "0", "65535"]),
            "protocol": chance.choice(["6", "17", "1"]),
            "packets": str(packets),
            "bytes": str(packets * chance.randrange(40, 1500) + 2**33),
            "action": chance.choice(["ACCEPT", "ACCEPT", "REJECT"]),
            "type": type_,
            "tcp-flags": chance.choice(["2", "3", "19"]),
            "flow-direction": chance.choice(["ingress", "egress"]),
            "traffic-path": chance.choice(["-", "1", "8"]),
        }
    return {name: record.get(name, "-") for name in FIELDS[5].split()}


def _write_parquet(folder: Path, records: Iterable[Record]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    def value(record: Record, name: str) -> str | int | None:
        if record[name] == "-":
            return None
        return int(record[name]) if name in INT | LONG else record[name]

    types = {
        name: pa.int32() if name in INT else pa.int64() if name in LONG else pa.string() for name in FIELDS[5].split()
    }
    rows = [{name.replace("-", "_"): value(record, name) for name in types} for record in records]
    schema = pa.schema([(name.replace("-", "_"), type_) for name, type_ in types.items()])
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema), folder / "records.parquet", compression="gzip")
