//! `quarterdeck logs`: the binary, against a simulated cloud that knows what was written.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Exactly, Holds, Nothing, case, check};
use crate::cli::status::variables;
use crate::support::program::{Folder, Program};
use crate::support::sim::Sim;

const WORLD: &str = r#"
[[account]]
id = "111122223333"

[[account]]
id = "444455556666"

[[environment]]
app = "shop"
name = "shop-prod"
region = "us-east-1"
version = "v1"
requests = 60
platform = "Node.js 20"
instances = 2

[[environment]]
app = "shop"
name = "shop-prod-2"
region = "us-east-1"
version = "v1"
requests = 20

[[environment]]
app = "shop"
name = "shop-prod"
region = "us-east-1"
account = "444455556666"
version = "v1"
requests = 60

[[environment]]
app = "quiet"
name = "quiet-prod"
region = "us-east-1"
version = "v1"
stream_logs = false
"#;

const CONFIGURATION: &str = "regions = [\"us-east-1\"]\n[logs]\nrequest = false\n";

const PREFIX: &str = "/aws/elasticbeanstalk/shop-prod/var/log/";

fn ready(sim: &Sim, more: &str) -> (Folder, Vec<(String, String)>) {
    let folder = Folder::new();
    folder.write(".config/quarterdeck/config.toml", &format!("{CONFIGURATION}{more}"));
    (folder, variables(sim))
}

fn objects(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"))).collect()
}

/// A run of the binary that goes on, and the objects that it prints.
struct Following {
    child: Child,
    lines: mpsc::Receiver<Value>,
}

impl Drop for Following {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Following {
    fn start(folder: &Folder, variables: &[(String, String)], typed: &[&str]) -> Self {
        let arguments = ["logs", "--json", "--follow"].iter().chain(typed).copied();
        let mut command = Program::new(folder, arguments).with(variables.to_vec()).command();
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let (tell, lines) = mpsc::channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                let _ = tell.send(serde_json::from_str(&line).unwrap());
            }
        });
        Self { child, lines }
    }

    /// What it prints until something holds of an object.
    fn until(&self, what: &str, holds: impl Fn(&Value) -> bool) -> Vec<Value> {
        let (end, mut told) = (Instant::now() + Duration::from_secs(90), Vec::new());
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let object = self.lines.recv_timeout(left).unwrap_or_else(|_| panic!("{what}: not among {} objects", told.len()));
            let is_it = holds(&object);
            told.push(object);
            if is_it {
                return told;
            }
        }
    }
}

fn is_line(object: &Value) -> bool {
    object["kind"] == "line"
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_was_written_is_printed_in_order_and_once() {
    let sim = Sim::of(WORLD, 1.0).await;
    let (folder, variables) = ready(&sim, "");
    let ended =
        tokio::task::block_in_place(|| Program::new(&folder, ["logs", "shop-prod", "--since", "3m", "--json"]).with(variables).run());
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    let lines = objects(&ended.stdout);
    assert!(lines.iter().all(is_line), "{:?}", lines.iter().find(|line| !is_line(line)));
    assert!(lines.is_sorted_by_key(|line| line["at"].as_str().unwrap().to_owned()));
    // Of a minute that is wholly within, and settled by now.
    let at = |line: &Value| line["at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_millisecond();
    let newest = lines.iter().map(at).max().unwrap();
    let (from, to) = (newest - 150_000, newest - 60_000);
    let mut printed: BTreeMap<(String, String, i64, String), usize> = BTreeMap::new();
    for line in lines.iter().filter(|line| (from..to).contains(&at(line))) {
        assert_eq!(line["environment"], "beanstalk:111122223333:us-east-1:shop-prod");
        let text = |name: &str| line[name].as_str().unwrap().to_owned();
        *printed.entry((text("group"), text("stream"), at(line), text("text"))).or_default() += 1;
    }
    let moment = |millis: i64| jiff::Timestamp::from_millisecond(millis).unwrap();
    let mut written: BTreeMap<(String, String, i64, String), usize> = BTreeMap::new();
    for file in ["eb-engine.log", "nginx/access.log", "nginx/error.log", "pm2/api-error-0.log", "pm2/api-out-0.log"] {
        let group = format!("{PREFIX}{file}");
        let path = format!("/_sim/logs?group={group}&account=111122223333&since={}&until={}", moment(from), moment(to));
        for line in sim.get(&path).await["lines"].as_array().unwrap() {
            let text = |name: &str| line[name].as_str().unwrap().trim_end_matches(['\n', '\r']).to_owned();
            *written.entry((group.clone(), text("stream"), line["timestamp"].as_i64().unwrap(), text("message"))).or_default() += 1;
        }
    }
    assert!(written.len() > 100, "{}", written.len());
    assert_eq!(printed, written);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_and_how_it_ends() {
    let sim = Sim::of(WORLD, 1.0).await;
    let (folder, variables) = ready(&sim, "");
    tokio::task::block_in_place(|| {
        check(
            &folder,
            &variables,
            &[
                case(&["logs"], 2, Nothing, Holds(&["<ENV>"])),
                case(
                    &["logs", "nope"],
                    2,
                    Nothing,
                    Exactly("no environment is called \"nope\": see quarterdeck status for those there are\n"),
                ),
                case(&["logs", "shop-prod", "--since", "soon"], 2, Nothing, Holds(&["write how long ago, such as 90s, 15m, 2h or 1d"])),
                case(&["logs", "shop-prod", "--filter", "a(b"], 2, Nothing, Holds(&["\"a(b\" is no regular expression, unclosed group"])),
                case(&["logs", "shop-prod-2", "--since", "1m", "--filter", "nothing has this"], 0, Nothing, Nothing),
                case(&["logs", "shop-prod-2", "--since", "1m", "--filter", "GET|POST"], 0, Holds(&["Z shop-prod-2 ", " | "]), Nothing),
                case(
                    &["logs", "quiet-prod"],
                    1,
                    Nothing,
                    Exactly(
                        "quiet-prod: logs of quiet-prod: quiet-prod streams no logs to CloudWatch Logs in us-east-1: switch log streaming on (StreamLogs), or declare where they are in [[log_sources]]\n",
                    ),
                ),
                // The others go on, and the code says that these are not all.
                case(&["logs", "quiet-prod", "shop-prod-2", "--since", "1m"], 3, Holds(&["shop-prod-2"]), Holds(&["streams no logs"])),
            ],
        );
    });
    sim.post("/_sim/faults", &json!({ "service": "logs", "operation": "FilterLogEvents", "kind": "denied" })).await;
    let denied = tokio::task::block_in_place(|| Program::new(&folder, ["logs", "shop-prod-2"]).with(variables).run());
    assert_eq!((denied.code, denied.stdout.as_str()), (Some(1), ""));
    assert!(denied.stderr.contains("logs:FilterLogEvents") && denied.stderr.contains("could not be looked up"), "{}", denied.stderr);
}

const MANY: &str = r#"
[[environment]]
app = "shop"
name = "shop-prod"
region = "us-east-1"
version = "v1"
requests = 60
platform = "Node.js 20"

[[environment]]
app = "shop"
name = "shop-prod-2"
region = "us-east-1"
version = "v1"
platform = "Node.js 20"

[[environment]]
app = "shop"
name = "shop-prod-3"
region = "us-east-1"
version = "v1"
platform = "Node.js 20"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn among_more_groups_than_a_session_has_a_person_chooses() {
    const TOO_MANY: &str = "shop-prod-2 has 15 log groups, and one live session has at most 10: choose with --group";
    const ACCESS: &str = "/aws/elasticbeanstalk/shop-prod/var/log/nginx/access.log";
    let sim = Sim::of(MANY, 1.0).await;
    let all = "[[log_sources]]\nenvironments = [\"shop-prod-2\"]\ngroups = [\"/aws/elasticbeanstalk/shop-*\"]\n";
    let (folder, variables) = ready(&sim, all);
    tokio::task::block_in_place(|| {
        check(
            &folder,
            &variables,
            &[
                case(&["logs", "shop-prod-2", "--follow"], 2, Nothing, Holds(&[TOO_MANY, ACCESS, "shop-prod-3/var/log/pm2/api-out-0.log"])),
                case(
                    &["logs", "shop-prod", "--group", "nothing*"],
                    2,
                    Nothing,
                    Holds(&[
                        "shop-prod has no log group that --group names: it has /aws/elasticbeanstalk/shop-prod/var/log/eb-engine.log, ",
                    ]),
                ),
                // In full, and as it is called below the folder of logs.
                case(&["logs", "shop-prod-2", "--since", "2m", "--group", ACCESS], 0, Holds(&["nginx/access.log", "GET"]), Nothing),
                // The others have no such group, which is said.
                case(
                    &["logs", "shop-prod", "shop-prod-2", "--since", "2m", "--group", "nginx/acc*"],
                    3,
                    Holds(&["Z shop-prod nginx/access.log"]),
                    Holds(&["shop-prod-2 has no log group that --group names"]),
                ),
            ],
        );
    });
    let ended = tokio::task::block_in_place(|| {
        Program::new(&folder, ["logs", "shop-prod", "--since", "2m", "--group", "nginx/access.log", "--json"]).with(variables.clone()).run()
    });
    let lines = objects(&ended.stdout);
    assert!(!lines.is_empty() && lines.iter().all(|line| line["group"] == ACCESS), "{lines:?}");
    // Ten or fewer are followed as they are chosen.
    let following = Following::start(&folder, &variables, &["shop-prod-2", "--group", "*access*", "--since", "1m"]);
    let told = tokio::task::block_in_place(|| following.until("a line", is_line));
    assert!(told.iter().filter(|object| is_line(object)).all(|line| line["group"].as_str().unwrap().ends_with("access.log")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_pipe_is_the_end_and_no_error() {
    let sim = Sim::of(WORLD, 1.0).await;
    let (folder, variables) = ready(&sim, "");
    tokio::task::block_in_place(|| {
        let mut command = Program::new(&folder, ["logs", "shop-prod", "--follow"]).with(variables).command();
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        // One line is there though the next is not yet: lines are not held back.
        let _ = BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        assert!(first.contains(" shop-prod ") && first.ends_with('\n'), "{first}");
        let status = child.wait().unwrap();
        let mut said = String::new();
        let _ = child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!((status.code(), said.as_str()), (Some(0), ""));
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn it_goes_on_across_broken_sessions_and_tells_each_loss_as_an_object_of_its_own() {
    let sim = Sim::of(WORLD, 1.0).await;
    let (folder, variables) = ready(&sim, "");
    sim.post("/_sim/faults", &json!({ "service": "logs", "operation": "StartLiveTail", "kind": "truncate", "value": 20_000 })).await;
    let following = Following::start(&folder, &variables, &["shop-prod", "--since", "10s"]);
    let told = tokio::task::block_in_place(|| following.until("a loss", |object| object["kind"] == "loss"));
    let loss = told.last().unwrap();
    assert_eq!((&loss["reason"], &loss["filled"]), (&json!("disconnected"), &json!(false)));
    assert_eq!(loss["environment"], "beanstalk:111122223333:us-east-1:shop-prod");
    sim.delete("/_sim/faults").await;
    let id = loss["id"].clone();
    let more =
        tokio::task::block_in_place(|| following.until("the loss made good", |object| object["id"] == id && object["filled"] == true));
    // What connects two sessions overlaps, and nothing is printed more often for it than it was written.
    let group = format!("{PREFIX}nginx/access.log");
    let count = |lines: &mut dyn Iterator<Item = (String, String)>| {
        let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
        lines.for_each(|line| *counts.entry(line).or_default() += 1);
        counts
    };
    let text = |line: &Value, name: &str| line[name].as_str().unwrap().trim_end_matches(['\n', '\r']).to_owned();
    let own = told.iter().chain(&more).filter(|object| is_line(object) && object["group"] == group.as_str());
    let printed = count(&mut own.map(|line| (text(line, "stream"), text(line, "text"))));
    let all = sim.get(&format!("/_sim/logs?group={group}&account=111122223333")).await;
    let written = count(&mut all["lines"].as_array().unwrap().iter().map(|line| (text(line, "stream"), text(line, "message"))));
    let more_often: Vec<_> = printed.iter().filter(|(line, count)| written.get(line).is_none_or(|written| written < count)).collect();
    assert!(printed.len() > 10 && more_often.is_empty(), "of {} lines more often than written: {more_often:?}", printed.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_streamed_where_that_is_switched_off_and_credentials_are_renewed_all_the_same() {
    let sim = Sim::of(WORLD, 1.0).await;
    let (folder, _) = ready(&sim, "live = false\n[[accounts]]\nprofile = \"work\"\n");
    let connections = sim.connections();
    let endpoint = connections[0].access.endpoint.clone().unwrap();
    let keys = |number: usize| {
        let keys = connections[number].access.keys.clone().unwrap();
        folder.write("credentials", &format!("[work]\naws_access_key_id = {}\naws_secret_access_key = {}\n", keys.access_key, keys.secret))
    };
    let credentials = keys(0);
    folder.write("config", "[profile work]\nregion = us-east-1\n");
    let variables: Vec<(String, String)> = [
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_SHARED_CREDENTIALS_FILE", credentials.to_str().unwrap().to_owned()),
        ("AWS_CONFIG_FILE", folder.path().join("config").to_str().unwrap().to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec();
    let following = Following::start(&folder, &variables, &["shop-prod", "--since", "10s"]);
    tokio::task::block_in_place(|| following.until("a line", is_line));
    // The credentials run out, and others are put in their place: those of another account, so that it can be seen.
    sim.post("/_sim/faults", &json!({ "service": "logs", "operation": "FilterLogEvents", "kind": "expired" })).await;
    tokio::task::block_in_place(|| following.until("expired", |object| object["kind"] == "source" && object["state"] == "expired"));
    keys(1);
    // Files are read anew at most every few seconds, and only after a call has failed.
    let renewed = async {
        loop {
            let calls = sim.get("/_sim/calls").await;
            let calls = calls["calls"].as_array().unwrap().clone();
            if calls.iter().any(|call| call["operation"] == "FilterLogEvents" && call["account"] == "444455556666") {
                return calls;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let calls = tokio::time::timeout(Duration::from_secs(90), renewed).await.expect("the new credentials are never used");
    assert!(!calls.iter().any(|call| call["operation"] == "StartLiveTail"));
    sim.delete("/_sim/faults").await;
    tokio::task::block_in_place(|| following.until("lines again", is_line));
}
