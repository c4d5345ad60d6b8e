"""What ``miner-agent --help`` says, in the form that click gives to every help.

It is laid out here because click takes longer to load than all that is told. Who only looks what there is waits least.
"""

import shutil
import textwrap
from collections.abc import Iterable, Iterator

from miner_agent.cli.support.purposes import EXAMPLE, PURPOSE, PURPOSES

HELP_OPTIONS = ("-h", "--help")
_OPTIONS = (("--version", "Show the version and exit."), (", ".join(HELP_OPTIONS), "Show this message and exit."))
_ARGUMENTS = "[OPTIONS] COMMAND [ARGS]..."
_MARGIN = "  "
_LEAST_COLUMNS, _MOST_COLUMNS = 50, 78


def help_columns() -> int:
    """How wide a help is here."""
    return max(min(shutil.get_terminal_size().columns - 2, _MOST_COLUMNS), _LEAST_COLUMNS)


def first_help(program: str, columns: int) -> str:
    """Usage, purpose, options and commands, for who started it as ``program``."""
    return "\n".join(
        (
            *_usage(program, columns),
            "",
            *textwrap.wrap(PURPOSE, columns, initial_indent=_MARGIN, subsequent_indent=_MARGIN),
            "",
            f"{_MARGIN}Example:",
            f"{_MARGIN}  {EXAMPLE}",
            "",
            "Options:",
            *_list(_OPTIONS, columns),
            "",
            "Commands:",
            *_list(sorted(PURPOSES.items()), columns),
        )
    )


def _usage(program: str, columns: int) -> list[str]:
    begun = f"Usage: {program} "
    if len(begun) + 20 > columns:
        return [begun, " " * 11 + _ARGUMENTS]
    return textwrap.wrap(_ARGUMENTS, columns, initial_indent=begun, subsequent_indent=" " * len(begun))


def _list(rows: Iterable[tuple[str, str]], columns: int) -> Iterator[str]:
    """Each word and, beside it, what it is for."""
    rows = tuple(rows)
    room = max(len(word) for word, _ in rows) + len(_MARGIN)
    for word, purpose in rows:
        first, *others = textwrap.wrap(purpose, max(columns - room - len(_MARGIN), 10))
        yield f"{_MARGIN}{word:{room}}{first}"
        yield from (f"{_MARGIN}{'':{room}}{line}" for line in others)
