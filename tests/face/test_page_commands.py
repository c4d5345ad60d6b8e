"""What pages tell people to type is there to be typed."""

import re
from pathlib import Path

import click

from miner_agent import face, views
from miner_agent.cli.first_level import cli
from tests.for_each import for_each

FOLDERS = [Path(package.__file__ or "").parent for package in (face, views)]
TOLD = re.compile(r"miner-agent ((?:[a-z][a-z0-9-]*)(?: [a-z][a-z0-9-]*)?)(?: (--[a-z-]+))?")


def told() -> list[tuple[str, str]]:
    """Every command between backticks, or marked as code, with the option behind it."""
    found: set[tuple[str, str]] = set()
    for folder in FOLDERS:
        for file in (*folder.rglob("*.html"), *folder.rglob("*.py")):
            for text in re.findall(r"`([^`\n]+)`|<code>(.+?)</code>", file.read_text("utf-8")):
                found |= {(words, option) for words, option in TOLD.findall("".join(text))}
    return sorted(found)


@for_each(("words", "option"), told())
def test_every_command_that_a_page_names_is_there(words: str, option: str) -> None:
    command: click.Command = cli
    for word in words.split():
        assert isinstance(command, click.Group), words
        found = command.get_command(click.Context(command), word)
        assert found is not None, words
        command = found
    if option and option != "--help":
        assert option in {name for each in command.params for name in each.opts}, (words, option)
