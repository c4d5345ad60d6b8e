"""Which tests one worker gets together: they share what a module makes once, or what stands alone on the machine.

Goes by the text of a file, since whoever hands tests out knows nothing but their names; the marks of pytest-xdist do not
arrive with every pytest.
"""

import re
from functools import cache
from pathlib import Path

from xdist.scheduler import LoadFileScheduling, LoadScopeScheduling
from xdist.workermanage import WorkerController

ROOT = Path(__file__).parents[1]
GROUP = re.compile(r'^pytestmark = .*xdist_group\("([^"]+)"\)', re.MULTILINE)


class _NothingTwice(LoadScopeScheduling):  # type: ignore[misc]  # xdist tells no types
    def remove_node(self, node: WorkerController) -> str | None:
        """What a worker died of, if it did. Given to the next one, it would kill that too; and what the dead one had done
        already, given once more, is what that would wait for to the end of time.
        """
        units = self.assigned_work.pop(node).values()
        return next((test for unit in units for test, is_done in unit.items() if not is_done), None)


class TogetherByFile(_NothingTwice, LoadFileScheduling):  # type: ignore[misc]
    """For ``--dist loadfile``: those of a file, and those of all files that are of one group."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return group_of(file) or file


class TogetherByGroup(_NothingTwice):
    """For ``--dist loadgroup``: each test for itself, but for those of a group.

    Two of three workers begin with tests that wait for a process of theirs, the rest with those that compute: where all
    wait at once, the cores stand still, and where all compute, they only take turns.
    """

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid.partition("::")[0]) or nodeid

    def _assign_work_unit(self, node: WorkerController) -> None:
        begins_with_those_that_wait = self.nodes.index(node) % 3 != 1
        for scope, tests in self.workqueue.items():
            if waits(next(iter(tests)).partition("::")[0]) == begins_with_those_that_wait:
                self.workqueue.move_to_end(scope, last=False)
                break
        super()._assign_work_unit(node)


SCHEDULING = {"loadfile": TogetherByFile, "loadgroup": TogetherByGroup}


@cache
def group_of(file: str) -> str | None:
    """The group that a file of tests says it is of; all that parse the whole code, which takes a second, are of one."""
    found = GROUP.search(_text_of(file))
    if found is not None:
        return f"group {found[1]}"
    return "group of the code" if "from tests.parsed_code import" in _text_of(file) else None


@cache
def waits(file: str) -> bool:
    """Whether some tests of a file run the whole agent, real servers or a browser."""
    return "mark.e2e" in _text_of(file)


@cache
def _text_of(file: str) -> str:
    """Nothing of a file that has examples in its docstrings alone."""
    return (ROOT / file).read_text("utf-8") if file.startswith("tests/") else ""
