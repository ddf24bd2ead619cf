"""Runs Python on a network of its own: a loopback and nothing else.

usage: own_network.py PYTHON-ARGUMENT...

Parallel runs may then take any free port, a stopped node keeps its port, and whatever would leave the machine fails.
Linux: user_namespaces(7), network_namespaces(7).
"""

import ctypes
import fcntl
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
SIOCSIFFLAGS = 0x8914
IFF_UP, IFF_RUNNING = 0x1, 0x40


def enter() -> None:
    """Leave the machine's network. Raises OSError where that is not allowed."""
    user, group = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:  # a user who is not root needs a user namespace of his own to do so
        if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{user} {user} 1"),
            ("gid_map", f"{group} {group} 1"),
        ):
            Path("/proc/self", name).write_text(text)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP | IFF_RUNNING))


def refused() -> str | None:
    """Return why this machine allows no network of one's own; None if it does."""
    tried = subprocess.run([sys.executable, __file__, "-c", ""], capture_output=True, text=True, check=False)
    return tried.stderr.strip().splitlines()[-1] if tried.returncode else None


if __name__ == "__main__":
    enter()
    os.execv(sys.executable, [sys.executable, *sys.argv[1:]])  # noqa: S606  (no shell is wanted)
