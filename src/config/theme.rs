//! The file of a theme of one's own: `base`, and `[roles]` by their dotted names.

use super::finding::Findings;
use super::keys;
use super::nearest::no_such_word;
use super::source::{Notes, Source, quoted};
use super::syntax;
use super::table::Section;
use crate::ui::own_theme::{OwnInk, OwnTheme};
use crate::ui::theme::{Choice, Role};

/// What such a file says.
///
/// # Errors
/// Every mistake in it, with its place.
pub fn parse_theme(text: &str, name: &str) -> Result<OwnTheme, Findings> {
    let source = Source::new(text.strip_prefix('\u{feff}').unwrap_or(text), name);
    let mut notes = Notes::new(&source);
    let theme = read(&source, &mut notes);
    match (theme, notes.into_findings()) {
        (_, Some(findings)) => Err(findings),
        (theme, None) => Ok(theme.unwrap_or_else(|| OwnTheme { base: Choice::Auto, roles: Vec::new() })),
    }
}

fn read(source: &Source<'_>, notes: &mut Notes<'_>) -> Option<OwnTheme> {
    let tree = syntax::tree(source, notes)?;
    let top = Section::new(&keys::THEME, &tree, 0..0, notes);
    let bases: Vec<(&'static str, Choice)> =
        Choice::ALL.into_iter().filter(|choice| *choice != Choice::Own).map(|choice| (choice.word(), choice)).collect();
    let base = top.word("base", "theme", &bases, notes).map_or(Choice::Auto, |base| base.value);
    let mut roles = Vec::new();
    for (role, texts) in top.lists_by_name("roles", "[roles]", notes) {
        if !OwnTheme::is_role(role.value) {
            let sentence = if role.value.contains('.') || !Role::ALL.iter().any(|known| known.name().starts_with(role.value)) {
                no_such_word("role", role.value, Role::ALL.iter().map(|role| role.name()))
            } else {
                format!("{} is no role: dotted names stand in quotes", quoted(role.value))
            };
            notes.add(&role.span, sentence);
            continue;
        }
        for text in texts.into_iter().flatten() {
            match OwnInk::read(text.value) {
                Ok(ink) => roles.push((role.value.to_owned(), ink)),
                Err(sentence) => notes.add(&text.span, sentence),
            }
        }
    }
    Some(OwnTheme { base, roles })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_understood_or_told_all_its_mistakes() {
        let theme =
            parse_theme("base = \"light\"\n[roles]\n\"health.severe\" = \"#ff0000 bold\"\nselected = \"on #eeeeee\"\n", "t").unwrap();
        assert_eq!((theme.base, theme.roles.len(), theme.roles[0].0.as_str()), (Choice::Light, 2, "health.severe"));
        let wrong = "base = \"own\"\nrole = 1\n[roles]\n\"health.sever\" = \"#ff0000\"\nkey = \"red\"\nhealth.ok = \"#00ff00\"\n";
        let told = parse_theme(wrong, "t").unwrap_err().to_string();
        for sentence in ["there is no theme \"own\"", "there is no key \"role\"", "did you mean \"health.severe\"?", "\"red\" is no colour"]
        {
            assert!(told.contains(sentence), "{sentence}\n{told}");
        }
        assert_eq!(parse_theme("", "t"), Ok(OwnTheme { base: Choice::Auto, roles: Vec::new() }));
    }
}
