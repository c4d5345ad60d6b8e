"""Answers, line by line in JSON, what commands say in this process: it starts once for many of them."""

import json
import os
import sys

from tests.cli.every_command import printed


def main() -> None:
    """A line holds the words of a command and its whole environment; the answer its code, output and errors."""
    for line in sys.stdin:
        words, environment = json.loads(line)
        os.environ.clear()
        os.environ.update(environment)
        print(json.dumps(printed(words)), flush=True)


if __name__ == "__main__":
    main()
