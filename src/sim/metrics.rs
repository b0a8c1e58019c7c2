//! Requests, statuses, latencies and load: functions of the instance and the
//! ten seconds, so that asking twice gives the same answer.
//!
//! Owns the numbers of `ApplicationMetrics` and `System`. Counts are counts
//! over ten seconds, whatever the model's documentation says.

use crate::chance::{fraction, mix};
use crate::environment::{Environment, Instance};
use crate::health;
use crate::moment::{Moment, SECOND};

/// How many seconds a figure covers.
pub const WINDOW: i64 = 10;

/// Requests of ten seconds, by the class of their answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Well answered.
    pub ok: u64,
    /// Sent elsewhere.
    pub moved: u64,
    /// The client's fault.
    pub client: u64,
    /// Our fault.
    pub server: u64,
}

impl Counts {
    /// All of them.
    #[must_use]
    pub const fn all(self) -> u64 {
        self.ok + self.moved + self.client + self.server
    }

    const fn plus(self, other: Self) -> Self {
        Self {
            ok: self.ok + other.ok,
            moved: self.moved + other.moved,
            client: self.client + other.client,
            server: self.server + other.server,
        }
    }
}

/// The ten seconds that a moment is in.
#[must_use]
pub fn bucket(now: Moment) -> i64 {
    now.millis().div_euclid(WINDOW * SECOND)
}

fn draw(environment: &Environment, what: u64, now: Moment) -> f64 {
    let number = mix(environment.number(), what);
    fraction(mix(number, bucket(now).unsigned_abs()))
}

/// A count out of a fraction of requests.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "never negative, and far below 2^52")]
fn round(value: f64) -> u64 {
    value.max(0.0).round() as u64
}

/// The share of an instance's requests that fails: those that are unwell take
/// the environment's failures upon themselves, as far as they go.
#[must_use]
#[allow(clippy::cast_precision_loss, reason = "there are never 2^52 instances")]
pub fn failing(environment: &Environment, index: usize) -> f64 {
    let Some(incident) = &environment.incident else {
        return 0.0;
    };
    let serving = |range: &mut dyn Iterator<Item = &Instance>| range.filter(|instance| instance.in_service).count() as f64;
    let all = serving(&mut environment.instances.iter());
    let unwell = serving(&mut environment.instances.iter().take(incident.unhealthy));
    if unwell == 0.0 {
        return incident.failing;
    }
    let theirs = (incident.failing * all / unwell).min(1.0);
    if index < incident.unhealthy {
        return theirs;
    }
    let left = incident.failing * all - theirs * unwell;
    (left / (all - unwell).max(1.0)).clamp(0.0, 1.0)
}

/// The requests of one instance in the latest ten seconds.
#[must_use]
#[allow(clippy::cast_precision_loss, reason = "there are never 2^52 instances")]
pub fn of_instance(environment: &Environment, index: usize, now: Moment) -> Counts {
    let serving = environment.instances.iter().filter(|i| i.in_service).count().max(1) as f64;
    if !environment.instances.get(index).is_some_and(|i| i.in_service) {
        return Counts::default();
    }
    // The load balancer shares them out evenly, so the shares that fail add up.
    let swing = 0.85 + 0.3 * draw(environment, 0x10AD, now);
    let all = round(environment.load * WINDOW as f64 / serving * swing);
    let server = round(all as f64 * failing(environment, index)).min(all);
    let client = round((all - server) as f64 * 0.02);
    let moved = round((all - server) as f64 * 0.03);
    let ok = all.saturating_sub(server + client + moved);
    Counts { ok, moved, client, server }
}

/// The requests of the whole environment: the sum over its instances.
#[must_use]
pub fn of_environment(environment: &Environment, now: Moment) -> Counts {
    (0..environment.instances.len()).map(|index| of_instance(environment, index, now)).fold(Counts::default(), Counts::plus)
}

/// The percentiles that the API has, and how far from the median they lie.
pub const PERCENTILES: [(&str, f64); 8] =
    [("P999", 9.0), ("P99", 5.0), ("P95", 3.0), ("P90", 2.2), ("P85", 1.8), ("P75", 1.4), ("P50", 1.0), ("P10", 0.5)];

/// Seconds that half of the requests take no longer than; `which` tells the
/// instances of an environment apart.
#[must_use]
pub fn median(environment: &Environment, which: u64, now: Moment) -> f64 {
    let usual = 0.012 + 0.06 * fraction(mix(environment.number(), 0x1A7E));
    let slow = environment.incident.as_ref().map_or(1.0, |incident| incident.slow);
    usual * slow * (0.9 + 0.2 * draw(environment, which, now))
}

/// The share of a processor that works on the application, in percent.
#[must_use]
pub fn busy(environment: &Environment, index: usize, now: Moment) -> f64 {
    let which = environment.instances.get(index).map_or(0, |instance| instance.id);
    let usual = 6.0 + 30.0 * draw(environment, which ^ 0xC9, now);
    if health::unwell(environment, index).is_some() { (usual * 2.4).min(97.0) } else { usual }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::Place;
    use crate::scenario::environments::blank;

    fn environment() -> Environment {
        let place = Place { account: "1".into(), region: "us-west-1".into() };
        let mut environment = blank(place, "app", "app-prod", 7);
        for id in 1..=4 {
            environment.instances.push(Instance {
                id,
                launched: Moment::from_millis(0),
                zone: 0,
                in_service: id < 4,
                busy: false,
                deployment: None,
                before: None,
            });
        }
        environment
    }

    #[test]
    fn the_same_ten_seconds_have_the_same_figures() {
        let environment = environment();
        let at = |ms| of_environment(&environment, Moment::from_millis(ms));
        assert_eq!(at(20_000), at(29_999));
        assert_ne!(at(20_000), at(30_000));
        assert!(at(20_000).all() > 100);
    }

    #[test]
    fn the_environment_is_the_sum_of_its_instances() {
        let environment = environment();
        let now = Moment::from_millis(5);
        let sum: u64 = (0..4).map(|index| of_instance(&environment, index, now).all()).sum();
        assert_eq!(of_environment(&environment, now).all(), sum);
        assert_eq!(of_instance(&environment, 3, now), Counts::default());
    }

    #[test]
    fn an_incident_fails_its_share() {
        let mut environment = environment();
        environment.load = 1_000.0;
        environment.incident = Some(crate::environment::Incident {
            number: 0,
            level: health::Light::Severe,
            causes: Vec::new(),
            failing: 0.31,
            unhealthy: 1,
            slow: 1.0,
        });
        let counts = of_environment(&environment, Moment::from_millis(5));
        let share = counts.server * 1_000 / counts.all();
        assert!((308..=312).contains(&share), "{share}");
    }
}
