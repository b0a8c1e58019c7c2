//! The simulated GitHub: repositories, pull requests, workflow runs, and the
//! REST and GraphQL through which they are seen and approved.
//!
//! ```text
//! serve ─► rest/…, graphql/…   answers over the world; what only git knows is asked
//!   │                          outside of it, and the request answered once more
//!   └────► git/ask             the repositories, built when first needed
//! world ◄─ start, motion, review, deploy   runs begin and go on, each step at its own moment;
//!                              a deploy job updates Elastic Beanstalk here
//!       ◄─ merging, refs      what is merged, reverted, tagged and released
//!       ◄─ build               how it begins
//! ```

mod beside;
pub mod build;
mod delivery;
mod deploy;
pub mod expression;
pub mod git;
pub mod glob;
pub mod graphql;
mod group;
pub mod issue;
pub mod limits;
mod making;
pub mod merging;
pub mod motion;
mod needs;
pub mod past;
pub mod push;
pub mod refs;
pub mod repository;
pub mod rest;
pub mod review;
pub mod run;
pub mod serve;
pub mod start;
pub mod truth;
pub mod workflow;

use crate::chance::{hash, mix};
use crate::environment::Name;
use repository::Repository;

/// Everything on GitHub.
#[derive(Debug)]
pub struct Github {
    /// The login of whose token it is.
    pub viewer: Name,
    /// The teams that they are in.
    pub teams: Vec<Name>,
    /// The token.
    pub token: Name,
    /// How many requests an hour has.
    pub limit: u64,
    /// It is an older server, which does not know `return_run_details` and takes
    /// fewer inputs: GitHub Enterprise Server 3.19 and before.
    pub older: bool,
    /// The repositories.
    pub repositories: Vec<Repository>,
    numbered: u64,
}

impl Default for Github {
    fn default() -> Self {
        Self {
            viewer: "".into(),
            teams: Vec::new(),
            token: "".into(),
            limit: 5_000,
            older: false,
            repositories: Vec::new(),
            numbered: 10_000_000_000,
        }
    }
}

impl Github {
    /// The next id: they grow, as GitHub's do.
    pub const fn number(&mut self) -> u64 {
        // Far enough apart that none is another's neighbour by mistake.
        self.numbered += 97;
        self.numbered
    }

    /// How many inputs a dispatch may have.
    #[must_use]
    pub const fn most_inputs(&self) -> usize {
        if self.older { 10 } else { 25 }
    }

    /// The repository of that name, or that had it before it was renamed.
    #[must_use]
    pub fn find(&self, owner: &str, name: &str) -> Option<usize> {
        let full = format!("{owner}/{name}");
        let is = |known: &str| known.eq_ignore_ascii_case(&full);
        let named = self.repositories.iter().position(|repository| is(&repository.full_name()));
        named.or_else(|| self.repositories.iter().position(|repository| repository.former.iter().any(|name| is(name))))
    }
}

/// The id of an account: the same wherever its login stands.
#[must_use]
pub fn account_id(login: &str) -> u64 {
    1_000 + mix(hash(login), 3) % 90_000_000
}

/// A node id in GitHub's form.
#[must_use]
pub fn node_id(kind: &str, id: u64) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(id.to_be_bytes());
    format!("{kind}_{text}")
}

#[cfg(test)]
mod build_tests;
#[cfg(test)]
mod delivery_tests;
#[cfg(test)]
mod motion_tests;
