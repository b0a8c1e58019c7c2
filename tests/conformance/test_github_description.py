"""The checks against GitHub's description find what they look for."""

import copy

import github_description

PATH = "/repos/{owner}/{repo}/actions/runs/{run_id}/pending_deployments"
GOOD = [{
    "environment": {"id": 1, "name": "production", "url": "https://api.github.example/e", "html_url": "https://github.example/e"},
    "wait_timer": 0, "wait_timer_started_at": None, "current_user_can_approve": True, "reviewers": [],
}]


def problems(change):
    body = copy.deepcopy(GOOD)
    change(body[0])
    return github_description.problems("GET", PATH, 200, body)


def test_a_good_answer_passes():
    assert problems(lambda row: None) == []


def test_mistakes_are_found():
    for change in (
        lambda row: row.pop("wait_timer"),
        lambda row: row.update(wait_timer="soon"),
        lambda row: row.update(wait_timer_started_at="yesterday"),
        lambda row: row.update(wait_timer_started_at="2026-11-20T02:57:14.123Z"),
        lambda row: row["environment"].update(id="one"),
        lambda row: row.update(current_user_can_approve=None),
        lambda row: row.update(reviewers=[{"type": "Robot"}]),
    ):
        assert len(problems(change)) == 1


def test_an_answer_that_is_not_described_is_found():
    try:
        github_description.problems("GET", PATH, 418, {})
    except AssertionError as error:
        assert "no answer 418" in str(error)
    else:
        raise AssertionError("a teapot passed")


QUERY = "{ viewer { login } rateLimit { cost resetAt } repository(owner: \"a\", name: \"b\") { object(oid: \"c\") { ... on Commit { oid } } } }"
DATA = {"viewer": {"login": "jo"}, "rateLimit": {"cost": 1, "resetAt": "2026-11-20T02:57:14Z"}, "repository": None}


def test_mistakes_in_data_are_found():
    assert github_description.query_problems(QUERY) == []
    assert github_description.answer_problems(QUERY, DATA) == []
    for change in (
        {"viewer": None},
        {"viewer": {}},
        {"rateLimit": {"cost": "1", "resetAt": "2026-11-20T02:57:14Z"}},
        {"rateLimit": {"cost": 1, "resetAt": "soon"}},
        {"repository": {"object": {"oid": "main"}}},
    ):
        assert len(github_description.answer_problems(QUERY, {**DATA, **change})) == 1, change
    assert github_description.query_problems("{ viewer { salary } }")
