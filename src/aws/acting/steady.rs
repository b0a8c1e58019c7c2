//! Whether an environment stays well, while somebody watches.

use super::targets::Group;
use super::{Acting, failed, refused, underway};
use crate::model::fault::Fault;
use crate::model::health::Level;
use crate::model::id::Platform;
use crate::model::operation::action::{Place, Registration};
use crate::model::operation::evidence::Observed;

impl Acting {
    /// Ends, failed, once the platform finds the environment degraded or severe. It ends in no other way.
    pub(super) async fn see_steady(&self, place: &Place) -> Result<Observed, Fault> {
        let name = &place.environment.name;
        let (level, said) = match place.environment.platform {
            Platform::Beanstalk => {
                let environment = self.see_health(place).await?;
                (environment.0, format!("Elastic Beanstalk finds {name} {}", environment.1))
            }
            Platform::TargetGroup => self.see_targets(place).await?,
            Platform::TaggedEc2 | Platform::Host => {
                return Err(refused(format!("how {name} is, no platform judges: watch its pages instead")));
            }
        };
        Ok(match level {
            Level::Degraded | Level::Severe => failed(said),
            // Not knowing how it is is no sign that it is well.
            Level::Unknown => Observed::Unclear(said.into()),
            Level::Ok | Level::Info | Level::Warning => underway(said),
        })
    }

    async fn see_targets(&self, place: &Place) -> Result<(Level, String), Fault> {
        let name = &place.environment.name;
        let Some(id) = &place.id else {
            return Err(refused(format!("the ARN of {name} is not known: read it first")));
        };
        let registration = Registration { group: id.as_str().into(), port: None, keep: 0 };
        let group: Group = self.group(place, &registration).await?;
        let (healthy, unhealthy, all) = group.counts();
        let level = match (healthy, unhealthy) {
            (0, _) => Level::Severe,
            (_, 0) => Level::Ok,
            _ => Level::Degraded,
        };
        Ok((level, format!("{healthy} of {all} targets of {name} are healthy, {unhealthy} are not")))
    }
}
