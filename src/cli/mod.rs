//! The command line: what can be typed, and one file for each subcommand.

pub mod config;
pub mod console;
pub mod demo;
pub mod doctor;
pub mod init;
pub mod logs;
pub mod operation;
pub mod previews;
pub mod promotion;
pub mod select;
pub mod session;
pub mod signals;
pub mod sim;
pub mod since;
pub mod status;
pub mod timeline;

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use self::since::Since;
use crate::config::{Colors, ConfigError, Overrides, Place, Settings, Theme};
use crate::model::catalogue::Tier;
use crate::model::id::Region;
use crate::model::safe_text::safe;

/// How the program ended. The numbers are fixed: scripts rely on them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// Everything answered.
    Complete,
    /// Nothing could be done.
    Failed,
    /// The command line or the configuration is wrong.
    Usage,
    /// Some of what was asked answered, some did not; or it is not known what became of what was sent.
    Partial,
    /// Nothing was sent: it cannot be done, or was not confirmed as it has to be.
    Refused,
    /// An operation was begun and has not ended: it can be carried on.
    Interrupted,
    /// A signal of this number has ended it.
    BySignal(u8),
}

impl Exit {
    /// That what was asked for could not be done, whatever could be read.
    #[must_use]
    pub const fn max_failed(self) -> Self {
        match self {
            Self::Usage | Self::Refused | Self::Interrupted | Self::BySignal(_) => self,
            Self::Complete | Self::Failed | Self::Partial => Self::Failed,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Complete => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Partial => 3,
            Exit::Refused => 4,
            Exit::Interrupted => 5,
            Exit::BySignal(number) => signals::BY_SIGNAL.saturating_add(number),
        })
    }
}

/// One screen for every environment: what runs where, how it is, what goes on.
#[derive(Parser, Debug)]
#[command(name = "quarterdeck", version, about, max_term_width = 100)]
pub struct Arguments {
    /// What applies to every subcommand.
    #[command(flatten)]
    pub common: Common,
    /// What to do; without one the console opens.
    #[command(subcommand)]
    pub command: Option<Command>,
}

impl Arguments {
    /// Whether it listens to signals itself: what takes the terminal gives it back first, and what carries out an
    /// operation writes down what became of what it has sent.
    #[must_use]
    pub const fn hears_signals(&self) -> bool {
        match &self.command {
            None | Some(Command::Demo(_)) => true,
            Some(Command::Operation(command)) => command.carries_out(),
            Some(_) => false,
        }
    }
}

/// Flags that every subcommand takes.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Options everywhere")]
pub struct Common {
    /// Read this configuration file instead of the usual one.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Read through this profile of the AWS configuration instead of the configured accounts.
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// Read these regions only; may be given several times.
    #[arg(long = "region", global = true, value_name = "REGION", value_parser = region)]
    pub regions: Vec<Region>,
    /// Let nothing be written in this session.
    #[arg(long, global = true)]
    pub read_only: bool,
    /// The theme.
    #[arg(long, global = true, value_enum, value_name = "THEME")]
    pub theme: Option<ThemeArgument>,
    /// How many colours may be used.
    #[arg(long, global = true, value_enum, value_name = "COLORS")]
    pub colors: Option<ColorsArgument>,
}

/// The subcommands.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Open the console on an embedded simulated cloud: no account, no network, no configuration.
    Demo(World),
    /// Serve the simulated cloud on loopback and print the variables that point clients at it.
    Sim {
        /// Where to listen: a loopback address; port 0 finds a free one.
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0", value_parser = sim::address)]
        listen: SocketAddr,
        /// Write a configuration that goes with this world to a file that is not there yet, and print the variables that lead to it.
        #[arg(long, value_name = "FILE")]
        config_out: Option<PathBuf>,
        /// Its world.
        #[command(flatten)]
        world: World,
    },
    /// Look for accounts, environments and repositories, and write a configuration.
    Init(init::Options),
    /// Check credentials, permissions, GitHub, ssh, the terminal and the clock, and say what to do about each.
    Doctor(doctor::Options),
    /// Print what the console shows, without a screen.
    Status(status::Options),
    /// Print what has not arrived, for every step of every chain.
    Pending(promotion::pending::Options),
    /// Print what waits for a person.
    Promotions(promotion::inbox::Options),
    /// Approve a run that waits: print its ship sheet, then answer for the environments that are named.
    Approve(promotion::answer::Options),
    /// Reject a run that waits: the jobs behind the environments that are named fail.
    Reject(promotion::answer::Options),
    /// Print what changed, newest first: deploys, settings, health, instances, runs, operations.
    Timeline(timeline::Options),
    /// Print what still runs of pull requests, and what of it nobody needs any more.
    Previews(previews::Options),
    /// Wait until an environment is proven to run a version.
    Wait(promotion::wait::Options),
    /// Print the lines of logs as they are written, or those of the last minutes.
    Logs(logs::Options),
    /// What changes environments, and what is known of that.
    #[command(flatten)]
    Operation(operation::Command),
    /// Look at the configuration.
    Config {
        /// What to do with it.
        #[command(subcommand)]
        command: config::Command,
    },
}

/// Which simulated world.
#[derive(Args, Clone, Debug)]
pub struct World {
    /// A built-in scenario, or a scenario file (a path, or a name that ends in .toml).
    #[arg(long, value_name = "NAME|FILE")]
    pub scenario: Option<String>,
    /// The seed, in place of the scenario's own; without a scenario, a world is made up from it.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// How many times sooner scripted things happen: above 0, up to 1000.
    #[arg(long, value_name = "N", default_value_t = 1.0, allow_negative_numbers = true, value_parser = sim::speed)]
    pub speed: f64,
}

/// A theme, as it is typed.
#[derive(ValueEnum, Clone, Copy, Debug)]
pub enum ThemeArgument {
    /// Whatever fits the terminal.
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
    /// Without colours.
    Mono,
    /// That of the configuration's theme_file.
    Own,
}

/// How many colours, as it is typed.
#[derive(ValueEnum, Clone, Copy, Debug)]
pub enum ColorsArgument {
    /// What the terminal says it can show.
    Auto,
    /// Millions.
    Truecolor,
    /// The 256 of xterm.
    #[value(name = "256")]
    Indexed,
    /// The 16 of the terminal's own theme.
    #[value(name = "16")]
    Sixteen,
    /// None.
    None,
}

/// A tier, as it is typed.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum TierArgument {
    /// Production.
    Production,
    /// Staging (QA).
    Staging,
    /// Development.
    Development,
    /// Previews.
    Preview,
    /// Nobody said.
    Unknown,
}

impl From<TierArgument> for Tier {
    fn from(argument: TierArgument) -> Self {
        match argument {
            TierArgument::Production => Self::Production,
            TierArgument::Staging => Self::Staging,
            TierArgument::Development => Self::Development,
            TierArgument::Preview => Self::Preview,
            TierArgument::Unknown => Self::Unknown,
        }
    }
}

/// A region, as it is typed.
fn region(text: &str) -> Result<Region, String> {
    crate::config::typed_region(text).map_err(|sentence| safe(&sentence).into_owned())
}

impl Common {
    /// The first of these flags that was given: those that would change nothing are refused, not ignored.
    fn first_given(&self, flags: &[&'static str]) -> Option<&'static str> {
        let given = [
            ("--config", self.config.is_some()),
            ("--profile", self.profile.is_some()),
            ("--region", !self.regions.is_empty()),
            ("--read-only", self.read_only),
            ("--theme", self.theme.is_some()),
            ("--colors", self.colors.is_some()),
        ];
        given.into_iter().find(|(flag, is_given)| *is_given && flags.contains(flag)).map(|(flag, _)| flag)
    }

    /// Where the configuration is.
    #[must_use]
    pub fn place(&self) -> Place {
        self.config.clone().map_or(Place::Usual, Place::Named)
    }

    fn overrides(&self) -> Overrides {
        let theme = self.theme.map(|theme| match theme {
            ThemeArgument::Auto => Theme::Auto,
            ThemeArgument::Dark => Theme::Dark,
            ThemeArgument::Light => Theme::Light,
            ThemeArgument::HighContrast => Theme::HighContrast,
            ThemeArgument::ColorBlind => Theme::ColorBlind,
            ThemeArgument::Sixteen => Theme::Sixteen,
            ThemeArgument::Mono => Theme::Mono,
            ThemeArgument::Own => Theme::Own,
        });
        let colors = self.colors.map(|colors| match colors {
            ColorsArgument::Auto => Colors::Auto,
            ColorsArgument::Truecolor => Colors::Truecolor,
            ColorsArgument::Indexed => Colors::Indexed,
            ColorsArgument::Sixteen => Colors::Sixteen,
            ColorsArgument::None => Colors::None,
        });
        Overrides { read_only: self.read_only.then_some(true), theme, colors }
    }

    /// The configuration with these flags over it.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn settings(&self) -> Result<Settings, ConfigError> {
        let settings = crate::config::load(&self.place(), &environment_variable)?;
        Ok(self.apply(settings))
    }

    /// The configuration with these flags over it; where something is wrong with it, says so and returns none.
    #[must_use]
    pub fn settings_or_complain(&self) -> Option<Settings> {
        self.settings().inspect_err(|error| complain(error)).ok()
    }

    /// These flags over settings that are there.
    #[must_use]
    pub fn apply(&self, settings: Settings) -> Settings {
        let mut settings = settings.overridden_by(&self.overrides());
        if let Some(profile) = &self.profile {
            let account = crate::config::Account::of_profile(profile);
            settings.catalogue.accounts = vec![account.way()];
            settings.accounts = vec![account];
        }
        if !self.regions.is_empty() {
            settings.accounts.iter_mut().for_each(|account| account.regions = None);
            settings.regions = Some(self.regions.clone());
        }
        settings
    }
}

/// A variable of this process's environment.
#[must_use]
pub fn environment_variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Tells the person what went wrong, on standard error.
///
/// Where that is closed or its terminal gone, nobody listens: no reason to panic, as `eprintln` would.
pub fn complain(sentence: &dyn std::fmt::Display) {
    let _ = writeln!(std::io::stderr(), "{sentence}");
}

/// Prints an answer on standard output, as far as it is wanted: who reads through a pipe may close it.
/// Returns whether it was taken.
#[must_use]
pub fn answer(text: &str) -> bool {
    let mut out = std::io::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => true,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => true,
        Err(error) => {
            complain(&format!("the answer could not be written to standard output: {error}"));
            false
        }
    }
}

fn refuse(flag: &str, why: &str) -> Exit {
    complain(&format!("{flag} changes nothing here: {why}; leave it out"));
    Exit::Usage
}

/// Does what was typed.
pub async fn run(arguments: Arguments) -> Exit {
    let common = arguments.common;
    match arguments.command {
        // Boxed: it is large, and this is where all commands are.
        None => Box::pin(console::run(&common)).await,
        Some(Command::Demo(world)) => match common.first_given(&["--config", "--profile"]) {
            Some(flag) => refuse(flag, "the demo reads neither configuration nor credentials"),
            None => Box::pin(demo::run(&common, &world)).await,
        },
        Some(Command::Sim { listen, config_out, world }) => {
            match common.first_given(&["--config", "--profile", "--region", "--read-only", "--theme", "--colors"]) {
                Some(flag) => refuse(flag, "the simulated cloud is as its scenario says"),
                None => sim::run(listen, &world, config_out.as_deref()).await,
            }
        }
        Some(Command::Init(options)) => Box::pin(init::run(&common, options)).await,
        Some(Command::Doctor(options)) => Box::pin(doctor::run(&common, options)).await,
        Some(Command::Status(options)) => status::run(&common, options).await,
        Some(Command::Pending(options)) => promotion::pending::run(&common, options).await,
        Some(Command::Promotions(options)) => promotion::inbox::run(&common, options).await,
        Some(Command::Approve(options)) => Box::pin(promotion::answer::run(&common, options, true)).await,
        Some(Command::Reject(options)) => Box::pin(promotion::answer::run(&common, options, false)).await,
        Some(Command::Timeline(options)) => timeline::run(&common, options).await,
        Some(Command::Previews(options)) => previews::run(&common, options).await,
        Some(Command::Wait(options)) => promotion::wait::run(&common, options).await,
        Some(Command::Logs(options)) => Box::pin(logs::run(&common, options)).await,
        Some(Command::Operation(command)) => Box::pin(operation::run(&common, command)).await,
        Some(Command::Config { command }) => config::run(&common, &command),
    }
}
