//! Environments on EC2, as they are declared: target groups, and instances that carry tags.
//!
//! Nothing here was seen; what to look for, and how to tell what runs there.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use super::catalogue::Tier;
use super::circleci::Deploying;
use super::destination::Destination;
use super::host::Login;
use super::id::{AppName, Connection, EnvironmentName, Region};
use super::pattern::NamePattern;
use super::rolling::Rolling;
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
    /// A command that only reads, whose last line names it: run through Systems Manager, unless [`Self::ssh`] says where.
    pub command: Option<Arc<str>>,
    /// How each machine is logged in to where the command is run over SSH.
    pub ssh: Option<Template>,
    /// A page of each machine that tells its version, filled in in the same way.
    pub page: Option<Arc<str>>,
    /// Where that page is JSON: the key of the version, such as `build.commit`.
    pub page_key: Option<Arc<str>>,
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
        self.tag.is_some() || self.asks_machines()
    }
}

impl VersionMeans {
    /// Whether each machine has to be asked, which costs a login or a connection.
    #[must_use]
    pub const fn asks_machines(&self) -> bool {
        self.command.is_some() || self.page.is_some()
    }
}

/// How the system's ssh logs in to machines that are only known once they were listed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Template {
    /// `user@host`, in which what stands in braces is filled in for each machine; see [`Place`].
    pub to: Arc<str>,
    /// A configuration file in place of the user's own.
    pub config: Option<PathBuf>,
    /// Further options, each as `ssh -o` takes it.
    pub options: Vec<String>,
}

/// What is known of where a machine is reached, for what is filled in for each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place<'m> {
    /// Its id: for a host name that the user's own configuration of ssh knows how to reach.
    pub id: &'m str,
    /// Its address within its network.
    pub private_ip: Option<&'m str>,
    /// The name or the address under which it is reached from outside.
    pub address: Option<&'m str>,
}

/// What may stand in braces.
pub const PLACES: [&str; 3] = ["{id}", "{private_ip}", "{address}"];

impl Template {
    /// How this machine is logged in to.
    ///
    /// # Errors
    /// A sentence, where what is in braces is not known of this machine, or is no host with it.
    pub fn login(&self, place: &Place<'_>) -> Result<Login, Arc<str>> {
        let to = place.fill(&self.to)?;
        let to = Destination::new(&to).map_err(|why| Arc::from(format!("{to} is no host to log in to: {why}")))?;
        Ok(Login { to, config: self.config.clone(), options: self.options.clone() })
    }
}

impl Place<'_> {
    /// A text with what is in braces filled in.
    ///
    /// # Errors
    /// A sentence, where what is in braces is not known of this machine.
    pub fn fill(&self, text: &str) -> Result<String, Arc<str>> {
        let known = [Some(self.id), self.private_ip, self.address];
        let mut filled = text.to_owned();
        for (name, value) in PLACES.into_iter().zip(known) {
            if !filled.contains(name) {
                continue;
            }
            let value = value.ok_or_else(|| Arc::from(format!("EC2 tells nothing to put in for {name}")))?;
            filled = filled.replace(name, value);
        }
        Ok(filled)
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
    /// How a version is deployed from here, where that is configured.
    pub rolling: Option<Rolling>,
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
        /// Whether a deploy gives each an Elastic IP address that is free, so that it fails where none is.
        elastic_ips: bool,
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
    /// What of CircleCI deploys them.
    pub circleci: Option<Deploying>,
    /// As for target groups.
    pub environment_file: Option<Arc<str>>,
}

impl TaggedInstances {
    /// Whether a deploy of them needs an Elastic IP address that is free.
    #[must_use]
    pub const fn wants_addresses(&self) -> bool {
        matches!(self.what, Tagged::Previews { elastic_ips: true, .. })
    }

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
    fn what_is_in_braces_is_filled_in_for_each_machine() {
        let place = Place { id: "i-1", private_ip: Some("10.0.0.7"), address: None };
        assert_eq!(place.fill("http://{private_ip}:8000/{id}").unwrap(), "http://10.0.0.7:8000/i-1");
        assert_eq!(place.fill("bastion").unwrap(), "bastion");
        assert_eq!(&*place.fill("deploy@{address}").unwrap_err(), "EC2 tells nothing to put in for {address}");
    }

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
