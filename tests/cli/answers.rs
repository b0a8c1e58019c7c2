//! What nobody but a person can tell: it is answered, and the operation comes to its end. And a person who leaves before
//! anything was told.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;

use quarterdeck::model::operation::fact::{Fact, Stamped};
use quarterdeck::operations::Kept;
use quarterdeck::ops::journal::Record as _;

use crate::support::desk::Desk;
use crate::support::fleet::{ago, key};
use crate::support::operations::{began, restart, step};

/// Where a program keeps what it does, below its home.
const STATE: &str = ".local/state/quarterdeck";

/// A restart whose answer was lost, of which no look could tell anything; its id.
async fn asked(desk: &Desk, salt: u32) -> String {
    let mut facts = restart(salt, 100, &[key("us-west-1", "till-staging")]);
    facts.push(began(step(0), 60));
    facts.push(Stamped { at: ago(5), fact: Fact::Unclear { spot: step(0), why: "its answer was lost".into() } });
    let Fact::Planned { plan } = facts[0].fact.clone() else { panic!() };
    let kept = Kept::in_folder(&desk.folder.path().join(STATE));
    kept.journals.create(&plan.id).unwrap().append(facts).await.unwrap();
    plan.id.to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_person_says_became_of_it_ends_the_operation_and_nothing_is_sent() {
    let desk = Desk::quick().await;
    for (salt, answer, code, state) in [(1, "done", 0, "succeeded"), (2, "failed", 1, "failed")] {
        let id = asked(&desk, salt).await;
        let shown = desk.run(&["operations", "show", &id]);
        assert!(shown.stdout.starts_with("interrupted: restart the servers"), "{shown:?}");
        let question = "? nobody can tell what became of \"restart the application servers\" till-staging us-west-1: its answer was lost\n";
        assert!(shown.stdout.contains(question), "{shown:?}");
        let commands = ["answer", "resume", "undo", "leave"].map(|word| format!("quarterdeck operations {word} {id}"));
        assert!(commands.iter().all(|command| shown.stdout.contains(command)), "{shown:?}");
        let unreasoned = desk.run(&["operations", "answer", &id, answer, "--yes"]);
        assert!(unreasoned.code == Some(4) && unreasoned.stderr.contains("a reason is needed"), "{unreasoned:?}");
        let said = desk.json(&["operations", "answer", &id, answer, "--yes", "--reason", "looked at it", "--json"], code);
        assert_eq!(said["state"], state, "{said}");
        let shown = desk.run(&["operations", "show", &id]);
        assert!(shown.stdout.contains("looked at it"), "{shown:?}");
        // It is over: there is nothing left to be said of it.
        let again = desk.run(&["operations", "answer", &id, answer, "--yes", "--reason", "looked at it"]);
        assert!(again.code == Some(4) && again.stderr.contains("nothing was sent"), "{again:?}");
    }
    assert!(desk.sim.writes().await.is_empty());
}

/// The audit log is a pipe that nobody reads: what is confirmed gets no further than that, until somebody does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_before_anything_is_told_sends_nothing_and_says_what_there_is() {
    let desk = Desk::quick().await;
    std::fs::create_dir_all(desk.folder.path().join(STATE)).unwrap();
    let log = desk.folder.path().join(STATE).join("audit.jsonl");
    assert!(std::process::Command::new("mkfifo").arg(&log).status().unwrap().success());
    let mut command = desk.program(&["restart", "till-staging", "--yes"]).command();
    let mut running = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(running.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(told.any(|line| line.contains("confirmed with --yes")));
    assert!(std::process::Command::new("kill").arg("-INT").arg(running.id().to_string()).status().unwrap().success());
    let mut complaints = BufReader::new(running.stderr.take().unwrap());
    let mut said = String::new();
    // Only once the signal has been heard: the pipe cannot be synced, and who is told so first ends with that.
    while !said.contains("nothing else is begun") {
        assert_ne!(complaints.read_line(&mut said).unwrap(), 0, "it ended without: {said}");
    }
    let reading = std::thread::spawn(move || std::fs::read_to_string(log).unwrap());
    complaints.read_to_string(&mut said).unwrap();
    let ended = running.wait().unwrap();
    assert_eq!(ended.code(), Some(130), "{said}");
    assert!(desk.sim.writes().await.is_empty(), "{said}");
    let recorded = reading.join().unwrap();
    assert!(recorded.contains("restart the application servers of till-staging"), "{recorded}");
    let listed = desk.json(&["operations", "list", "--json"], 0);
    for operation in listed["operations"].as_array().unwrap() {
        let id = operation["id"].as_str().unwrap();
        assert!(said.contains(&format!("quarterdeck operations resume {id}")), "{said}");
    }
}
