//! Pages and their `Link` headers.
//!
//! Owns `page` and `per_page`. Addresses name repositories by their ids, as
//! GitHub's do, so that they outlive a rename.

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::Request;
use crate::wire::query::Params;

/// Everything but what an address may hold as it is.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Which part of a list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// From 1.
    pub number: usize,
    /// How many items.
    pub size: usize,
}

impl Page {
    /// What a query asks for: what makes no sense means the usual.
    #[must_use]
    pub fn read(params: &Params, usual: usize) -> Self {
        let of = |name: &str| params.get(name).and_then(|text| text.parse::<usize>().ok()).filter(|number| *number > 0);
        Self { number: of("page").unwrap_or(1), size: of("per_page").unwrap_or(usual).min(100) }
    }

    /// The part of a list.
    #[must_use]
    pub fn cut<T: Clone>(self, items: &[T]) -> Vec<T> {
        items.iter().skip((self.number - 1).saturating_mul(self.size)).take(self.size).cloned().collect()
    }

    /// `Link`, where there are several pages.
    #[must_use]
    pub fn link(self, request: &Request<'_>, repository: u64, total: usize) -> Option<String> {
        let last = total.div_ceil(self.size).max(1);
        if last == 1 {
            return None;
        }
        let path = match request.parts.as_slice() {
            [repos, _, _, rest @ ..] if repos == "repos" => {
                let rest: String = rest.iter().map(|part| format!("/{}", encode(part))).collect();
                format!("{}/repositories/{repository}{rest}", request.base)
            }
            _ => format!("{}{}", request.base, request.path.split('?').next().unwrap_or_default()),
        };
        let address = |number: usize| {
            let mut query = String::new();
            for (name, value) in request.params.pairs().filter(|(name, _)| *name != "page") {
                let _ = write!(query, "{}={}&", encode(name), encode(value));
            }
            format!("<{path}?{query}page={number}>")
        };
        let mut links = Vec::new();
        if self.number > 1 {
            links.push(format!("{}; rel=\"prev\"", address(self.number - 1)));
        }
        if self.number < last {
            links.push(format!("{}; rel=\"next\"", address(self.number + 1)));
            links.push(format!("{}; rel=\"last\"", address(last)));
        }
        if self.number > 1 {
            links.push(format!("{}; rel=\"first\"", address(1)));
        }
        Some(links.join(", "))
    }
}

/// A text as a part of an address.
#[must_use]
pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// A path as a part of an address: its slashes stay.
#[must_use]
pub fn encode_path(path: &str) -> String {
    path.split('/').map(encode).collect::<Vec<_>>().join("/")
}
