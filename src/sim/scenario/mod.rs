//! Scenario files: their shape, and everything that can be wrong with one.
//!
//! Owns the TOML format (documented in `scenarios/README.md`) and the built-in
//! files. Never builds a world: `populate` does.

pub mod circleci;
pub mod compute;
mod deeds;
pub mod environments;
mod happenings;
pub mod hosts;
mod include;
mod machines;
pub mod populate;
mod read;
mod repeat;
pub mod repositories;

use serde::Deserialize;
use toml::Spanned;

use crate::faults::Fault;
use circleci::CircleCiEntry;
use compute::{ElasticIpEntry, ImageRepositoryEntry, InstanceEntry, TaggedEntry, TargetGroupEntry};
use hosts::HostEntry;
use repositories::{GithubEntry, RepositoryEntry};

/// The built-in scenarios, by name.
pub const BUILT_IN: [(&str, &str); 10] = [
    ("default", include_str!("../scenarios/default.toml")),
    ("beanstalk", concat!(include_str!("../scenarios/beanstalk.toml"), include_str!("../scenarios/beanstalk-repositories.toml"))),
    ("basic", include_str!("../scenarios/basic.toml")),
    ("steady", include_str!("../scenarios/steady.toml")),
    ("generated", include_str!("../scenarios/generated.toml")),
    ("large", include_str!("../scenarios/large.toml")),
    ("wide", include_str!("../scenarios/wide.toml")),
    ("growl", include_str!("../scenarios/growl.toml")),
    ("eapd", include_str!("../scenarios/eapd.toml")),
    ("towlion", include_str!("../scenarios/towlion.toml")),
];

/// A scenario file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it is for, for people.
    #[serde(default)]
    pub about: Option<String>,
    /// The seed, unless another is given at the start.
    #[serde(default)]
    pub seed: Option<u64>,
    /// Regions that the accounts have enabled beside the usual ones.
    #[serde(default)]
    pub enabled_regions: Option<Vec<String>>,
    /// The accounts; the first is what an entry without one means.
    #[serde(default)]
    pub account: Vec<AccountEntry>,
    /// Built-in scenarios that are in the same world.
    #[serde(default)]
    pub include: Vec<Spanned<IncludeEntry>>,
    /// Applications and their versions.
    #[serde(default)]
    pub application: Vec<Spanned<ApplicationEntry>>,
    /// Environments.
    #[serde(default)]
    pub environment: Vec<Spanned<EnvironmentEntry>>,
    /// Target groups with their targets.
    #[serde(default, rename = "target-group")]
    pub target_group: Vec<Spanned<TargetGroupEntry>>,
    /// Instances of their own.
    #[serde(default)]
    pub instance: Vec<Spanned<InstanceEntry>>,
    /// Servers without a cloud.
    #[serde(default)]
    pub host: Vec<Spanned<HostEntry>>,
    /// Tags that make environments.
    #[serde(default)]
    pub tagged: Vec<Spanned<TaggedEntry>>,
    /// Repositories of container images.
    #[serde(default, rename = "image-repository")]
    pub image_repository: Vec<Spanned<ImageRepositoryEntry>>,
    /// Elastic IP addresses.
    #[serde(default, rename = "elastic-ip")]
    pub elastic_ip: Vec<Spanned<ElasticIpEntry>>,
    /// Roles that want a code.
    #[serde(default, rename = "mfa-role")]
    pub mfa_role: Vec<MfaRoleEntry>,
    /// What happens.
    #[serde(default)]
    pub happening: Vec<Spanned<HappeningEntry>>,
    /// How the server misbehaves.
    #[serde(default)]
    pub fault: Vec<Spanned<FaultEntry>>,
    /// Whose token it is on GitHub.
    #[serde(default)]
    pub github: Option<GithubEntry>,
    /// Repositories.
    #[serde(default)]
    pub repository: Vec<Spanned<RepositoryEntry>>,
    /// Projects that CircleCI builds.
    #[serde(default)]
    pub circleci: Vec<Spanned<CircleCiEntry>>,
    /// Environments out of the seed.
    #[serde(default)]
    pub generate: Option<Spanned<GenerateEntry>>,
}

/// `[[account]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountEntry {
    /// Twelve digits.
    pub id: Spanned<String>,
    /// The access key; made from the id when left out.
    #[serde(default)]
    pub access_key: Option<String>,
    /// The secret key.
    #[serde(default)]
    pub secret_key: Option<String>,
    /// The name of the user who holds the key.
    #[serde(default)]
    pub user: Option<String>,
}

/// `[[mfa-role]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MfaRoleEntry {
    /// The role's ARN.
    pub arn: String,
    /// The serial number of the device.
    pub serial: String,
    /// The code that it shows, always.
    pub code: String,
}

/// `[[include]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IncludeEntry {
    /// The built-in scenario.
    pub scenario: String,
    /// The account of everything in it; the first one when left out.
    #[serde(default)]
    pub account: Option<Spanned<String>>,
}

/// `[[application]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApplicationEntry {
    /// `ApplicationName`.
    pub name: String,
    /// Where; everywhere it has environments when left out.
    #[serde(default)]
    pub regions: Vec<String>,
    /// Whose.
    #[serde(default)]
    pub account: Option<String>,
    /// How many versions the lifecycle rule keeps.
    #[serde(default)]
    pub keep: Option<usize>,
    /// Its versions.
    #[serde(default)]
    pub version: Vec<Spanned<VersionEntry>>,
}

/// `[[application.version]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionEntry {
    /// The label, with `{-3d%Y%m%d}` for times.
    pub label: String,
    /// When it was made, from the start of the world.
    #[serde(default)]
    pub created: Option<Spanned<String>>,
    /// By custom the commit's message.
    #[serde(default)]
    pub description: Option<String>,
    /// Deploys of it fail at this instance.
    #[serde(default)]
    pub fails_at: Option<usize>,
    /// `Processed`, `Unprocessed`, `Processing` or `Failed`.
    #[serde(default)]
    pub status: Option<Spanned<String>>,
}

/// `[[environment]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvironmentEntry {
    /// `ApplicationName`.
    #[serde(default)]
    pub app: String,
    /// Several applications that have it, each its own.
    #[serde(default)]
    pub apps: Vec<String>,
    /// `EnvironmentName`.
    #[serde(default)]
    pub name: Option<String>,
    /// Several environments that differ in their names alone.
    #[serde(default)]
    pub names: Vec<String>,
    /// The region.
    pub region: Spanned<String>,
    /// The account.
    #[serde(default)]
    pub account: Option<Spanned<String>>,
    /// production, staging, development, preview, unknown; from the name when left out.
    #[serde(default)]
    pub tier: Option<Spanned<String>>,
    /// The version label.
    pub version: String,
    /// When it was deployed.
    #[serde(default)]
    pub deployed: Option<Spanned<String>>,
    /// The version is no longer in the application's list.
    #[serde(default)]
    pub purged: bool,
    /// How many instances.
    #[serde(default)]
    pub instances: Option<usize>,
    /// Instances that run something else.
    #[serde(default)]
    pub other: Vec<OtherVersion>,
    /// Health does not tell of mixed versions.
    #[serde(default)]
    pub unnoticed: bool,
    /// `enhanced` or `basic`.
    #[serde(default)]
    pub health: Option<Spanned<String>>,
    /// Health is not watched.
    #[serde(default)]
    pub suspended: bool,
    /// The deployment policy.
    #[serde(default)]
    pub policy: Option<Spanned<String>>,
    /// The batch: `"25%"` or `"2"`.
    #[serde(default)]
    pub batch: Option<Spanned<String>>,
    /// Log files go to `CloudWatch`.
    #[serde(default)]
    pub stream_logs: Option<bool>,
    /// The platform: `Docker`, `Python 3.11` …
    #[serde(default)]
    pub platform: Option<Spanned<String>>,
    /// EC2's instance type.
    #[serde(default)]
    pub instance_type: Option<String>,
    /// Where the load balancer asks.
    #[serde(default)]
    pub health_path: Option<String>,
    /// Behind a load balancer or one instance alone.
    #[serde(default)]
    pub load_balanced: Option<bool>,
    /// Requests a second on an ordinary day.
    #[serde(default)]
    pub requests: Option<f64>,
    /// Environment properties.
    #[serde(default)]
    pub properties: std::collections::BTreeMap<String, String>,
    /// It is created only then.
    #[serde(default)]
    pub launches: Option<Spanned<String>>,
    /// When it was created.
    #[serde(default)]
    pub created: Option<Spanned<String>>,
    /// `Description`.
    #[serde(default)]
    pub description: Option<String>,
}

/// Some instances with another version.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtherVersion {
    /// The label.
    pub version: String,
    /// How many instances.
    pub instances: usize,
}

/// `[[happening]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HappeningEntry {
    /// When, from the start of the world; may be before it.
    pub at: Spanned<String>,
    /// Again and again.
    #[serde(default)]
    pub every: Option<Spanned<String>>,
    /// The environment: `name`, `name@region` or `name@region@account`.
    #[serde(default)]
    pub environment: Option<Spanned<String>>,
    /// What: see `scenarios/README.md`.
    #[serde(rename = "do")]
    pub deed: Spanned<String>,
    /// The versions of a deploy, taken in turn.
    #[serde(default)]
    pub versions: Vec<String>,
    /// The version of a deploy.
    #[serde(default)]
    pub version: Option<String>,
    /// The deploy fails at this instance.
    #[serde(default)]
    pub fails_at: Option<usize>,
    /// Health does not tell of the mixed versions afterwards.
    #[serde(default)]
    pub unnoticed: bool,
    /// The properties of a configuration update.
    #[serde(default)]
    pub properties: std::collections::BTreeMap<String, String>,
    /// The level of an incident.
    #[serde(default)]
    pub level: Option<Spanned<String>>,
    /// Its causes.
    #[serde(default)]
    pub causes: Vec<String>,
    /// The share of requests that fails, in percent.
    #[serde(default)]
    pub failing: Option<f64>,
    /// How many instances are unwell.
    #[serde(default)]
    pub unhealthy: Option<usize>,
    /// How many times slower answers are.
    #[serde(default)]
    pub slow: Option<f64>,
    /// How long an incident or a fault lasts.
    #[serde(default)]
    pub lasts: Option<Spanned<String>>,
    /// The other environment of a swap.
    #[serde(default)]
    pub with: Option<Spanned<String>>,
    /// The pull request of `do = "merge"`: `name#12` or `owner/name#12`.
    #[serde(default)]
    pub pull: Option<Spanned<String>>,
    /// The commit of `do = "force-push"`, `"delete-runs"` or `"roll"`: `repository/name`.
    #[serde(default)]
    pub commit: Option<Spanned<String>>,
    /// The target group: `name`, `name@region` or `name@region@account`.
    #[serde(default)]
    pub target_group: Option<Spanned<String>>,
    /// The instance, by its name here.
    #[serde(default)]
    pub instance: Option<Spanned<String>>,
    /// The app on a host: `name` or `name@host`.
    #[serde(default)]
    pub host: Option<Spanned<String>>,
    /// The environment that tags make: `production`, or `pr-7`.
    #[serde(default)]
    pub tagged: Option<Spanned<String>>,
    /// What a deploy launches never answers.
    #[serde(default)]
    pub fails: bool,
    /// The context of the commit status that tells of a deploy.
    #[serde(default)]
    pub status: Option<String>,
    /// The tag by which a deploy pulls its image.
    #[serde(default)]
    pub tag: Option<String>,
    /// From this instance on what a deploy starts never answers.
    #[serde(default)]
    pub unhealthy_at: Option<usize>,
    /// What an instance answers.
    #[serde(default)]
    pub answers: Option<Spanned<String>>,
    /// The fault of `do = "fault"`.
    #[serde(default)]
    pub fault: Option<Fault>,
}

/// `[[fault]]`: a fault that is set from the start.
pub type FaultEntry = Fault;

/// `[generate]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenerateEntry {
    /// How many environments, up to 10,000; some dozens out of the seed when left out.
    #[serde(default)]
    pub environments: Option<usize>,
    /// In which regions.
    #[serde(default)]
    pub regions: Vec<String>,
    /// How many applications; out of the seed when left out.
    #[serde(default)]
    pub applications: Option<usize>,
    /// Fewest and most instances of an environment.
    #[serde(default)]
    pub instances: Option<[usize; 2]>,
    /// Whether anything happens.
    #[serde(default = "yes")]
    pub moving: bool,
    /// About how far apart things happen; by the number of environments when left out.
    #[serde(default)]
    pub every: Option<Spanned<String>>,
    /// The share on basic health.
    #[serde(default)]
    pub basic: Option<f64>,
    /// The share with mixed versions.
    #[serde(default)]
    pub mixed: Option<f64>,
    /// The share that is unwell.
    #[serde(default)]
    pub unwell: Option<f64>,
    /// The share that is suspended.
    #[serde(default)]
    pub suspended: Option<f64>,
}

const fn yes() -> bool {
    true
}

/// Something wrong with a scenario, and where.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{file}{}: {sentence}", line.map(|line| format!(", line {line}")).unwrap_or_default())]
pub struct Mistake {
    /// The file or the name of the built-in scenario.
    pub file: String,
    /// The line, from 1.
    pub line: Option<usize>,
    /// What is wrong, and what to write.
    pub sentence: String,
}

/// A scenario with its text, so that mistakes can name their lines.
#[derive(Clone, Debug)]
pub struct Source {
    /// The file or the built-in's name.
    pub file: String,
    /// The text.
    pub text: String,
}

impl Source {
    /// The built-in scenario of that name.
    ///
    /// # Errors
    ///
    /// When there is none; the sentence lists those that there are.
    pub fn built_in(name: &str) -> Result<Self, Mistake> {
        let found = BUILT_IN.iter().find(|(known, _)| *known == name);
        let Some((_, text)) = found else {
            let names: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
            return Err(Mistake {
                file: format!("scenario \"{name}\""),
                line: None,
                sentence: format!(
                    "there is no built-in scenario of that name; there are {}, and a file is given by its path (ending in .toml)",
                    names.join(", ")
                ),
            });
        };
        Ok(Self { file: format!("scenario \"{name}\""), text: (*text).to_owned() })
    }

    /// Reads the scenario.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong, with its line.
    pub fn read(&self) -> Result<Scenario, Mistake> {
        toml::from_str(&self.text).map_err(|error| Mistake {
            file: self.file.clone(),
            line: error.span().map(|span| self.line(span.start)),
            sentence: error.message().trim().replace('\n', "; "),
        })
    }

    /// A mistake at a place in the text.
    #[must_use]
    pub fn mistake(&self, at: usize, sentence: impl Into<String>) -> Mistake {
        Mistake { file: self.file.clone(), line: Some(self.line(at)), sentence: sentence.into() }
    }

    fn line(&self, offset: usize) -> usize {
        self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moment::Moment;

    fn mistake(text: &str) -> String {
        let source = Source { file: String::from("world.toml"), text: text.to_owned() };
        populate::build(&source, None, 1.0, Moment::from_millis(1_800_000_000_000))
            .map_or_else(|mistake| mistake.to_string(), |_| String::new())
    }

    #[test]
    fn the_built_in_worlds_stand() {
        for (name, _) in BUILT_IN {
            let source = Source::built_in(name).unwrap();
            let start = Moment::from_millis(1_800_000_000_000);
            let world = populate::build(&source, None, 1.0, start).unwrap();
            assert!(!world.environments.is_empty() || !world.compute.groups.is_empty() || !world.hosts.is_empty(), "{name}");
        }
        assert!(Source::built_in("nope").is_err());
    }

    #[test]
    fn the_default_world_holds_five_systems_in_their_accounts() {
        let source = Source::built_in("default").unwrap();
        let world = populate::build(&source, None, 1.0, Moment::from_millis(1_800_000_000_000)).unwrap();
        assert_eq!(world.environments.iter().filter(|environment| &*environment.place.account == "111122223333").count(), 96);
        let groups: Vec<(&str, &str)> = world.compute.groups.iter().map(|group| (&*group.place.account, &*group.name)).collect();
        assert!(groups.contains(&("444455556666", "growl-prod")) && groups.contains(&("777788889999", "eapd-staging")), "{groups:?}");
        assert!(world.compute.rules.iter().all(|rule| &*rule.place.account == "777788889999"));
        assert_eq!(world.hosts.len(), 6);
        let repositories: Vec<String> = world.github.repositories.iter().map(crate::github::repository::Repository::full_name).collect();
        for name in ["hypothesis/h", "growl-app/growl", "Enterprise-CMCS/eAPD", "towlion/wit"] {
            assert!(repositories.iter().any(|known| known == name), "{name} of {repositories:?}");
        }
        assert_eq!(&*world.github.viewer, "jo-mercer");
    }

    const GROUP: &str = "[[target-group]]\nname = \"g\"\nregion = \"eu-west-1\"\n";

    #[test]
    fn mistakes_name_their_lines() {
        let one = "[[environment]]\napp = \"a\"\nname = \"a-prod\"\nregion = \"eu-west-1\"\nversion = \"v1\"\n";
        let cases: &[(String, &str)] = &[
            (String::from("[[environment]]\nap = \"a\"\n"), "world.toml, line 2: unknown field `ap`"),
            (format!("{one}health = \"good\"\n"), "world.toml, line 6: \"good\" is not one of enhanced, basic"),
            (format!("{one}batch = \"0\"\n"), "world.toml, line 6: \"0\" is no size of a batch"),
            (format!("{one}deployed = \"yesterday\"\n"), "world.toml, line 6: \"yesterday\" is not a length"),
            (format!("{one}{one}"), "there are two environments \"a-prod\" in eu-west-1"),
            (one.replace("a-prod", "a_p"), "world.toml, line 1: \"a_p\" cannot be an environment"),
            (one.replace("v1", "{-1d}"), "a time is written {LENGTH%FORMAT}"),
            (
                format!("{one}[[happening]]\nat = \"1s\"\ndo = \"dance\"\nenvironment = \"a-prod\"\n"),
                "world.toml, line 8: \"dance\" is nothing that can happen",
            ),
            (
                format!("{one}[[happening]]\nat = \"1s\"\ndo = \"restart\"\nenvironment = \"b-prod\"\n"),
                "world.toml, line 9: there is no environment \"b-prod\"",
            ),
            (
                format!("{one}[[happening]]\nat = \"1s\"\ndo = \"restart\"\nenvironment = \"a-prod\"\nversion = \"v2\"\n"),
                "`version` means nothing for do = \"restart\"",
            ),
            (String::from("[[fault]]\nkind = \"latency\"\n"), "needs a `value`"),
            (String::from("[generate]\nenvironments = 20000\n"), "at most 10000"),
            (String::from("[[include]]\nscenario = \"nope\"\n"), "world.toml, line 1: there is no built-in scenario \"nope\" to include"),
            (String::from("[[include]]\nscenario = \"default\"\n"), "world.toml, line 1: \"default\" cannot be included"),
            (
                String::from("[[include]]\nscenario = \"growl\"\naccount = \"444455556666\"\n"),
                "world.toml, line 3: account \"444455556666\" has no [[account]] entry",
            ),
            (String::from("[[include]]\nscenario = \"growl\"\n[[include]]\nscenario = \"growl\"\n"), "\"growl\" is included twice"),
            (String::from("[[account]]\nid = \"12\"\n"), "world.toml, line 2: \"12\" is not an account"),
            (String::from("about = 1\n"), "world.toml, line 1: invalid type"),
            (String::from("[[instance]]\nname = \"a\"\n"), "world.toml, line 1: an instance needs a `region`"),
            (String::from("[[instance]]\nname = \"a\"\nregion = \"eu-west-1\"\nanswers = \"yes\"\n"), "line 4: \"yes\" is no answer"),
            (String::from("[[host]]\nname = \"a\"\n[[host.app]]\nname = \"b\"\ncommit = \"c/d\"\n"), "line 5: there is no commit \"c/d\""),
            (format!("{GROUP}{GROUP}"), "there are two target groups \"g\" in eu-west-1"),
            (format!("{GROUP}protocol = \"UDP\"\n"), "world.toml, line 4: \"UDP\" is not one of TCP, HTTP"),
            (format!("{GROUP}[[happening]]\nat = \"1s\"\ndo = \"roll\"\ntarget_group = \"g\"\n"), "do = \"roll\" needs `commit`"),
            (
                format!("{GROUP}[[happening]]\nat = \"1s\"\ndo = \"answer\"\ninstance = \"b\"\nanswers = \"well\"\n"),
                "line 7: there is no instance \"b\"",
            ),
        ];
        for (text, sentence) in cases {
            let said = mistake(text);
            assert!(said.contains(sentence), "{text}\nsaid: {said}");
        }
    }

    #[test]
    fn every_example_of_the_readme_is_read() {
        let readme = include_str!("../scenarios/README.md");
        let blocks: Vec<&str> = readme.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
        assert!(blocks.len() >= 8);
        for block in blocks {
            let read = toml::from_str::<Scenario>(block);
            assert!(read.is_ok(), "{block}\n{read:?}");
        }
    }
}
