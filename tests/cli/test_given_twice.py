"""An option that takes one value and is given two is refused, as the API refuses a parameter: none is dropped in silence."""

import click
import pytest

from tests.cli.every_command import LEAVES
from tests.cli.profit_asked import PRICE, answered, run

pytestmark = pytest.mark.usefixtures("no_configuration")


def test_no_option_of_any_command_drops_what_was_given_first() -> None:
    tried = 0
    for name, command in LEAVES.items():
        for option in command.params:
            if isinstance(option, click.Option) and not (option.is_flag or option.multiple):
                value = [option.opts[0], *["1"] * option.nargs]
                result = run(*name.split(), *value, *value)
                assert result.exit_code == 2, (name, option.opts)
                assert f"{option.opts[-1]} is given 2 times; give it once" in result.stderr, (name, option.opts)
                tried += 1
    assert tried > 400


def test_a_short_word_for_a_command_hides_none() -> None:
    result = run("hardware", "3080", "--kind", "gpu", "--kind", "cpu")

    assert (result.exit_code, "--kind is given 2 times" in result.stderr) == (2, True)


def test_options_that_take_several_and_switches_are_given_as_often_as_one_likes() -> None:
    ranked = answered("profit", "--hardware", "6x rtx3080", *PRICE, "--coin", "RVN", "--coin", "ETC", "--json")

    assert {row["coin"] for row in ranked["ranking"]} == {"RVN", "ETC"}
