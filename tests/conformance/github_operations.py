"""The operations of GitHub's REST API that the simulated cloud serves; the reads
with the requests that exercise them, each in a world in which there is something to read. This is the only list: a simulated
operation that is not in it, and one in it that is not simulated, are failures.
"""

import dataclasses
import typing

REPOSITORY = "/repos/{owner}/{repo}"
RUN = REPOSITORY + "/actions/runs/{run_id}"
WORKFLOW = REPOSITORY + "/actions/workflows/{workflow_id}"


@dataclasses.dataclass(frozen=True)
class Operation:
    method: str
    path: str
    requests: typing.Callable[["Subjects"], list[str]]

    def __str__(self):
        return f"{self.method} {self.path}"


class Subjects:
    """What in a server's repositories the requests are about, found through the API and the truth."""

    def __init__(self, server):
        self.server = server
        # Looked at once: the requests are made beforehand.
        self.truth = server.world()
        self.names = [repository["name"] for repository in self.truth["repositories"]]

    def each(self, pattern, **values):
        """The pattern for each repository."""
        return [f"/repos/{name}" + pattern.format(**values) for name in self.names]

    def administered(self, pattern):
        """The pattern for each repository whose settings the viewer may read: the description knows no refusal."""
        mine = [name for name in self.names if self.server.github("GET", f"/repos/{name}").body["permissions"]["admin"]]
        return [f"/repos/{name}{pattern}" for name in mine]

    def runs(self, pattern=""):
        return [f"/repos/{run['repository']}/actions/runs/{run['id']}{pattern}" for run in self.truth["runs"]]

    def jobs(self):
        return [(run, job) for run in self.truth["runs"] for job in run["jobs"] if job["listed"]]

    def issues(self, pattern):
        found = []
        for name in self.names:
            issues = self.server.github("GET", f"/repos/{name}/issues?state=all&per_page=100").body
            found += [f"/repos/{name}/issues/{issue['number']}{pattern}" for issue in issues]
        return found

    def commits(self, pattern=""):
        found = []
        for name in self.names:
            commits = self.server.github("GET", f"/repos/{name}/commits?per_page=100").body
            found += [f"/repos/{name}/commits/{commit['sha']}{pattern}" for commit in commits]
        return found

    def pulls(self, pattern=""):
        found = []
        for name in self.names:
            pulls = self.server.github("GET", f"/repos/{name}/pulls?state=all&per_page=100").body
            found += [f"/repos/{name}/pulls/{pull['number']}{pattern}" for pull in pulls]
        return found

    def comparisons(self):
        found = []
        for name in self.names:
            commits = self.server.github("GET", f"/repos/{name}/commits?per_page=100").body
            first, last = commits[-1]["sha"], commits[0]["sha"]
            found += [f"/repos/{name}/compare/{first}...main", f"/repos/{name}/compare/{last}...{first[:8]}"]
            found += [f"/repos/{name}/compare/main...main", f"/repos/{name}/compare/{first}...main?per_page=2&page=2"]
            for pull in self.server.github("GET", f"/repos/{name}/pulls").body:
                found.append(f"/repos/{name}/compare/main...{pull['head']['ref']}")
        return found

    def deployments(self):
        found = []
        for name in self.names:
            deployments = self.server.github("GET", f"/repos/{name}/deployments?per_page=100").body
            found += [f"/repos/{name}/deployments/{deployment['id']}/statuses" for deployment in deployments]
        return found


READS = [
    Operation("GET", "/user", lambda s: ["/user"]),
    Operation("GET", "/user/repos", lambda s: ["/user/repos", "/user/repos?sort=pushed&per_page=2&page=2"]),
    Operation("GET", "/rate_limit", lambda s: ["/rate_limit"]),
    Operation("GET", REPOSITORY, lambda s: s.each("")),
    Operation(
        "GET",
        REPOSITORY + "/branches/{branch}/protection/required_status_checks",
        lambda s: s.administered("/branches/main/protection/required_status_checks"),
    ),
    Operation("GET", REPOSITORY + "/branches/{branch}", lambda s: s.each("/branches/main")),
    Operation("GET", REPOSITORY + "/commits", lambda s: s.each("/commits") + s.each("/commits?per_page=2&page=2")),
    Operation("GET", REPOSITORY + "/commits/{ref}", lambda s: s.commits() + s.each("/commits/main")),
    Operation("GET", REPOSITORY + "/commits/{commit_sha}/pulls", lambda s: s.commits("/pulls")),
    Operation("GET", REPOSITORY + "/commits/{ref}/check-runs", lambda s: s.commits("/check-runs")),
    Operation("GET", REPOSITORY + "/commits/{ref}/status", lambda s: s.commits("/status")),
    Operation("GET", REPOSITORY + "/commits/{ref}/statuses", lambda s: s.commits("/statuses")),
    Operation("GET", REPOSITORY + "/git/ref/{ref}", lambda s: s.each("/git/ref/heads/main") + s.each("/git/ref/tags/v1.0")),
    Operation("GET", REPOSITORY + "/git/matching-refs/{ref}", lambda s: s.each("/git/matching-refs/tags") + s.each("/git/matching-refs/heads/m")),
    Operation("GET", REPOSITORY + "/tags", lambda s: s.each("/tags")),
    Operation("GET", REPOSITORY + "/releases", lambda s: s.each("/releases")),
    Operation("GET", REPOSITORY + "/releases/latest", lambda s: s.each("/releases/latest")),
    Operation(
        "GET",
        REPOSITORY + "/issues",
        lambda s: s.each("/issues?labels=alert&state=open") + s.each("/issues?state=all&sort=updated&direction=asc"),
    ),
    Operation("GET", REPOSITORY + "/issues/{issue_number}/comments", lambda s: s.issues("/comments")),
    Operation("GET", REPOSITORY + "/compare/{basehead}", lambda s: s.comparisons()),
    Operation(
        "GET",
        REPOSITORY + "/contents/{path}",
        lambda s: s.each("/contents/") + s.each("/contents/.github/workflows/deploy.yml") + s.each("/contents/.github"),
    ),
    Operation("GET", REPOSITORY + "/pulls", lambda s: s.each("/pulls") + s.each("/pulls?state=all")),
    Operation("GET", REPOSITORY + "/pulls/{pull_number}", lambda s: s.pulls()),
    Operation("GET", REPOSITORY + "/pulls/{pull_number}/files", lambda s: s.pulls("/files")),
    Operation(
        "GET",
        REPOSITORY + "/actions/runs",
        lambda s: s.each("/actions/runs") + s.each("/actions/runs?status=waiting") + s.each("/actions/runs?branch=main&event=push"),
    ),
    Operation("GET", RUN, lambda s: s.runs()),
    Operation("GET", RUN + "/jobs", lambda s: s.runs("/jobs")),
    Operation("GET", RUN + "/approvals", lambda s: s.runs("/approvals")),
    Operation("GET", RUN + "/pending_deployments", lambda s: s.runs("/pending_deployments")),
    Operation(
        "GET",
        REPOSITORY + "/actions/jobs/{job_id}/logs",
        lambda s: [f"/repos/{run['repository']}/actions/jobs/{job['id']}/logs" for run, job in s.jobs() if job["status"] == "completed"],
    ),
    Operation("GET", REPOSITORY + "/actions/workflows", lambda s: s.each("/actions/workflows")),
    Operation("GET", WORKFLOW + "/runs", lambda s: s.each("/actions/workflows/deploy.yml/runs")),
    Operation("GET", REPOSITORY + "/deployments", lambda s: s.each("/deployments")),
    Operation("GET", REPOSITORY + "/deployments/{deployment_id}/statuses", lambda s: s.deployments()),
    Operation("GET", REPOSITORY + "/rules/branches/{branch}", lambda s: s.each("/rules/branches/main")),
]


@dataclasses.dataclass(frozen=True)
class Write:
    method: str
    path: str

    def __str__(self):
        return f"{self.method} {self.path}"


# Each has a test of its own in test_github_writes.py, since it needs something to change.
WRITES = [
    Write("POST", REPOSITORY + "/git/refs"),
    Write("POST", REPOSITORY + "/releases"),
    Write("PUT", REPOSITORY + "/pulls/{pull_number}/merge"),
    Write("POST", RUN + "/pending_deployments"),
    Write("POST", RUN + "/rerun-failed-jobs"),
    Write("POST", RUN + "/rerun"),
    Write("POST", RUN + "/cancel"),
    Write("POST", RUN + "/force-cancel"),
    Write("DELETE", RUN),
    Write("POST", WORKFLOW + "/dispatches"),
]
