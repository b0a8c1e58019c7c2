//! Help, flags, and streams that nobody reads.

use std::process::Stdio;

use super::{Holds, Nothing, case, check};
use crate::support::program::{Folder, Program};

/// The flags that every subcommand takes.
const EVERYWHERE: [&str; 7] =
    ["--config <FILE>", "--profile <NAME>", "--region <REGION>", "--read-only", "--theme <THEME>", "--colors <COLORS>", "--help"];

#[test]
fn the_help_of_every_subcommand_names_every_flag() {
    let folder = Folder::new();
    for (subcommand, own) in [
        (&[][..], &["demo", "sim", "status", "config", "--version"][..]),
        (&["demo"], &["--scenario <NAME|FILE>", "--seed <N>", "--speed <N>"]),
        (
            &["sim"],
            &["--listen <ADDRESS>", "--config-out <FILE>", "--scenario <NAME|FILE>", "--seed <N>", "--speed <N>", "[default: 127.0.0.1:0]"],
        ),
        (&["status"], &["[ENV]...", "--json", "--app <APP>", "--tier <TIER>", "--wait <SECONDS>", "--all", "name@region"]),
        (
            &["deploy"],
            &["<ENV>...", "--version <LABEL>", "--canary", "--at-once", "--bake", "--on-failure", "--plan", "--yes", "--confirm"],
        ),
        (&["roll"], &["<GROUP>", "--version <TAG>", "--plan", "--json", "--yes", "--confirm <NAME|COUNT>", "--reason <TEXT>"]),
        (&["redeploy"], &["<ENV>...", "--at-once", "--on-failure", "--with-failed", "--plan", "--json", "--confirm", "--reason"]),
        (&["restart"], &["<ENV>...", "--at-once", "--on-failure", "--with-failed", "--plan", "--json", "--confirm", "--reason"]),
        (&["rebuild"], &["<ENV>", "--plan", "--json", "--confirm <NAME|COUNT>", "--reason <TEXT>"]),
        (&["abort"], &["<ENV>...", "--plan", "--json", "--yes"]),
        (&["swap"], &["<ENV>", "<OTHER>", "--plan", "--json", "--confirm <NAME|COUNT>", "--reason <TEXT>"]),
        (&["scale"], &["<ENV>...", "--min <N>", "--max <N>", "--plan", "--json", "--confirm", "--reason"]),
        (
            &["wave"],
            &["--app <APP>", "--version <LABEL>", "--canary", "--at-once", "--bake", "--on-failure", "- stop:", "- ask:", "- carry-on:"],
        ),
        (&["operations"], &["list", "show", "resume", "finish", "undo", "leave", "skip", "answer"]),
        (&["operations", "resume"], &["<ID>", "--plan", "--json", "--yes", "--confirm", "--reason"]),
        (&["operations", "undo"], &["<ID>", "--yes", "--json"]),
        (&["operations", "leave"], &["<ID>", "--reason <TEXT>", "--json"]),
        (&["operations", "skip"], &["<ID>", "<UNIT>", "--confirm", "--reason"]),
        (&["operations", "answer"], &["<ID>", "<ANSWER>", "done", "failed", "again", "--step <STEP>", "--reason"]),
        (&["audit"], &["[TEXT]", "--lines <N>", "--all", "--json"]),
        (&["config"], &["check", "example"]),
        (&["config", "check"], &[]),
        (&["config", "example"], &[]),
    ] {
        let help = Program::new(&folder, subcommand.iter().copied().chain(["--help"])).run();
        assert_eq!((help.code, help.stderr.as_str()), (Some(0), ""));
        for flag in EVERYWHERE.iter().chain(own) {
            assert!(help.stdout.contains(flag), "quarterdeck {subcommand:?} --help does not name {flag}:\n{}", help.stdout);
        }
        let (first, heading) = help.stdout.split_once("Options everywhere:").unwrap();
        assert!(!first.contains("--theme") && !heading.contains("--scenario"), "its own flags come first:\n{}", help.stdout);
        assert!(help.stdout.lines().all(|line| line.chars().count() <= 100), "{}", help.stdout);
    }
}

#[test]
fn what_cannot_be_meant_is_refused_with_advice() {
    let folder = Folder::new();
    check(
        &folder,
        &[],
        &[
            case(&["--version"], 0, Holds(&["quarterdeck "]), Nothing),
            case(&["--verison"], 2, Nothing, Holds(&["'--verison'", "'--version'"])),
            case(&["statsu"], 2, Nothing, Holds(&["'statsu'", "'status'"])),
            case(&["config"], 2, Nothing, Holds(&["check", "example"])),
            case(&["status", "--tier", "prod"], 2, Nothing, Holds(&["'prod'", "production, staging, development, preview, unknown"])),
            case(&["status", "--region", "us-west-1a"], 2, Nothing, Holds(&["is an availability zone: write its region, \"us-west-1\""])),
            case(&["--region", "US_West_1", "status"], 2, Nothing, Holds(&["write \"us-west-1\""])),
            case(&["status", "--region", "\u{1b}[31m/evil"], 2, Nothing, Holds(&["is no region: a region reads like \"us-west-1\""])),
            case(&["status", "--wait", "18446744073709551615"], 2, Nothing, Holds(&["0..=3600"])),
            case(&["status", "--wait", "-1"], 2, Nothing, Holds(&["-1"])),
            case(
                &["--theme", "solarized", "status"],
                2,
                Nothing,
                Holds(&["auto, dark, light, high-contrast, color-blind, sixteen, mono, own"]),
            ),
            case(&["demo", "--config", "mine.toml"], 2, Nothing, Holds(&["--config changes nothing here", "leave it out"])),
            case(&["--profile", "work", "demo"], 2, Nothing, Holds(&["--profile changes nothing here", "leave it out"])),
            case(&["deploy", "h-prod"], 2, Nothing, Holds(&["--version <LABEL>"])),
            case(&["restart"], 2, Nothing, Holds(&["<ENV>..."])),
            case(&["roll", "growl-dev"], 2, Nothing, Holds(&["--version <TAG>"])),
            case(&["scale", "h-prod", "--min", "-1", "--max", "2"], 2, Nothing, Holds(&["-1"])),
            case(&["wave", "--app", "h", "--version", "v2", "--on-failure", "shrug"], 2, Nothing, Holds(&["stop, ask, carry-on"])),
            case(&["operations", "leave", "x"], 2, Nothing, Holds(&["--reason <TEXT>"])),
            case(&["operations", "show", "x"], 2, Nothing, Holds(&["there is no operation \"x\""])),
            case(&["sim", "--read-only"], 2, Nothing, Holds(&["--read-only changes nothing here", "leave it out"])),
        ],
    );
}

#[test]
fn a_stream_that_nobody_reads_is_no_panic() {
    let folder = Folder::new();
    for typed in [&["config", "example"][..], &["config", "check"], &["--help"], &["config", "check", "--config", "missing"]] {
        let program = Program::new(&folder, typed);
        let expected = program.run().code;
        // Ends that are closed before anything is written to them.
        let (read_out, write_out) = std::io::pipe().unwrap();
        let (read_err, write_err) = std::io::pipe().unwrap();
        drop((read_out, read_err));
        let status = program.command().stdout(Stdio::from(write_out)).stderr(Stdio::from(write_err)).status().unwrap();
        assert_eq!(status.code(), expected, "{typed:?}");
    }
}
