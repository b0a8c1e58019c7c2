//! What was found, and what would be configured: plain values, from nowhere but the arguments.

use std::collections::{BTreeMap, BTreeSet};

use crate::aws::inventory::Inventory;
use crate::model::catalogue::Tier;
use crate::model::id::{Region, Repository};

/// An account of AWS that answered.
pub struct FoundAccount {
    /// Its name in the configuration.
    pub name: String,
    /// The profile that leads there; the default credential chain where absent.
    pub profile: Option<String>,
    /// Its twelve digits.
    pub account: String,
    /// What each of its regions holds.
    pub regions: Vec<(Region, Inventory)>,
    /// Other profiles that lead to the same account.
    pub also: Vec<String>,
}

/// A way into AWS through which nothing could be read.
pub struct Closed {
    /// The profile; the default credential chain where absent.
    pub profile: Option<String>,
    /// Why, in a sentence.
    pub why: String,
}

/// A configuration in the making.
#[derive(Default)]
pub struct Draft {
    /// The accounts.
    pub accounts: Vec<DraftAccount>,
    /// The apps, in the order in which they are written.
    pub apps: Vec<DraftApp>,
    /// Target groups.
    pub groups: Vec<DraftGroup>,
    /// Instances by their tags.
    pub tagged: Vec<DraftTagged>,
    /// Servers that a person named.
    pub hosts: Vec<DraftHost>,
    /// Apps with environments whose names tell no tier.
    pub untold: Vec<Untold>,
}

/// Environments of an app whose names do not tell what they are for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Untold {
    /// The app.
    pub app: String,
    /// Their names.
    pub names: BTreeSet<String>,
    /// The names of its others, by what those tell.
    pub told: BTreeMap<Tier, BTreeSet<String>>,
}

/// An account to configure.
pub struct DraftAccount {
    /// Its name.
    pub name: String,
    /// The profile.
    pub profile: Option<String>,
    /// Its digits.
    pub account: String,
    /// The regions that hold something, or may.
    pub regions: Vec<Region>,
    /// How many regions were looked through.
    pub looked: usize,
    /// How many of them could not be read, at least in part: nobody knows what these hold.
    pub unread: usize,
    /// Other profiles that lead there.
    pub also: Vec<String>,
}

/// An app to configure.
pub struct DraftApp {
    /// Its name.
    pub name: String,
    /// What it has, for the comment above it.
    pub holds: String,
    /// Commits that run, as far as labels tell them.
    pub commits: Vec<String>,
    /// Its repository, once that is known, and by what.
    pub repository: Option<(Repository, Sign)>,
    /// The workflows of the repository that deploy.
    pub workflows: Vec<String>,
}

/// By what a repository was found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sign {
    /// It holds a commit that runs.
    Commit,
    /// It is called as the app is.
    Name,
}

/// A target group to configure.
pub struct DraftGroup {
    /// Its name.
    pub name: String,
    /// Where.
    pub region: Region,
    /// The account's name.
    pub account: String,
    /// Its app.
    pub app: String,
    /// Whether it is an environment; else its machines are, by their tags.
    pub counts: bool,
}

/// Instances by their tags to configure.
pub struct DraftTagged {
    /// One environment of this name, or previews by this tag.
    pub what: What,
    /// The tag, `key=value`.
    pub tag: String,
    /// Where.
    pub region: Region,
    /// The account's name.
    pub account: String,
    /// Its app.
    pub app: String,
    /// Whether they are environments; else their target groups are.
    pub counts: bool,
    /// Target groups could not be read there: which of both are environments is not known.
    pub is_undecided: bool,
    /// Something that a person should know of this entry.
    pub note: Option<&'static str>,
}

/// What instances with a tag are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum What {
    /// One environment.
    Environment(String),
    /// A preview for each value of this tag.
    Previews(String),
}

/// A server to configure.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DraftHost {
    /// Its name.
    pub name: String,
    /// `user@host`.
    pub ssh: Option<String>,
    /// The folder whose folders are apps.
    pub folder: Option<String>,
    /// Its apps.
    pub apps: Vec<DraftHostedApp>,
}

/// An app on a server.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DraftHostedApp {
    /// Its name.
    pub name: String,
    /// The page that says how it is.
    pub page: Option<String>,
    /// Its folder, where that is not in the server's.
    pub path: Option<String>,
}
