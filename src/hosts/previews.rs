//! The previews of pull requests, as GitHub tells of them, and which of those that are over are still there.
//!
//! That somebody answers at the address of a preview proves nothing: a proxy in front may answer for every name and
//! every page. What counts as proof is a page that says that all is well, where another that nobody has says otherwise.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::http::{NoAnswer, Page, Prober};
use crate::model::clock::Stamp;
use crate::model::fault::{Fault, FaultKind};
use crate::model::forge::{News, Topic};
use crate::model::host::Previews;
use crate::model::id::{PullNumber, Repository};
use crate::model::preview::{Place, Preview, PreviewList};
use crate::model::probe::Answer;
use crate::ops::port::Forge;

/// How often GitHub is asked: what has not changed costs it nothing, and each time is a call.
const ASKED: Duration = Duration::from_secs(60);
/// A page that no app has.
const NO_PAGE: &str = "/quarterdeck-asks-for-a-page-that-is-not-there";
/// How many pull requests a sentence names.
const NAMED: usize = 5;

/// Asks for previews, and keeps what was told for a while.
pub struct Asked {
    forge: Option<Arc<dyn Forge>>,
    prober: Prober,
    patience: Duration,
    /// Held while GitHub is asked: whoever asks meanwhile waits for the same answer.
    last: Mutex<HashMap<Repository, (Instant, Told)>>,
    /// What was told last that was understood, for whoever does not wait.
    known: std::sync::Mutex<HashMap<Repository, Arc<Seen>>>,
}

/// What GitHub told, and when it was asked.
pub type Told = (Stamp, Result<Arc<Seen>, Fault>);

/// Pull requests, and what is left of those that are over.
#[derive(Debug, Default)]
pub struct Seen {
    pub list: PreviewList,
    /// Those that are over and whose preview was proven to be there, and not to be gone since.
    pub left_over: Vec<Preview>,
    /// Why these may not be all.
    pub doubt: Option<Fault>,
}

/// What a visit at a preview of a pull request that is over has shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Visit {
    There,
    Gone,
    Unclear,
}

impl Asked {
    pub fn new(forge: Option<Arc<dyn Forge>>, prober: Prober, patience: Duration) -> Self {
        Self { forge, prober, patience, last: Mutex::default(), known: std::sync::Mutex::default() }
    }

    /// Whether GitHub is asked at all.
    pub const fn is_asked(&self) -> bool {
        self.forge.is_some()
    }

    /// What was told last, without asking or waiting for who does.
    pub fn known(&self, repository: &Repository) -> Option<Arc<Seen>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(repository).cloned()
    }

    /// What GitHub tells of these previews. Nothing where it is not asked.
    pub async fn ask(&self, previews: &Previews) -> Option<Told> {
        let forge = self.forge.as_ref()?;
        let mut last = self.last.lock().await;
        if let Some((_, told)) = last.get(&previews.repository).filter(|(at, _)| at.elapsed() < ASKED) {
            return Some(told.clone());
        }
        let report = forge.ask(previews.repository.clone(), Topic::Previews, None).await;
        let told = match report.news {
            Ok(News::Previews(list)) => Ok(Arc::new(self.look(list, previews).await)),
            Ok(_) => Err(Fault::new(FaultKind::Malformed, "GitHub answered another question: please report this")),
            Err(fault) => Err(fault),
        };
        if let Ok(seen) = &told {
            self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(previews.repository.clone(), Arc::clone(seen));
        }
        let told = (report.stamp, told);
        last.insert(previews.repository.clone(), (Instant::now(), told.clone()));
        drop(last);
        Some(told)
    }

    /// Visits the previews of pull requests that are over: those that the list has, and those that were there before.
    async fn look(&self, list: PreviewList, previews: &Previews) -> Seen {
        let known = self.known(&previews.repository);
        let before: Vec<&Preview> = known.iter().flat_map(|seen| &seen.left_over).collect();
        let unlisted = before.iter().copied().filter(|old| list.get(old.pull).is_none());
        let over: Vec<Preview> = list.each.iter().filter(|preview| !preview.is_open).chain(unlisted).cloned().collect();
        let was_there = |preview: &Preview| before.iter().any(|old| old.pull == preview.pull);
        let visited = join_all(over.iter().map(|preview| self.visit(preview, previews, was_there(preview)))).await;
        let each = || over.iter().zip(&visited);
        let unclear: Vec<PullNumber> = each().filter(|(_, visit)| **visit == Visit::Unclear).map(|(preview, _)| preview.pull).collect();
        // What was proven once stays until the opposite is: that somebody does not answer is no proof.
        let stays = |(preview, visit): &(&Preview, &Visit)| match visit {
            Visit::There => true,
            Visit::Unclear => was_there(preview),
            Visit::Gone => false,
        };
        let left_over = each().filter(stays).map(|(preview, _)| preview.clone()).collect();
        let doubt = doubt(&list, &unclear, &previews.repository);
        Seen { list, left_over, doubt }
    }

    async fn visit(&self, preview: &Preview, previews: &Previews, was_there: bool) -> Visit {
        let url = match &preview.place {
            Place::At(url) => url,
            Place::Nowhere => return Visit::Gone,
            Place::Unread => return Visit::Unclear,
        };
        let Ok(page) = Page::new(&address(url, &previews.page)) else { return Visit::Gone };
        let answer = match self.prober.get(&page, self.patience).await {
            Ok(answer) => answer,
            Err(NoAnswer::NoSuchName(_)) => return Visit::Gone,
            // Nobody listens: there is none, unless there was one, which may be starting anew.
            Err(NoAnswer::Refused(_)) if !was_there => return Visit::Gone,
            Err(_) => return Visit::Unclear,
        };
        match answer.status {
            404 | 410 => return Visit::Gone,
            // Who asks for a login first, or sends on to one, does that before looking whether there is anything.
            300..=399 | 401 | 403 | 407 => return Visit::Unclear,
            _ => {}
        }
        let says_well = (200..=299).contains(&answer.status) && answer.says_well();
        let Ok(control) = Page::new(&control(url, preview.pull, &previews.page)) else { return Visit::Unclear };
        match (says_well, self.prober.get(&control, self.patience).await) {
            (true, Ok(other)) if is_same(&answer, &other) => Visit::Unclear,
            (true, _) => Visit::There,
            // What a name that nobody has gets as well comes from who stands in front.
            (false, Ok(other)) if is_same(&answer, &other) => Visit::Gone,
            (false, _) => Visit::Unclear,
        }
    }
}

/// A page that the preview does not have: of a pull request that is none where its number is in the address, since
/// what answers for that would answer for any; else another page.
fn control(url: &str, pull: PullNumber, page: &str) -> String {
    let number = pull.to_string();
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    let is_word = |at: usize| {
        let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        !digit(host.get(..at).and_then(|before| before.chars().next_back()))
            && !digit(host.get(at + number.len()..).and_then(|after| after.chars().next()))
    };
    let name_end = host.find(':').unwrap_or(host.len());
    // An address that is a number tells no pull request.
    let is_named = host.chars().any(|c| c.is_ascii_alphabetic());
    let place = host.match_indices(&number).map(|(at, _)| at).find(|at| is_named && *at < name_end && is_word(*at));
    match place {
        Some(at) => {
            let (before, after) = host.split_at(at);
            let after = after.get(number.len()..).unwrap_or_default();
            address(&format!("{scheme}://{before}0{after}{path}"), page)
        }
        None => address(url, NO_PAGE),
    }
}

fn is_same(one: &Answer, other: &Answer) -> bool {
    (one.status, &one.body) == (other.status, &other.body)
}

/// Why previews may be there that are not told.
fn doubt(list: &PreviewList, unclear: &[PullNumber], repository: &Repository) -> Option<Fault> {
    let unread: Vec<PullNumber> = list.each.iter().filter(|one| one.is_open && one.place == Place::Unread).map(|one| one.pull).collect();
    let sentence = if !list.is_complete {
        format!("{repository} has more open pull requests than are read: previews may be missing here")
    } else if !unread.is_empty() {
        format!("of {} of {repository} not all comments were read: previews may be missing here", named(&unread))
    } else if !unclear.is_empty() {
        format!(
            "whether the previews of {} of {repository} are still there is not known: their addresses do not answer as a preview does, and not as if there was none",
            named(unclear)
        )
    } else {
        return None;
    };
    Some(Fault::new(FaultKind::Failed, sentence))
}

/// Pull requests by their numbers, the first of them.
fn named(pulls: &[PullNumber]) -> String {
    let first: Vec<String> = pulls.iter().take(NAMED).map(|pull| format!("#{pull}")).collect();
    let more = pulls.len().saturating_sub(NAMED);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{rest}", first.join(", "))
}

/// A page below an address.
pub fn address(url: &str, page: &str) -> String {
    let base = url.split(['?', '#']).next().unwrap_or(url);
    format!("{}{page}", base.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_address_is_held_against_is_one_that_nobody_has() {
        for (url, expected) in [
            ("https://pr-27.preview.wit.example.com", "https://pr-0.preview.wit.example.com/health"),
            ("https://127.pr-27.example.com:8443/x/", "https://127.pr-0.example.com:8443/x/health"),
            ("https://ec2-27.example.com/x", "https://ec2-0.example.com/x/health"),
            ("http://10.0.0.27:2700", "http://10.0.0.27:2700/quarterdeck-asks-for-a-page-that-is-not-there"),
            ("https://shop.example.com:27", "https://shop.example.com:27/quarterdeck-asks-for-a-page-that-is-not-there"),
        ] {
            assert_eq!(control(url, PullNumber(27), "/health"), expected, "{url}");
        }
    }

    #[test]
    fn what_was_not_read_is_a_doubt() {
        let preview = |number, place: Place, is_open| Preview {
            pull: PullNumber(number),
            title: "t".into(),
            author: None,
            is_open,
            closed_at: None,
            place,
            version: None,
        };
        let list = |each, is_complete| PreviewList { each, is_complete };
        let sentence = |list: &PreviewList, unclear: &[u64]| {
            let unclear: Vec<PullNumber> = unclear.iter().copied().map(PullNumber).collect();
            doubt(list, &unclear, &"o/r".into()).map(|fault| fault.sentence.to_string())
        };
        assert_eq!(sentence(&list(vec![preview(1, Place::Nowhere, true)], true), &[]), None);
        assert!(sentence(&list(vec![], false), &[]).unwrap().starts_with("o/r has more open pull requests than are read"));
        let unread = (1..=7).map(|number| preview(number, Place::Unread, true)).collect();
        assert!(sentence(&list(unread, true), &[]).unwrap().starts_with("of #1, #2, #3, #4, #5 and 2 more of o/r not all comments"));
        assert!(sentence(&list(vec![], true), &[4]).unwrap().starts_with("whether the previews of #4 of o/r are still there is not known"));
    }
}
