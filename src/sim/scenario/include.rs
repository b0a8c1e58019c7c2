//! `[[include]]`: built-in scenarios in one world, each in an account.
//!
//! Owns what an included file may not bring: a world has one clock, one seed, one GitHub, and its
//! accounts stand in the file that includes.

use toml::Spanned;

use super::{BUILT_IN, Mistake, Scenario, Source};

/// A scenario that is included.
pub struct Part {
    /// Its text, for mistakes in it.
    pub source: Source,
    /// What it says. Its seed and its `[github]` do not count.
    pub scenario: Scenario,
    /// The account of its entries; the first one where nobody said.
    pub account: Option<Spanned<String>>,
}

/// What a scenario includes, in its order.
///
/// # Errors
///
/// What is not built in, comes twice, or cannot be a part of another world.
pub fn included(source: &Source, scenario: &Scenario) -> Result<Vec<Part>, Mistake> {
    let mut parts = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    for spanned in &scenario.include {
        let (entry, at) = (spanned.get_ref(), spanned.span().start);
        let name = entry.scenario.as_str();
        let Some((_, text)) = BUILT_IN.iter().find(|(known, _)| *known == name) else {
            let known: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
            let sentence = format!("there is no built-in scenario \"{name}\" to include; there are {}", known.join(", "));
            return Err(source.mistake(at, sentence));
        };
        if names.contains(&name) {
            return Err(source.mistake(at, format!("\"{name}\" is included twice")));
        }
        names.push(name);
        let part = Source { file: format!("scenario \"{name}\""), text: (*text).to_owned() };
        let read = part.read()?;
        if !read.include.is_empty() || !read.account.is_empty() || !read.fault.is_empty() {
            let sentence = format!("\"{name}\" cannot be included: it has accounts, faults or inclusions of its own");
            return Err(source.mistake(at, sentence));
        }
        parts.push(Part { source: part, scenario: read, account: entry.account.clone() });
    }
    Ok(parts)
}
