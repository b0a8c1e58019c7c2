"""GraphQL: the queries that a console asks, held against GitHub's schema, and so are their answers."""

import pytest

import github_description

HEADS = """
query Heads($owner: String!) {
  viewer { login }
  rateLimit { cost remaining resetAt limit }
  h: repository(owner: $owner, name: "h") { ...Head }
  lms: repository(owner: $owner, name: "lms") { ...Head }
}
fragment Head on Repository {
  __typename nameWithOwner isArchived viewerPermission databaseId url
  defaultBranchRef { name target { __typename oid } refUpdateRule { requiredStatusCheckContexts } }
  ref(qualifiedName: "refs/heads/main") { name target { oid } }
}
"""

COMMIT = """
query Commit($owner: String!, $name: String!, $at: String!, $files: Int = 100) {
  repository(owner: $owner, name: $name) {
    object(expression: $at) {
      __typename
      ... on Commit {
        oid abbreviatedOid message messageHeadline messageBody committedDate authoredDate url
        author { name email date user { login } }
        parents(first: 2) { totalCount nodes { oid } }
        associatedPullRequests(first: 5) { nodes {
          number title url state author { login } createdAt mergedAt baseRefName headRefName mergeCommit { oid }
          mergedBy { login } additions deletions changedFiles
          files(first: $files) { totalCount nodes { path additions deletions changeType } pageInfo { hasNextPage endCursor } }
        } }
        statusCheckRollup { state contexts(first: 100) { nodes {
          __typename
          ... on CheckRun { name status conclusion detailsUrl startedAt completedAt checkSuite { app { databaseId slug name } } }
          ... on StatusContext { context state targetUrl createdAt }
        } } }
      }
    }
  }
}
"""

FILES = """
query Files($owner: String!, $name: String!, $at: String!) {
  repository(owner: $owner, name: $name) { object(expression: $at) {
    __typename
    ... on Tree { entries { name type path oid mode object { __typename ... on Blob { text isTruncated byteSize isBinary } } } }
    ... on Blob { text isTruncated }
  } }
}
"""

HISTORY = """
query History($owner: String!, $name: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    defaultBranchRef {
      compare(headRef: "main") { status aheadBy behindBy commits(first: 5) { totalCount nodes { oid } } }
      target { ... on Commit { history(first: 4, after: $after) {
        totalCount nodes { oid messageHeadline committedDate } pageInfo { hasNextPage endCursor }
      } } }
    }
    pullRequests(first: 10, states: [OPEN], orderBy: {field: UPDATED_AT, direction: DESC}) {
      totalCount edges { cursor node { number title isDraft author { login } headRefOid } }
    }
  }
}
"""


def ask(server, query, **variables):
    assert github_description.query_problems(query) == []
    answer = server.github("POST", "/graphql", {"query": query, "variables": variables})
    assert answer.status == 200, answer.text
    assert "errors" not in answer.body, answer.body["errors"]
    assert github_description.answer_problems(query, answer.body["data"]) == []
    return answer.body["data"]


def test_heads(shared):
    data = ask(shared, HEADS, owner="hypothesis")
    heads = {row["name"]: row["head"] for row in shared.world()["repositories"]}
    for alias in ("h", "lms"):
        assert data[alias]["defaultBranchRef"]["target"]["oid"] == heads[data[alias]["nameWithOwner"]]


@pytest.mark.parametrize("repository", ["h", "lms", "via", "workflows"])
def test_commits(shared, repository):
    pulls = 0
    for commit in shared.github("GET", f"/repos/hypothesis/{repository}/commits?per_page=100").body:
        found = ask(shared, COMMIT, owner="hypothesis", name=repository, at=commit["sha"])["repository"]["object"]
        assert (found["oid"], found["message"]) == (commit["sha"], commit["commit"]["message"])
        rest = shared.github("GET", f"/repos/hypothesis/{repository}/commits/{commit['sha']}/pulls").body
        nodes = found["associatedPullRequests"]["nodes"]
        assert [node["number"] for node in nodes] == [pull["number"] for pull in rest]
        assert [node["author"] and node["author"]["login"] for node in nodes] == [p["user"] and p["user"]["login"] for p in rest]
        pulls += len(nodes)
    assert pulls or repository == "workflows"


def test_files(shared):
    folder = ask(shared, FILES, owner="hypothesis", name="h", at="main:h")["repository"]["object"]["entries"]
    assert {"config.py", "search"} <= {entry["name"] for entry in folder}
    text = ask(shared, FILES, owner="hypothesis", name="h", at="main:h/config.py")["repository"]["object"]["text"]
    assert "H_TITLE_LIMIT" in text
    raw = shared.github("GET", "/repos/hypothesis/h/contents/h/config.py", accept="application/vnd.github.raw+json")
    assert raw.text == text


def test_history_has_pages(shared):
    seen, after = [], None
    while True:
        branch = ask(shared, HISTORY, owner="hypothesis", name="h", after=after)["repository"]["defaultBranchRef"]
        page = branch["target"]["history"]
        seen += [node["oid"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert len(seen) == len(set(seen)) == page["totalCount"]
    assert branch["compare"]["status"] == "IDENTICAL"


def test_mistakes_have_githubs_shape(shared):
    query = '{ repository(owner: "hypothesis", name: "h") { nameWithOwner colour } nothing: repository(owner: "a", name: "b") { id } }'
    assert github_description.query_problems(query) != []
    answer = shared.github("POST", "/graphql", {"query": query}).body
    assert answer["data"] == {"repository": {"nameWithOwner": "hypothesis/h", "colour": None}, "nothing": None}
    unknown, missing = answer["errors"]
    assert unknown["path"] == ["repository", "colour"] and unknown["locations"] == [{"line": 1, "column": 62}]
    assert missing["type"] == "NOT_FOUND"
