"""docs/tools.md is what the code says."""

from __future__ import annotations

import re
from pathlib import Path

from server_clients import TOOLS

from headwater.server.reference import attribute_docs, reference
from headwater.server.tools import BY_NAME
from headwater.verbs.plan import ChildSpec

DOCUMENT = Path(__file__).parents[2] / "docs" / "tools.md"


def test_the_document_is_up_to_date() -> None:
    assert DOCUMENT.read_text() == reference(), "run: make docs"


def test_every_tool_and_argument_is_described() -> None:
    text = reference()
    for name in TOOLS:
        section = text.split(f"\n## {name}\n")[1].split("\n## ")[0]
        for argument in BY_NAME[name].request.model_fields:
            assert f"| `{argument}` |" in section


def test_every_link_leads_to_a_heading() -> None:
    text = reference()
    headings = {line.lstrip("# ").lower() for line in text.splitlines() if line.startswith("#")}
    assert set(re.findall(r"\]\(#([a-z]+)\)", text)) <= headings


def test_notes_under_attributes_are_found_with_those_of_the_bases() -> None:
    notes = attribute_docs(ChildSpec)
    assert "answers" in notes
    assert notes["needs"].startswith("Hard upstreams")
