//! `[[target-group]]`, `[[instance]]` and `[[elastic-ip]]`: what stands in the file.
//!
//! Owns their shape. What they mean is `machines`'.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

/// `[[target-group]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetGroupEntry {
    /// `TargetGroupName`.
    pub name: String,
    /// It stands for that many, with {n} filled in its name.
    #[serde(default)]
    pub times: Option<u64>,
    /// The app that the truth says it is; its name when left out.
    #[serde(default)]
    pub app: Option<String>,
    /// The region.
    pub region: Spanned<String>,
    /// The account.
    #[serde(default)]
    pub account: Option<Spanned<String>>,
    /// production, staging, development, preview, unknown; from the name when left out.
    #[serde(default)]
    pub tier: Option<Spanned<String>>,
    /// False where tags make the environment: then the truth has no row for it.
    #[serde(default = "super::yes")]
    pub environment: bool,
    /// `TCP`, behind a Network Load Balancer, or `HTTP`, behind an Application Load Balancer.
    #[serde(default)]
    pub protocol: Option<Spanned<String>>,
    /// The port of its targets.
    #[serde(default)]
    pub port: Option<u16>,
    /// Its load balancer; its own name when left out, none when empty.
    #[serde(default)]
    pub load_balancer: Option<String>,
    /// How it asks its targets.
    #[serde(default)]
    pub health_check: HealthCheckEntry,
    /// Seconds for which connections may go on.
    #[serde(default)]
    pub deregistration_delay: Option<i64>,
    /// The Auto Scaling group that keeps its instances; none when left out.
    #[serde(default)]
    pub auto_scaling: Option<String>,
    /// When it was made.
    #[serde(default)]
    pub created: Option<Spanned<String>>,
    /// Its tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Its targets.
    #[serde(default)]
    pub instance: Vec<Spanned<InstanceEntry>>,
}

/// `health_check` of a target group.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HealthCheckEntry {
    /// `HTTP` or `TCP`; the group's when left out.
    #[serde(default)]
    pub protocol: Option<Spanned<String>>,
    /// What HTTP asks for.
    #[serde(default)]
    pub path: Option<String>,
    /// Seconds between checks.
    #[serde(default)]
    pub interval: Option<i64>,
    /// Seconds that an answer may take.
    #[serde(default)]
    pub timeout: Option<i64>,
    /// How many successes make healthy.
    #[serde(default)]
    pub healthy: Option<u32>,
    /// How many failures make unhealthy.
    #[serde(default)]
    pub unhealthy: Option<u32>,
    /// Which statuses are successes.
    #[serde(default)]
    pub codes: Option<String>,
}

/// `[[instance]]`, and `[[target-group.instance]]`.
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the file with a meaning of its own")]
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstanceEntry {
    /// What happenings call it, and its tag `Name` where `tags` has none.
    #[serde(default)]
    pub name: Option<String>,
    /// It stands for that many: `-1`, `-2` … follow their names.
    #[serde(default)]
    pub count: Option<u64>,
    /// The region; that of its target group there.
    #[serde(default)]
    pub region: Option<Spanned<String>>,
    /// The account.
    #[serde(default)]
    pub account: Option<Spanned<String>>,
    /// The target groups that it is registered in, by name.
    #[serde(default)]
    pub target_groups: Vec<Spanned<String>>,
    /// Its tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// The image that it runs: the name of an image repository.
    #[serde(default)]
    pub image: Option<String>,
    /// The tag that the image was pulled by; the commit's id when left out.
    #[serde(default)]
    pub tag: Option<String>,
    /// Its digest is told as that of an index's image for this architecture.
    #[serde(default)]
    pub architecture: Option<Spanned<String>>,
    /// What it runs: `repository/name` of a commit, or 40 hexadecimal digits.
    #[serde(default)]
    pub commit: Option<Spanned<String>>,
    /// When it was launched.
    #[serde(default)]
    pub launched: Option<Spanned<String>>,
    /// Since when it runs that; since it was launched when left out.
    #[serde(default)]
    pub deployed: Option<Spanned<String>>,
    /// `InstanceType`.
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
    /// `ImageId`.
    #[serde(default)]
    pub ami: Option<String>,
    /// What it answers: well, refused, hangs, untold, or a status.
    #[serde(default)]
    pub answers: Option<Spanned<String>>,
    /// It is off.
    #[serde(default)]
    pub stopped: bool,
    /// It cannot be terminated through the API.
    #[serde(default)]
    pub protected: bool,
    /// It is being deregistered from its groups.
    #[serde(default)]
    pub draining: bool,
    /// Systems Manager reaches it.
    #[serde(default = "super::yes")]
    pub managed: bool,
    /// Files that a command may read.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// What comes of a deploy that a command makes: well, fails, hangs, unwell.
    #[serde(default)]
    pub deploys: Option<Spanned<String>>,
}

/// `[[elastic-ip]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ElasticIpEntry {
    /// The address.
    pub ip: String,
    /// The region.
    pub region: Spanned<String>,
    /// The account.
    #[serde(default)]
    pub account: Option<Spanned<String>>,
    /// The instance that it points to, by its name here.
    #[serde(default)]
    pub instance: Option<Spanned<String>>,
    /// Its tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// `[[image-repository]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageRepositoryEntry {
    /// Its name.
    pub name: String,
    /// The region.
    pub region: Spanned<String>,
    /// The account.
    #[serde(default)]
    pub account: Option<Spanned<String>>,
    /// When it was made.
    #[serde(default)]
    pub created: Option<Spanned<String>>,
    /// What is pushed is an index with an image for each architecture.
    #[serde(default)]
    pub index: bool,
    /// Its tags, as a resource.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Its images, in the order in which they were pushed.
    #[serde(default)]
    pub image: Vec<ImageEntry>,
}

/// `[[image-repository.image]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageEntry {
    /// What it was built from: `repository/name` of a commit, or 40 hexadecimal digits.
    pub commit: Spanned<String>,
    /// When it was pushed.
    pub pushed: Spanned<String>,
    /// Its tags beside the commit's id; a tag moves to the last image that has it.
    #[serde(default)]
    pub tags: Vec<String>,
    /// It has not even the commit's id for a tag.
    #[serde(default)]
    pub untagged: bool,
}

/// `[[tagged]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaggedEntry {
    /// The app whose environments they are.
    pub app: String,
    /// The region.
    pub region: Spanned<String>,
    /// The account.
    #[serde(default)]
    pub account: Option<Spanned<String>>,
    /// The key whose value is the environment; `environment` when left out.
    #[serde(default)]
    pub key: Option<String>,
    /// The key whose value is the number of a pull request; `github-pr` when left out.
    #[serde(default)]
    pub pull_request: Option<String>,
}
