# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  api_host:
    description:
      - Name or address of the WHM server, without scheme and port.
      - If the value is not specified in the task, it is the host that the task runs for, by its C(ansible_host) or else by its name in
        the inventory.
      - For a task of C(localhost) the value of environment variable E(WHM_HOST) is used.
      - Needed with O(transport=https), not used with O(transport=cli).
    type: str
  api_port:
    description:
      - TLS port of WHM.
      - If the task does not give it, the host's variable C(whm_api_port) or else the value of environment variable E(WHM_PORT) is used.
    type: int
    default: 2087
  api_username:
    description:
      - The WHM user, V(root) or a reseller. A reseller reaches only the accounts that it owns.
      - If the task does not give it, the host's variable C(whm_api_username) or else the value of environment variable E(WHM_USERNAME) is used.
    type: str
    default: root
  api_token:
    description:
      - API token of O(api_username), made in WHM under Development, Manage API Tokens.
      - Takes precedence over O(api_password), unless the password stands nearer to the task. A task's options come first, then variables, then the environment.
      - If the task does not give it, the host's variable C(whm_api_token) or else the value of environment variable E(WHM_API_TOKEN) is used.
    type: str
  api_password:
    description:
      - Password of O(api_username), for servers without API tokens.
      - If the task does not give it, the host's variable C(whm_api_password) or else the value of environment variable E(WHM_PASSWORD) is used.
    type: str
  validate_certs:
    description:
      - Whether to verify the server's certificate.
      - If the task does not give it, the host's variable C(whm_validate_certs) or else the value of environment variable E(WHM_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - File or folder with the certificates of the authority that signed the server's certificate.
      - If the task does not give it, the host's variable C(whm_ca_path) or else the value of environment variable E(WHM_CA_PATH) is used.
    type: path
  api_timeout:
    description:
      - Seconds that one complete answer may take. Connecting takes at most 10 of them.
      - If the task does not give it, the host's variable C(whm_api_timeout) is used.
    type: int
    default: 60
  api_deadline:
    description:
      - Seconds that all requests of one task to one server may take together, pauses and retries included.
      - After them no request is started and none is tried again. The task fails and names what was done and what was not tried.
        A request that is under way may end, so the task takes at most O(api_timeout) longer.
      - The default is about three times what a change of 10,000 accounts takes.
      - A server that asks to be left alone (C(Retry-After)) is given the time that it asks for, as far as this option allows.
      - If the task does not give it, the host's variable C(whm_api_deadline) is used.
    type: int
    default: 1800
  api_retries:
    description:
      - How often a read is sent again after a lost connection or HTTP 5xx, with growing pauses.
      - A write whose answer was lost is never sent again blindly. The state is read, and what it does not show is sent again.
      - A refused login is never tried again.
      - If the task does not give it, the host's variable C(whm_api_retries) is used.
    type: int
    default: 3
  api_batch_size:
    description:
      - Most items (accounts, addresses, domains) whose calls are sent in one C(batch) request.
      - If the task does not give it, the host's variable C(whm_api_batch_size) is used.
    type: int
    default: 100
  api_concurrency:
    description:
      - Most requests in flight at a time, for reads that take several batches, from 1 to 4. The first goes alone.
      - Were access withdrawn at that moment, each would be a bad login, and WHM locks an address out after five.
      - Writes are always sent one after another, over one connection.
      - If the task does not give it, the host's variable C(whm_api_concurrency) is used.
    type: int
    default: 4
  transport:
    description:
      - V(https) calls the server from the machine that the module runs on.
      - V(cli) runs C(whmapi1) there. The module must then run on the WHM server itself, as root, and needs no credentials.
      - If the task does not give it, the host's variable C(whm_transport) is used.
    type: str
    choices: [https, cli]
    default: https
  whmapi1_path:
    description:
      - The program that O(transport=cli) runs.
      - If the task does not give it, the host's variable C(whm_whmapi1_path) is used.
    type: path
    default: /usr/local/cpanel/bin/whmapi1
requirements:
  - requests (with O(transport=https))
notes:
  - A connection option that is blank counts as not given, and so does a variable of the environment. What the task gives comes first, then
    C(whm_api_*) variables of the host, then the task's C(environment), then the environment of C(ansible-playbook). A task that gives
    O(api_token) or O(api_password) takes neither from elsewhere. It makes no difference whether the task is async or delegated.
  - >-
    How to reach a server stands once, in the inventory: a connection option that neither the task nor C(module_defaults) give is taken
    from the variable of the same name with C(whm_) in front, such as C(whm_api_token), of the host that the task runs for, also when
    the task is delegated. Only O(api_host) has none.
  - Tested against a simulator of WHM. No live server has been used yet.
"""
