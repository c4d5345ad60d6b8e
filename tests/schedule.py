"""Which tests a worker of ``--dist loadfile`` gets together: those of a file, and all that read the code as trees."""

from functools import cache
from pathlib import Path

from xdist.scheduler import LoadFileScheduling

ROOT = Path(__file__).parents[1]


class LoadFilesOfOneMind(LoadFileScheduling):  # type: ignore[misc]  # xdist tells no types
    """To parse all of the code takes a second, and then it is there for whoever asks in the same process."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return "all that parses the code" if _parses_the_code(file) else file


@cache
def _parses_the_code(file: str) -> bool:
    return file.startswith("tests/") and "from tests.parsed_code import" in (ROOT / file).read_text("utf-8")
