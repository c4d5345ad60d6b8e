"""A folder for what an agent writes that nobody keeps."""

import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

_TRIES, _PAUSE_SECONDS = 100, 0.05


@contextmanager
def passing_folder(prefix: str) -> Iterator[Path]:
    """Until the end of the block. An agent that ends waits for no disk: a thread of it may write on for a moment.

    In the block SIGTERM is ``SystemExit``, where nothing else takes it: else it would leave the folder behind.
    """
    before = signal.signal(signal.SIGTERM, _end)
    folder = Path(mkdtemp(prefix=prefix))
    try:
        yield folder
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for _ in range(_TRIES):
            shutil.rmtree(folder, ignore_errors=True)
            if not folder.exists():
                break
            time.sleep(_PAUSE_SECONDS)
        signal.signal(signal.SIGTERM, before)


def _end(number: int, _: object) -> None:
    raise SystemExit(128 + number)
