"""Settings, each from the first place that has it: flag, DENGBU_*, ./dengbu.toml, the user's config.toml, the default."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

PREFIX = "DENGBU_"
LOCAL_FILE = "dengbu.toml"
NET_FILE = "net.json"  # describes a local network, in its directory


class SettingsError(Exception):
    """A setting cannot be used; the message says where it stands and what is allowed there."""


class NoNode(SettingsError):
    """Nothing says which node is meant."""


@dataclass(frozen=True)
class Setting:
    """One setting: its name, the same everywhere, its default, and what it is for."""

    name: str
    default: Any
    about: str


@dataclass(frozen=True)
class Value:
    """A setting's value, and where it was found."""

    value: Any
    origin: str


KNOWN = {
    setting.name: setting
    for setting in (
        Setting("url", None, "节点地址 URL of the node"),
        Setting("key", None, "客户端密钥文件 client key file"),
        Setting("policy", None, "会签规则文件 policy file, your own copy"),
        Setting("lang", "zh", "语言 zh or en"),
        Setting("timeout", 30.0, "应答时限(秒) seconds to wait for an answer"),
        Setting("net", None, "本地网络目录 directory of the local network"),
        Setting(
            "as",
            None,
            "以本地网络中哪家机构的身份 act as this institution of the local network; ID/system, ID/auditor: with that key",
        ),
    )
}


def user_file() -> Path:
    """Return the path of the user's own configuration file."""
    return platformdirs.user_config_path("dengbu", appauthor=False) / "config.toml"


def default_net() -> Path:
    """Return the directory in which `net up` makes its network by default."""
    return platformdirs.user_state_path("dengbu", appauthor=False) / "net"


def resolve(
    flags: Mapping[str, Any], environ: Mapping[str, str], files: tuple[Path, ...]
) -> dict[str, Value]:
    """Return every known setting with its value and origin. Raises SettingsError for an unknown name or a bad value."""
    tables = [(path, _read(path)) for path in files]
    return {name: _find(name, flags, environ, tables) for name in KNOWN}


def _find(
    name: str, flags: Mapping[str, Any], environ: Mapping[str, str], tables: list[tuple[Path, Any]]
) -> Value:
    if flags.get(name) is not None:
        return Value(flags[name], f"--{name}")
    variable = PREFIX + name.upper()
    if environ.get(variable):
        return Value(_shaped(name, environ[variable], variable), variable)
    for path, table in tables:
        if name in table:
            return Value(_shaped(name, table[name], str(path)), str(path))
    return Value(KNOWN[name].default, "default")


def _read(path: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SettingsError(f"无法读取配置 cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: 不是 TOML not TOML: {error}") from error
    for name in table:
        if name not in KNOWN:
            near = difflib.get_close_matches(name, KNOWN, n=1)
            hint = f"是否为 did you mean {near[0]}?" if near else f"known: {', '.join(KNOWN)}"
            raise SettingsError(f"{path}: 未知的设置 unknown setting {name!r}; {hint}")
    return table


def _shaped(name: str, value: Any, place: str) -> Any:
    """Return the value in its setting's type; from the environment it comes as text. Raises SettingsError."""
    if name == "timeout":
        try:
            seconds = float(value)
        except (TypeError, ValueError):
            seconds = 0.0
        if not 0 < seconds < float("inf"):
            raise SettingsError(
                f"{place}: {name} 须为正数 must be a positive number of seconds, not {value!r}"
            )
        return seconds
    if not isinstance(value, str):
        raise SettingsError(f"{place}: {name} 须为文本 must be text, not {value!r}")
    if name == "lang" and value not in ("zh", "en"):
        raise SettingsError(f"{place}: lang 须为 zh 或 en must be zh or en, not {value!r}")
    return value
