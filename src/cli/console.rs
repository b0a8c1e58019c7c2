//! `quarterdeck`: the console on the real cloud.

use super::{Common, Exit, environment_variable};
use crate::remember;
use crate::shell::{self, Console, Ways};
use crate::sources;

/// Opens the console.
pub async fn run(common: &Common) -> Exit {
    let Some(settings) = common.settings_or_complain() else { return Exit::Usage };
    let ways = Ways {
        connections: sources::connections(&settings),
        github: Some(sources::github(&settings)),
        locks: shell::locks(&settings),
        operations: shell::operations(),
    };
    let memory = remember::Way::usual(&settings, &environment_variable);
    // It holds the whole program: on the heap.
    let known = settings.clone();
    Box::pin(shell::run(Console { settings, world: None, memory }, async move { Ok((known, ways)) })).await
}
