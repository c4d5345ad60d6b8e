"""What was not tested and why, by name at the end of a run: a skip that nobody sees is a test that nobody has."""

from collections import Counter

import pytest


def by_reason(reports: list[pytest.TestReport]) -> Counter[str]:
    """How many tests were skipped, by what they wanted."""
    told = (report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr) for report in reports)
    return Counter(reason.removeprefix("Skipped: ") for reason in told)


def tell(terminal: pytest.TerminalReporter) -> None:
    """A line for each reason, with how many tests it cost."""
    reasons = by_reason(terminal.stats.get("skipped", []))
    if not reasons:
        return
    terminal.section("skipped, and why")
    for reason, count in reasons.most_common():
        terminal.line(f"{count:6}  {reason}")
