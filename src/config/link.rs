//! `[[links]]`: pages about environments.

use std::sync::Arc;

use super::file::{SelectorEntry, app_name, selector};
use super::shape;
use super::source::{At, Notes};
use super::table::Section;
use crate::model::catalogue::Tier;
use crate::model::id::AppName;
use crate::model::link::{Link, Template};

pub(super) struct LinkEntry {
    name: Option<Arc<str>>,
    page: Option<Template>,
    pub app: Option<At<AppName>>,
    tier: Option<Tier>,
    environments: SelectorEntry,
}

/// Reads a section, whatever is wrong with parts of it.
pub(super) fn read(section: &Section<'_>, notes: &mut Notes<'_>) -> LinkEntry {
    section.require("name", "\"errors\"", notes);
    section.require("page", "\"https://errors.example.com/{app}?environment={tier}\"", notes);
    let name = section.text("name", notes).filter(|name| shape::plain(name, "this link's name", notes));
    let page = section.text("page", notes).and_then(|text| match Template::read(text.value) {
        Ok(page) => Some(page),
        Err(error) => {
            notes.add(&text.span, error.to_string());
            None
        }
    });
    LinkEntry {
        name: name.map(|name| Arc::from(name.value)),
        page,
        app: app_name(section, notes),
        tier: section.text("tier", notes).and_then(|text| shape::tier(&text, notes)),
        environments: selector(section, notes),
    }
}

impl LinkEntry {
    pub fn link(self) -> Option<Link> {
        let environments = self.environments.selector();
        Some(Link { name: self.name?, page: self.page?, app: self.app.map(|app| app.value), tier: self.tier, environments })
    }
}
