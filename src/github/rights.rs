//! What a token may do: whose it is, which reads of a repository it is allowed, which repositories it sees.
//!
//! Reads only: whether it may write is what GitHub tells of the login, and never tried.

use http::StatusCode;
use serde::Deserialize;

use super::asking::Asking;
use super::call::{Call, Caller, encoded, next_page};
use super::error::{Trouble, text};
use super::settings::GitHubSettings;
use crate::model::fault::{Fault, FaultKind};
use crate::model::id::{Login, Repository};
use crate::ops::clock::Stamps;
use crate::ops::limit::Limiter;

/// How many pages of repositories are read, of 100 each: those that were pushed to last come first.
const PAGES: usize = 3;

/// Whose a token is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Viewer {
    /// The login.
    pub login: Login,
    /// What a classic token is allowed, as GitHub lists it; none of other kinds of tokens.
    pub scopes: Option<String>,
    /// The `Date` of the answer.
    pub date: Option<String>,
}

/// A read of a repository.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Right {
    /// The permission, as GitHub's documentation names it ("Permissions required for fine-grained personal access tokens").
    pub name: &'static str,
    /// Whether it is there, or why not.
    pub told: Result<(), Fault>,
}

/// What a token may do in a repository.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rights {
    /// Reads that were tried.
    pub reads: Vec<Right>,
    /// Whether the login may push, as GitHub tells it: the token may be allowed less.
    pub may_push: Option<bool>,
}

/// Asks what a token may do.
pub struct Token {
    caller: Caller,
}

#[derive(Deserialize)]
struct RawUser {
    login: String,
}

#[derive(Deserialize)]
struct RawRepository {
    full_name: String,
    #[serde(default)]
    archived: bool,
    permissions: Option<RawPermissions>,
}

#[derive(Deserialize)]
struct RawPermissions {
    push: Option<bool>,
}

#[derive(Deserialize)]
struct RawCommit {
    sha: String,
}

impl Token {
    /// A way in, out of the budget of the server. Nothing is opened before the first question.
    #[must_use]
    pub fn new(settings: GitHubSettings, limiter: Limiter, stamps: Stamps) -> Self {
        Self { caller: Caller::new(settings, limiter, stamps) }
    }

    /// The server, as a person knows it.
    #[must_use]
    pub fn host(&self) -> &str {
        self.caller.host()
    }

    /// Whose it is.
    ///
    /// # Errors
    /// Why nobody says: there is none, it is not accepted, there is no connection.
    pub async fn viewer(&self) -> Result<Viewer, Fault> {
        let asking = Asking::new(&self.caller, "whose token this is".to_owned());
        let told = async {
            let url = format!("{}/user", self.caller.base()?.rest());
            let answer = self.caller.call(Call::get(&url), &mut None).await?;
            let user: RawUser = serde_json::from_slice(&answer.body).map_err(|_| Trouble::Garbled("it names no login".into()))?;
            let header = |name: &str| text(&answer.headers, name).map(str::to_owned);
            Ok(Viewer { login: Login::from(user.login.as_str()), scopes: header("x-oauth-scopes"), date: header("date") })
        };
        let told: Result<Viewer, Trouble> = told.await;
        told.map_err(|trouble| asking.fault(&trouble))
    }

    /// What it may read of a repository. One that it does not see at all has one read, which says so.
    pub async fn rights(&self, repository: &Repository) -> Rights {
        let told = self.one::<RawRepository>(repository, "", "the repository").await;
        let may_push = told.as_ref().ok().and_then(|told| told.as_ref()?.permissions.as_ref()?.push);
        let is_seen = told.is_ok();
        let mut reads = vec![Right { name: "metadata", told: told.map(drop) }];
        if !is_seen {
            return Rights { reads, may_push };
        }
        let commits = self.one::<Vec<RawCommit>>(repository, "/commits?per_page=1", "the commits").await;
        let newest = commits.as_ref().ok().and_then(|told| told.as_ref()?.first().map(|commit| commit.sha.clone()));
        reads.push(Right { name: "contents", told: commits.map(drop) });
        for (name, path) in [
            ("actions", "/actions/runs?per_page=1"),
            ("deployments", "/deployments?per_page=1"),
            ("pull requests", "/pulls?per_page=1"),
            ("issues", "/issues?per_page=1"),
        ] {
            reads.push(self.read(repository, name, path).await);
        }
        if let Some(sha) = newest {
            reads.push(self.read(repository, "checks", &format!("/commits/{sha}/check-runs?per_page=1")).await);
            reads.push(self.read(repository, "commit statuses", &format!("/commits/{sha}/status?per_page=1")).await);
        }
        Rights { reads, may_push }
    }

    async fn read(&self, repository: &Repository, name: &'static str, path: &str) -> Right {
        let told = self.one::<serde::de::IgnoredAny>(repository, path, name).await;
        Right { name, told: told.map(drop) }
    }

    /// One answer about a repository; none where there is nothing to tell, as in one without commits.
    async fn one<T: for<'d> Deserialize<'d>>(&self, repository: &Repository, path: &str, what: &str) -> Result<Option<T>, Fault> {
        let asking = Asking::new(&self.caller, format!("{what} of {repository}"));
        let told = async {
            let url = format!("{}{path}", self.caller.home(repository)?);
            match self.caller.call(Call::get(&url), &mut None).await {
                Ok(answer) if answer.status == StatusCode::OK => {
                    serde_json::from_slice(&answer.body).map(Some).map_err(|error| Trouble::Garbled(error.to_string()))
                }
                // Sent on elsewhere: it is there, under another name.
                Ok(_) => Ok(None),
                // GitHub's word for a repository to which nothing was pushed yet.
                Err(Trouble::Refused(refusal)) if refusal.status == 409 => Ok(None),
                Err(trouble) => Err(trouble),
            }
        };
        let told: Result<Option<T>, Trouble> = told.await;
        told.map_err(|trouble| asking.fault(&trouble))
    }

    /// The repositories that the login sees, those that were pushed to last first; none that are archived.
    ///
    /// # Errors
    /// Why GitHub does not list them.
    pub async fn repositories(&self) -> Result<Vec<Repository>, Fault> {
        let asking = Asking::new(&self.caller, "the repositories that this token sees".to_owned());
        let told = async {
            let mut url = format!("{}/user/repos?sort=pushed&per_page=100", self.caller.base()?.rest());
            let mut names = Vec::new();
            for _ in 0..PAGES {
                let answer = self.caller.call(Call::get(&url), &mut None).await?;
                let page: Vec<RawRepository> = serde_json::from_slice(&answer.body).map_err(|error| Trouble::Garbled(error.to_string()))?;
                names.extend(page.iter().filter(|one| !one.archived).map(|one| Repository::from(one.full_name.as_str())));
                match next_page(&answer.headers) {
                    Some(next) => next.clone_into(&mut url),
                    None => break,
                }
            }
            Ok(names)
        };
        let told: Result<Vec<Repository>, Trouble> = told.await;
        told.map_err(|trouble| asking.fault(&trouble))
    }

    /// Whether a commit is in a repository, by as much of its id as is known.
    ///
    /// # Errors
    /// Why GitHub does not say.
    pub async fn holds(&self, repository: &Repository, commit: &str) -> Result<bool, Fault> {
        let told = self.one::<RawCommit>(repository, &format!("/commits/{}", encoded(commit)), "a commit").await;
        match told {
            Ok(told) => Ok(told.is_some_and(|told| told.sha.starts_with(commit))),
            // 404 and 422 are its words for a commit that is not there.
            Err(fault) if matches!(fault.kind, FaultKind::Missing | FaultKind::Refused) => Ok(false),
            Err(fault) => Err(fault),
        }
    }
}
