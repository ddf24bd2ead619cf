"""What a shell offers for a parameter, by the parameter's name: nodes, cases, units, acts, types of events, institutions, keys.

It comes from the network or the node that the settings name, within a second, and is nothing at all if that does not answer.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from contextlib import redirect_stderr
from itertools import islice

import click
from click.shell_completion import CompletionItem

from dengbu.scripts.session import Session
from dengbu.scripts.settings import NET_FILE

TIMEOUT_S = 1.0
OFFERED_MAX = 100


def install(command: click.Command) -> None:
    """Let a command and its subcommands complete the parameters that are known here by their names."""
    for each in command.params:
        offer = OFFERS.get(each.name or "")
        if each.name == "key" and isinstance(each, click.Argument):  # a key's id; the option is a file
            offer = _keys
        if offer is not None:
            setattr(each, "shell_complete", _completing(offer))  # noqa: B010  (a method of the class)
    for sub in getattr(command, "commands", {}).values():
        install(sub)


def _completing(offer: Callable[[Session], Iterable[str]]) -> Callable[..., list[CompletionItem]]:
    def complete(context: click.Context, incomplete: str) -> list[CompletionItem]:
        try:
            with redirect_stderr(io.StringIO()):
                found = sorted({one for one in offer(_session(context)) if one.startswith(incomplete)})
        except Exception:  # noqa: BLE001  nobody asked for an error: the shell asks while a person types
            return []
        return [CompletionItem(one) for one in found[:OFFERED_MAX]]

    return complete


def _session(context: click.Context) -> Session:
    given = {
        name: context.params.get("as_" if name == "as" else name) for name in ("url", "key", "net", "as")
    }
    return Session(as_json=True, flags={**given, "timeout": TIMEOUT_S})


def _nodes(session: Session) -> Iterable[str]:
    """The members of the local network, from its own file: no node is asked."""
    with (session.net_directory / NET_FILE).open(encoding="utf-8") as file:
        return [one["id"] for one in json.load(file)["nodes"]]


def _cases(session: Session) -> Iterable[str]:
    with session.client() as client:
        return [str(one.number) for one in islice(client.cases.list(), OFFERED_MAX)]


def _units(session: Session) -> Iterable[str]:
    """The units of the cases that this institution may see."""
    with session.client() as client:
        return [unit for one in islice(client.cases.list(), OFFERED_MAX) for unit in one.units]


def _acts(_: Session) -> Iterable[str]:
    from dengbu.api.client.acts import tags

    return tags()


def _types(_: Session) -> Iterable[str]:
    from dengbu.api.client.kinds import types

    return types()


def _events(session: Session) -> Iterable[str]:
    with session.client() as client:
        found = islice(client.events(follow=False), OFFERED_MAX)
        return [f"{one.actor}/{one.id}" for one in found if one.actor and one.id]


def _seizures(session: Session) -> Iterable[str]:
    with session.client() as client:
        return [one.id for one in islice(client.seizures.list(), OFFERED_MAX)]


def _institutions(session: Session) -> Iterable[str]:
    with session.client() as client:
        return [one.id for one in client.institutions.list()]


def _keys(session: Session) -> Iterable[str]:
    with session.client() as client:
        return [key["id"] for one in client.institutions.list() for key in one.keys if not key.get("until")]


def _policy_fields(session: Session) -> Iterable[str]:
    with session.client() as client:
        return [f"{name}=" for name in client.institutions.policy().fields]


# parameter -> what may stand there
OFFERS: dict[str, Callable[[Session], Iterable[str]]] = {
    "as_": _nodes,
    "node": _nodes,
    "number": _cases,
    "case": _cases,
    "code": _units,
    "unit": _units,
    "act": _acts,
    "type_": _types,
    "name": _events,
    "seizure": _seizures,
    "institution": _institutions,
    "old": _keys,
    "changes": _policy_fields,
}
