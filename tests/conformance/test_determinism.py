"""The same scenario and seed make the same world, whenever they are started.

Two servers are never started at the same instant, so what is compared is
not a moment but a course: through which states each environment went, with
every time left out.
"""

import datetime
import json
import re
import time

import contract

# As in h-prod20221110T123456Z-20221110-g8a52aea and app-1a2b-221110_123456789012.
MOMENT = re.compile(r"\d{8}T\d{6}Z|\d{8}(?=-g)|\d{6}_\d{6,12}")

# As in 20221110-g8a52aea, or whole.
COMMIT = re.compile(r"(-g)[0-9a-f]{7}\b|\b[0-9a-f]{40}\b")

STEP = datetime.timedelta(milliseconds=100)
STEPS = 40


def course(server, as_is=lambda row: row):
    """Per environment: its distinct states, in their order."""
    start = contract.parse_time(server.world()["at"])
    wait_until(server, start + STEP * STEPS)
    states = {}
    for step in range(STEPS):
        at = (start + STEP * step).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        for key, row in server.rows(at=at).items():
            seen = states.setdefault(key, [])
            if not seen or seen[-1] != timeless(as_is(row)):
                seen.append(timeless(as_is(row)))
    return states


def wait_until(server, moment):
    """The past can be asked for, the future cannot."""
    while contract.parse_time(server.world()["at"]) < moment:
        time.sleep(0.05)


def timeless(row):
    """A row without its moments: labels carry the time of their build."""
    activity = row["activity"]
    return json.loads(MOMENT.sub("TIME", json.dumps({
        **row, "activity": activity and {name: activity[name] for name in ("kind", "done", "total")},
    })))


def without_commits(row):
    """A row without its commits, which hold the moments at which they were made, and without the port of a server of its own."""
    row = json.loads(COMMIT.sub(r"\1COMMIT", json.dumps(row)))
    # Versions stand in the order of their labels.
    versions = sorted(row["instances"]["versions"], key=lambda version: (version["label"], version["count"]))
    instances = {**row["instances"], "versions": versions}
    return {**row, "url": None, "version": {**row["version"], "sha": None}, "instances": instances}


def same_course(one, other):
    """Whether one is the other, up to where either was cut off."""
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def assert_same(first, second):
    assert first.keys() == second.keys()
    differing = [key for key in first if not same_course(first[key], second[key])]
    assert differing == [], "\n".join(f"{first[key]}\n{second[key]}" for key in differing[:2])


def test_the_default_world_repeats(start_cloud):
    first, second = (course(start_cloud("--speed", "10"), without_commits) for _server in range(2))
    assert_same(first, second)
    assert any(len(states) > 1 for states in first.values()), "nothing has moved in forty seconds of simulated time"


def test_a_seed_repeats(start_cloud, generated):
    flags = (*generated(7), "--speed", "10")
    assert_same(course(start_cloud(*flags)), course(start_cloud(*flags)))


def names(server):
    return {row["name"] for row in server.rows().values()}


def test_another_seed_makes_another_world(start_cloud, generated):
    default, seventh, eighth = start_cloud(), start_cloud(*generated(7)), start_cloud(*generated(8))
    assert len({frozenset(names(server)) for server in (default, seventh, eighth)}) == 3
    assert names(default).isdisjoint(names(seventh))


def test_a_seed_alone_makes_a_world_up(start_cloud):
    assert names(start_cloud()) != names(start_cloud("--seed", "7"))


def test_a_generated_world_fits_the_contract_and_moves(start_cloud, generated):
    server = start_cloud(*generated(11), "--speed", "60")
    problems = [p for row in server.world()["environments"] for p in contract.row_problems(row, contract.WORLD_ROW)]
    assert problems == []
    moved = {key: states for key, states in course(server).items() if len(states) > 1}
    assert moved, "nothing has moved in four minutes of simulated time"
