//! `quarterdeck`: the console on the real cloud.

use super::{Common, Exit, complain};
use crate::shell::{self, Console};

/// Opens the console.
pub async fn run(common: &Common) -> Exit {
    let settings = match common.settings() {
        Ok(settings) => settings,
        Err(error) => {
            complain(&error);
            return Exit::Usage;
        }
    };
    let connections = shell::connections(&settings);
    shell::run(Console { settings, world: None }, async move { Ok(connections) }).await
}
