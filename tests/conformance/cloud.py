"""A server under test: started by the tests, or one that is running already.

Every boto3 client made here holds each answer against botocore's model, so
a test need not ask for that: what does not fit is kept in `problems`, and
the fixture that hands out the server fails the test that met it.
"""

import json
import os
import re
import shlex
import subprocess
import threading
import urllib.error
import urllib.request

import boto3.session
import botocore.config

import model_check

EXPORT = re.compile(r"export ([A-Z_]+)=(.*)")
NEEDED = {"AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
HOME_REGION = "us-west-1"


def sim_command():
    """The command that serves a simulated cloud, or None.

    QUARTERDECK is the console's binary; SIM is any command with the same
    flags, for the time when only the simulated cloud is built.
    """
    if os.environ.get("SIM"):
        return shlex.split(os.environ["SIM"])
    if os.environ.get("QUARTERDECK"):
        return [os.environ["QUARTERDECK"], "sim"]
    return None


class Cloud:
    """One server: its clients, and its own interface under /_sim."""

    def __init__(self, variables, process=None):
        self.variables = variables
        self.endpoint = variables["AWS_ENDPOINT_URL"].rstrip("/")
        self.process = process
        self.problems = []
        self.answers = 0
        self.attempts = 0
        self._session = boto3.session.Session(
            aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=variables.get("AWS_SESSION_TOKEN"),
        )
        self._clients = {}

    def client(self, service, region=HOME_REGION, attempts=1, read_timeout=20, checked=True):
        """A boto3 client. One attempt means that botocore does not retry."""
        wanted = (service, region, attempts, read_timeout, checked)
        if wanted not in self._clients:
            self._clients[wanted] = self._new_client(*wanted)
        return self._clients[wanted]

    def _new_client(self, service, region, attempts, read_timeout, checked):
        client = self._session.client(
            service,
            region_name=region,
            endpoint_url=self.endpoint,
            config=botocore.config.Config(
                retries={"mode": "standard", "total_max_attempts": attempts},
                connect_timeout=5,
                read_timeout=read_timeout,
                proxies={},
                # A live tail would be looked for at stream-127.0.0.1.
                inject_host_prefix=False,
            ),
        )
        client.meta.events.register("before-send.*", self._count)
        if checked:
            client.meta.events.register("before-parse.*", self._check)
        return client

    def _count(self, **_ignored):
        self.attempts += 1

    def _check(self, operation_model, response_dict, **_ignored):
        self.answers += 1
        if operation_model.has_event_stream_output and response_dict["status_code"] < 300:
            # The stream is read by whoever asked, and held against the model there.
            return
        self.problems += model_check.answer_problems(
            operation_model,
            response_dict["status_code"],
            response_dict["headers"],
            response_dict["body"],
        )

    def ask(self, method, path, body=None):
        """One call of the server's own interface, its answer decoded."""
        request = urllib.request.Request(
            self.endpoint + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"content-type": "application/json"},
        )
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(request, timeout=20) as answer:
            text = answer.read()
        return json.loads(text) if text.strip() else None

    def github(self, method, path, body=None, **headers):
        """One request of GitHub's REST, with the token; redirects are not followed."""
        request = urllib.request.Request(
            path if path.startswith("http") else self.variables["GITHUB_API_URL"] + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "authorization": f"Bearer {self.variables['GITHUB_TOKEN']}",
                "accept": "application/vnd.github+json",
                "x-github-api-version": "2022-11-28",
                **{name.replace("_", "-"): value for name, value in headers.items()},
            },
        )
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}), Unfollowed)
        try:
            with direct.open(request, timeout=30) as answer:
                return Answer(answer)
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error)

    def refusal(self, method, path, body=None):
        """The HTTP status with which the server refuses such a call."""
        try:
            self.ask(method, path, body)
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        return None

    def world(self, at=None):
        return self.ask("GET", "/_sim/world" + (f"?at={at}" if at else ""))

    def rows(self, at=None):
        return {row["key"]: row for row in self.world(at)["environments"]}

    def calls(self, since=None):
        return self.ask("GET", "/_sim/calls" + (f"?since={since}" if since is not None else ""))["calls"]

    def last_seq(self):
        return max((call["seq"] for call in self.calls()), default=0)

    def fault(self, **fault):
        return self.ask("POST", "/_sim/faults", fault)["id"]

    def clear_faults(self):
        self.ask("DELETE", "/_sim/faults")

    def read_only(self, on):
        self.ask("POST", "/_sim/read-only", {"on": on})

    def environment(self):
        """What a program needs in its environment to find this server."""
        return {**self.variables, "AWS_DEFAULT_REGION": HOME_REGION, "AWS_REGION": HOME_REGION}

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()


class Unfollowed(urllib.request.HTTPRedirectHandler):
    """Leaves redirects to whoever asked."""

    def redirect_request(self, *_ignored):
        return None


class Answer:
    """What GitHub answered: its body decoded where it is JSON."""

    def __init__(self, answer):
        self.status = answer.status
        self.headers = answer.headers
        self.kind = (answer.headers.get("content-type") or "").split(";")[0]
        self.text = answer.read().decode()
        self.body = json.loads(self.text) if self.kind == "application/json" and self.text else self.text


def start(command, *flags):
    """Starts a server, and returns once it has printed where it listens."""
    process = subprocess.Popen(
        [*command, "--listen", "127.0.0.1:0", *flags],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        env=without_cloud_variables(),
    )
    return Cloud(read_exports(process), process)


def read_exports(process):
    variables = {}
    for line in process.stdout:
        match = EXPORT.fullmatch(line.strip())
        if match:
            variables[match[1]] = shlex.split(match[2])[0]
        if NEEDED <= variables.keys():
            # A server whose output nobody reads would block once the pipe is full.
            threading.Thread(target=process.stdout.read, daemon=True).start()
            return variables
    raise RuntimeError(
        f"{process.args} ended with code {process.wait()} before it printed {sorted(NEEDED - variables.keys())}."
    )


def running():
    """The server that the environment points at, or None."""
    if not NEEDED <= os.environ.keys():
        return None
    return Cloud({name: os.environ[name] for name in NEEDED})


def without_cloud_variables():
    """The environment without anything that would steer an AWS or GitHub client."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "GITHUB_", "GH_")) and not name.lower().endswith("_proxy")
    }
