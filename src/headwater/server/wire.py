"""The stdio transport: lines of JSON on the process's own input and output.

The SDK's transport reads and writes on worker threads that cannot be interrupted, so a process
that is told to stop would wait for a line that never comes. This one uses daemon threads, bounds
the length of a line, survives any line, and knows which replies were really written.
While it serves, stray output of the process goes to stderr, and stray readers see end of file.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import queue
import threading
from collections.abc import Callable
from typing import Final

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.shared.message import SessionMessage
from mcp.types import (
    INTERNAL_ERROR,
    INVALID_REQUEST,
    ErrorData,
    JSONRPCError,
    JSONRPCMessage,
    JSONRPCResponse,
    jsonrpc_message_adapter,
)
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from headwater import limits

log = logging.getLogger(__name__)

LINES_AHEAD: Final = 64
_CHUNK: Final = 64 * 1024


class LineReader:
    """Reads lines on a thread of its own and hands them to the loop."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._loop = asyncio.get_running_loop()
        self._lines: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._room = threading.Semaphore(LINES_AHEAD)
        threading.Thread(target=self._read, name="headwater-stdin", daemon=True).start()

    async def next(self) -> bytes | None:
        """The next line; None at the end of input."""
        line = await self._lines.get()
        self._room.release()
        return line

    def _read(self) -> None:
        held = bytearray()
        skipping = False
        try:
            while chunk := os.read(self._fd, _CHUNK):
                *ended, rest = chunk.split(b"\n")
                for piece in ended:
                    held += piece
                    if not skipping and len(held) <= limits.CALL_BYTES:
                        self._hand_over(bytes(held))
                    elif not skipping:
                        self._too_long()
                    held.clear()
                    skipping = False
                if not skipping:
                    held += rest
                if len(held) > limits.CALL_BYTES:
                    self._too_long()
                    held.clear()
                    skipping = True
        except OSError as error:
            log.warning("input ended: %s", error.strerror)
        self._hand_over(None)

    def _too_long(self) -> None:
        log.warning("a line over %d bytes was dropped", limits.CALL_BYTES)

    def _hand_over(self, line: bytes | None) -> None:
        self._room.acquire()
        try:
            self._loop.call_soon_threadsafe(self._lines.put_nowait, line)
        except RuntimeError:  # the loop has ended: nobody reads any more
            return


class LineWriter:
    """Writes on a thread of its own; `write` returns when the line is out."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._loop = asyncio.get_running_loop()
        self._lines: queue.SimpleQueue[tuple[bytes, asyncio.Future[None]]] = queue.SimpleQueue()
        threading.Thread(target=self._run, name="headwater-stdout", daemon=True).start()

    async def write(self, line: bytes) -> None:
        """Write a line.

        Raises:
            OSError: if the host no longer reads.
        """
        done: asyncio.Future[None] = self._loop.create_future()
        self._lines.put((line, done))
        await done

    def _run(self) -> None:
        while True:
            line, done = self._lines.get()
            failure: OSError | None = None
            try:
                view = memoryview(line)
                while view:
                    view = view[os.write(self._fd, view) :]
            except OSError as error:
                failure = error
            try:
                self._loop.call_soon_threadsafe(_settle, done, failure)
            except RuntimeError:  # the loop has ended: nobody waits any more
                return


def _settle(done: asyncio.Future[None], failure: OSError | None) -> None:
    if done.done():
        return
    if failure is None:
        done.set_result(None)
    else:
        done.set_exception(failure)


async def pump_in(
    reader: LineReader,
    writer: LineWriter,
    sink: MemoryObjectSendStream[SessionMessage | Exception],
) -> None:
    """Parse lines into messages until the input ends."""
    async with sink:
        while (line := await reader.next()) is not None:
            if not line.strip():
                continue
            try:
                message = jsonrpc_message_adapter.validate_json(line, by_name=False)
            except (ValidationError, ValueError):
                log.warning("a line of %d bytes is no JSON-RPC message", len(line))
                await _answer_malformed(line, writer)
                continue
            await sink.send(SessionMessage(message))


async def _answer_malformed(line: bytes, writer: LineWriter) -> None:
    """Whoever sent a broken request with an id waits for an answer."""
    try:
        broken = json.loads(line)
    except (ValueError, RecursionError):
        return
    if not isinstance(broken, dict) or "method" not in broken:
        return
    request_id: object = broken.get("id")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    if isinstance(request_id, bool) or not isinstance(request_id, (str, int)):
        return
    error = ErrorData(code=INVALID_REQUEST, message="This is no valid JSON-RPC request.")
    answer = JSONRPCError(jsonrpc="2.0", id=request_id, error=error)
    line_out = _encode(answer)
    if line_out is not None:
        await writer.write(line_out)


async def pump_out(
    source: MemoryObjectReceiveStream[SessionMessage],
    writer: LineWriter,
    written: Callable[[str | int | None], None],
) -> None:
    """Write messages until there are no more.

    Raises:
        OSError: if the host no longer reads.
    """
    async with source:
        async for item in source:
            message = item.message
            line = _encode(message)
            if line is None:
                if not isinstance(message, JSONRPCResponse):
                    continue
                error = ErrorData(code=INTERNAL_ERROR, message="The reply cannot be sent as JSON.")
                line = _encode(JSONRPCError(jsonrpc="2.0", id=message.id, error=error)) or b""
                await writer.write(line)
                continue
            await writer.write(line)
            if isinstance(message, JSONRPCResponse):
                written(message.id)


def _encode(message: JSONRPCMessage) -> bytes | None:
    """A message as a line; None if it cannot be JSON."""
    try:
        return message.model_dump_json(by_alias=True, exclude_unset=True).encode() + b"\n"
    except (PydanticSerializationError, UnicodeEncodeError):
        log.exception("a message could not be written as JSON")
        return None


class StandardStreams:
    """The process's input and output, taken away from everybody else while it serves."""

    def __enter__(self) -> tuple[int, int]:
        self._input, self._output = os.dup(0), os.dup(1)
        os.set_inheritable(self._input, False)  # noqa: FBT003
        os.set_inheritable(self._output, False)  # noqa: FBT003
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)
        return self._input, self._output

    def __exit__(self, *exc_info: object) -> None:
        # The input's thread may still be reading: its descriptor ends with the process.
        os.dup2(self._output, 1)


def message_streams() -> tuple[
    MemoryObjectSendStream[SessionMessage | Exception],
    MemoryObjectReceiveStream[SessionMessage | Exception],
    MemoryObjectSendStream[SessionMessage],
    MemoryObjectReceiveStream[SessionMessage],
]:
    """The two streams between transport and server: in (sink, source), out (sink, source)."""
    in_sink, in_source = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    out_sink, out_source = anyio.create_memory_object_stream[SessionMessage](0)
    return in_sink, in_source, out_sink, out_source
