//! The streams that were met, and the ids that they were given.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};

use super::out::Out;
use crate::model::log::batch::News;
use crate::model::log::line::SourceId;
use crate::model::log::source::Name;
use crate::ops::port::Numbers;

/// The sources of one follower, shared by all that it does at once.
#[derive(Clone)]
pub(super) struct Sources {
    /// The feed as a whole, which was told of already.
    own: SourceId,
    groups: Arc<[Arc<str>]>,
    numbers: Arc<Numbers>,
    known: Arc<Mutex<HashMap<Name, Source>>>,
}

#[derive(Clone, Copy)]
struct Source {
    id: SourceId,
    /// Whoever listens knows of it.
    told: bool,
}

impl Sources {
    pub(super) fn new(own: SourceId, groups: &[Arc<str>], numbers: Arc<Numbers>) -> Self {
        Self { own, groups: groups.into(), numbers, known: Arc::default() }
    }

    /// The groups.
    pub(super) fn groups(&self) -> &[Arc<str>] {
        &self.groups
    }

    /// All that have been told of, the feed as a whole first.
    pub(super) fn all(&self) -> Vec<SourceId> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<SourceId> = known.values().filter(|source| source.told).map(|source| source.id).collect();
        all.push(self.own);
        all.sort_unstable();
        all
    }

    /// The source of a stream. As long as it was not told of, whoever meets it has to tell of it before its lines.
    ///
    /// Where there are too many to be told apart, its lines are the feed's own.
    pub(super) fn id_of(&self, group: &Arc<str>, stream: &str, new: &mut Vec<(SourceId, Name)>) -> SourceId {
        let name = Name { group: Arc::clone(group), stream: Arc::from(stream) };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let source = match known.entry(name.clone()) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(place) => match self.numbers.source() {
                Some(id) => *place.insert(Source { id, told: false }),
                None => return self.own,
            },
        };
        drop(known);
        if !source.told && !new.iter().any(|(id, _)| *id == source.id) {
            new.push((source.id, name));
        }
        source.id
    }

    /// The feed as a whole.
    pub(super) const fn own(&self) -> SourceId {
        self.own
    }

    /// Tells of new sources. Two that meet one at once both do.
    pub(super) async fn introduce(&self, new: Vec<(SourceId, Name)>, out: &Out) {
        for (id, name) in new {
            out.tell(News::Found(id, name.clone())).await;
            self.was_told(&name);
        }
    }

    /// The same without waiting.
    pub(super) fn introduce_at_once(&self, new: Vec<(SourceId, Name)>, out: &Out) {
        for (id, name) in new {
            out.tell_at_once(News::Found(id, name.clone()));
            self.was_told(&name);
        }
    }

    fn was_told(&self, name: &Name) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(source) = known.get_mut(name) {
            source.told = true;
        }
    }

    /// The group that a live tail names: by its name, by `account:name`, or by its ARN.
    pub(super) fn group(&self, identifier: &str) -> Option<&Arc<str>> {
        let is = |name: &str| identifier == name || identifier.strip_suffix(name).is_some_and(|before| before.ends_with(':'));
        let identifier_of_one = self.groups.first().filter(|_| self.groups.len() == 1 && identifier.is_empty());
        self.groups.iter().find(|name| is(name)).or(identifier_of_one)
    }
}

#[cfg(test)]
mod tests {
    use super::super::out::channel;
    use super::*;

    #[test]
    fn a_group_is_known_however_it_is_named() {
        let groups = ["/app/web", "web"].map(Arc::from);
        let sources = Sources::new(SourceId(90), &groups, Arc::default());
        for (identifier, name) in [
            ("web", Some("web")),
            ("111122223333:/app/web", Some("/app/web")),
            ("arn:aws:logs:eu-west-1:111122223333:log-group:web", Some("web")),
            ("111122223333:/other/web", None),
        ] {
            assert_eq!(sources.group(identifier).map(|found| &**found), name, "{identifier}");
        }
    }

    #[tokio::test]
    async fn a_source_is_told_of_before_anything_is_told_about_it() {
        let group: Arc<str> = "/app/web".into();
        let sources = Sources::new(SourceId(90), &[Arc::clone(&group)], Arc::default());
        let (out, mut news) = channel(Arc::default());
        let (mut one, mut other) = (Vec::new(), Vec::new());
        let first = sources.id_of(&group, "i-1", &mut one);
        assert_eq!(sources.id_of(&group, "i-1", &mut one), first);
        assert_eq!(sources.id_of(&group, "i-1", &mut other), first, "met by another before it was told of");
        assert_eq!((one.len(), other.len(), sources.all()), (1, 1, vec![SourceId(90)]));
        sources.introduce(one, &out).await;
        assert!(matches!(news.recv().await, Some(News::Found(id, _)) if id == first));
        let mut later = Vec::new();
        assert_eq!(sources.id_of(&group, "i-1", &mut later), first);
        assert_eq!((later, sources.all()), (Vec::new(), vec![first, SourceId(90)]));
        assert_ne!(sources.id_of(&group, "i-2", &mut other), first);
    }
}
