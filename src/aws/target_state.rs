//! How a load balancer finds one target, whatever the target serves.

use aws_sdk_elasticloadbalancingv2::types::{TargetHealth, TargetHealthReasonEnum, TargetHealthStateEnum};

use super::beanstalk::words;
use super::told::text;
use crate::model::health::Level;

/// How a load balancer finds one target.
pub struct State<'a> {
    /// Its word.
    pub word: &'a str,
    /// `None` where its word does not tell how the target is.
    pub level: Option<Level>,
    /// The code of why, such as `Target.NotInUse`.
    pub reason: Option<&'a str>,
    description: Option<&'a str>,
}

impl<'a> State<'a> {
    /// Reads it; none where nothing is told.
    pub fn of(told: &'a TargetHealth) -> Option<Self> {
        let word = told.state().map(TargetHealthStateEnum::as_str).filter(|word| !word.is_empty())?;
        Some(Self {
            word,
            level: words::target_level(word),
            reason: told.reason().map(TargetHealthReasonEnum::as_str).filter(|reason| !reason.is_empty()),
            description: text(told.description.as_ref()),
        })
    }

    /// Why, as a sentence of its own; nothing where all is well.
    pub fn cause(&self) -> Option<String> {
        let lead = match self.word {
            "healthy" => return None,
            "unhealthy" => "ELB health check failing",
            "unhealthy.draining" => "Leaving the load balancer, ELB health check failing",
            "draining" => "Leaving the load balancer",
            "initial" => "Joining the load balancer",
            "unused" => "Gets no requests from the load balancer",
            words::UNAVAILABLE => "ELB does not check its health",
            _ => "The load balancer tells a state that is not known here",
        };
        let reason = self.reason.map_or_else(String::new, |reason| format!(" ({reason})"));
        let description = self.description.map_or_else(String::new, |description| format!(": {description}"));
        Some(format!("{lead}{reason}{description}"))
    }
}
