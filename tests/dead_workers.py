"""A worker that dies ends the run: at once, red, with the name of its test, and without what that test had started.

It dies by a test that hangs, too: ``faulthandler_timeout`` ends it. ``--max-worker-restart=0`` is the other half.
"""

import pytest
from xdist.workermanage import WorkerController

from tests import leftovers


class Watch:
    """Of the process that hands the tests out; a worker is told of no other."""

    def __init__(self) -> None:
        self._died = False

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: WorkerController, error: object | None) -> None:
        if error:
            self._died = True
            leftovers.end_marked(leftovers.mark_of(node.workerinput))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self._died:  # behind its last test nobody else would count it
            session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED
