"""`dengbu completion`: the completion script of a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from dengbu.scripts.session import Session, local


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@local
def command(session: Session, shell: str) -> None:
    """补全 Print the completion script of a shell.

    \b
    示例 Example:
      eval "$(dengbu completion bash)"
    """
    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"不支持 no completion for {shell}")
    source = found(click.get_current_context().find_root().command, {}, "dengbu", "_DENGBU_COMPLETE").source()
    session.show({"shell": shell, "script": source}, [source])
