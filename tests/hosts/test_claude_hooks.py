"""Hooks in Claude Code's settings: added beside what is there, brought up to date, removed."""

import json
import shlex
import subprocess
import sys

import pytest

from headwater.hosts import bootstrap, claude_hooks, hooked
from headwater.hosts.host import Connection

NAMES = ["SessionStart", "PreCompact", "Stop", "PreToolUse"]
THEIRS = """\
{
  // my settings
  "model": "opus",
  "hooks": {
    "PreToolUse": [
      {
        "matcher": "Bash", // careful
        "hooks": [{"type": "command", "command": "check.sh"}]
      }
    ],
    "Notification": [{"hooks": [{"type": "command", "command": "beep hook stop"}]}]
  }
}
"""


@pytest.fixture
def settings(tmp_path):
    return tmp_path / "project" / ".claude" / "settings.json"


@pytest.fixture
def run(tmp_path):
    (tmp_path / "project").mkdir()

    def call(hosts=("claude-code",), **options):
        wanted = {"transport": "stdio", "scope": "project", "command": ["headwater", "serve"]}
        where = {"project_dir": tmp_path / "project", "home": tmp_path / "home"}
        *_, last = bootstrap(list(hosts), **(wanted | where | {"hooks": True} | options))
        return last

    return call


def commands(text):
    found = json.loads(text)["hooks"]
    return {event: [one["command"] for group in found[event] for one in group["hooks"]]
            for event in found}  # fmt: skip


def test_the_hooks_are_written_and_a_second_run_changes_nothing(run, settings, tmp_path):
    outcome = run()
    assert (outcome.action, outcome.path) == ("created", settings)
    before = settings.read_bytes()
    assert commands(before) == {
        "SessionStart": ["headwater hook session-start"],
        "PreCompact": ["headwater hook pre-compact"],
        "Stop": ["headwater hook stop"],
        "PreToolUse": ["headwater hook pre-tool-use"],
    }
    assert run().action == "unchanged"
    assert settings.read_bytes() == before
    assert [path.name for path in settings.parent.iterdir()] == ["settings.json"]
    assert hooked(tmp_path / "project", tmp_path / "home") == [settings]


def test_only_edits_of_files_are_looked_at(run, settings):
    run()
    (group,) = json.loads(settings.read_text())["hooks"]["PreToolUse"]
    assert group["matcher"].split("|") == ["Edit", "Write", "MultiEdit", "NotebookEdit"]


def test_what_was_there_stays_and_is_there_alone_after_the_removal(run, settings):
    settings.parent.mkdir(parents=True)
    settings.write_text(THEIRS)
    outcome = run()
    assert outcome.action == "updated"
    assert outcome.backup is not None
    assert outcome.backup.read_text() == THEIRS
    text = settings.read_text()
    for line in THEIRS.splitlines():
        assert line.rstrip("]},") in text
    assert run(hooks=False).action == "removed"
    assert settings.read_text() == THEIRS
    assert run(hooks=False).action == "unchanged"


def test_removing_what_was_never_there_makes_no_file(run, settings, tmp_path):
    assert run(hooks=False).action == "unchanged"
    assert not settings.parent.exists()
    assert hooked(tmp_path / "project", tmp_path / "home") == []


def test_whoever_changes_to_http_can_take_them_out(run, settings):
    run()
    assert run(hooks=False, transport="http").action == "removed"
    assert not settings.exists()


def test_without_a_word_the_hooks_are_left_as_they_are(run, settings):
    run(hooks=None)
    assert not settings.exists()
    run()
    before = settings.read_bytes()
    run(hooks=None)
    assert settings.read_bytes() == before


def test_another_command_or_store_replaces_the_earlier_one(run, settings):
    run()
    run(command=["uvx", "headwater", "serve"], db="/data/my tasks.db")
    found = commands(settings.read_text())
    assert [len(found[name]) for name in NAMES] == [1, 1, 1, 1]
    assert shlex.split(found["Stop"][0]) == (
        ["uvx", "headwater", "hook", "stop", "--db", "/data/my tasks.db"]
    )


def test_the_hooks_look_at_the_store_and_board_of_the_entry(run, settings):
    run(hooks=None, db="/data/b.db", board="release")
    asked = "headwater hook stop --db /data/b.db --board release"
    assert run().action == "created"
    assert commands(settings.read_text())["Stop"] == [asked]
    assert run().action == "unchanged"
    assert run(board="other").action == "updated"
    assert commands(settings.read_text())["Stop"] == [asked.replace("release", "other")]
    entry = settings.parent.parent / ".mcp.json"
    for unfit in ("${HOME}/b.db", "postgresql://ann:s3cret@db/plans"):
        document = json.loads(entry.read_text())
        document["mcpServers"]["headwater"]["env"]["HEADWATER_DB"] = unfit
        entry.write_text(json.dumps(document))
        run()
        assert commands(settings.read_text())["Stop"] == ["headwater hook stop --board other"]


def test_a_command_of_another_name_is_known_again(run, settings):
    run(command=["/opt/tasks", "serve"])
    assert run(command=["/opt/tasks", "serve"]).action == "unchanged"
    assert run(hooks=False).action == "removed"
    assert not settings.exists()


def test_a_command_that_somebody_put_beside_ours_stays(run, settings):
    run()
    document = json.loads(settings.read_text())
    document["hooks"]["Stop"][0]["hooks"].append({"type": "command", "command": "say done"})
    settings.write_text(json.dumps(document, indent=2))
    run(command=["uvx", "headwater", "serve"])
    assert commands(settings.read_text())["Stop"] == ["say done", "uvx headwater hook stop"]
    run(hooks=False)
    assert commands(settings.read_text()) == {"Stop": ["say done"]}


@pytest.mark.parametrize("content", ['{"hooks": []}', '{"hooks": {"Stop": {}}}', "{"])
def test_settings_of_another_shape_are_left_alone(run, settings, content):
    settings.parent.mkdir(parents=True)
    settings.write_text(content)
    outcome = run()
    assert outcome.action == "failed"
    assert "left as it is" in outcome.error
    assert settings.read_text() == content


def test_the_users_settings_are_written_in_the_users_scope(run, tmp_path):
    assert run(scope="user").path == tmp_path / "home/.claude/settings.json"
    elsewhere = {"CLAUDE_CONFIG_DIR": str(tmp_path / "config")}
    assert run(scope="user", env=elsewhere).path == tmp_path / "config/settings.json"


def test_printing_writes_nothing(run, settings):
    outcome = run(print_only=True)
    assert outcome.action == "printed"
    assert "PreToolUse" in outcome.content
    assert run(print_only=True, hooks=False).action == "unchanged"
    assert not settings.parent.exists()


def test_hosts_without_hooks_and_http_say_why_there_are_none(run):
    assert "claude-code --hooks" in run(["codex"]).note
    assert "--transport stdio" in run(transport="http").note


def test_the_command_that_is_written_runs(tmp_path):
    command = [sys.executable, "-m", "headwater", "serve"]
    text = claude_hooks.snippet(Connection("stdio", tuple(command), db=str(tmp_path / "a b.db")))
    for name in NAMES:
        (line,) = commands(text)[name]
        done = subprocess.run(
            ["sh", "-c", line], input="{}", capture_output=True, text=True, check=True, cwd=tmp_path
        )
        assert (done.stdout, done.stderr) == ("", "")
    assert list(tmp_path.iterdir()) == []
