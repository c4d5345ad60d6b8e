"""An option that stands twice in a command line, of which click would take the last and drop the others."""

from collections import Counter

import click


def refuse_given_twice(command: click.Command, name: str | None, parent: click.Context, words: list[str]) -> None:
    """Say which option of a command, or of one below it, stands among the words more than once though it has one value.

    Raises:
        click.UsageError: one does.
    """
    ctx = click.Context(command, parent, name)
    try:
        _, rest, given = command.make_parser(ctx).parse_args(list(words))
    except click.UsageError:
        return  # the command itself says what is wrong with it
    for option, times in Counter(given).items():
        if times > 1 and isinstance(option, click.Option) and not (option.is_flag or option.multiple):
            ctx.fail(f"{option.opts[-1]} is given {times} times; give it once")
    if isinstance(command, click.Group) and rest and (below := command.get_command(ctx, rest[0])) is not None:
        refuse_given_twice(below, rest[0], ctx, rest[1:])
