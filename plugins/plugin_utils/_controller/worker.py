# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What makes a task cost about what ``debug`` costs: all that outlives a task, in one place.

Ansible forks a worker from its main process for each host and task. What is imported, read and decided in the main process is there
in every worker; what is not, each of them does anew. A worker serves one task for one host, the items of a loop among them: these
share a connection. So, in the main process: import all modules, read the bundle of certificates, ask what Ansible will ask, and tell
the collector to leave all of it alone. In a worker: keep the connection, and notice when nobody waits any more.
"""

from __future__ import annotations

import gc
import importlib
import os
import pkgutil
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence, Set
from contextlib import contextmanager, suppress
from typing import Any

import ansible.constants
from ansible.plugins.loader import action_loader, connection_loader
from ansible_collections.whm.mail.plugins.module_utils._state.connection import (
    build_client,
    build_transport,
    connection_spec,
)
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client, Login
from ansible_collections.whm.mail.plugins.module_utils._whm.https import REQUESTS_IMPORT_ERROR, VARIABLES, preload
from ansible_collections.whm.mail.plugins.module_utils._whm.transport import Transport

MODULES = "ansible_collections.whm.mail.plugins.modules"

#: Connections of this worker process: (process, options) to transport.
_transports: dict[tuple[Any, ...], Transport] = {}

#: The same for what servers said of the logins: where one was refused, the next item of the loop must not try again.
_logins: dict[tuple[Any, ...], Login] = {}

#: Process to the parent that it had when it began.
_parents: dict[int, int] = {}


def prepare() -> None:
    """In the main process, before it forks."""
    if not REQUESTS_IMPORT_ERROR:
        preload()
    # The collection loader compiles sources at every import: a worker would do so for each task.
    for module in pkgutil.iter_modules(importlib.import_module(MODULES).__path__):
        with suppress(Exception):  # told in the task that uses it
            importlib.import_module(f"{MODULES}.{module.name}")
    # Ansible asks these, too, for each task of a module, whether they are needed or not.
    action_loader.get("ansible.legacy.normal", class_only=True)
    with suppress(Exception):  # told where it matters
        connection_loader.get(ansible.constants.DEFAULT_TRANSPORT, class_only=True)  # type: ignore[attr-defined]
    importlib.import_module(
        "decimal"
    )  # a callback of Ansible would load it later, and what Python learns here were forgotten
    # Python remembers which types are mappings and which are not; the first question walks through every class that it knows.
    values: tuple[object, ...] = (None, True, 0, 0.0, "", b"", [], (), {}, set())
    for kind in (Iterable, Mapping, MutableMapping, Sequence, Set):
        for value in values:
            isinstance(value, kind)
    # All that is loaded by now stays until the end. The collector need not walk through it again in each worker: over results
    # for thousands of accounts that takes longer than the module itself.
    gc.freeze()


def begin() -> None:
    """Once in each worker: remember the parent, and keep the collector from walking through all that came from there."""
    if os.getpid() not in _parents:
        _parents[os.getpid()] = os.getppid()
        gc.freeze()


def _parent_lives() -> bool:
    """Whether this worker still has the parent that it began with.

    Ctrl-C and SIGTERM are handed to workers; a parent that is killed by SIGKILL, or for want of memory, leaves them running.
    """
    return _parents.get(os.getpid()) == os.getppid()


@contextmanager
def kept_client(params: Mapping[str, Any], read_only: bool) -> Iterator[Client]:
    """A client whose connection is kept for the next item of a loop. Never shared by tasks with other options or hosts."""
    options = (str(params[option]) for option in connection_spec())
    key = (os.getpid(), *options, *map(os.environ.get, VARIABLES))
    if key not in _transports:
        _transports[key] = build_transport(params)
    client = build_client(params, _transports[key], read_only)
    client.login = _logins.setdefault(key, client.login)
    client.wanted = _parent_lives
    try:
        client.confirm()  # one item of a loop may have asked for something that the login may not do; others may
        yield client
    except BaseException as exc:
        if not isinstance(exc, Exception):  # interrupted half way through: threads may still use it
            _transports.pop(key).close()
        raise
