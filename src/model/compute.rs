//! Environments on EC2, as they are declared: target groups, and instances that carry tags.
//!
//! Nothing here was seen; what to look for, and how to tell what runs there.

use std::fmt;
use std::sync::Arc;

use super::catalogue::Tier;
use super::id::{AppName, Connection, EnvironmentName, Region};
use super::pattern::NamePattern;
use super::sighting::Scope;

/// Where something declared is looked for.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Site {
    /// The way in.
    pub connection: Connection,
    /// The region.
    pub region: Region,
}

impl Site {
    /// Whether this scope is there.
    #[must_use]
    pub fn is(&self, scope: &Scope) -> bool {
        self.connection == scope.connection && Some(&self.region) == scope.region.as_ref()
    }
}

/// A repository of images in ECR.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ImageRepository {
    /// Its name.
    pub name: Arc<str>,
    /// Where it is, which may be elsewhere than what is pulled from it.
    pub region: Region,
}

/// How it is told what runs on an instance.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct VersionMeans {
    /// The key of the instance's tag that names the version.
    pub tag: Option<Arc<str>>,
    /// A command that only reads, run through Systems Manager, whose last line names it.
    pub command: Option<Arc<str>>,
    /// Where what is named so is the tag or digest of an image: the images.
    pub images: Option<ImageRepository>,
    /// Whether nothing may be sent that AWS counts as a write: a command through Systems Manager is one, even if it
    /// only reads.
    pub is_read_only: bool,
}

impl VersionMeans {
    /// Whether there is any.
    #[must_use]
    pub const fn is_some(&self) -> bool {
        self.tag.is_some() || self.command.is_some()
    }
}

/// One target group, or all whose names fit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TargetGroups {
    /// Where.
    pub site: Site,
    /// Its name, or a pattern over names.
    pub name: NamePattern,
    /// The app.
    pub app: AppName,
    /// What it is for, where somebody said.
    pub tier: Option<Tier>,
    /// How versions are told.
    pub version: VersionMeans,
    /// The environment on GitHub whose recorded deployments are those of this one. A `*` in it is what the `*` of the
    /// name stands for.
    pub environment: Option<Arc<str>>,
    /// The file in the app's repository whose last change is that of what machines are given when they boot; with a
    /// `*` as above.
    pub environment_file: Option<Arc<str>>,
}

impl TargetGroups {
    /// The environment on GitHub of the group of this name.
    #[must_use]
    pub fn environment_of(&self, name: &str) -> Option<Arc<str>> {
        self.environment.as_ref().map(|text| self.name.carried_over(name, text))
    }

    /// The environment file of the group of this name.
    #[must_use]
    pub fn environment_file_of(&self, name: &str) -> Option<Arc<str>> {
        self.environment_file.as_ref().map(|text| self.name.carried_over(name, text))
    }
}

/// A tag that an instance must carry: key and value to the letter, since AWS tells capital letters apart.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Tag {
    /// The key.
    pub key: Arc<str>,
    /// The value.
    pub value: Arc<str>,
}

impl Tag {
    /// Reads `key=value`; a key has no `=`, a value may.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (key, value) = text.split_once('=')?;
        (!key.is_empty() && !value.is_empty()).then(|| Self { key: Arc::from(key), value: Arc::from(value) })
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}={}", self.key, self.value))
    }
}

/// What the instances with some tags are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Tagged {
    /// All of them are one environment.
    One {
        /// Its name.
        name: EnvironmentName,
        /// How many there should be.
        expected: u32,
    },
    /// Those of one pull request are a preview each.
    Previews {
        /// The key of the tag that holds the number of the pull request.
        pull_tag: Arc<str>,
    },
}

/// Instances that are found by their tags.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TaggedInstances {
    /// Where.
    pub site: Site,
    /// Every tag that they carry.
    pub tags: Vec<Tag>,
    /// What they are.
    pub what: Tagged,
    /// The app.
    pub app: AppName,
    /// What they are for, where somebody said.
    pub tier: Option<Tier>,
    /// The target groups that they stand in, by names or patterns: where nobody said, all of the region are looked
    /// through, which costs a call for each.
    pub target_groups: Vec<NamePattern>,
    /// How versions are told.
    pub version: VersionMeans,
    /// The status that a pipeline leaves on the commit that it deployed here.
    pub status: Option<Arc<str>>,
    /// The same of what stands in front of them and is deployed by itself.
    pub frontend_status: Option<Arc<str>>,
    /// As for target groups.
    pub environment_file: Option<Arc<str>>,
}

impl TaggedInstances {
    /// Whether they are the environment of this name.
    #[must_use]
    pub fn is_called(&self, environment: &str) -> bool {
        matches!(&self.what, Tagged::One { name, .. } if name.as_str() == environment)
    }
}

/// Everything on EC2 that is declared.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Compute {
    /// Target groups.
    pub target_groups: Vec<TargetGroups>,
    /// Instances by their tags.
    pub tagged: Vec<TaggedInstances>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_a_key_and_a_value_to_the_letter() {
        let tag = Tag::read("environment=production").unwrap();
        assert_ne!(tag, Tag::read("Environment=production").unwrap());
        assert_eq!(&*Tag::read("query=a=b").unwrap().value, "a=b");
        for text in ["environment", "=x", "x=", ""] {
            assert_eq!(Tag::read(text), None, "{text}");
        }
    }
}
