//! The Promotions screen: everything that waits for a person's yes.

use super::cursor::Cursor;
use super::github::GitHubState;
use crate::model::id::{Repository, RunId};

/// The Promotions screen.
#[derive(Debug, Default)]
pub struct PromotionsScreen {
    /// The waiting runs, from top to bottom.
    pub rows: Vec<(Repository, RunId)>,
    /// The selected one.
    pub cursor: Cursor<(Repository, RunId)>,
    /// Whether only those are shown that whoever looks may approve.
    pub mine: bool,
}

impl PromotionsScreen {
    /// Works the rows out again.
    pub fn arrange(&mut self, github: &GitHubState, window: usize) {
        let shown = github.promotions.iter().filter(|promotion| !self.mine || promotion.may_approve());
        self.rows = shown.map(|promotion| (promotion.repository.clone(), promotion.run.id)).collect();
        self.cursor.follow(&self.rows, window);
    }
}
