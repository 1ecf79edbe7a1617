"""What a board may be called."""

from __future__ import annotations

from pathlib import Path

import pytest

from headwater import Board
from headwater.errors import BadRequest


@pytest.mark.parametrize("name", [" x", "a/b", "a\nb", "x" * 101, "\u202ex", "\x00"])
def test_a_name_that_no_address_or_screen_could_carry_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadRequest, match="a board's name is one line"):
        Board.open(tmp_path / "board.db", name)


@pytest.mark.parametrize("name", ["default", "release-2", "Planung Frühjahr", "x" * 100])
def test_other_names_are_free(tmp_path: Path, name: str) -> None:
    with Board.open(tmp_path / "board.db", name) as board:
        assert board.name == name
