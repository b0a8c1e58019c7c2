//! How many requests are left of an hour.
//!
//! Owns the counts of the primary limit. An answer that says that nothing
//! changed is free.

use crate::moment::{HOUR, Moment};

/// What is counted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// REST.
    Core,
    /// GraphQL.
    Graphql,
}

impl Resource {
    /// GitHub's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Graphql => "graphql",
        }
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Window {
    used: u64,
    since: Option<Moment>,
}

/// The counts of the viewer's token.
#[derive(Debug, Default)]
pub struct Limits {
    core: Window,
    graphql: Window,
}

/// What one resource has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// How many an hour has.
    pub limit: u64,
    /// How many of them were used.
    pub used: u64,
    /// When they begin anew, in seconds since 1970.
    pub reset: i64,
}

impl Left {
    /// How many are left.
    #[must_use]
    pub const fn remaining(&self) -> u64 {
        self.limit.saturating_sub(self.used)
    }
}

impl Limits {
    const fn window(&mut self, resource: Resource) -> &mut Window {
        match resource {
            Resource::Core => &mut self.core,
            Resource::Graphql => &mut self.graphql,
        }
    }

    /// What is left now.
    pub fn left(&mut self, resource: Resource, limit: u64, now: Moment) -> Left {
        let window = self.window(resource);
        let over = window.since.is_some_and(|since| since.plus(HOUR) <= now);
        if over {
            *window = Window::default();
        }
        let since = *window.since.get_or_insert(now);
        Left { limit, used: window.used.min(limit), reset: since.plus(HOUR).millis().div_euclid(1_000) }
    }

    /// Counts a request.
    pub const fn count(&mut self, resource: Resource) {
        self.window(resource).used += 1;
    }

    /// Takes back the count of a request that was free.
    pub const fn free(&mut self, resource: Resource) {
        let window = self.window(resource);
        window.used = window.used.saturating_sub(1);
    }
}
