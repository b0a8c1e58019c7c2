"""Every simulated operation of GitHub's REST, held against GitHub's description."""

import re

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


def is_telling(answer):
    """Whether an answer has something in it that the description can be held against."""
    if answer.status == 302:
        return True
    rows = [value for value in answer.body.values() if isinstance(value, list)] if isinstance(answer.body, dict) else [answer.body]
    counted = isinstance(answer.body, dict) and "total_count" in answer.body
    return answer.status == 200 and (not (counted or isinstance(answer.body, list)) or any(rows))


@pytest.mark.parametrize("operation", READS, ids=str)
def test_a_read_answers_as_described(shared, furnished, operation):
    telling = 0
    for server in (shared, furnished):
        for path in operation.requests(github_operations.Subjects(server)):
            telling += is_telling(held(server, operation, path))
    assert telling, f"nothing was there to be read by {operation}"


def test_the_list_of_operations_is_complete(start_cloud):
    """Asks for every operation of the description: the server says which it knows."""
    server = start_cloud()
    described = github_description.operations()
    owner, repo = server.world()["repositories"][1]["name"].split("/")
    for method, path in described:
        asked = path.replace("{owner}", owner).replace("{repo}", repo)
        server.github(method, re.sub(r"\{[^}]+\}", "1", asked), {} if method == "POST" else None)
    known = {call["operation"] for call in server.calls() if call["service"] == "github"} & {f"{m} {p}" for m, p in described}
    # What it does not know is entered with the path as it came, which has no braces left.
    known -= {f"{method} {path}" for method, path in described if "{" not in path and f"{method} {path}" not in ("GET /user", "GET /user/repos", "GET /rate_limit")}
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
            "conclusion": contract.among({None, "success", "failure", "cancelled", "skipped", "startup_failure"}),
            "created_at": contract.is_time, "updated_at": contract.is_time,
        }
        assert contract.field_problems(run, fields, "") == []
        assert (run["status"] == "completed") == (run["conclusion"] is not None)
        assert run["status"] != "waiting" or run["waits_for"]


def test_other_tokens_are_refused(shared):
    for token, message in [("Bearer nobodys", "Bad credentials"), ("", "Bad credentials")]:
        answer = shared.github("GET", "/user", authorization=token)
        assert (answer.status, answer.body["message"]) == (401, message)
