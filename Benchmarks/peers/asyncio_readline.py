#!/usr/bin/env python3
"""The usual Python program: a coroutine per provider that awaits `readline`, json, and sqlite3.

asyncio_readline.py DATABASE COUNT PARALLEL COMMAND…
"""

import asyncio
import sys

from recording import Recording


async def main(path, count, parallel, command):
    recording, slots = Recording(path), asyncio.Semaphore(parallel)

    async def ask(session):
        async with slots:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, limit=1 << 26)
            while line := await process.stdout.readline():
                recording.take(session, line)
            return await process.wait()

    async def flush():
        while True:
            await asyncio.sleep(0.005)
            recording.flush()

    flusher = asyncio.create_task(flush())
    statuses = await asyncio.gather(*(ask(session) for session in range(count)))
    flusher.cancel()
    recording.close()
    return 1 if any(statuses) else 0


if __name__ == "__main__":
    if sys.version_info < (3, 12):
        asyncio.get_event_loop_policy().set_child_watcher(asyncio.PidfdChildWatcher())
    sys.exit(asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])))
