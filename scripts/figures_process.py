"""The two programs that are measured together: a simulated cloud, and a console in a pty.

Both run from the same binary with an environment of their own: an empty home,
empty XDG folders, no configuration, and nothing of the caller's but PATH.
"""

import fcntl
import json
import os
import select
import signal
import struct
import subprocess
import tempfile
import termios
import time
import urllib.request

from figures_screen import Screen

WIDTH, HEIGHT = 200, 60
# How every frame ends: the end of a synchronized update.
FRAME_END = b"\x1b[?2026l"


def folders(into):
    """An environment in which nothing of the user is found."""
    home = tempfile.mkdtemp(dir=into)
    variables = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": home, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    for kind in ("CONFIG", "CACHE", "DATA", "STATE", "RUNTIME"):
        name = f"XDG_{kind}_{'DIR' if kind == 'RUNTIME' else 'HOME'}"
        variables[name] = os.path.join(home, kind.lower())
        os.mkdir(variables[name], 0o700)
    return variables


class Cloud:
    """A simulated cloud in a process of its own."""

    def __init__(self, binary, into, scenario, *arguments):
        self.process = subprocess.Popen(
            [binary, "sim", "--scenario", scenario, *arguments], env=folders(into), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        )
        self.variables = {}
        while "AWS_SECRET_ACCESS_KEY" not in self.variables:
            line = self.process.stdout.readline()
            if not line:
                raise RuntimeError(f"the simulated cloud of {scenario} did not start")
            if line.startswith("export "):
                name, value = line.removeprefix("export ").strip().split("=", 1)
                self.variables[name] = value

    def ask(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        # Whatever proxy the caller has is not for loopback.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(urllib.request.Request(self.variables["AWS_ENDPOINT_URL"] + path, data=data), timeout=20) as answer:
            return json.load(answer)

    def calls(self, since=0):
        """The calls received after the one of this number."""
        return self.ask(f"/_sim/calls?since={since}")["calls"]

    def mark(self):
        """The number of the last call received."""
        return max((call["seq"] for call in self.calls()), default=0)

    def fault(self, kind, value=None):
        self.ask("/_sim/faults", {"kind": kind} if value is None else {"kind": kind, "value": value})

    def environments(self):
        """What there really is: (app, name, region)."""
        return [(row["app"], row["name"], row["region"]) for row in self.ask("/_sim/world")["environments"]]

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


class Console:
    """A console in a pty of 200×60; every byte it writes is given its time before anything else happens."""

    def __init__(self, binary, into, cloud, *arguments, variables=None):
        """`variables`: those of folders that were used before, where something is to be found in them."""
        master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", HEIGHT, WIDTH, 0, 0))
        variables = (variables or folders(into)) | cloud.variables
        told, tells = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            become([binary, *arguments], variables, slave, tells)
        os.close(slave)
        os.close(tells)
        # The moment of the exec, told by the process that became the console. The clock is the machine's.
        self.began = struct.unpack("d", os.read(told, 8))[0]
        os.close(told)
        os.set_blocking(master, False)
        self.master = master
        self.chunks = []
        self.screen = Screen(WIDTH, HEIGHT)
        self.fed = 0
        self.alive = True

    def wait(self, until):
        """Waits for bytes or that moment; the time of the bytes, or None."""
        ready, _, _ = select.select([self.master], [], [], max(0.0, until - time.monotonic()))
        if not ready:
            return None
        now = time.monotonic()
        try:
            data = os.read(self.master, 1 << 20)
        except OSError:
            data = b""
        if not data:
            self.alive = False
            raise RuntimeError("the console ended: " + " ".join(self.lines()).strip()[:300])
        self.chunks.append((now, data))
        return now

    def pause(self, seconds):
        """Lets it run, reading what it writes."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.wait(until)

    def lines(self):
        """The screen as it is now."""
        for _, data in self.chunks[self.fed:]:
            self.screen.feed(data)
        self.fed = len(self.chunks)
        return self.screen.lines()

    def until(self, holds, seconds):
        """Reads until the screen is such; how long after the exec the last bytes of it came, or None."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            now = self.wait(until)
            if now is not None and holds(self.lines()):
                return now - self.began
        return None

    def write(self, keys):
        os.write(self.master, keys)

    def memory(self):
        """Resident now and at most, in MB (10^6 bytes)."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
            fields = dict(line.split(":", 1) for line in file)
        return tuple(int(fields[name].split()[0]) * 1024 / 1e6 for name in ("VmRSS", "VmHWM"))

    def processor(self):
        """Seconds of processor time so far, of all its threads."""
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        if self.alive:
            os.kill(self.pid, signal.SIGTERM)
        until = time.monotonic() + 2
        while os.waitpid(self.pid, os.WNOHANG)[0] == 0:
            if time.monotonic() > until:
                os.kill(self.pid, signal.SIGKILL)
            # It may be in the middle of a frame: what it still writes must go somewhere.
            try:
                self.wait(time.monotonic() + 0.005)
            except RuntimeError:
                time.sleep(0.002)
        os.close(self.master)


def become(command, variables, slave, tells):
    """The child's part: takes the pty, tells the time, and becomes the console."""
    try:
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for descriptor in range(3):
            os.dup2(slave, descriptor)
        os.write(tells, struct.pack("d", time.monotonic()))
        os.execve(command[0], command, variables)
    finally:
        os._exit(127)
