# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A TCP proxy that makes a server seem far away: what it passes on, it passes on later."""

from __future__ import annotations

import asyncio
import contextlib
import threading

from ansible_collections.whm.mail.tests.simulator.running import Running


class Distance(Running):
    """Listens on ``port`` while the context lasts and delays each direction by half of ``round_trip`` seconds.

    The delay is one of time, not of bandwidth: any number of pieces may be under way. Opening the TCP connection itself
    is not delayed, its first bytes are.
    """

    def __init__(self, target: int, round_trip: float) -> None:
        self._target = target
        self._delay = round_trip / 2
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._serve, "127.0.0.1", 0), self._loop
        ).result(10)
        self.port: int = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
            await asyncio.gather(self._pass_on(reader, far_writer), self._pass_on(far_reader, writer))

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
            arriving = asyncio.create_task(self._deliver(under_way, writer))
            while piece := await reader.read(65536):
                under_way.put_nowait((self._loop.time() + self._delay, piece))
            under_way.put_nowait((self._loop.time() + self._delay, b""))
            await arriving

    async def _deliver(self, under_way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while True:
                due, piece = await under_way.get()
                await asyncio.sleep(max(0.0, due - self._loop.time()))
                if not piece:
                    break
                writer.write(piece)
                await writer.drain()
        writer.close()
