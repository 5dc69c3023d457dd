"""A terminal with a program at it, and a person who types."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time

from arena import Failed


class Terminal:
    """One program in a session of its own, whose controlling terminal this is."""

    def __init__(self, argv, environment, folder, rows=24, columns=96):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(slave)
        self.output, self.position = b"", 0

        def take_over():
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
            # A torture in the background was started with these ignored, and nobody's terminal is like that.
            for number in (signal.SIGINT, signal.SIGQUIT):
                signal.signal(number, signal.SIG_DFL)

        # Becoming a leader and taking the terminal happen in the child, before the program.
        self.process = subprocess.Popen(
            argv, env=environment, cwd=folder, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            preexec_fn=take_over)
        self.slave = slave

    def read(self, seconds):
        """Takes what was written within this time; false when there was nothing."""
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False
        self.output += data
        return bool(data)

    def rest(self, seconds):
        """Lets the time pass; a terminal that nobody reads would stop its program."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.read(left)

    def see(self, text, seconds):
        """Waits until the screen shows `text` after what was last waited for; false when it never does."""
        end = time.monotonic() + seconds
        wanted = text.encode()
        while wanted not in self.output[self.position:]:
            if time.monotonic() > end or self.process.poll() is not None and not self.read(0):
                return False
            self.read(0.02)
        self.position = self.output.index(wanted, self.position) + len(wanted)
        return True

    def type(self, keys):
        os.write(self.master, keys.encode())

    def wait(self, seconds):
        """The exit status, and whether the terminal is as it was."""
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            if time.monotonic() > end:
                self.process.kill()
                self.close()
                raise Failed(f"not within {seconds:g} s: the command at the terminal ended")
            self.read(0.02)
        while self.read(0):
            pass
        is_restored = termios.tcgetattr(self.slave) == self.before
        self.close()
        return self.process.returncode, is_restored

    def close(self):
        self.process.wait()
        for descriptor in (self.master, self.slave):
            os.close(descriptor)
