//! The generated parts of the documents are what the program says of itself, and their links lead somewhere.
//!
//! `QUARTERDECK_BLESS=1 cargo test --test main readme` writes them anew.

mod picture;

use std::fmt::Write as _;
use std::path::PathBuf;

use quarterdeck::app::command::{COMMANDS, Scope};
use quarterdeck::app::keymap::Keymap;
use quarterdeck::aws::beanstalk::words::{COLORS, HEALTH_STATUSES, STATUSES, TARGET_STATES};
use quarterdeck::cli::Arguments;

fn path(document: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(document)
}

/// A document with what stands between a part's marks replaced.
fn with(text: &str, part: &str, content: &str) -> String {
    let (begin, end) = (format!("<!-- {part}:begin -->\n"), format!("<!-- {part}:end -->"));
    let (before, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("the document has no mark {begin}"));
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("the document has no mark {end}"));
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
fn the_tables_of_the_documents_are_the_program_s_own() {
    for (document, part, table) in
        [("doc/keys.md", "keys", keys()), ("doc/console.md", "words", words()), ("doc/command-line.md", "commands", commands())]
    {
        let text = std::fs::read_to_string(path(document)).unwrap();
        let wanted = with(&text, part, &table);
        if std::env::var_os("QUARTERDECK_BLESS").is_some() {
            std::fs::write(path(document), &wanted).unwrap();
            continue;
        }
        assert!(text == wanted, "the table in {document} is old: run QUARTERDECK_BLESS=1 cargo test --test main readme");
    }
}

/// The documents of the folder of the project and of `doc`.
fn documents() -> Vec<PathBuf> {
    let inside = ["", "doc"].into_iter().flat_map(|folder| std::fs::read_dir(path(folder)).unwrap());
    inside.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|end| end == "md")).collect()
}

/// As GitHub makes anchors of headings: lower case, words with hyphens between, nothing else.
fn anchors(text: &str) -> Vec<String> {
    let headings = text.lines().filter_map(|line| line.strip_prefix('#')).map(|line| line.trim_start_matches('#').trim());
    let anchor = |heading: &str| {
        let kept = heading.to_lowercase().chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).collect::<String>();
        kept.replace(' ', "-")
    };
    headings.map(anchor).collect()
}

#[test]
fn every_link_of_the_documents_leads_somewhere() {
    let mut seen = 0;
    for document in documents() {
        let text = std::fs::read_to_string(&document).unwrap();
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
        for target in targets.filter(|target| !target.contains("://")) {
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let leads_to = if file.is_empty() { document.clone() } else { document.parent().unwrap().join(file) };
            assert!(leads_to.exists(), "{} links to {target}, which is not there", document.display());
            let is_there = anchor.is_empty() || anchors(&std::fs::read_to_string(&leads_to).unwrap()).iter().any(|own| own == anchor);
            assert!(is_there, "{} links to {target}, which has no such heading", document.display());
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen} links were found");
}
