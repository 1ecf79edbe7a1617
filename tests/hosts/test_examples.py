"""The checked-in examples are what bootstrap writes."""

import json
import tomllib
from pathlib import Path

import pytest

from headwater.hosts import bootstrap, names
from headwater.hosts.examples import examples

DIRECTORY = Path(__file__).parents[2] / "host-configs"


def test_the_checked_in_files_equal_the_generated_ones():
    made = {Path(path): content for path, content in examples().items()}
    there = {
        path.relative_to(DIRECTORY): path.read_text(encoding="utf-8")
        for path in DIRECTORY.rglob("*")
        if path.is_file()
    }
    assert there == made, "run: python -m headwater.hosts"


def test_every_host_has_an_example():
    assert {path.parts[0] for path in examples() if len(path.parts) > 1} == set(names())


@pytest.mark.parametrize("name", names())
def test_bootstrap_writes_the_example_into_a_fresh_directory(name, tmp_path):
    [outcome] = bootstrap(
        [name],
        transport="stdio",
        scope="user",
        project_dir=tmp_path,
        home=tmp_path,
        command=["headwater", "serve"],
    )
    assert outcome.action == "created"
    written = outcome.path.read_text(encoding="utf-8")
    assert written in {content for path, content in examples().items() if path.parts[0] == name}
    assert written == outcome.content


def test_every_example_parses_with_the_standard_library():
    for path, content in examples().items():
        if path.suffix == ".toml":
            tomllib.loads(content)
        elif path.suffix == ".json":
            json.loads(content)
