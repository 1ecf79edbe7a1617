"""Tokens of an identity provider: what is checked, and what they may do. And TLS."""

from __future__ import annotations

import datetime as dt
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import anyio
import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from server_clients import client_with, http_process, lease_s
from test_server_access import post

from headwater import Board
from headwater.operations import access
from headwater.server.http import OAuth
from headwater.server.keys import KeysUnavailable
from headwater.server.oauth import ProviderKeys

AUDIENCE = "https://tasks.example/mcp"
LONG_AGO = 1_000_000_000
FAR_AHEAD = 4_000_000_000
"""Seconds since the epoch."""


class Provider:
    """An authorization server, as far as a resource server sees it: metadata and keys."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = json.dumps(provider.page(self.path)).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def page(self, path: str) -> dict[str, Any]:
        if path == "/.well-known/openid-configuration":
            return {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys"}
        public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**public, "kid": "one", "use": "sig", "alg": "ES256"}]}

    def token(self, key: Any = None, algorithm: str = "ES256", **claims: Any) -> str:
        now = int(time.time())
        full = {
            "iss": self.issuer,
            "aud": AUDIENCE,
            "sub": "agent-7",
            "exp": now + 300,
            "scope": "openid headwater:work",
            **claims,
        }
        kept = {name: value for name, value in full.items() if value is not None}
        return jwt.encode(kept, key or self.key, algorithm, headers={"kid": "one"})


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    found = Provider()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture(scope="module")
def url(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    db = tmp_path_factory.mktemp("oauth") / "board.db"
    with Board.open(db, "leases") as board:
        board.policy(lease_minutes=5)
    oauth = {"issuer": provider.issuer, "audience": AUDIENCE}
    with http_process(db, oauth=oauth, calls_per_second=1000) as (url, _):
        yield url


def test_a_token_of_the_provider_for_this_server_opens_it(provider: Provider, url: str) -> None:
    assert post(url, provider.token())[0] == 200


def test_the_log_says_what_a_token_lacks_that_is_valid(provider: Provider, tmp_path: Path) -> None:
    oauth = {"issuer": provider.issuer, "audience": AUDIENCE}
    with http_process(tmp_path / "board.db", oauth=oauth) as (url, process):
        assert post(url, provider.token(scope="openid"))[0] == 401
        assert post(url, provider.token(headwater_boards="default"))[0] == 401
        process.terminate()
        assert process.stderr is not None
        log = process.stderr.read()
    assert "it has no scope headwater:ROLE" in log
    assert "its headwater_boards names no boards" in log


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "https://other.example/mcp"},
        {"aud": None},
        {"iss": "https://other.example"},
        {"exp": LONG_AGO},
        {"exp": None},
        {"sub": None},
        {"scope": "openid"},
        {"scope": "headwater:root"},
        {"headwater_boards": "default"},
        {"headwater_boards": []},
        {"sub": ""},
        {"sub": "u" * 256},
        {"nbf": FAR_AHEAD},
    ],
    ids=str,
)
def test_a_token_that_is_not_meant_for_this_server_opens_nothing(
    provider: Provider, url: str, claims: dict[str, Any]
) -> None:
    assert post(url, provider.token(**claims))[0] == 401


def test_a_token_signed_by_somebody_else_opens_nothing(provider: Provider, url: str) -> None:
    assert post(url, provider.token(key=ec.generate_private_key(ec.SECP256R1())))[0] == 401
    assert post(url, provider.token(key="s" * 64, algorithm="HS256"))[0] == 401
    unsigned = provider.token().rsplit(".", 1)[0] + "."
    assert post(url, unsigned)[0] == 401


@pytest.mark.parametrize("page", [{}, None], ids=["without keys", "not there"])
def test_while_the_provider_cannot_be_asked_no_token_is_called_wrong(
    tmp_path: Path, page: dict[str, Any] | None
) -> None:
    away = Provider()
    token = away.token()
    oauth = {"issuer": away.issuer, "audience": AUDIENCE}
    if page is None:
        away.server.shutdown()
        away.server.server_close()
    else:
        away.page = lambda path: page  # type: ignore[method-assign]
    with Board.open(tmp_path / "board.db") as board:
        own = access.create(board.store, "ann", "work")[1]
    with http_process(tmp_path / "board.db", oauth=oauth) as (url, _):
        status, body, headers = post(url, token)
        assert (status, body["code"]) == (503, "keys_unavailable")
        assert headers["Retry-After"]
        assert post(url, own)[0] == 200
    if page is not None:
        away.server.shutdown()
        away.server.server_close()


@pytest.mark.timeout(60)
@pytest.mark.parametrize("pause_s", [0, 0.2], ids=["endless", "slow"])
@pytest.mark.parametrize("endless", ["/keys", "/.well-known/openid-configuration"])
def test_a_provider_that_does_not_come_to_an_end_is_not_waited_for(
    provider: Provider, endless: str, pause_s: float
) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            if self.path != endless:
                host = f"http://127.0.0.1:{self.server.server_address[1]}"
                self.wfile.write(json.dumps({"jwks_uri": f"{host}/keys"}).encode())
                return
            with suppress(OSError):
                while True:
                    self.wfile.write(b" " * (1 if pause_s else 65_536))
                    time.sleep(pause_s)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        keys = ProviderKeys(OAuth(f"http://127.0.0.1:{server.server_port}", AUDIENCE))
        with pytest.raises(KeysUnavailable):
            anyio.run(keys.visitor, provider.token())
        server.shutdown()


def test_a_good_token_is_not_called_unknown_when_the_provider_goes_away(tmp_path: Path) -> None:
    """Its streams would else be ended, and its client told to log in where nobody answers."""
    short = (
        "import jwt\n"
        "class Short(jwt.PyJWKClient):\n"
        "    def __init__(self, uri, **more): super().__init__(uri, lifespan=.01, **more)\n"
        "jwt.PyJWKClient = Short\n"
    )
    provider = Provider()
    oauth = {"issuer": provider.issuer, "audience": AUDIENCE}
    with http_process(tmp_path / "board.db", prelude=short, oauth=oauth) as (url, _):
        assert post(url, provider.token())[0] == 200
        provider.server.shutdown()
        provider.server.server_close()
        assert post(url, provider.token())[0] == 503


async def test_its_leases_last_as_long_as_the_board_says(provider: Provider, url: str) -> None:
    board = url.removesuffix("/mcp") + "/leases/mcp"
    async with client_with(provider.token(scope="headwater:plan"), board) as client:
        assert 290 < await lease_s(client) <= 300


def test_the_claims_limit_it_to_boards(provider: Provider, url: str) -> None:
    board = url.removesuffix("/mcp") + "/default/mcp"
    assert post(board, provider.token(headwater_boards=["default"]))[0] == 200
    assert post(board, provider.token(headwater_boards=["elsewhere"]))[0] == 404


def test_who_has_no_token_learns_where_to_get_one(provider: Provider, url: str) -> None:
    status, _, headers = post(url)
    place = 'resource_metadata="https://tasks.example/.well-known/oauth-protected-resource/mcp"'
    assert status == 401
    assert place in headers["WWW-Authenticate"]
    origin = url.removesuffix("/mcp")
    with urlopen(f"{origin}/.well-known/oauth-protected-resource/mcp") as reply:
        told = json.load(reply)
    assert told["resource"] == AUDIENCE
    assert told["authorization_servers"] == [provider.issuer + "/"]
    assert "headwater:work" in told["scopes_supported"]


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    cert_file, key_file = folder / "cert.pem", folder / "key.pem"
    cert_file.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return cert_file, key_file


def test_tls_is_served_with_a_certificate(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    options = {"tls_cert": str(cert), "tls_key": str(key), "open_access": True}
    with http_process(tmp_path / "board.db", host="localhost", **options) as (url, _):
        assert url.startswith("https://localhost:")
        trusting = ssl.create_default_context(cafile=str(cert))
        ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
        request = Request(
            url,
            json.dumps(ping).encode(),
            {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"},
        )
        with pytest.raises(HTTPError, match="400") as refused:
            urlopen(request, context=trusting)  # no such session: but the handshake worked
        refused.value.close()
