"""`dengbu node`: makes a node's home, and runs a node."""

from __future__ import annotations

import os
import subprocess
import sys

import click

from dengbu.scripts.net.processes import ROOT, python
from dengbu.scripts.session import Session, local

ROLES = ("registry", "tax", "bank", "court", "notary", "bureau", "utility")
_home = click.option(
    "--home", type=click.Path(file_okay=False), required=True, help="节点目录 the node's home."
)
_secret = click.option(
    "--passphrase-file", type=click.Path(), help="口令文件 or set DENGBU_KEY_PASSPHRASE_FILE."
)


@click.group("node")
def command() -> None:
    """节点 One node: fresh keys in a home, and the process that serves it.

    \b
    示例 Examples:
      dengbu node init --home ./home --institution bank-c --role bank \\
          --name-zh 示范银行 --name-en "Demo Bank" --passphrase-file pass
      dengbu node run --home ./home --passphrase-file pass
    """


@command.command("init")
@_home
@click.option("--institution", required=True, metavar="ID", help="机构编号 id, for example bank-c.")
@click.option("--role", type=click.Choice(ROLES), required=True, help="角色 role.")
@click.option("--name-zh", required=True, help="中文名 Chinese name.")
@click.option("--name-en", required=True, help="英文名 English name.")
@_secret
@local
def init(
    session: Session,
    home: str,
    institution: str,
    role: str,
    name_zh: str,
    name_en: str,
    passphrase_file: str | None,
) -> None:
    """新建 Make a home with fresh keys, and print the request to give to the other institutions.

    \b
    示例 Example:
      dengbu node init --home ./home --institution bank-c --role bank --name-zh 示范银行 --name-en "Demo Bank"
    """
    who = ("--institution", institution, "--role", role, "--name-zh", name_zh, "--name-en", name_en)
    command_line = python(
        "dengbu.nodes", "init", "--home", os.path.abspath(home), *who, *_passphrase(passphrase_file)
    )
    sys.exit(subprocess.run(command_line, cwd=ROOT, check=False).returncode)


@command.command("run")
@_home
@_secret
@local
def run(session: Session, home: str, passphrase_file: str | None) -> None:
    """运行 Run a node in the foreground until it is told to stop.

    \b
    示例 Example:
      dengbu node run --home ./home --passphrase-file pass
    """
    command_line = python("dengbu.api", "run", "--home", os.path.abspath(home), *_passphrase(passphrase_file))
    os.chdir(ROOT)
    os.execv(command_line[0], command_line)  # noqa: S606  (the node takes over this process: signals, exit code)


def _passphrase(path: str | None) -> tuple[str, ...]:
    return ("--passphrase-file", os.path.abspath(path)) if path else ()
