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

/// What names a theme at the start goes before the one that was chosen in the console, and leaves it as it was.
#[tokio::test(flavor = "multi_thread")]
async fn the_theme_that_was_chosen_is_the_next_run_s_unless_one_is_named() {
    let (sim, folder) = (Sim::of(WORLD, 1.0).await, Folder::new());
    // The dark theme's own red, green and blue for what is well.
    let is_coloured = |terminal: &Terminal| String::from_utf8_lossy(terminal.raw()).contains("\u{1b}[38;");
    let open = |arguments: &[&str]| {
        let arguments: Vec<&str> = ["--region", "eu-west-1"].into_iter().chain(arguments.iter().copied()).collect();
        Opening::quarterdeck(&folder, &arguments).with(variables(&sim)).sized(120, 40).open()
    };
    let choose = |terminal: &mut Terminal, theme: &str| {
        terminal.send(":");
        terminal.wait_for("─ palette ─");
        terminal.send("theme\r");
        terminal.wait_for("─ theme ─");
        let below = match theme {
            "mono" => 6,
            _ => 1,
        };
        terminal.send(&"j".repeat(below));
        terminal.send("\r");
        terminal.wait_for(&format!("the theme is {theme}"));
    };
    tokio::task::block_in_place(|| {
        let mut terminal = open(&[]);
        terminal.wait_for("● Ok");
        assert!(is_coloured(&terminal));
        choose(&mut terminal, "mono");
        quit(terminal);
        let mut terminal = open(&[]);
        terminal.wait_for("● Ok");
        assert!(!is_coloured(&terminal), "the last choice");
        quit(terminal);
        let mut terminal = open(&["--theme", "dark"]);
        terminal.wait_for("● Ok");
        assert!(is_coloured(&terminal), "the flag");
        choose(&mut terminal, "dark");
        terminal.wait_for("for this session");
        quit(terminal);
        folder.write(".config/quarterdeck/config.toml", "[display]\ntheme = \"dark\"\n");
        let mut terminal = open(&[]);
        terminal.wait_for("● Ok");
        assert!(is_coloured(&terminal), "the configuration");
        quit(terminal);
        folder.write(".config/quarterdeck/config.toml", "");
        let mut terminal = open(&[]);
        terminal.wait_for("● Ok");
        assert!(!is_coloured(&terminal), "what was chosen for a session is not kept");
        quit(terminal);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn two_consoles_keep_the_views_of_both() {
    let (sim, folder) = (Sim::of(WORLD, 1.0).await, Folder::new());
    let save = |terminal: &mut Terminal, name: &str| {
        terminal.send("w");
        terminal.wait_for("─ views ─");
        terminal.send(&format!("{name}\x13"));
        terminal.wait_for(&format!("saved as {name}"));
    };
    tokio::task::block_in_place(|| {
        let (mut one, mut other) = (open(&folder, &sim), open(&folder, &sim));
        one.wait_for("● Ok");
        other.wait_for("● Ok");
        save(&mut one, "mine");
        quit(one);
        save(&mut other, "yours");
        quit(other);
        let mut terminal = open(&folder, &sim);
        terminal.wait_for("● Ok");
        terminal.send("w");
        terminal.wait_until("both views", |screen| screen.contents().contains("mine") && screen.contents().contains("yours"));
        terminal.send("\x1b");
        terminal.wait_until("the dialog is gone", |screen| !screen.contents().contains("mine"));
        quit(terminal);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_kept_is_told() {
    let (sim, folder) = (Sim::of(WORLD, 1.0).await, Folder::new());
    tokio::task::block_in_place(|| {
        let mut terminal = open(&folder, &sim);
        terminal.wait_for("● Ok");
        // In the place of the file is a folder.
        let file = folder.path().join(".local/state/quarterdeck/console.json");
        fs::create_dir_all(&file).unwrap();
        terminal.send("s");
        terminal.wait_for("are not kept");
        quit(terminal);
    });
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
