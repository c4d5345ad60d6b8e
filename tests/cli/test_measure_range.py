"""Options that take a measure take no word that is none."""

from collections.abc import Iterator

import click

from miner_agent.cli.first_level import cli
from tests.for_each import for_each


def options_of(command: click.Command, path: str = "") -> Iterator[tuple[str, click.Parameter]]:
    for parameter in command.params:
        yield f"{path} {parameter.name}", parameter
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from options_of(inner, f"{path} {name}")


@for_each("word", ["nan", "NaN", "-nan"])
def test_no_option_takes_what_is_no_number(word: str) -> None:
    measures = {path: one for path, one in options_of(cli) if isinstance(one.type, click.types.FloatParamType)}
    assert len(measures) >= 5

    taken = []
    for path, one in measures.items():
        try:
            one.type.convert(word, one, None)
        except click.BadParameter:
            continue
        taken.append(path)
    assert taken == []
