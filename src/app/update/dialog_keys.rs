//! Keys in dialogs: what moves and closes on the screens does so there as well, whatever key it is bound to.
//!
//! A dialog knows its keys by the names that they always have there (arrows, space): those stay, as esc does anyway. What somebody has
//! bound instead of them, or beside them, is made one of them here.

use super::super::command::{CommandId, Scope};
use super::super::dialog::Kind;
use super::super::key::{Code, Key};
use super::super::keymap::Keymap;

/// Commands that are a key within dialogs, and which it is. The last two only where nothing is typed: there they would
/// write or take away letters.
const THERE: [(CommandId, Key); 11] = [
    (CommandId::Down, Key::of(Code::Down)),
    (CommandId::Up, Key::of(Code::Up)),
    (CommandId::PageDown, Key::of(Code::PageDown)),
    (CommandId::PageUp, Key::of(Code::PageUp)),
    (CommandId::Cancel, Key::ctrl('c')),
    (CommandId::Suspend, Key::ctrl('z')),
    (CommandId::First, Key::of(Code::Home)),
    (CommandId::Last, Key::of(Code::End)),
    (CommandId::Back, Key::char('q')),
    (CommandId::HalfPageDown, Key::ctrl('d')),
    (CommandId::HalfPageUp, Key::ctrl('u')),
];

/// The key that this one is in such a dialog.
pub(super) fn there(keymap: &Keymap, kind: &Kind, key: Key) -> Key {
    let is_typed = is_typed_in(kind);
    let is_answer = matches!(kind, Kind::Confirm { .. }) && (key == Key::char('y') || key == Key::char('n'));
    // Letters are letters where they are typed, and what answers a question does so whatever it is bound to.
    if is_answer || (is_typed && !key.ctrl && matches!(key.code, Code::Char(_))) {
        return key;
    }
    let meant = keymap.command(key, Scope::Everywhere);
    let found = THERE.iter().find(|(id, _)| Some(*id) == meant);
    match found {
        Some((CommandId::Back | CommandId::HalfPageDown | CommandId::HalfPageUp, _)) if is_typed => key,
        Some((_, there)) => *there,
        None if meant == Some(CommandId::Help) && matches!(kind, Kind::Help { .. }) => Key::char('?'),
        None => key,
    }
}

/// Whether letters are typed there.
const fn is_typed_in(kind: &Kind) -> bool {
    match kind {
        Kind::Menu(menu) => menu.filter.is_some(),
        Kind::Palette(_) | Kind::Form(_) | Kind::Lock(_) | Kind::Views(_) | Kind::Setup(_) | Kind::Reason(_) | Kind::Decide(_) => true,
        Kind::Help { .. } | Kind::Confirm { .. } | Kind::Columns(_) | Kind::Reader(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::keymap::Meaning;
    use crate::app::palette::Palette;

    fn bound(id: CommandId, key: &str) -> Keymap {
        let mut bindings = Keymap::usual();
        for binding in &mut bindings {
            if binding.meaning == Meaning::Command(id) {
                binding.keys = vec![key.parse().unwrap()];
            }
        }
        Keymap::new(bindings)
    }

    #[test]
    fn what_is_bound_otherwise_moves_in_dialogs_as_well() {
        let help = Kind::Help { scroll: 0 };
        assert_eq!(there(&bound(CommandId::Down, "n"), &help, Key::char('n')), Key::of(Code::Down));
        assert_eq!(there(&bound(CommandId::Back, "x"), &help, Key::char('x')), Key::char('q'));
        assert_eq!(there(&bound(CommandId::Help, "f1"), &help, Key::of(Code::F(1))), Key::char('?'));
        assert_eq!(there(&bound(CommandId::Down, "n"), &help, Key::of(Code::Down)), Key::of(Code::Down), "arrows stay");
        let question = Kind::Confirm { question: String::new(), then: crate::app::event::Effect::Quit, scroll: 0 };
        assert_eq!(there(&bound(CommandId::Down, "n"), &question, Key::char('n')), Key::char('n'), "an answer stays one");
        let palette = Kind::Palette(Palette::default());
        assert_eq!(there(&bound(CommandId::Down, "n"), &palette, Key::char('n')), Key::char('n'), "a letter is typed");
        assert_eq!(there(&bound(CommandId::Down, "ctrl-n"), &palette, Key::ctrl('n')), Key::of(Code::Down));
        assert_eq!(there(&bound(CommandId::HalfPageUp, "ctrl-w"), &palette, Key::ctrl('w')), Key::ctrl('w'), "it takes a word away");
    }

    #[test]
    fn with_the_usual_keys_every_key_is_what_it_was_or_moves_alike() {
        let keymap = Keymap::default();
        for (key, expected) in [("j", "down"), ("k", "up"), ("g", "home"), ("G", "end"), ("esc", "esc"), ("q", "q"), ("x", "x")] {
            let key: Key = key.parse().unwrap();
            assert_eq!(there(&keymap, &Kind::Help { scroll: 0 }, key), expected.parse().unwrap(), "{key}");
        }
    }
}
