"""The check of the contract's schema: the contract's own examples fit it,
and a row bent in any one place does not."""

import copy

import pytest

import contract

STATUS = {
    "key": "beanstalk:111122223333:us-west-1:h-websocket-prod",
    "platform": "beanstalk", "account": "111122223333", "region": "us-west-1",
    "app": "h", "name": "h-websocket-prod", "tier": "production",
    "version": {"label": "h-websocket-prod20221113T090000Z-20221113-g77c1d09", "sha": "77c1d09",
                "source": "beanstalk version label", "confidence": "mixed", "at": "2026-11-20T02:57:11Z"},
    "health": {"level": "degraded", "causes": ["Incorrect application version found on 3 out of 12 instances."],
               "source": "beanstalk enhanced health", "at": "2026-11-20T02:57:11Z"},
    "activity": {"kind": "deploy", "done": 9, "total": 12, "since": "2026-11-20T02:53:02Z",
                 "at": "2026-11-20T02:57:11Z"},
    "instances": {"total": 12, "healthy": 12, "at": "2026-11-20T02:57:01Z",
                  "versions": [{"label": "…-g8a52aea", "count": 3}, {"label": "…-g77c1d09", "count": 9}]},
    "error": None,
}

UNREAD = {
    "key": "beanstalk:111122223333:ca-central-1:h-prod",
    "platform": "beanstalk", "account": "111122223333", "region": "ca-central-1",
    "app": "h", "name": "h-prod", "tier": "production",
    "version": {"label": None, "sha": None, "source": None, "confidence": "unknown", "at": None},
    "health": {"level": "unknown", "causes": [], "source": None, "at": None},
    "activity": None,
    "instances": {"total": None, "healthy": None, "versions": [], "at": None},
    "error": "ca-central-1 did not answer within 10 s (asked 02:57:04Z)",
}


def bent(path, value):
    row = copy.deepcopy(STATUS)
    place = row
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return row


@pytest.mark.parametrize("row", [STATUS, UNREAD], ids=["read", "unread"])
def test_the_contracts_own_rows_fit(row):
    assert contract.row_problems(row, contract.STATUS_ROW) == []


def test_more_fields_may_stand_beside():
    assert contract.row_problems({**STATUS, "url": "x"}, contract.STATUS_ROW) == []


BENT = [
    (("tier",), "prod"),
    (("platform",), "eb"),
    (("account",), 111122223333),
    (("account",), "1111"),
    (("key",), "beanstalk:111122223333:us-west-1:h-prod"),
    (("version", "sha"), "g77c1d09"),
    (("version", "confidence"), "sure"),
    (("version", "at"), "2026-11-20T02:57:11+00:00"),
    (("health", "level"), "Ok"),
    (("health", "causes"), None),
    (("health", "causes"), [""]),
    (("health",), None),
    (("activity", "kind"), "deploying"),
    (("activity", "done"), 13),
    (("activity", "since"), 1763600000),
    (("instances", "total"), True),
    (("instances", "healthy"), 13),
    (("instances", "versions"), None),
    (("instances", "versions"), [{"label": "a"}]),
    (("instances", "versions"), [{"label": "a", "count": 1}, {"label": "a", "count": 2}]),
    (("instances", "versions"), [{"label": "a", "count": 13}]),
    (("error",), ""),
]


@pytest.mark.parametrize(("path", "value"), BENT, ids=[f"{'.'.join(path)}={value!r}" for path, value in BENT])
def test_a_bent_row_is_caught(path, value):
    assert contract.row_problems(bent(path, value), contract.STATUS_ROW)


@pytest.mark.parametrize("path", [(name,) for name in STATUS] + [("version", "sha"), ("health", "at"), ("instances", "total")])
def test_a_missing_field_is_caught(path):
    row = copy.deepcopy(STATUS)
    place = row[path[0]] if len(path) == 2 else row
    del place[path[-1]]
    assert contract.row_problems(row, contract.STATUS_ROW)


def test_a_world_that_speaks_of_a_reader_is_caught():
    found = contract.row_problems(STATUS, contract.WORLD_ROW)
    assert {problem.split(": ")[1].split(" ")[0] for problem in found} >= {
        "version.source", "version.confidence", "version.at", "health.source", "health.at", "activity", "instances.at",
    }
