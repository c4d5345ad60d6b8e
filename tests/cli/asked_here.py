"""Answers, line by line in JSON, what commands say in this process: it starts once for many of them."""

import json
import os
import sys
import time
from pathlib import Path

from tests.cli.every_command import printed

GONE, FORBIDDEN = "-gone", "-forbidden"
"""Folders of such a name are removed, or closed, while the command stands in them."""


def main() -> None:
    """A line holds the words of a command, its environment and its folder; the answer its code, output and errors."""
    os.umask(0)
    for line in sys.stdin:
        words, environment, folder = json.loads(line)
        os.environ.clear()
        os.environ.update(environment)
        time.tzset()
        os.chdir(folder)
        if folder.endswith(GONE):
            Path(folder).rmdir()
        if folder.endswith(FORBIDDEN):
            Path(folder).chmod(0)
        print(json.dumps(printed(words)), flush=True)


if __name__ == "__main__":
    main()
