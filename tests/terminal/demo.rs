//! The demo: on any machine, whatever is configured there, and without a trace.

use std::time::{Duration, Instant};

use crate::support::program::{BINARY, Folder};
use crate::support::pty::Opening;

/// What must not matter: AWS settings that lead nowhere, and this program's own that are wrong.
const HOSTILE: [(&str, &str); 17] = [
    ("AWS_ACCESS_KEY_ID", "garbage"),
    ("AWS_SECRET_ACCESS_KEY", "garbage"),
    ("AWS_SESSION_TOKEN", "garbage"),
    ("AWS_PROFILE", "missing"),
    ("AWS_REGION", "nowhere"),
    ("AWS_CONFIG_FILE", "/nonexistent/config"),
    ("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials"),
    ("AWS_ENDPOINT_URL", "not a url"),
    ("AWS_USE_FIPS_ENDPOINT", "true"),
    ("AWS_USE_DUALSTACK_ENDPOINT", "true"),
    ("HTTP_PROXY", "http://127.0.0.1:1"),
    ("http_proxy", "http://127.0.0.1:1"),
    ("HTTPS_PROXY", "::garbage::"),
    ("ALL_PROXY", "http://127.0.0.1:1"),
    ("QUARTERDECK_CONFIG", "/nonexistent/config.toml"),
    ("QUARTERDECK_THEME", "garbage"),
    ("QUARTERDECK_READ_ONLY", "garbage"),
];

#[test]
fn the_demo_opens_with_an_empty_environment() {
    let folder = Folder::new();
    let mut terminal = Opening::bare(&folder, &[BINARY, "demo"]).open();
    terminal.wait_for_fleet();
    terminal.wait_for("h-prod");
    terminal.wait_for("demo");
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
}

#[test]
fn the_demo_does_not_care_what_the_environment_says() {
    let folder = Folder::new();
    let mut terminal = Opening::quarterdeck(&folder, &["demo"]).with(HOSTILE).open();
    terminal.wait_for_fleet();
    terminal.wait_for("h-prod");
    terminal.wait_until("every region is read", |screen| !screen.contents().contains('▲') || screen.contents().contains("● "));
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
}

#[test]
#[expect(clippy::disallowed_methods, reason = "nothing tells of the end of a process that is nobody's child any more: it is looked for")]
fn the_demo_leaves_no_file_behind() {
    let folder = Folder::new();
    let mut terminal = Opening::watched(&folder, &["demo"]).open();
    terminal.wait_for_fleet();
    terminal.send("q");
    terminal.wait_for_restored(0);
    // The repositories of its world are taken away by a shell that outlives it, whatever ends it.
    let patience = Instant::now() + Duration::from_secs(20);
    while !folder.names().is_empty() && Instant::now() < patience {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(folder.names(), [""; 0], "home, working directory and temporary files are one folder");
}

#[test]
fn another_scenario_is_another_world() {
    let folder = Folder::new();
    let mut terminal = Opening::quarterdeck(&folder, &["demo", "--scenario", "steady"]).open();
    terminal.wait_for_fleet();
    terminal.wait_for("shop-staging");
    assert!(!terminal.screen().contents().contains("h-prod"));
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
}

#[test]
fn every_system_comes_with_its_configuration() {
    for (scenario, environment) in [("growl", "growl-prod"), ("eapd", "pr-4310"), ("towlion", "wit-pr-27"), ("default", "growl-prod")] {
        let folder = Folder::new();
        let mut terminal = Opening::quarterdeck(&folder, &["demo", "--scenario", scenario]).sized(140, 42).open();
        terminal.wait_for(environment);
        terminal.send("q");
        assert!(terminal.wait_for_end().success());
    }
}

#[test]
fn a_scenario_that_makes_no_sense_is_said_before_the_screen_is_taken() {
    let folder = Folder::new();
    folder.write("bad.toml", "[[environment]]\nname = 7\n");
    for (arguments, says) in [
        (&["demo", "--scenario", "nope"][..], "there is no built-in scenario of that name"),
        (&["demo", "--scenario", "bad.toml"], "bad.toml"),
        (&["demo", "--speed", "0"], "write a number above 0"),
    ] {
        let mut terminal = Opening::watched(&folder, arguments).open();
        terminal.wait_for_restored(2);
        assert!(terminal.screen().contents().contains(says), "{}", terminal.screen().contents());
        assert!(!String::from_utf8_lossy(terminal.raw()).contains("\x1b[?"), "the terminal was not touched");
    }
}
