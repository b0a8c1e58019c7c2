//! The generated parts of the README are what the program says of itself.
//!
//! `QUARTERDECK_BLESS=1 cargo test --test main readme` writes them anew.

mod picture;

use std::fmt::Write as _;
use std::path::PathBuf;

use quarterdeck::app::command::{COMMANDS, Scope};
use quarterdeck::app::keymap::Keymap;
use quarterdeck::aws::beanstalk::words::{COLORS, HEALTH_STATUSES, STATUSES, TARGET_STATES};
use quarterdeck::cli::Arguments;

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("README.md")
}

/// The README with what stands between a part's marks replaced.
fn with(text: &str, part: &str, content: &str) -> String {
    let (begin, end) = (format!("<!-- {part}:begin -->\n"), format!("<!-- {part}:end -->"));
    let (before, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("the README has no mark {begin}"));
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("the README has no mark {end}"));
    format!("{before}{begin}{content}{end}{after}")
}

fn keys() -> String {
    let keymap = Keymap::default();
    let mut table = "| where | keys | command | what |\n|---|---|---|---|\n".to_owned();
    for scope in Scope::ALL {
        for command in COMMANDS.iter().filter(|command| command.scope == scope && !command.keys.is_empty()) {
            let keys: Vec<String> = keymap.keys(command.id).iter().map(|key| format!("`{key}`")).collect();
            writeln!(table, "| {} | {} | `{}` | {} |", scope.title(), keys.join(" "), command.name, command.sentence).unwrap();
        }
    }
    table
}

fn words() -> String {
    let mut table = "| Elastic Beanstalk says | in | Quarterdeck shows |\n|---|---|---|\n".to_owned();
    for (word, level) in HEALTH_STATUSES {
        writeln!(table, "| {word} | health status (enhanced health) | {level} |").unwrap();
    }
    for (word, level) in COLORS {
        writeln!(table, "| {word} | color (basic health) | {level} |").unwrap();
    }
    for (word, kind) in STATUSES {
        let shown = kind.map_or_else(|| "no activity".to_owned(), |kind| format!("activity {kind}"));
        writeln!(table, "| {word} | status | {shown} |").unwrap();
    }
    for (word, level) in TARGET_STATES {
        writeln!(table, "| {word} | target's state (an instance of basic health) | {level} |").unwrap();
    }
    table
}

/// The commands that change environments and tell of that, as their own help has them.
fn commands() -> String {
    use clap::CommandFactory as _;
    let mut program = Arguments::command();
    program.build();
    let mut table = "| command | what |\n|---|---|\n".to_owned();
    for name in ACTING {
        let command = program.find_subcommand(name).unwrap_or_else(|| panic!("there is no command {name}"));
        write_row(&mut table, command);
        for own in command.get_subcommands().filter(|own| own.get_name() != "help") {
            write_row(&mut table, own);
        }
    }
    table
}

const ACTING: [&str; 11] = ["deploy", "roll", "redeploy", "restart", "rebuild", "abort", "swap", "scale", "wave", "operations", "audit"];

fn write_row(table: &mut String, command: &clap::Command) {
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").replace(" [OPTIONS]", "").replace('|', "\\|");
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    writeln!(table, "| `{usage}` | {about}. |").unwrap();
}

#[test]
fn the_readme_s_tables_are_the_program_s_own() {
    let text = std::fs::read_to_string(path()).unwrap();
    let wanted = with(&with(&with(&text, "keys", &keys()), "words", &words()), "commands", &commands());
    if std::env::var_os("QUARTERDECK_BLESS").is_some() {
        std::fs::write(path(), &wanted).unwrap();
        return;
    }
    assert!(text == wanted, "the README's tables are old: run QUARTERDECK_BLESS=1 cargo test --test main readme");
}
