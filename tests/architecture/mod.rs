//! Who may import whom: the arrows of `ARCHITECTURE.md`, read out of the sources.

mod failures;
mod imports;
mod mutants;

use std::path::{Path, PathBuf};

use imports::{imports, is_short_name};

/// What a folder below `src` may import of this crate, and which crates only it may name.
struct Rule {
    folder: &'static str,
    may_import: &'static [&'static str],
}

const RULES: &[Rule] = &[
    Rule { folder: "model", may_import: &[] },
    Rule { folder: "app", may_import: &["model"] },
    Rule { folder: "ui", may_import: &["app", "model", "ops::clock"] },
    Rule { folder: "ops", may_import: &["model"] },
    Rule { folder: "aws", may_import: &["model", "ops::port", "ops::limit", "ops::clock", "ops::output"] },
    Rule { folder: "github", may_import: &["model", "ops::port", "ops::limit", "ops::clock"] },
    Rule { folder: "hosts", may_import: &["model", "ops::port", "ops::limit", "ops::clock", "ops::output", "ops::process"] },
    Rule {
        folder: "config",
        may_import: &["model", "app::command", "app::custom", "app::key", "app::keymap", "ui::theme", "ui::own_theme"],
    },
];

/// Crates with the folders that may name them. `main`, `cli`, `shell` and `log` stand at the edge.
const CRATES: &[(&str, &[&str])] = &[
    ("ratatui", &["ui"]),
    ("crossterm", &["ui"]),
    ("octocrab", &["github"]),
    ("rustix", &["ops::process", "ui"]),
    ("tokio_rustls", &["hosts"]),
    ("toml", &["config"]),
    ("open", &["shell"]),
    ("clap", &["cli", "main"]),
    ("quarterdeck_sim", &["cli::demo", "cli::sim"]),
    ("tracing_subscriber", &["log"]),
    ("tracing_appender", &["log"]),
];

/// Crates that do something to the outside: none of them in the pure folders.
const IMPURE: &[&str] =
    &["tokio", "futures_util", "tokio_util", "fastrand", "std::fs", "std::net", "std::process", "std::env", "std::thread"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every source file with its module path, the simulated cloud's left out.
fn sources() -> Vec<(String, PathBuf)> {
    let mut folders = vec![root()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && path != root().join("sim") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push((module_of(&path), path));
            }
        }
    }
    files.sort();
    files
}

/// `src/aws/error/sentence.rs` is `aws::error::sentence`; `mod.rs`, and a crate's `lib.rs`, is its folder.
fn module_of(path: &Path) -> String {
    let relative = path.strip_prefix(root()).unwrap().with_extension("");
    let parts: Vec<&str> = relative.iter().map(|part| part.to_str().unwrap()).collect();
    match parts.as_slice() {
        [folders @ .., "mod" | "lib"] if !folders.is_empty() => folders.join("::"),
        whole => whole.join("::"),
    }
}

fn below(module: &str, parent: &str) -> bool {
    module == parent || module.strip_prefix(parent).is_some_and(|rest| rest.starts_with("::"))
}

#[test]
fn folders_import_only_what_their_arrows_allow() {
    let mut broken = Vec::new();
    for (module, path) in sources() {
        let Some(rule) = RULES.iter().find(|rule| below(&module, rule.folder)) else { continue };
        for import in imports(&path, &module) {
            let Some(own) = import.path.strip_prefix("crate::") else { continue };
            let allowed = is_short_name(&module, own) || below(own, rule.folder) || rule.may_import.iter().any(|other| below(own, other));
            if !allowed {
                broken.push(format!("{}:{} imports {own}, which {} may not", path.display(), import.line, rule.folder));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn crates_are_named_only_where_they_belong() {
    let mut broken = Vec::new();
    for (module, path) in sources() {
        for import in imports(&path, &module) {
            let name = import.path.split("::").next().unwrap_or("");
            let aws = name.starts_with("aws_") && !below(&module, "aws");
            let foreign = CRATES.iter().any(|(known, places)| *known == name && !places.iter().any(|place| below(&module, place)));
            if aws || foreign {
                broken.push(format!("{}:{} names {name}", path.display(), import.line));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_model_and_the_app_touch_nothing_outside() {
    let mut broken = Vec::new();
    for (module, path) in sources().into_iter().filter(|(module, _)| below(module, "model") || below(module, "app")) {
        for import in imports(&path, &module) {
            if IMPURE.iter().any(|impure| below(&import.path, impure)) {
                broken.push(format!("{}:{} uses {}", path.display(), import.line, import.path));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// The two agree by what goes over the wire, not by shared code.
#[test]
fn the_simulated_cloud_shares_nothing_with_what_reads_it() {
    let manifest = std::fs::read_to_string(root().join("sim/Cargo.toml")).unwrap();
    for name in ["aws-", "smithy", "octocrab", "quarterdeck ", "quarterdeck="] {
        assert!(!manifest.lines().any(|line| line.trim_start().starts_with(name)), "src/sim/Cargo.toml depends on {name}");
    }
}

#[test]
fn every_rule_speaks_of_sources_that_are_there() {
    let modules: Vec<String> = sources().into_iter().map(|(module, _)| module).collect();
    assert!(modules.len() > 50, "{}", modules.len());
    for rule in RULES {
        assert!(modules.iter().any(|module| below(module, rule.folder)), "there is no src/{}", rule.folder);
    }
    let text = "use crate::{ui::theme as t, model}; fn f() { crate::aws::x(); super::super::shell::y(); } mod tests { use super::super::key::Key; }";
    let planted = imports::of(text, "app::fleet");
    let paths: Vec<&str> = planted.iter().map(|import| import.path.as_str()).collect();
    assert_eq!(paths, ["crate::ui::theme", "crate::model", "crate::aws::x", "crate::shell::y", "crate::app::key::Key"]);
    let planted = imports::of("use crate::{call, model::id}; use quarterdeck_core::app; fn f() { super::told::x(); }", "aws::chain");
    let paths: Vec<&str> = planted.iter().map(|import| import.path.as_str()).collect();
    assert_eq!(paths, ["crate::aws::call", "crate::model::id", "crate::app", "crate::aws::told::x"]);
}
