//! The commands that change environments: what each wants of which.

use clap::Args;

use super::super::select::{self, Unclear};
use super::super::{Common, Exit};
use super::carried;
use super::flags::{Confirming, Pace, Waves};
use crate::app::headless;
use crate::app::plans::operation::{Deed, Tempo, Wanted};
use crate::app::state::State;
use crate::model::id::{AppName, EnvironmentKey, Platform};
use crate::model::safe_text::safe;

/// What a command wants, once it is known which environments there are.
pub trait Twin {
    /// What is to be done, and where.
    ///
    /// # Errors
    /// When it is not clear which environments are meant. Harmless to show.
    fn wanted(&self, state: &State) -> Result<Wanted, Unclear>;

    /// How it is confirmed.
    fn confirming(&self) -> &Confirming;
}

/// What `deploy` takes.
#[derive(Args, Clone, Debug)]
pub struct Deploy {
    /// The environments: a key, name@region, or a name where that is unique.
    #[arg(value_name = "ENV", required = true)]
    environments: Vec<String>,
    /// The version: a label as the platform has it.
    #[arg(long, value_name = "LABEL")]
    version: String,
    #[command(flatten)]
    waves: Waves,
    #[command(flatten)]
    confirming: Confirming,
}

/// What `roll` takes.
#[derive(Args, Clone, Debug)]
pub struct Roll {
    /// The target group: a key, name@region, or a name where that is unique.
    #[arg(value_name = "GROUP")]
    group: String,
    /// The version: a tag of the image.
    #[arg(long, value_name = "TAG")]
    version: String,
    #[command(flatten)]
    confirming: Confirming,
}

/// What `redeploy` takes.
#[derive(Args, Clone, Debug)]
pub struct Redeploy {
    /// The environments: a key, name@region, or a name where that is unique.
    #[arg(value_name = "ENV", required = true)]
    environments: Vec<String>,
    #[command(flatten)]
    pace: Pace,
    #[command(flatten)]
    confirming: Confirming,
}

/// What `restart` takes.
#[derive(Args, Clone, Debug)]
pub struct Restart {
    /// The environments: a key, name@region, or a name where that is unique.
    #[arg(value_name = "ENV", required = true)]
    environments: Vec<String>,
    #[command(flatten)]
    pace: Pace,
    #[command(flatten)]
    confirming: Confirming,
}

/// What `rebuild` takes.
#[derive(Args, Clone, Debug)]
pub struct Rebuild {
    /// The environment: a key, name@region, or a name where that is unique.
    #[arg(value_name = "ENV")]
    environment: String,
    #[command(flatten)]
    confirming: Confirming,
}

/// What `abort` takes.
#[derive(Args, Clone, Debug)]
pub struct Abort {
    /// The environments: a key, name@region, or a name where that is unique.
    #[arg(value_name = "ENV", required = true)]
    environments: Vec<String>,
    #[command(flatten)]
    confirming: Confirming,
}

/// What `swap` takes.
#[derive(Args, Clone, Debug)]
pub struct Swap {
    /// One environment: a key, name@region, or a name where that is unique.
    #[arg(value_name = "ENV")]
    one: String,
    /// The other, of the same application, in the same account and region.
    #[arg(value_name = "OTHER")]
    other: String,
    #[command(flatten)]
    confirming: Confirming,
}

/// What `scale` takes.
#[derive(Args, Clone, Debug)]
pub struct Scale {
    /// The environments: a key, name@region, or a name where that is unique.
    #[arg(value_name = "ENV", required = true)]
    environments: Vec<String>,
    /// The fewest instances that are kept (MinSize of the Auto Scaling group).
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(..=10_000))]
    min: u32,
    /// The most instances that are kept (MaxSize of the Auto Scaling group).
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(..=10_000))]
    max: u32,
    #[command(flatten)]
    pace: Pace,
    #[command(flatten)]
    confirming: Confirming,
}

/// What `wave` takes.
#[derive(Args, Clone, Debug)]
pub struct Wave {
    /// The app: every environment of it that is seen goes along.
    #[arg(long, value_name = "APP")]
    app: String,
    /// The version: a label as the platform has it.
    #[arg(long, value_name = "LABEL")]
    version: String,
    #[command(flatten)]
    waves: Waves,
    #[command(flatten)]
    confirming: Confirming,
}

/// Plans what is wanted, shows it, and where it is confirmed carries it out.
pub async fn run(common: &Common, twin: &(impl Twin + Sync)) -> Exit {
    let Some(settings) = common.settings_or_complain() else { return Exit::Usage };
    // Boxed: it is large, and every command has one.
    Box::pin(carried::out(&settings, twin)).await
}

/// The environments that are meant, each once.
fn each(state: &State, typed: &[String]) -> Result<Vec<EnvironmentKey>, Unclear> {
    let mut keys: Vec<EnvironmentKey> = Vec::new();
    for text in typed {
        let key = select::one(&state.fleet, text)?;
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    Ok(keys)
}

/// This deed in the environments that are meant, at this tempo.
fn wanted(state: &State, typed: &[String], deed: Deed, tempo: impl Fn(Tempo) -> Tempo) -> Result<Wanted, Unclear> {
    let usual = Wanted::new(deed, each(state, typed)?);
    Ok(Wanted { tempo: tempo(usual.tempo), ..usual })
}

impl Twin for Deploy {
    fn wanted(&self, state: &State) -> Result<Wanted, Unclear> {
        wanted(state, &self.environments, Deed::Deploy(self.version.as_str().into()), |usual| self.waves.over(usual))
    }

    fn confirming(&self) -> &Confirming {
        &self.confirming
    }
}

impl Twin for Roll {
    fn wanted(&self, state: &State) -> Result<Wanted, Unclear> {
        let wanted = wanted(state, std::slice::from_ref(&self.group), Deed::Deploy(self.version.as_str().into()), |usual| usual)?;
        match wanted.environments.iter().find(|key| key.platform != Platform::TargetGroup) {
            Some(other) => Err(Unclear::Impossible(format!(
                "{} is no target group: quarterdeck deploy runs a version in it",
                safe(&other.to_string())
            ))),
            None => Ok(wanted),
        }
    }

    fn confirming(&self) -> &Confirming {
        &self.confirming
    }
}

impl Twin for Redeploy {
    fn wanted(&self, state: &State) -> Result<Wanted, Unclear> {
        wanted(state, &self.environments, Deed::Redeploy, |usual| self.pace.over(usual))
    }

    fn confirming(&self) -> &Confirming {
        &self.confirming
    }
}

impl Twin for Restart {
    fn wanted(&self, state: &State) -> Result<Wanted, Unclear> {
        wanted(state, &self.environments, Deed::Restart, |usual| self.pace.over(usual))
    }

    fn confirming(&self) -> &Confirming {
        &self.confirming
    }
}

impl Twin for Rebuild {
    fn wanted(&self, state: &State) -> Result<Wanted, Unclear> {
        wanted(state, std::slice::from_ref(&self.environment), Deed::Rebuild, |usual| usual)
    }

    fn confirming(&self) -> &Confirming {
        &self.confirming
    }
}

impl Twin for Abort {
    fn wanted(&self, state: &State) -> Result<Wanted, Unclear> {
        wanted(state, &self.environments, Deed::Abort, |usual| usual)
    }

    fn confirming(&self) -> &Confirming {
        &self.confirming
    }
}

impl Twin for Swap {
    fn wanted(&self, state: &State) -> Result<Wanted, Unclear> {
        let other = select::one(&state.fleet, &self.other)?;
        let wanted = wanted(state, std::slice::from_ref(&self.one), Deed::Swap(other.clone()), |usual| usual)?;
        if wanted.environments.contains(&other) {
            let same = format!("\"{}\" and \"{}\" are one environment: there is nothing to swap", safe(&self.one), safe(&self.other));
            return Err(Unclear::Impossible(same));
        }
        Ok(wanted)
    }

    fn confirming(&self) -> &Confirming {
        &self.confirming
    }
}

impl Twin for Scale {
    fn wanted(&self, state: &State) -> Result<Wanted, Unclear> {
        wanted(state, &self.environments, Deed::Resize { fewest: self.min, most: self.max }, |usual| self.pace.over(usual))
    }

    fn confirming(&self) -> &Confirming {
        &self.confirming
    }
}

impl Twin for Wave {
    fn wanted(&self, state: &State) -> Result<Wanted, Unclear> {
        let environments = headless::environments_of(state, &AppName::from(self.app.as_str()));
        if environments.is_empty() {
            return Err(Unclear::NoneOf(safe(&self.app).into_owned()));
        }
        let deed = Deed::Deploy(self.version.as_str().into());
        let usual = Wanted::new(deed, environments);
        Ok(Wanted { tempo: self.waves.over(usual.tempo), ..usual })
    }

    fn confirming(&self) -> &Confirming {
        &self.confirming
    }
}
