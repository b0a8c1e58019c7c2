//! When this program itself is wrong: a panic becomes a report that a person can read and hand on.
//!
//! Knows nothing of the terminal, which `ui::term` gives back before a report
//! is printed. In debug builds a panic can be asked for, so that tests see
//! from outside what one leaves behind.

use std::io::IsTerminal as _;

use color_eyre::config::{HookBuilder, Theme};

/// Debug builds panic at `ctrl-r` where this says where: `screen`, the thread that draws, or `task`, another one.
const REHEARSAL: &str = "QUARTERDECK_PANIC";

/// What a report ends with.
const ADVICE: &str = "This is a mistake in Quarterdeck, not yours: please report it with the lines above.";

/// Has panics reported in words, and in colors where standard error is a terminal that may show them.
pub fn report_panics(env: &dyn Fn(&str) -> Option<String>) {
    let plain = !std::io::stderr().is_terminal() || env("NO_COLOR").is_some_and(|value| !value.is_empty());
    let theme = if plain { Theme::new() } else { Theme::dark() };
    let builder = HookBuilder::default().theme(theme).display_env_section(false).panic_section(ADVICE);
    let Ok((hook, _)) = builder.try_into_hooks() else { return };
    // Not by the library's own printing, which panics once more where standard error is gone.
    std::panic::set_hook(Box::new(move |panic| crate::cli::complain(&hook.panic_report(panic))));
}

/// Panics where a debug build was asked to; elsewhere, and in release builds, nothing.
pub fn rehearse(env: &dyn Fn(&str) -> Option<String>) {
    if !cfg!(debug_assertions) {
        return;
    }
    match env(REHEARSAL).as_deref() {
        Some("screen") => asked_for(),
        Some("task") => drop(tokio::spawn(async { asked_for() })),
        Some(_) | None => {}
    }
}

#[expect(clippy::panic, reason = "this is what was asked for")]
fn asked_for() {
    panic!("a panic was asked for");
}
