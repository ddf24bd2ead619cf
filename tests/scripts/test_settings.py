"""Settings come from the documented places, and mistakes in them are named."""

import json
from pathlib import Path

import pytest

from dengbu.scripts.settings import SettingsError, resolve
from tests.scripts.command import dengbu


def test_precedence_is_flag_environment_local_user_default(tmp_path: Path) -> None:
    local, user = tmp_path / "dengbu.toml", tmp_path / "config.toml"
    local.write_text('url = "http://local"\nkey = "local.key"\n')
    user.write_text('url = "http://user"\nkey = "user.key"\npolicy = "user.txt"\nlang = "en"\n')
    found = resolve(
        {"url": "http://flag", "key": None}, {"DENGBU_KEY": "env.key", "DENGBU_LANG": ""}, (local, user)
    )
    assert {
        name: (value.value, value.origin) for name, value in found.items() if name not in ("net", "as")
    } == {
        "url": ("http://flag", "--url"),
        "key": ("env.key", "DENGBU_KEY"),
        "policy": ("user.txt", str(user)),
        "lang": ("en", str(user)),
        "timeout": (30.0, "default"),
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('urll = "http://x"', "did you mean url"),
        ("zzz = 1", "known: "),
        ("timeout = 0", "positive"),
        ('timeout = "soon"', "positive"),
        ("timeout = nan", "positive"),
        ("url = 1", "must be text"),
        ('lang = "fr"', "zh or en"),
        ("url = ", "not TOML"),
    ],
)
def test_a_mistake_is_named_with_its_file(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "dengbu.toml").write_text(text)
    done = dengbu("config", "show", home=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert "dengbu.toml" in done.stderr


def test_a_bad_variable_is_named() -> None:
    with pytest.raises(SettingsError, match="DENGBU_TIMEOUT"):
        resolve({}, {"DENGBU_TIMEOUT": "-1"}, ())


def test_config_show_tells_the_origin(tmp_path: Path) -> None:
    (tmp_path / ".config" / "dengbu").mkdir(parents=True)
    (tmp_path / ".config" / "dengbu" / "config.toml").write_text('policy = "p.txt"\n')
    done = dengbu("config", "show", "--origin", "--json", home=tmp_path, environ={"DENGBU_URL": "http://x"})
    shown = json.loads(done.stdout)
    assert shown["url"] == {"value": "http://x", "origin": "DENGBU_URL"}
    assert shown["policy"]["origin"].endswith(".config/dengbu/config.toml")
    assert shown["lang"] == {"value": "zh", "origin": "default"}
    assert (
        "DENGBU_URL"
        in dengbu("config", "show", "--origin", home=tmp_path, environ={"DENGBU_URL": "http://x"}).stdout
    )
