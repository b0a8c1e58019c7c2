//! Where the file is, whether it must be there, and what the program is told.
//!
//! The only part that touches the file system; it only reads.

use std::fmt;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::finding::Findings;
use super::parse::{LARGEST, parse_bytes};
use super::settings::{Account, Overrides, Settings};
use super::theme::parse_theme;
use super::variables::{BadVariable, CONFIG, said};
use crate::model::safe_text::safe;
use crate::ui::own_theme::OwnTheme;

/// Where to look for the file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Place {
    /// `QUARTERDECK_CONFIG`, else the user's configuration folder.
    #[default]
    Usual,
    /// This file, which must be there: `--config`.
    Named(PathBuf),
    /// Nowhere: the defaults and nothing else, the environment's variables neither.
    Nowhere,
}

/// Who named a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NamedBy {
    /// `--config`.
    Flag,
    /// `QUARTERDECK_CONFIG`.
    Variable,
    /// Nobody: it is the file that is looked for by itself.
    Nobody,
}

impl fmt::Display for NamedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Flag => "--config",
            Self::Variable => CONFIG,
            Self::Nobody => "the usual place",
        })
    }
}

/// Why the program does not start: everything that is wrong, at once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConfigError {
    /// The variables of the environment that mean nothing.
    pub variables: Vec<BadVariable>,
    /// What is wrong with the file.
    pub file: Option<BadFile>,
}

/// What is wrong with the file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BadFile {
    /// It was named and is not there.
    Missing {
        /// The file.
        path: PathBuf,
        /// Who named it.
        named_by: NamedBy,
    },
    /// It is there and cannot be read.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// It says what it must not.
    Mistakes(Findings),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> = self.variables.iter().map(ToString::to_string).collect();
        parts.extend(self.file.as_ref().map(ToString::to_string));
        f.write_str(&parts.join("\n"))
    }
}

impl fmt::Display for BadFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { path, named_by } => {
                write!(f, "{named_by} names {}, which is not there: correct the path or leave it out", shown(path))
            }
            Self::Unreadable { path, reason } => write!(f, "{} cannot be read: {}", shown(path), safe(reason)),
            Self::Mistakes(findings) => fmt::Display::fmt(findings, f),
        }
    }
}

impl std::error::Error for ConfigError {}

fn shown(path: &Path) -> String {
    safe(&path.display().to_string()).into_owned()
}

/// Looks up a variable of the environment.
type Environment<'e> = &'e dyn Fn(&str) -> Option<String>;

/// Reads the configuration: the file, then what the environment says instead.
///
/// Flags come last: [`Settings::overridden_by`].
///
/// # Errors
/// Everything that is wrong with the file and the environment, at once.
pub fn load(place: &Place, env: Environment<'_>) -> Result<Settings, ConfigError> {
    if *place == Place::Nowhere {
        return Ok(Settings::default());
    }
    let overrides = Overrides::from_environment(env);
    let file = find(place, env).map_or_else(|| Ok(Settings::default()), |(path, named_by)| read(&path, named_by));
    match (file, overrides) {
        (Ok(settings), Ok(overrides)) => Ok(settings.overridden_by(&overrides)),
        (file, overrides) => Err(ConfigError { variables: overrides.err().unwrap_or_default(), file: file.err() }),
    }
}

/// What `quarterdeck config check` says of a configuration that has no mistakes.
///
/// # Errors
/// As [`load`].
pub fn check(place: &Place, env: Environment<'_>) -> Result<Summary, ConfigError> {
    let settings = load(place, env)?;
    let looked_at = settings.path.clone().or_else(|| find(place, env).map(|(path, _)| path));
    Ok(Summary { looked_at, home: said(env, "HOME").map(PathBuf::from), settings })
}

/// The file to read, if there is a place for one, and who named it.
fn find(place: &Place, env: Environment<'_>) -> Option<(PathBuf, NamedBy)> {
    match place {
        Place::Nowhere => None,
        Place::Named(path) => Some((path.clone(), NamedBy::Flag)),
        Place::Usual => said(env, CONFIG)
            .map(|path| (PathBuf::from(path), NamedBy::Variable))
            .or_else(|| usual_folder(env).map(|folder| (folder.join("quarterdeck/config.toml"), NamedBy::Nobody))),
    }
}

/// Where the file is looked for when no flag names one; none where there is no home.
#[must_use]
pub fn usual_file(env: Environment<'_>) -> Option<PathBuf> {
    find(&Place::Usual, env).map(|(path, _)| path)
}

/// The user's configuration folder, after the XDG base directory specification: a relative path counts as none.
///
/// By hand and not by a library, since those read the process's environment,
/// and ask the system for a home folder where there is meant to be none.
fn usual_folder(env: Environment<'_>) -> Option<PathBuf> {
    let absolute = |name: &str| said(env, name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_CONFIG_HOME").or_else(|| absolute("HOME").map(|home| home.join(".config")))
}

fn read(path: &Path, named_by: NamedBy) -> Result<Settings, BadFile> {
    let bytes = match bytes(path) {
        Ok(bytes) => bytes,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            let missing = BadFile::Missing { path: path.to_owned(), named_by };
            return if named_by == NamedBy::Nobody { Ok(Settings::default()) } else { Err(missing) };
        }
        Err(error) => return Err(BadFile::Unreadable { path: path.to_owned(), reason: error.to_string() }),
    };
    let settings = parse_bytes(&bytes, &path.display().to_string()).map_err(BadFile::Mistakes)?;
    let own_theme = settings.theme_file.as_deref().map(own_theme).transpose()?;
    Ok(Settings { path: Some(path.to_owned()), own_theme, ..settings })
}

/// The theme in a file that the configuration names.
fn own_theme(path: &Path) -> Result<Arc<OwnTheme>, BadFile> {
    let unreadable = |reason| BadFile::Unreadable { path: path.to_owned(), reason };
    let bytes = bytes(path).map_err(|error| unreadable(error.to_string()))?;
    let text = std::str::from_utf8(&bytes).map_err(|_| unreadable("it is not UTF-8 text".to_owned()))?;
    parse_theme(text, &path.display().to_string()).map(Arc::new).map_err(BadFile::Mistakes)
}

/// The file's bytes, no more than it takes to see that they are too many.
fn bytes(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What a configuration without mistakes says, in one line.
#[derive(Clone, PartialEq, Debug)]
pub struct Summary {
    /// The file that was read, or would have been.
    pub looked_at: Option<PathBuf>,
    /// The user's home, shown as `~`.
    pub home: Option<PathBuf>,
    /// What it comes to.
    pub settings: Settings,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.looked_at.as_deref().map(|path| self.abbreviated(path));
        match (&self.settings.path, at) {
            (Some(_), Some(path)) => {
                write!(f, "{path}: {}, no mistakes", counts(&self.settings))?;
                let warnings = &self.settings.warnings;
                warnings.iter().try_for_each(|warning| write!(f, "\n{path}:{}: careful: {}", warning.line, warning.sentence))
            }
            (None, Some(path)) => write!(f, "no configuration ({path} is not there): everything that can be discovered is shown"),
            (_, None) => f.write_str("no configuration: everything that can be discovered is shown"),
        }
    }
}

impl Summary {
    fn abbreviated(&self, path: &Path) -> String {
        let below = self.home.as_ref().and_then(|home| path.strip_prefix(home).ok());
        below.map_or_else(|| shown(path), |rest| format!("~/{}", shown(rest)))
    }
}

/// What the settings hold, in numbers; what they do not hold is left out.
fn counts(settings: &Settings) -> String {
    let catalogue = &settings.catalogue;
    let accounts = if settings.accounts == [Account::default()] { 0 } else { settings.accounts.len() };
    let mut regions: Vec<_> = settings.accounts.iter().filter_map(|account| settings.regions_of(account)).flatten().collect();
    regions.sort_unstable();
    regions.dedup();
    let numbers = [
        (accounts, "account", "accounts"),
        (catalogue.apps.len(), "app", "apps"),
        (catalogue.tiers.len(), "tier rule", "tier rules"),
        (catalogue.declared.len(), "declared environment", "declared environments"),
        (regions.len(), "region", "regions"),
        (settings.compute.target_groups.len(), "target group", "target groups"),
        (settings.compute.tagged.len(), "group of tagged instances", "groups of tagged instances"),
        (catalogue.hosts.len(), "host", "hosts"),
        (catalogue.probes.len(), "probe", "probes"),
        (settings.fleet.views.len(), "view", "views"),
        (settings.commands.len(), "command", "commands"),
    ];
    let counted = numbers.into_iter().filter(|(count, ..)| *count > 0);
    let mut parts: Vec<String> = counted.map(|(count, one, many)| format!("{count} {}", if count == 1 { one } else { many })).collect();
    if settings.read_only {
        parts.push("read-only".to_owned());
    }
    let is_default = Settings { path: None, ..settings.clone() } == Settings::default();
    match (parts.is_empty(), is_default) {
        (false, _) => parts.join(", "),
        (true, true) => "nothing but defaults".to_owned(),
        (true, false) => "other settings".to_owned(),
    }
}
