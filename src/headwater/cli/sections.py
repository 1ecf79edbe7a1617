"""The commands in `--help`, by what one wants to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from typer.core import TyperGroup

from headwater.cli.usage import as_json_if_asked

if TYPE_CHECKING:
    from typer._click import Context, HelpFormatter  # pyright: ignore[reportPrivateUsage]

SECTIONS: Final = {
    "Begin": "demo bootstrap status doctor advise",
    "Plan": "import intake add split edit rework cancel export",
    "Work on a task": "claim check finish tell join",
    "Look": "graph history diff",
    "Steer": "pause resume answer done release merged redact policy budget",
    "Run agents": "run worktrees",
    "Serve and keep": "serve token backup restore verify archive db",
}


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
