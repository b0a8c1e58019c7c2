"""A rolling deploy over real sshds that is killed and carried on: some moments of the many that scripts/kills goes through."""

import importlib.machinery
import importlib.util
import os
import pathlib

import pytest

SCRIPTS = pathlib.Path(__file__).parents[2] / "scripts"


def load(name):
    # The script has no ending, as a command of its own.
    loader = importlib.machinery.SourceFileLoader(name, str(SCRIPTS / name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def kills():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(SCRIPTS))
        yield load("kills")


def binary():
    if not os.environ.get("QUARTERDECK"):
        pytest.fail("set QUARTERDECK to the console's binary.", pytrace=False)
    return os.environ["QUARTERDECK"]


def moments(kills, *counts):
    return [kills.Moment(0.0, facts) for facts in counts]


def test_a_deploy_killed_at_boundaries_between_its_facts_is_carried_on(kills):
    # Planned; the first instance is leaving, its command has begun, it is registered; the second is leaving.
    result = kills.run(binary(), "boundaries", moments(kills, 1, 8, 15, 17, 20, 26))
    assert not result.wrong, kills.told(result)
    assert result.killed[0] < result.killed[-1], kills.told(result)


def test_a_deploy_killed_at_random_moments_is_carried_on(kills):
    chosen = [kills.Moment(4.0), kills.Moment(9.0), kills.Moment(0.01, 24)]
    result = kills.run(binary(), "moments", chosen)
    assert not result.wrong, kills.told(result)
    assert result.killed, kills.told(result)


def test_a_world_in_which_nothing_was_deployed_is_found_wrong(kills, tmp_path):
    """The judge itself: without a deploy no host has anything, and nobody was asked for anything."""
    world = kills.World(binary(), str(tmp_path), 1)
    try:
        wrong = world.wrong()
    finally:
        world.stop()
    assert len(wrong) == 4 and any("the load balancer was asked for []" in sentence for sentence in wrong), wrong
