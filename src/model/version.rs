//! What runs: the label as the platform gives it, and the commit that it stands for.

use std::sync::Arc;

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::id::{Sha, VersionLabel};

/// How sure a version is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// The platform says so.
    Exact,
    /// Read from something beside it.
    Derived,
    /// Instances differ.
    Mixed,
    /// Not known.
    Unknown,
}

impl Confidence {
    /// The word used in `--json`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Derived => "derived",
            Self::Mixed => "mixed",
            Self::Unknown => "unknown",
        }
    }
}

/// Where a version was read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VersionSource {
    /// `VersionLabel` of Elastic Beanstalk's DescribeEnvironments.
    BeanstalkLabel,
    /// A tag of the instances (EC2 DescribeInstances).
    InstanceTag,
    /// A tag of the image that the instances run (ECR DescribeImages).
    ImageTag,
    /// Where a tag that may be moved stands now (ECR DescribeImages), and probably stood when the instance was launched.
    MovingTag,
    /// An address of the environment's own that tells its version.
    VersionUrl,
    /// A command that only reads, run on the machine over SSH.
    SshCommand,
    /// A command that only reads, run on the machine through AWS Systems Manager.
    SsmCommand,
    /// GitHub's record of deployments.
    GitHubDeployment,
    /// A status that a pipeline left on a commit on GitHub.
    GitHubStatus,
    /// A comment that a pipeline left on a pull request on GitHub.
    GitHubComment,
}

impl VersionSource {
    /// As `--json` and the Environment screen name it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::BeanstalkLabel => "beanstalk version label",
            Self::InstanceTag => "instance tag",
            Self::ImageTag => "image tag",
            Self::MovingTag => "moving image tag",
            Self::VersionUrl => "version url",
            Self::SshCommand => "command over ssh",
            Self::SsmCommand => "command over ssm",
            Self::GitHubDeployment => "github deployment",
            Self::GitHubStatus => "github commit status",
            Self::GitHubComment => "github comment",
        }
    }

    /// How sure a version is that was read there: exact where the place itself says what runs.
    #[must_use]
    pub const fn confidence(self) -> Confidence {
        match self {
            Self::BeanstalkLabel | Self::ImageTag | Self::VersionUrl => Confidence::Exact,
            // A tag is what somebody wrote or may have moved, a checked-out commit what will run after the next build,
            // and a record what a pipeline meant to do.
            Self::InstanceTag
            | Self::MovingTag
            | Self::SshCommand
            | Self::SsmCommand
            | Self::GitHubDeployment
            | Self::GitHubStatus
            | Self::GitHubComment => Confidence::Derived,
        }
    }

    /// Whether it is what a pipeline wrote down, and not what was found where it runs.
    #[must_use]
    pub const fn is_record(self) -> bool {
        matches!(self, Self::GitHubDeployment | Self::GitHubStatus | Self::GitHubComment)
    }
}

impl VersionSource {
    /// Of several places that tell versions together, the one that is least sure: none where there is none.
    #[must_use]
    pub fn least_sure(sources: impl IntoIterator<Item = Self>) -> Option<Self> {
        sources.into_iter().max_by_key(|source| source.confidence() != Confidence::Exact)
    }
}

/// A version as one answer stated it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stated {
    /// As the place it was read in gives it.
    pub label: VersionLabel,
    /// The commit, where the answer itself tells it; else the label is read.
    pub sha: Option<Sha>,
    /// Where it was read.
    pub source: VersionSource,
    /// How sure.
    pub confidence: Confidence,
}

impl Stated {
    /// A label that was read there, as sure as that place is.
    #[must_use]
    pub const fn by(source: VersionSource, label: VersionLabel) -> Self {
        Self { label, sha: None, source, confidence: source.confidence() }
    }

    /// A commit that was read there.
    #[must_use]
    pub fn commit(source: VersionSource, sha: Sha) -> Self {
        Self { label: VersionLabel::from(sha.as_str()), sha: Some(sha), source, confidence: source.confidence() }
    }
}

/// How the commit is found in a version's label: a regular expression whose group `sha`
/// (or first group) is the commit.
#[derive(Clone, Debug)]
pub struct LabelPattern(Regex);

/// Why a text is no label pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPattern {
    /// It is no regular expression.
    #[error("it is not a regular expression: {0}")]
    NotARegex(String),
    /// It has no group to take the commit from.
    #[error("it has no group for the commit: write (?<sha>[0-9a-f]{{7,40}}) where the commit stands")]
    NoGroup,
}

impl LabelPattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// When it is no regular expression or has no group.
    pub fn new(text: &str) -> Result<Self, BadPattern> {
        let regex = regex::RegexBuilder::new(text).size_limit(1 << 20).build();
        let regex = regex.map_err(|error| BadPattern::NotARegex(last_line(&error.to_string())))?;
        if regex.captures_len() < 2 {
            return Err(BadPattern::NoGroup);
        }
        Ok(Self(regex))
    }

    /// The commit in this label.
    #[must_use]
    pub fn commit(&self, label: &str) -> Option<Sha> {
        let captures = self.0.captures(label)?;
        let group = captures.name("sha").or_else(|| captures.iter().skip(1).flatten().next())?;
        Sha::new(group.as_str())
    }
}

/// The regex crate draws its errors over several lines; the last one says what is wrong.
fn last_line(text: &str) -> String {
    text.lines().last().unwrap_or(text).trim_start_matches("error: ").to_owned()
}

impl PartialEq for LabelPattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

/// The patterns tried where an app configures none, in this order.
///
/// 1. `…20221110-g8a52aea`, anything before it: a date and `git rev-parse --short`
///    behind a `g` (Hypothesis; also `git describe` and `setuptools_scm`).
/// 2. The EB CLI's default label, `app-1a2b-221110_123456789012`: `git describe
///    --always --abbrev=4` and the time (awsebcli, `sourcecontrol.py`).
/// 3. A full SHA anywhere, on its own.
/// 4. The whole label is an abbreviated SHA with at least one digit among its letters,
///    so that words such as `deface` stay words.
const DEFAULT_PATTERNS: [&str; 4] = [
    r"\d{8}[-+.]g(?<sha>[0-9a-f]{7,40})(?:[^0-9a-f]|$)",
    r"^app-(?:[\w.]+-\d+-g)?(?<sha>[0-9a-f]{4,40})-\d{6}_\d{6,12}",
    r"(?:^|[^0-9a-fA-F])(?<sha>[0-9a-f]{40})(?:[^0-9a-fA-F]|$)",
    r"^v?(?<sha>[0-9a-f]*(?:[0-9][a-f]|[a-f][0-9])[0-9a-f]*)$",
];

/// Tries an app's own pattern, or the default ones.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelReader {
    patterns: Arc<[LabelPattern]>,
}

impl Default for LabelReader {
    fn default() -> Self {
        // A pattern that does not compile would be left out; a test counts them.
        Self { patterns: DEFAULT_PATTERNS.iter().filter_map(|text| LabelPattern::new(text).ok()).collect() }
    }
}

impl LabelReader {
    /// Reads labels with these patterns only.
    #[must_use]
    pub fn with(patterns: Vec<LabelPattern>) -> Self {
        Self { patterns: patterns.into() }
    }

    /// The commit that this label stands for, if it says.
    #[must_use]
    pub fn commit(&self, label: &VersionLabel) -> Option<Sha> {
        self.patterns.iter().find_map(|pattern| pattern.commit(label.as_str())).filter(|sha| sha.as_str().len() >= 4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(label: &str) -> Option<String> {
        LabelReader::default().commit(&label.into()).map(|sha| sha.to_string())
    }

    #[test]
    fn every_default_pattern_compiles() {
        assert_eq!(LabelReader::default().patterns.len(), DEFAULT_PATTERNS.len());
    }

    #[test]
    fn the_default_patterns_know_the_field_s_labels() {
        let full = "8a52aea1b2c3d4e5f60718293a4b5c6d7e8f9012";
        for (label, expected) in [
            ("h-prod20221110T123456Z-20221110-g8a52aea", Some("8a52aea")),
            ("20221110-g8a52aea", Some("8a52aea")),
            ("20221110+g8a52aea.dirty", Some("8a52aea")),
            ("app-1a2b-221110_123456789012", Some("1a2b")),
            ("app-v1_2-14-g2414721-221110_123456", Some("2414721")),
            (full, Some(full)),
            (&format!("release-{full}"), Some(full)),
            ("8a52aea", Some("8a52aea")),
            ("v412", None),
            ("20221110", None),
            ("Sample Application", None),
            ("decade", None),
            ("", None),
        ] {
            assert_eq!(commit(label).as_deref(), expected, "{label}");
        }
    }

    #[test]
    fn a_pattern_without_a_group_or_sense_is_refused() {
        assert_eq!(LabelPattern::new("abc").unwrap_err(), BadPattern::NoGroup);
        assert!(LabelPattern::new("(").unwrap_err().to_string().contains("unclosed group"));
        assert_eq!(LabelPattern::new("build-(\\w+)").unwrap().commit("build-ABCDEF1").unwrap().as_str(), "abcdef1");
    }
}
