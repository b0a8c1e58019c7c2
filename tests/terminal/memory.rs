//! What is kept between two runs of the console on a cloud that answers, and on one that does not.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use serde_json::json;

use crate::cli::status::variables;
use crate::support::program::Folder;
use crate::support::pty::{Opening, Terminal};
use crate::support::sim::Sim;

const WORLD: &str = "[[environment]]\napp = \"shop\"\nname = \"shop-prod\"\nregion = \"eu-west-1\"\nversion = \"v2\"\n";

fn open(folder: &Folder, sim: &Sim) -> Terminal {
    Opening::quarterdeck(folder, &["--region", "eu-west-1"]).with(variables(sim)).sized(120, 40).open()
}

fn quit(mut terminal: Terminal) {
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
}

fn kept(folder: &Folder) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder.path().join(".local/state/quarterdeck/memory")).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_run_begins_with_what_this_one_knew() {
    let (sim, folder) = (Sim::of(WORLD, 1.0).await, Folder::new());
    tokio::task::block_in_place(|| {
        let mut terminal = open(&folder, &sim);
        terminal.wait_for("● Ok");
        quit(terminal);
    });
    let [file] = kept(&folder).try_into().unwrap();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    sim.post("/_sim/faults", &json!({"kind": "unreachable"})).await;
    tokio::task::block_in_place(|| {
        let mut terminal = open(&folder, &sim);
        terminal.wait_until("what was known", |screen| screen.contents().contains("shop-prod") && screen.contents().contains("Ok"));
        assert!(terminal.screen().contents().contains('◌'), "{}", terminal.screen().contents());
        quit(terminal);
    });
    // What could not be read again is known still.
    sim.delete("/_sim/faults").await;
    tokio::task::block_in_place(|| {
        let mut terminal = open(&folder, &sim);
        terminal.wait_until("what is read", |screen| screen.contents().contains("● Ok") && !screen.contents().contains('◌'));
        quit(terminal);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_run_looks_as_this_one_was_left() {
    let (sim, folder) = (Sim::of(WORLD, 1.0).await, Folder::new());
    folder.write(".config/quarterdeck/config.toml", "[[views]]\nname = \"all of it\"\n");
    tokio::task::block_in_place(|| {
        let mut terminal = open(&folder, &sim);
        terminal.wait_for("● Ok");
        terminal.send("s");
        terminal.wait_for("HEALTH▴");
        terminal.send("w");
        // Keys typed before a dialog was drawn do not reach it.
        terminal.wait_for("─ views ─");
        terminal.send("mine\x13");
        terminal.wait_for("saved as mine");
        quit(terminal);
        let mut terminal = open(&folder, &sim);
        terminal.wait_for("HEALTH▴");
        terminal.send("w");
        terminal.wait_until("both views", |screen| screen.contents().contains("all of it") && screen.contents().contains("mine"));
        terminal.send("\x1b");
        terminal.wait_until("the dialog is gone", |screen| !screen.contents().contains("all of it"));
        quit(terminal);
    });
    let file = folder.path().join(".local/state/quarterdeck/console.json");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_understood_is_left_out_and_said() {
    let (sim, folder) = (Sim::of(WORLD, 1.0).await, Folder::new());
    tokio::task::block_in_place(|| {
        let mut terminal = open(&folder, &sim);
        terminal.wait_for("● Ok");
        quit(terminal);
        let [file] = kept(&folder).try_into().unwrap();
        fs::write(&file, "{\"format\":\"quarterdeck fleet\",\"version\":7}").unwrap();
        let mut terminal = open(&folder, &sim);
        terminal.wait_for("what was known from the last run is left out");
        terminal.wait_for("● Ok");
        quit(terminal);
        assert!(fs::read_to_string(&file).unwrap().contains("shop-prod"), "and kept anew");
    });
}
