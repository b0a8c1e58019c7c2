//! Answers that GitHub need not tell again: conditional requests that are answered with 304 cost no quota.
//!
//! Only whole answers to a GET with status 200 and an `ETag` come in, and only
//! after they were understood: what is kept is what they meant, so a 304 costs no
//! parsing, and a body that was cut can never be kept.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use http::HeaderValue;

/// How many answers are kept.
const ENTRIES: usize = 512;
/// How long the bodies may be, taken together, of what is kept. What they mean is smaller.
const BYTES: usize = 64 << 20;

/// An answer that is kept.
#[derive(Clone)]
pub struct Kept {
    /// What to ask with.
    pub etag: HeaderValue,
    /// What it meant.
    pub value: Arc<dyn Any + Send + Sync>,
    /// The page after it.
    pub next: Option<String>,
    weight: usize,
    used: u64,
}

impl Kept {
    pub fn new(etag: HeaderValue, value: Arc<dyn Any + Send + Sync>, next: Option<String>, weight: usize) -> Self {
        Self { etag, value, next, weight, used: 0 }
    }
}

/// What an answer is kept under: the URL, and the form that was accepted.
type Key = (String, &'static str);

#[derive(Default)]
struct Inner {
    kept: HashMap<Key, Kept>,
    bytes: usize,
    uses: u64,
}

/// The answers that are kept, the least used given up first.
#[derive(Default)]
pub struct Cache {
    inner: Mutex<Inner>,
}

impl Cache {
    /// What is kept for this question.
    pub fn get(&self, url: &str, accept: &'static str) -> Option<Kept> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.uses += 1;
        let uses = inner.uses;
        let kept = inner.kept.get_mut(&(url.to_owned(), accept))?;
        kept.used = uses;
        Some(kept.clone())
    }

    /// Keeps an answer.
    pub fn keep(&self, url: &str, accept: &'static str, mut kept: Kept) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.uses += 1;
        kept.used = inner.uses;
        inner.forget(&(url.to_owned(), accept));
        if kept.weight > BYTES / 4 {
            return;
        }
        inner.bytes += kept.weight;
        inner.kept.insert((url.to_owned(), accept), kept);
        while inner.kept.len() > ENTRIES || inner.bytes > BYTES {
            let oldest = inner.kept.iter().min_by_key(|(_, kept)| kept.used).map(|(key, _)| key.clone());
            let Some(oldest) = oldest else { break };
            inner.forget(&oldest);
        }
    }

    /// Forgets everything: somebody else may be asking now.
    pub fn clear(&self) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.kept.clear();
        inner.bytes = 0;
    }
}

impl Inner {
    fn forget(&mut self, key: &Key) {
        if let Some(old) = self.kept.remove(key) {
            self.bytes = self.bytes.saturating_sub(old.weight);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(weight: usize) -> Kept {
        Kept::new(HeaderValue::from_static("\"1\""), Arc::new(weight), None, weight)
    }

    #[test]
    fn it_holds_so_many_answers_and_so_many_bytes_and_gives_up_the_least_used() {
        let cache = Cache::default();
        for number in 0..ENTRIES {
            cache.keep(&number.to_string(), "json", kept(1));
        }
        assert!(cache.get("0", "json").is_some());
        cache.keep("more", "json", kept(1));
        assert!(cache.get("0", "json").is_some() && cache.get("1", "json").is_none());
        assert!(cache.get("0", "text").is_none());
        for number in 0..5 {
            cache.keep(&format!("large {number}"), "json", kept(BYTES / 4));
        }
        assert!(cache.get("large 0", "json").is_none() && cache.get("large 4", "json").is_some());
        assert!(cache.inner.lock().unwrap().bytes <= BYTES);
        cache.keep("huge", "json", kept(BYTES));
        assert!(cache.get("huge", "json").is_none());
        cache.clear();
        assert!(cache.get("large 4", "json").is_none());
    }
}
