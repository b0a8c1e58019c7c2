//! `[github]` and `[[repository]]`: what stands in the file.
//!
//! Owns their shape. What they mean is `github::build`'s.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

/// `[github]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GithubEntry {
    /// The login of whose token it is.
    #[serde(default)]
    pub user: Option<String>,
    /// The teams that they are in.
    #[serde(default)]
    pub teams: Vec<String>,
    /// How many requests an hour has.
    #[serde(default)]
    pub limit: Option<u64>,
    /// It is an older server: GitHub Enterprise Server 3.19 or before.
    #[serde(default)]
    pub older: bool,
}

/// `[[repository]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepositoryEntry {
    /// `owner/name`.
    pub name: Spanned<String>,
    /// Further repositories that are like it but for their names.
    #[serde(default)]
    pub alike: Vec<String>,
    /// Names that it had before.
    #[serde(default)]
    pub former: Vec<String>,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// Only members see it.
    #[serde(default)]
    pub private: bool,
    /// Nothing can be written.
    #[serde(default)]
    pub archived: bool,
    /// `main` when left out.
    #[serde(default)]
    pub default_branch: Option<String>,
    /// What the viewer may do: read, triage, write, maintain, admin.
    #[serde(default)]
    pub permission: Option<Spanned<String>>,
    /// When its first commit was made.
    #[serde(default)]
    pub created: Option<Spanned<String>>,
    /// Checks that each commit has.
    #[serde(default)]
    pub checks: Vec<String>,
    /// Those of them, and of the statuses, that the default branch requires.
    #[serde(default)]
    pub required: Vec<String>,
    /// What requires them: `ruleset` or `branch`, which is a branch protection.
    #[serde(default)]
    pub protection: Option<Spanned<String>>,
    /// How pull requests may be merged: merge, squash, rebase; all when left out.
    #[serde(default)]
    pub merges: Vec<Spanned<String>>,
    /// Commit statuses that each commit has.
    #[serde(default)]
    pub statuses: Vec<String>,
    /// The files of its first commit.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// Workflow files of its first commit.
    #[serde(default)]
    pub workflow: Vec<Spanned<WorkflowEntry>>,
    /// Protected environments.
    #[serde(default)]
    pub environment: Vec<Spanned<GateEntry>>,
    /// Commits and pull requests.
    #[serde(default)]
    pub commit: Vec<Spanned<CommitEntry>>,
    /// Tags.
    #[serde(default)]
    pub tag: Vec<Spanned<TagEntry>>,
    /// Releases.
    #[serde(default)]
    pub release: Vec<Spanned<ReleaseEntry>>,
    /// Issues.
    #[serde(default)]
    pub issue: Vec<Spanned<IssueEntry>>,
}

/// `[[repository.tag]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TagEntry {
    /// Its name.
    pub name: String,
    /// The `name` of a commit here.
    pub commit: String,
    /// From when on it is there; from its commit's moment on when left out.
    #[serde(default)]
    pub at: Option<Spanned<String>>,
}

/// `[[repository.release]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseEntry {
    /// Its tag, which has to be one of the file's unless it is a draft.
    pub tag: String,
    /// Its title.
    #[serde(default)]
    pub name: Option<String>,
    /// Its text.
    #[serde(default)]
    pub body: Option<String>,
    /// It is not published.
    #[serde(default)]
    pub draft: bool,
    /// It is not for everybody yet.
    #[serde(default)]
    pub prerelease: bool,
    /// Who made it; the viewer when left out.
    #[serde(default)]
    pub author: Option<String>,
    /// When.
    pub at: Spanned<String>,
}

/// `[[repository.issue]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssueEntry {
    /// Its number, unlike that of any pull request.
    pub number: u64,
    /// Its title.
    pub title: String,
    /// Its text.
    #[serde(default)]
    pub body: Option<String>,
    /// A login; the viewer's when left out.
    #[serde(default)]
    pub author: Option<String>,
    /// Its labels.
    #[serde(default)]
    pub labels: Vec<String>,
    /// When it was opened.
    pub at: Spanned<String>,
    /// When it was or will be closed.
    #[serde(default)]
    pub closed: Option<Spanned<String>>,
    /// What was said about it.
    #[serde(default)]
    pub comment: Vec<CommentEntry>,
}

/// A comment on an issue or a pull request.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommentEntry {
    /// A login; the viewer's when left out.
    #[serde(default)]
    pub author: Option<String>,
    /// What it says.
    pub body: String,
    /// When.
    pub at: Spanned<String>,
}

/// `[[repository.workflow]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkflowEntry {
    /// Its name below `.github/workflows/`.
    pub file: String,
    /// The YAML.
    pub text: String,
}

/// `[[repository.environment]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateEntry {
    /// Its name.
    pub name: String,
    /// `user:LOGIN` or `team:NAME`.
    #[serde(default)]
    pub reviewers: Vec<Spanned<String>>,
    /// Minutes.
    #[serde(default)]
    pub wait: i64,
    /// Whether the viewer may approve; by the reviewers when left out.
    #[serde(default)]
    pub may_approve: Option<bool>,
}

/// `[[repository.commit]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommitEntry {
    /// What the scenario calls it.
    #[serde(default)]
    pub name: Option<String>,
    /// The number of the pull request; without one it is pushed.
    #[serde(default)]
    pub number: Option<u64>,
    /// The first line of its message, and the pull request's title.
    pub title: String,
    /// The rest.
    #[serde(default)]
    pub body: Option<String>,
    /// A login; the viewer's when left out.
    #[serde(default)]
    pub author: Option<String>,
    /// The author's account was deleted.
    #[serde(default)]
    pub gone: bool,
    /// The pull request's branch.
    #[serde(default)]
    pub branch: Option<String>,
    /// When it was pushed, or the pull request opened.
    pub at: Spanned<String>,
    /// It stands for that many, one after the other.
    #[serde(default)]
    pub times: Option<u64>,
    /// How far apart they are; a minute when left out.
    #[serde(default)]
    pub every: Option<Spanned<String>>,
    /// When the pull request was merged.
    #[serde(default)]
    pub merged: Option<Spanned<String>>,
    /// `squash` or `merge`.
    #[serde(default)]
    pub merge: Option<Spanned<String>>,
    /// Who merged or pushed it; the author when left out.
    #[serde(default)]
    pub by: Option<String>,
    /// Files that it writes.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// Texts that it replaces.
    #[serde(default)]
    pub edits: Vec<EditEntry>,
    /// Files that it removes.
    #[serde(default)]
    pub delete: Vec<String>,
    /// The commit that it takes back, by its name here.
    #[serde(default)]
    pub reverts: Option<String>,
    /// What checks and statuses say that is not success: failure, pending, missing.
    #[serde(default)]
    pub checks: BTreeMap<String, Spanned<String>>,
    /// Its own commit statuses: a context, and success, failure, error or pending.
    #[serde(default)]
    pub statuses: BTreeMap<String, Spanned<String>>,
    /// The pull request is a draft.
    #[serde(default)]
    pub draft: bool,
    /// What was said about the pull request.
    #[serde(default)]
    pub comment: Vec<CommentEntry>,
    /// The preview of the pull request in the record of deployments.
    #[serde(default)]
    pub preview: Option<PreviewEntry>,
    /// Deploys of it fail at this instance.
    #[serde(default)]
    pub fails_at: Option<usize>,
    /// What became of the runs that it started: success, failure, cancelled, waiting.
    #[serde(default)]
    pub outcome: Option<Spanned<String>>,
    /// The ids of the jobs that failed.
    #[serde(default)]
    pub failed: Vec<String>,
}

/// A preview in the record of deployments.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreviewEntry {
    /// The name of its environment.
    pub environment: String,
    /// Where it is; `{host:NAME}` stands for that of an app on a host.
    #[serde(default)]
    pub url: String,
    /// What became of it: success, failure, in_progress, inactive; success when left out.
    #[serde(default)]
    pub state: Option<Spanned<String>>,
    /// When.
    pub at: Spanned<String>,
}

/// A text that a commit replaces.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EditEntry {
    /// The file.
    pub path: String,
    /// What stood there.
    pub find: String,
    /// What stands there now.
    pub replace: String,
}
