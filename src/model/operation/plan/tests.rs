use super::*;
use crate::model::clock::Timestamp;
use crate::model::destination::Destination;
use crate::model::operation::action::{Copied, Registration, Way};

fn origin() -> Origin {
    let id = OperationId::new(Timestamp::from_second(1_700_000_000).unwrap(), 1);
    Origin { id, actor: Actor::default(), reason: Some("the canary is well".into()), on_failure: OnFailure::Stop }
}

fn place(key: &str, instance: Option<&str>) -> Place {
    Place { environment: key.parse().unwrap(), id: None, instance: instance.map(Into::into), connection: None, writer: None }
}

fn roll(members: usize, fewest_healthy: u32) -> Roll {
    let key = "target-group:1:us-west-2:growl";
    let member = |number: usize| Member {
        place: place(key, Some(&format!("i-{number}"))),
        name: format!("i-{number}").into(),
        port: None,
        way: Way::Ssh(Destination::new("deploy@growl").unwrap()),
    };
    Roll {
        title: "growl".to_owned(),
        place: place(key, None),
        group: "arn:growl".into(),
        members: (0..members).map(member).collect(),
        checks: Checks::default(),
        version: "v2".into(),
        also: Vec::new(),
        files: vec![Copied { from: "Makefile".into(), to: "Makefile".into() }],
        command: "make ecr-deploy".to_owned(),
        times: Times::default(),
        at_once: 1,
        fewest_healthy,
    }
}

fn aim(name: &str, action: Action) -> Aim {
    Aim { place: place(&format!("beanstalk:1:us-west-1:{name}"), None), action, patience: Duration::from_secs(60), expected: None }
}

fn words(deeds: impl IntoIterator<Item = Deed>) -> Vec<String> {
    deeds.into_iter().map(|deed| deed.words().into_owned()).collect()
}

#[test]
fn a_rolling_deploy_puts_back_whatever_is_out_of_its_group() {
    let plan = rolling(origin(), &roll(2, 1)).unwrap();
    let unit = &plan.units[1];
    let steps = words(unit.steps.iter().map(|step| step.deed.clone()));
    assert_eq!(steps, ["deregister", "wait until drained", "copy a file", "run the command", "register", "wait until healthy", "pause"]);
    let undo = unit.steps[0].undo.as_ref().unwrap();
    assert_eq!((undo.until, words(undo.deeds.clone())), (4, vec!["register".to_owned(), "wait until healthy".to_owned()]));
    let keeps = unit.steps.iter().filter_map(|step| match &step.deed.action {
        Action::Deregister(Registration { keep, .. }) => Some(*keep),
        _ => None,
    });
    assert_eq!(keeps.collect::<Vec<_>>(), [1]);
    assert_eq!(words(plan.before.clone()), ["reach the host", "reach the host", "check: deregister"]);
    assert_eq!(plan.targets().len(), 1);
}

#[test]
fn a_rolling_deploy_that_would_leave_too_few_is_refused_in_words() {
    let error = rolling(origin(), &roll(1, 1)).unwrap_err().to_string();
    assert_eq!(error, "arn:growl has 1 target and 1 must stay healthy: none can be taken out; let fewer stay, with a reason");
    assert!(rolling(origin(), &roll(1, 0)).is_ok());
    assert_eq!(rolling(origin(), &roll(0, 0)).unwrap_err(), PlanError::Empty);
    assert_eq!(rolling(origin(), &Roll { at_once: 0, ..roll(2, 1) }).unwrap_err(), PlanError::NoneAtOnce("instances".into()));
    let mut by_ssm = roll(2, 1);
    by_ssm.members[1].way = Way::Ssm;
    assert_eq!(rolling(origin(), &by_ssm).unwrap_err(), PlanError::NoCopy("i-1".into()));
    by_ssm.files.clear();
    assert!(rolling(origin(), &by_ssm).is_ok());
}

#[test]
fn waves_bake_between_each_other_and_not_behind_the_last() {
    let waved = |name: &str, aims: &[&str]| Waved {
        name: name.into(),
        aims: aims.iter().map(|name| aim(name, Action::Deploy("v2".into()))).collect(),
        at_once: 3,
        bake: Duration::from_secs(600),
    };
    let plan =
        waves(origin(), "orchid v2".to_owned(), vec![waved("staging", &["s"]), waved("canary", &[]), waved("all", &["a", "b"])]).unwrap();
    let told: Vec<(&str, u32, usize)> = plan.units.iter().map(|unit| (&*unit.name, unit.wave, unit.watch.len())).collect();
    assert_eq!(told, [("s us-west-1", 0, 1), ("a us-west-1", 1, 0), ("b us-west-1", 1, 0)]);
    assert!(plan.before.iter().all(|deed| deed.only_checked) && plan.before[1].together && !plan.before[0].together);
    assert_eq!((plan.kind.word(), plan.waves.len(), plan.targets().len()), ("wave", 2, 3));
}

#[test]
fn both_environments_of_a_swap_are_its_targets() {
    let with = "beanstalk:1:us-west-1:green".parse().unwrap();
    let swap = aim("blue", Action::Swap { with, id: "e-2".into() });
    let plan = environments(origin(), Kind::Swap, "swap".to_owned(), vec![swap], 1).unwrap();
    assert_eq!(plan.targets().iter().map(|key| key.name.to_string()).collect::<Vec<_>>(), ["blue", "green"]);
    assert_eq!(words(plan.before), ["check: swap the CNAME with green"]);
}

#[test]
fn an_instance_that_is_ended_goes_back_in_if_it_is_not() {
    let group = |arn: &str| Registration { group: arn.into(), port: None, keep: 1 };
    let target = Target {
        place: place("target-group:1:us-west-2:growl", Some("i-1")),
        name: "i-1".into(),
        groups: vec![group("one"), group("two")],
    };
    let plan = end(origin(), &target, &Times::default()).unwrap();
    let steps = &plan.units[0].steps;
    let told = words(steps.iter().map(|step| step.deed.clone()));
    assert_eq!(told, ["deregister", "deregister", "wait until drained", "wait until drained", "terminate"]);
    assert_eq!(steps.iter().filter_map(|step| step.undo.as_ref()).map(|undo| undo.until).collect::<Vec<_>>(), [4, 4]);
    let alone = Target { groups: Vec::new(), ..target.clone() };
    assert_eq!(end(origin(), &alone, &Times::default()).unwrap().units[0].steps.len(), 1);
    for none in [take_out(origin(), &alone, &Times::default()), put_back(origin(), &alone, &Times::default())] {
        assert_eq!(none.unwrap_err(), PlanError::Empty);
    }
    let told = |plan: Result<Plan, PlanError>| words(plan.unwrap().units[0].steps.iter().map(|step| step.deed.clone()));
    assert_eq!(told(reboot(origin(), &target, &Times::default())), ["reboot", "wait until healthy", "wait until healthy"]);
    assert_eq!(told(replace(origin(), &target)), ["replace"]);
    assert_eq!(take_out(origin(), &target, &Times::default()).unwrap().title.as_ref(), "take out i-1 of growl");
}

/// Makes a plan that makes no sense.
type Spoil = fn(&mut Plan);

#[test]
fn a_plan_that_does_not_fit_together_is_found_when_it_is_read() {
    let good = rolling(origin(), &roll(2, 1)).unwrap();
    let text = serde_json::to_string(&good).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), good);
    let spoils: [(Spoil, &str); 6] = [
        (|plan| plan.version = 2, "edition 2"),
        (|plan| plan.units.clear(), "nothing to do"),
        (|plan| plan.waves.clear(), "does not fit together"),
        (|plan| plan.units[0].steps.truncate(3), "does not fit together"),
        (|plan| plan.before = vec![plan.units[0].steps[0].deed.clone()], "does not fit together"),
        (|plan| plan.waves[0].at_once = 0, "lets none begin"),
    ];
    for (spoil, said) in spoils {
        let mut plan = good.clone();
        spoil(&mut plan);
        let error = plan.check().unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn an_abort_holds_no_environment_whoever_does() {
    let plan = environments(origin(), Kind::Abort, "abort".to_owned(), vec![aim("blue", Action::Abort)], 1).unwrap();
    assert!(plan.targets().is_empty());
    assert_eq!(plan.environments().iter().map(|key| key.name.to_string()).collect::<Vec<_>>(), ["blue"]);
}

#[test]
fn whoever_changes_one_target_group_holds_it_whichever_environment_that_is_for() {
    let group = Registration { group: "arn:growl".into(), port: None, keep: 1 };
    let target = Target { place: place("tagged-ec2:1:us-west-2:previews", Some("i-0")), name: "i-0".into(), groups: vec![group] };
    let one = take_out(origin(), &target, &Times::default()).unwrap();
    let other = rolling(origin(), &roll(2, 1)).unwrap();
    assert!(one.targets().is_disjoint(&other.targets()));
    assert_eq!(one.holds().iter().map(AsRef::as_ref).collect::<Vec<&str>>(), ["tagged-ec2:1:us-west-2:previews", "arn:growl"]);
    assert_eq!(other.holds().iter().map(AsRef::as_ref).collect::<Vec<&str>>(), ["target-group:1:us-west-2:growl", "arn:growl"]);
}
