//! Answers to queries (GraphQL): what they tell, and what they could not tell beside it.

use std::time::Duration;

use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::asking::{Asking, misread};
use super::error::{Limit, Refusal, Trouble, until_reset};
use super::soft::{list, soft};
use crate::model::id::Repository;

/// An answer. Some of it may be missing: then an error says of which path.
#[derive(Debug)]
pub struct Graph {
    /// What is told of the repository.
    pub repository: Value,
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
#[derive(Deserialize, Debug)]
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
    fn concerns(&self, path: &[&str]) -> bool {
        self.path.iter().zip(path).all(|(own, other)| own.as_str() == Some(*other))
    }
}

impl Graph {
    /// Whether something of this path could not be told.
    pub fn lacks(&self, path: &[&str]) -> bool {
        self.errors.iter().any(|flaw| flaw.concerns(path))
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

/// Asks a query about a repository. What is told in part is told.
pub async fn ask(asking: &mut Asking<'_>, query: &str, variables: Value) -> Result<Graph, Trouble> {
    let answer = asking.query(query, variables).await?;
    let raw: Raw = serde_json::from_slice(&answer.body).map_err(|error| misread(&answer.headers, error.into()))?;
    let is = |flaw: &Flaw, kinds: &[&str]| flaw.kind.as_deref().is_some_and(|kind| kinds.contains(&kind));
    // A limit is told with status 200 here.
    if raw.errors.iter().any(|flaw| is(flaw, &["RATE_LIMITED", "RATE_LIMIT"])) {
        let pause: Duration = until_reset(&answer.headers, asking.caller.now());
        asking.caller.throttled(pause);
        return Err(Trouble::Throttled(Limit::Primary(pause)));
    }
    let repository = raw.data.and_then(|mut data| data.get_mut("repository").map(Value::take)).filter(Value::is_object);
    if let Some(repository) = repository {
        return Ok(Graph { repository, errors: raw.errors });
    }
    let Some(flaw) = raw.errors.into_iter().next() else {
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
