//! The whole way of a change on a repository that no scenario, no test and nobody here has: other names for everything.

use quarterdeck::app::event::Effect;
use quarterdeck::app::history::Place;
use quarterdeck::app::plans::{self, Intent};
use quarterdeck::cli::session::is_compared;
use quarterdeck::model::chain::Behind;
use quarterdeck::model::clock::Timestamp;
use quarterdeck::model::promotion::{self, Arrival, Subject, Verdict};
use serde_json::json;

use crate::support::console::{screen, settled, until};
use crate::support::sim::Sim;

/// A bakery's oven: branch `trunk`, jobs and gates of their own names, migrations and settings where nobody else has them.
const WORLD: &str = r#"
[github]
user = "runa"
teams = ["Bakers"]

[[environment]]
app = "oven"
name = "oven-tasting"
region = "eu-north-1"
version = "batch-{commit:loaf/warm}"
instances = 1
properties = { FLOUR = "rye", YEAST_KIND = "wild" }

[[environment]]
app = "oven"
name = "oven-counter"
region = "eu-north-1"
version = "batch-{commit:loaf/cold}"
instances = 1
properties = { FLOUR = "rye", YEAST_KIND = "wild" }

[[environment]]
app = "oven"
name = "oven-counter"
region = "sa-east-1"
version = "batch-{commit:loaf/cold}"
instances = 1
properties = { FLOUR = "rye" }

[[repository]]
name = "kneaded/loaf"
default_branch = "trunk"
checks = ["crumb"]
required = ["crumb"]

[[repository.workflow]]
file = "bake-and-serve.yaml"
text = '''
name: Bake & serve
on: {push: {branches: [trunk]}}
jobs:
  taste:
    environment: tasting room
    runs-on: x
    steps: [{uses: kneaded/serve@v3, with: {application_name: oven, environment_name: oven-tasting, region: eu-north-1}}]
  north:
    name: Counter in the north
    needs: taste
    environment: counter north
    runs-on: x
    steps: [{uses: kneaded/serve@v3, with: {application_name: oven, environment_name: oven-counter, region: eu-north-1}}]
  south:
    name: Counter in the south
    needs: [taste]
    environment: counter south
    runs-on: x
    steps: [{uses: kneaded/serve@v3, with: {application_name: oven, environment_name: oven-counter, region: sa-east-1}}]
'''

[[repository.environment]]
name = "counter north"
reviewers = ["team:Bakers"]

[[repository.environment]]
name = "counter south"
reviewers = ["team:Bakers"]

[[repository.commit]]
name = "cold"
title = "Lay the bricks"
at = "-9d"
files = { "oven/core.py" = "HEAT = 0\n" }

[[repository.commit]]
name = "warm"
number = 31
title = "Let the dough rise"
author = "sif"
at = "-6h"
merged = "-5h"
outcome = "waiting"
files = { "oven/core.py" = "import os\nHEAT = 1\nKIND = os.environ['YEAST_KIND']\n", "store/recipes/0007_rise.sql" = "ALTER TABLE loaf ADD COLUMN hours integer NOT NULL;\n" }
"#;

const CONFIGURATION: &str = r#"
regions = ["eu-north-1", "sa-east-1"]
[[tiers]]
tier = "staging"
environments = ["*-tasting"]
[[tiers]]
tier = "production"
environments = ["*-counter"]
[apps.oven]
repository = "kneaded/loaf"
environments = ["oven-*"]
migration_paths = ["store/recipes/*.sql"]
settle_seconds = 0
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_pending_is_weighed_is_approved_and_arrives_in_every_region() {
    let sim = Sim::of(WORLD, 30.0).await;
    let mut session = settled(&sim, CONFIGURATION).await;
    let behind = |state: &quarterdeck::app::state::State, name: &str| {
        let links = state.github.links.values().filter(|linked| linked.link.environment.name.as_str() == name);
        links.map(|linked| linked.behind.clone()).collect::<Vec<_>>()
    };
    assert_eq!(behind(&session.state, "oven-tasting"), [Behind::Nothing]);
    assert_eq!(behind(&session.state, "oven-counter"), [(); 2].map(|()| Behind::Pending { commits: 1, pulls: Some(1) }));
    let promotion = session.state.github.promotions[0].clone();
    session.go(Place::Sheet(promotion.repository.clone(), promotion.run.id));
    let is_weighed = |state: &quarterdeck::app::state::State| {
        let sheet = state.sheet_screen.sheet.as_ref();
        is_compared(state)
            && sheet.is_some_and(|sheet| {
                sheet.checks.iter().all(|check| check.subject != Subject::Variables || check.verdict != Verdict::Unknown)
            })
    };
    until(&mut session, is_weighed).await;
    let shown = screen(&session);
    for part in [
        "YEAST_KIND is not set in oven-counter sa-east-1",
        "adds a NOT NULL column without a server default",
        "[x] counter north  oven-counter eu-north-1",
        "[x] counter south  oven-counter sa-east-1",
        "all required checks succeeded on",
        "1 commit, 1 PR, 1 author ",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    let mut decision = plans::plan(&session.state, &Intent::Review { approve: true }).unwrap();
    assert!(decision.failed.iter().any(|sentence| sentence.contains("YEAST_KIND")), "{:?}", decision.failed);
    decision.comment.insert("the south bakes without yeast");
    session.perform(Effect::Write(Box::new(decision.order(1, session.state.github.forge.viewer.value().cloned()).unwrap())));
    let (head, since) = (promotion.run.head.clone(), Some(session.state.now));
    let places: Vec<_> = promotion.environments().cloned().collect();
    let has_arrived = |state: &quarterdeck::app::state::State, since: Option<Timestamp>| {
        places.iter().all(|key| promotion::arrival(&state.fleet, key, &head, since) == Arrival::Proven)
    };
    assert!(places.len() == 2 && !has_arrived(&session.state, since));
    until(&mut session, |state| has_arrived(state, since)).await;
    let shown = screen(&session);
    assert_eq!(shown.matches(&format!("✔ runs {}", head.short())).count(), 2, "{shown}");
    let told = sim.get("/_sim/calls").await;
    let writes =
        told["calls"].as_array().unwrap().iter().filter(|call| call["service"] == "github" && call["write"] == json!(true)).count();
    assert_eq!(writes, 1);
}
