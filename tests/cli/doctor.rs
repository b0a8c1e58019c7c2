//! `quarterdeck doctor`: what is wrong, where, and what to do about it.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::support::program::{Ended, Folder, Program};
use crate::support::sim::Sim;

fn variables(sim: &Sim) -> Vec<(String, String)> {
    let (endpoint, key, secret) = sim.account();
    let mut variables = vec![("AWS_ENDPOINT_URL", endpoint), ("AWS_ACCESS_KEY_ID", key), ("AWS_SECRET_ACCESS_KEY", secret)];
    if let Some((url, token)) = sim.github() {
        variables.extend([("GITHUB_API_URL", url), ("GITHUB_TOKEN", token)]);
    }
    variables.push(("PATH", std::env::var("PATH").unwrap()));
    variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn doctor(folder: &Folder, variables: &[(String, String)]) -> (Ended, Value) {
    let program = Program::new(folder, ["doctor", "--json"]).with(variables.to_vec());
    let ended = tokio::task::block_in_place(|| program.run());
    let document = serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:?}"));
    (ended, document)
}

/// The checks of an area that came out so.
fn checks<'d>(document: &'d Value, area: &str, verdict: &str) -> Vec<&'d Value> {
    let all = document["checks"].as_array().unwrap();
    all.iter().filter(|check| check["area"] == area && check["verdict"] == verdict).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_call_is_named_with_the_statement_that_allows_it() {
    let sim = Sim::built_in("beanstalk").await;
    let folder = Folder::new();
    folder.write(".config/quarterdeck/config.toml", "regions = [\"us-west-1\", \"ca-central-1\"]\n");
    let denied = json!({"service": "elasticbeanstalk", "operation": "DescribeEvents", "region": "ca-central-1", "kind": "denied"});
    sim.post("/_sim/faults", &denied).await;
    let (ended, document) = doctor(&folder, &variables(&sim));
    assert_eq!(ended.code, Some(3), "{document:#}");
    let failed = checks(&document, "permissions", "fail");
    assert_eq!(failed.len(), 1, "{document:#}");
    let sentence = failed[0]["sentence"].as_str().unwrap();
    assert!(sentence.starts_with("elasticbeanstalk:DescribeEvents in ca-central-1: "), "{sentence}");
    let statement = &document["policies"][0]["policy"]["Statement"][0];
    assert_eq!((&statement["Action"], &statement["Effect"]), (&json!(["elasticbeanstalk:DescribeEvents"]), &json!("Allow")));
    assert_eq!(document["policies"][0]["account"], "111122223333");
    // What is allowed is told too, and that nothing was tried that changes something.
    assert!(checks(&document, "permissions", "pass")[0]["sentence"].as_str().unwrap().contains("DescribeInstancesHealth"));
    assert!(checks(&document, "permissions", "unknown")[0]["sentence"].as_str().unwrap().contains("not tried"));
    let calls = sim.get("/_sim/calls").await;
    assert!(calls["calls"].as_array().unwrap().iter().all(|call| call["write"] == false));
    // A person reads the same.
    let printed = Program::new(&folder, ["doctor"]).with(variables(&sim));
    let printed = tokio::task::block_in_place(|| printed.run());
    assert!(printed.code == Some(3) && printed.stdout.contains("  ✖ default: elasticbeanstalk:DescribeEvents"), "{printed:?}");
    assert!(printed.stdout.contains("This would allow what account 111122223333 denies:"), "{printed:?}");
    let upshot = printed.stdout.lines().last().unwrap();
    assert!(upshot.starts_with("✖ ") && upshot.contains("to mend, begin with Permissions"), "{printed:?}");
    assert!(!printed.stdout.contains('\u{1b}'), "no colours where nobody looks: {printed:?}");
    for secret in variables(&sim).iter().filter(|(name, _)| name.contains("SECRET") || name.contains("TOKEN")).map(|(_, value)| value) {
        assert!(!ended.stdout.contains(secret) && !printed.stdout.contains(secret) && !printed.stderr.contains(secret));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_credentials_and_a_wrong_token_leave_nothing_to_check() {
    let sim = Sim::built_in("beanstalk").await;
    let folder = Folder::new();
    folder.write(".config/quarterdeck/config.toml", "regions = [\"us-west-1\"]\n[apps.h]\nrepository = \"hypothesis/h\"\n");
    sim.post("/_sim/faults", &json!({"kind": "expired"})).await;
    let (ended, document) = doctor(&folder, &variables(&sim));
    assert_eq!(ended.code, Some(1), "{document:#}");
    assert_eq!((checks(&document, "credentials", "fail").len(), checks(&document, "github", "fail").len()), (1, 1), "{document:#}");
    assert!(checks(&document, "permissions", "fail").is_empty(), "nobody is told of permissions that could not be tried");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_that_the_token_lacks_is_named_with_its_repository() {
    let sim = Sim::built_in("beanstalk").await;
    let folder = Folder::new();
    folder.write(
        ".config/quarterdeck/config.toml",
        "regions = [\"us-west-1\"]\n[apps.h]\nrepository = \"hypothesis/h\"\n[apps.x]\nrepository = \"nobody/nothing\"\n",
    );
    let denied = json!({"service": "github", "operation": "GET /repos/{owner}/{repo}/actions/runs", "kind": "denied"});
    sim.post("/_sim/faults", &denied).await;
    let (ended, document) = doctor(&folder, &variables(&sim));
    assert_eq!(ended.code, Some(3), "{document:#}");
    let failed = checks(&document, "github", "fail");
    let about: Vec<&str> = failed.iter().map(|check| check["about"].as_str().unwrap()).collect();
    assert_eq!(about, ["hypothesis/h", "nobody/nothing"], "{document:#}");
    assert!(failed[0]["sentence"].as_str().unwrap().contains("actions of hypothesis/h"), "{document:#}");
    assert!(failed[0]["remedy"].as_str().unwrap().contains("actions: read"));
    assert!(checks(&document, "github", "pass")[0]["sentence"].as_str().unwrap().contains("jo-mercer"), "{document:#}");
}

/// What stands in for ssh: one host lets in, of the other the key is not known.
const SSH: &str = "#!/bin/sh\ncase \"$*\" in\n-V) echo 'OpenSSH_9.9p1' >&2;;\n*ops@well*) exit 0;;\n*) echo 'Host key verification failed.' >&2; exit 255;;\nesac\n";

#[tokio::test(flavor = "multi_thread")]
async fn each_host_is_logged_in_to_and_the_configuration_has_to_be_right() {
    let folder = Folder::new();
    let host = |name: &str| format!("[[hosts]]\nname = \"{name}\"\nssh = \"ops@{name}\"\nfolder = \"/opt/apps\"\n");
    folder.write(".config/quarterdeck/config.toml", &format!("{}{}", host("well"), host("ill")));
    let ssh = folder.write("bin/ssh", SSH);
    std::fs::set_permissions(&ssh, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", folder.path().join("bin").display());
    let (ended, document) = doctor(&folder, &[("PATH".to_owned(), path.clone())]);
    assert_eq!(ended.code, Some(3), "{document:#}");
    let passed: Vec<&Value> = checks(&document, "ssh", "pass").iter().map(|check| &check["about"]).collect();
    assert_eq!(passed, [&Value::Null, &json!("well")], "{document:#}");
    let failed = checks(&document, "ssh", "fail");
    assert!(failed.len() == 1 && failed[0]["sentence"].as_str().unwrap().contains("host key of"), "{document:#}");
    assert_eq!(document["schema"], 1);
    folder.write(".config/quarterdeck/config.toml", "regoins = []\n");
    let ended = tokio::task::block_in_place(|| Program::new(&folder, ["doctor"]).with([("PATH", path)]).run());
    assert!(ended.code == Some(2) && ended.stdout.is_empty() && ended.stderr.contains("did you mean"), "{ended:?}");
}
