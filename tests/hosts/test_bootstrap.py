"""Bootstrap: each host by itself, nothing of the user's lost, the second run changes nothing."""

import json
import os
import stat
from pathlib import Path

import pytest

from headwater.errors import BadRequest
from headwater.hosts import bootstrap, configured, names
from headwater.hosts.command import command_of
from headwater.hosts.found import chosen, place_of

URL = "https://tasks.example/mcp"


@pytest.fixture
def project(tmp_path):
    path = tmp_path / "project"
    path.mkdir()
    return path


@pytest.fixture
def home(tmp_path):
    path = tmp_path / "home"
    path.mkdir()
    return path


@pytest.fixture
def run(project, home):
    def call(hosts="all", **options):
        wanted = {"transport": "stdio", "scope": "project", "command": ["headwater", "serve"]}
        return bootstrap(hosts, project_dir=project, home=home, **(wanted | options))

    return call


def tree(root: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("scope", ["project", "user"])
@pytest.mark.parametrize("transport", ["stdio", "http"])
def test_a_second_run_changes_nothing_and_makes_no_backup(run, tmp_path, scope, transport):
    first = run(scope=scope, transport=transport, token_env="TD")
    before = tree(tmp_path)
    second = run(scope=scope, transport=transport, token_env="TD")
    assert {one.action for one in first} <= {"created", "skipped"}
    assert [one.action for one in second] == [
        "unchanged" if one.action == "created" else "skipped" for one in first
    ]
    assert tree(tmp_path) == before


def test_hosts_without_a_project_file_say_so(run):
    skipped = {one.host: one for one in run() if one.action == "skipped"}
    assert set(skipped) == {"claude-desktop", "windsurf"}
    assert all("--scope user" in one.note for one in skipped.values())


def test_the_agent_carries_the_hosts_name_and_the_store_only_if_named(run, project):
    run(["claude-code"])
    assert json.loads((project / ".mcp.json").read_text())["mcpServers"]["headwater"]["env"] == {
        "HEADWATER_AGENT": "claude-code"
    }
    run(["claude-code"], db="/data/tasks.db")
    assert json.loads((project / ".mcp.json").read_text())["mcpServers"]["headwater"]["env"] == {
        "HEADWATER_AGENT": "claude-code",
        "HEADWATER_DB": "/data/tasks.db",
    }
    run(["claude-code"], board="release")
    assert json.loads((project / ".mcp.json").read_text())["mcpServers"]["headwater"]["env"] == {
        "HEADWATER_AGENT": "claude-code",
        "HEADWATER_DB": "/data/tasks.db",
        "HEADWATER_BOARD": "release",
    }


def test_the_board_of_a_server_is_in_its_url(run):
    with pytest.raises(BadRequest, match="in its URL") as refused:
        run(["claude-code"], transport="http", url=URL, board="release")
    assert refused.value.next == f"--url {URL.removesuffix('/mcp')}/release/mcp"


@pytest.mark.parametrize(
    "db",
    [
        "postgresql://ann:s3cret-value@db.example/plans",
        "postgresql://ann@db.example/plans?sslmode=require&password=s3cret-value",
    ],
)
def test_a_databases_password_is_never_written(run, tmp_path, db):
    with pytest.raises(BadRequest, match="holds a password"):
        run(["claude-code"], db=db)
    assert not any(b"s3cret-value" in content for content in tree(tmp_path).values())
    run(["claude-code"], db="postgresql://ann@db.example/plans")


@pytest.mark.parametrize("name", ["db", "board", "command"])
def test_what_no_file_of_a_host_can_hold_is_refused_before_any_is_written(run, tmp_path, name):
    before = tree(tmp_path)
    value = os.fsdecode(b"/srv/\xff/headwater")
    with pytest.raises(BadRequest, match=r"udcff.*is not UTF-8") as refused:
        run(["codex", "claude-code"], **{name: [value] if name == "command" else value})
    assert "link to it" in refused.value.next
    assert tree(tmp_path) == before


def test_no_token_is_ever_written_only_the_name_of_its_variable(run, tmp_path, monkeypatch):
    monkeypatch.setenv("TASKS_TOKEN", "s3cret-value")
    outcomes = run(transport="http", scope="user", url=URL, token_env="TASKS_TOKEN")
    written = tree(tmp_path)
    assert not any(b"s3cret-value" in content for content in written.values())
    refused = {one.host for one in outcomes if one.action == "skipped"}
    assert refused == {"claude-desktop", "zed"}
    for one in outcomes:
        if one.action == "created":
            assert "TASKS_TOKEN" in one.content
            assert URL in one.content


@pytest.mark.parametrize(
    "options",
    [
        {"hosts": ["claude-code", "netscape"]},
        {"url": "127.0.0.1:8765"},
        {"url": "https://me:pass@tasks.example/mcp"},
        {"url": 'https://x/"},"evil'},
        {"token_env": "Bearer abc.def"},
        {"command": []},
    ],
)
def test_malformed_requests_are_refused_before_anything_is_written(run, tmp_path, options):
    with pytest.raises(BadRequest) as caught:
        run(**{"hosts": "all"} | options)
    assert caught.value.next
    assert tree(tmp_path) == {}


BROKEN = b'{\n  "mcpServers": {\n    "other": {}\n    "more": {}\n  }\n}\n'


def test_an_unparsable_file_is_left_alone_and_the_others_are_written(run, project):
    (project / ".mcp.json").write_bytes(BROKEN)
    (project / ".codex").mkdir()
    (project / ".codex" / "config.toml").write_bytes(b"a = \n")
    outcomes = {one.host: one for one in run()}
    assert (project / ".mcp.json").read_bytes() == BROKEN
    assert (project / ".codex" / "config.toml").read_bytes() == b"a = \n"
    assert outcomes["claude-code"].action == outcomes["codex"].action == "failed"
    assert "line 4, column 5" in outcomes["claude-code"].error
    assert "line 1, column" in outcomes["codex"].error
    assert "Next: correct" in outcomes["claude-code"].error
    assert outcomes["gemini-cli"].action == outcomes["zed"].action == "created"
    assert not list(project.rglob("*.headwater-backup*"))


def test_a_file_that_is_not_utf_8_is_left_alone(run, project):
    (project / ".mcp.json").write_bytes('{"a": "ü"}'.encode("latin-1"))
    [outcome] = run(["claude-code"])
    assert "line 1, column 8: not UTF-8" in outcome.error
    assert (project / ".mcp.json").read_bytes() == '{"a": "ü"}'.encode("latin-1")


def test_a_byte_order_mark_and_windows_line_ends_stay(run, project):
    before = b'\xef\xbb\xbf{\r\n  "a": 1,\r\n  "mcpServers": {}\r\n}\r\n'
    (project / ".mcp.json").write_bytes(before)
    [outcome] = run(["claude-code"])
    after = (project / ".mcp.json").read_bytes()
    assert outcome.action == "updated"
    assert after.startswith(b'\xef\xbb\xbf{\r\n  "a": 1,\r\n')
    assert after.count(b"\n") == after.count(b"\r\n")
    assert outcome.backup.read_bytes() == before


def test_a_backup_is_never_overwritten_by_a_different_one(run, project):
    file = project / ".mcp.json"
    backups = []
    for text in ('{"a": 1}', '{"a": 2}', '{"a": 1}'):
        file.write_text(text)
        [outcome] = run(["claude-code"])
        backups.append(outcome.backup.name)
        assert outcome.backup.read_text() == text
    assert backups == [
        ".mcp.json.headwater-backup",
        ".mcp.json.headwater-backup.1",
        ".mcp.json.headwater-backup",
    ]


def test_permissions_stay_and_a_new_file_is_private(run, project):
    file = project / ".mcp.json"
    file.write_text("{}")
    file.chmod(0o640)
    run(["claude-code", "cursor"])
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert stat.S_IMODE((project / ".cursor" / "mcp.json").stat().st_mode) == 0o600


def test_a_symbolic_link_is_followed_not_replaced(run, project, tmp_path):
    target = tmp_path / "dotfiles" / "mcp.json"
    target.parent.mkdir()
    target.write_text("{}")
    (project / ".mcp.json").symlink_to(target)
    run(["claude-code"])
    assert (project / ".mcp.json").is_symlink()
    assert "headwater" in target.read_text()


def test_a_directory_that_cannot_be_written_fails_alone(run, project):
    (project / ".cursor").write_text("a file where the directory belongs")
    (project / ".mcp.json").mkdir()
    outcomes = {one.host: one for one in run()}
    assert outcomes["cursor"].action == outcomes["claude-code"].action == "failed"
    assert "Nothing was changed. Next:" in outcomes["cursor"].error
    assert outcomes["vscode"].action == "created"


@pytest.mark.timeout(20)
def test_a_pipe_or_a_device_is_refused_and_left_alone(run, project, home):
    os.mkfifo(project / ".mcp.json")
    (project / ".cursor").mkdir()
    (project / ".cursor" / "mcp.json").symlink_to("/dev/zero")
    outcomes = {one.host: one for one in run()}
    for name in ("claude-code", "cursor"):
        assert outcomes[name].action == "failed"
        assert "is no regular file. The file was left as it is." in outcomes[name].error
    assert stat.S_ISFIFO((project / ".mcp.json").stat().st_mode)
    assert outcomes["vscode"].action == "created"
    wrong = {one.host: one.error for one in configured(project, home) if one.error}
    assert wrong.keys() == {"claude-code", "cursor"}


def test_a_read_only_directory_fails_alone_and_leaves_no_temporary_file(tmp_path):
    if os.geteuid() == 0:
        tmp_path.parent.parent.chmod(0o755)
        tmp_path.parent.chmod(0o755)
    closed = tmp_path / "closed"
    closed.mkdir()
    (closed / ".mcp.json").write_text("{}")
    (closed / ".mcp.json").chmod(0o644)
    tmp_path.chmod(0o755)
    closed.chmod(0o555)
    was = os.geteuid()
    try:
        if was == 0:
            os.seteuid(65534)
        [outcome] = bootstrap(
            ["claude-code"], transport="stdio", scope="project", project_dir=closed, home=closed
        )
    finally:
        os.seteuid(was)
        closed.chmod(0o755)
    assert outcome.action == "failed"
    assert "Permission denied" in outcome.error
    assert [path.name for path in closed.iterdir()] == [".mcp.json"]
    assert (closed / ".mcp.json").read_text() == "{}"


def detected(project, home, env=None):
    return [host.name for host in chosen(["detected"], place_of(project, home, env))]


def test_a_folder_that_cannot_be_looked_into_stops_no_other_host(project, home):
    env = {"XDG_CONFIG_HOME": f"/{'x' * 300}", "CODEX_HOME": f"/{'y' * 300}"}
    assert detected(project, home, env) == []
    failed, done = bootstrap(
        ["opencode", "cursor"], transport="stdio", scope="user", project_dir=project, home=home,
        env=env,
    )  # fmt: skip
    assert (failed.host, failed.action) == ("opencode", "failed")
    assert "File name too long" in failed.error
    assert (done.host, done.action) == ("cursor", "created")
    assert [one.host for one in configured(project, home, env) if not one.error] == ["cursor"]


def test_what_the_user_added_to_the_entry_stays(run, project):
    mine = {"command": "old", "args": [], "env": {"HEADWATER_RIGHTS": "work"}, "disabled": True}
    file = project / ".cursor" / "mcp.json"
    file.parent.mkdir()
    file.write_text(json.dumps({"mcpServers": {"headwater": mine}}, indent=2))
    run(["cursor"])
    entry = json.loads(file.read_text())["mcpServers"]["headwater"]
    assert entry["command"] == "headwater"
    assert entry["disabled"] is True
    assert entry["env"] == {"HEADWATER_RIGHTS": "work", "HEADWATER_AGENT": "cursor"}


def test_switching_the_transport_leaves_nothing_of_the_other(run, project, home):
    first = run()
    before = tree(project)
    run(transport="http")
    for one in first:
        if one.action == "created":
            assert '"command"' not in one.path.read_text()
            assert "command =" not in one.path.read_text()
    run()
    after = {name: text for name, text in tree(project).items() if "headwater-backup" not in name}
    assert {name: json.loads(text) for name, text in after.items() if name.endswith("json")} == {
        name: json.loads(text) for name, text in before.items() if name.endswith("json")
    }


def test_opencodes_newer_layout_is_used_where_the_file_has_it(run, project):
    (project / "opencode.jsonc").write_text('{"mcp": {"servers": {"x": {"type": "local"}}}}')
    run(["opencode"])
    document = json.loads((project / "opencode.jsonc").read_text())
    assert set(document["mcp"]["servers"]) == {"x", "headwater"}
    assert not (project / "opencode.json").exists()


def test_vs_code_asks_for_the_token_once_beside_the_users_own_prompts(run, project):
    (project / ".vscode").mkdir()
    file = project / ".vscode" / "mcp.json"
    file.write_text('{\n  "inputs": [\n    { "id": "mine", "type": "promptString" }\n  ]\n}\n')
    run(["vscode"], transport="http", token_env="TD")
    document = json.loads(file.read_text())
    assert [one["id"] for one in document["inputs"]] == ["mine", "headwater-token"]
    assert run(["vscode"], transport="http", token_env="TD")[0].action == "unchanged"


def test_printing_writes_nothing_and_shows_only_our_entry(run, project, tmp_path):
    (project / ".mcp.json").write_text('{"mcpServers": {"other": {"env": {"KEY": "private"}}}}')
    before = tree(tmp_path)
    outcomes = run(print_only=True)
    assert tree(tmp_path) == before
    assert {one.action for one in outcomes} == {"printed", "skipped"}
    assert not any("private" in one.content for one in outcomes)
    assert json.loads(outcomes[0].content)["mcpServers"].keys() == {"headwater"}


def test_a_path_of_this_machine_in_a_project_file_is_pointed_out(run):
    [outcome] = run(["claude-code"], command=["/opt/headwater/bin/headwater", "serve"])
    assert "--command" in outcome.remark


def test_an_entry_that_sends_no_token_is_pointed_out(run):
    [outcome] = run(["claude-code"], transport="http")
    assert "--token-env" in outcome.remark
    [outcome] = run(["claude-code"], transport="http", token_env="HEADWATER_TOKEN")
    assert outcome.remark == ""


def test_an_unchanged_file_needs_no_step(run):
    assert "restart" in run(["claude-code"])[0].note
    [outcome] = run(["claude-code"])
    assert (outcome.action, outcome.note) == ("unchanged", "")


def test_detection_sees_config_directories_project_files_and_programs(project, home, tmp_path):
    assert detected(project, home) == []
    (home / ".codex").mkdir()
    (project / ".cursor").mkdir()
    (project / ".cursor" / "mcp.json").write_text("{}")
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "opencode").write_text("#!/bin/sh\n")
    (programs / "opencode").chmod(0o755)
    assert detected(project, home, {"PATH": str(programs)}) == ["codex", "opencode", "cursor"]


def test_only_detected_hosts_are_written_when_asked(run, home):
    (home / ".gemini").mkdir()
    assert [one.host for one in run("detected", scope="user")] == ["gemini-cli"]


def test_what_is_configured_is_found_again(run, project, home):
    run(["codex", "claude-code"])
    run(["zed"], scope="user", transport="http")
    (project / ".cursor").mkdir()
    (project / ".cursor" / "mcp.json").write_bytes(BROKEN)
    (project / ".gemini").mkdir()
    (project / ".gemini" / "settings.json").write_text('{"mcpServers": {"other": {}}}')
    found = configured(project, home)
    assert [(one.host, one.scope, one.transport) for one in found] == [
        ("claude-code", "project", "stdio"),
        ("codex", "project", "stdio"),
        ("cursor", "project", None),
        ("zed", "user", "http"),
    ]
    assert "line 4" in found[2].error


def test_directories_named_by_the_environment_are_used(project, home, tmp_path):
    env = {"CODEX_HOME": str(tmp_path / "cx"), "CLAUDE_CONFIG_DIR": str(tmp_path / "cc")}
    outcomes = bootstrap(
        ["codex", "claude-code"],
        transport="stdio",
        scope="user",
        project_dir=project,
        home=home,
        env=env,
    )
    assert {one.path for one in outcomes} == {
        tmp_path / "cx" / "config.toml",
        tmp_path / "cc" / ".claude.json",
    }


def test_the_command_is_the_installed_script_or_the_runner_that_would_fetch_it(tmp_path):
    script = tmp_path / "bin" / "headwater"
    script.parent.mkdir()
    script.write_text("")
    assert command_of(tmp_path, script.parent) == (str(script), "serve")
    cached = Path("/home/me/.cache/uv/archive-v0/abc")
    assert command_of(cached, cached / "bin") == ("uvx", "headwater", "serve")
    pipx = Path("/home/me/.local/share/pipx/.cache/abc")
    assert command_of(pipx, pipx / "bin") == ("pipx", "run", "headwater", "serve")


def test_every_host_of_the_documentation_is_known():
    page = (Path(__file__).parents[2] / "docs" / "hosts.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in page for name in names())


def test_hosts_are_also_known_by_the_names_that_run_gives_them(run):
    assert [one.host for one in run(["claude", "gemini"])] == ["claude-code", "gemini-cli"]
