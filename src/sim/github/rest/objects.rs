//! The objects that stand inside many answers: accounts and repositories.
//!
//! Owns their members and addresses. What a browser would open is at
//! `github.example`, which is nobody's.

use serde_json::{Map, Value, json};

use super::super::merging::Method;
use super::super::repository::{Permission, Repository};
use super::super::run::Run;
use super::super::{account_id, node_id};
use super::Cx;
use crate::github::git::history::Commit;
use crate::moment::Moment;

/// What addresses for browsers begin with.
pub const WEB: &str = "https://github.example";

/// A time as GitHub writes it: whole seconds.
#[must_use]
pub fn time(at: Moment) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").unwrap_or_default()
}

/// An account.
#[must_use]
pub fn user(base: &str, login: &str) -> Value {
    let id = account_id(login);
    let url = format!("{base}/users/{login}");
    json!({
        "login": login,
        "id": id,
        "node_id": node_id("U", id),
        "avatar_url": format!("https://avatars.github.example/u/{id}"),
        "gravatar_id": "",
        "url": url,
        "html_url": format!("{WEB}/{login}"),
        "followers_url": format!("{url}/followers"),
        "following_url": format!("{url}/following{{/other_user}}"),
        "gists_url": format!("{url}/gists{{/gist_id}}"),
        "starred_url": format!("{url}/starred{{/owner}}{{/repo}}"),
        "subscriptions_url": format!("{url}/subscriptions"),
        "organizations_url": format!("{url}/orgs"),
        "repos_url": format!("{url}/repos"),
        "events_url": format!("{url}/events{{/privacy}}"),
        "received_events_url": format!("{url}/received_events"),
        "type": "User",
        "site_admin": false,
    })
}

/// The account that stands for those that are gone.
#[must_use]
pub fn ghost(base: &str) -> Value {
    user(base, "ghost")
}

/// A team of a repository's owner.
#[must_use]
pub fn team(base: &str, owner: &str, name: &str) -> Value {
    let id = account_id(&format!("{owner}/{name}"));
    let slug = name.to_lowercase().replace(' ', "-");
    let url = format!("{base}/organizations/{}/team/{id}", account_id(owner));
    json!({
        "id": id,
        "node_id": node_id("T", id),
        "name": name,
        "slug": slug,
        "description": "",
        "privacy": "closed",
        "notification_setting": "notifications_enabled",
        "permission": "push",
        "url": url,
        "html_url": format!("{WEB}/orgs/{owner}/teams/{slug}"),
        "members_url": format!("{url}/members{{/member}}"),
        "repositories_url": format!("{url}/repos"),
        "type": "organization",
        "organization_id": account_id(owner),
        "parent": null,
    })
}

/// The addresses below a repository's: member, and what follows.
const ADDRESSES: [(&str, &str); 38] = [
    ("archive_url", "/{archive_format}{/ref}"),
    ("assignees_url", "/assignees{/user}"),
    ("blobs_url", "/git/blobs{/sha}"),
    ("branches_url", "/branches{/branch}"),
    ("collaborators_url", "/collaborators{/collaborator}"),
    ("comments_url", "/comments{/number}"),
    ("commits_url", "/commits{/sha}"),
    ("compare_url", "/compare/{base}...{head}"),
    ("contents_url", "/contents/{+path}"),
    ("contributors_url", "/contributors"),
    ("deployments_url", "/deployments"),
    ("downloads_url", "/downloads"),
    ("events_url", "/events"),
    ("forks_url", "/forks"),
    ("git_commits_url", "/git/commits{/sha}"),
    ("git_refs_url", "/git/refs{/sha}"),
    ("git_tags_url", "/git/tags{/sha}"),
    ("hooks_url", "/hooks"),
    ("issue_comment_url", "/issues/comments{/number}"),
    ("issue_events_url", "/issues/events{/number}"),
    ("issues_url", "/issues{/number}"),
    ("keys_url", "/keys{/key_id}"),
    ("labels_url", "/labels{/name}"),
    ("languages_url", "/languages"),
    ("merges_url", "/merges"),
    ("milestones_url", "/milestones{/number}"),
    ("notifications_url", "/notifications{?since,all,participating}"),
    ("pulls_url", "/pulls{/number}"),
    ("releases_url", "/releases{/id}"),
    ("stargazers_url", "/stargazers"),
    ("statuses_url", "/statuses/{sha}"),
    ("subscribers_url", "/subscribers"),
    ("subscription_url", "/subscription"),
    ("tags_url", "/tags"),
    ("teams_url", "/teams"),
    ("trees_url", "/git/trees{/sha}"),
    ("url", ""),
    ("", ""),
];

/// The address of a repository.
#[must_use]
pub fn url(base: &str, repository: &Repository) -> String {
    format!("{base}/repos/{}", repository.full_name())
}

/// Where a browser finds it.
#[must_use]
pub fn web(repository: &Repository) -> String {
    format!("{WEB}/{}", repository.full_name())
}

/// A repository inside another object.
#[must_use]
pub fn minimal_repository(base: &str, repository: &Repository) -> Value {
    Value::Object(minimal(base, repository))
}

fn minimal(base: &str, repository: &Repository) -> Map<String, Value> {
    let url = url(base, repository);
    let mut members = Map::new();
    for (name, rest) in ADDRESSES.iter().filter(|(name, _)| !name.is_empty()) {
        members.insert((*name).to_owned(), json!(format!("{url}{rest}")));
    }
    let mut owner = user(base, &repository.owner);
    if let Some(fields) = owner.as_object_mut() {
        fields.insert(String::from("type"), json!("Organization"));
    }
    let own = [
        ("id", json!(repository.id)),
        ("node_id", json!(node_id("R", repository.id))),
        ("name", json!(&*repository.name)),
        ("full_name", json!(repository.full_name())),
        ("owner", owner),
        ("private", json!(repository.private)),
        ("html_url", json!(web(repository))),
        ("description", json!(repository.description.as_deref())),
        ("fork", json!(false)),
    ];
    members.extend(own.map(|(name, value)| (name.to_owned(), value)));
    members
}

/// A repository as others hold it: with its numbers.
#[must_use]
pub fn repository(base: &str, found: &Repository) -> Value {
    Value::Object(counted(base, found))
}

fn counted(base: &str, repository: &Repository) -> Map<String, Value> {
    let mut members = minimal(base, repository);
    let name = repository.full_name();
    let own = json!({
        "git_url": format!("git://github.example/{name}.git"),
        "ssh_url": format!("git@github.example:{name}.git"),
        "clone_url": format!("{WEB}/{name}.git"),
        "svn_url": format!("{WEB}/{name}"),
        "mirror_url": null,
        "homepage": null,
        "language": "Python",
        "forks_count": 0, "forks": 0,
        "stargazers_count": 0,
        "watchers_count": 0, "watchers": 0,
        "size": repository.history.commits().len(),
        "default_branch": &*repository.branch,
        "open_issues_count": 0, "open_issues": 0,
        "is_template": false,
        "topics": [],
        "has_issues": true, "has_projects": false, "has_wiki": false, "has_pages": false, "has_downloads": false,
        "has_discussions": false,
        "archived": repository.archived,
        "disabled": false,
        "visibility": if repository.private { "private" } else { "public" },
        "pushed_at": time(repository.pushed),
        "created_at": time(repository.created),
        "updated_at": time(repository.pushed),
        "license": null,
    });
    if let Value::Object(own) = own {
        members.extend(own);
    }
    members
}

/// A repository as `GET /repos/{owner}/{repo}` answers it.
#[must_use]
pub fn full_repository(cx: &Cx<'_>, found: &Repository) -> Value {
    let mut members = counted(&cx.base, found);
    let may = |least: Permission| found.permission >= least;
    let own = json!({
        "subscribers_count": 0,
        "network_count": 0,
        "permissions": {
            "admin": may(Permission::Admin), "maintain": may(Permission::Maintain), "push": may(Permission::Write),
            "triage": may(Permission::Triage), "pull": true,
        },
        "allow_squash_merge": found.methods.contains(&Method::Squash),
        "allow_merge_commit": found.methods.contains(&Method::Merge),
        "allow_rebase_merge": found.methods.contains(&Method::Rebase),
    });
    if let Value::Object(own) = own {
        members.extend(own);
    }
    Value::Object(members)
}

/// The viewer.
#[must_use]
pub fn viewer(cx: &Cx<'_>) -> Value {
    let github = &cx.world.github;
    let mut account = user(&cx.base, &github.viewer);
    let since = time(cx.world.started.plus(-900 * crate::moment::DAY));
    let own = json!({
        "name": super::super::making::person(&github.viewer), "company": null, "blog": "", "location": null, "email": null,
        "hireable": null, "bio": null, "twitter_username": null,
        "public_repos": 2, "public_gists": 0, "followers": 1, "following": 1, "created_at": since, "updated_at": since,
        "private_gists": 0, "total_private_repos": 0, "owned_private_repos": 0, "disk_usage": 0, "collaborators": 0,
        "two_factor_authentication": true,
    });
    if let (Some(fields), Value::Object(own)) = (account.as_object_mut(), own) {
        fields.extend(own);
    }
    account
}

/// Where a browser finds a run.
#[must_use]
pub fn run_web(repository: &Repository, run: &Run) -> String {
    format!("{}/actions/runs/{}", web(repository), run.id)
}

/// A person in a commit.
#[must_use]
pub fn signature(commit: &Commit, committer: bool) -> Value {
    let who = if committer { &commit.committer } else { &commit.author };
    json!({ "name": &*who.name, "email": &*who.email, "date": time(who.at) })
}
