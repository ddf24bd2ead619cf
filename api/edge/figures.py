"""The figures of a node as metrics: one row for each, with its name, what it says, and where it comes from.

Names end in their unit (Prometheus conventions); a figure that is not known yet has no sample.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from dengbu.nodes.figures import Figures

Value = float | None


@dataclass(frozen=True, slots=True)
class Row:
    """One metric: by `label` it has a sample for each key of a mapping, without one it has one sample."""

    name: str
    text: str
    read: Callable[[Figures], Value | Mapping[str, Value]]
    label: str = ""


ROWS = (
    Row("dengbu_log_entries", "已提交的条目 Entries committed.", lambda f: f.entries),
    Row(
        "dengbu_log_final_entries", "已成终局的条目 Entries cosigned by a quorum.", lambda f: f.final_entries
    ),
    Row("dengbu_log_height", "最新区块的高度 Height of the last block.", lambda f: f.height),
    Row(
        "dengbu_log_behind_entries",
        "落后于所见最大检查点的条目 Entries lacking of the largest checkpoint this node was shown.",
        lambda f: f.behind_entries,
    ),
    Row(
        "dengbu_state_age_seconds",
        "距上次与其他机构同步的时间 Time since this node was last in step with the others.",
        lambda f: f.state_age_s,
    ),
    Row(
        "dengbu_final_wait_seconds",
        "条目等待会签的时间 How long committed entries have waited for their quorum.",
        lambda f: f.final_wait_s,
    ),
    Row(
        "dengbu_checkpoint_age_seconds",
        "最新终局检查点的年龄 Age of the newest final checkpoint; it grows while nothing is registered.",
        lambda f: f.checkpoint_age_s,
    ),
    Row(
        "dengbu_checkpoint_cosignatures",
        "最新终局检查点的会签数 Cosignatures on the newest final checkpoint.",
        lambda f: f.cosignatures,
    ),
    Row(
        "dengbu_checkpoint_cosignatures_needed",
        "政策要求的会签数 Cosignatures that the policy asks for.",
        lambda f: f.cosignatures_needed,
    ),
    Row(
        "dengbu_members_away",
        "未连接、未投票或未会签的机构 Institutions not connected, not voting or not cosigning.",
        lambda f: f.members_away,
    ),
    Row(
        "dengbu_clock_offset_seconds",
        "本机时钟超前其他机构的中位数 By how much this clock is ahead of the others' (median).",
        lambda f: f.clock_offset_s,
    ),
    Row(
        "dengbu_outbox_events",
        "待排序的事件 Events taken that are not in the log yet.",
        lambda f: f.events_waiting,
    ),
    Row(
        "dengbu_outbox_oldest_seconds",
        "最早一个待排序事件已等待的时间 How long the oldest of them has waited.",
        lambda f: f.events_oldest_s,
    ),
    Row(
        "dengbu_desk_queued_cases",
        "自动登簿待试的案件 Cases the desk has yet to try.",
        lambda f: f.desk_queued,
    ),
    Row(
        "dengbu_desk_sent_cases",
        "自动登簿已提交、未登簿的案件 Cases the desk has sent and the log has not decided.",
        lambda f: f.desk_sent,
    ),
    Row(
        "dengbu_desk_oldest_seconds",
        "自动登簿最早一件的年龄 Age of the oldest of both.",
        lambda f: f.desk_oldest_s,
    ),
    Row("dengbu_desk_left_cases", "留给人工的案件 Cases the desk left to a person.", lambda f: f.desk_left),
    Row("dengbu_cases_open", "已受理、未决定的案件 Cases accepted and not decided.", lambda f: f.cases_open),
    Row(
        "dengbu_tax_waiting_deals",
        "待核定、缴纳、退税或追缴 Deals that wait for assessment, payment, a refund or a clawback.",
        lambda f: f.tax_waiting,
    ),
    Row(
        "dengbu_payloads_undelivered",
        "尚未送达的隐私材料 Private payloads that wait for delivery.",
        lambda f: f.payloads_undelivered,
        "peer",
    ),
    Row(
        "dengbu_payloads_missing",
        "应有而未收到的隐私材料 Private payloads this institution should have and lacks.",
        lambda f: f.payloads_missing,
    ),
    Row(
        "dengbu_peer_reachable",
        "其他机构能否送达(1/0) Whether an institution takes payloads and is not away.",
        lambda f: f.peers_reachable,
        "peer",
    ),
    Row("dengbu_rule_set", "现行规则集的编号 Number of the rule set in force.", lambda f: f.rule_set),
    Row("dengbu_access_log_rows", "访问日志的行数 Rows of the access log.", lambda f: f.access_log_rows),
    Row("dengbu_disk_free_bytes", "磁盘剩余空间 Free space under the home.", lambda f: f.disk_free_bytes),
    Row("dengbu_disk_bytes", "磁盘总空间 Size of that disk.", lambda f: f.disk_bytes),
    Row(
        "dengbu_database_bytes",
        "数据库文件,含预写日志 A database with its write-ahead log.",
        lambda f: f.file_bytes,
        "file",
    ),
)


class FiguresCollector(Collector):
    """All of it from one reading, so that what a scrape shows belongs together."""

    def __init__(self, read: Callable[[], Figures]) -> None:
        self._read = read

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Name the metrics without reading any."""
        return [_family(row) for row in ROWS]

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Read the node once and yield every metric."""
        figures = self._read()
        for row in ROWS:
            family, found = _family(row), row.read(figures)
            samples = found if isinstance(found, Mapping) else {"": found}
            for key, value in samples.items():
                if value is not None:
                    family.add_metric((key,) if row.label else (), float(value))
            yield family


def _family(row: Row) -> GaugeMetricFamily:
    return GaugeMetricFamily(row.name, row.text, labels=(row.label,) if row.label else ())
