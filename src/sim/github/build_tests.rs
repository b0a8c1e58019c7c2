//! Worlds that a few lines of a scenario make large.

use crate::github::repository::Repository;
use crate::moment::{MINUTE, Moment, SECOND};
use crate::scenario::Source;
use crate::scenario::populate::build;
use crate::world::World;

const START: i64 = 1_800_000_000_000;
const SHOP: &str = include_str!("../tests/github/shop.toml");

fn read(toml: &str) -> Result<World, String> {
    let source = Source { file: String::from("test"), text: toml.to_owned() };
    build(&source, None, 1.0, Moment::from_millis(START)).map_err(|mistake| mistake.to_string())
}

fn shop(world: &World) -> &Repository {
    &world.github.repositories[0]
}

const MANY: &str = r#"
[[repository.commit]]
name = "page-{n}"
number = 100
title = "Page {n}"
author = "kim"
at = "-10h"
times = 800
every = "40s"
merged = "-9h45m"
outcome = "cancelled"
files = { "pages/{n}.txt" = "{n}" }
"#;

#[test]
fn one_entry_can_be_hundreds_of_pending_commits() {
    let world = read(&format!(
        "{}{MANY}",
        SHOP.replace("outcome = \"waiting\"", "outcome = \"success\"").replace("-30m", "-2d").replace("-40m", "-2d")
    ))
    .unwrap();
    let shop = shop(&world);
    let head = shop.head().unwrap();
    assert_eq!((head.subject(), head.pull), ("Page 800 (#899)", Some(899)));
    let (first, last) = (shop.history.named("page-1").unwrap(), shop.history.named("page-800").unwrap());
    assert_eq!((shop.head, shop.changed(first)), (last, vec!["pages/1.txt"]));
    assert_eq!(head.tree.keys().filter(|path| path.starts_with("pages/")).count(), 800);
    assert_eq!(shop.pulls.iter().filter(|pull| pull.merged.is_some()).count(), 802);
    assert_eq!(shop.runs.iter().filter(|run| run.cancelled).count(), 800);
}

#[test]
fn how_often_makes_sense() {
    for (from, to, says) in [
        ("times = 800", "times = 0", "`times` is a number from 1 to 5000"),
        ("every = \"40s\"", "every = \"0s\"", "`every` is longer than nothing"),
        ("page-{n}", "page", "there are two commits named \"page\""),
    ] {
        let said = read(&format!("{SHOP}{}", MANY.replace(from, to))).unwrap_err();
        assert!(said.contains(says), "{said}");
    }
}

#[test]
fn one_entry_can_be_many_repositories_with_their_environments() {
    let apps: Vec<String> = (1..=20).map(|number| format!("svc-{number}")).collect();
    let alike: Vec<String> = apps.iter().skip(1).map(|app| format!("acme/{app}")).collect();
    let toml = format!(
        r#"
[[environment]]
apps = {apps:?}
names = ["{{app}}-prod", "{{app}}-stage"]
region = "us-west-1"
version = "{{app}}-{{commit:{{app}}/first}}"
instances = 1

[[repository]]
name = "acme/svc-1"
alike = {alike:?}

[[repository.workflow]]
file = "deploy.yml"
text = '''
on: {{push: {{branches: [main]}}}}
jobs:
  stage: {{environment: stage, steps: [{{with: {{application_name: '{{repository}}', environment_name: stage, region: us-west-1}}}}]}}
  prod: {{needs: stage, environment: prod, steps: [{{with: {{application_name: '{{repository}}', environment_name: prod, region: us-west-1}}}}]}}
'''

[[repository.commit]]
name = "first"
title = "Begin"
at = "-3h"

[[repository.commit]]
name = "second"
number = 1
title = "More"
at = "-2h"
files = {{ a = "a" }}

[[happening]]
at = "10s"
do = "merge"
pull = "svc-7#1"
"#
    );
    let mut world = read(&toml).unwrap();
    assert_eq!((world.github.repositories.len(), world.environments.len()), (20, 40));
    world.advance_to(Moment::from_millis(START + 20 * MINUTE));
    let short = world.github.repositories[6].head().unwrap().short().to_owned();
    let moved: Vec<&str> = world.environments.iter().filter(|e| e.label.contains(&short)).map(|e| &*e.name).collect();
    assert_eq!(moved, ["svc-7-prod", "svc-7-stage"]);
}

#[test]
fn runs_can_be_deleted_but_for_those_that_go_on() {
    let deleted = |commit: &str| format!("\n[[happening]]\nat = \"10s\"\ndo = \"delete-runs\"\ncommit = \"shop/{commit}\"\n");
    let mut world = read(&format!("{SHOP}{}{}", deleted("start"), deleted("prices"))).unwrap();
    world.advance_to(Moment::from_millis(START + 20 * SECOND));
    let told: Vec<(bool, bool)> = shop(&world).runs.iter().map(|run| (run.done(), run.deleted)).collect();
    assert_eq!(told, [(true, true), (false, false)]);
}
