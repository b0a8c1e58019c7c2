//! Acting on one instance, ending what nobody needs, restarting a plain host: keys in, screens out, and what was done.

use std::fmt::Write as _;
use std::sync::Arc;

use quarterdeck::app::act::{Act, prepare};
use quarterdeck::app::command::CommandId;
use quarterdeck::app::event::Effect;
use quarterdeck::app::operate::ends;
use quarterdeck::app::operations::Carrier;
use quarterdeck::app::plans::operation::taken_out;
use quarterdeck::app::update::update;
use quarterdeck::model::account::{Role, SESSION, Writing};
use quarterdeck::model::id::EnvironmentKey;
use quarterdeck::model::operation::action::{Place, Registration};
use quarterdeck::model::operation::fact::{Fact, Spot, Stamped};
use quarterdeck::model::operation::plan;

use crate::support::fleet::{self, ago};
use crate::support::live::Live;
use crate::support::operations::{began, told};
use crate::support::sim::Sim;
use crate::support::sshd::Sshd;
use crate::support::systems::{EAPD, ROLLED};

/// Two instances behind a load balancer, in production, and one that nobody helps out.
const WORLD: &str = r#"
[[image-repository]]
name = "growl-backend"
region = "us-west-1"

[[image-repository.image]]
commit = "1111111111111111111111111111111111111111"
pushed = "-4d"
tags = ["stable"]

[[target-group]]
name = "growl-dev"
auto_scaling = "growl-dev"
app = "growl"
region = "us-west-1"
tier = "development"
port = 8000
health_check = { protocol = "HTTP", path = "/health" }

[[target-group.instance]]
count = 2
image = "growl-backend"
commit = "1111111111111111111111111111111111111111"
launched = "-40d"

[[target-group]]
name = "growl-prod"
auto_scaling = "growl-prod"
app = "growl"
region = "us-west-2"
tier = "production"
port = 8000
health_check = { protocol = "HTTP", path = "/health" }

[[target-group.instance]]
count = 1
image = "growl-backend"
commit = "1111111111111111111111111111111111111111"
launched = "-60d"
"#;

async fn world() -> (Sim, tempfile::TempDir) {
    (Sim::of(WORLD, 60.0).await, tempfile::tempdir().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_is_taken_out_and_put_back_although_its_group_does_not_name_it_any_more() {
    let (sim, folder) = world().await;
    let mut console = Live::on(&sim, ROLLED, folder.path());
    console.opens("growl-dev").await.keys("I");
    console.says("do what to the instance?").says("take out i-").says("reboot i-").says("replace i-").keys("enter");
    console.says("growl-dev (healthy, 1 others healthy)").says("deregistered, drained 1 s").keys("'y enter");
    console.comes_to(1, "succeeded").await;
    assert_eq!(sim.changes().await, ["DeregisterTargets"]);
    let gone = |state: &quarterdeck::app::state::State| {
        let dev = state.fleet.environments().find(|it| it.key().name.as_str() == "growl-dev").unwrap();
        dev.instances().is_some_and(|told| told.value.each.len() == 1)
    };
    console.keys("q").until("one target is left", gone).await.keys("I");
    console.says("put back i-").keys("G enter");
    console.says("which was taken out from here").says("registered, then healthy within 5 m").keys("'y enter");
    console.comes_to(2, "succeeded").await;
    assert_eq!(sim.changes().await, ["DeregisterTargets", "RegisterTargets"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_only_healthy_target_of_production_needs_a_reason_and_its_name() {
    let (sim, folder) = world().await;
    let mut console = Live::on(&sim, &ROLLED.replace("minimum_healthy = 3", "minimum_healthy = 1"), folder.path());
    console.opens("growl-prod").await.keys("I j enter");
    console.says("is the only healthy target of growl-prod: nothing answers there without it").says("requests to it fail until it is up");
    console.keys("'growl-prod enter");
    assert!(sim.changes().await.is_empty(), "without a reason nothing is done");
    console.keys("esc I j enter 'it-hangs enter 'growl-prod enter");
    console.comes_to(1, "succeeded").await;
    assert_eq!(sim.changes().await, ["RebootInstances"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shell_is_a_program_that_the_terminal_is_lent_to() {
    let (sim, folder) = world().await;
    let by_ssh = ROLLED.replace("drift = [\"sh\", \"-c\", \"exit 2\"]", "ssh = \"ops@{private_ip}\"\nssh_options = [\"Port=2222\"]");
    let mut console = Live::on(&sim, &by_ssh, folder.path());
    console.opens("growl-dev").await.keys("g");
    let Ok(Act::Do(Effect::Lend(program))) = prepare(&console.state, CommandId::Shell) else { panic!("{}", console.screen()) };
    let line = program.command.join(" ");
    assert!(line.starts_with("aws ssm start-session --target i-") && line.ends_with(" --region us-west-1"), "{line}");
    // A shell may change anything: who writes opens it, and a role cannot be told to that program.
    let mut catalogue = console.state.fleet.catalogue().clone();
    let way = catalogue.accounts.first_mut().unwrap();
    way.writing = Some(Writing::Profile("growl-deployer".into()));
    console.state.fleet.configure(Arc::new(catalogue.clone()));
    let Ok(Act::Do(Effect::Lend(program))) = prepare(&console.state, CommandId::Shell) else { panic!("{}", console.screen()) };
    assert!(program.command.join(" ").ends_with(" --region us-west-1 --profile growl-deployer"), "{:?}", program.command);
    let role = Role { arn: "arn:aws:iam::111122223333:role/deployer".into(), external_id: None, session: SESSION.into() };
    catalogue.accounts.first_mut().unwrap().writing = Some(Writing::Role(role));
    console.state.fleet.configure(Arc::new(catalogue));
    let refused = format!("{:?}", prepare(&console.state, CommandId::Shell).unwrap_err());
    assert!(refused.contains("aws ssm takes no role") && refused.contains("name it as write_profile"), "{refused}");
    console.opens("growl-prod").await.keys("S");
    console.says("Log in to i-").says("of production? Nothing that is done there is recorded here").says("lends the terminal to it");
    let Ok(Act::Confirm { then: Effect::Lend(program), .. }) = prepare(&console.state, CommandId::Shell) else {
        panic!("{}", console.screen())
    };
    let line = program.command.join(" ");
    assert!(line.starts_with("ssh -o Port=2222 -- ops@"), "{line}");
    console.state.read_only = true;
    assert!(prepare(&console.state, CommandId::Shell).is_err() && prepare(&console.state, CommandId::Instance).is_err());
}

/// Two of one environment by their tags, behind a load balancer.
const TAGGED: &str = r#"
[[tagged]]
app = "eapd"
region = "us-east-1"

[[target-group]]
name = "eapd-staging"
app = "eapd"
region = "us-east-1"
environment = false
protocol = "HTTP"
port = 8000
health_check = { path = "/heartbeat", codes = "204" }

[[instance]]
name = "eAPD staging"
region = "us-east-1"
target_groups = ["eapd-staging"]
tags = { environment = "staging" }
image = "eapd-api"
commit = "1111111111111111111111111111111111111111"
launched = "-2d"
answers = "204"

[[instance]]
name = "eAPD staging (new)"
region = "us-east-1"
target_groups = ["eapd-staging"]
tags = { environment = "staging" }
image = "eapd-api"
commit = "2222222222222222222222222222222222222222"
launched = "-1d"
answers = "204"
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tagged_instance_that_was_taken_out_can_be_put_back_although_an_older_answer_has_it_in() {
    let (sim, folder) = (Sim::of(TAGGED, 60.0).await, tempfile::tempdir().unwrap());
    let mut console = Live::on(&sim, EAPD, folder.path());
    let healthy = |state: &quarterdeck::app::state::State| {
        let found = state.fleet.environments().find(|it| it.key().name.as_str() == "staging");
        let is_told = found.is_some_and(|it| it.instances().is_some_and(|told| told.value.healthy() == Some(2)));
        is_told && state.locks.known == quarterdeck::model::lock::Known::Yes && !state.operations.is_unread
    };
    console.until("staging", healthy).await.keys(": 'staging enter I");
    console.says("take out i-").keys("enter").shows_no_longer("is not read yet").await;
    console.says("deregistered, drained 1 m").keys("'y enter");
    console.comes_to(1, "succeeded").await;
    console.keys("q I").shows("put back i-").await.keys("G enter");
    console.shows("registered, then healthy within 5 m").await.keys("'y enter");
    console.comes_to(2, "succeeded").await;
    assert_eq!(sim.changes().await, ["DeregisterTargets", "RegisterTargets"]);
    console.keys("q").until("both answer", healthy).await.keys("I");
    console.shows_no_longer("put back i-").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_only_target_can_be_taken_out_where_it_does_not_answer_since_that_takes_nothing() {
    let ill = WORLD.replacen("count = 2", "count = 1\nanswers = \"refused\"", 1);
    let (sim, folder) = (Sim::of(&ill, 60.0).await, tempfile::tempdir().unwrap());
    let mut console = Live::on(&sim, ROLLED, folder.path());
    console.opens("growl-dev").await.keys("I enter");
    console.says("growl-dev (not healthy, 0 others healthy)").keys("'y enter");
    console.comes_to(1, "succeeded").await;
    assert_eq!(sim.changes().await, ["DeregisterTargets"]);
}

/// The facts of taking an instance out, as far as begun; the registration that it had.
fn taking_out(key: &EnvironmentKey) -> (Vec<Stamped>, Registration) {
    let registration = Registration { group: "arn:aws:elasticloadbalancing:x:1:targetgroup/growl/1".into(), port: Some(8000), keep: 1 };
    let place = Place { environment: key.clone(), id: None, instance: Some("i-1".into()), connection: None, writer: None };
    let target = plan::Target { place, name: "i-1".into(), groups: vec![registration.clone()] };
    let origin = plan::Origin {
        id: plan::OperationId::new(ago(60), 1),
        actor: plan::Actor::default(),
        reason: None,
        on_failure: plan::OnFailure::Stop,
    };
    let plan = plan::take_out(origin, &target, &plan::Times::default()).unwrap();
    let planned = Stamped { at: ago(60), fact: Fact::Planned { plan: Arc::new(plan) } };
    (vec![planned, began(Spot::Step { unit: 0, step: 0 }, 50)], registration)
}

#[test]
fn what_an_operation_has_left_outside_can_be_put_back_however_it_ended() {
    let key: EnvironmentKey = "target-group:123456789012:us-west-1:growl".parse().unwrap();
    let (mut facts, registration) = taking_out(&key);
    let offered = |facts: &[Stamped]| {
        let mut state = fleet::rich((140, 42));
        let _ = update(&mut state, told(facts, Carrier::Nobody, &[]));
        taken_out(&state, &key)
    };
    assert_eq!(offered(&facts), [], "it is not over: to put it back is a matter of going on");
    facts.push(Stamped { at: ago(40), fact: Fact::Left { by: "ada".into(), reason: "by hand".into() } });
    assert_eq!(offered(&facts), [("i-1".into(), vec![registration])]);
    let (mut refused, _) = taking_out(&key);
    let why = "too few others are healthy".into();
    refused.pop();
    refused.push(Stamped { at: ago(50), fact: Fact::Refused { spot: Spot::Step { unit: 0, step: 0 }, why, again: false } });
    assert_eq!(offered(&refused), [], "nothing was sent: it is in its group as it was");
}

/// Waits until the pull request of a preview is known.
async fn told_of(console: &mut Live, name: &str) {
    let wanted = name.to_owned();
    let is_known = move |state: &quarterdeck::app::state::State| {
        let found = state.fleet.environments().find(|it| it.key().name.as_str() == wanted);
        found.is_some_and(|it| it.pull().is_some() && it.instances().is_some())
    };
    console.until(name, is_known).await.keys(&format!(": '{name} enter"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_orphan_is_ended_after_its_plan_names_what_it_is_and_what_is_like_it() {
    let (sim, folder) = (Sim::built_in("eapd").await, tempfile::tempdir().unwrap());
    let mut console = Live::on(&sim, EAPD, folder.path());
    told_of(&mut console, "pr-4310").await;
    assert_eq!(ends(&console.state), Some("end the preview"), "what the footer says of X");
    console.keys("X").shows("terminated, and nothing takes its place").await;
    console.shows_no_longer("is not read yet").await;
    let plan = console.words();
    assert!(plan.contains("End i-") && plan.contains("of pr-4310") && plan.contains("#4310 merged:"), "{}", console.screen());
    console.says("nothing else carries the same tags");
    let id = plan.split("End ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    console.keys(&format!("'{id} enter"));
    console.comes_to(1, "succeeded").await;
    assert_eq!(sim.changes().await, ["TerminateInstances"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_one_too_many_is_not_ended_and_an_open_pull_request_needs_a_reason() {
    let (sim, folder) = (Sim::built_in("eapd").await, tempfile::tempdir().unwrap());
    let mut console = Live::on(&sim, EAPD, folder.path());
    told_of(&mut console, "pr-4321").await;
    console.keys("X").shows("somebody may use its preview").await;
    console.says("pull request #4321 is open");
    console.keys("esc : 'production enter");
    let is_read = |state: &quarterdeck::app::state::State| {
        let found = state.fleet.environments().find(|it| it.key().name.as_str() == "production");
        found.is_some_and(|it| it.instances().is_some())
    };
    console.until("production", is_read).await;
    assert_eq!(ends(&console.state), Some("end an instance"));
    console.keys("X");
    let said = console.said.last().unwrap();
    // It is the only one, and the only healthy one: the first reason counts.
    assert!(said.contains("is the only healthy target of eapd-production"), "{said}");
    assert!(sim.changes().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plain_host_is_restarted_over_ssh_and_its_output_is_followed() {
    let sim = Sim::of("about = \"nothing\"\n", 1.0).await;
    let (sshd, folder) = (Sshd::start().await, tempfile::tempdir().unwrap());
    sshd.program("compose", &format!("echo restarted $1 | tee -a {}", sshd.file("told").display()));
    let mut settings = String::from("[[hosts]]\nname = \"lion-1\"\nssh = \"shop\"\n");
    let _ = writeln!(settings, "ssh_config = \"{}\"\n", sshd.config().display());
    settings.push_str("[[hosts.apps]]\nname = \"wit\"\npath = \"/opt/apps/wit\"\ntier = \"staging\"\nrestart = \"compose wit\"\n");
    let mut console = Live::on(&sim, &settings, folder.path());
    let key: EnvironmentKey = "host:lion-1:-:wit".parse().unwrap();
    let is_seen = |state: &quarterdeck::app::state::State| {
        state.fleet.get(&key).is_some_and(|it| !it.is_unseen()) && state.locks.known == quarterdeck::model::lock::Known::Yes
    };
    console.until("wit", is_seen).await.keys(": 'wit enter B");
    console.says("Restart wit on lion-1").says("compose wit").says("requests fail for a moment").keys("'y enter");
    console.comes_to(1, "succeeded").await;
    assert_eq!(std::fs::read_to_string(sshd.file("told")).unwrap(), "restarted wit\n");
    console.keys("l").shows("restarted wit").await;
}
