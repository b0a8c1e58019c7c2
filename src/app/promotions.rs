//! The Promotions screen: everything that waits for a person's yes, and below it what got one here and goes on.

use super::cursor::Cursor;
use super::followed::Followed;
use super::github::GitHubState;
use crate::model::clock::Timestamp;
use crate::model::id::{Repository, RunId};

/// The Promotions screen.
#[derive(Debug, Default)]
pub struct PromotionsScreen {
    /// The waiting runs, and below them those that were answered to from here, from top to bottom.
    pub rows: Vec<(Repository, RunId)>,
    /// The selected one.
    pub cursor: Cursor<(Repository, RunId)>,
    /// Whether only those are shown that whoever looks may approve.
    pub mine: bool,
}

impl PromotionsScreen {
    /// Works the rows out again.
    pub fn arrange(&mut self, github: &GitHubState, followed: &Followed, now: Timestamp, window: usize) {
        let shown = github.promotions.iter().filter(|promotion| !self.mine || promotion.may_approve());
        self.rows = shown.map(|promotion| (promotion.repository.clone(), promotion.run.id)).collect();
        for answered in followed.listed(&github.forge, now) {
            let (repository, run) = (&answered.promotion.repository, answered.promotion.run.id);
            if github.promotion(repository, run).is_none() {
                self.rows.push((repository.clone(), run));
            }
        }
        self.cursor.follow(&self.rows, window);
    }
}
