"""What changes something on GitHub, held against GitHub's description: each write with its effect."""

import re
import time

import pytest

import github_description
from github_operations import READS, WRITES
from test_github_rest import held

SHOP = "/repos/acme/shop"


def of(path, method="POST"):
    return next(operation for operation in WRITES if operation.method == method and operation.path.endswith(path))


def reading(path):
    return next(operation for operation in READS if operation.path.endswith(path))


def waiting(server):
    """A run that waits for approval, and what it waits for."""
    run = next(run for run in server.world()["runs"] if run["status"] == "waiting")
    path = f"/repos/{run['repository']}/actions/runs/{run['id']}"
    pending = server.github("GET", path + "/pending_deployments").body
    return path, [row["environment"]["id"] for row in pending]


def until(holds):
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "it has not come to that within a minute"
        time.sleep(0.1)


def test_every_write_has_a_test_here():
    """Its path, or the end of it, stands in this file."""
    with open(__file__) as file:
        text = file.read()
    for operation in WRITES:
        ending = operation.path.rsplit("/", 1)[1]
        assert f'of("/{ending}"' in text or f'of("{ending}"' in text, operation


def test_reviews_answer_as_described(fresh):
    path, ids = waiting(fresh)
    operation = of("/pending_deployments")
    approved = held(fresh, operation, path + "/pending_deployments", {"environment_ids": ids[:1], "state": "approved", "comment": "go"})
    assert len(approved.body) == 1
    rejected = held(fresh, operation, path + "/pending_deployments", {"environment_ids": ids[1:], "state": "rejected", "comment": "no"})
    assert len(rejected.body) == len(ids) - 1
    approvals = held(fresh, reading("/approvals"), path + "/approvals").body
    assert [review["state"] for review in approvals] == ["approved", "rejected"]


@pytest.mark.parametrize("cancel, rerun", [("/cancel", "/rerun-failed-jobs"), ("/force-cancel", "/rerun")])
def test_runs_are_cancelled_started_anew_and_deleted_as_described(fresh, cancel, rerun):
    path, _ids = waiting(fresh)
    cancelling = {"/cancel": of("/cancel"), "/force-cancel": of("/force-cancel")}[cancel]
    again = {"/rerun": of("/rerun"), "/rerun-failed-jobs": of("/rerun-failed-jobs")}[rerun]
    assert held(fresh, cancelling, path + cancel).status == 202
    assert held(fresh, cancelling, path + cancel).status == 409
    assert held(fresh, again, path + rerun).status == 201
    # That it is running already is no answer of the description's.
    assert fresh.github("POST", path + rerun).status == 403
    run = fresh.github("GET", path).body
    assert (run["run_attempt"], run["status"]) == (2, "waiting" if rerun == "/rerun-failed-jobs" else "queued")
    jobs = held(fresh, reading("/jobs"), path + "/jobs?filter=all&per_page=100").body["jobs"]
    assert {job["run_attempt"] for job in jobs} == {1, 2}
    assert held(fresh, cancelling, path + cancel).status == 202
    assert held(fresh, of("{run_id}", "DELETE"), path).status == 204
    assert fresh.github("GET", path).status == 404


@pytest.mark.parametrize("details, status", [(None, 204), (True, 200), (False, 204)])
def test_dispatches_answer_as_described(fresh, details, status):
    path, _ids = waiting(fresh)
    repository = re.match(r"/repos/[^/]+/[^/]+", path)[0]
    body = {"ref": "main", "inputs": {"staging": "true"}}
    if details is not None:
        body["return_run_details"] = details
    answer = held(fresh, of("/dispatches"), repository + "/actions/workflows/redeploy.yml/dispatches", body)
    assert answer.status == status
    newest = fresh.github("GET", repository + "/actions/runs?event=workflow_dispatch").body["workflow_runs"][0]
    assert status == 204 or answer.body["workflow_run_id"] == newest["id"]
    assert fresh.github("GET", path).body["conclusion"] == "cancelled"


def test_a_tag_is_made_as_described(furnished_fresh):
    server = furnished_fresh
    head = server.github("GET", SHOP + "/branches/main").body["commit"]["sha"]
    made = held(server, of("/refs"), SHOP + "/git/refs", {"ref": "refs/tags/v1.1", "sha": head})
    assert (made.status, made.body["object"]["sha"]) == (201, head)
    assert held(server, of("/refs"), SHOP + "/git/refs", {"ref": "refs/tags/v1.1", "sha": head}).status == 422
    assert held(server, of("/refs"), SHOP + "/git/refs", {"ref": "refs/tags/v1.2", "sha": "0" * 40}).status == 422
    assert "v1.1" in [tag["name"] for tag in held(server, reading("{repo}/tags"), SHOP + "/tags").body]
    runs = held(server, reading("/actions/runs"), SHOP + "/actions/runs?branch=v1.1").body["workflow_runs"]
    assert [(run["path"], run["event"], run["head_sha"]) for run in runs] == [(".github/workflows/release.yml", "push", head)]


def test_a_release_is_made_as_described(furnished_fresh):
    server = furnished_fresh
    body = {"tag_name": "v1.1", "target_commitish": "main", "name": "More", "body": "", "draft": False, "generate_release_notes": True}
    made = held(server, of("/releases"), SHOP + "/releases", body)
    assert made.status == 201 and "Show prices by @kim" in made.body["body"]
    assert held(server, of("/releases"), SHOP + "/releases", body).status == 422
    assert held(server, reading("/releases/latest"), SHOP + "/releases/latest").body["tag_name"] == "v1.1"
    runs = held(server, reading("/actions/runs"), SHOP + "/actions/runs?branch=v1.1").body["workflow_runs"]
    assert sorted(run["event"] for run in runs) == ["push", "release"]


@pytest.mark.parametrize("method, parents", [("squash", 1), ("merge", 2), ("rebase", 1), (None, 2)])
def test_a_merge_answers_as_described(furnished_fresh, method, parents):
    server = furnished_fresh
    pull = held(server, reading("/pulls/{pull_number}"), SHOP + "/pulls/12").body
    assert (pull["mergeable"], pull["mergeable_state"], pull["merged"]) == (True, "clean", False)
    body = {"sha": pull["head"]["sha"]} | ({"merge_method": method} if method else {})
    stale = held(server, of("/merge", "PUT"), SHOP + "/pulls/12/merge", body | {"sha": "0" * 40})
    assert (stale.status, stale.body["message"]) == (409, "Head branch was modified. Review and try the merge again.")
    merged = held(server, of("/merge", "PUT"), SHOP + "/pulls/12/merge", body)
    assert (merged.status, merged.body["merged"]) == (200, True)
    commit = held(server, reading("/commits/{ref}"), f"{SHOP}/commits/{merged.body['sha']}").body
    assert len(commit["parents"]) == parents and [file["filename"] for file in commit["files"]] == ["stock.py"]
    again = held(server, of("/merge", "PUT"), SHOP + "/pulls/12/merge", {})
    assert (again.status, again.body["message"]) == (405, "Pull Request is not mergeable")
    run = server.github("GET", SHOP + "/actions/runs?event=push&branch=main").body["workflow_runs"][0]
    assert run["head_sha"] == merged.body["sha"]


REVERT = """
mutation Revert($input: RevertPullRequestInput!) {
  revertPullRequest(input: $input) {
    clientMutationId
    pullRequest { number state }
    revertPullRequest { id number title body state isDraft changedFiles headRefName author { login } files(first: 5) { nodes { path } } }
  }
}
"""
PULL = """
query Pull($number: Int!) { repository(owner: "acme", name: "shop") { pullRequest(number: $number) { id number mergeable state } } }
"""


def mutate(server, number, **more):
    assert github_description.query_problems(REVERT) == [] and github_description.query_problems(PULL) == []
    known = server.github("POST", "/graphql", {"query": PULL, "variables": {"number": number}}).body["data"]
    found = known["repository"]["pullRequest"]
    assert found["id"] == server.github("GET", f"{SHOP}/pulls/{number}").body["node_id"]
    answer = server.github("POST", "/graphql", {"query": REVERT, "variables": {"input": {"pullRequestId": found["id"], **more}}})
    assert answer.status == 200
    assert github_description.answer_problems(REVERT, answer.body["data"]) == []
    return answer.body


def test_a_revert_answers_as_described(furnished_fresh):
    server = furnished_fresh
    made = mutate(server, 11, title="Take it back", clientMutationId="x")["data"]["revertPullRequest"]
    revert = made["revertPullRequest"]
    assert (made["clientMutationId"], made["pullRequest"]) == ("x", {"number": 11, "state": "MERGED"})
    assert (revert["title"], revert["state"], revert["author"], revert["isDraft"]) == ("Take it back", "OPEN", {"login": "jo"}, False)
    assert (revert["headRefName"], revert["changedFiles"]) == ("revert-11-prices-11", 1)
    opened = held(server, reading("/pulls/{pull_number}"), f"{SHOP}/pulls/{revert['number']}").body
    assert (opened["node_id"], opened["state"], opened["body"]) == (revert["id"], "open", "Reverts acme/shop#11")
    files = held(server, reading("/files"), f"{SHOP}/pulls/{revert['number']}/files").body
    assert [(file["filename"], file["status"]) for file in files] == [("prices.py", "removed")]


def test_what_is_not_merged_cannot_be_reverted(furnished_fresh):
    answer = mutate(furnished_fresh, 12)
    assert answer["data"] == {"revertPullRequest": None}
    assert answer["errors"][0]["type"] == "UNPROCESSABLE" and answer["errors"][0]["path"] == ["revertPullRequest"]
    assert len(furnished_fresh.world()["repositories"][0]["open_pulls"]) == 2


def test_an_approved_run_reaches_every_environment(start_cloud):
    """GitHub says so, and so does AWS: the labels of production name the run's commit."""
    server = start_cloud("--speed", "60")
    path, ids = waiting(server)
    until(lambda: all(row["activity"] is None for row in server.world()["environments"] if row["app"] in ("h", "h-websocket")))
    server.github("POST", path + "/pending_deployments", {"environment_ids": ids, "state": "approved", "comment": ""})
    until(lambda: server.github("GET", path).body["status"] == "completed")
    run = server.github("GET", path).body
    assert run["conclusion"] == "success"
    production = [row for row in server.world()["environments"] if row["name"] in ("h-prod", "h-websocket-prod")]
    assert [row["version"]["sha"] for row in production] == [run["head_sha"][:7]] * 3
    client = server.client("elasticbeanstalk", "ca-central-1")
    listed = client.describe_environments(EnvironmentNames=["h-prod"])["Environments"][0]
    assert listed["VersionLabel"].endswith(f"-g{run['head_sha'][:7]}")
