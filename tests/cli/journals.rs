//! Journals that were damaged, or that a newer program has written: told with their path, left as they are, acted on by
//! nobody. Other operations go on.

use crate::support::desk::{Desk, TILL, TILL_CONFIGURATION};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_journal_is_told_and_kept_and_nobody_acts_on_it() {
    let desk = Desk::at(TILL, TILL_CONFIGURATION, 10.0).await;
    let _ = desk.signalled(&["deploy", "till-staging", "--version", "v2", "--yes"], "KILL");
    let id = desk.newest();
    let path = desk.folder.path().join(format!(".local/state/quarterdeck/operations/{id}.jsonl"));
    let whole = std::fs::read(&path).unwrap();
    let (plan, rest) = whole.split_at(whole.iter().position(|byte| *byte == b'\n').unwrap() + 1);
    let newer = String::from_utf8(whole.clone()).unwrap().replace("{\"version\":1,\"at\"", "{\"version\":99,\"at\"");
    for (damaged, says) in [
        (Vec::new(), "holds no whole line"),
        (vec![0; 500], "holds no whole line"),
        (plan[..plan.len() / 2].to_vec(), "holds no whole line"),
        (rest.to_vec(), "its first fact is not a plan"),
        ([plan, &rest[rest.len() / 3..]].concat(), "line 2 of the journal"),
        ([plan, b"garbage\n", rest].concat(), "line 2 of the journal"),
        ([plan, b"{\"version\":1,\"at\":\"\xff\xfe\"}\n", rest].concat(), "line 2 of the journal"),
        (newer.into_bytes(), "its version is 99, and this program understands 1"),
    ] {
        std::fs::write(&path, &damaged).unwrap();
        let listed = desk.run(&["operations"]);
        assert!(listed.code == Some(3) && listed.stdout.is_empty(), "{says}: {listed:?}");
        assert!(listed.stderr.contains(says) && listed.stderr.contains(path.to_str().unwrap()), "{says}: {listed:?}");
        for typed in [&["show", &id][..], &["resume", &id, "--yes"], &["undo", &id, "--yes"], &["leave", &id, "--reason", "x"]] {
            let ended = desk.run(&[&["operations"], typed].concat());
            assert!(ended.code == Some(1) && ended.stderr.matches(says).count() == 1, "{typed:?}: {ended:?}");
        }
        assert_eq!(std::fs::read(&path).unwrap(), damaged, "{says}");
    }
    // Whether it has left something half done is not known, and that is said. The others go on.
    let hindered = desk.run(&["restart", "till-blue", "--confirm", "till-blue"]);
    assert!(hindered.code == Some(4) && hindered.stdout.contains("its journal cannot be read"), "{hindered:?}");
    let other = desk.run(&["restart", "till-blue", "--confirm", "till-blue", "--reason", "its journal was looked at"]);
    assert_eq!(other.code, Some(0), "{other:?}");
    // What stands there twice has happened once.
    std::fs::write(&path, [plan, plan, rest, &rest[..=rest.iter().position(|byte| *byte == b'\n').unwrap()]].concat()).unwrap();
    let resumed = desk.run(&["operations", "resume", &id, "--yes"]);
    assert_eq!(resumed.code, Some(0), "{resumed:?}");
    assert_eq!(desk.sim.writes().await, ["UpdateEnvironment", "RestartAppServer"]);
}
