//! `quarterdeck status` on small worlds: the table, what is chosen, how it ends.

use std::process::Stdio;

use serde_json::{Value, json};

use super::{Case, Exactly, Holds, Nothing, case, check};
use crate::support::program::{Folder, Program};
use crate::support::pty::Opening;
use crate::support::sim::Sim;

/// Two apps in two regions, the same name in both; nothing moves.
const WORLD: &str = r#"
[[environment]]
app = "shop"
name = "shop-prod"
region = "eu-west-1"
version = "v2.14.0"

[[environment]]
app = "shop"
name = "shop-prod"
region = "us-west-1"
version = "shop-20221110-g8a52aea"

[[environment]]
app = "shop"
name = "shop-staging"
region = "eu-west-1"
version = "v2.15.0"

[[environment]]
app = "desk"
name = "desk-prod"
region = "us-west-1"
version = "v9"
health = "basic"
"#;

/// The regions are named, so that a fault in one is a fault of a half.
const REGIONS: &str = "regions = [\"eu-west-1\", \"us-west-1\"]\n";

/// A folder with a configuration, and the variables that lead into a world.
fn ready(sim: &Sim, configuration: &str) -> (Folder, Vec<(String, String)>) {
    let folder = Folder::new();
    folder.write(".config/quarterdeck/config.toml", configuration);
    let variables = variables(sim);
    (folder, variables)
}

/// The variables that lead into a world.
pub fn variables(sim: &Sim) -> Vec<(String, String)> {
    sim.variables()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_of_what_was_asked_for() {
    let sim = Sim::of(WORLD, 1.0).await;
    let (folder, variables) = ready(&sim, REGIONS);
    tokio::task::block_in_place(|| {
        check(
            &folder,
            &variables,
            &[
                case(
                    &["status", "--all", "--wait", "60"],
                    0,
                    Exactly(
                        "APP   ENVIRONMENT   REGION     TIER        HEALTH      VERSION                 INSTANCES  NOW\n\
                         desk  desk-prod     us-west-1  production  ok (Green)  v9                      2/2\n\
                         shop  shop-prod     eu-west-1  production  ok          v2.14.0                 2/2\n\
                         shop  shop-prod     us-west-1  production  ok          shop-20221110-g8a52aea  2/2\n\
                         shop  shop-staging  eu-west-1  staging     ok          v2.15.0                 2/2\n",
                    ),
                    Nothing,
                ),
                case(&["status", "--wait", "0", "--tier", "staging"], 0, Holds(&["shop-staging"]), Nothing),
                case(&["status", "--wait", "0", "--app", "desk"], 0, Holds(&["desk-prod"]), Nothing),
                case(&["status", "--wait", "0", "--region", "us-west-1", "shop-prod"], 0, Holds(&["shop-prod", "us-west-1"]), Nothing),
                case(&["status", "--wait", "0", "shop-prod@eu-west-1", "desk-prod"], 0, Holds(&["eu-west-1", "desk-prod"]), Nothing),
                case(&["status", "--wait", "0", "beanstalk:111122223333:us-west-1:shop-prod"], 0, Holds(&["g8a52aea"]), Nothing),
                case(
                    &["status", "--wait", "0", "shop-prod"],
                    2,
                    Nothing,
                    Exactly(
                        "\"shop-prod\" may mean 2 environments: write one of these, or name@region\n  \
                         beanstalk:111122223333:eu-west-1:shop-prod\n  beanstalk:111122223333:us-west-1:shop-prod\n",
                    ),
                ),
                case(
                    &["status", "--wait", "0", "shop-prdo"],
                    2,
                    Nothing,
                    Exactly("no environment is called \"shop-prdo\": see quarterdeck status for those there are\n"),
                ),
                case(&["status", "--wait", "0", "shop\u{1b}[31m"], 2, Nothing, Holds(&["\"shop␛[31m\""])),
                case(&["status", "--wait", "0", "--app", "shpo"], 0, Nothing, Exactly("no app is called \"shpo\": there are desk, shop\n")),
                case(
                    &["status", "--wait", "0", "--app", "desk", "--tier", "staging"],
                    0,
                    Nothing,
                    Holds(&["none of the 4 environments", "--app, --tier, ENV"]),
                ),
                case(&["status", "--wait", "0", "--region", "sa-east-1"], 0, Nothing, Holds(&["no environments were found", "--region"])),
            ],
        );
    });
}

/// On a terminal no line is wider than it is: what breaks is no table.
#[tokio::test(flavor = "multi_thread")]
async fn a_table_on_a_terminal_fits_it() {
    let sim = Sim::of(WORLD, 1.0).await;
    let (folder, variables) = ready(&sim, REGIONS);
    tokio::task::block_in_place(|| {
        let mut terminal = Opening::quarterdeck(&folder, &["status", "--wait", "0"]).with(variables).sized(80, 20).open();
        terminal.wait_for("v2.15.0");
        assert!(terminal.wait_for_end().success());
        let text = terminal.screen().contents();
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        assert_eq!(lines.len(), 5, "{text}");
        assert!(lines[3].contains('…') && lines[3].contains("8a52aea"), "{text}");
    });
}

/// Versions as long as commits are, one environment with two of them.
const COMMITS: &str = r#"
[[environment]]
app = "shop"
name = "shop-staging"
region = "eu-west-1"
version = "8a52aea0c1d2e3f405162738495a6b7c8d9e0f10"

[[environment]]
app = "shop"
name = "shop-prod"
region = "eu-west-1"
version = "8a52aea0c1d2e3f405162738495a6b7c8d9e0f10"
instances = 3
other = [{ version = "77c1d09aa1b2c3d4e5f60718293a4b5c6d7e8f90", instances = 1 }]

[[environment]]
app = "desk"
name = "desk-prod"
region = "eu-west-1"
version = "v9"
"#;

/// On a terminal the worst comes first, a commit is known by its first digits, and each version of several is told. What
/// reads a pipe finds the same order every time, by app and environment, and whole commits.
#[tokio::test(flavor = "multi_thread")]
async fn on_a_terminal_the_worst_comes_first_and_commits_are_short() {
    let sim = Sim::of(COMMITS, 1.0).await;
    let (folder, variables) = ready(&sim, "regions = [\"eu-west-1\"]\n");
    tokio::task::block_in_place(|| {
        let mut terminal =
            Opening::quarterdeck(&folder, &["status", "--all", "--wait", "60"]).with(variables.clone()).sized(200, 20).open();
        terminal.wait_for("v9");
        assert!(terminal.wait_for_end().success());
        let shown = terminal.screen().contents();
        let rows: Vec<Vec<&str>> =
            shown.lines().map(|line| line.split_whitespace().collect()).filter(|row: &Vec<_>| row.len() > 5).collect();
        let names: Vec<&str> = rows.iter().map(|row| row[1]).collect();
        assert_eq!(names, ["ENVIRONMENT", "shop-prod", "desk-prod", "shop-staging"], "{shown}");
        assert_eq!(rows[3][5], "8a52aea", "{shown}");
        assert!(rows[1].contains(&"2×8a52aea") && rows[1].contains(&"1×77c1d09"), "{shown}");
        let piped = Program::new(&folder, ["status", "--all", "--wait", "60"]).with(variables).run();
        let names: Vec<&str> = piped.stdout.lines().filter_map(|line| line.split_whitespace().nth(1)).collect();
        assert_eq!(names, ["ENVIRONMENT", "desk-prod", "shop-prod", "shop-staging"], "{}", piped.stdout);
        assert!(piped.stdout.contains("8a52aea0c1d2e3f405162738495a6b7c8d9e0f10 (mixed)"), "{}", piped.stdout);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_is_said_and_the_rest_is_printed() {
    let sim = Sim::of(WORLD, 1.0).await;
    let (folder, variables) = ready(&sim, REGIONS);
    for (fault, cases) in [
        (
            json!({"region": "us-west-1", "kind": "denied"}),
            vec![
                case(
                    &["status", "--wait", "0"],
                    3,
                    Holds(&["eu-west-1  production"]),
                    Holds(&[
                        "beanstalk 111122223333 us-west-1: ",
                        "us-west-1 denies elasticbeanstalk:DescribeEnvironments",
                        "ask for that permission",
                    ]),
                ),
                // It may well be there: where, could not be read.
                case(
                    &["status", "--wait", "0", "desk-prod"],
                    3,
                    Nothing,
                    Holds(&["no environment is called \"desk-prod\"", "not everything could be read", "us-west-1 denies"]),
                ),
                case(&["status", "--wait", "0", "shop-staging"], 3, Holds(&["shop-staging"]), Holds(&["us-west-1 denies"])),
            ],
        ),
        (
            json!({"kind": "denied"}),
            vec![
                case(&["status", "--wait", "0"], 1, Nothing, Holds(&["eu-west-1 denies", "us-west-1 denies", "ask for that permission"])),
                case(&["status", "--wait", "0", "desk-prod"], 1, Nothing, Holds(&["not everything could be read"])),
            ],
        ),
        (
            json!({"kind": "expired"}),
            vec![
                case(
                    &["status", "--wait", "0"],
                    1,
                    Nothing,
                    Holds(&[
                        "the credentials of the environment (AWS_ACCESS_KEY_ID) have expired: start again with new keys, or use a profile",
                    ]),
                ),
                Case {
                    variables: &[("AWS_ACCESS_KEY_ID", ""), ("AWS_PROFILE", "work")],
                    ..case(
                        &["status", "--wait", "0"],
                        1,
                        Nothing,
                        Holds(&["the credentials of profile work have expired: run `aws sso login --profile work`"]),
                    )
                },
            ],
        ),
        (
            json!({"kind": "status", "value": 503, "region": "eu-west-1"}),
            vec![case(
                &["status", "--wait", "0"],
                3,
                Holds(&["desk-prod"]),
                Holds(&["eu-west-1 failed to answer DescribeEnvironments: HTTP 503"]),
            )],
        ),
    ] {
        let keys: Vec<&str> = variables.iter().map(|(_, value)| value.as_str()).collect();
        folder.write(".aws/credentials", &format!("[work]\naws_access_key_id = {}\naws_secret_access_key = {}\n", keys[1], keys[2]));
        sim.post("/_sim/faults", &fault).await;
        tokio::task::block_in_place(|| check(&folder, &variables, &cases));
        sim.delete("/_sim/faults").await;
    }
}

#[test]
fn nobody_to_ask_is_a_sentence() {
    let folder = Folder::new();
    // A port that was free a moment ago, and that nobody listens at.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = vec![
        ("AWS_ENDPOINT_URL".to_owned(), format!("http://{port}")),
        ("AWS_ACCESS_KEY_ID".to_owned(), "a".to_owned()),
        ("AWS_SECRET_ACCESS_KEY".to_owned(), "b".to_owned()),
    ];
    check(
        &folder,
        &nobody,
        &[
            case(&["status", "--region", "eu-west-1"], 1, Nothing, Holds(&["eu-west-1 cannot be reached: nothing listens at 127.0.0.1:"])),
            case(&["status"], 1, Nothing, Holds(&["cannot be reached: nothing listens at"])),
            case(&["status", "--json", "--region", "eu-west-1"], 1, Holds(&["nothing listens at", "\"environments\": []"]), Nothing),
        ],
    );
    check(
        &folder,
        &[],
        &[
            case(&["status"], 1, Nothing, Holds(&["there are no credentials for the default profile", "aws configure"])),
            case(&["status", "--profile", "work"], 1, Nothing, Holds(&["profile work", "--profile work"])),
        ],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_names_and_causes_are_shown_harmless() {
    let world = "
        [[environment]]\napp = \"shop\"\nname = \"shop-prod\"\nregion = \"eu-west-1\"\nversion = \"v1\\u009b31m\\u202e\\u200b\"\n
        [[happening]]\nat = \"-1s\"\nenvironment = \"shop-prod\"\ndo = \"incident\"\nlevel = \"severe\"
        causes = [\"\\u009b31mred \\u202e \\u0085 <b>& \\u001b[2J \\u2028 line\\nbreak\"]\n";
    let sim = Sim::of(world, 1.0).await;
    let (folder, variables) = ready(&sim, "regions = [\"eu-west-1\"]\n");
    let (table, json) = tokio::task::block_in_place(|| {
        let run = |typed: &[&str]| Program::new(&folder, typed).with(variables.iter().cloned()).run();
        (run(&["status"]), run(&["status", "--json"]))
    });
    assert_eq!((table.code, json.code), (Some(0), Some(0)));
    assert!(table.stdout.contains("red"), "{}", table.stdout);
    let obeyed =
        |text: &str| text.chars().any(|c| c != '\n' && (c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')));
    assert!(!obeyed(&table.stdout), "{:?}", table.stdout);
    assert_eq!(table.stdout.lines().count(), 2, "a cause cannot make a line of its own");
    assert!(!obeyed(&json.stdout), "{:?}", json.stdout);
    let document: Value = serde_json::from_str(&json.stdout).unwrap();
    let row = &document["environments"][0];
    assert_eq!(row["version"]["label"], "v1\u{9b}31m\u{202e}\u{200b}", "escaped, and the same all the same");
    assert!(row["health"]["causes"][0].as_str().unwrap().contains("\u{9b}31mred"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_goes_away_changes_nothing() {
    let sim = Sim::of(WORLD, 1.0).await;
    let (folder, variables) = ready(&sim, REGIONS);
    for flag in ["--json", "--all"] {
        let program = Program::new(&folder, ["status", "--wait", "0", flag]).with(variables.iter().cloned());
        let (read, write) = std::io::pipe().unwrap();
        drop(read);
        let output = tokio::task::block_in_place(|| {
            program.command().stdout(Stdio::from(write)).stderr(Stdio::piped()).spawn().unwrap().wait_with_output()
        });
        let output = output.unwrap();
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
    }
}
