"""A role that wants a code: the AWS CLI is given it, and the console reads with what that got.

The CLI keeps the session of such a role in a file whose name only botocore's
own code defines: so the stranger writes it, and the console has to find it.
"""

import json
import os
import pty
import select
import subprocess
import time

import pytest

from test_command_lines import PATIENCE, tool
from test_status import bare

SERIAL = "arn:aws:iam::111122223333:mfa/kim"
ROLE = "arn:aws:iam::111122223333:role/guarded"
WORLD = f"""
[[mfa-role]]
arn = "{ROLE}"
serial = "{SERIAL}"
code = "123456"

[[application]]
name = "till"
regions = ["eu-west-1"]

[[environment]]
app = "till"
names = ["till-prod"]
region = "eu-west-1"
version = "v1"
instances = 1
"""
PROFILES = {
    "plain": "",
    "with everything": "external_id = shop é\nrole_session_name = kim\nduration_seconds = 1800\n",
}


def answered(command, environment, prompt, answer):
    """Runs a command on a terminal of its own, and answers what it asks for."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command, env=environment, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    shown, deadline, has_answered = b"", time.monotonic() + PATIENCE, False
    try:
        while time.monotonic() < deadline:
            if not select.select([ours], [], [], 1)[0]:
                continue
            try:
                part = os.read(ours, 65536)
            except OSError:  # Linux says EIO where the last writer has gone.
                break
            shown += part
            if prompt in shown and not has_answered:
                os.write(ours, answer)
                has_answered = True
    finally:
        os.close(ours)
        if process.poll() is None and not has_answered:
            process.kill()
        process.wait(timeout=10)
    return process.returncode, shown.decode(errors="replace")


@pytest.mark.parametrize("further", PROFILES.values(), ids=PROFILES.keys())
def test_one_code_serves_the_aws_cli_and_the_console(start_cloud, tmp_path, further):
    scenario = tmp_path / "world.toml"
    scenario.write_text(WORLD)
    server = start_cloud("--scenario", str(scenario))
    keys = [f"{name.lower()} = {server.variables[name]}\n" for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")]
    folder = tmp_path / ".aws"
    folder.mkdir()
    folder.joinpath("config").write_text(
        f"[profile base]\nregion = eu-west-1\n{''.join(keys)}"
        f"[profile guarded]\nregion = eu-west-1\nrole_arn = {ROLE}\nsource_profile = base\nmfa_serial = {SERIAL}\n{further}",
        encoding="utf-8",
    )
    environment = {**bare(tmp_path), "AWS_ENDPOINT_URL": server.endpoint, "PYTHONUTF8": "1", "AWS_PAGER": "", "NO_PROXY": "127.0.0.1"}

    def status():
        command = [os.environ["QUARTERDECK"], "status", "--json", "--wait", "0", "--profile", "guarded", "--region", "eu-west-1"]
        done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE)
        told = json.loads(done.stdout)
        return told["environments"], " ".join(source.get("error") or "" for source in told["sources"])

    _, said = status()
    wanted = f"profile guarded wants an MFA code of {SERIAL}: run `aws sts get-caller-identity --profile guarded`"
    assert wanted in said, said
    # The command that it names, word for word.
    command = said.split("`")[1].split()
    code, shown = answered([tool("aws"), *command[1:]], environment, b"Enter MFA code for " + SERIAL.encode(), b"123456\n")
    assert code == 0 and "assumed-role/guarded/" in shown, shown
    found, said = status()
    assert [row["name"] for row in found] == ["till-prod"], said
