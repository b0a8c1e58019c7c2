//! `pending`, `promotions`, `approve`, `reject` and `wait` on a repository of their own names: what they
//! print, what they send, how they end.

use quarterdeck::model::safe_text::is_harmful;
use serde_json::{Value, json};

use super::status::variables as aws;
use super::{Case, Exactly, Holds, Nothing, case, check};
use crate::support::program::{Folder, Program};
use crate::support::sim::Sim;

/// A shop in two regions, tried in one; a run that waits for both.
const WORLD: &str = r##"
[[environment]]
app = "shop"
name = "shop-try"
region = "eu-west-1"
tier = "staging"
version = "shop-{commit:shop/price}"
deployed = "-2h"
properties = { PRICE_LIMIT = "3" }

[[environment]]
names = ["shop-live"]
app = "shop"
region = "eu-west-1"
tier = "production"
version = "shop-{commit:shop/first}"
deployed = "-3d"
properties = { PRICE_LIMIT = "3" }

[[environment]]
app = "shop"
name = "shop-live"
region = "us-east-2"
tier = "production"
version = "shop-{commit:shop/first}"
deployed = "-3d"

[[repository]]
name = "acme/shop"
default_branch = "trunk"
permission = "write"
created = "-400d"
checks = ["Tests"]

[repository.files]
"shop.py" = "PRICES = {}\n"

[[repository.workflow]]
file = "ship.yml"
text = '''
name: Ship
on: {push: {branches: [trunk], paths-ignore: ['docs/**']}}
concurrency: {group: ship, cancel-in-progress: true}
jobs:
  try:
    name: Try
    environment: try
    runs-on: ubuntu-latest
    steps:
      - uses: acme/deploy@v1
        with: {application_name: shop, environment_name: shop-try, region: eu-west-1}
  europe:
    name: Live Europe
    needs: try
    environment: live-europe
    runs-on: ubuntu-latest
    steps:
      - uses: acme/deploy@v1
        with: {application_name: shop, environment_name: shop-live, region: eu-west-1}
  america:
    name: Live America
    needs: try
    environment: live-america
    runs-on: ubuntu-latest
    steps:
      - uses: acme/deploy@v1
        with: {application_name: shop, environment_name: shop-live, region: us-east-2}
'''

[[repository.environment]]
name = "live-europe"
reviewers = ["team:Leads"]
may_approve = true

[[repository.environment]]
name = "live-america"
reviewers = ["team:Leads"]
may_approve = true

[[repository.commit]]
name = "first"
number = 1
title = "Open the shop"
author = "kim-berg"
at = "-5d"
merged = "-4d"
edits = [{ path = "shop.py", find = "{}", replace = "{1: 1}" }]

[[repository.commit]]
name = "price"
number = 2
title = "Limit prices \u001b[31m\u202e"
author = "lee"
gone = true
at = "-1d"
merged = "-3h"
outcome = "waiting"
files = { "limit.py" = "import os\nLIMIT = os.environ[\"PRICE_LIMIT\"]\n", "migrations/002_price.sql" = "ALTER TABLE item ADD COLUMN price integer NOT NULL;\n" }

[[repository.commit]]
name = "docs"
number = 3
title = "Tell how to ship"
author = "kim-berg"
at = "-2h"
merged = "-1h"
files = { "docs/ship.md" = "# Ship\n" }
"##;

const CONFIGURATION: &str = "regions = [\"eu-west-1\", \"us-east-2\"]\n[apps.shop]\nrepository = \"acme/shop\"\nsettle_seconds = 60\n[[tiers]]\ntier = \"staging\"\nenvironments = [\"shop-try\"]\n[[tiers]]\ntier = \"production\"\nenvironments = [\"shop-live\"]\n";

/// A deploy that failed after its first instance.
const BROKEN: &str = r#"
[[environment]]
app = "shop"
name = "shop-broken"
region = "eu-west-1"
version = "shop-{commit:shop/first}"
deployed = "-3d"
instances = 3
policy = "Rolling"
batch = "1"

[[happening]]
at = "-30m"
do = "deploy"
environment = "shop-broken"
version = "shop-{commit:shop/price}"
fails_at = 2
"#;

async fn ready() -> (Sim, Folder, Vec<(String, String)>) {
    ready_in(WORLD).await
}

async fn ready_in(world: &str) -> (Sim, Folder, Vec<(String, String)>) {
    let sim = Sim::of(world, 60.0).await;
    let folder = Folder::new();
    folder.write(".config/quarterdeck/config.toml", CONFIGURATION);
    let (url, token) = sim.github().unwrap();
    let github = [("GITHUB_API_URL", url), ("GITHUB_TOKEN", token)].map(|(name, value)| (name.to_owned(), value));
    let variables = aws(&sim).into_iter().chain(github).collect();
    (sim, folder, variables)
}

/// How often answers to gates were received.
async fn answers(sim: &Sim) -> usize {
    let calls = sim.get("/_sim/calls").await;
    let calls = calls["calls"].as_array().unwrap();
    calls.iter().filter(|call| call["operation"] == "POST /repos/{owner}/{repo}/actions/runs/{run_id}/pending_deployments").count()
}

/// What a command prints as JSON, which holds nothing that a terminal obeys or hides.
fn parsed(folder: &Folder, variables: &[(String, String)], typed: &[&str]) -> Value {
    let ended = Program::new(folder, typed).with(variables.to_vec()).run();
    assert_eq!(ended.code, Some(0), "{typed:?}: {}{}", ended.stdout, ended.stderr);
    assert!(ended.stdout.chars().all(|character| character == '\n' || !is_harmful(character)), "{typed:?}: {}", ended.stdout);
    serde_json::from_str(&ended.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pending_and_what_waits() {
    let (_sim, folder, variables) = ready().await;
    check(
        &folder,
        &variables,
        &[
            case(
                &["pending"],
                0,
                Holds(&[
                    "shop  shop-live eu-west-1, us-east-2 <- shop-try",
                    "1 commit, 1 PR",
                    "#2       Limit prices ␛[31m\u{fffd}  (account gone)  waits for approval",
                    "shop  shop-try eu-west-1 <- trunk",
                    "#3       Tell how to ship  @kim-berg  starts no run",
                ]),
                Nothing,
            ),
            case(&["promotions"], 0, Holds(&["acme/shop#", "live-europe, live-america", "you may approve  Limit prices"]), Nothing),
            case(&["pending", "--mine"], 0, Exactly(""), Nothing),
        ],
    );
    let pending = parsed(&folder, &variables, &["pending", "--json"]);
    let titles: Vec<&str> = pending["steps"].as_array().unwrap().iter().filter_map(|step| step["changes"][0]["title"].as_str()).collect();
    assert!(titles.contains(&"Limit prices \u{1b}[31m\u{202e}"), "{titles:?}");
    let live = pending["steps"].as_array().unwrap().iter().find(|step| step["upstream"] == "shop-try").unwrap();
    assert_eq!((&live["commits"], &live["changes"][0]["pull"], &live["changes"][0]["author"]), (&json!(1), &json!(2), &Value::Null));
    let inbox = parsed(&folder, &variables, &["promotions", "--json"]);
    let gates = inbox["promotions"][0]["gates"].as_array().unwrap();
    assert_eq!(gates.len(), 2);
    assert!(gates[0]["environments"][0].as_str().unwrap().ends_with(":shop-live"), "{gates:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_deploy_that_failed_it_is_told_what_has_not_arrived_on_which_instances() {
    let (_sim, folder, variables) = ready_in(&format!("{WORLD}{BROKEN}")).await;
    let pending = parsed(&folder, &variables, &["pending", "--json"]);
    let is_broken = |step: &&Value| step["environments"][0].as_str().unwrap().ends_with(":shop-broken");
    let step = pending["steps"].as_array().unwrap().iter().find(is_broken).unwrap();
    let shares = step["shares"].as_array().unwrap();
    assert_eq!((shares.len(), &step["running"], &step["commits"]), (2, &Value::Null, &Value::Null), "{step:#}");
    let price = step["changes"][1]["newest"].as_str().unwrap();
    let is_newer = |share: &&Value| price.starts_with(share["commit"].as_str().unwrap());
    let newer = shares.iter().find(is_newer).unwrap()["instances"].as_u64().unwrap();
    let arrived: Vec<(&Value, &Value)> =
        step["changes"].as_array().unwrap().iter().map(|change| (&change["pull"], &change["arrived"])).collect();
    assert_eq!(arrived, [(&json!(3), &json!(0)), (&json!(2), &json!(newer))], "{step:#}");
    let told = Program::new(&folder, ["pending"]).with(variables).run();
    let heading = told.stdout.lines().find(|line| line.contains("shop-broken")).unwrap();
    assert!(heading.contains(&format!(" {newer}×")) && heading.ends_with("◐ 2 commits not everywhere"), "{told:?}");
    assert!(told.stdout.contains(&format!("(account gone)  runs on {newer} of 3")), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plan_names_what_stands_in_the_way_and_sends_nothing() {
    let (sim, folder, variables) = ready().await;
    let number = parsed(&folder, &variables, &["promotions", "--json"])["promotions"][0]["number"].to_string();
    let run = format!("acme/shop#{number}");
    let ended = Program::new(&folder, ["approve", &run, "--plan"]).with(variables.clone()).run();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    for part in [
        "in the way: PRICE_LIMIT is not set in shop-live us-east-2",
        "warning: migration adds a NOT NULL column without a server default (price)",
        "ok: shop-try eu-west-1 runs it",
        "ok: all checks succeeded",
        "is in the way\nconfirmed with quarterdeck approve acme/shop#",
        "--environment live-europe --environment live-america --comment \"why\"",
    ] {
        assert!(ended.stdout.contains(part), "{part}: {}", ended.stdout);
    }
    for (typed, code, part) in [
        (vec!["approve", &run], 2, "say which: --environment may be live-europe, live-america"),
        (vec!["approve", &run, "--environment", "nowhere"], 2, "the run does not wait for \"nowhere\""),
        (vec!["approve", &run, "--environment", "live-america"], 2, "a check stands in the way"),
        (vec!["--read-only", "approve", &run, "--environment", "live-europe"], 1, "read-only"),
        (vec!["--read-only", "reject", &run, "--environment", "live-europe"], 1, "read-only"),
        (vec!["approve", "#999999", "--plan"], 1, "no run \"#999999\" waits for anybody"),
    ] {
        let ended = Program::new(&folder, &typed).with(variables.clone()).run();
        assert!(ended.code == Some(code) && ended.stderr.contains(part), "{typed:?}: {:?} {}", ended.code, ended.stderr);
    }
    let read_only = CONFIGURATION.replace("settle_seconds", "read_only = true\nsettle_seconds");
    folder.write(".config/quarterdeck/config.toml", &read_only);
    let ended = Program::new(&folder, ["approve", &run, "--environment", "live-europe"]).with(variables.clone()).run();
    assert!(ended.code == Some(1) && ended.stderr.contains("read-only"), "{ended:?}");
    assert_eq!(answers(&sim).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_is_sent_once_recorded_and_followed_to_its_end() {
    let (sim, folder, variables) = ready().await;
    let promotions = parsed(&folder, &variables, &["promotions", "--json"]);
    let (run, sha) = (promotions["promotions"][0]["run"].to_string(), promotions["promotions"][0]["sha"].as_str().unwrap().to_owned());
    let typed = ["approve", &run, "--environment", "shop-live@eu-west-1", "--comment", "the migration was tried"];
    let ended = Program::new(&folder, typed).with(variables.clone()).run();
    assert!(ended.code == Some(0) && ended.stdout.ends_with("approved\n"), "{:?} {} {}", ended.code, ended.stdout, ended.stderr);
    assert_eq!(answers(&sim).await, 1);
    let log = std::fs::read_to_string(folder.path().join(".local/state/quarterdeck/audit.jsonl")).unwrap();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let outcomes: Vec<&Value> = lines.iter().map(|line| &line["outcome"]).collect();
    assert_eq!(outcomes, [&json!("intended"), &json!("done")]);
    assert_eq!(lines[0]["comment"], "the migration was tried");
    assert_eq!((lines[0]["sha"].as_str(), lines[0]["run"].to_string()), (Some(&*sha), run));
    let ended = Program::new(&folder, ["wait", "shop-live@eu-west-1", "--version", &sha, "--timeout", "120"]).with(variables.clone()).run();
    assert!(ended.code == Some(0) && ended.stdout.contains(":shop-live runs "), "{:?} {}", ended.code, ended.stderr);
    let left = parsed(&folder, &variables, &["promotions", "--json"]);
    let gates: Vec<&Value> = left["promotions"][0]["gates"].as_array().unwrap().iter().map(|gate| &gate["name"]).collect();
    assert_eq!(gates, [&json!("live-america")]);
}

/// The file is the one that a team shares: what somebody else wrote there holds here, too.
#[tokio::test(flavor = "multi_thread")]
async fn a_locked_environment_is_approved_with_a_reason_only() {
    let (sim, folder, variables) = ready().await;
    let promotion = parsed(&folder, &variables, &["promotions", "--json"])["promotions"][0].clone();
    let run = promotion["run"].to_string();
    let gates = promotion["gates"].as_array().unwrap();
    let key = gates.iter().find(|gate| gate["name"] == "live-europe").map(|gate| gate["environments"][0].clone()).unwrap();
    let lock = json!({"environment": key, "by": "@kim-berg", "at": "2020-01-01T00:00:00Z", "until": null, "reason": "moving \u{202e}the database"});
    let file = folder.write("share/locks.json", &json!({"version": 1, "locks": [lock]}).to_string());
    let configuration = format!("{CONFIGURATION}[locks]\nfile = {:?}\n", file.to_str().unwrap());
    folder.write(".config/quarterdeck/config.toml", &configuration);
    let plan = Program::new(&folder, ["approve", &run, "--environment", "live-europe", "--plan"]).with(variables.clone()).run();
    let sentence = "in the way: shop-live eu-west-1 is locked by @kim-berg since Wed 2020-01-01 00:00 UTC: ";
    assert!(plan.stdout.contains(sentence) && plan.stdout.contains("moving \u{fffd}the database"), "{plan:?}");
    let ended = Program::new(&folder, ["approve", &run, "--environment", "live-europe"]).with(variables.clone()).run();
    assert!(ended.code == Some(2) && ended.stderr.contains("a check stands in the way"), "{ended:?}");
    assert_eq!(answers(&sim).await, 0);
    let typed = ["approve", &run, "--environment", "live-europe", "--comment", "Kim agrees"];
    let ended = Program::new(&folder, typed).with(variables.clone()).run();
    assert_eq!((ended.code, answers(&sim).await), (Some(0), 1), "{ended:?}");
}

/// The call takes effect, or does not, and its answer is lost: it is looked for, and nothing is sent again.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_not_sent_again() {
    for (kind, code, says, outcome) in [
        ("lost-answer", 0, "no answer came, but a look shows that GitHub has taken it", "\"found\""),
        ("reset", 3, "not known whether GitHub has taken it: look there before you repeat it", "\"unclear\""),
    ] {
        let (sim, folder, variables) = ready().await;
        let operation = "POST /repos/{owner}/{repo}/actions/runs/{run_id}/pending_deployments";
        sim.post("/_sim/faults", &json!({"service": "github", "operation": operation, "kind": kind})).await;
        let run = parsed(&folder, &variables, &["promotions", "--json"])["promotions"][0]["run"].to_string();
        let typed = ["approve", &run, "--environment", "live-europe"];
        let ended = Program::new(&folder, typed).with(variables.clone()).run();
        assert_eq!(answers(&sim).await, 1, "{kind}");
        assert!(ended.code == Some(code) && ended.stderr.contains(says), "{kind} {ended:?}");
        let log = std::fs::read_to_string(folder.path().join(".local/state/quarterdeck/audit.jsonl")).unwrap();
        assert!(log.contains(outcome), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_recorded_is_not_sent() {
    let (sim, folder, variables) = ready().await;
    folder.write(".local", "in the way");
    let run = parsed(&folder, &variables, &["promotions", "--json"])["promotions"][0]["run"].to_string();
    let ended = Program::new(&folder, ["approve", &run, "--environment", "live-europe"]).with(variables.clone()).run();
    assert!(ended.code == Some(1) && ended.stderr.contains("it could not be recorded, so it was not sent"), "{ended:?}");
    assert_eq!(answers(&sim).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_not_good_is_said_with_what_to_do() {
    let (_sim, folder, variables) = ready().await;
    let cases: [Case; 2] = [
        Case {
            typed: &["promotions"],
            variables: &[("GITHUB_TOKEN", "ghp_wrong")],
            code: 1,
            stdout: Exactly(""),
            stderr: Holds(&["acme/shop: ", "gh auth login"]),
        },
        case(&["wait", "nothing", "--version", "v1"], 2, Nothing, Holds(&["no environment is called \"nothing\""])),
    ];
    check(&folder, &variables, &cases);
    folder.write(".config/quarterdeck/config.toml", "");
    check(&folder, &variables, &[case(&["pending"], 2, Nothing, Holds(&["no app has a repository"]))]);
}
