//! `quarterdeck sim`: what it prints, and what it refuses.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::Stdio;

use serde_json::{Value, json};

use super::{Holds, Nothing, case, check};
use crate::support::program::{Folder, Program};
use crate::support::sim::Sim;

#[test]
fn the_simulated_cloud_prints_the_variables_that_lead_to_it() {
    let folder = Folder::new();
    let mut child = Program::new(&folder, ["sim", "--scenario", "steady"]).command().stdout(Stdio::piped()).spawn().unwrap();
    let lines: Vec<String> = BufReader::new(child.stdout.take().unwrap()).lines().take(3).map(Result::unwrap).collect();
    let values: Vec<(&str, &str)> = lines.iter().map(|line| line.strip_prefix("export ").unwrap().split_once('=').unwrap()).collect();
    assert_eq!(
        values.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        ["AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
    );
    let address = values[0].1.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET /_sim/world HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").unwrap();
    let mut world = String::new();
    stream.read_to_string(&mut world).unwrap();
    assert!(world.contains("shop-prod"), "{world}");
    // The variables are enough to read it.
    let status = Program::new(&folder, ["status", "--wait", "0"]).with(values).run();
    assert!(status.code == Some(0) && status.stdout.contains("shop-staging"), "{status:?}");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_world_that_cannot_be_is_refused_with_a_sentence() {
    let folder = Folder::new();
    folder.write("bad.toml", "[[environment]]\nname = \"x\"\nregion = \"eu-west-1\"\ncolour = \"red\"\n");
    folder.write("text.toml", "this is no scenario");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap();
    check(
        &folder,
        &[],
        &[
            case(&["sim", "--listen", "0.0.0.0:4566"], 2, Nothing, Holds(&["loopback only", "use 127.0.0.1:4566 instead of 0.0.0.0:4566"])),
            case(&["sim", "--listen", "4566"], 2, Nothing, Holds(&["write an address and a port, such as 127.0.0.1:4566"])),
            case(
                &["sim", "--scenario", "nope"],
                2,
                Nothing,
                Holds(&["there is no built-in scenario of that name", "default, beanstalk, basic"]),
            ),
            case(&["sim", "--scenario", "missing.toml"], 2, Nothing, Holds(&["cannot read the scenario missing.toml"])),
            case(&["sim", "--scenario", "bad.toml"], 2, Nothing, Holds(&["bad.toml", "colour"])),
            case(&["sim", "--scenario", "text.toml"], 2, Nothing, Holds(&["text.toml", "line 1"])),
            case(&["sim", "--speed", "-2"], 2, Nothing, Holds(&["write a number above 0 and up to 1000"])),
            case(&["sim", "--speed", "NaN"], 2, Nothing, Holds(&["write a number above 0 and up to 1000"])),
            case(&["sim", "--seed", "x"], 2, Nothing, Holds(&["--seed"])),
        ],
    );
    let busy = Program::new(&folder, ["sim", "--listen", &port.to_string()]).run();
    assert_eq!((busy.code, busy.stdout.as_str()), (Some(2), ""), "{busy:?}");
    assert!(busy.stderr.contains(&format!("cannot listen on {port}")) && busy.stderr.contains("port 0"), "{busy:?}");
}

/// A simulated cloud in a process of its own, which ends with this.
struct Process(std::process::Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Serves a world, and returns the variables that it prints up to the last.
fn serving(folder: &Folder, arguments: &[&str]) -> (Process, Vec<(String, String)>) {
    let mut child = Program::new(folder, arguments).command().stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut variables = Vec::new();
    for line in lines {
        let (name, value) = line.strip_prefix("export ").unwrap().split_once('=').unwrap();
        variables.push((name.to_owned(), value.trim_matches('\'').to_owned()));
        if name == "AWS_SECRET_ACCESS_KEY" {
            break;
        }
    }
    (Process(child), variables)
}

#[test]
fn the_whole_mission_is_one_document() {
    let folder = Folder::new();
    let (_process, variables) = serving(&folder, &["sim", "--config-out", "whole fleet.toml"]);
    let value = |name: &str| variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap();
    assert!(value("QUARTERDECK_CONFIG").ends_with("/whole fleet.toml"), "{variables:?}");
    let ended = Program::new(&folder, ["status", "--json", "--wait", "0"]).with(variables.clone()).run();
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended:?}");
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    let rows = document["environments"].as_array().unwrap();
    let of = |platform: &str| rows.iter().filter(|row| row["platform"] == platform).count();
    assert!(of("beanstalk") >= 95, "{}", of("beanstalk"));
    assert_eq!((of("target-group"), of("tagged-ec2"), of("host")), (2, 5, 6));
    let row = |key: &str| rows.iter().find(|row| row["key"] == key).unwrap_or_else(|| panic!("{key} in {document:#}"));
    // GitHub's record is read too: where nothing on the machines tells a version, and where a pull request is over.
    let production = row("tagged-ec2:777788889999:us-east-1:production");
    assert_eq!(
        (&production["version"]["source"], &production["version"]["confidence"]),
        (&"github commit status".into(), &"derived".into())
    );
    assert_eq!(row("host:lion-1:-:wit")["version"]["source"], "github deployment");
    assert!(row("tagged-ec2:777788889999:us-east-1:pr-4310")["health"]["causes"].to_string().contains("an orphan"));
    assert!(row("host:lion-2:-:ledger")["health"]["causes"].to_string().contains("open alert #14"));
    let sources = document["sources"].as_array().unwrap();
    let github = sources.iter().find(|source| source["name"].as_str().unwrap().starts_with("github ")).unwrap();
    assert!(github["ok"] == true && github["calls"].as_u64() > Some(0) && github["at"].is_string(), "{github}");
}

#[test]
fn a_file_that_is_there_is_not_written_over() {
    let folder = Folder::new();
    for taken in ["mine.toml", "other.toml.aws"] {
        folder.write(taken, "# mine");
        let name = taken.trim_end_matches(".aws");
        let ended = Program::new(&folder, ["sim", "--config-out", name]).run();
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{ended:?}");
        assert!(ended.stderr.contains(&format!("{taken} is there already: nothing is written over it")), "{ended:?}");
        assert_eq!(std::fs::read_to_string(folder.path().join(taken)).unwrap(), "# mine");
    }
    assert!(!folder.path().join("other.toml").exists(), "all of it or nothing");
}

/// What only GitHub tells is unknown then, and whoever asked is told why: soon, and not with a 0.
#[tokio::test(flavor = "multi_thread")]
async fn a_github_that_fails_is_a_source_that_did_not_answer() {
    let sim = Sim::built_in("towlion").await;
    let folder = Folder::new();
    folder.write(".config/quarterdeck/config.toml", &sim.configuration("towlion"));
    let (url, token) = sim.github().unwrap();
    let variables = [("GITHUB_API_URL".to_owned(), url), ("GITHUB_TOKEN".to_owned(), token)];
    for (fault, says) in [
        (json!({"service": "github", "kind": "expired"}), "Bad credentials"),
        (json!({"service": "github", "kind": "status", "value": 503}), "503"),
        (json!({"service": "github", "operation": "GET /repos/{owner}/{repo}/deployments", "kind": "denied"}), "towlion/ledger"),
        (json!({"service": "github", "kind": "unreachable"}), "within 10 s"),
    ] {
        sim.post("/_sim/faults", &fault).await;
        let program = Program::new(&folder, ["status", "--json", "--wait", "0"]).with(variables.clone());
        let ended = tokio::task::block_in_place(|| program.run());
        sim.delete("/_sim/faults").await;
        assert_eq!(ended.code, Some(3), "{fault}: {ended:?}");
        let document: Value = serde_json::from_str(&ended.stdout).unwrap();
        let sources = document["sources"].as_array().unwrap();
        let github = sources.iter().find(|source| source["name"].as_str().unwrap().starts_with("github ")).unwrap();
        assert!(github["error"].as_str().is_some_and(|error| error.contains(says)), "{fault}: {github}");
        assert!(document["environments"].as_array().unwrap().iter().any(|row| row["key"] == "host:lion-2:-:ledger"));
    }
}
