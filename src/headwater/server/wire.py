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
import re
import threading
from collections.abc import Callable
from typing import Final, cast

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
_END: Final = 300
"""Bytes of either end of a line that is too long."""
_ID: Final = (
    rb'"jsonrpc"\s*:\s*"2\.0"\s*,\s*"id"\s*:\s*("[^"\\\x00-\x1f\x7f-\xff]{0,100}"|\d{1,18})\s*'
)
_METHOD_FIRST: Final = re.compile(rb'\s*\{\s*"method"\s*:')
_ID_FIRST: Final = re.compile(rb"\s*\{\s*" + _ID + rb',\s*"method"\s*:')
_ID_LAST: Final = re.compile(_ID + rb"\}\s*\Z")


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
        is_cut = False
        try:
            while chunk := os.read(self._fd, _CHUNK):
                *ended, rest = chunk.split(b"\n")
                for piece in ended:
                    held += piece
                    if is_cut or len(held) > limits.CALL_BYTES:
                        _cut(held)
                    self._hand_over(bytes(held))
                    held.clear()
                    is_cut = False
                held += rest
                if is_cut or len(held) > limits.CALL_BYTES:
                    _cut(held)
                    is_cut = True
        except OSError as error:
            log.warning("input ended: %s", error.strerror)
        self._hand_over(None)

    def _hand_over(self, line: bytes | None) -> None:
        self._room.acquire()
        try:
            self._loop.call_soon_threadsafe(self._lines.put_nowait, line)
        except RuntimeError:  # the loop has ended: nobody reads any more
            return


def _cut(line: bytearray) -> None:
    """Keep the two ends of a line that is too long: its id is there. It is no JSON any more."""
    line[_END:-_END] = b"\x00"


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
                log.warning(
                    "a line is no JSON-RPC message, or over %d bytes long", limits.CALL_BYTES
                )
                await _answer_malformed(line, writer)
                continue
            await sink.send(SessionMessage(message))


async def _answer_malformed(line: bytes, writer: LineWriter) -> None:
    """Whoever sent a broken request with an id waits for an answer."""
    request_id = _request_id(line)
    if isinstance(request_id, bool) or not isinstance(request_id, (str, int)):
        return
    error = ErrorData(
        code=INVALID_REQUEST,
        message=f"This is no JSON-RPC request of at most {limits.CALL_BYTES} bytes, "
        "or has half of a surrogate pair or a number of over "
        f"{limits.CRITICAL_DIGITS} digits in it.",
    )
    answer = JSONRPCError(jsonrpc="2.0", id=request_id, error=error)
    line_out = _encode(answer)
    if line_out is not None:
        await writer.write(line_out)


def _request_id(line: bytes) -> object:
    """The id of a request, also of one that is no JSON, if it stands where clients write it: before
    the method, or at the end. An id elsewhere might be an argument, and answer another request."""
    try:
        broken: object = json.loads(line)
    except (ValueError, RecursionError):
        found = _ID_FIRST.match(line) or (_METHOD_FIRST.match(line) and _ID_LAST.search(line))
        return json.loads(found[1]) if found else None
    request = cast("dict[str, object]", broken) if isinstance(broken, dict) else {}
    return request.get("id") if "method" in request else None


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
