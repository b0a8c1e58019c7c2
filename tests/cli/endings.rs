//! How a run without a screen ends when somebody wants it to.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use quarterdeck::app::headless;
use quarterdeck::app::operations::{Carrier, Known};
use quarterdeck::app::plans::Intent;
use quarterdeck::app::plans::operation::{Deed, Wanted};
use quarterdeck::app::state::State;
use quarterdeck::cli::session::{Session, is_listed};
use quarterdeck::config;
use quarterdeck::locks::{self, Keeping};
use quarterdeck::model::id::EnvironmentKey;
use quarterdeck::model::operation::fact::Spot;
use quarterdeck::operations::{self, Kept};
use quarterdeck::ops::audit::Audit;
use quarterdeck::shell::Ways;
use serde_json::json;

use crate::support::program::{Folder, Program};
use crate::support::sim::Sim;

/// A server that never answers.
const CONFIGURATION: &str = r#"
[[hosts]]
name = "lion-1"
ssh = "deploy@lion-1.example.com"
folder = "/opt/apps"
[[hosts.apps]]
name = "wit"
"#;

/// Stands for ssh: says that it has begun, does not heed being interrupted, and holds a pipe open for as long as it or
/// what it has started is there.
const SSH: &str = "#!/bin/sh\ntrap '' INT\nexec 3>\"$PIPE\"\necho begun >&3\nsleep 600 &\nwait\n";

#[tokio::test]
async fn nothing_that_was_started_outlives_an_interrupt() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let folder = Folder::new();
        let ssh = folder.write("bin/ssh", SSH);
        std::fs::set_permissions(&ssh, std::fs::Permissions::from_mode(0o755)).unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let config = folder.write("quarterdeck.toml", CONFIGURATION);
        let path = format!("{}:{}", folder.path().join("bin").display(), std::env::var("PATH").unwrap());
        let variables = [("PATH", path), ("PIPE", pipe.to_str().unwrap().to_owned())];
        let program = Program::new(&folder, ["status", "--config", config.to_str().unwrap()]).with(variables);
        let mut running = program.command().stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
        // Waits until somebody writes, and from then on as long as anybody may.
        let (begun, mut rest) = tokio::task::spawn_blocking(move || {
            use std::io::Read as _;
            let mut held = std::fs::File::open(pipe).unwrap();
            let mut begun = [0; 6];
            held.read_exact(&mut begun).unwrap();
            (begun, held)
        })
        .await
        .unwrap();
        assert_eq!(&begun, b"begun\n");
        assert!(std::process::Command::new("kill").arg(format!("-{signal}")).arg(running.id().to_string()).status().unwrap().success());
        assert_eq!(running.wait().unwrap().code(), Some(code), "{signal}");
        let left = tokio::task::spawn_blocking(move || {
            use std::io::Read as _;
            rest.read_to_end(&mut Vec::new()).unwrap()
        });
        assert_eq!(left.await.unwrap(), 0, "{signal}");
    }
}

const TILL: &str = r#"
[[application]]
name = "till"
regions = ["us-west-1"]

[[environment]]
app = "till"
name = "till-staging"
region = "us-west-1"
version = "v1"
instances = 1
policy = "AllAtOnce"
"#;

/// Long enough for any machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// The answer of a request that is on its way when the end comes is waited for, and whoever listens is told of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_came_of_the_last_request_is_told() {
    let (sim, folder) = (Sim::of(TILL, 1.0).await, Folder::new());
    let till = "[[accounts]]\nname = \"sim-0\"\nregions = [\"us-west-1\"]\n[[tiers]]\ntier = \"staging\"\nenvironments = [\"till-*\"]\n";
    let ways = Ways {
        connections: sim.connections(),
        github: None,
        locks: locks::Way { keeping: Keeping::Memory, audit: Ok(Audit::nowhere()) },
        operations: operations::Way { keeping: Ok(Kept::in_folder(folder.path())), audit: Ok(Audit::nowhere()) },
    };
    let mut session = Session::over(&config::parse(till, "the test's configuration").unwrap_or_else(|why| panic!("{why}")), ways);
    assert!(session.until(PATIENCE, |state| is_listed(state) && !state.operations.is_unread).await);
    let fault = json!({"service": "elasticbeanstalk", "operation": "RestartAppServer", "kind": "latency", "value": 2000});
    sim.post("/_sim/faults", &fault).await;
    let key: EnvironmentKey = "beanstalk:111122223333:us-west-1:till-staging".parse().unwrap();
    let intent = Intent::Operate(Box::new(Wanted::new(Deed::Restart, vec![key])));
    headless::propose(&mut session.state, &intent).unwrap();
    let said = quarterdeck::app::decision::Said { yes: true, proof: None, reason: Some("x") };
    let order = headless::confirm(&mut session.state, said).unwrap();
    let id = order.id().clone();
    let effect = headless::order(&mut session.state, order);
    session.perform(effect);
    let step = Spot::Step { unit: 0, step: 0 };
    let begun = |state: &State| state.operations.get(&id).is_some_and(|known: &Known| known.operation.begun(step).is_some());
    assert!(session.until(PATIENCE, begun).await);
    let (state, is_written) = session.close(PATIENCE).await;
    let known = state.operations.get(&id).unwrap();
    assert_eq!((is_written, known.carrier), (true, Carrier::Nobody), "it is let go of");
    assert!(known.operation.begun(step).unwrap().receipt.is_some(), "what was answered is known");
}
