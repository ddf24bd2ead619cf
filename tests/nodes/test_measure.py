"""The measurement of one node measures what it claims: its events are accepted, and its report counts them."""

from dengbu.nodes.measure import EVENTS_PER_UNIT, measure

EVENTS = 10 * EVENTS_PER_UNIT


def test_the_report_counts_the_events_and_has_every_figure() -> None:
    report = measure(EVENTS)
    assert report["events"] == EVENTS
    assert sorted(report) == [
        "audit_per_s",
        "bytes_per_event",
        "events",
        "ingest_cpu_us_per_event",
        "ingest_per_s",
    ]
    assert all(isinstance(figure, int) and figure > 0 for figure in report.values()), report
