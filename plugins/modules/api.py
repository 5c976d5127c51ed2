#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: api
short_description: Call any WHM API 1 function
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Calls one function of WHM API 1 and returns what it returned. For functions that have no module of their own.
  - Refuses functions that write, or that this collection does not know to be reads, unless O(write=true).
  - Knows nothing of the state behind the function. A write reports changed every time, use C(changed_when) to say more.
  - Fails when all of what the answer tells about has failed, also where a function calls that a success, as those do that tell of
    each domain or each command of a C(batch) by itself. What failed beside something that worked is a warning.
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.connection
attributes:
  check_mode:
    support: partial
    details:
      - A write is not sent in check mode. It is reported as changed because its effect is not known.
  diff_mode:
    support: none
  idempotent:
    support: none
    details:
      - The function is called every time.
options:
  function:
    description:
      - Name of the function.
    type: str
    required: true
  params:
    description:
      - Its parameters. Booleans are sent as 1 and 0, a list as a repeated parameter.
    type: dict
    default: {}
  write:
    description:
      - Allow a function that writes.
    type: bool
    default: false
  include_secrets:
    description:
      - Return the answer as it is. Without it, what looks like a secret is masked in it, by the name of its key or by its form. These
        are passwords, private keys, tokens, hashes of passwords, and URLs that let somebody in. A warning says how many there were.
      - A function that makes a secret, such as C(api_token_create), tells it only once. Set this before you call it, and set
        C(no_log) on the task.
    type: bool
    default: false
    version_added: 0.1.0
notes:
  - Which functions only read is known from the vendor's reference, not from their names. Others need O(write=true) although they may
    only read.
  - Whether a call through C(batch), C(cpanel) or C(uapi_cpanel) writes is decided by the call that it carries. A call of cPanel API 1
    counts as one that writes.
  - Whatever the server says beside its verdict is a warning, what C(uapi_cpanel) and C(cpanel) bring from UAPI among it.
  - A write whose answer is lost is not sent again. The task fails and says that the outcome is not known.
  - "With O(transport=cli) parameters stand on the command line, where other users of the server can see them. Those whose names say that
    they are secret are kept off it."
"""

EXAMPLES = r"""
- name: Which version runs there
  whm.mail.api:
    function: version
  register: answer

- name: Limit an account to 200 messages an hour
  whm.mail.api:
    function: modifyacct
    params:
      user: alice
      MAX_EMAIL_PER_HOUR: 200
    write: true
"""

RETURN = r"""
data:
  description: What the function returned, secrets masked unless O(include_secrets=true). Null when it returned nothing, and for a write in check mode.
  returned: success
  type: raw
  sample: {version: 11.138.0.6}
metadata:
  description: The envelope's metadata. Empty for a write in check mode.
  returned: success
  type: dict
  sample: {command: version, reason: OK, result: 1, version: 1}
error:
  description: What failed, with kind, function, reason, host and http_status.
  returned: on failure
  type: dict
  sample: {kind: refusal, function: modifyacct, reason: No such user, host: "whm1.example.com:2087", http_status: 200}
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import Params, TaskModule
from ansible_collections.whm.mail.plugins.module_utils._whm import catalogue
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import as_list
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import (
    Answer,
    decode_document,
    failures_inside,
    refusal,
)
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import (
    InvalidInput,
    UnknownOutcome,
    WhmError,
)
from ansible_collections.whm.mail.plugins.module_utils._whm.masking import masked

OPTIONS = {
    "function": {"type": "str", "required": True},
    "params": {"type": "dict", "default": {}},
    "write": {"type": "bool", "default": False},
    "include_secrets": {"type": "bool", "default": False},
}


def check(params: Params) -> Params:
    name = params["function"]
    if not re.match(r"[A-Za-z][A-Za-z0-9_]*\Z", name):
        raise InvalidInput("function: %s is not the name of a WHM API 1 function." % (name or "an empty name"))
    given = {str(key): value for key, value in params["params"].items()}  # in YAML, 1: is no text
    for key in params["params"]:
        if str(key) != key and str(key) in params["params"]:
            raise InvalidInput(f"params: {key} is there twice, once as a text; leave one of them out.")
    for key, value in given.items():
        if any(isinstance(item, (dict, list)) for item in (value if isinstance(value, list) else [value])):
            raise InvalidInput(f"params: {key} is nested; WHM takes texts, numbers, booleans and lists of them.")
    if catalogue.resolve(name, given).writes and not params["write"]:
        raise InvalidInput(f"function: {name} writes, or is not known to be a read; set write: true to allow it.")
    unbounded = catalogue.unbounded(name, given)
    if unbounded:
        raise InvalidInput(f"params: {unbounded}")
    return {**params, "params": given}


def writes(params: Params) -> bool:
    return catalogue.resolve(params["function"], params["params"]).writes


def act(client: Client, params: Params, check_mode: bool) -> dict[str, Any]:
    changes = writes(params)
    if check_mode and changes:
        return {"changed": True, "data": None, "metadata": {}}
    if changes:
        client.close()  # on a new connection, because nothing but its answer tells what became of it
    try:
        answer = client.call(params["function"], **params["params"])
        _look_inside(client, params, answer)
    except WhmError as exc:
        if changes and exc.outcome_unknown:
            raise UnknownOutcome(
                f"the answer was lost ({exc.reason}), so whether the call was carried out is not known",
                exc.function,
                http_status=exc.http_status,
                remedy="Read the state before repeating the task.",
            ) from None
        raise
    return {"changed": changes, **_shown(client, params, {"data": answer.data, "metadata": dict(answer.metadata)})}


def _look_inside(client: Client, params: Params, answer: Answer) -> None:
    """Tell what failed although the answer as a whole is a success.

    :raises Refused: all of it failed.
    """
    function = params["function"]
    if function in ("cpanel", "uapi_cpanel"):
        return  # the decoder has looked there
    if function == "batch":
        results = list(_results(client, params["params"], answer))
        failures, total = [text for text in results if text], len(results)
    else:
        failures, total = failures_inside(answer.data)
    shown = [str(masked(text)[0]) for text in failures]
    if shown and len(shown) == total:
        error = refusal("\n".join(shown), answer.data)
        error.function, error.http_status = function, 200
        raise error
    for text in shown:
        client.warn(f"{function}: {text}")


def _results(client: Client, params: Mapping[str, Any], answer: Answer) -> Iterator[str | None]:
    """Of each command of a batch why it failed, or None. What it says beside its verdict is told."""
    names = catalogue.commands(params)
    for number, document in enumerate(as_list(answer.get("result")), 1):
        name = names[number - 1] if number <= len(names) else "command"
        try:
            said = decode_document(name, document, 200).warnings
        except WhmError as exc:
            said = exc.warnings
            yield f"command {number} ({name}) failed: {exc.reason}"
        else:
            yield None
        for text in said:
            client.warn(f"command {number} ({name}): {masked(text)[0]}")


def _shown(client: Client, params: Params, result: dict[str, Any]) -> dict[str, Any]:
    """The result without secrets, unless they are wanted."""
    if params["include_secrets"]:
        return result
    shown, found = masked(result, params["params"].get("key"))
    if found:
        values = "1 value that looks like a secret is" if found == 1 else f"{found} values that look like secrets are"
        client.warn(
            f"{params['function']}: {values} masked in the result; include_secrets: true returns what the server sent."
        )
    return dict(shown)


MODULE = TaskModule(options=OPTIONS, check=check, writes=writes, act=act)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
