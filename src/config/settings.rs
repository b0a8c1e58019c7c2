//! What a configuration comes to: the values the rest of the program works with.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::finding::Warning;
use crate::app::custom::Custom;
use crate::app::keymap::Keymap;
use crate::model::account::{Role, WayIn, Writing};
use crate::model::catalogue::Catalogue;
use crate::model::compute::Compute;
use crate::model::id::{Connection, Region};
use crate::model::log::feeds::LogSettings;
use crate::model::preview::Marks;
use crate::model::view::Configured;
use crate::ui::own_theme::OwnTheme;

/// Everything configured, complete and free of contradictions.
#[derive(Clone, PartialEq, Debug)]
pub struct Settings {
    /// The ways into AWS, in the file's order. Without any in the file it holds [`Account::default`],
    /// the default credential chain; nothing where there are plain hosts.
    pub accounts: Vec<Account>,
    /// The regions to read in accounts that name none of their own; where
    /// absent, all enabled regions that hold environments.
    pub regions: Option<Vec<Region>>,
    /// Whether nothing is ever written, whatever the apps say.
    pub read_only: bool,
    /// Apps, tiers and declared environments.
    pub catalogue: Catalogue,
    /// Environments on EC2: target groups, and instances by their tags.
    pub compute: Compute,
    /// Where locks are kept.
    pub locks: Locks,
    /// Where GitHub is, and where its token comes from.
    pub github: GitHub,
    /// CircleCI.
    pub circleci: CircleCi,
    /// How often and how patiently to read.
    pub reading: Reading,
    /// Which key means what.
    pub keys: Keymap,
    /// The commands of a team's own, by the numbers that the keys have for them.
    pub commands: Arc<[Custom]>,
    /// How the console looks.
    pub display: Display,
    /// The file of a theme of one's own.
    pub theme_file: Option<PathBuf>,
    /// What that file says, once it was read.
    pub own_theme: Option<Arc<OwnTheme>>,
    /// What holds, and should be known all the same.
    pub warnings: Vec<Warning>,
    /// How the Fleet is shown.
    pub fleet: Configured,
    /// The file this came from; none where there was no file.
    pub path: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            accounts: vec![Account::default()],
            regions: None,
            read_only: false,
            catalogue: Catalogue::default(),
            compute: Compute::default(),
            locks: Locks::default(),
            github: GitHub::default(),
            circleci: CircleCi::default(),
            reading: Reading::default(),
            keys: Keymap::default(),
            commands: Arc::default(),
            display: Display::default(),
            theme_file: None,
            own_theme: None,
            warnings: Vec::new(),
            fleet: Configured::default(),
            path: None,
        }
    }
}

impl Settings {
    /// The regions to read through this account; where absent, all enabled ones.
    #[must_use]
    pub fn regions_of<'s>(&'s self, account: &'s Account) -> Option<&'s [Region]> {
        account.regions.as_deref().or(self.regions.as_deref())
    }

    /// How logs are read.
    #[must_use]
    pub const fn logs(&self) -> &LogSettings {
        &self.catalogue.logs
    }

    /// The same settings where the overrides say nothing, theirs where they do.
    ///
    /// Apply the environment's before the flags': the later ones win.
    #[must_use]
    pub fn overridden_by(mut self, overrides: &Overrides) -> Self {
        self.read_only = overrides.read_only.unwrap_or(self.read_only);
        self.display.theme = overrides.theme.or(self.display.theme);
        self.display.colors = overrides.colors.unwrap_or(self.display.colors);
        self
    }
}

/// One way into AWS.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Account {
    /// Its name on screen and in budgets; the profile's, unless another was given.
    pub connection: Connection,
    /// The profile in the AWS configuration; the default credential chain where absent.
    pub profile: Option<Arc<str>>,
    /// The role that is assumed with that.
    pub role: Option<Role>,
    /// Who writes, where that is another than who reads.
    pub writing: Option<Writing>,
    /// The regions to read here, instead of the general ones.
    pub regions: Option<Vec<Region>>,
    /// The program that renews its credentials, with its arguments; the AWS command line's where empty.
    pub login: Vec<String>,
}

impl Account {
    /// A profile of the AWS configuration, called as it is.
    #[must_use]
    pub fn of_profile(profile: &str) -> Self {
        Self { connection: profile.into(), profile: Some(profile.into()), ..Self::default() }
    }

    /// As plans and screens name it.
    #[must_use]
    pub fn way(&self) -> WayIn {
        let Self { connection, profile, role, writing, regions: _, login: _ } = self.clone();
        WayIn { connection, profile, role, writing }
    }
}

/// The default credential chain, called `default`.
impl Default for Account {
    fn default() -> Self {
        Self { connection: Connection::from("default"), profile: None, role: None, writing: None, regions: None, login: Vec::new() }
    }
}

/// Where locks are kept.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Locks {
    /// A file that a team shares; the person's own where absent.
    pub file: Option<PathBuf>,
    /// The path of parameters of Systems Manager by which operations keep other machines out; none where they do not.
    pub parameters: Option<Arc<str>>,
}

/// Where GitHub is, and where its token comes from.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct GitHub {
    /// The base of its REST API; `GITHUB_API_URL` or github.com's where absent.
    pub url: Option<Arc<str>>,
    /// A program and its arguments that prints a token; `GITHUB_TOKEN`, `GH_TOKEN` and `gh auth token` where empty.
    pub token_command: Vec<String>,
    /// How pipelines say there where previews are.
    pub previews: Marks,
}

/// Where CircleCI is, and where its token comes from.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CircleCi {
    /// The server; circleci.com where absent.
    pub url: Option<Arc<str>>,
    /// A program and its arguments that prints a token; `CIRCLE_TOKEN` and `CIRCLECI_TOKEN` where empty.
    pub token_command: Vec<String>,
}

/// How often and how patiently to read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reading {
    /// Between two listings of one region (environments and events).
    pub listing: Duration,
    /// Between two calls of the sweep over single environments, in one region.
    pub sweep: Duration,
    /// How long one call may take before it counts as failed.
    pub timeout: Duration,
}

impl Default for Reading {
    fn default() -> Self {
        Self { listing: Duration::from_secs(15), sweep: Duration::from_secs(1), timeout: Duration::from_secs(10) }
    }
}

/// How the console looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Display {
    /// The theme; where absent, the one that was last chosen in the console, else what fits the terminal.
    pub theme: Option<Theme>,
    /// How many colours may be used.
    pub colors: Colors,
    /// Whether the mouse is the console's at the start.
    pub mouse: bool,
}

impl Default for Display {
    fn default() -> Self {
        Self { theme: None, colors: Colors::default(), mouse: true }
    }
}

/// Which theme to draw with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Theme {
    /// Whatever fits the terminal.
    #[default]
    Auto,
    /// For dark terminals.
    Dark,
    /// For light terminals.
    Light,
    /// With as much contrast as there is.
    HighContrast,
    /// For those who do not tell some colours apart.
    ColorBlind,
    /// With the sixteen colours of the terminal's own palette.
    Sixteen,
    /// Without colours: bold, reverse, underline.
    Mono,
    /// The one of `theme_file`.
    Own,
}

impl Theme {
    /// Every theme, in the order they are listed to people.
    pub const ALL: [Self; 8] =
        [Self::Auto, Self::Dark, Self::Light, Self::HighContrast, Self::ColorBlind, Self::Sixteen, Self::Mono, Self::Own];

    /// The word used in the configuration, in the environment and on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Dark => "dark",
            Self::Light => "light",
            Self::HighContrast => "high-contrast",
            Self::ColorBlind => "color-blind",
            Self::Sixteen => "sixteen",
            Self::Mono => "mono",
            Self::Own => "own",
        }
    }
}

/// How many colours may be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Colors {
    /// What the terminal says it can show; none where `NO_COLOR` is set.
    #[default]
    Auto,
    /// Millions.
    Truecolor,
    /// The 256 of xterm.
    Indexed,
    /// The 16 that the terminal's own theme chooses.
    Sixteen,
    /// None at all.
    None,
}

impl Colors {
    /// Every choice, in the order they are listed to people.
    pub const ALL: [Self; 5] = [Self::Auto, Self::Truecolor, Self::Indexed, Self::Sixteen, Self::None];

    /// The word used in the configuration and on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Truecolor => "truecolor",
            Self::Indexed => "256",
            Self::Sixteen => "16",
            Self::None => "none",
        }
    }
}

/// What flags or the environment say instead of the file. What is absent says nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Overrides {
    /// `--read-only`, `QUARTERDECK_READ_ONLY`. Apps that are read-only stay so.
    pub read_only: Option<bool>,
    /// `--theme`, `QUARTERDECK_THEME`.
    pub theme: Option<Theme>,
    /// `--colors`.
    pub colors: Option<Colors>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_override_wins_and_an_absent_one_says_nothing() {
        let environment = Overrides { read_only: Some(true), theme: Some(Theme::Light), colors: None };
        let flags = Overrides { theme: Some(Theme::Mono), ..Overrides::default() };
        let settings = Settings::default().overridden_by(&environment).overridden_by(&flags);
        assert!(settings.read_only);
        assert_eq!(settings.display, Display { theme: Some(Theme::Mono), ..Display::default() });
    }

    #[test]
    fn an_account_s_own_regions_win_over_the_general_ones() {
        let own = Account { regions: Some(vec!["eu-west-1".into()]), ..Account::default() };
        let settings = Settings { regions: Some(vec!["us-west-1".into()]), ..Settings::default() };
        assert_eq!(settings.regions_of(&own), Some(["eu-west-1".into()].as_slice()));
        assert_eq!(settings.regions_of(&Account::default()), Some(["us-west-1".into()].as_slice()));
    }
}
