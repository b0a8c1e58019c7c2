"""The AWS CLI and the EB CLI, as people use them, against the simulated cloud."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

import pytest

import cloud
import operations
from test_world import key_of

TOOLS = os.path.dirname(sys.executable)
PATIENCE = 120


def tool(name):
    """A command of the same virtual environment as this Python."""
    path = os.path.join(TOOLS, name)
    assert os.path.exists(path), f"{name} is not installed beside {sys.executable}: see requirements.txt"
    return path


def environment(server, home):
    return {
        **cloud.without_cloud_variables(),
        **server.environment(),
        "HOME": str(home),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
        "NO_PROXY": "127.0.0.1",
        "PAGER": "cat",
        "TERM": "xterm",
    }


@pytest.fixture
def aws(fresh, tmp_path):
    def run(*arguments):
        done = subprocess.run(
            [tool("aws"), "--output", "json", *arguments],
            env=environment(fresh, tmp_path), cwd=tmp_path, capture_output=True, text=True,
            stdin=subprocess.DEVNULL, timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    return run


def test_aws_lists_the_environments_of_a_region(fresh, aws):
    for region in sorted({row["region"] for row in fresh.rows().values()}):
        listed = aws("elasticbeanstalk", "describe-environments", "--region", region)["Environments"]
        rows = [row for row in fresh.rows().values() if row["region"] == region]
        assert {key_of(e) for e in listed if e["Status"] != "Terminated"} == {row["key"] for row in rows}


def test_aws_knows_who_it_is(fresh, aws):
    assert aws("sts", "get-caller-identity")["Account"] in {row["account"] for row in fresh.rows().values()}


def test_aws_lists_the_regions_of_the_account(fresh, aws):
    names = {region["RegionName"] for region in aws("ec2", "describe-regions")["Regions"]}
    assert {row["region"] for row in fresh.rows().values()} <= names


def test_aws_lists_instances_and_targets(fresh, aws):
    instances = aws("ec2", "describe-instances")["Reservations"]
    assert instances
    group = aws("elbv2", "describe-target-groups")["TargetGroups"][0]["TargetGroupArn"]
    targets = aws("elbv2", "describe-target-health", "--target-group-arn", group)["TargetHealthDescriptions"]
    known = {i["InstanceId"] for reservation in instances for i in reservation["Instances"]}
    assert {target["Target"]["Id"] for target in targets} <= known


def test_aws_reads_events_page_by_page(aws):
    """The CLI follows NextToken by itself."""
    events = aws("elasticbeanstalk", "describe-events", "--page-size", "5", "--max-items", "12")["Events"]
    assert len(events) == 12
    assert len({json.dumps(event, sort_keys=True) for event in events}) == 12


def test_aws_deploys_a_version(fresh, aws):
    subjects = operations.Subjects(fresh)
    label = subjects.other_label()
    updated = aws("elasticbeanstalk", "update-environment", "--environment-name", subjects.name(), "--version-label", label)
    assert updated["Status"] == "Updating"
    assert fresh.rows()[key_of(subjects.ready())]["activity"]["kind"] == "deploy"


class ElasticBeanstalkCli:
    """`eb` in a project folder with its usual configuration."""

    def __init__(self, server, folder):
        self.server = server
        self.folder = folder
        self.subjects = operations.Subjects(server)
        self.environment = self.subjects.ready()
        self.name = self.environment["EnvironmentName"]
        self.key = key_of(self.environment)
        settings = folder / ".elasticbeanstalk"
        settings.mkdir()
        settings.joinpath("config.yml").write_text(
            "branch-defaults:\n"
            f"  default:\n    environment: {self.name}\n    group_suffix: null\n"
            "global:\n"
            f"  application_name: {self.environment['ApplicationName']}\n"
            "  branch: null\n  default_ec2_keyname: null\n"
            f"  default_platform: {self.environment.get('PlatformArn', '')}\n"
            f"  default_region: {cloud.HOME_REGION}\n"
            "  include_git_submodules: true\n  instance_profile: null\n  platform_name: null\n"
            "  platform_version: null\n  profile: null\n  repository: null\n  sc: null\n"
            "  workspace_type: Application\n"
        )

    def command(self, arguments):
        return {
            "args": [tool("eb"), *arguments],
            "cwd": self.folder,
            "env": environment(self.server, self.folder),
        }

    def run(self, *arguments):
        done = subprocess.run(
            **self.command(arguments), stdin=subprocess.DEVNULL, text=True, timeout=PATIENCE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        assert done.returncode == 0, done.stdout
        assert "Traceback" not in done.stdout, done.stdout
        return done.stdout

    def on_a_terminal(self, *arguments):
        """What the command shows on a terminal of 120 columns and 40 rows."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        process = subprocess.Popen(**self.command(arguments), stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
        os.close(theirs)
        try:
            shown = read_to_end(ours)
        finally:
            os.close(ours)
            if process.poll() is None:
                end_of_screen(process)
        assert process.returncode == 0, shown
        assert "Traceback" not in shown, shown
        return re.sub(r"\x1b(\[[0-9;?]*[A-Za-z]|[()][A-Z0-9]|[78=>])", "", shown)


def read_to_end(terminal):
    """All that is written until the other side closes the terminal."""
    gathered = b""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            part = os.read(terminal, 65536)
        except OSError:  # Linux says EIO where the last writer has gone.
            break
        if not part:
            break
        gathered += part
    return gathered.decode(errors="replace")


def end_of_screen(process):
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture
def eb(start_cloud, tmp_path):
    """The EB CLI polls every five seconds: a fast world spares the waiting."""
    return ElasticBeanstalkCli(start_cloud("--speed", "60"), tmp_path)


@pytest.fixture
def slow_eb(fresh, tmp_path):
    return ElasticBeanstalkCli(fresh, tmp_path)


def test_eb_lists_environments_with_their_instances(slow_eb):
    shown = slow_eb.run("list", "-v")
    app = slow_eb.environment["ApplicationName"]
    rows = [row for row in slow_eb.server.rows().values() if row["app"] == app and row["region"] == cloud.HOME_REGION]
    assert f"Region: {cloud.HOME_REGION}" in shown and f"Application: {app}" in shown
    assert {row["name"] for row in rows} == set(re.findall(r"^\s+(?:\* )?(\S+) : \[", shown, re.MULTILINE))
    for instance in slow_eb.subjects.instance_ids():
        assert instance in shown


def test_eb_shows_the_status_of_an_environment(slow_eb):
    shown = dict(re.findall(r"^\s*([A-Za-z ]+): (.*)$", slow_eb.run("status", slow_eb.name), re.MULTILINE))
    row = slow_eb.server.rows()[slow_eb.key]
    assert shown["Application name"] == row["app"]
    assert shown["Region"] == row["region"]
    assert shown["Deployed Version"] == row["version"]["label"]
    assert shown["Status"] == "Ready"
    assert shown["Health"] in ("Green", "Yellow", "Red", "Grey")


def test_eb_shows_the_health_of_an_environment(slow_eb):
    shown = slow_eb.on_a_terminal("health", slow_eb.name)
    row = slow_eb.server.rows()[slow_eb.key]
    assert slow_eb.name in shown and row["version"]["label"] in shown, shown
    # A heading "total ok warning …", and the counts below it.
    counts = re.search(r"total\s+ok\s+warning.*?(\d+)\s+(\d+)\s+\d+", shown, re.DOTALL)
    assert counts and int(counts[1]) == row["instances"]["total"], shown
    for instance in slow_eb.subjects.instance_ids()[:3]:
        assert instance in shown, shown


def test_eb_deploys_a_version_and_sees_it_through(eb):
    label = eb.subjects.other_label(eb.environment)
    shown = eb.run("deploy", eb.name, "--version", label, "--timeout", "2")
    assert "Environment update completed successfully." in shown, shown
    row = eb.server.rows()[eb.key]
    assert (row["version"]["label"], row["activity"]) == (label, None)
    updates = [call for call in eb.server.calls() if call["operation"] == "UpdateEnvironment"]
    assert [call["write"] for call in updates] == [True]


def test_eb_aborts_a_deploy(slow_eb):
    label = slow_eb.subjects.other_label(slow_eb.environment)
    slow_eb.run("deploy", slow_eb.name, "--version", label, "--nohang")
    assert slow_eb.server.rows()[slow_eb.key]["activity"]["kind"] == "deploy"
    assert "Aborting update" in slow_eb.run("abort", slow_eb.name)
    row = slow_eb.server.rows()[slow_eb.key]
    assert row["activity"] is None or row["activity"]["kind"] == "abort", row


def test_eb_says_why_a_deploy_is_refused(slow_eb):
    """The sentence of the service reaches the person through a stranger's program."""
    done = subprocess.run(
        **slow_eb.command(["deploy", slow_eb.name, "--version", "no-such-version", "--nohang"]),
        stdin=subprocess.DEVNULL, text=True, timeout=PATIENCE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )
    assert done.returncode != 0
    assert "No Application Version named 'no-such-version' found" in done.stdout, done.stdout
