//! Deploy jobs beside Elastic Beanstalk, in worlds that move.

use std::collections::BTreeMap;

use super::run::{Conclusion, Event};
use super::start::Start;
use crate::moment::{MINUTE, Moment};
use crate::scenario::Source;
use crate::scenario::populate::build;
use crate::world::World;

const START: i64 = 1_800_000_000_000;

fn world(scenario: &str) -> World {
    let source = Source::built_in(scenario).unwrap();
    build(&source, None, 1.0, Moment::from_millis(START)).unwrap()
}

fn at(minutes: i64) -> Moment {
    Moment::from_millis(START + minutes * MINUTE)
}

/// Starts the workflow for production with an image tag; the place of its run.
fn promote(world: &mut World, tag: &str) -> usize {
    let found = &world.github.repositories[0];
    let (head, branch, actor) = (found.head, found.branch.clone(), world.github.viewer.clone());
    let workflow = found.workflow(head, ".github/workflows/deploy-prod-backend.yml").unwrap();
    let inputs = BTreeMap::from([(String::from("image_tag"), tag.to_owned())]);
    let start = Start { workflow, head, branch, tag: false, event: Event::Dispatch, actor, inputs };
    world.start_run(0, &start).unwrap()
}

fn conclusion(world: &World, run: usize) -> Option<Conclusion> {
    world.github.repositories[0].runs[run].conclusion()
}

/// The commits that the targets of a group run.
fn running(world: &World, group: &str) -> Vec<(String, usize)> {
    let group = world.compute.groups.iter().find(|known| *known.name == *group).unwrap();
    let row = group.history.at(world.now).unwrap();
    row.versions.iter().map(|(commit, count)| (commit.to_string(), *count)).collect()
}

#[test]
fn a_push_builds_an_image_and_rolls_over_the_target_group() {
    let mut world = world("growl");
    world.advance_to(at(15));
    let head = world.github.repositories[0].head().unwrap().id.to_string();
    assert_eq!(running(&world, "growl-dev"), [(head.clone(), 2)]);
    let image = world.registry[0].tagged("latest").unwrap();
    assert_eq!((&*image.commit, image.tags.len()), (head.as_str(), 2));
    let container = world.compute.machines[0].container.clone().unwrap();
    assert_eq!((container.digest.as_deref(), &*container.tag), (Some(&*image.digest), head.as_str()));
    // Production is untouched.
    assert_eq!(running(&world, "growl-prod").len(), 2);
}

#[test]
fn a_dispatch_brings_the_image_of_its_input_whatever_its_head_is() {
    let mut world = world("growl");
    let history = &world.github.repositories[0].history;
    let typing = history.at(history.named("typing").unwrap()).unwrap().id.to_string();
    let run = promote(&mut world, &typing);
    world.advance_to(at(2));
    assert!(world.compute.groups[1].roll.is_some());
    world.advance_to(at(20));
    assert_eq!(conclusion(&world, run), Some(Conclusion::Success));
    assert_eq!(running(&world, "growl-prod"), [(typing, 3)]);
}

#[test]
fn what_was_never_built_is_deployed_nowhere() {
    let mut world = world("growl");
    let before = running(&world, "growl-prod");
    let run = promote(&mut world, "4444444444444444444444444444444444444444");
    world.advance_to(at(5));
    assert_eq!(conclusion(&world, run), Some(Conclusion::Failure));
    let log = &world.github.repositories[0].runs[run].jobs[0].log;
    assert!(log.iter().any(|(_, line)| line.contains("manifest for 4444")), "{log:?}");
    assert_eq!(running(&world, "growl-prod"), before);
}

#[test]
fn a_merge_deploys_in_place_with_a_gap_while_the_run_is_at_work() {
    let mut world = world("towlion");
    world.advance_to(at(5));
    let head = world.github.repositories[0].head().unwrap().id.to_string();
    let wit = world.hosts.iter().find(|host| &*host.name == "wit").unwrap();
    assert_eq!(&*wit.commit, head.as_str());
    let seconds = (0..300).map(|second| Moment::from_millis(START + second * 1_000));
    let gap: Vec<_> = seconds.filter_map(|at| wit.history.at(at)).filter(|row| row.healthy == 0).collect();
    assert!(!gap.is_empty() && gap.iter().all(|row| row.activity.is_some() && *row.causes == ["GET /health answers 502."]));
    // That its migration failed only a step and the log say.
    let jobs = &world.github.repositories[0].runs.last().unwrap().jobs;
    assert!(jobs.iter().flat_map(|job| &job.log).any(|(_, line)| line.contains("Alembic migration failed")));
    assert!(jobs.iter().any(|job| job.migrated == Some(false)));
    let deployments = &world.github.repositories[0].deployments;
    let last = deployments.last().unwrap();
    assert_eq!((&*last.environment, last.states.last().map(|(_, state, _)| *state)), ("production", Some("success")));
}

#[test]
fn two_runs_at_once_are_both_over_when_the_last_container_is_there() {
    let mut world = world("towlion");
    world.advance_to(at(5));
    let found = &world.github.repositories[0];
    let (head, branch, actor) = (found.head, found.branch.clone(), world.github.viewer.clone());
    let workflow = found.workflow(head, ".github/workflows/deploy.yml").unwrap();
    let start = Start { workflow, head, branch, tag: false, event: Event::Dispatch, actor, inputs: BTreeMap::new() };
    let first = world.start_run(0, &start).unwrap();
    world.advance_to(Moment::from_millis(START + 310_000));
    let second = world.start_run(0, &start).unwrap();
    // Nothing holds the second back: there is no concurrency group.
    assert!(!world.github.repositories[0].runs[second].held);
    world.advance_to(at(10));
    assert_eq!([first, second].map(|run| conclusion(&world, run)), [Some(Conclusion::Success); 2]);
}
