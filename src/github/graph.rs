//! Answers to queries (GraphQL): what they tell, and what they could not tell beside it.

use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::asking::{Asking, misread};
use super::error::{Refusal, Trouble, is_secondary, query_limit};
use super::soft::{list, soft};
use crate::model::id::Repository;

/// What is told of one repository. Some of it may be missing: then an error says of which path.
#[derive(Debug)]
pub struct Graph {
    /// What is told of the repository.
    pub repository: Value,
    /// What the query calls it.
    root: String,
    errors: Vec<Flaw>,
}

#[derive(Deserialize)]
struct Raw {
    #[serde(default)]
    data: Option<Value>,
    #[serde(default, deserialize_with = "list")]
    errors: Vec<Flaw>,
}

/// Why a part is missing.
#[derive(Clone, Deserialize, Debug)]
struct Flaw {
    #[serde(default, deserialize_with = "soft")]
    message: Option<String>,
    #[serde(rename = "type", default, deserialize_with = "soft")]
    kind: Option<String>,
    /// Names and places in lists.
    #[serde(default, deserialize_with = "list")]
    path: Vec<Value>,
}

impl Flaw {
    /// Whether it is about this path, a part of it, or all of which it is a part.
    fn concerns<'p>(&self, path: impl IntoIterator<Item = &'p str>) -> bool {
        self.path.iter().zip(path).all(|(own, other)| own.as_str() == Some(other))
    }

    fn is(&self, kinds: &[&str]) -> bool {
        self.kind.as_deref().is_some_and(|kind| kinds.contains(&kind))
    }

    /// Whether it is a limit's: the hour's points are used up, or there were too many calls within a short time.
    fn is_limit(&self) -> bool {
        self.is(&["RATE_LIMITED", "RATE_LIMIT"]) || self.message.as_deref().is_some_and(is_secondary)
    }
}

impl Graph {
    /// Whether something of this path, below the repository, could not be told.
    pub fn lacks(&self, path: &[&str]) -> bool {
        self.errors.iter().any(|flaw| flaw.concerns(std::iter::once(self.root.as_str()).chain(path.iter().copied())))
    }

    /// GitHub's words on what could not be told.
    pub fn complaint(&self) -> String {
        let mut messages = self.errors.iter().filter_map(|flaw| flaw.message.as_deref());
        messages.next().unwrap_or("it gives no reason").to_owned()
    }
}

/// The owner and the name, as queries take them.
pub fn halves(repository: &Repository) -> Result<(&str, &str), Trouble> {
    repository.as_str().split_once('/').ok_or(Trouble::NoRepository)
}

/// Asks a query about a repository, which it calls `repository`. What is told in part is told.
pub async fn ask(asking: &mut Asking<'_>, query: &str, variables: Value) -> Result<Graph, Trouble> {
    Answer::to(asking, query, variables).await?.part("repository")
}

/// An answer about one repository or several.
pub struct Answer {
    data: Value,
    errors: Vec<Flaw>,
}

impl Answer {
    /// The answer to a query.
    pub async fn to(asking: &mut Asking<'_>, query: &str, variables: Value) -> Result<Self, Trouble> {
        let answer = asking.query(query, variables).await?;
        let raw: Raw = serde_json::from_slice(&answer.body).map_err(|error| misread(&answer.headers, error.into()))?;
        // A limit is told with status 200 here.
        if raw.errors.iter().any(Flaw::is_limit) {
            let limit = query_limit(&answer.headers, asking.caller.now());
            asking.caller.throttled(limit.pause());
            return Err(Trouble::Throttled(limit));
        }
        Ok(Self { data: raw.data.unwrap_or_default(), errors: raw.errors })
    }

    /// What it tells of the repository that the query calls so.
    pub fn part(&mut self, root: &str) -> Result<Graph, Trouble> {
        let errors: Vec<Flaw> = self.errors.iter().filter(|flaw| flaw.concerns([root])).cloned().collect();
        if let Some(repository) = self.data.get_mut(root).map(Value::take).filter(Value::is_object) {
            return Ok(Graph { repository, root: root.to_owned(), errors });
        }
        let Some(flaw) = errors.into_iter().next() else {
            return Err(Trouble::Garbled("it tells of no repository, and not why".into()));
        };
        let refused = |status: StatusCode, message: Option<String>| {
            Trouble::Refused(Box::new(Refusal { status: status.as_u16(), message, ..Refusal::default() }))
        };
        Err(match flaw.kind.as_deref() {
            Some("NOT_FOUND") => refused(StatusCode::NOT_FOUND, None),
            Some("FORBIDDEN" | "INSUFFICIENT_SCOPES") => refused(StatusCode::FORBIDDEN, flaw.message),
            Some(_) | None => Trouble::Query(flaw.message.unwrap_or_default()),
        })
    }
}
