"""The same scenario and seed make the same world, whenever they are started.

Two servers are never started at the same instant, so what is compared is
not a moment but a course: through which states each environment went, with
every time left out.
"""

import datetime

import contract

STEP = datetime.timedelta(milliseconds=100)
STEPS = 40


def course(server):
    """Per environment: its distinct states, in their order."""
    start = contract.parse_time(server.world()["at"])
    wait_until(server, start + STEP * STEPS)
    states = {}
    for step in range(STEPS):
        at = (start + STEP * step).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        for key, row in server.rows(at=at).items():
            seen = states.setdefault(key, [])
            if not seen or seen[-1] != timeless(row):
                seen.append(timeless(row))
    return states


def wait_until(server, moment):
    """The past can be asked for, the future cannot."""
    while contract.parse_time(server.world()["at"]) < moment:
        pass


def timeless(row):
    """A row without its moments."""
    activity = row["activity"]
    return {**row, "activity": activity and {name: activity[name] for name in ("kind", "done", "total")}}


def same_course(one, other):
    """Whether one is the other, up to where either was cut off."""
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def assert_same(first, second):
    assert first.keys() == second.keys()
    differing = [key for key in first if not same_course(first[key], second[key])]
    assert differing == [], {key: (first[key], second[key]) for key in differing[:2]}


def test_the_default_world_repeats(start_cloud):
    assert_same(course(start_cloud("--speed", "10")), course(start_cloud("--speed", "10")))


def test_a_seed_repeats(start_cloud):
    flags = ("--seed", "7", "--speed", "10")
    assert_same(course(start_cloud(*flags)), course(start_cloud(*flags)))


def test_another_seed_makes_another_world(start_cloud):
    default, seventh, eighth = start_cloud(), start_cloud("--seed", "7"), start_cloud("--seed", "8")
    names = [{row["name"] for row in server.rows().values()} for server in (default, seventh, eighth)]
    assert names[0] != names[1] != names[2] != names[0]


def test_a_generated_world_fits_the_contract_and_moves(start_cloud):
    """Names, regions, sizes and labels unlike the default's, within the same contract."""
    server = start_cloud("--seed", "11", "--speed", "60")
    problems = [p for row in server.world()["environments"] for p in contract.row_problems(row, contract.WORLD_ROW)]
    assert problems == []
    moved = {key: states for key, states in course(server).items() if len(states) > 1}
    assert moved, "nothing has moved in four minutes of simulated time"
