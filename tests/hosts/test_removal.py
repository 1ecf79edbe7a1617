"""`bootstrap --remove`: what bootstrap wrote goes, and the file is as it was."""

import json

import pytest

from headwater.errors import BadRequest
from headwater.hosts import bootstrap, claude_hooks, configured, hooked, names, remove
from headwater.hosts.host import Connection, Place
from headwater.hosts.known import HOSTS

TOML = {host.name for host in HOSTS if host.format == "toml"}
JSONS = [
    "",
    "{}",
    "{ }",
    "{\n}\n",
    "// nothing yet\n",
    '{"theme":"dark"}',
    '{\n\t"theme": "dark", // at night\n\t/* later: "more" */\n}\n',
    '{\r\n  "theme": "dark"\r\n}\r\n',
    '\ufeff{\n  "theme": "dark"\n}',
    '{\n  "KEY": {}\n}\n',
    '{\n  "KEY": {\n    // mine\n  },\n  "x": 1\n}\n',
    '{\n  "KEY": {\n    "other": {"command": "x"}, // theirs\n  },\n}\n',
    '{"KEY": {"other": {"command": "x"}}}',
    '{\n  "inputs": [{"id": "mine"}], // asked for\n  "KEY": {"other": {"command": "x"}}\n}\n',
]
TOMLS = [
    "",
    "# nothing yet\n",
    'model = "o"',
    'model = "o" # fast\n\n\n',
    'model = "o"\r\n\r\n[x]\r\ny = 1\r\n',
    "[mcp_servers]\n\n# the next\n[z]\nq = 1\n",
    '[mcp_servers.other]\ncommand = "x" # theirs\n\n# the next\n[z]\nq = 1\n',
    '[mcp_servers]\nother = {command = "x"}\n[z]\nq = 1\n',
    "mcp_servers = {}\n",
    'mcp_servers = {other = {command = "x"}}\n',
]
CONNECTIONS = {
    "stdio": {"transport": "stdio"},
    "http": {"transport": "http"},
    "token": {"transport": "http", "url": "https://t.example/b/mcp", "token_env": "TD"},
}
FILES = [
    pytest.param(host, text, id=f"{host.name}-{number}")
    for host in HOSTS
    for number, text in enumerate(TOMLS if host.name in TOML else JSONS)
]


@pytest.fixture
def place(tmp_path):
    (tmp_path / "project").mkdir()
    (tmp_path / "home").mkdir()
    return Place(tmp_path / "project", tmp_path / "home", "linux", {})


@pytest.fixture
def put(place):
    def call(hosts, scope="user", **options):
        wanted = {"transport": "stdio", "command": ["headwater", "serve"]} | options
        return bootstrap(hosts, scope=scope, project_dir=place.project, home=place.home, **wanted)

    return call


@pytest.fixture
def take(place):
    def call(hosts="all", scope="user", **options):
        return remove(hosts, scope=scope, project_dir=place.project, home=place.home, **options)

    return call


def written(host, place, text):
    """The user's file of that host, with `text` in it."""
    path = host.user(place)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.replace("KEY", host.path[0]).encode())
    return path


@pytest.mark.parametrize("connection", ["stdio", "token"])
@pytest.mark.parametrize(("host", "text"), FILES)
def test_a_file_is_byte_for_byte_as_before(put, take, place, host, text, connection):
    path = written(host, place, text)
    before = path.read_bytes()
    [made] = put([host.name], **CONNECTIONS[connection])
    [gone] = take([host.name])
    assert path.read_bytes() == before
    assert (made.action, gone.action) in {("updated", "removed"), ("skipped", "unchanged")}
    if gone.action == "removed":
        assert "headwater" in gone.backup.read_text(encoding="utf-8")
    [again] = take([host.name])
    assert (again.action, again.backup, again.note) == ("unchanged", None, "")


@pytest.mark.parametrize("connection", CONNECTIONS)
@pytest.mark.parametrize("scope", ["user", "project"])
@pytest.mark.parametrize("name", names())
def test_a_file_that_bootstrap_made_is_gone(put, take, place, name, scope, connection):
    options = CONNECTIONS["stdio"] | {"hooks": True} if connection == "stdio" else {}
    made = put([name], scope, **(options or CONNECTIONS[connection]))
    [gone, *hooks] = take([name], scope)
    assert {one.action for one in [gone, *hooks]} <= {"removed", "skipped", "unchanged"}
    assert (gone.action == "removed") == (made[0].action == "created")
    assert configured(place.project, place.home, {}) == []
    assert hooked(place.project, place.home, {}) == []
    for one in made:
        assert one.path is None or not one.path.exists()


@pytest.mark.parametrize("name", names())
def test_what_the_user_wrote_since_stays(put, take, place, name):
    host = next(host for host in HOSTS if host.name == name)
    path = host.user(place)
    put([name])
    put([name], command=["uvx", "headwater", "serve"])
    text = path.read_text()
    mine = "# mine\n" if name in TOML else "// mine\n"
    path.write_text(mine + text)
    assert take([name])[0].action == "removed"
    assert path.read_text().replace("{}\n", "") == mine


def test_comments_and_tables_behind_the_entry_stay(put, take, place):
    host = next(host for host in HOSTS if host.name == "codex")
    path = written(host, place, 'model = "o"\n')
    put(["codex"])
    behind = '\n# about the other\n[mcp_servers.other]\ncommand = "x"\n'
    path.write_text(path.read_text() + "[mcp_servers.headwater.tools.claim]\nx = 1\n" + behind)
    take(["codex"])
    assert path.read_text() == 'model = "o"\n' + behind


@pytest.mark.parametrize(
    "text",
    [
        'mcp_servers.headwater.url = "http://h/mcp"\nmcp_servers.headwater.x.y = 1\n',
        '[mcp_servers]\nheadwater = {command = "h", env = {HEADWATER_AGENT = "codex"}}\n',
        'mcp_servers = {headwater = {url = "http://127.0.0.1:8765/mcp"}}\n',
    ],
)
def test_an_entry_that_somebody_wrote_otherwise_in_toml_goes_too(take, place, text):
    host = next(host for host in HOSTS if host.name == "codex")
    path = written(host, place, 'model = "o"\n' + text)
    assert take(["codex"])[0].action == "removed"
    assert path.read_text().startswith('model = "o"\n')
    assert "headwater" not in path.read_text().lower()


def test_comments_beside_the_entry_stay_in_json(put, take, place):
    host = next(host for host in HOSTS if host.name == "cursor")
    path = written(host, place, '{"x": 1}')
    put(["cursor"])
    path.write_text('{\n  "mcpServers": {\n    // servers\n    "headwater": ' + json.dumps(
        json.loads(path.read_text())["mcpServers"]["headwater"]) + "\n  }\n}\n")  # fmt: skip
    take(["cursor"])
    assert path.read_text() == '{\n  "mcpServers": {\n    // servers\n  }\n}\n'


@pytest.mark.parametrize(
    "entry",
    [
        {"command": "other-headwater", "args": []},
        {"url": "https://headwater.example/api"},
        {"command": "x", "env": {"TOKEN": "private"}},
        "a word",
        [],
    ],
)
@pytest.mark.parametrize("name", names())
def test_somebody_elses_entry_of_the_name_is_left_and_named(take, place, name, entry):
    host = next(host for host in HOSTS if host.name == name)
    if name in TOML:
        inline = json.dumps(entry).replace('": ', '" = ')
        text = f"{host.path[0]} = {{headwater = {inline}}}\n"
    else:
        text = json.dumps({host.path[0]: {"headwater": entry}})
    path = written(host, place, text)
    [outcome] = take([name])
    assert outcome.action == "skipped"
    assert f'"{host.path[0]}.headwater" is not as bootstrap writes it, and was left' in outcome.note
    assert "private" not in outcome.note
    assert path.read_text() == text


def test_printing_tells_what_would_go_and_changes_nothing(put, take, place):
    kept = written(HOSTS[0], place, '{"secret": "private"}')
    put("all")
    before = {path: path.read_bytes() for path in place.home.rglob("*") if path.is_file()}
    outcomes = {one.host: one for one in take(print_only=True)}
    assert {path: path.read_bytes() for path in before} == before
    assert {one.action for one in outcomes.values()} == {"printed"}
    assert outcomes["claude-code"].path == kept
    assert outcomes["claude-code"].note == "takes Headwater's entry out"
    assert outcomes["zed"].note == "deletes the file: it holds nothing else"
    assert not any("private" in str(one) for one in outcomes.values())


def test_a_file_that_does_not_parse_is_left_alone_and_the_others_go_on(put, take, place):
    put(["codex", "cursor"])
    broken = written(HOSTS[0], place, '{"mcpServers": ')
    outcomes = {one.host: one for one in take()}
    assert outcomes["claude-code"].action == "failed"
    assert "line 1, column" in outcomes["claude-code"].error
    assert "left as it is" in outcomes["claude-code"].error
    assert "take it out yourself" in outcomes["claude-code"].error
    assert broken.read_text() == '{"mcpServers": '
    assert outcomes["codex"].action == outcomes["cursor"].action == "removed"


def test_the_hooks_go_with_the_entry_and_others_stay(put, take, place):
    path = claude_hooks.file("user", place)
    path.parent.mkdir(parents=True)
    before = '{\n  "hooks": { /* none */ },\n  "model": "opus" // mine\n}\n'
    path.write_text(before)
    put(["claude-code"], hooks=True)
    entry, hooks = take(["claude-code"])
    assert (entry.action, hooks.action, hooks.path) == ("removed", "removed", path)
    assert path.read_text() == before
    assert [one.action for one in take(["claude-code"])] == ["unchanged"]


def test_an_entry_in_the_other_scope_is_pointed_out(put, take, place):
    put(["claude-code"], "user")
    [outcome] = take(["claude-code"], "project")
    assert outcome.action == "unchanged"
    assert outcome.note == f"{HOSTS[0].user(place)} has it: --scope user"


def test_a_link_to_a_file_that_is_empty_now_is_not_left_dangling(put, take, place):
    path = HOSTS[0].user(place)
    target = place.home / "dotfiles.json"
    put(["claude-code"])
    path.rename(target)
    path.symlink_to(target)
    assert take(["claude-code"])[0].action == "removed"
    assert json.loads(path.read_text()) == {}


def test_a_file_that_was_empty_before_it_had_the_entry_is_kept_after_a_change(put, take, place):
    path = written(HOSTS[0], place, "{}")
    put(["claude-code"])
    path.write_text(path.read_text().replace("serve", "serve --board"))
    take(["claude-code"])
    assert json.loads(path.read_text()) == {}


def test_opencodes_newer_layout_keeps_its_own_table(put, take, place):
    path = next(host for host in HOSTS if host.name == "opencode").project(place)
    path.write_text('{"mcp": {"servers": {}}}')
    put(["opencode"], "project")
    path.write_text(path.read_text() + "\n")
    take(["opencode"], "project")
    assert path.read_text() == '{"mcp": {"servers": {}}}\n'


def test_the_token_prompt_goes_from_a_file_that_changed_since(put, take, place):
    host = next(host for host in HOSTS if host.name == "vscode")
    path = written(host, place, '{\n  "inputs": [{ "id": "mine" }]\n}\n')
    put(["vscode"], **CONNECTIONS["token"])
    path.write_text("// a word\n" + path.read_text())
    take(["vscode"])
    assert "".join(path.read_text().split()) == '//aword{"inputs":[{"id":"mine"}]}'


def test_the_ready_made_entries_are_known_again(take, place):
    """What was copied from host-configs/ by hand."""
    from headwater.hosts import merge

    for host in HOSTS:
        text = merge.snippet(host, Connection("stdio"))
        path = written(host, place, text)
        assert take([host.name])[0].action == "removed"
        assert not path.exists()


def test_an_unknown_host_is_refused(take):
    with pytest.raises(BadRequest, match="netscape"):
        take(["netscape"])
