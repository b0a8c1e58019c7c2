//! `quarterdeck status --json`, field by field as the contract has it.

use quarterdeck::model::clock::Timestamp;
use serde_json::Value;

use super::status::variables;
use crate::support::program::{Folder, Program};
use crate::support::sim::Sim;
use crate::support::systems::EAPD;

/// One of everything: mixed versions, basic health, a suspended, a terminating, a deploying environment.
const WORLD: &str = r#"
[[environment]]
app = "shop"
name = "shop-prod"
region = "us-west-1"
version = "shop-20221110-g8a52aea"
instances = 3
other = [{ version = "shop-20221113-g77c1d09", instances = 1 }]

[[environment]]
app = "shop"
name = "shop-staging"
region = "eu-west-1"
version = "v2.15.0"
suspended = true

[[environment]]
app = "desk"
name = "desk-prod"
region = "us-west-1"
version = "v9"
health = "basic"

[[environment]]
app = "desk"
name = "desk-pr-12"
region = "ca-central-1"
version = "v10"

[[environment]]
app = "desk"
name = "desk-dev"
region = "ca-central-1"
version = "v10"
instances = 8
policy = "Rolling"
batch = "1"

[[happening]]
at = "-5s"
do = "terminate"
environment = "desk-pr-12"

# Long enough ago for its events to have arrived.
[[happening]]
at = "-20s"
do = "deploy"
environment = "desk-dev"
version = "v11"
"#;

const CONFIGURATION: &str = r#"
regions = ["us-west-1", "eu-west-1", "ca-central-1", "sa-east-1"]

[apps.storefront]
applications = ["shop"]

[[tiers]]
tier = "preview"
environments = ["shop-staging"]

[[environments]]
platform = "beanstalk"
name = "shop-gone"
region = "eu-west-1"
account = "111122223333"
app = "storefront"
tier = "production"

[[environments]]
platform = "beanstalk"
name = "shop-denied"
region = "sa-east-1"
account = "111122223333"
app = "storefront"
"#;

const LEVELS: [&str; 6] = ["ok", "info", "warning", "degraded", "severe", "unknown"];
const TIERS: [&str; 5] = ["production", "staging", "development", "preview", "unknown"];
const CONFIDENCES: [&str; 4] = ["exact", "derived", "mixed", "unknown"];
const KINDS: [&str; 10] = ["launch", "deploy", "configuration", "restart", "rebuild", "abort", "swap", "terminate", "roll", "unknown"];

fn is_time(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.ends_with('Z') && text.parse::<Timestamp>().is_ok())
}

/// Asserts a field with its own address in the message.
fn holds(row: &Value, pointer: &str, fits: impl Fn(&Value) -> bool) {
    let value = row.pointer(pointer).unwrap_or_else(|| panic!("there is no {pointer} in {row:#}"));
    assert!(fits(value), "{pointer} is {value} in {row:#}");
}

const fn or_null(fits: impl Fn(&Value) -> bool) -> impl Fn(&Value) -> bool {
    move |value| value.is_null() || fits(value)
}

fn one_of(words: &[&str]) -> impl Fn(&Value) -> bool {
    move |value| value.as_str().is_some_and(|text| words.contains(&text))
}

/// Holds a row against the contract's shape.
fn assert_row(row: &Value) {
    let whole: Vec<&str> = ["platform", "account", "region", "name"].map(|part| row[part].as_str().unwrap()).to_vec();
    assert_eq!(row["key"], whole.join(":"));
    holds(row, "/platform", |value| value == "beanstalk");
    holds(row, "/account", |value| value.as_str().is_some_and(|text| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())));
    holds(row, "/app", Value::is_string);
    holds(row, "/tier", one_of(&TIERS));
    holds(row, "/version/label", or_null(Value::is_string));
    holds(row, "/version/sha", or_null(Value::is_string));
    holds(row, "/version/source", or_null(Value::is_string));
    holds(row, "/version/confidence", one_of(&CONFIDENCES));
    holds(row, "/version/at", or_null(is_time));
    holds(row, "/version/why", or_null(Value::is_string));
    assert_eq!(row["version"]["why"].is_null(), !row["version"]["label"].is_null(), "what is not known says why");
    holds(row, "/health/level", one_of(&LEVELS));
    holds(row, "/health/causes", |value| value.as_array().is_some_and(|causes| causes.iter().all(Value::is_string)));
    holds(row, "/health/source", or_null(Value::is_string));
    holds(row, "/health/at", or_null(is_time));
    holds(row, "/health/why", or_null(Value::is_string));
    assert_eq!(row["health"]["why"].is_null(), !row["health"]["source"].is_null(), "what is not known says why");
    holds(row, "/instances/total", or_null(Value::is_u64));
    holds(row, "/instances/healthy", or_null(Value::is_u64));
    holds(row, "/instances/versions", |value| {
        value.as_array().is_some_and(|counts| counts.iter().all(|count| count["label"].is_string() && count["count"].is_u64()))
    });
    holds(row, "/instances/at", or_null(is_time));
    holds(row, "/frontend", or_null(Value::is_object));
    holds(row, "/error", or_null(Value::is_string));
    if !row["activity"].is_null() {
        holds(row, "/activity/kind", one_of(&KINDS));
        holds(row, "/activity/done", or_null(Value::is_u64));
        holds(row, "/activity/total", or_null(Value::is_u64));
        holds(row, "/activity/since", or_null(is_time));
        holds(row, "/activity/at", is_time);
    }
}

async fn document() -> Value {
    let sim = Sim::of(WORLD, 1.0).await;
    sim.post("/_sim/faults", &serde_json::json!({"region": "sa-east-1", "kind": "denied"})).await;
    let folder = Folder::new();
    folder.write(".config/quarterdeck/config.toml", CONFIGURATION);
    let program = Program::new(&folder, ["status", "--json"]).with(variables(&sim));
    let ended = tokio::task::block_in_place(|| program.run());
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(3), ""), "{ended:?}");
    serde_json::from_str(&ended.stdout).unwrap()
}

fn row<'d>(document: &'d Value, name: &str) -> &'d Value {
    let rows = document["environments"].as_array().unwrap();
    rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("{name} is not in {document:#}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_has_the_contract_s_shape_and_every_kind_of_row() {
    let document = document().await;
    assert_eq!(document["schema"], 1);
    holds(&document, "/at", is_time);
    document["environments"].as_array().unwrap().iter().for_each(assert_row);
    assert_eq!(document["environments"].as_array().unwrap().len(), 7);
    assert_sources(&document);
    assert_seen(&document);
    assert_unseen(&document);
}

/// A frontend that is deployed by itself may be of another commit.
#[tokio::test(flavor = "multi_thread")]
async fn a_frontend_is_told_beside_the_rest() {
    let sim = Sim::built_in("eapd").await;
    let (url, token) = sim.github().unwrap();
    let folder = Folder::new();
    folder.write(".config/quarterdeck/config.toml", EAPD);
    let program = Program::new(&folder, ["status", "--json"]).with(variables(&sim));
    let program = program.with([("GITHUB_API_URL", url), ("GITHUB_TOKEN", token)]);
    let ended = tokio::task::block_in_place(|| program.run());
    let document: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:?}"));
    let staging = row(&document, "staging");
    holds(staging, "/frontend/sha", |sha| sha.as_str().is_some_and(|sha| sha.len() == 40));
    holds(staging, "/frontend/source", |source| source == "github commit status");
    holds(staging, "/frontend/confidence", |confidence| confidence == "derived");
    holds(staging, "/frontend/at", is_time);
    assert_ne!(staging["frontend"]["sha"], staging["version"]["sha"]);
    let production = row(&document, "production");
    assert_eq!(production["frontend"]["sha"], production["version"]["sha"]);
    assert_eq!(row(&document, "pr-4321")["frontend"], Value::Null);
}

fn assert_sources(document: &Value) {
    let sources = document["sources"].as_array().unwrap();
    let names: Vec<&str> = sources.iter().map(|source| source["name"].as_str().unwrap()).collect();
    assert!(names.is_sorted() && names.contains(&"beanstalk 111122223333 us-west-1"), "{names:?}");
    for source in sources {
        holds(source, "/calls", Value::is_u64);
        let denied = source["name"].as_str().unwrap().ends_with("sa-east-1");
        assert_eq!(source["ok"], !denied);
        holds(source, "/error", |error| {
            if denied { error.as_str().is_some_and(|text| text.contains("sa-east-1 denies")) } else { error.is_null() }
        });
        holds(source, "/at", |at| if denied { at.is_null() } else { is_time(at) });
    }
}

fn assert_seen(document: &Value) {
    let mixed = row(document, "shop-prod");
    assert_eq!(
        (&mixed["app"], &mixed["tier"]),
        (&"storefront".into(), &"production".into()),
        "the configured app, the tier its name tells"
    );
    assert_eq!((&mixed["version"]["sha"], &mixed["version"]["confidence"]), (&"8a52aea".into(), &"mixed".into()));
    assert_eq!(
        mixed["instances"]["versions"],
        serde_json::json!([{"label": "shop-20221110-g8a52aea", "count": 2}, {"label": "shop-20221113-g77c1d09", "count": 1}])
    );
    assert_eq!(mixed["health"]["level"], "degraded");
    assert!(mixed["health"]["causes"][0].as_str().unwrap().contains("Incorrect application version found on 1 out of 3 instances"));

    let basic = row(document, "desk-prod");
    assert_eq!((&basic["health"]["level"], &basic["health"]["source"]), (&"ok".into(), &"beanstalk basic health".into()));
    assert_eq!(
        (&basic["instances"]["healthy"], &basic["instances"]["versions"]),
        (&2.into(), &serde_json::json!([])),
        "the load balancer tells how many serve; what runs on each nobody does"
    );

    let suspended = row(document, "shop-staging");
    assert_eq!((&suspended["health"]["level"], &suspended["activity"]), (&"unknown".into(), &Value::Null), "not watched is not fine");
    assert_eq!(suspended["tier"], "preview", "a rule wins over what the name tells");

    let terminating = row(document, "desk-pr-12");
    assert_eq!((&terminating["activity"]["kind"], &terminating["activity"]["total"]), (&"terminate".into(), &Value::Null));

    let deploying = row(document, "desk-dev");
    assert_eq!(deploying["activity"]["kind"], "deploy");
    // Between two batches one look cannot tell whether it goes on still: then nothing is said of how far it is.
    let (done, total) = (&deploying["activity"]["done"], &deploying["activity"]["total"]);
    assert!((done.is_null() && total.is_null()) || (*total == 8 && done.as_u64().is_some_and(|done| done <= 8)), "{done} of {total}");
    assert_eq!((&deploying["version"]["label"], &deploying["tier"]), (&"v11".into(), &"development".into()));
    assert!(is_time(&deploying["activity"]["since"]));
    for seen in [mixed, basic, suspended, terminating, deploying] {
        assert_eq!(seen["error"], Value::Null);
        assert!(is_time(&seen["version"]["at"]) && is_time(&seen["health"]["at"]));
    }
}

/// What is only declared has its row, says why there is nothing in it, and claims nothing.
fn assert_unseen(document: &Value) {
    for (name, why) in [
        ("shop-gone", "eu-west-1 lists no environment of that name"),
        ("shop-denied", "sa-east-1 denies elasticbeanstalk:DescribeEnvironments"),
    ] {
        let unseen = row(document, name);
        assert!(unseen["error"].as_str().is_some_and(|error| error.contains(why)), "{unseen:#}");
        let said = unseen["version"]["why"].as_str().unwrap();
        assert!(said.contains(if name == "shop-gone" { "no listing has held it" } else { why }), "{said}");
        assert_eq!(
            unseen["version"],
            serde_json::json!({"label": null, "sha": null, "source": null, "confidence": "unknown", "at": null, "why": said})
        );
        assert_eq!(unseen["health"], serde_json::json!({"level": "unknown", "causes": [], "source": null, "at": null, "why": said}));
        assert_eq!(
            (&unseen["app"], &unseen["tier"]),
            (&"storefront".into(), &if name == "shop-gone" { "production" } else { "unknown" }.into())
        );
    }
}
