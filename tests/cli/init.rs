//! `quarterdeck init` and `quarterdeck doctor`: from nothing to a configuration that works.

use serde_json::{Value, json};

use super::{Holds, Nothing, case, check};
use crate::support::program::{Ended, Folder, Program};
use crate::support::sim::Sim;
use crate::support::systems;

/// What a person has before the first minute: keys for one account in the environment, profiles for the others, a token.
fn person(folder: &Folder, sim: &Sim) -> Vec<(String, String)> {
    let accounts = sim.accounts();
    let names = ["main", "growl", "eapd"];
    let profiles: String = accounts
        .iter()
        .zip(names)
        .skip(1)
        .map(|((key, secret), name)| format!("[{name}]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n"))
        .collect();
    folder.write(".aws/credentials", &profiles);
    let (endpoint, key, secret) = sim.account();
    let mut variables = vec![("AWS_ENDPOINT_URL", endpoint), ("AWS_ACCESS_KEY_ID", key), ("AWS_SECRET_ACCESS_KEY", secret)];
    if let Some((url, token)) = sim.github() {
        variables.extend([("GITHUB_API_URL", url), ("GITHUB_TOKEN", token)]);
    }
    let path = std::env::var("PATH").unwrap();
    variables.push(("PATH", path));
    variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn run(folder: &Folder, variables: &[(String, String)], arguments: &[&str]) -> Ended {
    let program = Program::new(folder, arguments).with(variables.to_vec());
    tokio::task::block_in_place(|| program.run())
}

/// The writes that the simulated cloud was asked for.
async fn writes(sim: &Sim) -> usize {
    let calls = sim.get("/_sim/calls").await;
    calls["calls"].as_array().unwrap().iter().filter(|call| call["write"] == true).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn from_nothing_to_a_configuration_for_all_five_systems() {
    let sim = Sim::built_in("default").await;
    let folder = Folder::new();
    let variables = person(&folder, &sim);
    let health = |name: &'static str| async { format!("{}/health", systems::url(&sim, name).await) };
    let (wit, ledger) = (format!("lion-1/wit={}", health("wit").await), format!("lion-2/ledger={}", health("ledger").await));
    let hosts = ["--host", "lion-1", "--app", wit.as_str(), "--host", "lion-2", "--app", ledger.as_str()];
    let typed: Vec<&str> = ["init", "--yes"].into_iter().chain(hosts).collect();
    let ended = run(&folder, &variables, &typed);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let path = folder.path().join(".config/quarterdeck/config.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    for (_, secret) in sim.accounts() {
        assert!(!text.contains(&secret) && !ended.stdout.contains(&secret) && !ended.stderr.contains(&secret));
    }
    let settings = quarterdeck::config::parse(&text, "config.toml").unwrap_or_else(|findings| panic!("{findings}\n{text}"));
    let repository = |app: &str| settings.catalogue.app(&app.into()).and_then(|app| app.repository.as_deref().map(str::to_owned));
    for (app, expected) in [
        ("h", "hypothesis/h"),
        ("h-websocket", "hypothesis/h"),
        ("lms", "hypothesis/lms"),
        ("growl", "growl-app/growl"),
        ("eapd", "Enterprise-CMCS/eAPD"),
        ("wit", "towlion/wit"),
    ] {
        assert_eq!(repository(app).as_deref(), Some(expected), "{app}\n{text}");
    }
    assert!(text.contains("Deployed by .github/workflows/"), "{text}");
    // What the names of Orchid's agencies do not tell is left for the person to say, and told.
    assert!(text.contains("#[[tiers]]\n#tier = \"production\"\n#app = \"orchid"), "{text}");
    assert!(ended.stderr.contains("tell no tier by their names: fill in [[tiers]] at the end of the file"), "{ended:?}");
    let checked = run(&folder, &variables, &["config", "check"]);
    assert!(checked.code == Some(0) && checked.stdout.contains("3 accounts"), "{checked:?}");

    let status = run(&folder, &variables, &["status", "--json", "--wait", "0"]);
    assert_eq!(status.code, Some(0), "{status:?}");
    let document: Value = serde_json::from_str(&status.stdout).unwrap();
    let rows = document["environments"].as_array().unwrap();
    let of = |platform: &str| rows.iter().filter(|row| row["platform"] == platform).count();
    assert!(of("beanstalk") >= 95, "{}", of("beanstalk"));
    // Production, staging and three previews; two groups; two apps on servers.
    assert_eq!((of("target-group"), of("tagged-ec2"), of("host")), (2, 5, 2), "{text}");

    let doctor = run(&folder, &variables, &["doctor", "--json"]);
    let document: Value = serde_json::from_str(&doctor.stdout).unwrap();
    assert_eq!(doctor.code, Some(0), "{document:#}");
    let verdicts = |area: &str| {
        let checks = document["checks"].as_array().unwrap().iter().filter(|check| check["area"] == area);
        checks.map(|check| check["verdict"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(verdicts("credentials"), ["pass", "pass", "pass"]);
    assert_eq!(verdicts("clock"), ["pass", "pass"], "AWS's and GitHub's");
    assert_eq!((verdicts("configuration"), verdicts("state")), (vec!["pass".into()], vec!["pass".into()]));
    assert_eq!(document["policies"], json!([]));
    assert_eq!(writes(&sim).await, 0, "neither has changed anything");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_over_unasked_or_where_a_flag_is_wrong() {
    let sim = Sim::built_in("steady").await;
    let folder = Folder::new();
    let variables = person(&folder, &sim);
    folder.write(".config/quarterdeck/config.toml", "# mine");
    folder.write("mine.toml", "# mine, too");
    tokio::task::block_in_place(|| {
        check(
            &folder,
            &variables,
            &[
                case(&["init", "--yes"], 2, Nothing, Holds(&["config.toml is there already: nothing is written over it", "--output"])),
                case(&["init", "--yes", "--output", "mine.toml"], 2, Nothing, Holds(&["mine.toml is there already"])),
                case(&["init", "--output", "new.toml"], 2, Nothing, Holds(&["nobody is there to be asked", "--yes", "--print"])),
                case(&["init", "--print", "--yes"], 2, Nothing, Holds(&["--print", "--yes"])),
                case(&["init", "--print", "--config", "x"], 2, Nothing, Holds(&["--config changes nothing here", "--output"])),
                case(&["init", "--print", "--app", "lion/wit"], 2, Nothing, Holds(&["--app speaks of lion, which no --host names"])),
                case(&["init", "--print", "--host", "lion", "--folder", "lion"], 2, Nothing, Holds(&["write HOST=PATH"])),
                case(&["init", "--print", "--host", "lion=-oProxyCommand=x"], 2, Nothing, Holds(&["ssh"])),
            ],
        );
    });
    assert_eq!(std::fs::read_to_string(folder.path().join("mine.toml")).unwrap(), "# mine, too");
    assert_eq!(sim.get("/_sim/calls").await["calls"], json!([]), "what cannot be written is not looked for");
    // It prints what it would write, whatever is there.
    let ended = run(&folder, &variables, &["init", "--print"]);
    assert!(ended.code == Some(0) && ended.stdout.contains("regions = [\"eu-west-1\"]"), "{ended:?}");
    assert!(quarterdeck::config::parse(&ended.stdout, "printed").is_ok(), "{}", ended.stdout);
    let mut names = folder.names();
    names.sort();
    assert_eq!(names, [".aws", ".config", "mine.toml"]);
}

/// What does not answer is a comment with its reason; the rest is written.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_locked_out_is_a_comment() {
    let sim = Sim::built_in("steady").await;
    let folder = Folder::new();
    let mut variables = person(&folder, &sim);
    folder.write(".aws/config", "[profile gone]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = x\n[sso-session corp]\nsso_start_url = https://corp.example.com\nsso_region = us-east-1\n");
    let ended = run(&folder, &variables, &["init", "--yes", "--output", "deep/new.toml"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let text = std::fs::read_to_string(folder.path().join("deep/new.toml")).unwrap();
    assert!(text.contains("#profile = \"gone\"") && text.contains("# Not read: "), "{text}");
    // Nobody at all: nothing is written.
    variables.retain(|(name, _)| !name.starts_with("AWS_"));
    let ended = run(&folder, &variables, &["init", "--yes", "--output", "other.toml", "--profile", "gone"]);
    assert!(ended.code == Some(1) && ended.stderr.contains("nothing was found"), "{ended:?}");
    assert!(!folder.path().join("other.toml").exists());
}

/// A server whose login is named is asked what runs there.
const SSH: &str = "#!/bin/sh\ncase \"$*\" in\n*ops@ill*) echo 'Permission denied (publickey).' >&2; exit 255;;\nesac\n\
    printf 'quarterdeck 2\\n'\n\
    for app in wit ledger wit-pr-7; do printf 'container\\tp\\t/opt/apps/%s\\tc\\trunning\\tUp 3 hours\\t-\\n' \"$app\"; done\n\
    printf 'containers\\nend\\n'\n";

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_on_a_server_is_found_by_logging_in_to_it() {
    let folder = Folder::new();
    let ssh = folder.write("bin/ssh", SSH);
    std::fs::set_permissions(&ssh, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", folder.path().join("bin").display());
    let variables = [("PATH".to_owned(), path)];
    let ended = run(&folder, &variables, &["init", "--print", "--host", "lion=ops@lion", "--app", "lion/wit=https://wit.example.com/"]);
    let settings = quarterdeck::config::parse(&ended.stdout, "printed").unwrap_or_else(|findings| panic!("{findings}\n{ended:?}"));
    let [host] = settings.catalogue.hosts.as_slice() else { panic!("{ended:?}") };
    assert_eq!(host.folder.as_deref(), Some("/opt/apps"));
    let apps: Vec<(&str, bool)> = host.apps.iter().map(|app| (app.name.as_str(), app.health.is_some())).collect();
    assert_eq!(apps, [("wit", true), ("ledger", false)], "{}", ended.stdout);
    // One that lets nobody in is written as it was named.
    let ended = run(&folder, &variables, &["init", "--print", "--host", "ill=ops@ill"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.stderr.contains("ill: ") && ended.stderr.contains("written as it was named"), "{ended:?}");
    assert!(ended.stdout.contains("ssh = \"ops@ill\""), "{ended:?}");
}
