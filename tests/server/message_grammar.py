"""Messages from a grammar, by seed: right ones, odd ones, and lines that are none."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from math import isfinite
from random import Random
from typing import Any

from raw_stdio import HELLO, MODERN

from headwater.server.tools import BY_NAME, FACES

NAMES = [*BY_NAME, "nothing"]
LISTS = ["tools/list", "resources/list", "resources/templates/list", "prompts/list"]
OTHER_METHODS = [
    "ping",
    "server/discover",
    "completion/complete",
    "logging/setLevel",
    "tasks/get",
    "roots/list",
    "nothing",
    "resources/subscribe",
    "resources/unsubscribe",
]
RESOURCES = [
    "headwater://graph",
    "headwater://task/a",
    "headwater://task/%00",
    "headwater://nothing",
    "x",
]
ARGUMENTS = sorted({name for face in FACES for name in face.request.model_fields})
ODD_TEXTS = ["", "a", "a b", "\x00", "\u2028", "\ud800", "😀", "[]", "{}", "null", "x" * 5000]
ODD_NUMBERS = [0, -1, 1, 10**18, 10**30, 1.5, 1e300, float("nan"), float("inf"), -0.0]
ODD_IDS = [None, True, 1.5, [], {}, float("inf")]

Choice = Callable[[], Any]


@dataclass
class Grammar:
    """One run: the same seed writes the same messages, as long as the same leases are learnt."""

    seed: int
    is_modern: bool
    known: dict[str, list[str]] = field(default_factory=lambda: {"lease": [], "session": []})
    """What the server gave out, to be used again."""
    number: int = 0
    recent: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self.random = Random(self.seed)

    def line(self) -> bytes:
        """What is written before a line's end."""
        lucky = self.random.random()
        if lucky < 0.7:
            line = self._written(self.message())
        elif lucky < 0.8:
            line = self._written([self.message() for _ in range(self.random.randrange(4))])
        else:
            line = self._damaged(self._written(self.message()))
        return self.random.choice([b"", b"", b"", b" ", b"\t"]) + line + self._one_of(b"", b"\r")

    def message(self) -> Any:
        if self._by_chance(0.05):
            return self.value()
        if self._by_chance(0.15):
            return self.notification()
        message: dict[str, Any] = {"jsonrpc": "2.0", "id": self.an_id(), **self.call()}
        if self._by_chance(0.05):
            message.pop(self.random.choice(list(message)))
        if self._by_chance(0.05):
            message[self._one_of("jsonrpc", "method", "params", "more")] = self.value()
        return message

    def an_id(self) -> Any:
        self.number += 1
        if self._by_chance(0.1):
            return self.random.choice(ODD_IDS)
        name = f"n{self.number}"
        self.recent = [*self.recent[-9:], name]
        return self._one_of(name, name, self.number, -self.number, f"{name}\ud800")

    def notification(self) -> dict[str, Any]:
        method = self._one_of("cancelled", "cancelled", "initialized", "progress", "nothing")
        params: Any = {"requestId": self._one_of(*self.recent, "nobody", 1.5, None)}
        if self._by_chance(0.3):
            params = self.value()
        return {"jsonrpc": "2.0", "method": f"notifications/{method}", "params": params}

    def call(self) -> dict[str, Any]:
        """A method and its parameters."""
        kinds: list[Callable[[], tuple[str, Any]]] = [
            lambda: ("tools/call", self.tool()),
            lambda: ("tools/call", self.tool()),
            lambda: (self.random.choice(LISTS), self._one_of({}, {"cursor": self.value()})),
            lambda: ("resources/read", {"uri": self._or_odd(lambda: self._one_of(*RESOURCES))}),
            lambda: ("prompts/get", {"name": self._one_of("work", "x"), "arguments": self.value()}),
            lambda: (self.random.choice(OTHER_METHODS), {"uri": self._one_of(*RESOURCES)}),
            lambda: ("initialize", self._or_odd(lambda: HELLO["params"])),
        ]
        method, params = self.random.choice(kinds)()
        if self.is_modern and isinstance(params, dict) and not self._by_chance(0.05):
            params = {**params, "_meta": {**MODERN, "progressToken": self._one_of(1, "t", None)}}
        return {"method": method, "params": params}

    def tool(self) -> dict[str, Any]:
        name = self.random.choice(NAMES)
        good: dict[str, Choice] = {
            "join": lambda: {"agent": self._one_of("ann", "ben")},
            "add": lambda: {"tasks": [{"key": f"t{self.number}", "title": "T"}]},
            "claim": lambda: {"wait": self._one_of(0, 0.1)},
            "check": lambda: {"lease": self._known("lease"), "note": "n"},
            "finish": lambda: {"lease": self._known("lease"), "summary": "s"},
            "tell": lambda: {"to": "all", "text": "t"},
        }
        arguments: Any = good.get(name, dict)()
        if self._by_chance(0.2):
            arguments["session"] = self._known("session")
        if self._by_chance(0.3):
            arguments[self.random.choice(ARGUMENTS)] = self.value()
        if arguments.get("wait"):
            arguments["wait"] = 0.1  # whatever it is: nobody has time to wait
        return {"name": name, "arguments": self.value() if self._by_chance(0.05) else arguments}

    def value(self, depth: int = 0) -> Any:
        """Any JSON, and a little more."""
        kinds: list[Choice] = [
            lambda: self.random.choice(ODD_TEXTS),
            lambda: self.random.choice(ODD_NUMBERS),
            lambda: self.random.choice([None, True, False]),
        ]
        if depth < 3:
            kinds += [
                lambda: [self.value(depth + 1) for _ in range(self.random.randrange(3))],
                lambda: {self.random.choice(ODD_TEXTS): self.value(depth + 1)},
            ]
        return self.random.choice(kinds)()

    def learn(self, reply: dict[str, Any]) -> None:
        """Keep leases and sessions of a reply, so that later calls can use them."""
        given = (reply.get("result") or {}).get("structuredContent") or {}
        for name, kept in self.known.items():
            if isinstance(given.get(name), str):
                kept.append(given[name])

    def _known(self, name: str) -> Any:
        return self._or_odd(lambda: self._one_of(*self.known[name][-3:], "nobody"))

    def _or_odd(self, usual: Choice) -> Any:
        return self.value() if self._by_chance(0.15) else usual()

    def _by_chance(self, share: float) -> bool:
        return self.random.random() < share

    def _one_of(self, *things: Any) -> Any:
        return self.random.choice(things)

    def _written(self, message: Any) -> bytes:
        text = json.dumps(message, ensure_ascii=self._by_chance(0.5), indent=self._one_of(None, 0))
        return text.replace("\n", " ").encode("utf-8", "surrogatepass")

    def _damaged(self, line: bytes) -> bytes:
        kind = self.random.randrange(6)
        if kind == 0:
            return line[: self.random.randrange(len(line))]
        if kind == 1:
            return b"\xef\xbb\xbf" + line
        if kind == 2:
            return line + line
        if kind == 3:
            return line.replace(b"{", b'{"deep":' + b"[" * 300 + b"]" * 300 + b",", 1)
        damaged = bytearray(line)
        for _ in range(self.random.randint(1, 4)):
            damaged[self.random.randrange(len(damaged))] = self.random.randrange(256)
        return bytes(damaged).replace(b"\n", b" ")


def headers_for(message: Any, session: str) -> dict[str, str]:
    """The headers of a request over HTTP, as they would do if the message were right."""
    given: dict[str, Any] = message if isinstance(message, dict) else {}
    params: Any = given.get("params")
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": "2025-11-25" if session else "2026-07-28",
        "Mcp-Session-Id": session,
        "Mcp-Method": given.get("method"),
        "Mcp-Name": params.get("name", params.get("uri")) if isinstance(params, dict) else None,
    }
    texts = {name: text for name, text in headers.items() if isinstance(text, str) and text}
    return {name: text for name, text in texts.items() if _fits_into_a_header(text)}


def odd(headers: dict[str, str], random: Random) -> tuple[str, str, dict[str, str]]:
    """Method, path and headers of a request, of which a few are not what they should be."""
    method = random.choice(["POST"] * 12 + ["PUT", "HEAD", "OPTIONS", "NONE"])
    path = random.choice(["/mcp"] * 12 + ["/mcp/", "/default/mcp", "/%00/mcp", "/mcp?x=%ff", "/"])
    if random.random() < 0.2:
        name = random.choice([*headers, "Last-Event-ID", "Origin", "Authorization"])
        text = random.choice(["", "x", "*/*", "1", "é", "a" * 5000, "null"])
        headers = {**headers, name: text}
    return method, path, headers


def _fits_into_a_header(text: str) -> bool:
    return text.isprintable() and all(ord(letter) < 256 for letter in text)


NULL = "null"
ANY = "null, or the id that it was written with"


def owed(line: bytes) -> list[str]:
    """The ids of the answers to a line, by what JSON-RPC says."""
    try:
        message: Any = json.loads(line)
    except (ValueError, RecursionError):
        return [ANY] if line.strip() else []
    if isinstance(message, list):
        requests = [each for each in message if isinstance(each, dict) and "method" in each]
        return [key(each.get("id")) for each in requests] or [NULL]
    if not isinstance(message, dict):
        return [NULL]
    if "method" in message:
        return [key(message["id"])] if "id" in message else []
    return [] if "result" in message or "error" in message else [NULL]


def key(given: object) -> str:
    """An id as it comes back: what is none comes back as null."""
    if isinstance(given, bool) or not isinstance(given, (str, int, float)):
        return NULL
    return json.dumps(given) if isinstance(given, (str, int)) or isfinite(given) else NULL


def cancelled(line: bytes) -> str:
    """The id of the request that a line cancels: that one need not be answered."""
    try:
        message: Any = json.loads(line)
        return key(message["params"]["requestId"]) if "method" in message else NULL
    except (ValueError, RecursionError, TypeError, KeyError, IndexError):
        return NULL
