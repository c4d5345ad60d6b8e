"""What was not tested and why, by name at the end of a run: a skip that nobody sees is a test that nobody has."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import pytest

ByFile = dict[str, dict[str, None]]  # the tests of each file, in their order and each once


def tell(terminal: pytest.TerminalReporter) -> None:
    """Each reason with how many tests it cost, and which."""
    reports: list[pytest.TestReport] = terminal.stats.get("skipped", [])
    if reports:
        terminal.section("skipped, and why")
        for line in lines(reports):
            terminal.line(line)


def lines(reports: Sequence[pytest.TestReport]) -> Iterator[str]:
    """What is told of these."""
    by_reason: dict[str, list[str]] = defaultdict(list)
    for report in reports:
        by_reason[_reason(report)].append(report.nodeid)
    for reason, skipped in sorted(by_reason.items(), key=lambda one: -len(one[1])):
        yield f"{len(skipped):6}  {reason}"
        names: ByFile = defaultdict(dict)
        for test in sorted(skipped):
            file, _, name = test.partition("::")
            names[file][name.partition("[")[0]] = None
        for file, tests in names.items():
            yield f"{'':8}{file}: {', '.join(tests) or 'all of it'}"


def _reason(report: pytest.TestReport) -> str:
    told = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return told.removeprefix("Skipped: ")
