"""The picture of the demo: a live table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
import textwrap
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headwater.cli.demo import script
from headwater.cli.demo.crew import Crew, DemoFailedError
from headwater.cli.demo.story import recap, tell
from headwater.cli.invocation import Invocation
from headwater.cli.output import console, is_plain, one_line, say, say_json
from headwater.cli.render.tree import MARKS, STYLES
from headwater.store.queries.overview import Node

if TYPE_CHECKING:
    from rich.console import RenderableType

    from headwater.board import Board

LONGEST_S = 80.0
LOOK_EVERY_S = 0.08
BACK_AFTER_S = 0.5
LINES = 6
BOARD = "demo"


def play(run: Invocation) -> None:
    """Run the demo to its end.

    Raises:
        DemoFailedError: a worker failed, or it took too long.
    """
    from headwater.board import Board

    signal.signal(signal.SIGTERM, _leave)
    with tempfile.TemporaryDirectory(prefix="headwater-demo-") as folder:
        store = run.location if run.db_named else Path(folder) / "board.db"
        name = run.board if run.board != "default" else BOARD
        with Board.open(store, name) as board:
            board.add(script.TASKS)
            with Crew(store, name, Path(folder)) as crew:
                show = _Show(board, crew, quiet=run.as_json)
                show.run()
            lines = recap(show.events, board.verify(), show.crashed)
    if run.as_json:
        say_json({"ok": True, "seconds": round(show.elapsed(), 1), "recap": lines})
        return
    say()
    for line in lines:
        say(_wrapped(f"* {line}"))
    say()
    say("With your own agents, in your repository:")
    say("  headwater bootstrap            connect the agents found here")
    say("  headwater import PLAN          load a plan, or let an agent make one")
    say("  headwater status               who works on what, what is next, what is stuck")


def _leave(*_: object) -> None:
    """On SIGTERM: leave by an exception, so that the workers are stopped."""
    sys.exit(128 + signal.SIGTERM)


def _wrapped(line: str) -> str:
    if not sys.stdout.isatty():
        return line
    columns = shutil.get_terminal_size().columns
    return textwrap.fill(line, min(columns, 100), subsequent_indent="  ")


@dataclass
class _Show:
    """The loop that looks at the board and at the workers, and draws what it sees."""

    board: Board
    crew: Crew
    quiet: bool
    began: float = field(default_factory=time.monotonic)
    events: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    crashed: list[str] = field(default_factory=list[str])
    lines: list[str] = field(default_factory=list[str])
    back_at: dict[str, float] = field(default_factory=dict[str, float])
    nodes: list[Node] = field(default_factory=list[Node])
    critical: set[str] = field(default_factory=set[str])

    def elapsed(self) -> float:
        return time.monotonic() - self.began

    def run(self) -> None:
        for name in script.WORKERS:
            self.crew.start(name)
        self.lines.append(f"  0.0 s  starting {', '.join(script.WORKERS)}")
        opening = (
            f"{len(script.TASKS)} tasks, {len(script.WORKERS)} agents: each is a process of its "
            "own, connected over MCP."
        )
        if not (self.quiet or is_plain()):
            self._live(opening)
            return
        if not self.quiet:
            say(opening)
        self._loop(lambda: None)

    def _live(self, opening: str) -> None:
        from rich.live import Live

        out = console()
        out.print(opening)
        with Live(console=out, auto_refresh=False, get_renderable=self.picture) as live:
            self._loop(live.refresh)

    def _loop(self, draw: Any) -> None:
        while not self._all_done():
            if self.elapsed() > LONGEST_S:
                raise DemoFailedError(
                    f"the demo was not done after {LONGEST_S:.0f} seconds", next="headwater doctor"
                )
            self._look()
            draw()
            time.sleep(LOOK_EVERY_S)
        self._look()
        draw()

    def _all_done(self) -> bool:
        return bool(self.nodes) and all(node.state == "done" for node in self.nodes)

    def _look(self) -> None:
        from headwater.operations.overview import picture

        since = self.events[-1]["revision"] if self.events else 1
        news: list[dict[str, Any]] = (
            self.board.graph("history", since=since, limit=500).events or []
        )
        self.nodes = self.board.store.read(lambda tx: picture(tx, self.board.name)).nodes
        chain: list[dict[str, Any]] = self.board.graph("critical").critical or []
        self.critical = {step["key"] for step in chain}
        for event in news:
            self.events.append(event)
            self._line(tell(event))
        for name in self.crew.look_after():
            task = next((n.key for n in self.nodes if (n.holder or "").startswith(name + "/")), "")
            self.crashed.append(f"{name} {task}")
            self.back_at[name] = self.elapsed() + BACK_AFTER_S
            self._line(f"{name} is killed (kill -9) in the middle of {task}")
        for name, at in list(self.back_at.items()):
            if self.elapsed() >= at:
                del self.back_at[name]
                self.crew.start(name)

    def _line(self, sentence: str) -> None:
        if not sentence:
            return
        line = f"{self.elapsed():5.1f} s  {one_line(sentence)}"
        self.lines.append(line)
        if is_plain() and not self.quiet:
            say(line)

    def picture(self) -> RenderableType:
        """The table of tasks, and the newest lines of the story below it."""
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
        for heading, width in (("task", 14), ("", 26), ("state", 9), ("agent", 7), ("round", 5)):
            table.add_column(heading, min_width=width)
        for node in self.nodes:
            style = STYLES.get(node.state, "")
            path = "critical path" if node.key in self.critical and node.state != "done" else ""
            table.add_row(
                Text(f"{MARKS[node.state]} {node.key}", style),
                Text(one_line(node.title), "dim" if node.state == "waiting" else ""),
                Text(node.state, style),
                Text((node.holder or "").partition("/")[0], "bold"),
                Text(f"{node.round} " * (node.round > 1) + path, "dim"),
            )
        done = sum(node.state == "done" for node in self.nodes)
        story = [Text(line, "dim") for line in self.lines[-LINES:]]
        story += [Text("")] * (LINES - len(story))
        title = Text(f"\n{done} of {len(self.nodes)} done, {self.elapsed():.1f} s\n", "bold")
        return Group(title, table, Text(""), *story)
