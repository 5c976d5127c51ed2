# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A double of a controller's REST API: as much of ``/api/v2`` as the modules of awx.awx need to create, compare and remove.

It keeps what it is sent, refuses what the rules of a controller refuse, hides secrets as a controller does, and writes down every
request that is not a read. No controller was used to make it: paths and answers are what awx.awx 24.6.1 asks for and reads.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from . import rules
from .kit import PROJECT

Item = dict[str, Any]
Answer = tuple[int, Any]

SECRET = "$encrypted$"
TOKEN = "CONTROLLERTOKENQ7Z1"
SINGULAR = {"inventories": "inventory", "workflow_job_template_nodes": "workflow_job_template_node"}
TEMPLATE_KINDS = ("job_templates", "workflow_job_templates", "projects", "inventory_sources")
# What a controller has before anybody uses the kit.
NOT_OURS = ("organizations", "notification_templates", "teams", "users", "roles")
# Roles that somebody may be given for an object.
ROLES = {"workflow_job_templates": ("approval_role", "read_role"), "job_templates": ("read_role",)}
# What is deleted with an object: kind to the field that names it.
BELONGING = {
    "schedules": "unified_job_template",
    "workflow_job_template_nodes": "workflow_job_template",
    "inventory_sources": "inventory",
}


class Refused(Exception):
    """The controller's answer to a bad request."""


class Controller:
    """The state: kind of object, to number, to object."""

    def __init__(self) -> None:
        self.kinds: dict[str, dict[int, Item]] = {}
        self.surveys: dict[int, Item] = {}
        self.links: dict[tuple[str, int, str], list[int]] = {}
        self.roles: dict[tuple[str, int], dict[str, Item]] = {}
        self.writes: list[str] = []
        self.last = 0
        self.lock = threading.Lock()
        self.default = self.add("organizations", {"name": "Default"})["id"]

    def names(self) -> dict[str, list[str]]:
        """What there is, by kind."""
        found = {
            kind: sorted(item.get("name") or item.get("identifier", "") for item in items.values())
            for kind, items in self.kinds.items()
            if items
        }
        return {kind: names for kind, names in found.items() if kind not in NOT_OURS}

    def one(self, kind: str, name: str) -> Item:
        (item,) = [row for row in self.kinds[kind].values() if name in (row.get("name"), row.get("identifier"))]
        return item

    def linked(self, kind: str, number: int, field: str) -> list[int]:
        return self.links.get((kind, number, field), [])

    def handle(self, method: str, target: str, body: Item) -> Answer:
        """One request; (status, answer)."""
        url = urlsplit(target)
        parts = url.path.strip("/").split("/")[2:]
        if method != "GET":
            self.writes.append(f"{method} {'/'.join(parts)}")
        try:
            if len(parts) == 1:
                return self._collection(method, parts[0], dict(parse_qsl(url.query)), body)
            if int(parts[1]) not in self.kinds.get(parts[0], {}):
                return 404, {"detail": "Not found."}
            if len(parts) == 2:
                return self._object(method, parts[0], int(parts[1]), body)
            return self._below(method, parts[0], int(parts[1]), parts[2], body)
        except Refused as refused:
            return 400, {"detail": str(refused), "error": str(refused)}

    def _collection(self, method: str, kind: str, query: Mapping[str, str], body: Item) -> Answer:
        if method == "POST":
            return 201, self._shown(kind, self.add(kind, body))
        kinds = TEMPLATE_KINDS if kind == "unified_job_templates" else (kind,)
        items = [(name, item) for name in kinds for item in self.kinds.get(name, {}).values()]
        found = [self._shown(name, item) for name, item in items if fits(item, query)]
        return 200, listing(found)

    def _object(self, method: str, kind: str, number: int, body: Item) -> Answer:
        item = self.kinds[kind][number]
        if method == "DELETE":
            self._delete(kind, number)
            return 204, None
        if method == "PATCH":
            check(kind, {**item, **body})
            item.update(self._kept(kind, item, body))
        return 200, self._shown(kind, item)

    def _below(self, method: str, kind: str, number: int, field: str, body: Item) -> Answer:
        if field == "survey_spec":
            if method == "POST":
                refuse(rules.survey(body))
                self.surveys[number] = body
            return 200, self.surveys.get(number, {})
        if field == "create_approval_template":
            approval = self.add("workflow_approval_templates", body)
            self.kinds[kind][number]["unified_job_template"] = approval["id"]
            return 201, self._shown("workflow_approval_templates", approval)
        ids = self.links.setdefault((kind, number, field), [])
        if method == "GET":
            return 200, listing([{"id": one} for one in ids])
        (ids.remove if body.get("disassociate") else ids.append)(body["id"])
        return 204, None

    def add(self, kind: str, body: Item) -> Item:
        check(kind, body)
        self.last += 1
        item = {"id": self.last, **body, "type": SINGULAR.get(kind, kind.removesuffix("s"))}
        self.kinds.setdefault(kind, {})[self.last] = item
        if kind in ROLES:
            self.roles[kind, item["id"]] = {name: self.add("roles", {"name": name}) for name in ROLES[kind]}
        return item

    def given(self, kind: str, number: int, role: str, to: str) -> list[int]:
        """Who has a role for an object.

        :param to: teams or users.
        """
        return self.linked("roles", self.roles[kind, number][role]["id"], to)

    def _kept(self, kind: str, item: Item, body: Item) -> Item:
        """A secret that is sent back as it was shown stays what it is."""
        if kind != "credentials" or "inputs" not in body:
            return body
        inputs = {key: item["inputs"][key] if value == SECRET else value for key, value in body["inputs"].items()}
        return {**body, "inputs": inputs}

    def _delete(self, kind: str, number: int) -> None:
        if kind == "credential_types" and any(
            item["credential_type"] == number for item in self.kinds.get("credentials", {}).values()
        ):
            raise Refused("Credential types that are in use cannot be deleted")
        del self.kinds[kind][number]
        for other, field in BELONGING.items():
            for owned in [row for row, item in self.kinds.get(other, {}).items() if item.get(field) == number]:
                self._delete(other, owned)
        if kind == "workflow_job_template_nodes":
            self.kinds.get("workflow_approval_templates", {}).clear()

    def _shown(self, kind: str, item: Item) -> Item:
        url = f"/api/v2/{kind}/{item['id']}/"
        related = {"survey_spec": f"{url}survey_spec/"}
        roles = {name: {"id": role["id"]} for name, role in self.roles.get((kind, item["id"]), {}).items()}
        shown = {**item, "url": url, "related": related, "summary_fields": {"object_roles": roles}}
        if kind == "workflow_job_template_nodes" and "unified_job_template" in item:
            approval = item["unified_job_template"] in self.kinds.get("workflow_approval_templates", {})
            target = "workflow_approval_templates" if approval else "unified_job_templates"
            related["unified_job_template"] = f"/api/v2/{target}/{item['unified_job_template']}/"
        if kind == "projects":
            shown["scm_revision"] = "0" * 40
        if kind == "credentials" and "inputs" in item:
            fields = self.kinds["credential_types"][item["credential_type"]]["inputs"]["fields"]
            secret = {field["id"] for field in fields if field.get("secret")}
            shown["inputs"] = {key: SECRET if key in secret else value for key, value in item["inputs"].items()}
        return shown


def fits(item: Item, query: Mapping[str, str]) -> bool:
    return all(str(item.get(key)) == value for key, value in query.items())


def listing(results: list[Item]) -> Item:
    return {"count": len(results), "next": None, "results": results}


def refuse(problems: list[str]) -> None:
    if problems:
        raise Refused("; ".join(problems))


def playbook(item: Item) -> list[str]:
    file = PROJECT / item["playbook"]
    good = file.is_file() and rules.lists_as_playbook(file.read_text(encoding="utf-8"))
    return [] if good else [f"Playbook {item['playbook']} not found for project."]


CHECKS: dict[str, Callable[[Item], list[str]]] = {
    "credential_types": lambda item: rules.credential_type(item["inputs"], item["injectors"]),
    "schedules": lambda item: rules.rrule(item["rrule"]),
    "job_templates": playbook,
}


def check(kind: str, item: Item) -> None:
    """Refuse what a controller refuses."""
    refuse(CHECKS.get(kind, lambda _item: [])(item))


# HTTP -------------------------------------------------------------------------------------------------------------------------


class Handler(BaseHTTPRequestHandler):
    controller: Controller
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "{}")
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            status, answer = 401, {"detail": "Authentication credentials were not provided."}
        elif not re.match(r"/api/v2/.*", self.path):
            status, answer = 404, {}
        else:
            with self.controller.lock:
                status, answer = self.controller.handle(self.command, self.path, body)
        data = b"" if answer is None else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("X-API-Product-Name", "AWX")
        self.send_header("X-API-Product-Version", "24.6.1")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815  (names that the server looks for)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the name that the server gives it)
        """Say nothing: the requests are in ``writes``."""


@contextmanager
def serving(controller: Controller) -> Iterator[str]:
    """The URL of the controller while it listens."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"controller": controller}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
