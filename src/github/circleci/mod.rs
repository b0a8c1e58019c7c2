//! CircleCI: which workflow deployed last, running it again, and how far it is, by its API v2.
//!
//! Here, since it is asked over the same transport as GitHub and its token is found in the same way. It shares nothing
//! else: it has a budget, faults and words of its own, and types of its own.

mod acting;
mod call;
mod latest;
mod source;
#[cfg(test)]
mod tests;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use super::settings::Base;
use super::token::Token;
use crate::ops::clock::Stamps;
use crate::ops::limit::Limiter;
use call::Caller;
pub use source::WithWorkflows;

/// CircleCI's own server; a server of one's own has its address.
const HOME: &str = "https://circleci.com";

/// The longest time for a whole answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The variables that hold a token (CircleCI's documentation, "Managing API tokens", and its command line).
const VARIABLES: [&str; 2] = ["CIRCLE_TOKEN", "CIRCLECI_TOKEN"];

/// Where CircleCI is, and as whom it is asked.
#[derive(Clone, Debug)]
pub struct CircleCiSettings {
    /// The server: `https://circleci.com` where absent.
    pub base: Option<String>,
    /// As whom.
    pub token: Token,
    /// How long a whole answer may take; half of it, how long the making of a connection may.
    pub timeout: Duration,
}

impl CircleCiSettings {
    /// This server; the token that the command prints, else that of `CIRCLE_TOKEN` or `CIRCLECI_TOKEN`, else none.
    pub fn find(base: Option<String>, command: Option<Vec<String>>, variable: impl Fn(&str) -> Option<String>) -> Self {
        Self { base, token: Token::named(command, &VARIABLES, variable), timeout: PATIENCE }
    }
}

/// CircleCI. Cheap to clone.
#[derive(Clone)]
pub struct CircleCi {
    caller: Arc<Caller>,
}

impl CircleCi {
    /// Asked as these settings say, out of this budget.
    #[must_use]
    pub fn new(settings: CircleCiSettings, limiter: Limiter, stamps: Stamps) -> Self {
        let base = Base::new(Some(settings.base.as_deref().unwrap_or(HOME)));
        Self { caller: Arc::new(Caller::new(base, settings.token, settings.timeout, limiter, stamps)) }
    }
}
