//! The dialog in which the columns of the Fleet are chosen, put in order and made wider.
//!
//! What is chosen is shown at once behind the dialog; who leaves it with escape has what was before.

use super::fleet::FleetScreen;
use super::key::{Code, Key};
use crate::model::column::Column;
use crate::model::view::{Shown, WIDTHS, columns};

/// A line of the dialog.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Line {
    /// The column.
    pub shown: Shown,
    /// Whether it is shown.
    pub is_shown: bool,
}

/// The dialog.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ColumnsDialog {
    /// Every column: those that are shown in their order, each of the others where it usually stands.
    pub lines: Vec<Line>,
    /// Which is selected.
    pub at: usize,
    /// What was before.
    before: Option<Vec<Shown>>,
    /// What is usual.
    usual: Option<Vec<Shown>>,
}

/// What a key came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pressed {
    /// It goes on; what is chosen is shown.
    On,
    /// It stays as it is chosen.
    Kept,
    /// It is as it was before.
    Undone,
}

impl ColumnsDialog {
    /// The dialog over these columns. `usual`: those that the configuration names.
    #[must_use]
    pub fn new(screen: &FleetScreen, usual: Option<Vec<Shown>>) -> Self {
        Self { lines: lines(screen.columns.as_deref()), at: 0, before: screen.columns.clone(), usual }
    }

    /// The columns as they are chosen; none where all are shown as usual and the configuration names none: where it
    /// does, none would mean those.
    #[must_use]
    pub fn chosen(&self) -> Option<Vec<Shown>> {
        let chosen = columns(self.lines.iter().filter(|line| line.is_shown).map(|line| line.shown));
        (self.usual.is_some() || chosen != Column::ALL.map(Shown::usual)).then_some(chosen)
    }

    /// What was before.
    #[must_use]
    pub fn before(&self) -> Option<Vec<Shown>> {
        self.before.clone()
    }

    /// Takes a key.
    pub fn press(&mut self, key: Key) -> Pressed {
        let last = self.lines.len().saturating_sub(1);
        match (key.ctrl, key.code) {
            (false, Code::Enter) => return Pressed::Kept,
            (false, Code::Esc | Code::Char('q')) | (true, Code::Char('c')) => return Pressed::Undone,
            (false, Code::Down | Code::Char('j')) => self.at = (self.at + 1).min(last),
            (false, Code::Up | Code::Char('k')) => self.at = self.at.saturating_sub(1),
            (false, Code::Home | Code::Char('g')) => self.at = 0,
            (false, Code::End | Code::Char('G')) => self.at = last,
            (false, Code::Char(' ')) => self.toggle(),
            (false, Code::Char('J')) => self.carry((self.at + 1).min(last)),
            (false, Code::Char('K')) => self.carry(self.at.saturating_sub(1)),
            (false, Code::Char('+') | Code::Right) => self.widen(1),
            (false, Code::Char('-') | Code::Left) => self.widen(-1),
            (false, Code::Char('=')) => self.change(|line| line.shown.width = None),
            (false, Code::Char('r')) => self.lines = lines(self.usual.as_deref()),
            _ => {}
        }
        Pressed::On
    }

    fn change(&mut self, change: impl FnOnce(&mut Line)) {
        if let Some(line) = self.lines.get_mut(self.at) {
            change(line);
        }
    }

    /// Shows the column or hides it; the names of environments stay.
    fn toggle(&mut self) {
        self.change(|line| line.is_shown = !line.is_shown || line.shown.column == Column::Environment);
    }

    /// Takes the line to another place, and the selection with it.
    fn carry(&mut self, to: usize) {
        if to < self.lines.len() && self.at < self.lines.len() {
            self.lines.swap(self.at, to);
            self.at = to;
        }
    }

    fn widen(&mut self, by: i16) {
        let Some(line) = self.lines.get(self.at) else { return };
        let from = line.shown.width.unwrap_or_else(|| line.shown.column.usual_width());
        let width = from.saturating_add_signed(by).clamp(*WIDTHS.start(), *WIDTHS.end());
        self.change(|line| line.shown.width = Some(width));
    }
}

/// Every column once: those that are shown in their order, and behind each those that usually follow it.
fn lines(shown: Option<&[Shown]>) -> Vec<Line> {
    let Some(shown) = shown else {
        return Column::ALL.map(|column| Line { shown: Shown::usual(column), is_shown: true }).to_vec();
    };
    let mut lines: Vec<Line> = shown.iter().map(|shown| Line { shown: *shown, is_shown: true }).collect();
    for (place, column) in Column::ALL.into_iter().enumerate() {
        if lines.iter().any(|line| line.shown.column == column) {
            continue;
        }
        let before = place.checked_sub(1).and_then(|before| Column::ALL.get(before));
        let at = lines.iter().position(|line| Some(&line.shown.column) == before).map_or(0, |at| at + 1);
        lines.insert(at, Line { shown: Shown::usual(column), is_shown: false });
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dialog(words: Option<&[&str]>) -> ColumnsDialog {
        let parsed = words.map(|words| columns(words.iter().map(|word| word.parse().unwrap())));
        let screen = FleetScreen { columns: parsed, ..FleetScreen::default() };
        ColumnsDialog::new(&screen, None)
    }

    fn chosen(dialog: &ColumnsDialog) -> String {
        dialog.chosen().map_or_else(|| "usual".to_owned(), |chosen| chosen.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
    }

    fn press(dialog: &mut ColumnsDialog, keys: &str) {
        for key in keys.chars() {
            assert_eq!(dialog.press(Key::char(key)), Pressed::On);
        }
    }

    #[test]
    fn columns_are_hidden_carried_and_made_wider() {
        let mut dialog = dialog(Some(&["name", "health", "age"]));
        press(&mut dialog, " ");
        assert_eq!(chosen(&dialog), "name health age", "the names stay");
        let at = |dialog: &ColumnsDialog, column| dialog.lines.iter().position(|line| line.shown.column == column).unwrap();
        dialog.at = at(&dialog, Column::Health);
        press(&mut dialog, "++");
        assert_eq!(chosen(&dialog), "name health:13 age", "from the usual width");
        press(&mut dialog, "=-");
        assert_eq!(chosen(&dialog), "name health:10 age");
        let down = at(&dialog, Column::Age) - at(&dialog, Column::Health);
        press(&mut dialog, &"J".repeat(down));
        assert_eq!((chosen(&dialog).as_str(), dialog.at), ("name age health:10", at(&dialog, Column::Health)));
        press(&mut dialog, " ");
        assert_eq!(chosen(&dialog), "name age");
        press(&mut dialog, "r");
        assert_eq!(chosen(&dialog), "usual");
        assert_eq!(dialog.before().unwrap().len(), 3);
    }

    #[test]
    fn all_columns_can_be_chosen_where_few_are_configured() {
        let few = columns(["name", "health"].map(|word| word.parse().unwrap()));
        let screen = FleetScreen { columns: Some(few.clone()), ..FleetScreen::default() };
        let mut dialog = ColumnsDialog::new(&screen, Some(few.clone()));
        dialog.lines = lines(None);
        assert_eq!(dialog.chosen().unwrap(), Column::ALL.map(Shown::usual), "none would mean the few");
        press(&mut dialog, "r");
        assert_eq!(dialog.chosen().unwrap(), few);
    }

    #[test]
    fn no_key_makes_a_column_too_wide_or_leads_out_of_the_list() {
        let mut dialog = dialog(None);
        press(&mut dialog, &"-".repeat(30));
        assert_eq!(dialog.lines[0].shown.width, Some(3));
        press(&mut dialog, &"+".repeat(300));
        assert_eq!(dialog.lines[0].shown.width, Some(200));
        press(&mut dialog, "KK");
        press(&mut dialog, &"j".repeat(30));
        press(&mut dialog, "J");
        assert_eq!(dialog.at, Column::ALL.len() - 1);
        assert_eq!(dialog.press(Key::of(Code::Enter)), Pressed::Kept);
        assert_eq!(dialog.press(Key::of(Code::Esc)), Pressed::Undone);
    }

    #[test]
    fn every_column_is_in_the_list_once() {
        for words in [None, Some(&["activity", "name"][..]), Some(&[][..])] {
            let mut there: Vec<Column> = dialog(words).lines.iter().map(|line| line.shown.column).collect();
            there.sort();
            assert_eq!(there, Column::ALL);
        }
    }
}
