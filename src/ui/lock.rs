//! The dialog in which an environment is locked, and the words for a lock.

use ratatui::layout::Rect;

use super::decision::place;
use super::line::{Line, Pen};
use super::overlay::{frame, text_field};
use super::theme::Role;
use super::view::View;
use crate::app::lock::{Field, LockForm};
use crate::model::id::EnvironmentKey;

/// The room for how long it lasts.
const LONGEST: usize = 8;

/// The sign of a lock.
pub const SIGN: &str = "⊘";

/// Who locked an environment when and why, where somebody has.
#[must_use]
pub fn sentence(view: &View<'_>, environment: &EnvironmentKey) -> Option<Line<'static>> {
    let lock = view.state.locks.of(environment, view.state.now)?;
    // Drawn again when its age changes.
    let _ = view.age(lock.at);
    Some(Line::own(format!("{SIGN} "), Role::HealthWarning).and_foreign(lock.sentence(view.state.now), Role::Text))
}

/// Draws the dialog.
pub fn draw(view: &View<'_>, pen: &mut Pen<'_>, area: Rect, form: &LockForm) {
    let wide = usize::from(area.width).saturating_sub(4).min(80);
    let inner = frame(pen, area, (wide, 10), "lock", "esc locks nothing");
    let heading = Line::own("Lock ", Role::Strong).and_foreign(form.environment.name.to_string(), Role::Strong);
    let region = form.environment.region.as_ref().map_or_else(String::new, |region| format!(" {region}"));
    pen.line(inner, 0, 0, heading.and_foreign(region, Role::Text));
    let note = "What ships to it from here then needs a reason; nothing else does.";
    pen.line(inner, 1, 0, Line::own(note, Role::Faint).cut(wide.saturating_sub(4)));
    for (down, label, text, field) in [(3, "why        ", &form.reason, Field::Reason), (4, "for how long ", &form.lasts, Field::Lasts)] {
        let row = Rect { y: inner.y + down, height: 1, ..inner };
        let has_keys = form.field == field;
        let prompt = Line::own(format!("{label:<14}"), if has_keys { Role::Key } else { Role::Faint });
        text_field(view, pen, row, &prompt, text.around_cursor(), Role::Text, has_keys);
        let most = if field == Field::Lasts { LONGEST } else { usize::MAX };
        place(pen, row, &prompt, (text.text(), most), has_keys);
    }
    let hint = match form.field {
        Field::Reason => "whoever meets the lock reads this  ·  ⏎ to how long",
        Field::Lasts => "30m, 2h, 3d; or nothing: until it is unlocked  ·  ⏎ locks  ·  ⇤ back",
    };
    let line = form.error.map_or_else(|| Line::own(hint, Role::Faint), |error| Line::own(error, Role::Fault));
    pen.line(inner, 6, 0, line.cut(wide.saturating_sub(4)));
}
