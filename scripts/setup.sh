# Sourced by scripts/demo and scripts/test: makes .venv and installs into it the versions of constraints.txt, once for each
# change of it or of setup.cfg.
# usage: extra=dev; . scripts/setup.sh     (extra is "run" or "dev"; sh passes no arguments to a sourced file)

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root" || exit 1
python=${PYTHON:-python3}

# Each node and each command is a process: without kept bytecode every one of them would compile all sources anew.
unset PYTHONDONTWRITEBYTECODE

fail() {
    printf '错误: %s\nerror: %s\n提示 hint: %s\n' "$1" "$2" "$3" >&2
    exit 1
}

command -v "$python" >/dev/null 2>&1 ||
    fail "找不到 $python" "$python is not installed" "apt-get install python3 python3-venv"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "需要 Python 3.11 或更新版本" "Python 3.11 or newer is needed" "PYTHON=/path/to/python3.11 $0"

wanted=$("$python" -c 'import hashlib, pathlib; print(hashlib.sha256(b"".join(pathlib.Path(one).read_bytes() for one in ("setup.cfg", "constraints.txt"))).hexdigest())')
stamp=.venv/installed-$extra
if [ ! -x .venv/bin/python ] || [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
    echo "安装依赖到 .venv … installing into .venv (once)" >&2
    [ -x .venv/bin/python ] || "$python" -m venv .venv ||
        fail "无法创建虚拟环境" "could not make a virtual environment" "apt-get install python3-venv"
    if [ "$extra" = dev ]; then target='.[dev]'; else target='.[cli,node,cometbft,sheets]'; fi
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable "$target" ||
        fail "依赖安装失败" "the dependencies could not be installed" "check the network and run $0 again"
    echo "$wanted" > "$stamp"
fi
# dengbu is a name only, whose parts are the four folders here: type checkers find it by links.
mkdir -p .venv/typing/dengbu
for folder in ledger nodes api scripts; do
    ln -sfn "../../../$folder" ".venv/typing/dengbu/$folder"
done
