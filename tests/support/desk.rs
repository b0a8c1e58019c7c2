//! A person at a machine with a folder of its own: commands in, codes and sentences out, in a world of their own.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use serde_json::Value;

use super::program::{Ended, Folder, Program};
use super::sim::Sim;

/// A till, and versions that come to different ends.
pub const TILL: &str = r#"
[[application]]
name = "till"
regions = ["us-west-1"]

[[application.version]]
label = "v2"
created = "-1h"

[[application.version]]
label = "v3-broken"
created = "-1h"
fails_at = 2

[[environment]]
app = "till"
names = ["till-prod", "till-blue", "till-staging"]
region = "us-west-1"
version = "v1"
instances = 3
policy = "Rolling"
batch = "1"
"#;

/// The configuration of it.
pub const TILL_CONFIGURATION: &str =
    "regions = [\"us-west-1\"]\n[apps.till]\n[[tiers]]\ntier = \"staging\"\nenvironments = [\"till-staging\"]\n";

/// A world, and how a person at some machine gets to it.
pub struct Desk {
    pub sim: Sim,
    pub folder: Folder,
    pub variables: Vec<(String, String)>,
}

impl Desk {
    /// A world, and a configuration of it.
    pub async fn at(world: &str, configuration: &str, speed: f64) -> Self {
        let sim = Sim::of(world, speed).await;
        let (folder, variables) = (Folder::new(), sim.variables());
        folder.write(".config/quarterdeck/config.toml", configuration);
        Self { sim, folder, variables }
    }

    /// A world whose minutes take a second or less.
    pub async fn quick() -> Self {
        Self::at(TILL, TILL_CONFIGURATION, 60.0).await
    }

    /// A command that is to be run.
    pub fn program(&self, typed: &[&str]) -> Program<'_> {
        Program::new(&self.folder, typed).with(self.variables.clone())
    }

    /// Runs a command to its end.
    pub fn run(&self, typed: &[&str]) -> Ended {
        self.program(typed).run()
    }

    /// What a command prints as JSON when it ends with this code.
    pub fn json(&self, typed: &[&str], code: i32) -> Value {
        let ended = self.run(typed);
        assert_eq!(ended.code, Some(code), "{typed:?}: {ended:?}");
        serde_json::from_str(&ended.stdout).unwrap()
    }

    /// Begins a command, and ends it by this signal once its update goes on; its exit code, and what it said until then.
    pub fn signalled(&self, typed: &[&str], signal: &str) -> (Option<i32>, String) {
        let mut running = self.program(typed).command().stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut told = BufReader::new(running.stderr.take().unwrap()).lines().map(Result::unwrap);
        let mut said: Vec<String> = Vec::new();
        for line in told.by_ref() {
            let is_begun = line.contains("is Updating");
            said.push(line);
            if is_begun {
                break;
            }
        }
        let id = running.id().to_string();
        assert!(std::process::Command::new("kill").arg(format!("-{signal}")).arg(id).status().unwrap().success());
        said.extend(told);
        (running.wait().unwrap().code(), said.join("\n"))
    }

    /// The id of the newest operation.
    pub fn newest(&self) -> String {
        let listed = self.json(&["operations", "list", "--json"], 0);
        listed["operations"][0]["id"].as_str().unwrap().to_owned()
    }
}
