"""The ``miner-agent`` command. One command a file; what a command needs it imports when it runs."""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Self

from miner_agent.cli.support import streams
from miner_agent.cli.support.first_help import HELP_OPTIONS, first_help, help_columns
from miner_agent.cli.support.lost_threads import LostThreads
from miner_agent.errors import AgentError
from miner_agent.interpreter import EXIT_NO_ROOM, NO_ROOM, complain_no_more, lacks_room, say_nothing_more
from miner_agent.text import argument_text

EXIT_INTERRUPTED = 130
EXIT_READER_GONE = 141  # as the shell says it of programs that SIGPIPE ends


def main() -> None:
    """Run the command line; every error of ours is one sentence and its exit code."""
    words = [argument_text(word) for word in sys.argv[1:]]
    with streams.guarded(), LostThreads() as lost, _Interrupts() as interrupts:
        try:
            code = (
                _code_of(lambda: _answered(words)) or _code_of(sys.stdout.flush) or (EXIT_NO_ROOM if lost.came else 0)
            )
        except BaseException:  # what an interrupt in the middle of an import becomes
            if not interrupts.came:
                raise
            code = EXIT_INTERRUPTED
        if code == EXIT_NO_ROOM:
            sys.stderr.write(NO_ROOM)
            sys.stderr.flush()
            streams.let_out(sys.stderr)
            complain_no_more()
    if code == EXIT_NO_ROOM:
        say_nothing_more()
    sys.exit(code)


def _answered(words: Sequence[str]) -> int:
    if len(words) == 1 and words[0] in HELP_OPTIONS:
        print(first_help(_program(), help_columns()))
        return 0
    from miner_agent.cli.first_level import answered

    return answered(words, _program())


def _program() -> str:
    """As whoever started this wrote it."""
    package = getattr(sys.modules["__main__"], "__package__", None)
    return f"python -m {package}" if package else os.path.basename(sys.argv[0])  # noqa: PTH119  it may be no path


class _Interrupts:
    """Ctrl-C is an exception meanwhile, so that a command puts away what it has begun; before and after it need not."""

    def __init__(self) -> None:
        self.came = False

    def __enter__(self) -> Self:
        self._before = signal.getsignal(signal.SIGINT)
        if self._before in {signal.SIG_DFL, signal.default_int_handler}:  # else it is to be ignored
            signal.signal(signal.SIGINT, self._take)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _take(self, *_: object) -> None:
        self.came = True
        raise KeyboardInterrupt


def _code_of(step: Callable[[], int | None]) -> int:
    try:
        return step() or 0
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except streams.ReaderGone:
        return EXIT_READER_GONE
    except AgentError as error:
        from miner_agent.cli.support.fitted_lines import tell

        tell(f"miner-agent: {error}", err=True)
        return error.exit_code
    except (MemoryError, OSError, RuntimeError, ImportError, SystemError) as error:
        if not lacks_room(error):
            raise
        return EXIT_NO_ROOM
