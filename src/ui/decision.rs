//! The dialog in which a person answers to a waiting run.

use ratatui::layout::Rect;

use super::chain;
use super::line::{Line, Pen};
use super::overlay::{frame, text_field};
use super::text::wrap;
use super::theme::Role;
use super::view::View;
use crate::app::decision::{Decision, Field, Proof};

/// Draws the dialog.
pub fn draw(view: &View<'_>, pen: &mut Pen<'_>, area: Rect, decision: &Decision) {
    let wide = usize::from(area.width).saturating_sub(4).min(96);
    let room = wide.saturating_sub(4);
    let lines = plan(view, decision, room);
    let most = usize::from(area.height).saturating_sub(9);
    let cut = lines.len().saturating_sub(most);
    let shown = lines.len() - cut;
    let title = if decision.approve { "approve" } else { "reject" };
    let inner = frame(pen, area, (wide, shown + 9), title, "esc sends nothing");
    for (down, line) in lines.into_iter().take(shown).enumerate() {
        pen.line(inner, down, 0, line);
    }
    if cut > 0 {
        pen.line_at_end(inner, shown.saturating_sub(1), 0, Line::own(format!("… {cut} more lines"), Role::Fault));
    }
    let row = |down: usize| Rect { y: inner.y + u16::try_from(shown + down).unwrap_or(u16::MAX), height: 1, ..inner };
    fields(view, pen, decision, row);
}

/// What is decided on: run, gates, environments, identity, and what stands in the way.
fn plan<'a>(view: &View<'_>, decision: &'a Decision, room: usize) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    let verb = if decision.approve { "Approve" } else { "Reject" };
    lines.push(
        Line::own(format!("{verb} run {} of ", decision.run), Role::Strong)
            .and_foreign(decision.review.repository.as_str(), Role::Strong)
            .and(format!(" at {}", decision.seal.head.short()), Role::Strong),
    );
    let mut add = |label: &str, text: &str, role: Role| {
        for (index, part) in wrap(text, room.saturating_sub(10), 4).into_iter().enumerate() {
            let label = if index == 0 { format!("{label:<10}") } else { " ".repeat(10) };
            lines.push(Line::own(label, Role::Faint).and_foreign(part, role));
        }
    };
    add("gates", &decision.gates.join(", "), Role::Text);
    let environments = chain::environments(&decision.environments);
    add("ships to", if environments.is_empty() { "? not known" } else { &environments }, Role::Text);
    if decision.approve {
        add("commits", &decision.commits.map_or_else(|| "? not known".to_owned(), |commits| commits.to_string()), Role::Text);
    } else {
        add("then", "the jobs behind these gates fail; nothing is deployed by them", Role::Text);
    }
    let viewer = view.state.github.forge.viewer.value();
    add(
        "as",
        &viewer.map_or_else(|| "? GitHub has not told whose token it is".to_owned(), |login| format!("@{login} on GitHub")),
        Role::Text,
    );
    for sentence in &decision.failed {
        add("✖", sentence, Role::HealthSevere);
    }
    lines
}

fn fields(view: &View<'_>, pen: &mut Pen<'_>, decision: &Decision, row: impl Fn(usize) -> Rect) {
    let label = if decision.needs_reason() { "reason    " } else { "comment   " };
    let has_keys = |field| decision.field == field;
    let role = |field| if has_keys(field) { Role::Key } else { Role::Faint };
    let prompt = Line::own(label, role(Field::Comment));
    text_field(view, pen, row(1), &prompt, decision.comment.around_cursor(), Role::Text, has_keys(Field::Comment));
    match &decision.proof {
        Proof::Yes => {
            pen.line(row(3), 0, 0, Line::own("y", role(Field::Proof)).and("         sends it", Role::Text));
        }
        Proof::Typed(wanted) => {
            let what = format!("type {wanted} ");
            text_field(
                view,
                pen,
                row(3),
                &Line::own(what, role(Field::Proof)),
                decision.typed.around_cursor(),
                Role::Strong,
                has_keys(Field::Proof),
            );
        }
    }
    let hint = match (decision.field, &decision.proof) {
        (Field::Comment, _) => "⏎ goes on",
        (Field::Proof, Proof::Typed(_)) => "⏎ sends it once  ·  ⇤ back to the comment",
        (Field::Proof, Proof::Yes) => "⇤ back to the comment",
    };
    let line = decision.error.map_or_else(|| Line::own(hint, Role::Faint), |error| Line::own(error, Role::Fault));
    pen.line(row(5), 0, 0, line);
}
