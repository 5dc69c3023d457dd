#!/usr/bin/env python3
"""The strongest Python form: a protocol that takes whole chunks, without a coroutine or an await per line.

asyncio_protocol.py DATABASE COUNT PARALLEL COMMAND…
"""

import asyncio
import subprocess
import sys

from recording import Recording


class Provider(asyncio.SubprocessProtocol):
    """Splits what one provider prints, and frees its slot when it has ended."""

    def __init__(self, session, recording, ended):
        self.session, self.recording, self.ended, self.rest = session, recording, ended, b""
        self.parts = []

    def pipe_data_received(self, fd, data):
        # A long line arrives in many chunks: they are joined once, when its end is there.
        if b"\n" not in data:
            self.parts.append(data)
            return
        if self.parts:
            self.parts.append(data)
            data = b"".join(self.parts)
            self.parts.clear()
        lines = data.split(b"\n")
        if rest := lines.pop():
            self.parts.append(rest)
        take, session = self.recording.take, self.session
        for line in lines:
            take(session, line)

    def connection_lost(self, error):
        self.ended()


async def main(path, count, parallel, command):
    loop, recording, slots = asyncio.get_running_loop(), Recording(path), asyncio.Semaphore(parallel)
    running = []

    def tick():
        recording.flush()
        loop.call_later(0.005, tick)

    tick()
    for session in range(count):
        await slots.acquire()
        transport, _ = await loop.subprocess_exec(
            lambda: Provider(session, recording, slots.release), *command, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=None)
        running.append(transport)
    for _ in range(parallel):
        await slots.acquire()
    recording.close()
    return 1 if any(transport.get_returncode() for transport in running) else 0


if __name__ == "__main__":
    if sys.version_info < (3, 12):
        asyncio.get_event_loop_policy().set_child_watcher(asyncio.PidfdChildWatcher())
    sys.exit(asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])))
