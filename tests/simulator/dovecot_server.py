# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Dovecot of one's own: its configuration, its start and its end. Nothing of the machine's own Dovecot is used but its programs.

All files are in one short temporary folder, which only has sockets and one port on the loopback interface to the outside. As root,
mail belongs to `nobody`, because Dovecot does not run mail processes as root; else everything runs as the caller.
"""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Self

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Nothing of the caller's settings; times in search queries are those of the server's zone.
ENVIRONMENT = {"PATH": PATH, "TZ": "UTC", "LC_ALL": "C.UTF-8"}
PASSWORD = "secret"  # (of accounts that exist for seconds, on the loopback interface)
INSTALL = "apt-get install --no-install-recommends dovecot-core dovecot-imapd"
_KEEPER = Path(__file__).with_name("dovecot_keeper.py")
_LIBRARIES = ("/usr/lib/dovecot", "/usr/libexec/dovecot", "/usr/local/libexec/dovecot")
_PATIENCE = 30.0


def missing() -> str | None:
    """What keeps Dovecot from being run here and how to change that, or None."""
    packages = []
    if not shutil.which("dovecot", path=PATH) or not shutil.which("doveadm", path=PATH):
        packages.append("dovecot-core")
    if not any(Path(folder, "imap").exists() for folder in _LIBRARIES):
        packages.append("dovecot-imapd")
    if packages:
        return f"{' and '.join(packages)} not installed; on Debian 12: {INSTALL}"
    asked = subprocess.run(["dovecot", "--version"], env=ENVIRONMENT, capture_output=True, text=True, check=False)
    version = asked.stdout.strip()
    return None if version.startswith("2.3.") else f"Dovecot {version or '(unknown)'} is here, 2.3 is needed"


class Dovecot:
    """A context manager. `folder` is gone afterwards, and so is everything that was started, however this process ends.

    This file needs no other of the simulator: any Python runs it by itself.
    """

    host = "127.0.0.1"

    def __init__(self) -> None:
        self.folder = Path()
        self.port = 0
        self._keeper: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_problem: object) -> None:
        self.stop()

    @property
    def config(self) -> Path:
        return self.folder / "dovecot.conf"

    @property
    def homes(self) -> Path:
        return self.folder / "mail"

    @property
    def owner(self) -> pwd.struct_passwd:
        return pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())

    def start(self) -> None:
        # Sockets have short names, so not below TMPDIR; and the owner of the mail must get in.
        self.folder = Path(tempfile.mkdtemp(prefix="whm-dovecot-", dir="/tmp"))
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        # The keeper comes first: from now on the folder goes away with this process.
        argv = [sys.executable, "-I", str(_KEEPER), str(self.folder)]
        self._keeper = subprocess.Popen(argv, env=ENVIRONMENT, stdin=subprocess.PIPE, start_new_session=True)
        self.folder.chmod(0o711)
        self.homes.mkdir()
        self.give_away(self.homes)
        self.port = free_port()
        half = self.config.with_suffix(".half")
        half.write_text(self.settings(), encoding="utf-8")
        half.replace(self.config)
        deadline = time.monotonic() + _PATIENCE
        while not self._listens():
            if self._keeper.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Dovecot did not start: {self.log()[-2000:]}")
            time.sleep(0.02)

    def _listens(self) -> bool:
        try:
            socket.create_connection((self.host, self.port), timeout=1).close()
        except OSError:
            return False
        return (self.folder / "run/auth-userdb").exists()

    def stop(self) -> None:
        """Closing its input tells the keeper to end everything."""
        if self._keeper is not None:
            self._keeper.communicate()
            self._keeper = None
        shutil.rmtree(self.folder, ignore_errors=True) if self.folder.name else None

    def log(self) -> str:
        log = self.folder / "log"
        return log.read_text(encoding="utf-8", errors="replace") if log.is_file() else "it has no log"

    def settings(self) -> str:
        """dovecot.conf. Separator, prefix and Maildir++ are those of cPanel accounts (BEHAVIOUR E, names of mailboxes)."""
        owner = self.owner
        rootless = f"""
default_internal_user = {owner.pw_name}
default_internal_group = {grp.getgrgid(owner.pw_gid).gr_name}
default_login_user = {owner.pw_name}
service anvil {{
  chroot =
}}
"""
        return f"""\
base_dir = {self.folder}/run
state_dir = {self.folder}/state
log_path = {self.folder}/log
instance_name = whm-simulator
protocols = imap
listen = {self.host}
ssl = no
disable_plaintext_auth = no
auth_username_chars =
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:~/mail
mail_always_cache_fields = date.save
mail_fsync = never
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={owner.pw_uid} gid={owner.pw_gid} home={self.homes}/%u
}}
namespace inbox {{
  inbox = yes
  separator = .
  prefix = INBOX.
}}
service imap-login {{
  {"" if os.geteuid() == 0 else "chroot ="}
  inet_listener imap {{
    port = {self.port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
{"" if os.geteuid() == 0 else rootless}"""

    def give_away(self, path: Path) -> None:
        """To the owner of all mail."""
        if os.geteuid() == 0:
            os.chown(path, self.owner.pw_uid, self.owner.pw_gid)

    def doveadm(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        argv = ["doveadm", "-c", str(self.config), *arguments]
        return subprocess.run(argv, env=ENVIRONMENT, cwd="/", capture_output=True, text=True, check=False, timeout=120)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
