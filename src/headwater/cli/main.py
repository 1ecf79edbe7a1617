"""The entry point of `headwater`."""

from __future__ import annotations

import codecs
import os
import sys
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path

COMMANDS = {
    "plan": "add split edit rework cancel",
    "work": "join claim check finish tell",
    "look": "status graph history diff",
    "people": "pause resume policy budget done release merged answer redact",
    "store": "import doctor",
    "db": "db backup restore",
    "export": "export",
    "intake": "intake",
    "keep": "verify archive",
    "run": "run worktrees",
    "serve": "serve",
    "token": "token",
    "bootstrap": "bootstrap",
    "advise": "advise",
    "demo": "demo",
    "guide": "guide",
}
"""The modules of `commands`, each with the commands that importing it registers."""


def main() -> None:
    """Run the command line, and say it plainly if its output cannot be written."""
    if os.getpid() == 1:
        _heed_sigterm()
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started it
            setattr(sys, name, Path(os.devnull).open("r+"))  # noqa: SIM115  # for the process
    try:
        try:
            _run(sys.argv[1:])
        finally:
            sys.stdout.flush()
    except KeyboardInterrupt:  # before a command has begun, which would say so
        sys.exit(130)
    except OSError as error:  # a command reports its own: this one is about standard output
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):  # the reader of a pipe has seen enough
            sys.exit(0)
        sys.stderr.write(f"error: the output cannot be written: {error.strerror or error}\n")
        sys.exit(1)


def _heed_sigterm() -> None:
    """In a container this is the first process, to which the kernel delivers no signal that it has
    no handler for: `docker stop` would wait for nothing."""
    import signal

    def end(number: int, _: object) -> None:
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, end)


_LEGIBLE = "headwater.legible"
_IN_ASCII = str.maketrans(dict(zip("─│├└…·○▶‖✓✗◇", "-|+`~.o>=vx#", strict=True)))


def _legible(error: UnicodeError) -> tuple[str, int]:
    """What a locale cannot write: drawings by what looks like them, other letters escaped."""
    assert isinstance(error, UnicodeEncodeError)
    text = error.object[error.start : error.end].translate(_IN_ASCII)
    return text.encode("ascii", "backslashreplace").decode(), error.end


codecs.register_error(_LEGIBLE, _legible)


def _run(arguments: list[str]) -> None:
    """Imports wait until it is known what is asked for."""
    if arguments in (["--version"], ["-V"]):
        sys.stdout.write(f"headwater {version()}\n")
        return
    completes = "_HEADWATER_COMPLETE" in os.environ  # a shell asks, zsh with no terminal to read
    if not (arguments or completes or sys.stdin.isatty()):
        sys.argv.append("serve")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # an old locale must not break the output
            stream.reconfigure(errors=_LEGIBLE)
    if arguments[:1] == ["hook"]:  # hosts wait for it: without Typer and the store's libraries
        from headwater.cli.hook.run import run

        sys.exit(run(arguments[1:]))
    from headwater.cli.app import app

    asked = next(iter(sys.argv[1:]), "")
    register(*(module for module, names in COMMANDS.items() if asked in names.split()))
    app()


def register(*modules: str) -> None:
    """Make the commands of these modules known to `app`; without any, all commands."""
    for module in modules or COMMANDS:
        import_module(f"headwater.cli.commands.{module}")


def version() -> str:
    """The installed version."""
    from importlib.metadata import version

    return version("headwater")
