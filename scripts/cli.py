"""The `dengbu` command. A subcommand is loaded only when it is used, so that help and completion are quick."""

from __future__ import annotations

import importlib
import io
import os
import sys
from collections.abc import Sequence

import click

from dengbu.scripts.exits import EXIT_ERROR, EXIT_INTERRUPTED, EXIT_OK, EXIT_USAGE, as_json

# name -> (module, one line of help); the command is the module's `command`, or what is named after the colon
COMMANDS = {
    "demo": ("dengbu.scripts.commands.demo", "演示 the whole story on a local network, in one command"),
    "net": ("dengbu.scripts.commands.net", "本地网络 a local network of nodes: up, status, logs, kill, down"),
    "node": ("dengbu.scripts.commands.node", "节点 make, join and run one node"),
    "governance": (
        "dengbu.scripts.commands.governance",
        "治理 what the members decide together: propose, sign, show, submit",
    ),
    "policy": ("dengbu.scripts.commands.policy", "政策 the policy in force, and a draft of the next one"),
    "backup": ("dengbu.scripts.commands.backup", "备份 copy a node's home while it runs"),
    "restore": ("dengbu.scripts.commands.restore", "恢复 a node's home from a backup"),
    "audit": ("dengbu.scripts.commands.audit", "审计 re-execute the ledger in a node's home"),
    "case": ("dengbu.scripts.commands.case", "案件 apply, show, list, enter, refuse, withdraw, watch"),
    "event": (
        "dengbu.scripts.commands.event",
        "事件 list events, see what became of one, submit a sealed one",
    ),
    "tax": ("dengbu.scripts.commands.tax", "完税 assess, clear and refund the tax of a case"),
    "unit": ("dengbu.scripts.commands.unit", "不动产单元 the register of one unit, and its history"),
    "certificate": (
        "dengbu.scripts.commands.certificate",
        "证照 what a certificate number stands for; verify it",
    ),
    "mortgage": ("dengbu.scripts.commands.mortgage", "抵押权 a bank's mortgages, or those on a unit"),
    "search": ("dengbu.scripts.commands.search", "查档 by certificate, unit, or a person at a unit"),
    "court": (
        "dengbu.scripts.commands.stated:court",
        "查封与协助执行 seize, renew, release; order a transfer; list",
    ),
    "mark": ("dengbu.scripts.commands.stated:mark", "争议与限制 set, lift and list marks on a unit"),
    "notice": (
        "dengbu.scripts.commands.stated:notice",
        "预告登记 a unit's advance notices; state when one can be registered",
    ),
    "objection": ("dengbu.scripts.commands.stated:objection", "异议登记 a unit's objections; show a suit"),
    "fault": (
        "dengbu.scripts.commands.stated:fault",
        "登记错误 tell the holder of an error, announce its correction",
    ),
    "loss": ("dengbu.scripts.commands.stated:loss", "遗失公告 announce that a certificate is lost"),
    "payload": (
        "dengbu.scripts.commands.stated:payload",
        "隐私材料 read a case's personal data, see who read, erase",
    ),
    "title": ("dengbu.scripts.commands.title", "存量权利 import existing titles from files"),
    "stats": (
        "dengbu.scripts.commands.stats",
        "效能 numbers, times and shares of cases, counted from the log",
    ),
    "receipt": ("dengbu.scripts.commands.receipt", "回执 verify a receipt offline, or get one"),
    "log": ("dengbu.scripts.commands.log", "账本 the verified head, and a full audit through a node"),
    "keys": ("dengbu.scripts.commands.keys", "密钥 make, show and sign with keys"),
    "get": ("dengbu.scripts.commands.get", "查询 a signed GET of any path of a node"),
    "doctor": ("dengbu.scripts.commands.doctor", "自检 check this machine and the nodes"),
    "config": ("dengbu.scripts.commands.config", "配置 the settings and where each comes from"),
    "completion": ("dengbu.scripts.commands.completion", "补全 print the completion script of a shell"),
    "bench": ("dengbu.scripts.commands.bench", "性能 measure this machine"),
}

COMPLETING = "_DENGBU_COMPLETE"  # set by the completion script of a shell

EXIT_CODES = """\b
退出码 Exit codes:
  0  成功 ok
  1  错误 error
  2  用法错误 usage
  3  核验失败 verification failed
  4  节点无法连接或超时 node unreachable, or no answer in time
  5  账本不予办理 refused by the ledger
  130  中断 interrupted"""


class LazyGroup(click.Group):
    """A group that knows its commands by name and loads each only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute or "command")
        if COMPLETING in os.environ:
            from dengbu.scripts import completing  # only a shell that completes needs it

            completing.install(command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table as help, without loading any command."""
        with formatter.section("命令 Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])


def _version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if not asked or ctx.resilient_parsing:
        return
    from importlib.metadata import version

    from dengbu.api.client.about import told  # loads the SDK, which no other option needs

    click.echo(f"dengbu {version('dengbu')} ({told()})")
    ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXIT_CODES)
@click.option(
    "-V",
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="版本 version.",
)
def cli() -> None:
    """登簿 Dengbu: a shared real-estate registration ledger for registry, tax bureau and banks.

    \b
    示例 Examples:
      dengbu demo                       四家机构的完整演示 the whole story
      dengbu net up                     本地网络 a network to play with
      dengbu case list --as hz-registry
      dengbu receipt verify mortgage.tlog-proof --policy policy.txt
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and exit with a documented code; errors go to standard error in two lines."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    in_json = "--json" in arguments
    _print_anything(in_json)
    try:
        code = cli.main(args=arguments, prog_name="dengbu", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as shown:
        shown.show()
        code = EXIT_USAGE
    except click.UsageError as error:
        code = _say(error.format_message(), _usage_hint(error), EXIT_USAGE, "usage", in_json)
    except click.ClickException as error:
        code = _say(error.format_message(), getattr(error, "hint", ""), EXIT_ERROR, "error", in_json)
    except (click.Abort, KeyboardInterrupt):
        code = _say("已中断 interrupted", "", EXIT_INTERRUPTED, "interrupted", in_json)
    except BrokenPipeError:
        # The reader is gone: end quietly as well.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = EXIT_ERROR
    except ModuleNotFoundError as error:
        from dengbu.scripts import extras

        found = extras.extras_with(error.name)
        if not found:
            raise
        code = _say(*extras.told(error.name, found), EXIT_USAGE, "missing-extra", in_json)
    except Exception as error:
        from dengbu.scripts.failures import explain

        explained = explain(error)
        if explained is None:
            raise
        code = _say(
            explained.message, explained.hint, explained.exit_code, explained.code, in_json, explained.more
        )
    sys.exit(code if isinstance(code, int) else EXIT_OK)


def _print_anything(in_json: bool) -> None:
    """Let a terminal that lacks a character show a question mark for it; JSON is UTF-8 everywhere (RFC 8259, 8.1)."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    if in_json and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")


def _say(
    message: str, hint: str, code: int, name: str, in_json: bool, more: dict[str, object] | None = None
) -> int:
    """Print an error as `error:` and `hint:`, or as one JSON object; return the exit code."""
    if in_json:
        click.echo(as_json(name, message, hint, code, more))
        return code
    click.echo(f"{_red('error:')} {message}", err=True)
    if hint:
        click.echo(f"hint: {hint}", err=True)
    return code


def _red(text: str) -> str:
    """Return the text in red on a terminal, unless NO_COLOR is set."""
    plain = bool(os.environ.get("NO_COLOR")) or not sys.stderr.isatty()
    return text if plain else click.style(text, fg="red", bold=True)


def _usage_hint(error: click.UsageError) -> str:
    from dengbu.scripts.invocation import command

    words = error.ctx.command_path.split()[1:] if error.ctx else ()
    return command(*words, "--help")
