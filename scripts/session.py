"""Parts shared by all leaf commands: `--json`, the options for reaching a node, and printing."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dengbu.scripts.settings import (
    LOCAL_FILE,
    NET_FILE,
    NoNode,
    SettingsError,
    Value,
    default_net,
    resolve,
    user_file,
)

if TYPE_CHECKING:
    from dengbu.api.client import Client


class Input(click.Path):
    """The path of a file that a command reads; `stdin`: or "-" for standard input. One that is missing is an error, exit 1."""

    def __init__(self, *, stdin: bool = False, path_type: type | None = None) -> None:
        super().__init__(dir_okay=False, allow_dash=stdin, path_type=path_type)


class Output(click.Path):
    """The path of a file that a command writes at its end; one that cannot be written is a usage error at its start."""

    def __init__(self, *, path_type: type | None = None) -> None:
        super().__init__(dir_okay=False, writable=True, path_type=path_type)

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        """Return the path. Raises BadParameter if it is a folder, or its folder is missing or closed to writing."""
        path = super().convert(value, param, ctx)
        folder = Path(os.fsdecode(path)).parent
        if not folder.is_dir():
            self.fail(f"没有此文件夹 there is no folder {folder}", param, ctx)
        if not Path(os.fsdecode(path)).exists() and not os.access(folder, os.W_OK | os.X_OK):
            self.fail(f"文件夹不可写 the folder {folder} cannot be written to", param, ctx)
        return path


F = TypeVar("F", bound=Callable[..., Any])
CONNECT_S = 3.0


class Session:
    """One run of a command: its settings, the client made from them, and printing."""

    def __init__(self, as_json: bool, flags: dict[str, Any]) -> None:
        self.as_json = as_json
        self._flags = flags

    @functools.cached_property
    def values(self) -> dict[str, Value]:
        """Every setting; settings files are read only when a command asks for a setting."""
        return resolve(self._flags, os.environ, (Path(LOCAL_FILE), user_file()))

    def setting(self, name: str) -> Any:
        """Return the value of a setting."""
        return self.values[name].value

    def given(self, name: str) -> bool:
        """Return whether a setting was given as an option of this command."""
        return self._flags.get(name) is not None

    @property
    def net_directory(self) -> Path:
        """The directory of the local network."""
        return Path(self.setting("net") or default_net())

    def client(self) -> Client:
        """Return a client of the node that the settings name, or of a node of the local network.

        Raises NoNode if neither is there, and NodeDown if that node does not run.
        """
        from dengbu.api.client import Client, load_key  # only commands that speak to a node load the SDK
        from dengbu.scripts.net.devnet import Devnet, on
        from dengbu.scripts.net.homes import NodeDown

        url, key, policy = self.setting("url"), self.setting("key"), self.setting("policy")
        if self.setting("as") or (url is None and (self.net_directory / NET_FILE).exists()):
            net = Devnet.load(self.net_directory)
            if not self.setting("as"):
                first = next(iter(net.members))
                click.echo(
                    f"未指明机构，以 {first} 身份 as {first}, the first member: --as says otherwise", err=True
                )
            id, slash, scope = (self.setting("as") or next(iter(net.members))).partition("/")
            if url is None and not net.member(id).running:
                raise NodeDown(f"节点未在运行 {id} is not running", on(net.directory, "up"))
            own = net.client_key(id, scope) if slash else net.client_key(id)
            url, key, policy = url or net.url(id), key or own, policy or net.policy_path
        if url is None:
            raise NoNode(
                "未指明节点 which node? give --url, or --as with a local network "
                f"({on(self.net_directory, 'up')})"
            )
        signer = load_key(key) if key else None
        lang, seconds = self.setting("lang"), self.setting("timeout")
        return Client(url, key=signer, policy=policy, lang=lang, timeouts=(CONNECT_S, seconds))

    def writer(self) -> Client:
        """Return a client for a command that writes. Raises SettingsError if nothing says who writes."""
        self.say_writer()
        return self.client()

    def say_writer(self) -> None:
        """Say aloud who writes, if a default and no option does. Raises SettingsError if nothing does."""
        who = next((self.values[name] for name in ("as", "key") if self.setting(name)), None)
        if who is None:
            raise SettingsError(
                "写入须指明机构 a command that writes must say as whom: --as ID, or --url with --key FILE"
            )
        if not who.origin.startswith("--"):
            click.echo(f"身份 writing as {who.value} ({who.origin})", err=True)

    def show(self, data: Any, lines: Iterable[str] | None = None) -> None:
        """Print data as one JSON object, or as lines for people to read."""
        if self.as_json or lines is None:
            click.echo(json.dumps(plain(data), ensure_ascii=False, indent=None if self.as_json else 1))
            return
        for line in lines:
            click.echo(line)

    def say(self, text: str) -> None:
        """Tell the person at the terminal something, on standard error; with --json, say nothing."""
        if not self.as_json:
            click.echo(text, err=True)


def plain(data: Any) -> Any:
    """Return data as JSON values; a model becomes its public members, including those this version does not know."""
    if is_dataclass(data) and not isinstance(data, type):
        shown = {each.name: getattr(data, each.name) for each in fields(data) if each.name[0] != "_"}
        extra = shown.pop("extra", {})
        return plain({**shown, **extra})
    if isinstance(data, dict):
        return {name: plain(value) for name, value in data.items()}
    if isinstance(data, list | tuple):
        return [plain(value) for value in data]
    if isinstance(data, bytes):
        return data.hex()
    return str(data) if isinstance(data, Path) else data


def table(rows: Sequence[Sequence[Any]], heads: Sequence[str]) -> list[str]:
    """Return rows under heads, aligned in columns; a Chinese character is two columns wide."""
    from rich.cells import cell_len  # only where a table is printed

    cells = [[str("" if cell is None else cell) for cell in row] for row in (heads, *rows)]
    widths = [max(cell_len(row[n]) for row in cells) for n in range(len(heads))]
    return [
        "  ".join(
            cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in cells
    ]


def local(command: F) -> Callable[..., Any]:
    """Make a command that needs no node: it gets a Session as its first argument, and the option `--json`."""
    return _sharing(command, ())


def remote(command: F) -> Callable[..., Any]:
    """Make a command that asks a node: it gets a Session too, and the options that say which node and as whom."""
    return _sharing(command, ("url", "key", "policy", "lang", "timeout", "net", "as"))


def networked(command: F) -> Callable[..., Any]:
    """Make a command about the local network: it gets a Session too, and the option `--net`."""
    return _sharing(command, ("net",))


_OPTIONS: dict[str, Callable[[Any], Any]] = {
    "url": click.option("--url", metavar="URL", help="节点地址 URL of the node."),
    "key": click.option("--key", type=Input(), help="客户端密钥文件 client key file."),
    "policy": click.option("--policy", type=Input(), help="会签规则 your copy of policy.txt."),
    "lang": click.option("--lang", type=click.Choice(["zh", "en"]), help="语言 language of errors."),
    "timeout": click.option(
        "--timeout", type=click.FloatRange(0.1, 3600), help="应答时限(秒) seconds to wait for an answer."
    ),
    "net": click.option("--net", type=click.Path(), help="本地网络目录 directory of the local network."),
    "as": click.option(
        "--as",
        "as_",
        metavar="ID[/SCOPE]",
        help="以本地网络的机构(及权限)身份 as an institution of the local network, by default its officer.",
    ),
}


port_base = click.option(
    "--port-base", type=click.IntRange(1, 65_535), help="起始端口 count ports from here, not any free ones."
)


def _sharing(command: Any, names: Sequence[str]) -> Callable[..., Any]:
    @functools.wraps(command)
    def run(*arguments: Any, as_json: bool, **options: Any) -> Any:
        _check_values(click.get_current_context())
        flags = {name: options.pop("as_" if name == "as" else name) for name in names}
        return command(Session(as_json, flags), *arguments, **options)

    wrapped: Any = click.option("--json", "as_json", is_flag=True, help="以 JSON 输出 print JSON.")(run)
    for name in reversed(names):
        wrapped = _OPTIONS[name](wrapped)
    return wrapped


def _check_values(context: click.Context) -> None:
    """Raise UsageError if an option took another option for its value, as the parser lets it do."""
    options = {name for each in context.command.params for name in each.opts} | {*context.help_option_names}
    for each in context.command.params:
        value = context.params.get(each.name or "")
        for one in _texts(value):
            if one.partition("=")[0] in options:
                raise click.UsageError(
                    f"{each.opts[-1]} 缺少取值，其后是选项 {one} lacks a value: an option comes after it",
                    context,
                )


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str | os.PathLike):
        yield os.fspath(value)
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _texts(each)


@contextmanager
def reading(path: str | Path) -> Iterator[None]:
    """Raise ClickException if the file that is read inside the block cannot be read."""
    try:
        yield
    except OSError as error:
        raise click.ClickException(f"无法读取 cannot read {path}: {error.strerror or error}") from error


@contextmanager
def writing(path: str | Path) -> Iterator[None]:
    """Raise ClickException if the file that is written inside the block cannot be written."""
    try:
        yield
    except OSError as error:
        raise click.ClickException(f"无法写入 cannot write {path}: {error.strerror or error}") from error


def read_bytes(path: str) -> bytes:
    """Return a file's bytes. Raises ClickException if it cannot be read."""
    with reading(path):
        return Path(path).read_bytes()


def read_input(path: str) -> bytes:
    """Return the bytes of a file, or those of standard input for "-". Raises ClickException if it cannot be read."""
    return sys.stdin.buffer.read() if path == "-" else read_bytes(path)


def write_bytes(path: str | Path, raw: bytes) -> None:
    """Write a file. Raises ClickException if it cannot be written."""
    with writing(path):
        Path(path).write_bytes(raw)


def read_json(path: str) -> Any:
    """Read JSON from a file, or from standard input for "-". Raises ClickException."""
    raw = read_input(path)
    try:
        return json.loads(raw.decode())
    except ValueError as error:
        raise click.ClickException(f"不是 JSON {path} is not JSON: {error}") from error
