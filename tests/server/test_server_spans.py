"""Spans: a program that sets OpenTelemetry up sees every call and how it ended."""

from __future__ import annotations

import json
from pathlib import Path

import anyio
import pytest
from mcp import Client
from server_clients import call, http_process

RECORDER = """
import json, sys
from contextlib import contextmanager
from opentelemetry import trace

class Recording(trace.NonRecordingSpan):
    def __init__(self, name, attributes):
        super().__init__(trace.SpanContext(1, 1, False, trace.TraceFlags(1)))
        self.told = {"span": name, **(attributes or {})}

    def set_attribute(self, key, value):
        self.told[key] = value

class Recorder(trace.NoOpTracer):
    @contextmanager
    def start_as_current_span(self, name, *given, attributes=None, **named):
        with trace.use_span(Recording(name, attributes)) as span:
            yield span
        print(json.dumps(span.told), file=sys.stderr, flush=True)

class Provider(trace.TracerProvider):
    def get_tracer(self, *given, **named):
        return Recorder()

trace.set_tracer_provider(Provider())
"""


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_every_call_is_a_span_with_its_outcome_and_without_texts(tmp_path: Path, mode: str) -> None:
    async def talk(url: str) -> str:
        async with Client(url, mode=mode) as client:
            await client.call_tool("add", {"tasks": [{"key": "a", "spec": "confidential"}]})
            session = (await call(client, "join", agent="x"))["session"]
            await client.call_tool("finish", {"lease": "a#1.forged", "summary": "confidential"})
            return str(session)

    with http_process(tmp_path / "board.db", RECORDER) as (url, process):
        session = anyio.run(talk, url)
        process.terminate()
        assert process.stderr is not None
        log = process.stderr.read()
    spans = [json.loads(line) for line in log.splitlines() if line.startswith('{"span"')]
    outcomes = [(one["span"], one.get("headwater.outcome")) for one in spans]
    assert [one for one in outcomes if one[1]] == [
        ("tools/call add", "ok"),
        ("tools/call join", "ok"),
        ("tools/call finish", "bad_request"),
    ]
    assert not [word for word in ("confidential", "forged", session) if word in log]
