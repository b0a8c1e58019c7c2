//! Identifiers. Each is its own type, so that a region cannot be passed for an account.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Declares a cheap-to-clone identifier made of text.
macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text as the platform gives it; not yet safe to show.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(Arc::from(text))
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(Arc::from(text))
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        // `pad`, not `write_str`: otherwise a width in a format string is ignored.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    };
}

text_id!(
    /// An AWS account: its twelve digits.
    AccountId
);
text_id!(
    /// An AWS region, such as `us-west-1`.
    Region
);
text_id!(
    /// One deployable thing: a repository or a folder of one, its pipeline, its environments.
    AppName
);
text_id!(
    /// An environment's name, unique only within platform, account and region.
    EnvironmentName
);
text_id!(
    /// The platform's own id of an environment (`e-…`): it changes when a name is reused.
    PlatformId
);
text_id!(
    /// One machine or container that serves an environment (`i-…`).
    InstanceId
);
text_id!(
    /// A version as the platform names it.
    VersionLabel
);
text_id!(
    /// Which of the configured ways into AWS is meant: a profile's name, or `default`.
    ///
    /// Not the account: two connections may lead to one account, and the
    /// account is known only once something answered.
    Connection
);

text_id!(
    /// A repository on GitHub: `owner/name`.
    Repository
);
text_id!(
    /// A person's or a bot's name on GitHub.
    Login
);

impl Login {
    /// Whether both are one account: GitHub tells capital letters apart nowhere in a login.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

/// Declares an identifier that is a number of GitHub's.
macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0.to_string())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    };
}

number_id!(
    /// A workflow run.
    RunId
);
number_id!(
    /// A job of a workflow run.
    JobId
);
number_id!(
    /// A GitHub environment, by which deployments are approved: names are display names.
    GateId
);
number_id!(
    /// A pull request, within its repository.
    PullNumber
);

/// A commit's hash, abbreviated or full: 7 to 40 lower-case hexadecimal digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Sha(Arc<str>);

impl Sha {
    /// Accepts 4 to 40 hexadecimal digits, in either case.
    ///
    /// Four, because `git describe --abbrev=4`, which the EB CLI uses, may
    /// abbreviate that far.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let fits = (4..=40).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit());
        fits.then(|| Self(Arc::from(text.to_ascii_lowercase())))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether both may stand for one commit: one abbreviates the other.
    #[must_use]
    pub fn agrees_with(&self, other: &Self) -> bool {
        self.0.starts_with(&*other.0) || other.0.starts_with(&*self.0)
    }

    /// As people say it: the first seven digits, or fewer where it has fewer.
    #[must_use]
    pub fn short(&self) -> &str {
        self.0.get(..7).unwrap_or(&self.0)
    }
}

impl fmt::Display for Sha {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Sha {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The kind of place an environment runs on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Platform {
    /// An AWS Elastic Beanstalk environment.
    Beanstalk,
    /// EC2 instances registered with a load balancer's target group.
    TargetGroup,
    /// EC2 instances found by their tags.
    TaggedEc2,
    /// A plain host, reached without any cloud's API.
    Host,
}

impl Platform {
    /// Every platform, in the order they are listed to people.
    pub const ALL: [Self; 4] = [Self::Beanstalk, Self::TargetGroup, Self::TaggedEc2, Self::Host];

    /// The word used in keys, in `--json` and in the configuration.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Beanstalk => "beanstalk",
            Self::TargetGroup => "target-group",
            Self::TaggedEc2 => "tagged-ec2",
            Self::Host => "host",
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// What tells one environment from every other: the same name in two regions is two environments.
///
/// Written `platform:account:region:name`, `-` standing for an absent part.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnvironmentKey {
    /// The kind of place.
    pub platform: Platform,
    /// The account, on AWS; the server's configured name, for a host.
    pub account: Option<AccountId>,
    /// The region, where the platform has regions.
    pub region: Option<Region>,
    /// The name.
    pub name: EnvironmentName,
}

impl fmt::Display for EnvironmentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let account = self.account.as_ref().map_or("-", AccountId::as_str);
        let region = self.region.as_ref().map_or("-", Region::as_str);
        write!(f, "{}:{account}:{region}:{}", self.platform, self.name)
    }
}

impl fmt::Debug for EnvironmentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is not an environment's key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is not an environment's key: a key reads platform:account:region:name, for example beanstalk:111122223333:us-west-1:h-prod"
)]
pub struct NotAKey(String);

impl FromStr for EnvironmentKey {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let mut parts = text.splitn(4, ':');
        let mut part = || parts.next().filter(|part| !part.is_empty()).ok_or_else(|| NotAKey(text.to_owned()));
        let word = part()?;
        let platform = Platform::ALL.into_iter().find(|platform| platform.word() == word);
        let platform = platform.ok_or_else(|| NotAKey(text.to_owned()))?;
        let account = Some(part()?).filter(|part| *part != "-").map(AccountId::from);
        let region = Some(part()?).filter(|part| *part != "-").map(Region::from);
        let name = EnvironmentName::from(part()?);
        Ok(Self { platform, account, region, name })
    }
}

impl Serialize for EnvironmentKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EnvironmentKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_as_it_was_written() {
        for text in ["beanstalk:111122223333:us-west-1:h-prod", "host:shop:-:app", "target-group:1:eu-west-1:a:b"] {
            let key: EnvironmentKey = text.parse().unwrap();
            assert_eq!(key.to_string(), text);
        }
    }

    #[test]
    fn what_is_not_a_key_is_refused_with_an_example() {
        for text in ["", "h-prod", "beanstalk:1:us-west-1", "beanstalk:1:us-west-1:", "ecs:1:us-west-1:x", "beanstalk::us-west-1:x"] {
            let error = text.parse::<EnvironmentKey>().unwrap_err().to_string();
            assert!(error.contains("beanstalk:111122223333"), "{error}");
        }
    }

    #[test]
    fn a_width_in_a_format_string_counts() {
        assert_eq!(format!("{:<6}|", Region::from("x")), "x     |");
    }
}
