"""What the demo is about: ten tasks of a web shop's new checkout, and what each worker finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

WORKERS: Final = ("ada", "bob", "cleo")
CRASHES_AT: Final = "payments"
"""Whoever claims this first is killed in the middle of it."""
FAULT_IN: Final = "backend"
TESTED_BY: Final = "end-to-end"
FEEDBACK: Final = "Totals are a cent off: the API truncates. Round half to even."

TASKS: Final[list[dict[str, Any]]] = [
    {"key": "survey", "title": "Read the old checkout", "estimate": 20},
    {
        "key": "api",
        "title": "Agree on the checkout API",
        "needs": ["survey"],
        "estimate": 30,
    },
    {"key": "schema", "title": "Design the tables", "needs": ["api"], "estimate": 25},
    {
        "key": "backend",
        "title": "Build the API",
        "needs": ["schema"],
        "estimate": 90,
    },
    {
        "key": "frontend",
        "title": "Build the checkout page",
        "needs": ["api"],
        "contracts": [
            {
                "task": "api",
                "expect": "the paths the page calls",
                "promise": "every path with its method",
            }
        ],
        "estimate": 60,
    },
    {"key": "payments", "title": "Connect the card service", "needs": ["api"], "estimate": 45},
    {"key": "test-data", "title": "Make carts to test with", "needs": ["schema"], "estimate": 15},
    {
        "key": "docs",
        "title": "Document the API",
        "needs": ["backend"],
        "contracts": [{"task": "backend", "expect": "the address of the API", "keys": ["address"]}],
        "estimate": 20,
    },
    {
        "key": "end-to-end",
        "title": "Buy something, end to end",
        "needs": ["backend", "frontend", "payments", "test-data"],
        "estimate": 40,
    },
    {"key": "release", "title": "Release it", "needs": ["end-to-end", "docs"], "estimate": 10},
]


@dataclass(frozen=True)
class Result:
    """How long a task takes here, and what its worker hands in."""

    seconds: float
    summary: str
    critical: dict[str, Any] = field(default_factory=dict[str, Any])
    delivered: dict[str, str] = field(default_factory=dict[str, str])


RESULTS: Final[dict[str, Result]] = {
    "survey": Result(0.5, "Three screens, one of them unused.", {"screens": 3}),
    "api": Result(
        0.7,
        "Two paths are enough.",
        {"paths": ["/cart", "/pay"]},
        {"frontend": "GET /cart, POST /pay"},
    ),
    "schema": Result(0.6, "Three tables.", {"tables": ["cart", "item", "payment"]}),
    "backend": Result(
        1.0, "Both paths answer.", {"address": "http://127.0.0.1:8080", "rounding": "truncate"}
    ),
    "frontend": Result(1.2, "The page calls both paths.", {"entry": "checkout.html"}),
    "payments": Result(0.9, "Cards are charged in test mode.", {"mode": "test"}),
    "test-data": Result(0.5, "Forty carts, one empty.", {"carts": 40}),
    "docs": Result(0.6, "One page, with an example for each path."),
    "end-to-end": Result(0.8, "All forty carts were bought.", {"passed": 40}),
    "release": Result(0.4, "Released."),
}
ROUNDING_MENDED: Final = "half-even"
