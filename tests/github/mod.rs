//! The adapter of GitHub, and what reads with it, against the simulated GitHub.

mod catalogue;
mod figures;
mod handled;
mod job_logs;
mod monorepo;
mod stranger;
mod writes;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use quarterdeck::github::{GitHub, GitHubSettings, Token};
use quarterdeck::model::dispatch::Group;
use quarterdeck::model::fault::FaultKind;
use quarterdeck::model::forge::{Between, Forge as Facts, Interest, News, RepositoryInterest, Topic};
use quarterdeck::model::id::{Repository, RunId, Sha};
use quarterdeck::model::run::{Gate, Progress, Run};
use quarterdeck::model::write::{Look, Order as WriteOrder, Premise, Receipt, Sent, Sight, Write};
use quarterdeck::ops::clock::Stamps;
use quarterdeck::ops::forge_reader::{Order, Told, start};
use quarterdeck::ops::forge_schedule::ForgePace;
use quarterdeck::ops::limit::Limiter;
use quarterdeck::ops::port::Forge;
use quarterdeck::shell::SystemClock;
use serde_json::json;

use crate::support::sim::Sim;

const SHOP: &str = "acme/shop";

/// A simulated GitHub, and the adapter on it.
struct Rig {
    sim: Sim,
    limiter: Limiter,
    stamps: Stamps,
    forge: Arc<GitHub>,
}

impl Rig {
    fn new(sim: Sim, path: &str) -> Self {
        let (url, token) = sim.github().unwrap();
        let stamps = Stamps::new(Arc::new(SystemClock));
        let limiter = Limiter::new(stamps.clone());
        let settings = GitHubSettings::new(Some(format!("{url}{path}")), Token::known(&token));
        let forge = Arc::new(GitHub::new(settings, limiter.clone(), stamps.clone()));
        Self { sim, limiter, stamps, forge }
    }

    async fn shop(path: &str) -> Self {
        Self::new(Sim::of(include_str!("../../src/sim/tests/github/shop.toml"), 1.0).await, path)
    }

    async fn look(&self, run: RunId) -> (Run, Vec<Gate>) {
        let Sight::Held(run, gates) = self.forge.look(SHOP.into(), Look::Held(run)).await.unwrap() else { panic!() };
        (*run, gates)
    }

    async fn ask(&self, repository: &str, topic: Topic) -> News {
        let report = self.forge.ask(repository.into(), topic.clone(), None).await;
        report.news.unwrap_or_else(|fault| panic!("{topic:?}: {fault}"))
    }

    async fn runs(&self) -> Vec<Run> {
        match self.ask(SHOP, Topic::Runs).await {
            News::Runs(runs) => runs,
            other => panic!("{other:?}"),
        }
    }
}

fn waiting(runs: &[Run]) -> &Run {
    runs.iter().find(|run| run.progress == Progress::Waiting).unwrap()
}

#[tokio::test]
async fn every_topic_is_told_by_the_simulated_github() {
    for path in ["", "/api/v3"] {
        let rig = Rig::shop(path).await;
        assert_eq!(rig.forge.viewer().await.unwrap().as_str(), "jo");
        let News::Overview(overview) = rig.ask(SHOP, Topic::Overview).await else { panic!() };
        assert_eq!(&*overview.branch, "main");
        let deploy = overview.pipelines.iter().find(|pipeline| &*pipeline.name == "Deploy").unwrap();
        let stages: Vec<(&str, Option<&str>)> = deploy.stages.iter().map(|stage| (&*stage.name, stage.gate.as_deref())).collect();
        assert_eq!(stages, [("Staging", Some("staging")), ("Production", Some("production")), ("Canada", Some("production-ca"))]);
        let target = deploy.stages[2].target.as_ref().unwrap();
        assert_eq!(target.fit(&"beanstalk:1:ca-central-1:shop-prod".parse().unwrap()), Some(0));
        assert!(deploy.on_push && deploy.on_dispatch && deploy.group != Group::None && deploy.ignored.fits("docs/a.md"));
        let runs = rig.runs().await;
        let run = waiting(&runs);
        assert_eq!((&*run.workflow, &run.head), (".github/workflows/deploy.yml", &overview.head));
        let News::Gates(gates) = rig.ask(SHOP, Topic::Gates(run.id)).await else { panic!() };
        assert_eq!(gates.len(), 2);
        assert!(gates.iter().all(|gate| gate.may_approve && !gate.reviewers.is_empty()), "{gates:?}");
        let News::Jobs(jobs) = rig.ask(SHOP, Topic::Jobs(run.id)).await else { panic!() };
        assert!(jobs.is_complete && jobs.each.iter().any(|job| job.progress == Progress::Waiting), "{jobs:?}");
        let looked = rig.look(run.id).await;
        assert_eq!((&looked.0, &looked.1), (run, &gates));
        // As often as it is asked again, nothing has changed, and nothing is spent.
        let News::Same = rig.ask(SHOP, Topic::Overview).await else { panic!() };
        let left = rig.forge.allowance().unwrap();
        for _ in 0..5 {
            for topic in [Topic::Overview, Topic::Runs] {
                assert_eq!(rig.ask(SHOP, topic).await, News::Same);
            }
            assert_eq!(rig.ask(SHOP, Topic::Gates(run.id)).await, News::Gates(gates.clone()));
        }
        assert_eq!(rig.forge.allowance().unwrap().remaining, left.remaining);
    }
}

#[tokio::test]
async fn what_lies_between_and_who_brought_it() {
    let rig = Rig::shop("").await;
    let runs = rig.runs().await;
    let head = waiting(&runs).head.clone();
    let base = Sha::new(&head.as_str()[..7]).unwrap();
    let News::Comparison(same) = rig.ask(SHOP, Topic::Comparison(Between { base, head: head.clone() })).await else { panic!() };
    assert_eq!((same.ahead, same.base.as_ref()), (0, Some(&head)));
    let gone = Between { base: Sha::new("0123456").unwrap(), head: head.clone() };
    let fault = rig.forge.ask(SHOP.into(), Topic::Comparison(gone), None).await.news.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Missing);
    let shas = vec![head.clone(), Sha::new(&head.as_str()[..8]).unwrap(), Sha::new(&"0".repeat(40)).unwrap()];
    let News::Details(details) = rig.ask(SHOP, Topic::Details(shas)).await else { panic!() };
    let pull = details[0].1.pull.as_ref().unwrap();
    assert_eq!((pull.number.0, pull.author.as_ref().unwrap().as_str()), (11, "kim"));
    assert_eq!(pull.paths.as_deref().unwrap(), ["shop.py".into()]);
    assert!(details[0].1.checks.as_ref().unwrap().iter().any(|check| &*check.name == "coverage"));
    assert_eq!((details.len(), &details[1].1, details[2].1.pull.as_ref()), (3, &details[0].1, None));
}

#[tokio::test]
async fn a_repository_by_its_former_name_is_followed() {
    let rig = Rig::shop("").await;
    assert!(matches!(rig.ask("acme/store", Topic::Runs).await, News::Runs(runs) if !runs.is_empty()));
    assert_eq!(rig.ask("acme/store", Topic::Runs).await, News::Same);
    assert!(matches!(rig.ask("acme/store", Topic::Overview).await, News::Overview(_)));
    let missing = rig.forge.ask("acme/nothing".into(), Topic::Overview, None).await.news.unwrap_err();
    assert_eq!(missing.kind, FaultKind::Missing);
}

#[tokio::test]
async fn a_lost_answer_is_unclear_and_a_look_tells_what_became_of_it() {
    let rig = Rig::shop("").await;
    let run = waiting(&rig.runs().await).id;
    let (_, gates) = rig.look(run).await;
    let review = Write::Review { run, gates: vec![gates[0].id], approve: true, comment: "go".into() };
    let approval = "POST /repos/{owner}/{repo}/actions/runs/{run_id}/pending_deployments";
    for kind in ["reset", "lost-answer"] {
        let _ = rig.sim.post("/_sim/faults", &json!({"service": "github", "operation": approval, "kind": kind})).await;
        let before = rig.limiter.calls().total;
        assert!(matches!(rig.forge.write(SHOP.into(), review.clone()).await, Sent::Unclear(_)), "{kind}");
        assert_eq!(rig.limiter.calls().total, before + 1);
        rig.sim.delete("/_sim/faults").await;
        let (_, left) = rig.look(run).await;
        assert_eq!(left.len(), if kind == "reset" { 2 } else { 1 }, "{kind}");
    }
    // What GitHub has taken in once it refuses, in its own words.
    assert!(matches!(rig.forge.write(SHOP.into(), review).await, Sent::Refused(fault) if fault.kind == FaultKind::Refused));
}

#[tokio::test]
async fn what_goes_wrong_is_a_fault_of_its_kind_and_passes() {
    let rig = Rig::shop("").await;
    let run = waiting(&rig.runs().await).id;
    for (fault, kind) in [
        (json!({"kind": "status", "value": 502}), FaultKind::Failed),
        (json!({"kind": "truncate", "value": 40}), FaultKind::Malformed),
        (json!({"kind": "garbage"}), FaultKind::Malformed),
        (json!({"kind": "denied"}), FaultKind::Denied),
        (json!({"kind": "expired"}), FaultKind::Expired),
        (json!({"kind": "reset"}), FaultKind::Unreachable),
    ] {
        let mut fault = fault;
        fault["service"] = json!("github");
        let _ = rig.sim.post("/_sim/faults", &fault).await;
        let told = rig.forge.ask(SHOP.into(), Topic::Jobs(run), None).await.news.unwrap_err();
        assert_eq!(told.kind, kind, "{fault} {told}");
        rig.sim.delete("/_sim/faults").await;
        // Nothing of it was kept.
        assert!(matches!(rig.ask(SHOP, Topic::Runs).await, News::Same | News::Runs(_)));
    }
}

#[tokio::test]
async fn a_chain_of_the_default_world_leads_to_its_environments() {
    let rig = Rig::new(Sim::built_in("default").await, "");
    let News::Overview(overview) = rig.ask("hypothesis/h", Topic::Overview).await else { panic!() };
    let deploy = overview.pipelines.iter().find(|pipeline| &*pipeline.name == "Deploy").unwrap();
    let canada = deploy.stages.iter().find(|stage| &*stage.name == "Production (Canada)").unwrap();
    let target = canada.target.as_ref().unwrap();
    assert_eq!(target.fit(&"beanstalk:1:ca-central-1:h-prod".parse().unwrap()), Some(0));
    assert_eq!(target.fit(&"beanstalk:1:us-west-1:h-prod".parse().unwrap()), None);
    assert_eq!(deploy.before(canada).len(), 2);
    let world = rig.sim.get("/_sim/world").await;
    let rows = world["environments"].as_array().unwrap();
    let running = rows.iter().find(|row| row["name"] == "h-prod" && row["region"] == "us-west-1").unwrap();
    let base = Sha::new(running["version"]["sha"].as_str().unwrap()).unwrap();
    let before = rig.limiter.calls().total;
    let between = Between { base, head: overview.head.clone() };
    let News::Comparison(told) = rig.ask("hypothesis/h", Topic::Comparison(between)).await else { panic!() };
    assert!(told.is_complete() && told.files_complete && !told.commits.is_empty());
    let shas = told.commits.iter().map(|commit| commit.sha.clone()).collect();
    let News::Details(details) = rig.ask("hypothesis/h", Topic::Details(shas)).await else { panic!() };
    assert_eq!(details.len(), told.commits.len());
    assert_eq!(rig.limiter.calls().total, before + 2);
}

/// Waits for what the reader tells of a write.
async fn outcome(told: &mut tokio::sync::mpsc::UnboundedReceiver<Told>, facts: &mut Facts) -> Sent {
    loop {
        match told.recv().await.unwrap() {
            Told::Report(report) => facts.observe(report),
            Told::Written(_, sent) => return sent,
            Told::Viewer(..) | Told::Allowance(_) => {}
        }
    }
}

#[tokio::test]
async fn the_reader_learns_all_and_approves_once_what_still_holds() {
    let rig = Rig::shop("").await;
    let forge: Arc<dyn Forge> = Arc::<GitHub>::clone(&rig.forge);
    let (orders, mut told) = start(forge, rig.stamps.clone(), ForgePace::default());
    let repository = Repository::from(SHOP);
    let interest = RepositoryInterest { watched: true, ..RepositoryInterest::default() };
    orders.send(Order::Interest(Interest { repositories: BTreeMap::from([(repository.clone(), interest)]) })).unwrap();
    let mut facts = Facts::default();
    let (run, gates) = loop {
        if let Told::Report(report) = told.recv().await.unwrap() {
            facts.observe(report);
        }
        let known = facts.get(&repository);
        let run = known.and_then(|known| known.runs.value()?.iter().find(|run| run.progress == Progress::Waiting));
        let gates = run.and_then(|run| known?.gates.get(&run.id)?.value());
        if let (Some(run), Some(gates)) = (run, gates) {
            break (run.clone(), gates.clone());
        }
    };
    let order = |premise: Premise| {
        let order = WriteOrder {
            number: 1,
            repository: SHOP.into(),
            write: Write::Review { run: run.id, gates: vec![gates[0].id], approve: true, comment: "go".into() },
            premise,
            commit: Some(run.head.clone()),
            identity: None,
            plan: String::new(),
            reason: String::new(),
        };
        Order::Write(1, Box::new(order))
    };
    let held = || Premise::held(&run, gates.iter().map(|gate| gate.id));
    let wrong = Premise::held(&Run { head: Sha::new("0123456").unwrap(), ..run.clone() }, gates.iter().map(|gate| gate.id));
    orders.send(order(wrong)).unwrap();
    assert!(matches!(outcome(&mut told, &mut facts).await, Sent::Changed(_)));
    orders.send(order(held())).unwrap();
    assert_eq!(outcome(&mut told, &mut facts).await, Sent::Done(Receipt::default()));
    // A second time it is seen that one of the gates is open.
    orders.send(order(held())).unwrap();
    assert!(matches!(outcome(&mut told, &mut facts).await, Sent::Changed(what) if what.contains("one gate holds")));
    let (_, left) = rig.look(run.id).await;
    assert_eq!(left.len(), 1);
    assert!(rig.limiter.calls().total < 40);
    drop(orders);
    while tokio::time::timeout(Duration::from_secs(5), told.recv()).await.unwrap().is_some() {}
}
