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
    ErrorData,
    JSONRPCError,
    JSONRPCMessage,
    JSONRPCNotification,
    JSONRPCResponse,
    jsonrpc_message_adapter,
)
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from headwater import limits
from headwater.server.malformed import answers, cut

log = logging.getLogger(__name__)

_CHUNK: Final = 64 * 1024
ROOM_AHEAD: Final = 64
"""Lines that are read before they are served; of long ones, so many times 64 KiB."""
UNREAD_BYTES: Final = 64 * 1024 * 1024
"""Of calls that come while replies wait to be read: with more of them, no further call is read."""
_CALL_BYTES: Final = 8 * 1024
"""What a call takes beside its text."""
_LOOK_AGAIN_S: Final = 0.05


class LineReader:
    """Reads lines on a thread of its own and hands them to the loop."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._loop = asyncio.get_running_loop()
        self._lines: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._room = threading.Semaphore(ROOM_AHEAD)
        threading.Thread(target=self._read, name="headwater-stdin", daemon=True).start()

    async def next(self) -> bytes | None:
        """The next line; None at the end of input."""
        line = await self._lines.get()
        self._room.release(_size(line))
        return line

    def _read(self) -> None:
        held = bytearray()
        is_cut = False
        try:
            while chunk := os.read(self._fd, _CHUNK):
                for number, piece in enumerate(chunk.split(b"\n")):
                    if number:  # the line before it has ended
                        self._hand_over(bytes(held))
                        held.clear()
                        is_cut = False
                    held += piece
                    if is_cut or len(held) > limits.CALL_BYTES:
                        cut(held)
                        is_cut = True
        except OSError as error:
            log.warning("input ended: %s", error.strerror)
        self._hand_over(None)

    def _hand_over(self, line: bytes | None) -> None:
        for _ in range(_size(line)):
            self._room.acquire()
        try:
            self._loop.call_soon_threadsafe(self._lines.put_nowait, line)
        except RuntimeError:  # the loop has ended: nobody reads any more
            return


def _size(line: bytes | None) -> int:
    """How much of the room ahead it takes: never more than there is."""
    return min(ROOM_AHEAD, 1 + len(line or b"") // _CHUNK)


class LineWriter:
    """Writes on a thread of its own; `write` returns when the line is out."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._loop = asyncio.get_running_loop()
        self._lines: queue.SimpleQueue[tuple[bytes, asyncio.Future[None] | None]]
        self._lines = queue.SimpleQueue()
        threading.Thread(target=self._run, name="headwater-stdout", daemon=True).start()

    async def write(self, line: bytes) -> None:
        """Write a line.

        Raises:
            OSError: if the host no longer reads.
        """
        done: asyncio.Future[None] = self._loop.create_future()
        self._lines.put((line, done))
        await done

    def post(self, line: bytes) -> None:
        """Write a line some time. Whoever waits for a later one learns if it could not be."""
        self._lines.put((line, None))

    @property
    def is_behind(self) -> bool:
        """Whether lines wait for the one that is being written."""
        return not self._lines.empty()

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
            if done is None:
                continue
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
    replies: MemoryObjectSendStream[SessionMessage],
) -> None:
    """Parse lines into messages until the input ends, but not far ahead of a host that does not
    read: its replies would fill the memory. `replies` are those of the server."""

    def unread() -> bool:
        return writer.is_behind or bool(replies.statistics().tasks_waiting_send)

    ahead_bytes = 0
    async with sink:
        while (line := await reader.next()) is not None:
            if not line.strip():
                continue
            ahead_bytes = ahead_bytes + len(line) + _CALL_BYTES if unread() else 0
            while ahead_bytes > UNREAD_BYTES and unread():  # noqa: ASYNC110  # nothing tells of it
                await anyio.sleep(_LOOK_AGAIN_S)
            message = _message_in(line)
            if message is not None:
                await sink.send(SessionMessage(message))
                continue
            log.warning("a line is no message of the protocol")
            for answer in answers(line):
                writer.post(answer)


def _message_in(line: bytes) -> JSONRPCMessage | None:
    """None if it holds none. A request whose id cannot be would pass for a notification."""
    try:
        message = jsonrpc_message_adapter.validate_json(line, by_name=False)
    except (ValidationError, ValueError):
        return None
    if isinstance(message, JSONRPCNotification) and b'"id"' in line and "id" in json.loads(line):
        return None
    return message


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
            if line is not None:
                await writer.write(line)
                if isinstance(message, JSONRPCResponse):
                    written(message.id)
            elif isinstance(message, JSONRPCResponse):
                error = ErrorData(code=INTERNAL_ERROR, message="The reply cannot be sent as JSON.")
                instead = _encode(JSONRPCError(jsonrpc="2.0", id=message.id, error=error))
                await writer.write(instead or b"")


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
