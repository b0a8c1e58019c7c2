//! A selection in a list that moves under it: held by identity, never by row number.

/// Where the selection and the window of a list are.
///
/// The rows belong to somebody else; each call is handed them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cursor<Id> {
    selected: Option<Id>,
    /// Where the selected row was, should it vanish.
    index: usize,
    /// The first row of the window.
    offset: usize,
    /// Whether a person has moved it.
    moved: bool,
}

impl<Id> Default for Cursor<Id> {
    fn default() -> Self {
        Self { selected: None, index: 0, offset: 0, moved: false }
    }
}

impl<Id: Clone + PartialEq> Cursor<Id> {
    /// What is selected.
    #[must_use]
    pub const fn selected(&self) -> Option<&Id> {
        self.selected.as_ref()
    }

    /// The number of the selected row.
    #[must_use]
    pub const fn index(&self) -> usize {
        self.index
    }

    /// The number of the first row of the window.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// Follows what is selected to where it is now; if it is gone, takes the row in its place.
    pub fn follow(&mut self, rows: &[Id], window: usize) {
        let here = self.selected.as_ref().filter(|id| rows.get(self.index) != Some(*id));
        if let Some(found) = here.and_then(|id| rows.iter().position(|row| row == id)) {
            // The window moves with the row, so that it stays where the eye is.
            self.offset = (self.offset + found).saturating_sub(self.index);
            self.index = found;
        }
        self.index = self.index.min(rows.len().saturating_sub(1));
        self.selected = rows.get(self.index).cloned();
        self.show(rows.len(), window);
    }

    /// The same; but until a person has moved it, the row with this number is selected.
    pub fn follow_or_start(&mut self, rows: &[Id], window: usize, start: usize) {
        if self.moved {
            self.follow(rows, window);
        } else {
            self.select(start, rows, window);
            self.moved = false;
        }
    }

    /// Selects the row with this number, or the nearest.
    pub fn select(&mut self, index: usize, rows: &[Id], window: usize) {
        self.moved = true;
        self.index = index.min(rows.len().saturating_sub(1));
        self.selected = rows.get(self.index).cloned();
        self.show(rows.len(), window);
    }

    /// Moves by so many rows.
    pub fn move_by(&mut self, delta: isize, rows: &[Id], window: usize) {
        self.select(self.index.saturating_add_signed(delta), rows, window);
    }

    /// Selects this row, if it is there.
    pub fn select_id(&mut self, id: &Id, rows: &[Id], window: usize) {
        if let Some(index) = rows.iter().position(|row| row == id) {
            self.select(index, rows, window);
        }
    }

    /// Moves the window as little as it takes to show the selected row, and never past the end.
    fn show(&mut self, count: usize, window: usize) {
        let window = window.max(1);
        self.offset = self.offset.clamp(self.index.saturating_sub(window - 1), self.index);
        self.offset = self.offset.min(count.saturating_sub(window));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_selection_follows_the_row_and_the_window_goes_along() {
        let mut cursor = Cursor::default();
        let rows: Vec<u32> = (0..20).collect();
        cursor.select(12, &rows, 5);
        assert_eq!((cursor.selected(), cursor.offset()), (Some(&12), 8));
        let reversed: Vec<u32> = (0..20).rev().collect();
        cursor.follow(&reversed, 5);
        assert_eq!((cursor.selected(), cursor.index()), (Some(&12), 7));
        assert!((3..=7).contains(&cursor.offset()));
    }

    #[test]
    fn when_the_row_vanishes_the_one_in_its_place_is_taken() {
        let mut cursor = Cursor::default();
        cursor.select(2, &["a", "b", "c"], 10);
        cursor.follow(&["a", "b"], 10);
        assert_eq!(cursor.selected(), Some(&"b"));
        cursor.follow(&[], 10);
        assert_eq!(cursor.selected(), None);
        cursor.follow(&["x"], 10);
        assert_eq!(cursor.selected(), Some(&"x"));
    }
}
