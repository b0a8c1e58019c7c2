//! Who writes, where that is another than who reads: asked for when something is sent and not before, held against the
//! plan, and told by the simulated cloud of every call.

use quarterdeck::model::account::{Role, SESSION, Writer, Writing};
use quarterdeck::model::fault::FaultKind;
use quarterdeck::model::operation::action::{Action, Place, Registration};
use quarterdeck::model::operation::evidence::Begun;
use serde_json::json;

use super::{Rig, accepted};
use crate::support::sim::Sim;

const DEPLOYER: &str = "arn:aws:iam::111122223333:role/deployer";
/// What the simulated cloud calls who has assumed it.
const AS_DEPLOYER: &str = "arn:aws:sts::111122223333:assumed-role/deployer/quarterdeck";

const WORLD: &str = r#"
[[account]]
id = "111122223333"

[[account]]
id = "444455556666"

[[application]]
name = "till"
regions = ["us-west-2"]

[[application.version]]
label = "v2"
created = "-1h"

[[environment]]
app = "till"
names = ["till-prod"]
region = "us-west-2"
version = "v1"
instances = 1

[[target-group]]
name = "shop-prod"
region = "us-west-2"

[[target-group.instance]]
count = 3
"#;

fn role(arn: &str) -> Writing {
    Writing::Role(Role { arn: arn.into(), external_id: Some("console".into()), session: SESSION.into() })
}

/// A world, of whose first account this one writes.
async fn rig(arn: &str) -> Rig {
    let sim = Sim::of(WORLD, 100.0).await;
    let mut connections = sim.connections();
    connections[0].writing = Some(role(arn));
    Rig::through(sim, connections)
}

fn written_by(place: Place, arn: &str) -> Place {
    Place { writer: Some(Writer::Role(arn.into())), ..place }
}

impl Rig {
    /// Who made each call of this operation.
    async fn callers(&self, operation: &str) -> Vec<String> {
        let told = self.sim.get("/_sim/calls").await;
        let calls = told["calls"].as_array().unwrap().iter().filter(|call| call["operation"] == operation);
        calls.map(|call| call["caller"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sent_is_sent_by_who_writes_and_only_what_is_sent() {
    let rig = rig(DEPLOYER).await;
    let environment = written_by(rig.environment("us-west-2", "till-prod").await, DEPLOYER);
    let (group, instances) = rig.group("us-west-2", "shop-prod").await;
    let registration = Registration { group: group.id.as_ref().unwrap().as_str().into(), port: None, keep: 2 };
    let machine = |index: usize| written_by(Place { instance: Some(instances[index].clone()), ..group.clone() }, DEPLOYER);
    let cases = [
        (environment.clone(), Action::Deploy("v2".into()), "UpdateEnvironment"),
        (machine(0), Action::Deregister(registration.clone()), "DeregisterTargets"),
        (machine(0), Action::Register(registration), "RegisterTargets"),
        (machine(1), super::commands::deploy(), "SendCommand"),
        (machine(1), Action::Reboot, "RebootInstances"),
        (machine(2), Action::Terminate, "TerminateInstances"),
    ];
    for (place, action, operation) in &cases {
        let baseline = match action {
            // Whoever only looks assumes nothing, right before something is sent too.
            Action::Register(_) => None,
            _ => Some(rig.before(place, action).await.unwrap()),
        };
        if *operation == "UpdateEnvironment" {
            assert_eq!(rig.calls("AssumeRole").await, 0, "nothing was sent yet");
        }
        let receipt = accepted(rig.begin(place, action).await);
        assert_eq!(rig.callers(operation).await, [AS_DEPLOYER], "{operation}");
        if let Some(baseline) = baseline {
            let _ = rig.look(place, action, &baseline, Some(&receipt)).await.unwrap();
        }
    }
    let told = rig.sim.get("/_sim/calls").await;
    let by_deployer = told["calls"].as_array().unwrap().iter().filter(|call| call["caller"] == AS_DEPLOYER);
    let mut by_deployer: Vec<&str> = by_deployer.map(|call| call["operation"].as_str().unwrap()).collect();
    by_deployer.sort_unstable();
    let mut expected: Vec<&str> = cases.iter().map(|(.., operation)| *operation).chain(["GetCallerIdentity"]).collect();
    expected.sort_unstable();
    assert_eq!(by_deployer, expected, "looks are who reads");
    assert_eq!(rig.calls("AssumeRole").await, 1, "it is assumed once");
    let total = told["calls"].as_array().unwrap().len();
    assert_eq!(rig.limiter.calls().total, u64::try_from(total).unwrap(), "what assumes the role passes the budgets, too");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_sent_by_who_is_not_named_in_the_plan() {
    let rig = rig(DEPLOYER).await;
    let place = rig.environment("us-west-2", "till-prod").await;
    let other = "arn:aws:iam::111122223333:role/other";
    for (place, says) in
        [(place.clone(), "written by who reads it".to_owned()), (written_by(place, other), format!("written by role {other}"))]
    {
        match rig.begin(&place, &Action::Restart).await {
            Begun::Refused(fault) => {
                assert_eq!(fault.kind, FaultKind::Refused);
                assert!(fault.sentence.contains(&says) && fault.sentence.contains(&format!("says role {DEPLOYER} now")), "{fault}");
            }
            begun => panic!("{begun:?}"),
        }
    }
    assert_eq!((rig.calls("AssumeRole").await, rig.calls("RestartAppServer").await), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_leads_into_another_account_writes_nothing() {
    let elsewhere = "arn:aws:iam::444455556666:role/deployer";
    let rig = rig(elsewhere).await;
    let mut place = written_by(rig.environment("us-west-2", "till-prod").await, elsewhere);
    match rig.begin(&place, &Action::Restart).await {
        Begun::Refused(fault) => assert!(fault.sentence.contains("that writes is of 444455556666"), "{fault}"),
        begun => panic!("{begun:?}"),
    }
    assert_eq!(rig.calls("AssumeRole").await, 0, "its name tells it already");
    // Where only its credentials tell: those of the account that the platform's own id is of.
    place.environment.account = None;
    place.id = Some("arn:aws:elasticbeanstalk:us-west-2:111122223333:environment/till/till-prod".into());
    match rig.begin(&place, &Action::Restart).await {
        Begun::Refused(fault) => assert!(fault.sentence.contains("the credentials lead into account 444455556666"), "{fault}"),
        begun => panic!("{begun:?}"),
    }
    assert_eq!((rig.calls("AssumeRole").await, rig.calls("RestartAppServer").await), (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_may_not_be_assumed_is_told_of_and_nothing_is_sent() {
    let rig = rig(DEPLOYER).await;
    let place = written_by(rig.environment("us-west-2", "till-prod").await, DEPLOYER);
    rig.sim.post("/_sim/faults", &json!({ "operation": "AssumeRole", "kind": "denied" })).await;
    match rig.begin(&place, &Action::Restart).await {
        Begun::Refused(fault) => assert!(
            fault.sentence.contains(&format!("may not assume {DEPLOYER}")) && fault.sentence.contains("ask for sts:AssumeRole"),
            "{fault}"
        ),
        begun => panic!("{begun:?}"),
    }
    assert_eq!(rig.calls("RestartAppServer").await, 0);
}
