//! Which groups an environment has.

use std::sync::Arc;

use super::super::call::Wire;
use super::operation;
use crate::model::fault::Fault;
use crate::model::id::{Connection, Region};
use crate::ops::port::Groups;

/// No environment has more pages of groups.
const MOST_PAGES: usize = 20;

/// The groups of an Elastic Beanstalk environment.
pub(super) async fn of(wire: &Wire, connection: &Connection, region: &Region, environment: &str) -> Result<Groups, Fault> {
    // With a slash at its end: without one `h-prod` has those of `h-prod-2`, too.
    let prefix = format!("/aws/elasticbeanstalk/{environment}/");
    let line = wire.line(connection, Some(region)).await;
    let (mut names, mut token) = (Vec::new(), None);
    for _ in 0..MOST_PAGES {
        let asked = line.opened.logs(region).describe_log_groups().log_group_name_prefix(&prefix).set_next_token(token);
        let told = wire.call(&line, operation("DescribeLogGroups"), asked.send()).await.told?;
        let own = told.log_groups().iter().filter_map(|group| group.log_group_name()).filter(|name| name.starts_with(&prefix));
        names.extend(own.map(Arc::<str>::from));
        token = told.next_token;
        if token.is_none() {
            break;
        }
    }
    Ok(without_copies(names))
}

/// Without those that hold what two others hold together.
///
/// pm2 writes `NAME-out-0.log`, `NAME-error-0.log`, and both again into
/// `NAME-combined-0.log`. The parts tell more; where one of them is not there, the combined one does.
pub(super) fn without_copies(names: Vec<Arc<str>>) -> Groups {
    let part = |combined: &str, word: &str| {
        let (before, after) = combined.rsplit_once("combined")?;
        Some(format!("{before}{word}{after}"))
    };
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
}
