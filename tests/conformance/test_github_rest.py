"""Every simulated operation of GitHub's REST, held against GitHub's description."""

import re
import time

import pytest

import contract
import github_description
import github_operations
from github_operations import READS, WRITES


def held(server, operation, path, body=None, **headers):
    """The answer to a request, which the description has to allow."""
    answer = server.github(operation.method, path, body, **headers)
    found = github_description.problems(operation.method, operation.path, answer.status, answer.body, answer.kind)
    assert not found, f"{path}\n" + "\n".join(found)
    return answer


def of(path, method="POST"):
    return next(operation for operation in WRITES if operation.method == method and operation.path.endswith(path))


@pytest.mark.parametrize("operation", READS, ids=str)
def test_a_read_answers_as_described(shared, operation):
    requests = operation.requests(github_operations.Subjects(shared))
    answers = [held(shared, operation, path) for path in requests]
    assert any(answer.status in (200, 302) for answer in answers), requests


def waiting(server):
    """A run that waits for approval, and what it waits for."""
    run = next(run for run in server.world()["runs"] if run["status"] == "waiting")
    path = f"/repos/{run['repository']}/actions/runs/{run['id']}"
    pending = server.github("GET", path + "/pending_deployments").body
    return path, [row["environment"]["id"] for row in pending]


def test_reviews_answer_as_described(fresh):
    path, ids = waiting(fresh)
    operation = of("/pending_deployments")
    approved = held(fresh, operation, path + "/pending_deployments", {"environment_ids": ids[:1], "state": "approved", "comment": "go"})
    assert len(approved.body) == 1
    rejected = held(fresh, operation, path + "/pending_deployments", {"environment_ids": ids[1:], "state": "rejected", "comment": "no"})
    assert len(rejected.body) == len(ids) - 1
    approvals = next(operation for operation in READS if operation.path.endswith("/approvals"))
    assert [review["state"] for review in held(fresh, approvals, path + "/approvals").body] == ["approved", "rejected"]


def test_runs_are_cancelled_started_anew_and_deleted_as_described(fresh):
    path, _ids = waiting(fresh)
    assert held(fresh, of("/cancel"), path + "/cancel").status == 202
    assert held(fresh, of("/cancel"), path + "/cancel").status == 409
    assert held(fresh, of("/rerun-failed-jobs"), path + "/rerun-failed-jobs").status == 201
    run = fresh.github("GET", path).body
    assert (run["run_attempt"], run["status"]) == (2, "waiting")
    assert held(fresh, of("/cancel"), path + "/cancel").status == 202
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


def test_the_list_of_operations_is_complete(start_cloud):
    """Asks for every operation of the description: the server says which it knows."""
    server = start_cloud()
    described = github_description.operations()
    for method, path in described:
        owner, repo = server.world()["repositories"][1]["name"].split("/")
        asked = path.replace("{owner}", owner).replace("{repo}", repo)
        server.github(method, re.sub(r"\{[^}]+\}", "1", asked), {} if method == "POST" else None)
    known = {call["operation"] for call in server.calls() if call["service"] == "github"} & {f"{m} {p}" for m, p in described}
    # What it does not know is entered with the path as it came, which has no braces left.
    known -= {f"{method} {path}" for method, path in described if "{" not in path and f"{method} {path}" not in ("GET /user", "GET /rate_limit")}
    listed = {str(operation) for operation in READS + WRITES}
    assert known == listed, f"not exercised: {known - listed}; not simulated: {listed - known}"


def test_refusals_are_as_described(shared):
    name = shared.world()["repositories"][1]["name"]
    for path, status in [
        ("/repos/nobody/nothing", 404),
        (f"/repos/{name}/compare/0000000...main", 404),
        (f"/repos/{name}/commits/0000000", 422),
        (f"/repos/{name}/contents/nowhere", 404),
        (f"/repos/{name}/actions/runs/1", 404),
    ]:
        answer = shared.github("GET", path)
        assert (answer.status, answer.body["status"]) == (status, str(status)), path
        assert answer.body["message"] and answer.body["documentation_url"]


def test_what_did_not_change_is_free(shared):
    name = shared.world()["repositories"][1]["name"]
    first = shared.github("GET", f"/repos/{name}/branches/main")
    again = shared.github("GET", f"/repos/{name}/branches/main", if_none_match=first.headers["etag"])
    assert (again.status, again.text) == (304, "")
    assert again.headers["x-ratelimit-remaining"] == first.headers["x-ratelimit-remaining"]
    limit = shared.github("GET", "/rate_limit").body["resources"]["core"]
    assert limit["remaining"] == int(first.headers["x-ratelimit-remaining"])


def test_links_lead_on(shared):
    name = shared.world()["repositories"][1]["name"]
    seen, path = [], f"/repos/{name}/commits?per_page=2"
    while path:
        answer = shared.github("GET", path)
        seen += [commit["sha"] for commit in answer.body]
        following = re.search(r'<([^>]+)>; rel="next"', answer.headers.get("link") or "")
        path = following[1] if following else None
        assert path is None or "/repositories/" in path
    whole = [commit["sha"] for commit in shared.github("GET", f"/repos/{name}/commits?per_page=100").body]
    assert seen == whole and len(whole) > 4


def test_environments_run_commits_of_the_repositories(shared):
    """The labels that AWS lists name commits that GitHub has."""
    running = {row["version"]["sha"] for row in shared.world()["environments"] if row["app"] in ("h", "h-websocket")}
    for short in running:
        commit = shared.github("GET", f"/repos/hypothesis/h/commits/{short}").body
        assert commit["sha"].startswith(short)


def test_the_truth_fits_the_contract(shared):
    world = shared.world()
    for repository in world["repositories"]:
        fields = {"name": contract.is_text, "default_branch": contract.is_text, "head": contract.is_sha, "pushed_at": contract.is_time}
        assert contract.field_problems(repository, fields, "") == []
    for run in world["runs"]:
        fields = {
            "repository": contract.is_text, "id": contract.is_count, "number": contract.is_count, "attempt": contract.is_count,
            "workflow": contract.is_text, "event": contract.is_text, "head": contract.is_sha,
            "status": contract.among({"queued", "pending", "in_progress", "waiting", "completed"}),
            "conclusion": contract.among({None, "success", "failure", "cancelled", "skipped"}),
            "created_at": contract.is_time, "updated_at": contract.is_time,
        }
        assert contract.field_problems(run, fields, "") == []
        assert (run["status"] == "completed") == (run["conclusion"] is not None)
        assert run["status"] != "waiting" or run["waits_for"]


def test_other_tokens_are_refused(shared):
    for token, message in [("Bearer nobodys", "Bad credentials"), ("", "Bad credentials")]:
        answer = shared.github("GET", "/user", authorization=token)
        assert (answer.status, answer.body["message"]) == (401, message)


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


def until(holds):
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "it has not come to that within a minute"
        time.sleep(0.1)
