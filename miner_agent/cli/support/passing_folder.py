"""A folder for what an agent writes that nobody keeps."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

_TRIES, _PAUSE_SECONDS = 100, 0.05


@contextmanager
def passing_folder(prefix: str) -> Iterator[Path]:
    """Until the end of the block. An agent that ends waits for no disk: a thread of it may write on for a moment."""
    folder = Path(mkdtemp(prefix=prefix))
    try:
        yield folder
    finally:
        for _ in range(_TRIES):
            shutil.rmtree(folder, ignore_errors=True)
            if not folder.exists():
                break
            time.sleep(_PAUSE_SECONDS)
