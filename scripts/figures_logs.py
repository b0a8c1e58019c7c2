"""Live logs, measured from outside: a server that writes lines, and the console in its pty.

The server is this machine: in the place of `ssh` stands a program that runs here what would be run
there. What it runs writes lines as quickly as it is told to, each with the moment at which it was written.
"""

import os
import random
import re
import sys
import tempfile
import time

from figures_process import FRAME_END, Console

# Runs the command, as the shell of a server would: it is the last argument.
SSH = '#!/bin/sh\nfor last; do :; done\nexec sh -c "$last"\n'
# How long lines are looked at; a buffer of a million holds ten seconds of a hundred thousand.
SECONDS = 8
WRITTEN = re.compile(r"<(\d+\.\d+)>")


def generator(rate):
    """A program that writes so many lines of 120 bytes in a second, each with its time, and with its own moment."""
    batch = max(1, rate // 200)
    return f"""
import sys, time
from datetime import datetime, timezone
fill = "GET /api/annotations 200 served by worker seven of nine " * 3
begun, sent = time.monotonic(), 0
while True:
    due = int((time.monotonic() - begun) * {rate}) - sent
    if due < {batch}:
        time.sleep(max(0.0005, ({batch} - due) / {rate}))
        continue
    now, at = time.monotonic(), datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    line = f"{{at}} <{{now:.6f}}> {{fill}}"[:119] + "\\n"
    sys.stdout.write(line * due)
    sys.stdout.flush()
    sent += due
"""


def followed(bench, rate):
    """A console that follows the lines of a server, and a cloud that it does not need."""
    into = tempfile.mkdtemp(dir=bench.into)
    for name, text, mode in (("ssh", SSH, 0o755), ("lines.py", generator(rate), 0o644)):
        path = os.path.join(into, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
    settings = os.path.join(into, "quarterdeck.toml")
    with open(settings, "w", encoding="utf-8") as file:
        file.write(
            '[[hosts]]\nname = "shop-1"\nssh = "shop-1"\n\n[[hosts.apps]]\nname = "shop"\n\n'
            f"[[log_sources]]\ncommand = '{sys.executable} {into}/lines.py'\nname = \"lines\"\n"
        )
    console = Console(bench.binary, bench.into, Elsewhere(into), "--config", settings)
    console.until(lambda lines: any("shop" in line for line in lines[2:]), 10)
    console.write(b"l")
    console.until(lambda lines: any(WRITTEN.search(line) for line in lines), 20)
    return console


class Elsewhere:
    """The variables of a console that has no cloud, and to whom `ssh` is the program in this folder."""

    def __init__(self, folder):
        self.variables = {"PATH": folder + os.pathsep + os.environ.get("PATH", "/usr/bin:/bin")}


def rate(console):
    """What the heading says of the stream: how many lines come in a second, and how many are kept."""
    found = re.search(r"(\S+/s)\b.*?(\S+ lines)", "\n".join(console.lines()[:3]))
    return f"{found[1]}, {found[2]} kept" if found else "not told"


def keys(bench, spread, moved):
    """From a key to the frame that moves the selection, while 100,000 lines arrive in a second."""
    console = followed(bench, 100_000)
    console.pause(3)
    # The view stands still, lines go on being taken in: so nothing but a key moves the selection.
    console.write(b"p")
    console.pause(0.5)
    since, before = time.monotonic(), console.processor()
    dice, taken, lost, down = random.Random(10), [], 0, False
    while time.monotonic() < since + SECONDS:
        console.pause(dice.uniform(0.02, 0.08))
        down = not down
        pressed = time.monotonic()
        console.write(b"k" if down else b"j")
        moment = moved(console, pressed)
        lost += moment is None
        if moment is not None:
            taken.append(moment - pressed)
    share = (console.processor() - before) / (time.monotonic() - since)
    shown, (resident, most) = rate(console), console.memory()
    console.stop()
    yield (
        "key to frame while 100,000 lines a second arrive from a server", "p99 ≤ 16 ms",
        spread(taken) + (f", {lost} without a frame" if lost else ""), "none", shown,
        f"j and k at random moments for {SECONDS} s: from the key to the end of the frame that moves the selection; "
        f"{100 * share:.0f} % of a core, {resident:.0f} MB resident, at most {most:.0f} MB",
    )


def delay(bench, spread):
    """From when a line is written at the server until it is on the screen."""
    console = followed(bench, 20)
    console.pause(2)
    taken, newest, until = [], 0.0, time.monotonic() + SECONDS
    while time.monotonic() < until:
        now = console.wait(until)
        if now is None or FRAME_END not in console.chunks[-1][1]:
            continue
        seen = [float(moment) for line in console.lines() for moment in WRITTEN.findall(line)]
        if seen and max(seen) > newest:
            newest = max(seen)
            taken.append(now - newest)
    console.stop()
    yield (
        "a line written at a server until it is on the screen", "≤ 50 ms", spread(taken), "none", f"{len(taken)} lines",
        f"20 lines a second for {SECONDS} s over what stands for ssh: from the moment in the line to the end of its frame",
    )
