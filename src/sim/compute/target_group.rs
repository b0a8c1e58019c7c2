//! A target group and its targets.
//!
//! Owns the states of targets, their reason codes and sentences, and what a
//! health check makes of an answer. Never decides when a state changes.

use crate::chance::{hash, mix};
use crate::environment::{Name, Place};
use crate::history::History;
use crate::moment::{Millis, Moment, SECOND};

use super::machine::{Answers, Machine, Power};
use super::roll::{Roll, Rolled};

/// The protocol of a target group, and with it the kind of its load balancer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Behind a Network Load Balancer.
    Tcp,
    /// Behind an Application Load Balancer.
    Http,
}

impl Protocol {
    /// The API's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Http => "HTTP",
        }
    }

    /// `net` or `app`, as ARNs of load balancers say it.
    #[must_use]
    pub const fn kind(self) -> (&'static str, &'static str) {
        match self {
            Self::Tcp => ("net", "network"),
            Self::Http => ("app", "application"),
        }
    }
}

/// How a target group asks its targets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthCheck {
    /// TCP: a connection is enough.
    pub protocol: Protocol,
    /// What HTTP asks for.
    pub path: String,
    /// How far apart, in seconds.
    pub interval: i64,
    /// How long an answer may take, in seconds.
    pub timeout: i64,
    /// That many successes in a row make healthy.
    pub healthy: u32,
    /// That many failures in a row make unhealthy.
    pub unhealthy: u32,
    /// The statuses that are successes: `200`, `200,204` or `200-399`.
    pub codes: String,
}

impl HealthCheck {
    /// Why an answer is no success; `None` where it is one.
    #[must_use]
    pub fn failure(&self, balancer: Protocol, answer: Answers) -> Option<Failure> {
        let failure = match (self.protocol, answer) {
            (_, Answers::Refused) => Failure::Failed,
            (Protocol::Tcp, _) | (_, Answers::Untold) => return None,
            (Protocol::Http, Answers::Well) if self.accepts(200) => return None,
            (Protocol::Http, Answers::Well) => Failure::Mismatch(200),
            (Protocol::Http, Answers::Status(code)) if self.accepts(code) => return None,
            (Protocol::Http, Answers::Status(code)) => Failure::Mismatch(code),
            (Protocol::Http, Answers::Hangs) => Failure::Timeout,
        };
        // A Network Load Balancer does not tell one failure from another.
        Some(if balancer == Protocol::Tcp { Failure::Failed } else { failure })
    }

    fn accepts(&self, code: u16) -> bool {
        self.codes.split(',').any(|part| {
            let (from, to) = part.split_once('-').unwrap_or((part, part));
            let number = |text: &str| text.trim().parse::<u16>().ok();
            matches!((number(from), number(to)), (Some(from), Some(to)) if (from..=to).contains(&code))
        })
    }
}

/// Why health checks fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No connection, or no answer that could be read.
    Failed,
    /// A status that is no success.
    Mismatch(u16),
    /// No answer in time.
    Timeout,
}

/// Where a target is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Being registered.
    Registering,
    /// The first health checks run.
    Checking,
    /// Gets requests.
    Healthy,
    /// Gets none.
    Unhealthy(Failure),
    /// Being deregistered.
    Draining,
}

/// A registered machine.
#[derive(Clone, Debug)]
pub struct Target {
    /// The machine.
    pub machine: usize,
    /// The port that requests go to.
    pub port: u16,
    /// Where it is.
    pub phase: Phase,
    /// Tells what was planned for it from what replaced that.
    pub turn: u64,
    /// The judgement that is coming: well or not.
    pub coming: Option<bool>,
}

/// A state in the API's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// `State`.
    pub state: &'static str,
    /// `Reason` and `Description`; none where it is healthy.
    pub reason: Option<(&'static str, String)>,
}

impl Told {
    /// A state with its reason.
    pub fn new(state: &'static str, reason: &'static str, description: impl Into<String>) -> Self {
        Self { state, reason: Some((reason, description.into())) }
    }

    /// What is said of a target that is not registered.
    #[must_use]
    pub fn not_registered() -> Self {
        Self::new("unused", "Target.NotRegistered", "Target is not registered to the target group")
    }
}

/// A target group with its load balancer.
#[derive(Clone, Debug)]
pub struct TargetGroup {
    /// Whose and where.
    pub place: Place,
    /// `TargetGroupName`.
    pub name: Name,
    /// The app that the truth says it is.
    pub app: Name,
    /// production, staging, development, preview, unknown.
    pub tier: Name,
    /// Of its requests.
    pub protocol: Protocol,
    /// The port of its targets.
    pub port: u16,
    /// The name of the load balancer that forwards to it.
    pub balancer: Option<Name>,
    /// How it asks.
    pub check: HealthCheck,
    /// How long connections may go on after deregistration, in seconds.
    pub delay: i64,
    /// When it was made.
    pub created: Moment,
    /// Its tags.
    pub tags: Vec<(String, String)>,
    /// It is an environment of its own; false where tags make the environment.
    pub listed: bool,
    /// Its targets, in the order they were registered.
    pub targets: Vec<Target>,
    /// The rolling deploy that runs.
    pub roll: Option<Roll>,
    /// How the latest one ended.
    pub rolled: Option<Rolled>,
    /// How often anything was planned for a target of it.
    pub turns: u64,
    /// What it was like.
    pub history: History,
}

impl TargetGroup {
    /// Tells what is planned from now on from what was planned before.
    pub const fn next_turn(&mut self) -> u64 {
        self.turns += 1;
        self.turns
    }

    fn number(&self) -> u64 {
        mix(mix(hash(&self.place.account), hash(&self.place.region)), hash(&self.name))
    }

    /// Its ARN.
    #[must_use]
    pub fn arn(&self) -> String {
        let Place { account, region } = &self.place;
        format!("arn:aws:elasticloadbalancing:{region}:{account}:targetgroup/{}/{:016x}", self.name, self.number())
    }

    /// The ARN of its load balancer.
    #[must_use]
    pub fn balancer_arn(&self) -> Option<String> {
        let Place { account, region } = &self.place;
        let name = self.balancer.as_ref()?;
        let kind = self.protocol.kind().0;
        Some(format!("arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/{kind}/{name}/{:016x}", self.balancer_number(name)))
    }

    /// The number of a load balancer: groups behind the same one share it.
    #[must_use]
    pub fn balancer_number(&self, name: &str) -> u64 {
        mix(mix(hash(&self.place.account), hash(&self.place.region)), hash(name) ^ 1)
    }

    /// The ARN of the listener that forwards to it.
    #[must_use]
    pub fn listener_arn(&self) -> Option<String> {
        let balancer = self.balancer_arn()?;
        Some(format!("{}/{:016x}", balancer.replacen(":loadbalancer/", ":listener/", 1), mix(self.number(), 2)))
    }

    /// The target that a machine is.
    #[must_use]
    pub fn target(&self, machine: usize) -> Option<&Target> {
        self.targets.iter().find(|target| target.machine == machine)
    }

    /// The same, to change it.
    pub fn target_mut(&mut self, machine: usize) -> Option<&mut Target> {
        self.targets.iter_mut().find(|target| target.machine == machine)
    }

    /// Why the machine's answer is no success; `None` where it is one.
    #[must_use]
    pub fn failure(&self, machine: &Machine) -> Option<Failure> {
        self.check.failure(self.protocol, machine.answer())
    }

    /// How long it takes until enough health checks say the same.
    #[must_use]
    pub fn judging(&self, target: &Target, machine: &Machine, well: bool) -> Millis {
        let first = target.phase == Phase::Checking && self.protocol == Protocol::Http;
        let checks = match (well, first) {
            // An Application Load Balancer takes a new target after one success.
            (true, true) => 1,
            (true, false) => self.check.healthy,
            (false, _) => self.check.unhealthy,
        };
        let interval = self.check.interval.max(1).saturating_mul(SECOND);
        let phase = mix(machine.id, target.turn) % u64::try_from(interval).unwrap_or(1);
        interval.saturating_mul(i64::from(checks.max(1)) - 1) + Millis::try_from(phase).unwrap_or(0)
    }

    /// The state of a target in the API's words.
    #[must_use]
    pub fn told(&self, target: &Target, machine: &Machine) -> Told {
        match (target.phase, machine.power) {
            (Phase::Draining, _) | (_, Power::ShuttingDown) => {
                return Told::new("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress");
            }
            (_, Power::Stopped) => return Told::new("unused", "Target.InvalidState", "Target is in the stopped state"),
            (_, Power::Terminated) => return Told::new("unused", "Target.InvalidState", "Target is in the terminated state"),
            (_, Power::Pending | Power::Running) => {}
        }
        if self.balancer.is_none() {
            let sentence = "Target group is not configured to receive traffic from the load balancer";
            return Told::new("unused", "Target.NotInUse", sentence);
        }
        if machine.answer() == Answers::Untold && target.phase != Phase::Registering {
            return Told::new("unavailable", "Elb.InternalError", "Target health is unavailable due to an internal error");
        }
        match target.phase {
            Phase::Registering => Told::new("initial", "Elb.RegistrationInProgress", "Target registration is in progress"),
            Phase::Checking => Told::new("initial", "Elb.InitialHealthChecking", "Initial health checks in progress"),
            Phase::Unhealthy(Failure::Failed) => Told::new("unhealthy", "Target.FailedHealthChecks", "Health checks failed"),
            Phase::Unhealthy(Failure::Timeout) => Told::new("unhealthy", "Target.Timeout", "Request timed out"),
            Phase::Unhealthy(Failure::Mismatch(code)) => {
                Told::new("unhealthy", "Target.ResponseCodeMismatch", format!("Health checks failed with these codes: [{code}]"))
            }
            Phase::Healthy | Phase::Draining => Told { state: "healthy", reason: None },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(protocol: Protocol, codes: &str) -> HealthCheck {
        let path = String::from("/health");
        HealthCheck { protocol, path, interval: 10, timeout: 5, healthy: 3, unhealthy: 2, codes: codes.to_owned() }
    }

    #[test]
    fn the_load_balancer_tells_why_as_far_as_its_kind_can() {
        let http = check(Protocol::Http, "200-299,304");
        for (answer, alb) in [
            (Answers::Well, None),
            (Answers::Status(304), None),
            (Answers::Status(503), Some(Failure::Mismatch(503))),
            (Answers::Hangs, Some(Failure::Timeout)),
            (Answers::Refused, Some(Failure::Failed)),
        ] {
            assert_eq!(http.failure(Protocol::Http, answer), alb);
            assert_eq!(http.failure(Protocol::Tcp, answer), alb.map(|_| Failure::Failed));
        }
    }

    #[test]
    fn a_connection_is_enough_for_tcp() {
        let tcp = check(Protocol::Tcp, "");
        assert_eq!(tcp.failure(Protocol::Tcp, Answers::Status(503)), None);
        assert_eq!(tcp.failure(Protocol::Tcp, Answers::Hangs), None);
        assert_eq!(tcp.failure(Protocol::Tcp, Answers::Refused), Some(Failure::Failed));
    }
}
