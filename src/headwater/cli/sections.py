"""What `--help` shows: the commands by what one wants to do, and the options of one command."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from typer.core import TyperCommand, TyperGroup

from headwater.cli.options import SHARED
from headwater.cli.usage import as_json_if_asked

if TYPE_CHECKING:
    from typer._click import Context, HelpFormatter  # pyright: ignore[reportPrivateUsage]

SECTIONS: Final = {
    "Begin": "demo bootstrap guide status doctor advise",
    "Plan": "import intake add split edit rework cancel export",
    "Work on a task": "claim check finish tell join",
    "Look": "graph history diff",
    "Steer": "pause resume answer done release merged redact policy budget",
    "Run agents": "run worktrees",
    "Serve and keep": "serve token backup restore verify archive db",
}


_TEXT: Final = re.compile(r"-+\s")


def _texts_last(args: list[str]) -> list[str]:
    """A text may begin with a dash, as the first item of a list does; it is no option then."""
    if "--" in args:
        return args
    for at, arg in enumerate(args):
        if _TEXT.match(arg) and not (at and args[at - 1].startswith("-")):
            return [*args[:at], *args[at + 1 :], "--", arg]
    return args


class Command(TyperCommand):
    """A command; what it shares with all others comes last in its help."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Read what stands behind the command."""
        return super().parse_args(ctx, _texts_last(args))

    def format_options(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write examples, what arguments mean where their names do not say it, and the options."""
        if self.epilog:
            with formatter.section("Examples"):
                formatter.write("".join(f"  {line}\n" for line in self.epilog.splitlines()))
        arguments: list[tuple[str, str]] = []
        options: list[tuple[str, str]] = []
        shared: list[tuple[str, str]] = []
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is None:
                continue
            if param.param_type_name == "option":
                (shared if param.name in SHARED else options).append(record)
            elif getattr(param, "help", None):
                arguments.append((record[0].partition(" <")[0], record[1]))  # without its type
        for heading, records in {"Arguments": arguments, "Options": options}.items():
            if records:
                with formatter.section(heading):
                    formatter.write_dl(records)
        names = ", ".join(record[0].split()[0] for record in shared)
        formatter.write(f"\nOptions of every command: {names} (see headwater --help)\n")

    def format_epilog(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write nothing at the end: the examples stand above the options."""


class Sections(TyperGroup):
    """The group of all commands."""

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:  # noqa: ARG002
        """Write one list for each section."""
        room = formatter.width - 6 - max(map(len, self.commands))
        for heading, names in SECTIONS.items():
            found = [(name, self.commands[name]) for name in names.split() if name in self.commands]
            with formatter.section(heading):
                formatter.write_dl([(name, one.get_short_help_str(room)) for name, one in found])

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Read what stands before the command."""
        with as_json_if_asked():
            return super().parse_args(ctx, args)

    def invoke(self, ctx: Context) -> Any:  # whatever a command returns
        """Read the rest, and run the command."""
        with as_json_if_asked():
            return super().invoke(ctx)
