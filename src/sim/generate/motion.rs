//! What goes wrong and what happens in a generated world.

use std::sync::Arc;

use super::App;
use crate::chance::Draws;
use crate::environment::{Environment, Incident, Name};
use crate::health::Light;
use crate::moment::{MINUTE, Millis, SECOND};
use crate::scenario::GenerateEntry;
use crate::scenario::populate::Builder;
use crate::script::{Deed, Script};
use crate::world::What;

/// Makes the share that is unwell unwell from the start.
pub fn trouble(builder: &mut Builder<'_>, wanted: &GenerateEntry, slots: &[usize], draws: &mut Draws) {
    for &slot in slots {
        if draws.fraction() < wanted.unwell.unwrap_or(0.01) {
            let incident = incident(builder, slot, draws);
            if let Some(environment) = builder.world.environments.get_mut(slot) {
                environment.incident = Some(incident);
            }
        }
    }
}

fn incident(builder: &Builder<'_>, slot: usize, draws: &mut Draws) -> Incident {
    let total = builder.world.environments.get(slot).map_or(1, |e| e.instances.len());
    let unhealthy = 1 + usize::try_from(draws.below(total.max(1) as u64)).unwrap_or(0);
    #[allow(clippy::cast_precision_loss, reason = "a few tenths of a percent")]
    let percent = 5.0 + draws.below(400) as f64 / 10.0;
    let level = match draws.below(3) {
        0 => Light::Warning,
        1 => Light::Degraded,
        _ => Light::Severe,
    };
    Incident {
        number: draws.bits(),
        level,
        causes: vec![
            format!("{percent:.1} % of the requests are failing with HTTP 5xx."),
            format!("ELB health is failing or not available for {unhealthy} out of {total} instances."),
        ],
        failing: percent / 100.0,
        unhealthy,
        slow: 3.0,
    }
}

/// Plans an endless script: every so often something happens somewhere.
pub fn motion(builder: &mut Builder<'_>, apps: &[App], slots: &[usize], every: Millis, draws: &mut Draws) {
    // Each line repeats after the whole round, so that the world never stands still.
    let lines = slots.len().clamp(1, 240);
    let round = every.saturating_mul(Millis::try_from(lines).unwrap_or(1)).max(2 * MINUTE);
    for line in 0..lines {
        let Some(&slot) = draws.pick(slots) else {
            return;
        };
        let Some(deed) = deed(builder, apps, slot, round, draws) else {
            continue;
        };
        let index = builder.world.scripts.len();
        builder.world.scripts.push(Script { deed, every: Some(round), done: 0 });
        let at = every.saturating_mul(Millis::try_from(line).unwrap_or(0)) + SECOND;
        let when = builder.start.plus(builder.world.scaled(at));
        builder.world.schedule(when, What::Script(index));
    }
}

fn deed(builder: &Builder<'_>, apps: &[App], slot: usize, round: Millis, draws: &mut Draws) -> Option<Deed> {
    let environment = builder.world.environments.get(slot)?;
    let app = apps.iter().find(|app| *app.name == *environment.app)?;
    Some(match draws.below(20) {
        0..=9 => Deed::Deploy { slot, labels: labels(app, environment), fails_at: None, unnoticed: false },
        10..=11 => Deed::Deploy {
            slot,
            labels: labels(app, environment),
            fails_at: Some(1 + usize::try_from(draws.below(3)).unwrap_or(0)),
            unnoticed: draws.below(2) == 0,
        },
        12..=14 => Deed::Incident { slot, incident: incident(builder, slot, draws), lasts: Some(round / 3) },
        15 => Deed::Restart(slot),
        16..=17 => Deed::Configure { slot, properties: vec![(String::from("FEATURE_LEVEL"), draws.below(9).to_string())] },
        18 => Deed::Rebuild(slot),
        _ => Deed::Replace(slot),
    })
}

/// The versions of a repeated deploy: the one that runs comes last.
fn labels(app: &App, environment: &Environment) -> Vec<Name> {
    let mut labels: Vec<Name> = app.labels.iter().take(2).map(Arc::clone).collect();
    labels.sort_by_key(|label| *label == environment.label);
    labels
}
