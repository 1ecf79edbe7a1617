"""The life of a stdio server: from the first line to the end of input or a signal."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable
from functools import partial

import anyio

from headwater import __version__
from headwater.server import wire
from headwater.server.identity import StdioIdentity
from headwater.server.opening import LazyBoard, open_board
from headwater.server.renewal import renew_forever, take_leave
from headwater.server.service import Handed, Service

log = logging.getLogger(__name__)


async def serve(db: str | None, board: str, end_soon: Callable[[], None]) -> None:
    """Serve until the input ends, the host stops reading, or SIGTERM or SIGINT arrives."""
    boards = LazyBoard(partial(open_board, db, board))
    identity = StdioIdentity()
    handed = Handed()
    service = Service(boards, identity, __version__, handed=handed)
    with wire.StandardStreams() as (input_fd, output_fd):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_stop_on_signal, tasks.cancel_scope)
            tasks.start_soon(renew_forever, boards, identity)
            await _serve_streams(service, input_fd, output_fd, handed)
            tasks.cancel_scope.cancel()
        end_soon()
        await take_leave(boards, identity, handed.undelivered())
        await boards.close()


async def _serve_streams(service: Service, input_fd: int, output_fd: int, handed: Handed) -> None:
    reader, writer = wire.LineReader(input_fd), wire.LineWriter(output_fd)
    in_sink, in_source, out_sink, out_source = wire.message_streams()
    server = service.adapter.server
    async with anyio.create_task_group() as pumps:

        async def write() -> None:
            try:
                await wire.pump_out(out_source, writer, handed.left)
            except OSError as error:
                log.info("the host stopped reading: %s", error.strerror)
                pumps.cancel_scope.cancel()

        pumps.start_soon(wire.pump_in, reader, writer, in_sink, out_sink)
        pumps.start_soon(write)
        await server.run(in_source, out_sink, server.create_initialization_options())
        await out_sink.aclose()


async def _stop_on_signal(scope: anyio.CancelScope) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for received in signals:
            log.info("stopping on signal %d", received)
            scope.cancel()
            return
