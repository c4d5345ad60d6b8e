"""Each worker finds the tests in an order of its own, and hands them out in the one of all.

Where nothing is rewritten yet for pytest, in a fresh tree, all would else rewrite the same file at the same moment.
"""

from collections.abc import Generator
from random import Random

import pytest


class FindingOrder:
    """Of one worker."""

    def __init__(self, worker: str) -> None:
        self._random = Random(worker)

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        report = yield
        if isinstance(collector, pytest.Directory):
            self._random.shuffle(report.result)
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=lambda item: item.nodeid.partition("::")[0])
