"""`quarterdeck logs` against moto: a server of this API that others wrote, whose live tail ends as soon as it has told.

What moto holds is told by boto3. Its event stream is written by its own encoder, so this is not this project reading
what it has written itself.
"""

import collections
import datetime
import json
import os
import queue
import subprocess
import sys
import threading
import time

import pytest

import cloud
from test_status import await_answer, bare, free_port

GROUP = "/ecs/shop"
# So many live tails are tried before they are taken to be broken.
TRIES = 3
PATIENCE = 90
HOSTILE = "\u001b[31mred\u001b[0m \u202e \u0085 caf\u00e9 \U0001f680 " + "x" * 90_000


@pytest.fixture
def moto():
    """moto's server with one environment of Elastic Beanstalk and one log group, and what it has been asked for."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, os.path.join(os.path.dirname(sys.executable), "moto_server"), "-H", "127.0.0.1", "-p", str(port)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=cloud.without_cloud_variables(),
    )
    try:
        await_answer(process, f"http://127.0.0.1:{port}/moto-api/")
        server = cloud.Cloud({
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing",
        })
        beanstalk = server.client("elasticbeanstalk", "us-east-1", checked=False)
        beanstalk.create_application(ApplicationName="shop")
        beanstalk.create_environment(
            ApplicationName="shop", EnvironmentName="shop-prod", SolutionStackName="64bit Amazon Linux 2023 v4.0.1 running Python 3.11",
        )
        logs = server.client("logs", "us-east-1", checked=False)
        logs.create_log_group(logGroupName=GROUP)
        for stream in ("i-1", "i-2"):
            logs.create_log_stream(logGroupName=GROUP, logStreamName=stream)
        yield server
    finally:
        process.kill()
        process.wait()


class Written:
    """Puts lines into the group, and knows them."""

    def __init__(self, server):
        self.client = server.client("logs", "us-east-1", checked=False)
        self.lines = collections.Counter()

    def put(self, stream, texts):
        now = int(time.time() * 1000)
        # Some are the same, at the same moment: all of them count.
        events = [{"timestamp": now + number // 2, "message": text} for number, text in enumerate(texts)]
        self.client.put_log_events(logGroupName=GROUP, logStreamName=stream, logEvents=events)
        self.lines.update((stream, event["timestamp"], event["message"]) for event in events)


@pytest.fixture
def follow(tmp_path):
    """Follows the environment, and tells each object as it is printed."""
    binary = os.environ.get("QUARTERDECK")
    if not binary:
        pytest.fail("Set QUARTERDECK to the console's binary.", pytrace=False)
    (tmp_path / "shop.toml").write_text(f'regions = ["us-east-1"]\n[[log_sources]]\ngroups = ["{GROUP}"]\n')
    started = []

    def start(server):
        process = subprocess.Popen(
            [binary, "logs", "shop-prod", "--config", str(tmp_path / "shop.toml"), "--follow", "--json"],
            env={**bare(tmp_path), **server.variables}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )
        started.append(process)
        printed = queue.Queue()
        threading.Thread(target=lambda: [printed.put(json.loads(line)) for line in process.stdout], daemon=True).start()
        return printed

    yield start
    for process in started:
        process.kill()
        process.wait()


def until(printed, told, holds):
    """Gathers what is printed until something holds."""
    deadline = time.monotonic() + PATIENCE
    while not holds(told):
        try:
            told.append(printed.get(timeout=max(0, deadline - time.monotonic())))
        except queue.Empty:
            raise AssertionError(f"it never came to this; the last of {len(told)}: {told[-3:]}") from None


def lines(told):
    of = [line for line in told if line["kind"] == "line"]
    return collections.Counter((line["stream"], round(moment(line["at"])), line["text"]) for line in of)


def is_broken(told):
    return any(one["kind"] == "source" and "its live tail is broken" in (one["why"] or "") for one in told)


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000


def test_the_event_stream_of_another_server_is_read_and_left_where_it_ends_at_once(moto, follow):
    written = Written(moto)
    written.put("i-1", ["same", "same", "one", HOSTILE])
    written.put("i-2", ["two", "same"])
    printed, told = follow(moto), []
    until(printed, told, lambda told: lines(told) == written.lines)
    until(printed, told, is_broken)
    # What is written now is found by searching, in its place and once.
    written.put("i-2", ["later", "later", "last"])
    until(printed, told, lambda told: sum(lines(told).values()) >= sum(written.lines.values()))
    assert lines(told) == written.lines
    # It ended each time, which is told; nothing was lost by it, and that is told as well.
    losses = {loss["id"]: loss for loss in told if loss["kind"] == "loss"}
    assert 0 < len(losses) < TRIES and all(loss["reason"] == "disconnected" for loss in losses.values()), losses
