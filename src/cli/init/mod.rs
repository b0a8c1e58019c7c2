//! `quarterdeck init`: looks for what there is, and writes a configuration that a person can go on with.
//!
//! Reads only. Nothing is written over, nothing is written unasked, and what is written has no mistakes.

mod accounts;
mod conclude;
mod found;
mod repositories;
mod servers;
mod tagging;
mod write;

use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;

use self::accounts::Cloud;
use self::found::{DraftHost, DraftHostedApp};
use super::{Common, Exit, answer, complain, environment_variable, refuse};
use crate::config::{Place, Settings};
use crate::model::fault::FaultKind;
use crate::model::id::Repository;
use crate::model::safe_text::safe;
use crate::sources;

/// What `init` takes.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Write it there instead of the usual place.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print it, and write nothing.
    #[arg(long, conflicts_with_all = ["output", "yes"])]
    print: bool,
    /// Write it without asking.
    #[arg(long)]
    yes: bool,
    /// A server of your own, with how ssh reaches it: what runs there is looked for by one login that changes nothing; may be given several times.
    #[arg(long = "host", value_name = "NAME[=USER@HOST]")]
    hosts: Vec<String>,
    /// An app on such a server, with the page that says how it is; may be given several times.
    #[arg(long = "app", value_name = "HOST/APP[=URL]")]
    apps: Vec<String>,
    /// The folder of such a server whose folders are apps, such as shop-1=/opt/apps.
    #[arg(long = "folder", value_name = "HOST=PATH")]
    folders: Vec<String>,
    /// A repository on GitHub that an app may come from, beside those that the token sees.
    #[arg(long = "repository", value_name = "OWNER/NAME")]
    repositories: Vec<String>,
}

/// Runs `quarterdeck init`.
pub async fn run(common: &Common, options: Options) -> Exit {
    if common.config.is_some() {
        return refuse("--config", "init reads no configuration, and --output says where to write one");
    }
    let (mut hosts, path) = match hosts(&options).and_then(|hosts| Ok((hosts, target(&options)?))) {
        Ok(wanted) => wanted,
        Err(sentence) => {
            complain(&safe(&sentence));
            return Exit::Usage;
        }
    };
    let cloud = match accounts::find(common, !hosts.is_empty()).await {
        Ok(cloud) => cloud,
        Err(sentence) => {
            complain(&sentence);
            return Exit::Failed;
        }
    };
    if cloud.accounts.is_empty() && hosts.is_empty() {
        complain(&"nothing was found: log in to an account first (aws sso login, aws configure), or name a server with --host");
        return Exit::Failed;
    }
    let is_partial = !cloud.closed.is_empty() || cloud.unread > 0;
    let is_let_in = servers::look(&mut hosts).await;
    let Drafted { text, is_known, open } = drafted(cloud, hosts, &options).await;
    if let Err(findings) = crate::config::parse(&text, "what init has found") {
        complain(&format!("what was found makes no configuration, which is a mistake in Quarterdeck:\n{findings}"));
        return Exit::Failed;
    }
    let exit = deliver(&text, path.as_deref(), options.yes);
    if matches!(exit, Exit::Complete) {
        for sentence in &open {
            complain(sentence);
        }
    }
    match exit {
        Exit::Complete if is_partial || !is_known || !is_let_in => Exit::Partial,
        exit => exit,
    }
}

/// What would be written.
struct Drafted {
    /// The file's text.
    text: String,
    /// Whether all was read that there is a token for.
    is_known: bool,
    /// What is left for a person to fill in.
    open: Vec<String>,
}

async fn drafted(cloud: Cloud, hosts: Vec<DraftHost>, options: &Options) -> Drafted {
    let Cloud { accounts, closed, .. } = cloud;
    let mut draft = conclude::draft(accounts, hosts);
    let mut named: Vec<Repository> = options.repositories.iter().map(|name| Repository::from(name.as_str())).collect();
    named.extend(repositories::of_this_folder().await);
    let asked = repositories::find(&mut draft, sources::github(&Settings::default()).settings, named).await;
    if let Err(fault) = &asked {
        complain(&safe(&format!("{fault}; apps are written without their repositories")));
    }
    // Whoever has no token has nothing there to be read.
    let is_known = asked.is_ok() || asked.is_err_and(|fault| fault.kind == FaultKind::Expired);
    Drafted { text: write::text(&draft, &closed), is_known, open: write::left_open(&draft) }
}

/// The servers that were named.
fn hosts(options: &Options) -> Result<Vec<DraftHost>, String> {
    let mut hosts: Vec<DraftHost> = Vec::new();
    for text in &options.hosts {
        let (name, ssh) = parted(text);
        hosts.push(DraftHost { name: name.to_owned(), ssh: ssh.map(str::to_owned), ..DraftHost::default() });
    }
    let at = |name: &str, flag: &str| {
        let known = hosts.iter().position(|host| host.name == name);
        known.ok_or_else(|| format!("{flag} speaks of {name}, which no --host names"))
    };
    let mut apps = Vec::new();
    for text in &options.apps {
        let (whole, page) = parted(text);
        let (host, app) = whole.split_once('/').ok_or_else(|| format!("--app {text}: write HOST/APP, or HOST/APP=URL"))?;
        apps.push((at(host, "--app")?, app.to_owned(), page.map(str::to_owned)));
    }
    let mut folders = Vec::new();
    for text in &options.folders {
        let (host, path) = text.split_once('=').ok_or_else(|| format!("--folder {text}: write HOST=PATH"))?;
        folders.push((at(host, "--folder")?, path.to_owned()));
    }
    for (index, app, page) in apps {
        hosts
            .get_mut(index)
            .into_iter()
            .for_each(|host| host.apps.push(DraftHostedApp { name: app.clone(), page: page.clone(), path: None }));
    }
    for (index, path) in folders {
        hosts.get_mut(index).into_iter().for_each(|host| host.folder = Some(path.clone()));
    }
    let written = write::text(&found::Draft { hosts: hosts.clone(), ..found::Draft::default() }, &[]);
    // A flag that makes a mistake is told before anything is looked for.
    crate::config::parse(&written, "--host, --app and --folder").map_err(|findings| findings.to_string())?;
    Ok(hosts)
}

fn parted(text: &str) -> (&str, Option<&str>) {
    text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)))
}

/// Where to write; nowhere for `--print`.
fn target(options: &Options) -> Result<Option<PathBuf>, String> {
    if options.print {
        return Ok(None);
    }
    let usual = || crate::config::usual_file(&environment_variable);
    let path = options.output.clone().or_else(usual).ok_or("there is no usual place without HOME: name a file with --output")?;
    if path.exists() {
        return Err(is_there(&path));
    }
    if !options.yes && !std::io::stdin().is_terminal() {
        return Err("nobody is there to be asked: --yes writes without asking, --print shows what would be written".to_owned());
    }
    Ok(Some(path))
}

fn is_there(path: &Path) -> String {
    format!(
        "{} is there already: nothing is written over it; --output names another file, --print shows what would be written",
        path.display()
    )
}

/// Prints it or writes it, once a person has said so.
fn deliver(text: &str, path: Option<&Path>, is_agreed: bool) -> Exit {
    let Some(path) = path else { return if answer(text) { Exit::Complete } else { Exit::Failed } };
    if !is_agreed && !asked(text, path) {
        complain(&"nothing was written");
        return Exit::Refused;
    }
    if let Err(sentence) = written(text, path) {
        complain(&safe(&sentence));
        return Exit::Failed;
    }
    let summary = crate::config::check(&Place::Named(path.to_path_buf()), &environment_variable);
    let summary = summary.map_or_else(|error| error.to_string(), |summary| summary.to_string());
    if answer(&format!("{summary}\nquarterdeck doctor says what is in its way; quarterdeck opens the console.\n")) {
        Exit::Complete
    } else {
        Exit::Failed
    }
}

/// Shows what would be written, and asks.
fn asked(text: &str, path: &Path) -> bool {
    let mut out = std::io::stderr();
    let question = format!("{text}\nWrite this to {}? [y/N] ", safe(&path.display().to_string()));
    if out.write_all(question.as_bytes()).and_then(|()| out.flush()).is_err() {
        return false;
    }
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).is_ok() && matches!(line.trim(), "y" | "Y" | "yes")
}

/// Writes a new file, and the folders that lead to it.
fn written(text: &str, path: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::AlreadyExists => is_there(path),
        _ => format!("cannot write {}: {error}; name another file with --output", path.display()),
    };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    crate::files::create_named(path, text.as_bytes()).map_err(failed)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_is_written_is_for_this_person_and_over_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/config.toml");
        assert_eq!(written("one", &path), Ok(()));
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(written("two", &path), Err(is_there(&path)));
        assert_eq!(std::fs::read(&path).unwrap(), b"one");
        // No folder can be made within a file.
        assert_eq!(deliver("x", Some(&path.join("x.toml")), true), Exit::Failed);
    }
}
