//! The rules of runs, in worlds without a server.

use crate::github::merging::{Merging, Method};
use crate::github::motion::At;
use crate::github::repository::Repository;
use crate::github::run::{Conclusion, Run, Status};
use crate::github::start::Again;
use crate::moment::{MINUTE, Millis, Moment, SECOND};
use crate::scenario::Source;
use crate::scenario::populate::build;
use crate::world::World;

const START: i64 = 1_800_000_000_000;
const SHOP: &str = include_str!("../tests/github/shop.toml");

/// A pull request that is merged a minute after the start.
const MERGED: &str = r#"
[[repository.commit]]
name = "stock"
number = 12
title = "Show the stock"
author = "kim"
at = "-10m"
files = { "stock.py" = "STOCK = 1\n" }

[[happening]]
at = "1m"
do = "merge"
pull = "shop#12"
"#;

fn world(toml: &str) -> World {
    let source = Source { file: String::from("test"), text: toml.to_owned() };
    build(&source, None, 1.0, Moment::from_millis(START)).unwrap()
}

fn after(world: &mut World, length: Millis) {
    world.advance_to(Moment::from_millis(START + length));
}

fn shop(world: &World) -> &Repository {
    &world.github.repositories[0]
}

#[test]
fn a_merge_cancels_the_waiting_run_and_starts_its_own() {
    let mut world = world(&format!("{SHOP}{MERGED}"));
    let head = shop(&world).head;
    let waiting = shop(&world).runs.len() - 1;
    assert_eq!(shop(&world).runs[waiting].status(), Status::Waiting);
    assert_eq!(shop(&world).runs[waiting].waits_for().len(), 2);
    after(&mut world, MINUTE - SECOND);
    assert_eq!(shop(&world).head, head);
    after(&mut world, MINUTE);
    assert_ne!(shop(&world).head, head);
    assert_eq!(shop(&world).runs[waiting].conclusion(), Some(Conclusion::Cancelled));
    assert_eq!(shop(&world).runs[waiting + 1].status(), Status::Queued);
    after(&mut world, 10 * MINUTE);
    let run = &shop(&world).runs[waiting + 1];
    assert_eq!((run.status(), run.jobs[1].conclusion), (Status::Waiting, Some(Conclusion::Success)));
    let short = shop(&world).head().unwrap().short().to_owned();
    let staging = world.environments.iter().find(|environment| *environment.name == *"shop-staging").unwrap();
    assert!(staging.label.ends_with(&format!("-g{short}")), "{}", staging.label);
}

#[test]
fn what_touches_ignored_paths_only_starts_nothing() {
    let docs = MERGED.replace("stock.py", "docs/stock.md");
    let mut world = world(&format!("{SHOP}{docs}"));
    let runs = shop(&world).runs.len();
    after(&mut world, 2 * MINUTE);
    assert_eq!(shop(&world).runs.len(), runs);
    assert_eq!(shop(&world).runs[runs - 1].status(), Status::Waiting);
    assert_eq!(shop(&world).head().unwrap().subject(), "Show the stock (#12)");
}

#[test]
fn a_group_without_cancelling_holds_one_run_back() {
    let second =
        MERGED.replace("12", "13").replace("\"stock\"", "\"second\"").replace("stock.py", "second.py").replace("\"1m\"", "\"70s\"");
    let third = MERGED.replace("12", "14").replace("\"stock\"", "\"third\"").replace("stock.py", "third.py").replace("\"1m\"", "\"80s\"");
    let patient = SHOP.replace("{group: deploy, cancel-in-progress: true}", "deploy").replace("outcome = \"waiting\"", "");
    let mut world = world(&format!("{patient}{MERGED}{second}{third}"));
    after(&mut world, 90 * SECOND);
    let count = shop(&world).runs.len();
    let last: Vec<Status> = shop(&world).runs[count - 3..].iter().map(Run::status).collect();
    assert_eq!(last, [Status::InProgress, Status::Completed, Status::Pending]);
    assert_eq!(shop(&world).runs[count - 2].conclusion(), Some(Conclusion::Cancelled));
    after(&mut world, 10 * MINUTE);
    world.cancel_run(0, count - 3);
    assert_ne!(shop(&world).runs[count - 1].status(), Status::Pending);
}

#[test]
fn a_failed_deploy_fails_its_job_and_skips_what_needs_it() {
    let failing = MERGED.replace("author = \"kim\"", "author = \"kim\"\nfails_at = 1");
    let mut world = world(&format!("{SHOP}{failing}"));
    after(&mut world, 10 * MINUTE);
    let place = shop(&world).runs.len() - 1;
    let run = &shop(&world).runs[place];
    assert_eq!((run.status(), run.conclusion()), (Status::Completed, Some(Conclusion::Failure)));
    let ends: Vec<_> = run.jobs.iter().map(|job| job.conclusion.unwrap()).collect();
    assert_eq!(ends, [Conclusion::Success, Conclusion::Failure, Conclusion::Skipped, Conclusion::Skipped]);
    // Only what did not succeed runs again.
    let (image, staging) = (run.jobs[0].id, run.jobs[1].id);
    world.rerun(0, place, Again::Failed, &"kim".into()).unwrap();
    let run = &shop(&world).runs[place];
    assert_eq!((run.attempt, run.jobs[0].id, run.status()), (2, image, Status::InProgress));
    assert_ne!(run.jobs[1].id, staging);
    assert!(world.rerun(0, place, Again::Failed, &"kim".into()).is_err());
}

#[test]
fn cancelling_does_not_end_the_update() {
    let mut world = world(&format!("{SHOP}{MERGED}"));
    let busy = |world: &World| world.environments[0].operation.is_some();
    let length = until(&mut world, MINUTE, busy);
    let run = shop(&world).runs.len() - 1;
    world.cancel_run(0, run);
    assert!(busy(&world) && shop(&world).runs[run].done());
    let before = world.environments[0].label.clone();
    after(&mut world, length + 5 * MINUTE);
    assert_eq!(world.environments[0].expected, before);
}

/// Lets time pass until something holds, a second at a time; how long that was.
fn until(world: &mut World, from: Millis, holds: impl Fn(&World) -> bool) -> Millis {
    let mut length = from;
    while !holds(world) {
        length += SECOND;
        assert!(length < 20 * MINUTE, "it never comes to that");
        after(world, length);
    }
    length
}

#[test]
fn an_environment_that_is_busy_fails_the_job() {
    // The same world without the restart says when the job asks for its update.
    let mut quiet = world(&format!("{SHOP}{MERGED}"));
    let asks = until(&mut quiet, MINUTE, |world| world.environments[0].operation.is_some());
    let busy = format!("\n[[happening]]\nat = \"{}ms\"\ndo = \"restart\"\nenvironment = \"shop-staging\"\n", asks - 3 * SECOND);
    let mut world = world(&format!("{SHOP}{MERGED}{busy}"));
    after(&mut world, 10 * MINUTE);
    let place = shop(&world).runs.len() - 1;
    let job = world.job(At { repository: 0, run: place, job: 1 }).unwrap();
    assert_eq!(job.conclusion, Some(Conclusion::Failure));
    assert!(job.log.iter().any(|(_, line)| line.contains("Must be Ready.")), "{:?}", job.log);
}

#[test]
fn a_run_that_was_held_back_and_cancelled_can_be_started_anew() {
    let second =
        MERGED.replace("12", "13").replace("\"stock\"", "\"second\"").replace("stock.py", "second.py").replace("\"1m\"", "\"70s\"");
    let patient = SHOP.replace("{group: deploy, cancel-in-progress: true}", "deploy").replace("outcome = \"waiting\"", "");
    let mut world = world(&format!("{patient}{MERGED}{second}"));
    after(&mut world, 80 * SECOND);
    let held = shop(&world).runs.len() - 1;
    assert_eq!(shop(&world).runs[held].status(), Status::Pending);
    world.cancel_run(0, held);
    world.cancel_run(0, held - 1);
    world.rerun(0, held, Again::Failed, &"kim".into()).unwrap();
    assert_eq!(shop(&world).runs[held].status(), Status::Queued);
    after(&mut world, 10 * MINUTE);
    let staging = shop(&world).runs[held].jobs.iter().find(|job| job.plan.key == "staging").unwrap();
    assert_eq!(staging.conclusion, Some(Conclusion::Success));
}

#[test]
fn what_calls_a_workflow_that_is_not_there_deploys_nothing() {
    let moved = MERGED.replace(
        "files = {",
        "edits = [{ path = \".github/workflows/deploy.yml\", find = \"called.yml\", replace = \"gone.yml\" }]\nfiles = {",
    );
    let mut world = world(&format!("{SHOP}{moved}"));
    let label = world.environments[0].label.clone();
    after(&mut world, 10 * MINUTE);
    let run = shop(&world).runs.last().unwrap();
    assert_eq!((run.status(), run.conclusion(), run.jobs.len()), (Status::Completed, Some(Conclusion::StartupFailure), 0));
    assert_eq!(world.environments[0].label, label);
}

#[test]
fn a_job_after_a_failure_runs_where_it_asks_for_that() {
    let more = "jobs:\n  report: {runs-on: x, needs: production, if: failure()}\n  tidy: {runs-on: x, needs: production, if: always()}\n  praise: {runs-on: x, needs: production, if: '!failure()'}\n";
    let failing = MERGED.replace("author = \"kim\"", "author = \"kim\"\nfails_at = 1");
    let mut world = world(&format!("{}{failing}", SHOP.replacen("jobs:\n", more, 1)));
    after(&mut world, 10 * MINUTE);
    let run = shop(&world).runs.last().unwrap();
    let end = |key: &str| run.jobs.iter().find(|job| job.plan.key == key).unwrap().conclusion.unwrap();
    // Production was skipped since staging failed: far up, but a failure all the same.
    assert_eq!((end("staging"), end("production")), (Conclusion::Failure, Conclusion::Skipped));
    assert_eq!([end("report"), end("tidy"), end("praise")], [Conclusion::Success, Conclusion::Success, Conclusion::Skipped]);
}

#[test]
fn a_caller_that_runs_always_lets_the_called_jobs_run() {
    let uses = "uses: ./.github/workflows/called.yml\n    with: {name: production, ";
    let always =
        SHOP.replacen(uses, &format!("if: always()\n    {uses}"), 1).replace("reviewers = [\"team:Leads\", \"user:kim\"]", "wait = 0");
    let failing = MERGED.replace("author = \"kim\"", "author = \"kim\"\nfails_at = 1");
    let mut world = world(&format!("{always}{failing}"));
    after(&mut world, 15 * MINUTE);
    let run = shop(&world).runs.last().unwrap();
    let end = |key: &str| run.jobs.iter().find(|job| job.plan.key == key).unwrap();
    assert_eq!(end("staging").conclusion, Some(Conclusion::Failure));
    assert!(end("production").started.is_some(), "production asks for nothing before it to be well");
    assert_eq!(end("canada").conclusion, Some(Conclusion::Skipped));
}

/// Merges a pull request as if git had found that it adds a file.
fn merge(world: &mut World, pull: u64, path: &str, text: &str) {
    let place = shop(world).pulls.iter().position(|known| known.number == pull).unwrap();
    let changes = vec![(path.into(), Some(text.into()))];
    world.merge_pull(0, &Merging { pull: place, method: Method::Squash, title: None, message: None, changes }).unwrap();
}

#[test]
fn a_planned_merge_goes_on_top_of_what_is_there() {
    let other = "\n[[repository.commit]]\nnumber = 15\ntitle = \"Other\"\nat = \"-1h\"\nfiles = { \"other.py\" = \"1\" }\n";
    let mut world = world(&format!("{SHOP}{other}{MERGED}"));
    merge(&mut world, 15, "other.py", "1");
    let first = shop(&world).head;
    after(&mut world, 2 * MINUTE);
    let head = shop(&world).head().unwrap();
    assert_eq!((head.subject(), head.parents.as_slice()), ("Show the stock (#12)", [first].as_slice()));
    assert!(head.tree.contains_key("other.py") && head.tree.contains_key("stock.py"));
}

#[test]
fn a_planned_merge_that_is_in_conflict_does_not_happen() {
    let other = "\n[[repository.commit]]\nnumber = 15\ntitle = \"Other\"\nat = \"-1h\"\nfiles = { \"other.py\" = \"1\" }\n";
    let mut world = world(&format!("{SHOP}{other}{MERGED}"));
    merge(&mut world, 15, "stock.py", "mine");
    after(&mut world, 2 * MINUTE);
    assert_eq!(shop(&world).head().unwrap().subject(), "Other (#15)");
    assert!(shop(&world).pulls.iter().any(|pull| pull.number == 12 && pull.merged.is_none()));
}

#[test]
fn what_was_merged_by_hand_is_not_merged_again() {
    let mut world = world(&format!("{SHOP}{MERGED}"));
    merge(&mut world, 12, "stock.py", "STOCK = 1\n");
    let (head, runs) = (shop(&world).head, shop(&world).runs.len());
    after(&mut world, 2 * MINUTE);
    assert_eq!((shop(&world).head, shop(&world).runs.len()), (head, runs));
}

#[test]
fn a_timer_lets_a_job_go_by_itself() {
    let timed = SHOP.replace("reviewers = [\"team:Leads\"]", "wait = 5").replace("outcome = \"waiting\"", "outcome = \"success\"");
    let mut world = world(&format!("{timed}{MERGED}"));
    let last = |world: &World| shop(world).runs.len() - 1;
    let length = until(&mut world, MINUTE, |world| last(world) > 0 && !shop(world).runs[last(world)].waits_for().is_empty());
    let waits = |world: &World| shop(world).runs[last(world)].waits_for().iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(waits(&world), ["production", "production-ca"]);
    after(&mut world, length + 5 * MINUTE - SECOND);
    assert_eq!(waits(&world).len(), 2);
    after(&mut world, length + 5 * MINUTE + SECOND);
    assert_eq!(waits(&world), ["production"]);
}

#[test]
fn a_force_push_takes_commits_off_the_branch() {
    let pushed = "\n[[happening]]\nat = \"10s\"\ndo = \"force-push\"\ncommit = \"shop/start\"\n";
    let mut world = world(&format!("{SHOP}{pushed}"));
    after(&mut world, 10 * SECOND);
    assert_eq!(shop(&world).head().unwrap().subject(), "Begin");
}

#[test]
fn a_force_push_is_compared_with_where_the_branch_was() {
    // Back to the documents' commit: its own paths are ignored, those it takes back are not.
    let back = |commit: &str| format!("\n[[happening]]\nat = \"10s\"\ndo = \"force-push\"\ncommit = \"shop/{commit}\"\n");
    let mut first = world(&format!("{SHOP}{}", back("docs")));
    let runs = shop(&first).runs.len();
    after(&mut first, 10 * SECOND);
    assert_eq!(shop(&first).runs.len(), runs + 1);
    // Where only documents are taken back, nothing starts.
    let documents =
        SHOP.replace("edits = [{ path = \"shop.py\", find = \"{}\", replace = \"{1: 2}\" }]", "files = { \"docs/b.md\" = \"b\" }");
    let mut second = world(&format!("{}{}", documents.replace("outcome = \"waiting\"", ""), back("start")));
    let runs = shop(&second).runs.len();
    after(&mut second, 10 * SECOND);
    assert_eq!((shop(&second).head().unwrap().subject(), shop(&second).runs.len()), ("Begin", runs));
}

#[test]
fn mistakes_name_their_lines() {
    let said = |toml: &str| {
        let source = Source { file: String::from("w.toml"), text: toml.to_owned() };
        build(&source, None, 1.0, Moment::from_millis(START)).map_or_else(|mistake| mistake.to_string(), |_| String::new())
    };
    let lines = |text: &str| text.lines().count();
    let base = lines(SHOP);
    for (toml, expected) in [
        ("[[repository]]\nname = \"shop\"\n".to_owned(), String::from("w.toml, line 2: \"shop\" is not a repository")),
        (format!("{SHOP}{}", MERGED.replace("\"shop#12\"", "\"shop#99\"")), format!("line {}: there is no pull request", base + 13)),
        (format!("{SHOP}{}", MERGED.replace("\"stock.py\"", "\"../x\"")), String::from("cannot be the path of a file")),
        (SHOP.replace("find = \"{}\"", "find = \"nothing\""), String::from("there is no text \"nothing\" to replace")),
        (SHOP.replace("{commit:shop/start}", "{commit:shop/stat}"), String::from("the version of a commit {commit:REPOSITORY/NAME}")),
        (SHOP.replace("team:Leads", "Leads"), String::from("write user:LOGIN or team:NAME")),
        (SHOP.replace("needs: image\n", "needs: imag\n"), String::from("a job needs \"imag\"")),
        (
            SHOP.replace("called.yml\n    with", "gone.yml\n    with"),
            String::from("deploy.yml uses ./.github/workflows/gone.yml, which no repository"),
        ),
        (format!("{SHOP}\nchecks = {{ Tests = \"failed\" }}\n"), String::from("\"failed\" is not one of")),
        (
            format!("{SHOP}\nchecks = {{ Test = \"failure\" }}\n"),
            String::from("\"Test\" is neither one of the `checks` nor of the `statuses`"),
        ),
        (format!("{SHOP}\nstatuses = {{ x = \"fine\" }}\n"), String::from("\"fine\" is not one of")),
        (format!("{SHOP}\n[[repository.tag]]\nname = \"v1\"\ncommit = \"pries\"\n"), String::from("there is no commit named \"pries\"")),
        (format!("{SHOP}\n[[repository.release]]\ntag = \"v1\"\nat = \"-1h\"\n"), String::from("needs a [[repository.tag]] named \"v1\"")),
        (format!("{SHOP}\n[[repository.issue]]\nnumber = 11\ntitle = \"x\"\nat = \"-1h\"\n"), String::from("#11 is there already")),
        (SHOP.replace("outcome = \"waiting\"", "outcome = \"failure\""), String::from("needs `failed`")),
        (SHOP.replace("merged = \"-30m\"", "merged = \"-30s\""), String::from("would not be over when the world starts")),
        (format!("{SHOP}{}", MERGED.replace("at = \"1m\"", "at = \"-20m\"")), String::from("merged before it is opened")),
        (
            format!("{SHOP}{}", MERGED.replace("do = \"merge\"", "do = \"merge\"\nenvironment = \"shop-staging\"")),
            String::from("`environment` means nothing"),
        ),
    ] {
        let said = said(&toml);
        assert!(said.contains(&expected), "{expected}\nsaid: {said}");
    }
}
