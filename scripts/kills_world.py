"""The world in which rolling deploys are killed: a simulated cloud, and a real sshd for each instance.

Every host has a home of its own, in which its deploy command writes down that it
began and that it ended. Nothing of the caller's machine is read or written but
what lies in the folder of the run.
"""

import json
import os
import shutil
import socket
import subprocess
import threading

from figures_process import Cloud, folders

OLD, NEW = "2" * 40, "1" * 40
# So many times faster than ours: what drains for five minutes does so for five seconds.
SPEED = "60"

SCENARIO = """
[[image-repository]]
name = "growl-backend"
region = "us-west-1"

[[image-repository.image]]
commit = "{new}"
pushed = "-4d"

[[image-repository.image]]
commit = "{old}"
pushed = "-5h"

[[target-group]]
name = "growl-dev"
auto_scaling = "growl-dev"
app = "growl"
region = "us-west-1"
tier = "development"
port = 8000
health_check = {{ protocol = "HTTP", path = "/health" }}

# Systems Manager tells the new version from the start: what these sshds do changes nothing in this world. What they run
# is judged by what they have noted themselves.
[[target-group.instance]]
count = {hosts}
image = "growl-backend"
commit = "{new}"
launched = "-40d"
deployed = "-5h"
"""

CONFIGURATION = """
regions = ["us-west-1"]

[apps.growl]
environments = ["growl-*"]

[[target_groups]]
name = "growl-dev"
region = "us-west-1"
app = "growl"
tier = "development"
version_command = "docker inspect --format '{{{{json .RepoDigests}}}}' growl-backend"
image_repository = "growl-backend"

[target_groups.rolling]
command = "deploy {{tag}}"
folder = "{folder}"
files = {{ "Makefile" = "Makefile" }}
ssh = "{{id}}"
ssh_config = "{folder}/ssh_config"
drain_seconds = 1
pause_seconds = 0
"""

# It takes a while, so that a kill finds it at work, and copies what was copied to it.
DEPLOY = """#!/bin/sh
echo "began $1" >>"$HOME/ran"
sleep 1.5
cp "$HOME/Makefile" "$HOME/made"
echo "$1" >"$HOME/runs"
echo "ended $1" >>"$HOME/ran"
"""
MAKEFILE = "all: deploy\n"

SSHD_CONFIG = """
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/user_key.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin yes
LogLevel QUIET
SetEnv PATH={folder}/bin:/usr/local/bin:/usr/bin:/bin HOME={home}
"""

SSH_CONFIG = """
Host {name}
 HostName 127.0.0.1
 Port {port}
 HostKeyAlias {name}
 IdentityFile {folder}/user_key
 IdentitiesOnly yes
 IdentityAgent none
 StrictHostKeyChecking yes
 UserKnownHostsFile {folder}/known_hosts
 GlobalKnownHostsFile /dev/null
"""


def sshd_program():
    """sshd insists on being started by its whole path, and stands beside what users have on theirs."""
    found = shutil.which("sshd", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", "/sbin"]))
    if found is None:
        raise RuntimeError("there is no sshd: install openssh-server, its service need not run")
    return found


class Host:
    """One server that the user of this program may log in to: each connection is an `sshd -i`."""

    def __init__(self, folder, name):
        self.name = name
        self.home = os.path.join(folder, "home-" + name)
        os.mkdir(self.home)
        self._config = os.path.join(folder, f"sshd_config-{name}")
        with open(self._config, "w", encoding="utf-8") as file:
            file.write(SSHD_CONFIG.format(folder=folder, home=self.home))
        self._program = sshd_program()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                served = subprocess.Popen([self._program, "-i", "-f", self._config], stdin=connection, stdout=connection, stderr=subprocess.DEVNULL)
            threading.Thread(target=served.wait, daemon=True).start()

    def stop(self):
        # What waits in accept() is not woken by closing alone.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _read(self, name):
        path = os.path.join(self.home, name)
        if not os.path.exists(path):
            return None
        with open(path, encoding="utf-8") as file:
            return file.read()

    def wrong(self):
        """What is not as one deploy leaves it, as sentences."""
        expected = {"ran": f"began {NEW}\nended {NEW}\n", "runs": NEW + "\n", "made": MAKEFILE}
        return [f"{self.name} has {self._read(name)!r} in {name}" for name, text in expected.items() if self._read(name) != text]


class World:
    """A target group, its hosts, and the console's own folders."""

    def __init__(self, binary, folder, hosts):
        self.binary, self.folder, self.hosts = binary, folder, []
        self.cloud = Cloud(binary, folder, self._write("world.toml", SCENARIO.format(old=OLD, new=NEW, hosts=hosts)), "--speed", SPEED)
        try:
            self.variables = folders(folder) | self.cloud.variables | {"AWS_EC2_METADATA_DISABLED": "true"}
            self._make_keys()
            self._write("Makefile", MAKEFILE)
            os.chmod(self._write("bin/deploy", DEPLOY), 0o755)
            self._write(os.path.join(self.variables["XDG_CONFIG_HOME"], "quarterdeck/config.toml"), CONFIGURATION.format(folder=folder))
            self._write("ssh_config", "")
            self._start(self.instances())
        except BaseException:
            self.stop()
            raise

    def _write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def _make_keys(self):
        for key in ("host_key", "user_key"):
            path = os.path.join(self.folder, key)
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True, stdin=subprocess.DEVNULL)

    def _start(self, instances):
        self.hosts = [Host(self.folder, name) for name in instances]
        with open(os.path.join(self.folder, "host_key.pub"), encoding="utf-8") as file:
            public = file.read()
        self._write("known_hosts", "".join(f"{host.name} {public}" for host in self.hosts))
        self._write("ssh_config", "".join(SSH_CONFIG.format(name=host.name, port=host.port, folder=self.folder) for host in self.hosts))

    def instances(self):
        """The ids of the group's instances, which the plan names: they are what ssh is told to reach."""
        told = self.run("roll", "growl-dev", "--version", NEW, "--plan", "--json")
        # Behind them the plan has a unit that looks at all of them.
        waves = [wave for wave in json.loads(told.stdout)["waves"] if wave["name"] != "versions"]
        return [unit["name"] for wave in waves for unit in wave["units"]]

    def begin(self, *typed, **ends):
        """Starts the console's binary with these words."""
        return subprocess.Popen([self.binary, *typed], env=self.variables, cwd=self.folder, stdin=subprocess.DEVNULL, **ends)

    def run(self, *typed):
        """Runs it to its end."""
        ends = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "timeout": 300}
        told = subprocess.run([self.binary, *typed], env=self.variables, cwd=self.folder, **ends)
        if told.returncode != 0:
            raise RuntimeError(f"{' '.join(typed)} ended with {told.returncode}: {told.stdout}{told.stderr}")
        return told

    def journal(self):
        """The path of the operation's journal; None as long as there is none."""
        folder = os.path.join(self.variables["XDG_STATE_HOME"], "quarterdeck", "operations")
        names = [name for name in os.listdir(folder) if name.endswith(".jsonl")] if os.path.isdir(folder) else []
        return os.path.join(folder, names[0]) if names else None

    def wrong(self):
        """What the cloud was asked, what it is now and what the hosts have written, held against one deploy: sentences."""
        wrong = [sentence for host in self.hosts for sentence in host.wrong()]
        wanted = ("DeregisterTargets", "RegisterTargets")
        asked = [(call["operation"], call["status"]) for call in self.cloud.calls() if call["operation"] in wanted]
        # Each goes out and comes back in before the next one goes, and nothing is asked for twice.
        if asked != [(operation, 200) for operation in wanted] * len(self.hosts):
            wrong.append(f"the load balancer was asked for {asked}")
        [group] = self.cloud.ask("/_sim/world")["environments"]
        if (group["instances"]["healthy"], group["instances"]["total"]) != (len(self.hosts), len(self.hosts)):
            wrong.append(f"not every instance is in service: {group['instances']}")
        return wrong

    def stop(self):
        for host in self.hosts:
            host.stop()
        self.cloud.stop()
