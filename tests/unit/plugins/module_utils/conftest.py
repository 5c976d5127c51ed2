# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the transport share."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from ansible_collections.whm.mail.tests.simulator.httpd import Listener
from ansible_collections.whm.mail.tests.simulator.tls import Certificates
from ansible_collections.whm.mail.tests.unit.plugins.module_utils.https_site import PROXY_VARIABLES, Site


@pytest.fixture
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy, authority or login of this machine counts."""
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def site(certificates: Certificates) -> Iterator[Site]:
    stop, site = threading.Event(), Site(ca=str(certificates.ca_path))
    listener = Listener(site, stop, certificates.context("good"))
    site.port = listener.port
    yield site
    stop.set()
    listener.stop()
