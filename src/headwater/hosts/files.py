"""Read and replace a config file so that nothing of the user's is ever lost.

A change is written to a temporary file beside it and moved into place; the old bytes stay in
`FILE.headwater-backup` (numbered where that name holds other bytes). Symbolic links are followed,
permissions, byte order mark and line ends kept.
"""

from __future__ import annotations

import codecs
import os
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from headwater.errors import Conflict
from headwater.hosts.json_edit import ConfigShape
from headwater.hosts.jsonc import ConfigSyntaxError

BACKUP_SUFFIX = ".headwater-backup"
_TRY_AGAIN = "close the host, then run the command again"


class ConfigChanged(Conflict):
    """The config file changed while it was being edited; it was left as it is."""

    code = "config_changed"


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A config file as it was read."""

    path: Path
    """The real file, behind any symbolic link."""
    original: bytes | None
    """None where there is no file yet."""
    text: str
    bom: bool


def is_there(path: Path) -> bool:
    """Whether that exists, as far as this user may look. Never raises, as `Path.exists` may."""
    return os.access(path, os.F_OK)


def read(path: Path) -> ConfigFile:
    """The file's text, empty where there is none.

    Raises `ConfigShape` for what is no file (a pipe, a device), `ConfigSyntaxError` for bytes that
    are not UTF-8 and `OSError` for what cannot be read.
    """
    real = Path(os.path.realpath(path))
    try:
        if not stat.S_ISREG(real.stat().st_mode):  # a pipe would keep its reader waiting
            raise ConfigShape(f"{real} is no regular file")
        original = real.read_bytes()
    except FileNotFoundError:
        return ConfigFile(real, None, "", bom=False)
    bom = original.startswith(codecs.BOM_UTF8)
    body = original.removeprefix(codecs.BOM_UTF8)
    try:
        return ConfigFile(real, original, body.decode("utf-8"), bom=bom)
    except UnicodeDecodeError as error:
        before = body[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        raise ConfigSyntaxError("not UTF-8 text", line=line, column=column) from error


def replace(file: ConfigFile, text: str) -> Path | None:
    """Write `text` in the file's place; the backup's path, or None where there was no file.

    Raises `ConfigChanged` when somebody else wrote the file since it was read, and `OSError`.
    """
    encoded = (codecs.BOM_UTF8 if file.bom else b"") + text.encode("utf-8")
    file.path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(
        prefix=f".{file.path.name}.", suffix=".tmp", dir=file.path.parent
    )
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(encoded)
            stream.flush()
            os.fsync(stream.fileno())
        _give_as(file, temporary)
        if read(file.path).original != file.original:
            raise ConfigChanged(next=_TRY_AGAIN)
        backup = _back_up(file)
        temporary.replace(file.path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return backup


def delete(file: ConfigFile) -> Path | None:
    """Take the file away; the backup's path. Raises as `replace` does."""
    if read(file.path).original != file.original:
        raise ConfigChanged(next=_TRY_AGAIN)
    backup = _back_up(file)
    file.path.unlink()
    return backup


def backups(path: Path) -> list[Path]:
    """What `replace` and `delete` kept of that file, the oldest first."""
    found: list[Path] = []
    while os.path.lexists(backup := _backup_name(path, len(found))):
        found.append(backup)
    return found


def _give_as(file: ConfigFile, made: Path) -> None:
    """The file's permissions, and its owner, if somebody else runs this (`sudo`); a new file is its
    owner's only, for hosts put secrets beside us."""
    if file.original is None:
        made.chmod(0o600)
        return
    found = file.path.stat()
    with suppress(PermissionError):
        os.chown(made, found.st_uid, found.st_gid)
    made.chmod(found.st_mode & 0o7777)


def _back_up(file: ConfigFile) -> Path | None:
    """Keep the old bytes; a backup that holds the same bytes already is enough."""
    if file.original is None:
        return None
    number = 0
    while True:
        backup = _backup_name(file.path, number)
        if not os.path.lexists(backup):
            _keep(file, file.original, backup)
            return backup
        if backup.is_file() and backup.read_bytes() == file.original:
            return backup
        number += 1


def _keep(file: ConfigFile, original: bytes, backup: Path) -> None:
    """Write the old bytes: for nobody else's eyes until they have the file's permissions, and not
    through a link that somebody makes there meanwhile."""
    descriptor = os.open(backup, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(original)
        _give_as(file, backup)
    except BaseException:
        backup.unlink(missing_ok=True)
        raise


def _backup_name(path: Path, number: int) -> Path:
    return path.with_name(path.name + BACKUP_SUFFIX + (f".{number}" if number else ""))
