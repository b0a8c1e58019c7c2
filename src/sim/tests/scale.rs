//! As many targets, tagged instances and hosts as anybody is to have.

use quarterdeck_sim::moment::{MINUTE, Moment};
use quarterdeck_sim::scenario::Source;
use quarterdeck_sim::scenario::populate::build;

const WORLD: &str = r#"
[[target-group]]
name = "group-{n}"
times = 50
region = "us-west-2"

[[target-group.instance]]
count = 20
commit = "1111111111111111111111111111111111111111"

[[tagged]]
app = "shop"
region = "us-west-2"

[[instance]]
name = "preview"
count = 300
region = "us-west-2"
tags = { environment = "preview", github-pr = "{n}" }
commit = "1111111111111111111111111111111111111111"

[[host]]
name = "host-{n}"
times = 200

[[host.app]]
name = "app-{n}"
commit = "1111111111111111111111111111111111111111"

[[happening]]
at = "10s"
every = "1s"
do = "answer"
instance = "group-7-3"
answers = "refused"
lasts = "500ms"
"#;

#[test]
fn a_few_lines_make_a_large_world_that_moves() {
    let start = Moment::from_millis(1_800_000_000_000);
    let source = Source { file: String::from("scale"), text: WORLD.to_owned() };
    let mut world = build(&source, None, 1.0, start).unwrap();
    let targets: usize = world.compute.groups.iter().map(|group| group.targets.len()).sum();
    assert_eq!((world.compute.groups.len(), targets, world.compute.tagged.len(), world.hosts.len()), (50, 1_000, 300, 200));
    world.advance_to(start.plus(2 * MINUTE));
    let well = world.compute.tagged.iter().filter(|tagged| tagged.history.at(world.now).is_some_and(|row| row.level == "ok"));
    assert_eq!(well.count(), 300);
}
