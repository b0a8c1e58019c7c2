//! Target groups in a world that moves: what is true when.

use super::command::{Order, State};
use super::machine::Answers;
use super::motion::Launch;
use super::target_group::Phase;
use crate::moment::{MINUTE, Moment, SECOND};
use crate::scenario::Source;
use crate::scenario::populate::build;
use crate::world::World;

const START: i64 = 1_800_000_000_000;
const OLD: &str = "1111111111111111111111111111111111111111";
const NEW: &str = "2222222222222222222222222222222222222222";

/// Three instances behind a Network Load Balancer that asks every ten seconds.
const GROUP: &str = r#"
[[target-group]]
name = "shop-prod"
region = "us-west-2"
deregistration_delay = 90

[[target-group.instance]]
count = 3
image = "shop"
commit = "1111111111111111111111111111111111111111"
"#;

fn world(further: &str) -> World {
    let source = Source { file: String::from("test"), text: format!("{GROUP}{further}") };
    build(&source, None, 1.0, Moment::from_millis(START)).unwrap()
}

fn at(after: i64) -> Moment {
    Moment::from_millis(START + after)
}

/// What the truth says of the group, that long after the start.
fn told(world: &World, after: i64) -> String {
    let row = world.compute.groups[0].history.at(at(after)).unwrap();
    let activity = row.activity.as_ref().and_then(|activity| activity.done).map_or_else(String::new, |done| format!(" roll {done:?}"));
    let versions: Vec<String> = row.versions.iter().map(|(commit, count)| format!("{}x{count}", &commit[..1])).collect();
    format!("{} {}/{} {}{activity}", row.level, row.healthy, row.total, versions.join(" "))
}

fn roll(keys: &str) -> String {
    format!("[[happening]]\nat = \"10s\"\ndo = \"roll\"\ntarget_group = \"shop-prod\"\ncommit = \"{NEW}\"\n{keys}")
}

#[test]
fn a_roll_takes_one_instance_after_the_other_and_waits_sixty_seconds() {
    let mut world = world(&roll(""));
    world.advance_to(at(20 * MINUTE));
    assert_eq!(told(&world, 9 * SECOND), "ok 3/3 1x3");
    assert_eq!(told(&world, 11 * SECOND), "info 2/3 1x3 roll (0, 3)");
    // After 60 s the image comes, 20 s later the instance is back, and then it is checked.
    assert_eq!(told(&world, 89 * SECOND), "info 2/3 1x3 roll (0, 3)");
    assert_eq!(told(&world, 91 * SECOND), "info 2/3 1x2 2x1 roll (0, 3)");
    assert_eq!(told(&world, 20 * MINUTE), "ok 3/3 2x3");
    let rolled = world.compute.groups[0].rolled.clone().unwrap();
    assert!(rolled.well);
    assert!(rolled.at > at(3 * 85 * SECOND));
}

#[test]
fn a_failure_to_deploy_leaves_the_old_container_and_moves_on() {
    let mut world = world(&roll("fails_at = 2\n"));
    world.advance_to(at(20 * MINUTE));
    assert_eq!(told(&world, 20 * MINUTE), "warning 3/3 1x1 2x2");
    assert!(!world.compute.groups[0].rolled.clone().unwrap().well);
}

#[test]
fn an_instance_that_never_gets_healthy_ends_the_roll_after_five_minutes() {
    let mut world = world(&roll("unhealthy_at = 2\n"));
    world.advance_to(at(20 * MINUTE));
    let row = world.compute.groups[0].history.at(at(20 * MINUTE)).unwrap();
    assert_eq!((row.healthy, row.total, row.activity.is_some()), (2, 3, false));
    assert_eq!(row.level, "degraded");
    assert_eq!(row.causes.first().map(String::as_str), Some("1 of 3 targets is unhealthy: Health checks failed."));
    let rolled = world.compute.groups[0].rolled.clone().unwrap();
    assert!(!rolled.well);
    // The third was never touched.
    let third = world.compute.groups[0].targets.iter().find(|target| target.machine == 2).unwrap();
    assert_eq!(third.phase, Phase::Healthy);
    assert_eq!(&*world.compute.machines[2].container.clone().unwrap().commit, OLD);
}

#[test]
fn an_answer_counts_once_enough_checks_said_so() {
    let mut world = world("");
    world.answer_with(0, Answers::Status(500), None);
    world.advance_to(at(5 * SECOND));
    assert_eq!(told(&world, 5 * SECOND), "ok 3/3 1x3");
    world.advance_to(at(2 * MINUTE));
    let row = world.compute.groups[0].history.at(at(2 * MINUTE)).unwrap();
    // A health check of TCP knows no status: a connection is enough.
    assert_eq!(row.level, "ok");
    world.answer_with(0, Answers::Refused, Some(MINUTE));
    world.advance_to(at(5 * MINUTE));
    assert_eq!(told(&world, 2 * MINUTE + 40 * SECOND), "degraded 2/3 1x3");
    assert_eq!(told(&world, 5 * MINUTE), "ok 3/3 1x3");
}

#[test]
fn a_target_drains_for_the_groups_delay_and_may_come_back() {
    let mut world = world("");
    world.deregister(0, 0);
    world.deregister(0, 1);
    world.advance_to(at(MINUTE));
    assert_eq!(told(&world, MINUTE), "info 1/3 1x3");
    world.register(0, 1, None);
    world.advance_to(at(3 * MINUTE));
    assert_eq!(told(&world, 91 * SECOND).split(' ').nth(1), Some("1/2"));
    assert_eq!(told(&world, 3 * MINUTE).split(' ').nth(1), Some("2/2"));
    let machines: Vec<usize> = world.compute.groups[0].targets.iter().map(|target| target.machine).collect();
    assert_eq!(machines, [1, 2]);
}

#[test]
fn a_machine_is_pending_then_running_then_answers_and_a_terminated_one_leaves_its_groups() {
    let mut world = world("");
    let place = world.compute.machines[0].place.clone();
    let container = world.compute.machines[0].container.clone();
    let launch =
        Launch { place, ami: "ami-1".into(), kind: "t3.micro".into(), tags: [].into(), container, usual: Answers::Well, stillborn: false };
    let new = world.launch_machine(launch, 7);
    let state = |world: &World, slot: usize| world.compute.machines[slot].power.state().1;
    assert_eq!(state(&world, new), "pending");
    world.advance_to(at(30 * SECOND));
    assert_eq!(state(&world, new), "running");
    world.register(0, new, None);
    world.advance_to(at(5 * MINUTE));
    assert_eq!(told(&world, 5 * MINUTE), "ok 4/4 1x4");
    world.terminate_machine(0);
    assert_eq!(state(&world, 0), "shutting-down");
    world.advance_to(at(7 * MINUTE));
    assert_eq!((state(&world, 0), told(&world, 7 * MINUTE).as_str()), ("terminated", "ok 3/3 1x3"));
    assert!(world.compute.machines[0].listed(at(65 * MINUTE)));
    assert!(!world.compute.machines[0].listed(at(66 * MINUTE)));
}

#[test]
fn a_command_is_on_its_way_then_runs_then_is_over() {
    let mut world = world("");
    let place = world.compute.machines[0].place.clone();
    let lines = vec![String::from("docker inspect --format '{{.Config.Image}}' shop")];
    let slot = world.send_command(&place, &[0, 1], Order { lines, comment: String::new(), limit: MINUTE });
    let state = |world: &World, index: usize| world.compute.commands[slot].invocations[index].state.clone();
    assert_eq!(state(&world, 0), State::Sent);
    world.advance_to(at(500));
    assert_eq!(state(&world, 0), State::Running(at(400)));
    // What ends meanwhile never answers.
    world.terminate_machine(1);
    world.advance_to(at(2 * SECOND));
    let State::Over(since, until, done) = state(&world, 0) else { panic!("it is not over") };
    assert_eq!((since, until, done.out), (at(400), at(1_400), format!("shop:{OLD}\n")));
    assert_eq!(state(&world, 1), State::Running(at(400)));
}

/// The group with a registry, of which each instance runs the older of two images; `keys` are of its instances.
fn with_registry(keys: &str) -> World {
    let registry = format!(
        "[[image-repository]]\nname = \"shop\"\nregion = \"us-west-2\"\n[[image-repository.image]]\ncommit = \"{OLD}\"\npushed = \"-3d\"\n\
         [[image-repository.image]]\ncommit = \"{NEW}\"\npushed = \"-1d\"\ntags = [\"latest\"]\n"
    );
    let group = GROUP.replace("deregistration_delay", "auto_scaling = \"shop\"\nderegistration_delay");
    let source = Source { file: String::from("test"), text: format!("{registry}{group}{keys}") };
    build(&source, None, 1.0, Moment::from_millis(START)).unwrap()
}

fn deploy_by_command(world: &mut World, tag: &str) -> usize {
    let place = world.compute.machines[0].place.clone();
    let lines = vec![String::from("mkdir /seven || exit 75"), format!("make ecr-deploy IMAGE_TAG={tag}")];
    world.send_command(&place, &[0], Order { lines, comment: String::new(), limit: MINUTE })
}

#[test]
fn a_command_starts_another_container_once() {
    let mut world = with_registry("");
    let slot = deploy_by_command(&mut world, NEW);
    world.advance_to(at(15 * SECOND));
    assert_eq!(told(&world, 15 * SECOND), "ok 3/3 1x3");
    world.advance_to(at(MINUTE));
    assert!(matches!(&world.compute.commands[slot].invocations[0].state, State::Over(_, _, done) if done.code == 0));
    assert_eq!(told(&world, MINUTE).split(' ').skip(2).collect::<Vec<_>>(), ["1x2", "2x1"]);
    // The folder is there: a second one stops at it.
    let again = deploy_by_command(&mut world, OLD);
    world.advance_to(at(2 * MINUTE));
    assert!(matches!(&world.compute.commands[again].invocations[0].state, State::Over(_, _, done) if done.code == 75));
    assert_eq!(told(&world, 2 * MINUTE).split(' ').skip(2).collect::<Vec<_>>(), ["1x2", "2x1"]);
}

#[test]
fn a_deploy_by_command_may_fail_hang_or_start_what_never_answers() {
    for (deploys, over, healthy) in [("fails", true, 3), ("hangs", false, 3), ("unwell", true, 2)] {
        let mut world = with_registry(&format!("deploys = \"{deploys}\"\n"));
        let slot = deploy_by_command(&mut world, NEW);
        world.advance_to(at(5 * MINUTE));
        let state = &world.compute.commands[slot].invocations[0].state;
        assert_eq!(matches!(state, State::Over(..)), over, "{deploys}: {state:?}");
        assert_eq!(matches!(state, State::TimedOut(..)), !over, "{deploys}: {state:?}");
        assert_eq!(world.compute.groups[0].history.at(at(5 * MINUTE)).unwrap().healthy, healthy, "{deploys}");
    }
}

#[test]
fn an_auto_scaling_group_keeps_its_size_and_what_is_new_boots_latest() {
    let mut world = with_registry("");
    let activity = world.terminate_in_group(0, 0, false).unwrap();
    assert!(activity.description.starts_with("Terminating EC2 instance: i-"));
    world.advance_to(at(5 * MINUTE));
    assert_eq!(told(&world, 5 * MINUTE), "warning 3/3 1x2 2x1");
    assert_eq!(world.compute.scaling[0].members, [1, 2, 3]);
    world.scale_out(0);
    world.advance_to(at(10 * MINUTE));
    assert_eq!(told(&world, 10 * MINUTE), "warning 4/4 1x2 2x2");
    let _ = world.terminate_in_group(0, 1, true);
    world.advance_to(at(15 * MINUTE));
    assert_eq!(told(&world, 15 * MINUTE), "warning 3/3 1x1 2x2");
    // One that is taken out by hand is not put back by the group.
    world.deregister(0, 2);
    world.advance_to(at(20 * MINUTE));
    assert_eq!(told(&world, 20 * MINUTE), "ok 2/2 2x2");
}

/// Staging and two previews, found by their tags; a database whose tag has a capital letter.
const TAGS: &str = r#"
[[tagged]]
app = "shop"
region = "us-west-2"

[[target-group]]
name = "shop-staging"
region = "us-west-2"
environment = false

[[instance]]
name = "staging"
region = "us-west-2"
target_groups = ["shop-staging"]
tags = { environment = "staging" }
commit = "1111111111111111111111111111111111111111"

[[instance]]
name = "database"
region = "us-west-2"
tags = { Environment = "staging" }

[[instance]]
name = "seven"
region = "us-west-2"
tags = { environment = "preview", github-pr = "7" }
commit = "1111111111111111111111111111111111111111"

[[elastic-ip]]
ip = "203.0.113.1"
region = "us-west-2"
instance = "seven"
"#;

fn replace(tagged: &str, further: &str) -> World {
    world(&format!("{TAGS}[[happening]]\nat = \"10s\"\ndo = \"replace\"\ntagged = \"{tagged}\"\ncommit = \"{NEW}\"\n{further}"))
}

/// What the truth says of an environment that tags make, that long after the start.
fn of_tags(world: &World, name: &str, after: i64) -> String {
    let tagged = world.compute.tagged.iter().find(|tagged| *tagged.name == *name).unwrap();
    let Some(row) = tagged.history.at(at(after)) else { return String::from("none") };
    let activity = row.activity.as_ref().map_or("", |activity| activity.kind);
    format!("{} {}/{} {} {activity}", row.level, row.healthy, row.total, &row.label[..1])
}

#[test]
fn tags_make_environments_by_their_exact_keys() {
    let world = world(TAGS);
    let names: Vec<&str> = world.compute.tagged.iter().map(|tagged| &*tagged.name).collect();
    assert_eq!(names, ["staging", "pr-7"]);
    assert_eq!(of_tags(&world, "staging", 0), "ok 1/1 1 ");
    assert_eq!(&*world.compute.tagged[1].tier, "preview");
}

#[test]
fn a_machine_replaces_another_once_it_is_healthy() {
    let mut world = replace("staging", "");
    world.advance_to(at(10 * MINUTE));
    assert_eq!(of_tags(&world, "staging", 11 * SECOND), "info 1/2 1 deploy");
    assert_eq!(of_tags(&world, "staging", 10 * MINUTE), "ok 1/1 2 ");
    let powers: Vec<&str> = world.compute.machines.iter().map(|machine| machine.power.state().1).collect();
    assert_eq!(powers, ["running", "running", "running", "terminated", "running", "running", "running"]);
}

#[test]
fn one_that_never_gets_healthy_stays_beside_the_old_one() {
    let mut world = replace("staging", "fails = true\n");
    world.advance_to(at(90 * MINUTE));
    assert_eq!(of_tags(&world, "staging", 30 * MINUTE), "info 1/2 1 deploy");
    assert_eq!(of_tags(&world, "staging", 90 * MINUTE), "warning 1/2 1 ");
}

#[test]
fn a_preview_without_a_free_address_becomes_an_orphan() {
    let mut world = replace("pr-7", "");
    world.advance_to(at(10 * MINUTE));
    assert_eq!(of_tags(&world, "pr-7", 10 * MINUTE), "warning 2/2 1 ");
    world.terminate_machine(5);
    world.terminate_machine(6);
    world.advance_to(at(11 * MINUTE));
    assert_eq!(of_tags(&world, "pr-7", 11 * MINUTE), "none");
}
