//! The flags by which something is confirmed, and by which several environments are gone through.

use clap::{Args, ValueEnum};

use crate::app::decision::Said;
use crate::app::plans::operation::Tempo;
use crate::model::operation::plan::OnFailure;

/// How a plan is confirmed, and what is printed.
#[derive(Args, Clone, Debug, Default)]
pub struct Confirming {
    /// Print the plan, and do nothing.
    #[arg(long)]
    pub plan: bool,
    /// Print JSON: with --plan the plan, else the operation once it has ended. Its shape is fixed.
    #[arg(long)]
    pub json: bool,
    /// Confirm what takes one y in the console: what stops something, or changes one environment that is not production.
    #[arg(long)]
    pub yes: bool,
    /// Confirm what changes production with the environment's name, and what changes several with their number.
    #[arg(long, value_name = "NAME|COUNT")]
    pub confirm: Option<String>,
    /// Why it is done; must be given where a check stands in the way. It goes into the audit log.
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

impl Confirming {
    /// What was said.
    pub fn said(&self) -> Said<'_> {
        Said { yes: self.yes, proof: self.confirm.as_deref(), reason: self.reason.as_deref() }
    }
}

/// What a failure does to the rest.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum OnFailureArgument {
    /// Nothing else begins.
    Stop,
    /// Nothing else begins until you say so: the operation is paused.
    Ask,
    /// The rest goes on.
    CarryOn,
}

impl From<OnFailureArgument> for OnFailure {
    fn from(argument: OnFailureArgument) -> Self {
        match argument {
            OnFailureArgument::Stop => Self::Stop,
            OnFailureArgument::Ask => Self::Pause,
            OnFailureArgument::CarryOn => Self::CarryOn,
        }
    }
}

/// How several environments are gone through.
#[derive(Args, Clone, Debug)]
pub struct Pace {
    /// How many are under way at once, where there are several; 3 unless told otherwise.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    at_once: Option<u32>,
    /// What a failure does to the rest; stop unless told otherwise.
    #[arg(long, value_enum, value_name = "WHAT")]
    on_failure: Option<OnFailureArgument>,
    /// Take those along of which a check stands in the way; that needs a reason. Without it they are left out.
    #[arg(long)]
    with_failed: bool,
}

impl Pace {
    /// The usual tempo with what was said over it.
    pub fn over(&self, usual: Tempo) -> Tempo {
        Tempo {
            at_once: self.at_once.unwrap_or(usual.at_once),
            on_failure: self.on_failure.map_or(usual.on_failure, OnFailure::from),
            with_failed: self.with_failed,
            ..usual
        }
    }
}

/// How a version goes to several environments.
#[derive(Args, Clone, Debug)]
pub struct Waves {
    /// How many of production go alone, before the rest: the healthiest; 1 unless told otherwise.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(..=10_000))]
    canary: Option<u32>,
    /// For how many minutes the health of each wave is watched before the next one begins; 5 unless told otherwise.
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u32).range(..=10_000))]
    bake: Option<u32>,
    /// How each wave is gone through.
    #[command(flatten)]
    pace: Pace,
}

impl Waves {
    /// The usual tempo with what was said over it.
    pub fn over(&self, usual: Tempo) -> Tempo {
        let usual = Tempo { canary: self.canary.unwrap_or(usual.canary), bake: self.bake.unwrap_or(usual.bake), ..usual };
        self.pace.over(usual)
    }
}
