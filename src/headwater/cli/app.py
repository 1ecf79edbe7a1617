"""The Typer application, and how a function becomes a command of it.

Every command takes the same options for store, board, form and identity. A command function names
them once, as its first parameter `run: Invocation`; `command` puts the options in its place.
"""

from __future__ import annotations

import functools
import inspect
import os
import sys
from collections.abc import Callable, Iterator
from copy import copy
from typing import Annotated, Any, get_args

import typer
from typer.models import OptionInfo

from headwater.cli.invocation import Invocation
from headwater.cli.options import SHARED
from headwater.cli.output import say_error, stay_at, warn
from headwater.cli.sections import Command, Sections
from headwater.errors import HeadwaterError, SessionElsewhere, StoreError, UnknownSession

app = typer.Typer(
    name="headwater",
    cls=Sections,
    help="One durable task graph for several agents. Without arguments, and with a program on "
    "standard input, it serves MCP over stdio.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    add_completion=True,
)

_BY_NAME = inspect.Parameter.KEYWORD_ONLY
_SHARED = [
    inspect.Parameter(name, _BY_NAME, annotation=kind, default=default)
    for name, (kind, default) in SHARED.items()
]
_WORDS = ((str, "TEXT"), (int, "N"), (float, "N"), (list[str], "TEXT"))


def command(
    name: str, *, group: typer.Typer = app, examples: tuple[str, ...] = ()
) -> Callable[[Callable[..., None]], None]:
    """Register `function(run, ...)` as the command `name`; typed errors end in exit code 1.

    `examples`: command lines that its help shows.
    """

    def register(function: Callable[..., None]) -> None:
        signature = inspect.signature(function, eval_str=True)
        own = [p for p in signature.parameters.values() if p.name != "run"]

        @functools.wraps(function)
        def wrapped(context: typer.Context, **values: Any) -> None:
            given = {option: values.pop(option) for option in SHARED}
            run = _invocation(given, context.obj or {})
            try:
                function(run, **values)
            except BrokenPipeError:
                raise SystemExit(0) from None  # the reader of a pipe has seen enough
            except HeadwaterError as error:
                say_error(_within(run, error), as_json=run.as_json)
                raise typer.Exit(1) from error
            except OSError as error:
                sys.stdout.flush()  # if that fails, too, it is the output that cannot be written
                say_error(_told(error), as_json=run.as_json)
                raise typer.Exit(1) from error
            except KeyboardInterrupt as interrupt:
                warn("interrupted")
                raise typer.Exit(130) from interrupt
            sys.stdout.flush()  # what was asked for is done: a failure is that of the output

        _take(wrapped, [_plain(parameter) for parameter in own] + _SHARED)
        epilog = "\n".join(examples)
        group.command(name, cls=Command, epilog=epilog)(wrapped)

    return register


def _take(function: Callable[..., None], parameters: list[inspect.Parameter]) -> None:
    """Let Typer see these parameters, beside the context."""
    context = inspect.Parameter("context", _BY_NAME, annotation=typer.Context)
    every = [context, *(one.replace(kind=_BY_NAME) for one in parameters)]
    function.__signature__ = inspect.Signature(every)  # pyright: ignore[reportFunctionMemberAccess]
    function.__annotations__ = {one.name: one.annotation for one in every}


def _tell_version(asked: bool) -> None:
    if asked:
        from headwater.cli.main import version

        typer.echo(f"headwater {version()}")
        raise typer.Exit


def _before(context: typer.Context, **options: Any) -> None:
    """Options before the command count for it too."""
    context.obj = options


_VERSION = Annotated[
    bool,
    typer.Option(
        "--version", "-V", help="Show the version.", callback=_tell_version, is_eager=True
    ),
]
_take(
    _before,
    [*_SHARED, inspect.Parameter("version", _BY_NAME, annotation=_VERSION, default=False)],
)
app.callback()(_before)


def _within(run: Invocation, error: HeadwaterError) -> HeadwaterError:
    """The error, whose hint to join leads nowhere while the environment names the session."""
    if run.session_inherited and isinstance(error, (UnknownSession, SessionElsewhere)):
        error.next = f"unset HEADWATER_SESSION, or name another session there; {error.next}"
    return error


def _told(error: OSError) -> StoreError:
    if isinstance(error, FileNotFoundError) and error.filename is None:  # by os.getcwd alone
        return StoreError("the current folder is gone", next="change to one that is there")
    place = f"{error.filename}: " if error.filename else ""
    return StoreError(
        f"{place}{error.strerror or error}",
        next="check the path, its permissions and the room on its disk",
    )


def _plain(parameter: inspect.Parameter) -> inspect.Parameter:
    """The parameter as help shows it: a word for what it takes, no default that says nothing."""
    kind, *notes = get_args(parameter.annotation) or (parameter.annotation,)
    info = next((copy(note) for note in notes if isinstance(note, OptionInfo)), None)
    if info is None:
        return parameter
    if info.metavar is None:
        info.metavar = next((word for of, word in _WORDS if kind in (of, of | None)), None)
    if not parameter.default:
        info.show_default = False
    metavar = info.metavar or ""
    if "|" in metavar and metavar.islower() and not info.autocompletion:
        info.autocompletion = _one_of(metavar.split("|"))
    return parameter.replace(annotation=Annotated[kind, info])


def _one_of(words: list[str]) -> Callable[[str], list[str]]:
    """What a shell offers in the place of `a|b|c`."""

    def begun_by(incomplete: str) -> list[str]:
        return [word for word in words if word.startswith(incomplete)]

    return begun_by


def _invocation(given: dict[str, Any], before: dict[str, Any]) -> Invocation:
    """What was typed behind the command or before it, else what the environment says."""
    typed = {name: given[name] or before.get(name) for name in SHARED}

    def option(name: str, variable: str, default: str = "") -> str:
        return typed[name] or os.environ.get(variable, "").strip() or default

    stay_at(_as_typed(typed))
    session = option("session", "HEADWATER_SESSION")
    return Invocation(
        db=option("db", "HEADWATER_DB"),
        board=option("board", "HEADWATER_BOARD", "default"),
        as_json=bool(typed["as_json"]),
        agent=option("agent", "HEADWATER_AGENT"),
        session=session,
        db_named=bool(typed["db"]),
        board_named=bool(typed["board"]),
        session_inherited=bool(session) and not typed["session"],
    )


def _as_typed(typed: dict[str, Any]) -> Iterator[str]:
    """The options for the place and the agent as they were typed; no URL, which may hold a
    password."""
    from shlex import quote

    for name in ("db", "board", "agent"):
        if typed[name] and "://" not in typed[name]:
            yield f"--{name} {quote(typed[name])}"
