//! Where the jobs of a workflow deploy to, as far as that is known; and what that means for a plan.

use super::super::decision::Proof;
use super::super::state::State;
use super::names;
use crate::model::catalogue::Tier;
use crate::model::environment::Environment;
use crate::model::health::Level;
use crate::model::id::{EnvironmentKey, Repository};
use crate::model::pipeline::Stage;
use crate::model::promotion;

/// What is deployed to.
pub struct Reach {
    /// The environments, as far as they are known.
    pub environments: Vec<EnvironmentKey>,
    /// Whether they are all.
    pub is_whole: bool,
    /// Whether one of them is production, or may be.
    pub is_production: bool,
}

impl Reach {
    /// Where these jobs deploy to; `is_known` is whether it is known which jobs run.
    pub fn of(state: &State, repository: &Repository, stages: &[&Stage], is_known: bool) -> Self {
        let (environments, is_whole) = promotion::targets(stages, &promotion::of_repository(&state.fleet, repository));
        let is_whole = is_whole && is_known;
        let tier = |key: &EnvironmentKey| state.fleet.get(key).map_or(Tier::Unknown, |environment| environment.tier());
        let is_production = !is_whole || environments.iter().any(|key| matches!(tier(key), Tier::Production | Tier::Unknown));
        Self { environments, is_whole, is_production }
    }

    /// As the plan says it.
    pub fn places(&self) -> String {
        match (self.environments.is_empty(), self.is_whole) {
            (true, _) => "? where is not known".to_owned(),
            (false, true) => names(&self.environments),
            (false, false) => format!("{}, and ? more", names(&self.environments)),
        }
    }

    /// What has to be typed: where it is not known what all it reaches, `otherwise`.
    pub fn proof(&self, otherwise: impl Into<String>) -> Proof {
        if self.is_whole { Proof::of(&self.environments, self.is_production) } else { Proof::Typed(otherwise.into()) }
    }

    /// What stands in the way wherever something is deployed: a platform that is at work refuses another change,
    /// and what is not known stands in the way of production.
    pub fn doubts(&self, state: &State) -> Vec<String> {
        let mut doubts = Vec::new();
        if !self.is_whole {
            doubts.push("it is not known what all it deploys to".to_owned());
        }
        for key in &self.environments {
            let place = names(std::slice::from_ref(key));
            let environment = state.fleet.get(key);
            let activity = environment.as_ref().and_then(|environment| environment.activity()?.value);
            let level = environment.as_ref().map_or(Level::Unknown, Environment::level);
            if let Some(activity) = activity {
                doubts.push(format!("{place} is busy: {}", activity.kind.phrase()));
            }
            if self.is_production && level == Level::Unknown {
                doubts.push(format!("how {place} is is not known"));
            }
            doubts.extend(promotion::stale(&state.fleet, key).filter(|_| self.is_production));
        }
        doubts
    }
}
