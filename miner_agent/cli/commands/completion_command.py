"""``miner-agent completion``: what a shell reads to complete our commands."""

import click


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print what makes a shell complete commands, options and files. An installed service has it in place.

    \b
    bash: miner-agent completion bash > ~/.local/share/bash-completion/completions/miner-agent
    zsh:  miner-agent completion zsh > a folder of its $fpath, as _miner-agent
    fish: miner-agent completion fish > ~/.config/fish/completions/miner-agent.fish

    \b
    Example:
      miner-agent completion bash
    """
    from miner_agent.cli.support.completion_scripts import completion_script

    click.echo(completion_script(shell), nl=False)
