"""Commands made of forms: an argument and options for the members of an event's data, as the ledger's rows have them.

The first member that must be given is the argument, every other one an option of its own name. The words for members stand in
`MEMBERS`; an event of a new type is a command without a change here, if its members have words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click

from dengbu.api.client.kinds import Form, Member
from dengbu.scripts.session import Input, read_json

# member -> what it is; of one type of event alone: TYPE.MEMBER
MEMBERS = {
    "unit": "不动产单元代码 unit code",
    "document": "文书号 number of the document it rests on",
    "until": "末日 last day (ISO date)",
    "right": "权利编号 id of the right, as the unit shows it",
    "debtor": "被执行人标识 holder reference of the debtor",
    "seizure": "查封编号 id of the seizure",
    "order": "协助执行编号 id of the order",
    "mode": "共有方式 how the new holders hold",
    "holders": "新权利人标识和份额 a new holder: reference and share",
    "ends": "一并消灭的抵押 a mortgage that ends",
    "kind": "种类 kind",
    "mark": "限制编号 id of the mark",
    "objection": "异议编号 id of the objection",
    "notice": "预告编号 id of the advance notice",
    "on": "能够登记之日 the day from which it can be registered (ISO date)",
    "fault": "错误编号 id of the error that was told",
    "commitments": "隐私材料的承诺值 commitment of a private part, as `payload show` shows it",
    "ground": "事由代码 ground, a code",
    "reason": "事由代码 reason, a code",
    "institution": "机构 institution",
    "key": "密钥：类别、算法、公钥 the key: class, algorithm, public key in hex",
    "old": "旧密钥编号 id of the old key",
    "key.revoke.key": "密钥编号 id of the key",
}
# Members that are named otherwise on a command line: one of several is given at a time.
SINGULAR = {"holders": "holder", "commitments": "commitment"}
TYPES: dict[str, click.ParamType] = {"text": click.STRING, "number": click.INT, "json": Input(stdin=True)}


class Part(click.ParamType):
    """One part of a row: a text that is not an option, which the parser would take for it where a part is missing."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the text. Raises BadParameter if it is an option."""
        if str(value).startswith("-"):
            self.fail(f"缺少取值，其后是选项 {value} lacks a value: an option comes after it", param, ctx)
        return value


def named(form: Form, member: Member) -> str:
    """Return what a member of a form is, in words. Raises KeyError if nobody has written them."""
    return MEMBERS.get(f"{form.type}.{member.name}") or MEMBERS[member.name]


def command(
    form: Form, name: str, example: str, act: Callable[..., Any], wrap: Callable[[Any], Any]
) -> click.Command:
    """Return the command of a form.

    `act(session, form, data, **options)` does it, as `wrap` makes a command of it with options of its own; `example` is shown
    under --help.
    """
    first = _argument(form)

    def run(session: Any, **options: Any) -> Any:
        data = _data(form, options)
        form.check(data)
        return act(session, form, data, **options)

    params = [_parameter(form, each, each is first) for each in form.members]
    run.__doc__ = f"{form.zh} {form.about}\n\n\b\n示例 Example:\n  {example}"
    made: click.Command = click.command(name)(wrap(run))
    made.params[:0] = params
    return made


def _argument(form: Form) -> Member | None:
    return next((each for each in form.members if each.required and each.shape != "json"), None)


def _parameter(form: Form, member: Member, is_argument: bool) -> click.Parameter:
    if is_argument and member.shape != "row":
        return click.Argument(
            [member.name], required=True, type=_type(member), nargs=-1 if member.many else 1
        )
    called = SINGULAR.get(member.name, member.name)
    told = named(form, member)
    options: dict[str, Any] = {"required": member.required, "multiple": member.many}
    if member.shape == "yes-no":
        return click.Option([f"--{_dashed(called)}", member.name], is_flag=True, help=f"{told}.")
    if member.shape == "row":
        parts = tuple(_type(part) if part.choices else Part() for part in member.parts)
        options |= {"type": parts, "metavar": " ".join(part.name.upper() for part in member.parts)}
    else:
        options["type"] = _type(member)
    more = "；可重复 may be repeated" if member.many else ""
    return click.Option([f"--{_dashed(called)}", member.name], help=f"{told}{more}.", **options)


def _type(member: Member) -> click.ParamType:
    return click.Choice(member.choices) if member.shape == "choice" else TYPES[member.shape]


def _data(form: Form, options: dict[str, Any]) -> dict[str, Any]:
    """Take the members of a form out of a command's options; what was not given is left out."""
    given = {member.name: (member, options.pop(member.name)) for member in form.members}
    return {
        name: _value(member, value)
        for name, (member, value) in given.items()
        if value not in (None, (), False)
    }


def _value(member: Member, value: Any) -> Any:
    if member.many:
        return [_one(member, each) for each in value]
    return _one(member, value)


def _one(member: Member, value: Any) -> Any:
    if member.shape == "row":
        return {part.name: each for part, each in zip(member.parts, value, strict=True)}
    return read_json(value) if member.shape == "json" else value


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def example_of(form: Form, words: str, samples: Mapping[str, str]) -> str:
    """Return an example of a form's command: `words` and a sample for each member that must be given."""
    first, found = _argument(form), [words]
    for each in form.members:
        if each.required:
            sample = samples.get(each.name) or (each.choices[0] if each.choices else each.name.upper())
            option = f"--{_dashed(SINGULAR.get(each.name, each.name))} "
            found.append(sample if each is first and each.shape != "row" else option + sample)
    return " ".join(found)
