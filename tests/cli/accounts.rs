//! Accounts as they are configured: profiles that write, one account behind two profiles, keys that are not good.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::program::{Ended, Folder, Program};
use crate::support::sim::Sim;

const WORLD: &str = r#"
[[application]]
name = "till"
regions = ["us-west-1"]

[[application.version]]
label = "v2"
created = "-1h"

[[environment]]
app = "till"
names = ["till-prod"]
region = "us-west-1"
version = "v1"
instances = 1
"#;

const DEPLOYER: &str = "arn:aws:sts::111122223333:assumed-role/deployer/";

/// A world, and a machine whose AWS configuration leads there: the profiles `reader`, `spare` and `stale` have keys, the
/// last ones that nobody knows; `deployer` assumes a role by itself.
struct Desk {
    sim: Sim,
    folder: Folder,
    variables: Vec<(String, String)>,
}

impl Desk {
    async fn with(accounts: &str) -> Self {
        Self::at(accounts, 60.0).await
    }

    /// In a world that goes so many times faster than ours.
    async fn at(accounts: &str, speed: f64) -> Self {
        Self::on(WORLD, accounts, speed).await
    }

    async fn on(world: &str, accounts: &str, speed: f64) -> Self {
        let sim = Sim::of(world, speed).await;
        let folder = Folder::new();
        let access = sim.connections().swap_remove(0).access;
        let keys = access.keys.unwrap();
        let profile =
            |name: &str, id: &str| format!("[profile {name}]\naws_access_key_id = {id}\naws_secret_access_key = {}\n", keys.secret);
        let deployer = "[profile deployer]\nrole_arn = arn:aws:iam::111122223333:role/deployer\nsource_profile = reader\n";
        let files = [profile("reader", &keys.access_key), profile("spare", &keys.access_key), profile("stale", "AKIANOBODY")].concat();
        let path = folder.write("aws-config", &format!("{files}{deployer}"));
        let named = [("AWS_ENDPOINT_URL", access.endpoint.unwrap()), ("AWS_CONFIG_FILE", path.to_str().unwrap().to_owned())];
        let variables = named.map(|(name, value)| (name.to_owned(), value)).to_vec();
        let desk = Self { sim, folder, variables };
        desk.configure(accounts);
        desk
    }

    fn configure(&self, accounts: &str) {
        let text = format!("regions = [\"us-west-1\"]\n[apps.till]\n{accounts}");
        let _ = self.folder.write(".config/quarterdeck/config.toml", &text);
    }

    /// More profiles.
    fn profiles(&self, further: &str) {
        let path = self.folder.path().join("aws-config");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, text + further).unwrap();
    }

    fn run(&self, typed: &[&str]) -> Ended {
        Program::new(&self.folder, typed).with(self.variables.clone()).run()
    }

    /// The calls that were made: what, and by whom.
    async fn calls(&self) -> Vec<(String, String)> {
        let told = self.sim.get("/_sim/calls").await;
        let text = |call: &Value, key: &str| call[key].as_str().unwrap_or_default().to_owned();
        told["calls"].as_array().unwrap().iter().map(|call| (text(call, "operation"), text(call, "caller"))).collect()
    }

    async fn count(&self, operation: &str) -> usize {
        self.calls().await.iter().filter(|(called, _)| called == operation).count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_that_writes_is_asked_for_once_a_plan_is_confirmed_and_writes_alone() {
    let desk = Desk::with("[[accounts]]\nname = \"main\"\nprofile = \"reader\"\nwrite_profile = \"deployer\"\n").await;
    let plan = desk.run(&["deploy", "till-prod", "--version", "v2", "--plan"]);
    assert!(plan.code == Some(0) && plan.stdout.contains("written with profile deployer (looked at as arn:aws:"), "{plan:?}");
    assert_eq!(desk.count("AssumeRole").await, 0, "a plan asks for nobody's credentials");
    let deployed = desk.run(&["deploy", "till-prod", "--version", "v2", "--confirm", "till-prod"]);
    assert!(deployed.code == Some(0) && deployed.stdout.contains("succeeded"), "{deployed:?}");
    let calls = desk.calls().await;
    let by_deployer: Vec<&str> =
        calls.iter().filter(|(_, caller)| caller.starts_with(DEPLOYER)).map(|(operation, _)| operation.as_str()).collect();
    assert_eq!(by_deployer, ["GetCallerIdentity", "UpdateEnvironment"]);
    assert_eq!(calls.iter().filter(|(operation, _)| operation == "UpdateEnvironment").count(), 1);
    let audit = desk.run(&["audit"]);
    assert!(audit.stdout.contains("profile deployer"), "{audit:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_goes_on_as_who_is_named_in_its_plan_and_says_where_another_is_configured() {
    let desk = Desk::at("[[accounts]]\nname = \"main\"\nprofile = \"reader\"\nwrite_profile = \"deployer\"\n", 10.0).await;
    let typed = ["deploy", "till-prod", "--version", "v2", "--confirm", "till-prod"];
    let mut running = Program::new(&desk.folder, typed).with(desk.variables.clone()).command().stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(running.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(told.any(|line| line.contains("is Updating")), "it begins");
    running.kill().unwrap();
    running.wait().unwrap();
    let listed: Value = serde_json::from_str(&desk.run(&["operations", "list", "--json"]).stdout).unwrap();
    let id = listed["operations"][0]["id"].as_str().unwrap().to_owned();
    let plan = desk.run(&["operations", "resume", &id, "--plan"]);
    assert!(plan.stdout.contains("written with profile deployer"), "{plan:?}");
    desk.configure("[[accounts]]\nname = \"main\"\nprofile = \"reader\"\nwrite_profile = \"spare\"\n");
    let plan = desk.run(&["operations", "resume", &id, "--plan"]);
    let why = "is written by profile deployer, and the configuration of main says profile spare now: what is left to be sent is refused";
    assert!(plan.stdout.contains(why), "{plan:?}");
    assert_eq!(desk.count("UpdateEnvironment").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_that_is_not_there_writes_nothing_and_is_told_of() {
    let desk = Desk::with("[[accounts]]\nname = \"main\"\nprofile = \"reader\"\nwrite_profile = \"nobody\"\n").await;
    let typed = ["restart", "till-prod", "--confirm", "till-prod"];
    let mut running = Program::new(&desk.folder, typed).with(desk.variables.clone()).command().stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(running.stderr.take().unwrap()).lines().map(Result::unwrap);
    // It waits for the person to put that right.
    assert!(told.any(|line| line.contains("profile nobody is not in the AWS configuration files")), "it says why");
    running.kill().unwrap();
    running.wait().unwrap();
    assert_eq!(desk.count("RestartAppServer").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_account_behind_two_profiles_is_shown_once_and_said_to_be() {
    // The second one assumes a role there, so that the cloud can tell them apart.
    let desk = Desk::with("[[accounts]]\nprofile = \"reader\"\n[[accounts]]\nprofile = \"deployer\"\n").await;
    let told = desk.run(&["status", "--wait", "0"]);
    assert_eq!(told.stdout.matches("till-prod").count(), 1, "{told:?}");
    assert!(told.stderr.contains("deployer leads into the same account as reader: reader reads it, deployer stands by"), "{told:?}");
    let calls = desk.calls().await;
    let by_deployer: Vec<&str> =
        calls.iter().filter(|(_, caller)| caller.starts_with(DEPLOYER)).map(|(operation, _)| operation.as_str()).collect();
    assert_eq!(by_deployer, ["GetCallerIdentity"], "it says whose it is, and reads nothing");
    let json = desk.run(&["status", "--wait", "0", "--json"]);
    let document: Value = serde_json::from_str(&json.stdout).unwrap();
    let names: Vec<&str> = document["sources"].as_array().unwrap().iter().map(|source| source["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"account 111122223333 (deployer stands by for reader)"), "{names:?}");
    assert_eq!(document["environments"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stands_by_reads_where_the_first_profile_s_keys_are_not_good() {
    let desk = Desk::with("[[accounts]]\nprofile = \"stale\"\n[[accounts]]\nprofile = \"spare\"\n").await;
    let told = desk.run(&["status", "--wait", "0"]);
    assert_eq!(told.code, Some(3), "{told:?}");
    assert!(told.stdout.contains("till-prod"), "{told:?}");
    assert!(told.stderr.contains("profile stale") && told.stderr.contains("aws sso login --profile stale"), "{told:?}");
    let json: Value = serde_json::from_str(&desk.run(&["status", "--wait", "0", "--json"]).stdout).unwrap();
    assert_eq!(json["environments"][0]["name"], json!("till-prod"));
}

const MFA_ROLE: &str = r#"
[[mfa-role]]
arn = "arn:aws:iam::111122223333:role/guarded"
serial = "arn:aws:iam::111122223333:mfa/kim"
code = "123456"
"#;

/// What botocore calls the file that it keeps for that role.
const KEPT: &str = ".aws/cli/cache/c0499b73ac8748128faebc937db316c8c9ff9ade.json";

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_that_wants_a_code_is_told_of_with_what_asks_for_it_and_read_with_what_that_got() {
    let desk = Desk::on(&format!("{MFA_ROLE}{WORLD}"), "[[accounts]]\nprofile = \"further\"\n", 60.0).await;
    desk.profiles(
        "[profile guarded]\nrole_arn = arn:aws:iam::111122223333:role/guarded\nsource_profile = reader\n\
         mfa_serial = arn:aws:iam::111122223333:mfa/kim\n\
         [profile further]\nrole_arn = arn:aws:iam::111122223333:role/further\nsource_profile = guarded\nrole_session_name = kim\n",
    );
    let wanted = "profile further wants an MFA code of arn:aws:iam::111122223333:mfa/kim: run `aws sts get-caller-identity --profile further`, which asks for the code";
    let told = desk.run(&["status", "--wait", "0"]);
    assert!(told.stderr.contains(wanted), "{told:?}");
    let (_, key, secret) = desk.sim.account();
    let keep = |until: &str| {
        let kept = json!({"Credentials": {"AccessKeyId": key, "SecretAccessKey": secret, "SessionToken": "t", "Expiration": until}});
        desk.folder.write(KEPT, &kept.to_string())
    };
    // What is kept has run out.
    let _ = keep("2020-01-01T00:00:00UTC");
    let told = desk.run(&["status", "--wait", "0"]);
    assert!(told.stderr.contains(wanted), "{told:?}");
    let path = keep("2099-01-01T00:00:00UTC");
    let before = std::fs::read(&path).unwrap();
    let told = desk.run(&["status", "--wait", "0"]);
    assert!(told.stdout.contains("till-prod"), "{told:?}");
    assert_eq!(std::fs::read(&path).unwrap(), before, "it is the AWS command line's, and only read");
    let calls = desk.calls().await;
    assert!(calls.iter().any(|(_, caller)| caller == "arn:aws:sts::111122223333:assumed-role/further/kim"), "{calls:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_code_is_for_keys_nothing_asks_for_it_and_what_to_do_is_told() {
    let desk = Desk::on(&format!("{MFA_ROLE}{WORLD}"), "[[accounts]]\nprofile = \"guarded\"\n", 60.0).await;
    let (_, key, secret) = desk.sim.account();
    desk.profiles(&format!(
        "[profile guarded]\nrole_arn = arn:aws:iam::111122223333:role/guarded\nsource_profile = keys\n\
         [profile keys]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\nmfa_serial = arn:aws:iam::111122223333:mfa/kim\n",
    ));
    let told = desk.run(&["status", "--wait", "0"]);
    let wanted = "run `aws sts get-session-token --serial-number arn:aws:iam::111122223333:mfa/kim --token-code CODE --profile keys`";
    assert!(told.stderr.contains(wanted), "{told:?}");
}

/// Who writes is asked for its name, and for nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_says_whether_who_writes_can_be_got_at() {
    let credentials = |document: &Value| -> Vec<(String, String)> {
        let checks = document["checks"].as_array().unwrap().iter().filter(|check| check["area"] == "credentials");
        checks.map(|check| (check["verdict"].as_str().unwrap().to_owned(), check["sentence"].as_str().unwrap().to_owned())).collect()
    };
    let desk = Desk::with("[[accounts]]\nname = \"main\"\nprofile = \"reader\"\nwrite_profile = \"deployer\"\n").await;
    let told = desk.run(&["doctor", "--json"]);
    let document: Value = serde_json::from_str(&told.stdout).unwrap();
    let [_, (verdict, sentence)] = credentials(&document).try_into().unwrap();
    assert!(
        verdict == "pass"
            && sentence.starts_with("profile deployer can be had for writes: arn:aws:sts::111122223333:assumed-role/deployer/"),
        "{sentence}"
    );
    assert!(sentence.ends_with("only sts:GetCallerIdentity was asked with it"), "{sentence}");
    let calls = desk.calls().await;
    let by_deployer: Vec<&str> =
        calls.iter().filter(|(_, caller)| caller.starts_with(DEPLOYER)).map(|(operation, _)| operation.as_str()).collect();
    assert_eq!(by_deployer, ["GetCallerIdentity"]);
    // Where it cannot be assumed, that is told, and what to do.
    desk.sim.post("/_sim/faults", &json!({ "operation": "AssumeRole", "kind": "denied" })).await;
    let told = desk.run(&["doctor", "--json"]);
    let document: Value = serde_json::from_str(&told.stdout).unwrap();
    let [(reads, _), (verdict, sentence)] = credentials(&document).try_into().unwrap();
    assert!(reads == "pass" && verdict == "fail" && sentence.starts_with("profile deployer, which writes, cannot be had: "), "{sentence}");
    assert_eq!(told.code, Some(3), "{told:?}");
    let told = desk.run(&["doctor"]);
    assert!(told.stdout.contains("sts:AssumeRole"), "{told:?}");
}
