//! What a repository's workflow says of where its commits go: stages, gates, the paths that start nothing.

use std::sync::Arc;

use regex::Regex;

use super::commit::RequiredCheck;
use super::dispatch::{Condition, Group, Manual};
use super::id::{EnvironmentKey, EnvironmentName, Region, Sha};

/// Which changed paths start a workflow (`paths-ignore`).
///
/// Patterns are GitHub's: `*` stops at a slash, `**` does not, `?` makes the
/// character before it optional, `!` takes paths out again; the last pattern
/// that fits a path decides (GitHub's workflow syntax, "filter pattern cheat sheet").
#[derive(Clone, Debug, Default)]
pub struct PathFilter {
    rules: Vec<(bool, Regex)>,
}

impl PartialEq for PathFilter {
    fn eq(&self, other: &Self) -> bool {
        let same = |(a, b): (&(bool, Regex), &(bool, Regex))| a.0 == b.0 && a.1.as_str() == b.1.as_str();
        self.rules.len() == other.rules.len() && self.rules.iter().zip(&other.rules).all(same)
    }
}

impl PathFilter {
    /// The filter that these patterns are. A pattern that is none fits nothing.
    pub fn new<'p>(patterns: impl IntoIterator<Item = &'p str>) -> Self {
        let rule = |pattern: &str| {
            let (takes_out, pattern) = pattern.strip_prefix('!').map_or((false, pattern), |rest| (true, rest));
            expression(pattern).map(|regex| (takes_out, regex))
        };
        Self { rules: patterns.into_iter().filter_map(rule).collect() }
    }

    /// Whether there is no pattern.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Whether this path fits.
    #[must_use]
    pub fn fits(&self, path: &str) -> bool {
        self.rules.iter().rev().find(|(_, regex)| regex.is_match(path)).is_some_and(|(takes_out, _)| !takes_out)
    }
}

/// A pattern of GitHub's as a regular expression over whole paths.
fn expression(pattern: &str) -> Option<Regex> {
    let mut text = String::from("^");
    let mut rest = pattern.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '*' if rest.peek() == Some(&'*') => {
                rest.next();
                // `**/x` fits `x` as well.
                if rest.peek() == Some(&'/') {
                    rest.next();
                    text.push_str("(?:.*/)?");
                } else {
                    text.push_str(".*");
                }
            }
            '*' => text.push_str("[^/]*"),
            '?' | '+' | '[' | ']' | '-' => text.push(character),
            other => text.push_str(&regex::escape(&other.to_string())),
        }
    }
    text.push('$');
    regex::RegexBuilder::new(&text).size_limit(1 << 18).build().ok()
}

/// Which environment a job deploys to, as far as its inputs tell.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Target {
    /// The region.
    pub region: Option<Region>,
    /// Names that the environment may have, likeliest first: a workflow names an application
    /// and a suffix, `h` and `prod`, as often as the environment itself.
    pub names: Vec<EnvironmentName>,
}

impl Target {
    /// How well an environment fits: 0 for the likeliest name; none where it does not.
    #[must_use]
    pub fn fit(&self, key: &EnvironmentKey) -> Option<usize> {
        let region = self.region.is_none() || self.region == key.region;
        self.names.iter().position(|name| *name == key.name).filter(|_| region)
    }
}

/// A job of a workflow that deploys.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stage {
    /// The job's id in the workflow: `production_canada`.
    pub job: Arc<str>,
    /// The job's name as people see it: `Production (Canada)`.
    pub name: Arc<str>,
    /// The GitHub environment whose rules hold it back.
    pub gate: Option<Arc<str>>,
    /// The jobs that must have succeeded before.
    pub needs: Vec<Arc<str>>,
    /// Where it deploys to.
    pub target: Option<Target>,
    /// Whether only a file of environments says where: then it holds as long as the file says so.
    pub is_imported: bool,
    /// What it runs for, where a person starts the workflow.
    pub condition: Condition,
}

impl Stage {
    /// Whether a job of this name is its job, or one that this calls: `Production`, `Production / Deploy`.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        let is = |own: &str| name.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with(" / "));
        is(&self.name) || is(&self.job)
    }
}

/// A workflow that deploys.
#[derive(Clone, PartialEq, Debug)]
pub struct Pipeline {
    /// Its file: `.github/workflows/deploy.yml`.
    pub workflow: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Whether a push to the branch starts it.
    pub on_push: bool,
    /// Whether a person can start it.
    pub on_dispatch: bool,
    /// Paths that alone do not start it.
    pub ignored: PathFilter,
    /// The group of runs of which only one is live.
    pub group: Group,
    /// Its jobs that deploy, in the file's order.
    pub stages: Vec<Stage>,
}

impl Pipeline {
    /// The stage of this gate.
    pub fn behind_gate<'p>(&'p self, gate: &'p str) -> impl Iterator<Item = &'p Stage> {
        self.stages.iter().filter(move |stage| stage.gate.as_deref() == Some(gate))
    }

    /// Whether a check of this name is one of its jobs that deploy, or a job that such a one calls:
    /// `Production`, `Production / Deploy`. How far a commit has got says nothing of how good it is.
    #[must_use]
    pub fn deploys_as(&self, check: &str) -> bool {
        self.stages.iter().any(|stage| stage.is_called(check))
    }

    /// The stages that must have succeeded before this one, directly or through jobs that deploy nothing.
    #[must_use]
    pub fn before(&self, stage: &Stage) -> Vec<&Stage> {
        stage.needs.iter().filter_map(|job| self.stages.iter().find(|other| other.job == *job)).collect()
    }
}

/// What is told of a repository as a whole.
#[derive(Clone, PartialEq, Debug)]
pub struct Overview {
    /// The branch that is deployed.
    pub branch: Arc<str>,
    /// Its newest commit.
    pub head: Sha,
    /// The checks that its branch protection requires, beside those of rulesets.
    pub required: Vec<RequiredCheck>,
    /// Its workflows that deploy.
    pub pipelines: Vec<Pipeline>,
    /// Its workflows that a person can start by hand.
    pub manual: Vec<Manual>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_ignored_as_github_does() {
        let filter = PathFilter::new(["docs/*", "requirements/*", "!requirements/prod.txt", "**/.gitignore", "*.md", "tests/**"]);
        for (path, ignored) in [
            ("docs/a.rst", true),
            ("docs/deep/a.rst", false),
            ("requirements/dev.txt", true),
            ("requirements/prod.txt", false),
            (".gitignore", true),
            ("h/deep/.gitignore", true),
            ("README.md", true),
            ("h/README.md", false),
            ("tests/a/b/c.py", true),
            ("h/app.py", false),
        ] {
            assert_eq!(filter.fits(path), ignored, "{path}");
        }
        assert!(!PathFilter::default().fits("x"));
    }

    #[test]
    fn a_check_that_is_a_deploy_is_known_by_its_job() {
        let pipeline = crate::model::github_facts::pipeline();
        for (check, deploys) in [("live", true), ("live / Deploy", true), ("lively", false), ("tests", false), ("live-us / Deploy", true)] {
            assert_eq!(pipeline.deploys_as(check), deploys, "{check}");
        }
    }

    #[test]
    fn a_target_names_an_environment_in_its_region() {
        let target = Target { region: Some("us-west-1".into()), names: vec!["h-prod".into(), "prod".into()] };
        let fit = |key: &str| target.fit(&key.parse().unwrap());
        assert_eq!(fit("beanstalk:1:us-west-1:h-prod"), Some(0));
        assert_eq!(fit("beanstalk:1:us-west-1:prod"), Some(1));
        assert_eq!(fit("beanstalk:1:ca-central-1:h-prod"), None);
    }
}
