"""Where the tests get their server from.

Without AWS_ENDPOINT_URL each test gets a server of its own, started from
QUARTERDECK (or SIM). With it, the tests that need one server only use the
running one; those that need a scenario, a seed, or a world that nobody has
touched still start their own, and fail with a sentence where they cannot.
"""

import os
import pathlib

import pytest

import cloud

# botocore must not look at the machine of whoever runs this.
os.environ["AWS_CONFIG_FILE"] = os.devnull
os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
os.environ.pop("AWS_PROFILE", None)


@pytest.fixture
def start_cloud():
    """Starts servers with the given flags, and stops them afterwards."""
    command = cloud.sim_command()
    if command is None:
        pytest.fail("This test starts its own server: set QUARTERDECK to the console's binary.", pytrace=False)
    started = []

    def start(*flags):
        started.append(cloud.start(command, *flags))
        return started[-1]

    yield start
    for server in started:
        server.stop()
    assert_model_kept(started)


@pytest.fixture
def fresh(start_cloud):
    """A server of its own, whose world nobody else changes: all that one account holds."""
    return start_cloud(*cloud.ONE_ACCOUNT)


GITHUB_WORLD = str(pathlib.Path(__file__).with_name("github_world.toml"))


@pytest.fixture
def furnished_fresh(start_cloud):
    """A server of its own, whose GitHub has what the default one lacks: tags, issues …"""
    return start_cloud("--scenario", GITHUB_WORLD)


@pytest.fixture(scope="session")
def furnished():
    """Such a server for all tests that only read."""
    command = cloud.sim_command()
    if command is None:
        pytest.fail("This test starts its own server: set QUARTERDECK to the console's binary.", pytrace=False)
    server = cloud.start(command, "--scenario", GITHUB_WORLD)
    yield server
    server.stop()


GENERATED = """
[generate]
environments = 40
moving = true
"""


@pytest.fixture
def generated(tmp_path):
    """The flags of a world made up from a seed, unlike the default's."""
    scenario = tmp_path / "generated.toml"
    scenario.write_text(GENERATED)
    return lambda seed: ("--scenario", str(scenario), "--seed", str(seed))


@pytest.fixture(scope="session")
def shared_cloud():
    server = cloud.running()
    if server is None:
        command = cloud.sim_command()
        if command is None:
            pytest.fail("Set QUARTERDECK to the console's binary, or AWS_ENDPOINT_URL to a running server.", pytrace=False)
        server = cloud.start(command, *cloud.ONE_ACCOUNT)
    yield server
    server.stop()


@pytest.fixture
def shared(shared_cloud):
    """One server for all tests that only read."""
    shared_cloud.problems.clear()
    yield shared_cloud
    assert_model_kept([shared_cloud])


def assert_model_kept(servers):
    problems = sorted({problem for server in servers for problem in server.problems})
    assert not problems, "answers that AWS's model does not allow:\n" + "\n".join(problems)
