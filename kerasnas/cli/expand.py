"""Options that belong together: a dataclass whose fields are options, shared by all commands that take it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Any, get_type_hints


def with_options(command: Callable[..., None]) -> Callable[..., None]:
    """Return `command` as typer is to see it: in place of each parameter that is a dataclass, the dataclass's fields.

    A field is annotated as a parameter of a command would be, and has a default; where the parameter itself has a
    default, its values are the defaults of this command.
    """
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {name: hint for name, hint in hints.items() if is_dataclass(hint)}
    parameters: list[Parameter] = []
    for parameter in signature(command).parameters.values():
        if parameter.name in groups:
            parameters += _parameters(groups[parameter.name], parameter.default)
        else:
            parameters.append(parameter.replace(annotation=hints[parameter.name], kind=Parameter.KEYWORD_ONLY))

    @wraps(command)
    def run(**values: Any) -> None:
        for name, group in groups.items():
            values[name] = group(**{field.name: values.pop(field.name) for field in fields(group)})
        command(**values)

    run.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def words(options: Any, *always: str) -> list[str]:
    """Return the words of a command line that say what such a dataclass has other than the defaults, or `always`."""
    found: list[str] = []
    for field in fields(options):
        value, name = getattr(options, field.name), f"--{field.name.replace('_', '-')}"
        if value == field.default and field.name not in always:
            continue
        if value is True:
            found.append(name)
        else:
            for one in value if isinstance(value, list) else [value]:
                found += [name, str(one)]
    return found


def _parameters(group: Any, defaults: Any) -> list[Parameter]:
    hints = get_type_hints(group, include_extras=True)
    found = []
    for field in fields(group):
        default = field.default if defaults is Parameter.empty else getattr(defaults, field.name)
        assert default is not MISSING, f"{group.__name__}.{field.name}: an option needs a default"
        found.append(Parameter(field.name, Parameter.KEYWORD_ONLY, default=default, annotation=hints[field.name]))
    return found
