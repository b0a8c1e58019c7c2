//! Actions as they are carried out: the real SDKs against the simulated cloud, judged by what it was asked and by
//! what it then is.

mod commands;
mod environments;
mod machines;
mod targets;
mod writers;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use quarterdeck::acting::{Actors, actors};
use quarterdeck::aws::{Beanstalk, Clients, ConnectionSettings, TargetGroups};
use quarterdeck::config::Settings;
use quarterdeck::github::{GitHub, GitHubSettings};
use quarterdeck::hosts::Machines;
use quarterdeck::hosts::http::{Prober, Trust};
use quarterdeck::model::compute::{Site, TargetGroups as Declared, VersionMeans};
use quarterdeck::model::fault::{Fault, FaultKind};
use quarterdeck::model::id::{Connection, EnvironmentKey, InstanceId, Platform, PlatformId, Region};
use quarterdeck::model::operation::action::{Action, Place};
use quarterdeck::model::operation::evidence::{Baseline, Begun, Mark, Observed, Outcome, Receipt};
use quarterdeck::model::pattern::NamePattern;
use quarterdeck::model::sighting::{Observation, Scope, Sighting};
use quarterdeck::ops::clock::{Clock, Stamps};
use quarterdeck::ops::limit::Limiter;
use quarterdeck::ops::output::Written;
use quarterdeck::ops::port::{Ask, Forge, Platform as _, Source};
use quarterdeck::ops::router::Router;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::support::sim::Sim;

/// Long enough for a slow machine; reached only where something hangs.
const STUCK: Duration = Duration::from_secs(60);

/// The system's clock, as far ahead as a test wants it.
#[derive(Default)]
struct Ahead(AtomicI64);

impl Clock for Ahead {
    #[expect(clippy::disallowed_methods, reason = "the simulated cloud moves by the system's clock")]
    fn now(&self) -> Timestamp {
        Timestamp::now() + SignedDuration::from_secs(self.0.load(Ordering::Relaxed))
    }
}

/// A simulated cloud, and who acts there.
struct Rig {
    sim: Sim,
    router: Router,
    limiter: Limiter,
    clock: Arc<Ahead>,
    written: UnboundedReceiver<Written>,
}

impl Rig {
    /// A world whose minutes take a second or less.
    async fn of(scenario: &str) -> Self {
        Self::at(scenario, 100.0).await
    }

    /// A world that goes so many times faster than ours.
    async fn at(scenario: &str, speed: f64) -> Self {
        Self::on(Sim::of(scenario, speed).await)
    }

    fn on(sim: Sim) -> Self {
        let connections = sim.connections();
        Self::through(sim, connections)
    }

    /// The same through these ways in.
    fn through(sim: Sim, connections: Vec<ConnectionSettings>) -> Self {
        let clock: Arc<Ahead> = Arc::default();
        let stamps = Stamps::new(Arc::clone(&clock) as Arc<dyn Clock>);
        let limiter = Limiter::new(stamps.clone());
        let forge = sim.github().map(|(base, token)| {
            let variable = |name: &str| Some(token.clone()).filter(|_| name == "GITHUB_TOKEN");
            let settings = GitHubSettings::find(Some(base), None, variable);
            Arc::new(GitHub::new(settings, limiter.clone(), stamps.clone())) as Arc<dyn Forge>
        });
        let Actors { router, written, .. } = actors(&Settings::default(), connections, forge, &limiter, stamps);
        Self { sim, router, limiter, clock, written }
    }

    /// An environment of Elastic Beanstalk, as a listing tells of it.
    async fn environment(&self, region: &str, name: &str) -> Place {
        let clients = Clients::new(self.sim.connections(), self.limiter.clone());
        let source = Beanstalk::new(clients, self.limiter.clone());
        self.place(&source, Platform::Beanstalk, region, name).await
    }

    /// A target group, and the first so many of its instances.
    async fn group(&self, region: &str, name: &str) -> (Place, Vec<InstanceId>) {
        let clients = Clients::new(self.sim.connections(), self.limiter.clone());
        let site = Site { connection: "sim-0".into(), region: region.into() };
        let declared = Declared {
            site,
            name: NamePattern::new(name),
            app: "growl".into(),
            tier: None,
            version: VersionMeans::default(),
            environment: None,
            environment_file: None,
            rolling: None,
        };
        let nobody = Machines::new(Prober::new(Trust::Machine), STUCK, self.limiter.clone());
        let source = TargetGroups::new(clients, self.limiter.clone(), Arc::new(nobody), vec![declared]);
        let place = self.place(&source, Platform::TargetGroup, region, name).await;
        let told = self.read(&source, Platform::TargetGroup, region, Ask::Instances(place.environment.clone())).await;
        let instances = told.readings[0].1.instances.as_ref().unwrap();
        (place, instances.each.iter().map(|instance| instance.id.clone()).collect())
    }

    async fn place(&self, source: &dyn Source, platform: Platform, region: &str, name: &str) -> Place {
        let told = self.read(source, platform, region, Ask::Listing).await;
        let (key, reading) = told.readings.iter().find(|(key, _)| key.name.as_str() == name).unwrap();
        let id: Option<PlatformId> = reading.identity.as_ref().and_then(|identity| identity.platform_id.clone());
        Place { environment: key.clone(), id, instance: None, connection: Some("sim-0".into()), writer: None }
    }

    async fn read(&self, source: &dyn Source, platform: Platform, region: &str, ask: Ask) -> Sighting {
        let scope = Scope { platform, connection: Connection::from("sim-0"), region: Some(Region::from(region)) };
        match source.read(Arc::new(scope), ask).await {
            Observation::Seen(sighting) => sighting,
            Observation::Failed(failure) => panic!("{}", failure.fault),
        }
    }

    async fn before(&self, place: &Place, action: &Action) -> Result<Baseline, Fault> {
        self.router.before(place.clone(), action.clone()).await
    }

    async fn begin(&self, place: &Place, action: &Action) -> Begun {
        self.router.begin(place.clone(), action.clone(), mark()).await
    }

    async fn look(&self, place: &Place, action: &Action, baseline: &Baseline, receipt: Option<&Receipt>) -> Result<Observed, Fault> {
        self.router.observe(place.clone(), action.clone(), mark(), baseline.clone(), receipt.cloned()).await
    }

    /// Looks until it has ended.
    async fn end(&self, place: &Place, action: &Action, baseline: &Baseline, receipt: Option<&Receipt>) -> Outcome {
        let looking = async {
            loop {
                match self.look(place, action, baseline, receipt).await.unwrap() {
                    Observed::Ended(outcome) => return outcome,
                    _ => tokio::time::sleep(Duration::from_millis(100)).await,
                }
            }
        };
        tokio::time::timeout(STUCK, looking).await.unwrap_or_else(|_| panic!("{action:?} does not end"))
    }

    /// Begins an action that is taken, and looks until it has ended.
    async fn carry_out(&self, place: &Place, action: &Action) -> Outcome {
        let baseline = self.before(place, action).await.unwrap();
        let receipt = accepted(self.begin(place, action).await);
        self.end(place, action, &baseline, Some(&receipt)).await
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// What nothing shows by now never was.
    fn let_time_pass(&self) {
        self.clock.0.fetch_add(60, Ordering::Relaxed);
    }

    async fn spoil(&self, operation: &str, kind: &str) {
        let fault = json!({ "operation": operation, "kind": kind });
        self.sim.post("/_sim/faults", &fault).await;
    }

    async fn mend(&self) {
        self.sim.delete("/_sim/faults").await;
    }

    /// How often something was asked for at the wire.
    async fn calls(&self, operation: &str) -> usize {
        let told = self.sim.get("/_sim/calls").await;
        told["calls"].as_array().unwrap().iter().filter(|call| call["operation"] == operation).count()
    }

    /// How the world truly is.
    async fn truth(&self, key: &EnvironmentKey) -> Value {
        let world = self.sim.get("/_sim/world").await;
        let rows = world["environments"].as_array().unwrap();
        rows.iter().find(|row| row["key"] == key.to_string()).unwrap().clone()
    }

    /// All that was written so far.
    fn text(&mut self) -> String {
        let mut text = String::new();
        while let Ok(more) = self.written.try_recv() {
            text.push_str(&more.text);
        }
        text
    }

    /// Holds an action to what may befall the request that begins it: refused, throttled, expired, lost on the way
    /// there, lost on the way back. One request is at the wire each time; and only where nobody can tell, nobody does.
    async fn befalls(&self, place: &Place, action: &Action, operation: &str) {
        for (kind, expected) in [("denied", FaultKind::Denied), ("throttle", FaultKind::Throttled(None)), ("expired", FaultKind::Expired)] {
            let calls = self.calls(operation).await;
            self.spoil(operation, kind).await;
            match self.begin(place, action).await {
                Begun::Refused(fault) => assert_eq!(fault.kind, expected, "{operation}: {fault}"),
                other => panic!("{operation}, {kind}: {other:?}"),
            }
            self.mend().await;
            assert_eq!(self.calls(operation).await, calls + 1, "{operation}, {kind}: sent once");
        }
        for fault in [json!({ "operation": operation, "kind": "status", "value": 503 }), json!({ "operation": operation, "kind": "reset" })]
        {
            let calls = self.calls(operation).await;
            self.sim.post("/_sim/faults", &fault).await;
            let begun = self.begin(place, action).await;
            assert!(matches!(begun, Begun::Unclear(_)), "{operation}, {fault}: {begun:?}");
            self.mend().await;
            assert_eq!(self.calls(operation).await, calls + 1, "{operation}, {fault}: sent once");
        }
    }

    /// Begins an action whose answer is lost, though it is taken.
    async fn lose_the_answer(&self, place: &Place, action: &Action, operation: &str) -> Baseline {
        let baseline = self.before(place, action).await.unwrap();
        let calls = self.calls(operation).await;
        self.spoil(operation, "lost-answer").await;
        let begun = self.begin(place, action).await;
        self.mend().await;
        assert!(matches!(begun, Begun::Unclear(_)), "{operation}: {begun:?}");
        assert_eq!(self.calls(operation).await, calls + 1, "{operation}: sent once");
        baseline
    }
}

fn mark() -> Mark {
    Mark("20261121T173413Z-1.growl-3.step".into())
}

#[track_caller]
fn accepted(begun: Begun) -> Receipt {
    match begun {
        Begun::Accepted(receipt) => receipt,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn is_done(outcome: &Outcome, part: &str) {
    assert!(matches!(outcome, Outcome::Done(sentence) if sentence.contains(part)), "{outcome:?}");
}

#[track_caller]
fn has_failed(outcome: &Outcome, part: &str) {
    assert!(matches!(outcome, Outcome::Failed(sentence) if sentence.contains(part)), "{outcome:?}");
}

#[track_caller]
fn is_refused(told: Result<Baseline, Fault>, part: &str) {
    let fault = told.unwrap_err();
    assert!(fault.sentence.contains(part), "{fault}");
}
