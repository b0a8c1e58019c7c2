//! Which groups there are of those that are wanted.

use std::collections::HashSet;
use std::sync::Arc;

use super::super::call::Wire;
use super::operation;
use crate::model::compute::Site;
use crate::model::fault::Fault;
use crate::model::id::EnvironmentName;
use crate::model::pattern::NamePattern;

/// Nobody has more pages of groups with one beginning.
const MOST_PAGES: usize = 20;

/// Which groups are wanted.
#[derive(Clone, Debug)]
pub(super) enum Wanted {
    /// Those of an Elastic Beanstalk environment.
    Environment(EnvironmentName),
    /// Those that are named, or whose names fit.
    Named(Vec<NamePattern>),
}

/// The groups of a feed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Groups {
    /// Those to read, by name.
    pub read: Vec<Arc<str>>,
    /// Those whose lines all stand in others: reading them, too, would show everything twice.
    pub beside: Vec<Arc<str>>,
}

/// Groups that were not there before.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Fresh {
    /// Those to read.
    pub(super) read: Vec<Arc<str>>,
    /// Those whose lines stand, all or in part, in one that is read already, each with that one.
    pub(super) beside: Vec<(Arc<str>, Arc<str>)>,
}

impl Groups {
    /// Which of these are new to whoever reads some already. Those go on being read: so what appears beside them and
    /// holds the same is left out, even where it would be the better one of both.
    pub(super) fn fresh(self, followed: &HashSet<Arc<str>>) -> Fresh {
        let mut fresh = Fresh { read: Vec::new(), beside: Vec::new() };
        for name in self.read.into_iter().filter(|name| !followed.contains(name)) {
            match followed.iter().filter(|other| hold_the_same(&name, other)).min() {
                Some(other) => fresh.beside.push((name, Arc::clone(other))),
                None => fresh.read.push(name),
            }
        }
        fresh
    }
}

/// What one of the parts of a combined group is called: `out` or `error`.
fn part(combined: &str, word: &str) -> Option<String> {
    let (before, after) = combined.rsplit_once("combined")?;
    Some(format!("{before}{word}{after}"))
}

/// Whether one of two groups is combined of the other one and a third.
fn hold_the_same(one: &str, other: &str) -> bool {
    let is_part = |combined: &str, name: &str| ["out", "error"].iter().any(|word| part(combined, word).is_some_and(|part| part == name));
    is_part(one, other) || is_part(other, one)
}

/// The groups that are wanted, as far as there are any.
pub(super) async fn find(wire: &Wire, site: &Site, wanted: &Wanted) -> Result<Groups, Fault> {
    let mut names: Vec<Arc<str>> = Vec::new();
    match wanted {
        Wanted::Environment(environment) => {
            // With a slash at its end: without one `h-prod` has those of `h-prod-2`, too.
            let prefix = format!("/aws/elasticbeanstalk/{environment}/");
            names = beginning_with(wire, site, &prefix).await?;
        }
        Wanted::Named(patterns) => {
            for pattern in patterns {
                let found = beginning_with(wire, site, literal_start(pattern)).await?;
                let fits = |name: &Arc<str>| pattern.matches(name) && !names.contains(name);
                let fitting: Vec<Arc<str>> = found.into_iter().filter(fits).collect();
                names.extend(fitting);
            }
        }
    }
    Ok(without_copies(names))
}

/// What stands before the first wildcard.
fn literal_start(pattern: &NamePattern) -> &str {
    pattern.as_str().split(['*', '?']).next().unwrap_or_default()
}

async fn beginning_with(wire: &Wire, site: &Site, prefix: &str) -> Result<Vec<Arc<str>>, Fault> {
    let line = wire.line(&site.connection, Some(&site.region)).await;
    let (mut names, mut token) = (Vec::new(), None);
    for _ in 0..MOST_PAGES {
        let asked = line.opened.logs(&site.region).describe_log_groups().log_group_name_prefix(prefix).set_next_token(token);
        let told = wire.call(&line, operation("DescribeLogGroups"), asked.send()).await.told?;
        let own = told.log_groups().iter().filter_map(|group| group.log_group_name()).filter(|name| name.starts_with(prefix));
        names.extend(own.map(Arc::<str>::from));
        token = told.next_token;
        if token.is_none() {
            break;
        }
    }
    Ok(names)
}

/// Without those that hold what two others hold together.
///
/// pm2 writes `NAME-out-0.log`, `NAME-error-0.log`, and both again into
/// `NAME-combined-0.log`. The parts tell more; where one of them is not there, the combined one does.
pub(super) fn without_copies(names: Vec<Arc<str>>) -> Groups {
    let has = |name: Option<String>| name.is_some_and(|name| names.iter().any(|other| **other == *name));
    let mut beside: Vec<Arc<str>> = Vec::new();
    for name in names.iter().filter(|name| name.contains("combined")) {
        let (out, error) = (part(name, "out"), part(name, "error"));
        match (has(out.clone()), has(error.clone())) {
            (true, true) => beside.push(Arc::clone(name)),
            (true, false) => beside.extend(out.map(Arc::from)),
            (false, true) => beside.extend(error.map(Arc::from)),
            (false, false) => {}
        }
    }
    let read = names.into_iter().filter(|name| !beside.contains(name)).collect();
    Groups { read, beside }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(names: &[&str]) -> Vec<String> {
        without_copies(names.iter().map(|name| Arc::from(*name)).collect()).read.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_combined_of_two_others_is_not_read_again() {
        assert_eq!(read(&["API-combined-0.log", "API-error-0.log", "API-out-0.log"]), ["API-error-0.log", "API-out-0.log"]);
        assert_eq!(read(&["API-combined-0.log", "API-out-0.log"]), ["API-combined-0.log"]);
        assert_eq!(read(&["API-combined-0.log", "B-out-0.log"]), ["API-combined-0.log", "B-out-0.log"]);
        assert_eq!(read(&["web.stdout.log"]), ["web.stdout.log"]);
    }

    #[test]
    fn what_appears_beside_a_group_that_is_read_and_holds_the_same_is_left_out() {
        let names = |names: &[&str]| -> Vec<Arc<str>> { names.iter().map(|name| Arc::from(*name)).collect() };
        let fresh = |found: &[&str], followed: &[&str]| without_copies(names(found)).fresh(&names(followed).into_iter().collect());
        let later = fresh(&["A-combined-0.log", "A-error-0.log", "A-out-0.log", "web.log"], &["A-combined-0.log"]);
        let beside = [("A-error-0.log", "A-combined-0.log"), ("A-out-0.log", "A-combined-0.log")];
        assert_eq!(later.beside, beside.map(|(copy, of)| (Arc::from(copy), Arc::from(of))));
        assert_eq!(later.read, names(&["web.log"]));
        // And the other way round.
        let later = fresh(&["A-combined-0.log", "A-out-0.log", "B-out-0.log"], &["A-out-0.log"]);
        assert_eq!(later.beside, [(Arc::from("A-combined-0.log"), Arc::from("A-out-0.log"))]);
        assert_eq!(later.read, names(&["B-out-0.log"]));
        // Its other part appears: both are read, and what is combined of them is not.
        let later = fresh(&["A-combined-0.log", "A-error-0.log", "A-out-0.log"], &["A-out-0.log"]);
        assert_eq!(later, Fresh { read: names(&["A-error-0.log"]), beside: vec![] });
    }
}
