//! How Elastic Beanstalk brings a version to an environment's instances, and between how many it keeps.

use std::fmt;

/// `DeploymentPolicy` of `aws:elasticbeanstalk:command` ("Deployment policies and settings" in Elastic Beanstalk's
/// developer guide).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Policy {
    /// Every instance at once.
    AllAtOnce,
    /// Batch after batch, in place.
    Rolling,
    /// Batch after batch, with a batch of new instances first.
    AdditionalBatch,
    /// On a second set of instances.
    Immutable,
    /// On a second set of instances, which gets a share of the requests first.
    TrafficSplitting,
}

impl Policy {
    /// Reads the word of the API.
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        match word {
            "AllAtOnce" => Some(Self::AllAtOnce),
            "Rolling" => Some(Self::Rolling),
            "RollingWithAdditionalBatch" => Some(Self::AdditionalBatch),
            "Immutable" => Some(Self::Immutable),
            "TrafficSplitting" => Some(Self::TrafficSplitting),
            _ => None,
        }
    }

    /// In a few words.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::AllAtOnce => "all at once",
            Self::Rolling => "rolling",
            Self::AdditionalBatch => "rolling with an additional batch",
            Self::Immutable => "immutable",
            Self::TrafficSplitting => "traffic splitting",
        }
    }

    /// What users notice of it.
    const fn meaning(self) -> &'static str {
        match self {
            Self::AllAtOnce => "no instance serves for a while",
            Self::Rolling => "a batch at a time does not serve, and both versions answer for a while",
            Self::AdditionalBatch => "as many serve as before, and both versions answer for a while",
            Self::Immutable => "both versions answer for a while; where it fails, only the new instances go",
            Self::TrafficSplitting => "a share of the requests goes to the new version first; where it fails, only the new instances go",
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// How many instances a batch has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Batch {
    /// Out of a hundred.
    Percent(u32),
    /// That many.
    Fixed(u32),
}

impl fmt::Display for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Percent(share) => write!(f, "{share} %"),
            Self::Fixed(count) => write!(f, "{count}"),
        }
    }
}

/// How an environment is deployed to. What was not told is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Strategy {
    /// How a version comes to the instances.
    pub policy: Option<Policy>,
    /// How many at a time, where that matters.
    pub batch: Option<Batch>,
    /// Whether it has one instance and no load balancer.
    pub is_single: bool,
    /// The fewest instances.
    pub fewest: Option<u32>,
    /// The most instances.
    pub most: Option<u32>,
}

impl Strategy {
    /// What a deploy means for who uses it, in a sentence; none where the policy is not known.
    #[must_use]
    pub fn sentence(&self) -> Option<String> {
        let policy = self.policy?;
        if self.is_single && policy != Policy::Immutable {
            return Some(format!("{policy}, of a single instance: nothing serves for a while"));
        }
        let batch = self.batch.filter(|_| matches!(policy, Policy::Rolling | Policy::AdditionalBatch));
        let batch = batch.map_or_else(String::new, |batch| format!(", {batch} at a time"));
        Some(format!("{policy}{batch}: {}", policy.meaning()))
    }

    /// Whether nothing serves for a while when a version is deployed; none where that is not known.
    #[must_use]
    pub fn has_downtime(&self) -> Option<bool> {
        let policy = self.policy?;
        Some(policy == Policy::AllAtOnce || (self.is_single && policy != Policy::Immutable))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_policy_means_is_said_in_words() {
        let of = |policy, batch, is_single| Strategy { policy, batch, is_single, ..Strategy::default() };
        let said = |strategy: Strategy| strategy.sentence();
        assert_eq!(said(of(None, Some(Batch::Fixed(1)), true)), None);
        let rolling = of(Some(Policy::Rolling), Some(Batch::Percent(25)), false);
        let sentence = "rolling, 25 % at a time: a batch at a time does not serve, and both versions answer for a while";
        assert_eq!((said(rolling).as_deref(), rolling.has_downtime()), (Some(sentence), Some(false)));
        let all = of(Some(Policy::AllAtOnce), Some(Batch::Percent(100)), false);
        assert_eq!((said(all).as_deref(), all.has_downtime()), (Some("all at once: no instance serves for a while"), Some(true)));
        let single = of(Some(Policy::Rolling), None, true);
        let sentence = "rolling, of a single instance: nothing serves for a while";
        assert_eq!((said(single).as_deref(), single.has_downtime()), (Some(sentence), Some(true)));
        assert_eq!(of(Some(Policy::Immutable), None, true).has_downtime(), Some(false));
    }

    #[test]
    fn every_word_of_the_api_is_known_and_no_other() {
        for word in ["AllAtOnce", "Rolling", "RollingWithAdditionalBatch", "Immutable", "TrafficSplitting"] {
            assert!(Policy::read(word).is_some(), "{word}");
        }
        assert_eq!(Policy::read("rolling"), None);
    }
}
