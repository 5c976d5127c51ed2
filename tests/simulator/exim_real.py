# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The engine with a real Exim 4 behind it.

Nothing of the machine's own Exim is used but its program: configuration, spool, log and mail are in one temporary folder, which
exim_keeper.py removes however this process ends. Exim runs as `nobody` where we are root, else as the caller: a program that is
given a configuration of somebody's own gives up its privileges by itself. It is started once for each question and never
listens.
"""

from __future__ import annotations

import email
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .exim_engine import (
    CONFIG_PATH,
    UNREACHABLE,
    Delivered,
    EximGone,
    Queued,
    Rejected,
    Rules,
    Verdict,
    distinct,
    line_of,
    moment_of,
    size_of,
)
from .running import Running
from .state import Server

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
INSTALL = "apt-get install --no-install-recommends exim4-daemon-light"
VERSION = "4.96"
_KEEPER = Path(__file__).with_name("exim_keeper.py")
_PATIENCE = 120.0
_ENTRY = re.compile(
    r" *-?\d+[mhd] +(?P<size>[\d.]+[KM]?)? *(?P<msgid>\w{6}-(?:\w{6}-\w{2}|\w{11}-\w{4})) <(?P<sender>.*?)>(?: \(\S+\))?"
    r"(?P<frozen> \*\*\* frozen \*\*\*)?\n(?P<recipients>(?: {8}[ D] .+\n)*)"
)
_FAULT = re.compile(r"Exim configuration error(?: in line (\d+) of \S+?| for .*?)?:\n.*", re.DOTALL)
_STAMP = re.compile(r"\A\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ")
_NAMED = re.compile(r"^\s*(?:hide\s+)?(?:not?_)?primary_hostname\b", re.MULTILINE)
_MSGID = re.compile(r"\w{6}-(?:\w{6}-\w{2}|(?P<long>\w{11}-\w{4}))", re.ASCII)

# No mail can leave the machine: there is one transport, it writes into a folder, and nothing here speaks SMTP, looks a host up
# or starts a program. The three redirecting routers hold mail back or return it, in the words of BEHAVIOUR E. Received: and
# warnings about delays are left out so that sizes and the queue can be foretold; queue_only makes delivery wait for a run.
CONFIG = """\
primary_hostname = {hostname}
spool_directory = {folder}/spool
log_file_path = {folder}/log/%s
exim_user = {uid}
exim_group = {gid}
deliver_drop_privilege
keep_environment =
queue_only
received_header_text =
delay_warning =
acl_not_smtp = submission

OWNER = ${{lookup {{$sender_address_domain}} lsearch {{{folder}/etc/userdomains}}}}
IS_SUSPENDED = ${{lookup {{OWNER}} lsearch {{{folder}/etc/outgoing_mail_suspended_users}} {{yes}} \\
  {{${{lookup {{$sender_address}} lsearch {{{folder}/etc/outgoing_mail_suspended_users}} {{yes}} {{no}}}}}}}}
IS_HELD = ${{lookup {{OWNER}} lsearch {{{folder}/etc/outgoing_mail_hold_users}} {{yes}} \\
  {{${{lookup {{$sender_address}} lsearch {{{folder}/etc/outgoing_mail_hold_users}} {{yes}} {{no}}}}}}}}
SUSPENSION = Domain $sender_address_domain has an outgoing mail suspension.  Message discarded.

begin acl

submission:
  deny condition = IS_SUSPENDED
       message = SUSPENSION
  accept

begin routers

suspended:
  driver = redirect
  condition = IS_SUSPENDED
  allow_fail
  data = :fail: SUSPENSION

held:
  driver = redirect
  condition = IS_HELD
  allow_defer
  data = :defer: Domain $sender_address_domain has an outgoing mail hold.  Message will be reattempted later

unreachable:
  driver = redirect
  domains = {unreachable}
  allow_defer
  data = :defer: This stands for a server that does not answer.

outside:
  driver = accept
  transport = outside

begin transports

outside:
  driver = appendfile
  directory = {folder}/outside
  maildir_format
  return_path_add
  envelope_to_add

begin retry

* * {retry}
"""


def program() -> str | None:
    return shutil.which("exim4", path=PATH) or shutil.which("exim", path=PATH)


def missing() -> str | None:
    """What keeps Exim from being run here and how to change that, or None."""
    found = program()
    if not found:
        return f"exim4-daemon-light not installed; on Debian 12: {INSTALL}"
    with tempfile.NamedTemporaryFile("w") as config:
        config.write("primary_hostname = localhost\n")  # else it would ask the network
        config.flush()
        os.chmod(config.name, 0o644)
        argv = [found, "-C", config.name, "-bV"]
        asked = subprocess.run(
            argv, env={}, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
    version = re.match(r"Exim version (\S+)", asked.stdout)
    if version and version[1] == VERSION:
        return None
    return f"Exim {version[1] if version else '(unknown)'} is here, {VERSION} is needed"


class RealExim(Running):
    """An Engine. `folder` is gone afterwards."""

    def __init__(self, hostname: str = "whm1.example.com", retry: str = "F,1000d,1m") -> None:
        """`retry`: how long mail that cannot be delivered stays. By default it never returns for its age."""
        self.hostname = hostname
        self.retry = retry
        self.folder = Path()
        self.gone = False
        self._users: dict[str, str | None] = {}
        self._keeper: subprocess.Popen[str] | None = None
        self.owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())

    @property
    def config(self) -> Path:
        return self.folder / "exim.conf"

    def start(self) -> None:
        argv = [sys.executable, "-I", str(_KEEPER)]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self._keeper = subprocess.Popen(argv, env={"PATH": PATH}, start_new_session=True, **pipes)
        self.folder = Path(self._keeper.stdout.readline().strip() if self._keeper.stdout else "")
        if not self.folder.is_absolute():
            raise RuntimeError("The keeper of the temporary folder did not start.")
        for name in (".", "etc", "log", "outside", "spool", "spool/input", "check"):
            self._give_away(self.folder / name)
        values = {"uid": self.owner.pw_uid, "gid": self.owner.pw_gid, "unreachable": UNREACHABLE, "retry": self.retry}
        self._write(self.config, CONFIG.format(hostname=self.hostname, folder=self.folder, **values))
        self._obey(Rules())

    def stop(self) -> None:
        """Closing its input tells the keeper to remove everything."""
        if self._keeper is not None:
            self._keeper.communicate()
            self._keeper = None

    def _give_away(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self._own(folder)

    def _own(self, path: Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, self.owner.pw_uid, self.owner.pw_gid)

    def _write(self, path: Path, text: str) -> None:
        """A file that Exim can read, whatever our umask is."""
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        self._own(path)
        path.chmod(0o640)

    def exim(
        self, *arguments: str, data: bytes = b"", config: Path | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """Run Exim to its end. Raises EximGone when it cannot be started."""
        found = None if self.gone else program()
        if not found:
            raise EximGone
        less: dict[str, Any] = {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []}
        return subprocess.run(
            [found, "-C", str(config or self.config), *arguments],
            input=data,
            env={},
            cwd="/",
            capture_output=True,
            check=False,
            timeout=_PATIENCE,
            **(less if os.geteuid() == 0 else {}),
        )

    def begin(self, server: Server) -> None:
        """Take the place of the engine in memory, with the queue that its state began with."""
        exim = server.areas["exim"]
        memory, self.gone = exim.engine, False
        shutil.rmtree(self.folder / "outside", ignore_errors=True)
        self._give_away(self.folder / "outside")
        self.put(memory.messages)
        self.gone = memory.gone
        exim.engine = self

    def __iter__(self) -> Iterator[Queued]:
        """What the control interface shows of it."""
        return iter(self.queue())

    # The configuration

    def check(self, text: str, section: str | None) -> Verdict:
        """`exim -bV` judges a file. The lines that we put in front do not count: a section needs its beginning, and an Exim that
        is not told its name would ask the network for it."""
        front = [] if _NAMED.search(text) else [f"primary_hostname = {self.hostname}"]
        front += [f"begin {section}"] if section else []
        file = self.folder / "check/exim.conf"
        self._write(file, "\n".join([*front, text]))
        done = self.exim("-bV", config=file)
        if done.returncode == 0:
            return Verdict(transcript=done.stdout.decode("utf-8", "replace").replace(str(file), CONFIG_PATH))
        said = done.stderr.decode("utf-8", "surrogateescape").replace(str(file), CONFIG_PATH)
        return _verdict(said, len(front), text)

    # The queue

    def queue(self) -> list[Queued]:
        listed = self.exim("-bp").stdout.decode("utf-8", "replace")
        found = [self._queued(entry) for entry in _ENTRY.finditer(listed)]
        if len(found) != len(re.findall(r"^ *-?\d+[mhd] ", listed, re.MULTILINE)):
            raise RuntimeError(f"Exim's listing cannot be read:\n{listed}")
        return found

    def _queued(self, entry: re.Match[str]) -> Queued:
        msgid = entry["msgid"]
        return Queued(
            msgid=msgid,
            sender=entry["sender"],
            recipients=tuple(line[10:] for line in entry["recipients"].splitlines()),
            size=size_of(entry["size"] or ""),
            time=moment_of(msgid),
            frozen=bool(entry["frozen"]),
            user=self._users.get(msgid),
        )

    def put(self, messages: Sequence[Queued]) -> None:
        """Written as Exim writes them (specification, "Format of spool files"); it does not tell where they come from."""
        for folder in ("input", "msglog", "db"):
            shutil.rmtree(self.folder / "spool" / folder, ignore_errors=True)
        self._give_away(self.folder / "spool/input")
        self._users = {message.msgid: message.user for message in messages}
        for message in messages:
            self._spool(message)

    def _spool(self, message: Queued) -> None:
        known = _MSGID.fullmatch(message.msgid)
        if not known:
            raise ValueError(f"{message.msgid} is no message id of Exim.")
        if known["long"]:  # it would not look at the file
            raise ValueError(f"{message.msgid} is a message id of Exim 4.97 and later; this one is {VERSION}.")
        owner, frozen = self.owner, [f"-frozen {message.time}"] * message.frozen
        head = [f"{message.msgid}-H", f"{owner.pw_name} {owner.pw_uid} {owner.pw_gid}", f"<{message.sender}>"]
        head += [f"{message.time} 0", "-received_protocol local", *frozen, "XX", str(len(message.recipients))]
        files = {"H": "\n".join([*head, *message.recipients, "", ""]), "D": f"{message.msgid}-D\n"}
        for kind, content in files.items():
            path = self.folder / f"spool/input/{message.msgid}-{kind}"
            self._write(path, content)
            if kind == "D":  # Exim counts the empty line after the header too
                os.truncate(path, len(content) + max(message.size - 1, 0))

    def _ids(self) -> set[str]:
        return {path.name[:-2] for path in (self.folder / "spool/input").glob("*-H")}

    # Delivery

    def _obey(self, rules: Rules) -> None:
        """Write the files that Exim looks into."""
        owners = [f"{domain}: {user}" for domain, user in rules.owners.items()]
        lists = {
            "userdomains": owners,
            "outgoing_mail_hold_users": rules.hold,
            "outgoing_mail_suspended_users": rules.suspended,
        }
        for name, lines in lists.items():
            self._write(self.folder / "etc" / name, "".join(f"{line}\n" for line in lines))

    def submit(self, sender: str, recipients: Sequence[str], text: bytes, rules: Rules) -> str:
        self._obey(rules)
        before = self._ids()
        done = self.exim("-oi", "-oep", "-odq", "-f", sender or "<>", "--", *recipients, data=text)
        said = done.stderr.decode("utf-8", "replace").strip()
        if done.returncode:
            raise Rejected(said.rpartition("non-SMTP ACL: ")[2].replace("\n", " "))  # it breaks long lines
        (msgid,) = self._ids() - before
        self._users[msgid] = rules.owner(sender)
        return msgid

    def freeze(self, msgid: str) -> None:
        self.exim("-Mf", msgid)

    def run(self, rules: Rules) -> None:
        self._obey(rules)
        self.exim("-qf")

    def outside(self) -> list[Delivered]:
        return [_delivered(path.read_bytes()) for path in (self.folder / "outside/new").glob("*")]

    def log(self) -> str:
        """What Exim wrote into its log."""
        path = self.folder / "log/main"
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def _verdict(said: str, added: int, text: str) -> Verdict:
    """What Exim said, as if the text began `added` lines earlier."""
    found = _FAULT.search(said)
    error = (found[0] if found else _STAMP.sub("", said)).strip()
    line = max(int(found[1]) - added, 1) if found and found[1] else None
    if found and line:
        error = error.replace(f" in line {found[1]} ", f" in line {line} ", 1)
    return Verdict(error, line, line_of(text, line), f"{error}\n")


def _delivered(content: bytes) -> Delivered:
    message = email.message_from_bytes(content)
    (recipient,) = distinct(name.strip() for name in str(message["Envelope-to"]).split(","))
    failed = {name.strip() for name in str(message["X-Failed-Recipients"] or "").split(",")} - {""}
    return Delivered(str(message["Return-path"]).strip("<>"), recipient, tuple(sorted(failed)))
