"""Fingerprints: are two tasks the same work on the same inputs?

As build systems key their caches: the digest of what was asked and of everything that was read.
What was asked is the spec (the title, where there is no spec), the acceptance and the paths. What
was read is, for each input, its contract, its values, and its texts, since other readers than the
one that it was written for cannot know which words mattered. Keys of tasks do not count, nor do
title, priority, estimate and capabilities.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from headwater.graph.inputs import content_digest, digest

Tidy = Callable[[str], str]


def exactly(text: str) -> str:
    """Every character counts."""
    return text


def normalised(text: str) -> str:
    """How white space is laid out does not count."""
    return " ".join(text.split())


@dataclass(frozen=True, slots=True)
class Asked:
    """What a task asks for."""

    title: str
    spec: str
    acceptance: Sequence[str]
    paths: Sequence[str]


@dataclass(frozen=True, slots=True)
class Promise:
    """A contract: what the consumer expects, what the producer promises, the keys it is about."""

    expect: str = ""
    promise: str = ""
    keys: tuple[str, ...] = ()

    def same_as(self, other: Promise, tidy: Tidy) -> bool:
        return self._by(tidy) == other._by(tidy)

    def _by(self, tidy: Tidy) -> list[object]:
        return [tidy(self.expect), tidy(self.promise), sorted(self.keys)]

    def digest(self, tidy: Tidy) -> str:
        return digest(self._by(tidy))


@dataclass(frozen=True, slots=True)
class Input:
    """What a task reads of one source; `undelivered` names a source that says nothing."""

    contract: Promise
    digests: Mapping[str, str]
    summary: str = ""
    delivered: str = ""
    undelivered: str = ""


def fingerprint(asked: Asked, inputs: Iterable[Input], tidy: Tidy) -> str:
    """Equal for equal work on equal inputs; empty for a task that does not say what it asks."""
    spec = tidy(asked.spec) or tidy(asked.title)
    if not spec.strip():
        return ""
    items = [tidy(item) for item in asked.acceptance]
    return digest([spec, items, sorted(asked.paths), sorted(_read(one, tidy) for one in inputs)])


def _read(one: Input, tidy: Tidy) -> str:
    texts = [tidy(one.summary), tidy(one.delivered), one.undelivered]
    values = {name: content_digest(value) for name, value in one.digests.items()}
    return digest([one.contract.digest(tidy), values, *texts])


def keys_of(stored: str) -> tuple[str, ...]:
    """The keys of a contract from their JSON."""
    return tuple(json.loads(stored)) if stored != "[]" else ()
