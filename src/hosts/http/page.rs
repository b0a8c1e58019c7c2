//! The address of a page that is probed.

use std::fmt;
use std::sync::Arc;

use http::Uri;
use http_body_util::Empty;

use super::{NoAnswer, Request};

/// An address of a page: `https://shop.example.com/health`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    uri: Uri,
    host: Arc<str>,
}

/// Why a text is no address of a page.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadPage {
    /// It is no URL.
    #[error("it is no URL: {0}")]
    NoUrl(String),
    /// It does not say how.
    #[error("it does not begin with https:// or http://")]
    OtherScheme,
    /// It leads nowhere.
    #[error("it names no host")]
    NoHost,
    /// It carries a name or a password.
    #[error("it carries a user's name or a password, which would be told to whoever sees the screen: a health page must not need them")]
    Login,
}

impl Page {
    /// Accepts `http` and `https`.
    ///
    /// # Errors
    /// Where it is no such address.
    pub fn new(text: &str) -> Result<Self, BadPage> {
        let uri: Uri = text.parse().map_err(|error: http::uri::InvalidUri| BadPage::NoUrl(error.to_string()))?;
        let authority = uri.authority().ok_or(BadPage::OtherScheme)?;
        if authority.as_str().contains('@') {
            return Err(BadPage::Login);
        }
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(BadPage::OtherScheme);
        }
        // The brackets of an address of IPv6 are the URL's, not the name's.
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            return Err(BadPage::NoHost);
        }
        Ok(Self { host: Arc::from(host), uri })
    }

    /// The host's name or address.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether it is reached with TLS.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.uri.scheme_str() == Some("https")
    }

    /// As sentences name it: `GET /health`.
    #[must_use]
    pub fn word(&self) -> String {
        format!("GET {}", self.uri.path())
    }

    pub(super) const fn uri(&self) -> &Uri {
        &self.uri
    }

    pub(super) fn request(&self) -> Result<Request, NoAnswer> {
        let path = self.uri.path_and_query().map_or("/", |path| path.as_str());
        let host = self.uri.authority().map_or("", |authority| authority.as_str());
        let builder = http::Request::get(path).header(http::header::HOST, host).header(http::header::CONNECTION, "close");
        let builder = builder.header(http::header::USER_AGENT, "quarterdeck").header(http::header::ACCEPT, "application/json, */*");
        builder.body(Empty::new()).map_err(|error| NoAnswer::Broken(error.to_string()))
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.uri.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_a_scheme_and_a_host_and_no_password() {
        let page = Page::new("https://shop.example.com:8443/health?deep=1").unwrap();
        assert_eq!((page.host(), page.is_secret(), page.word().as_str()), ("shop.example.com", true, "GET /health"));
        assert_eq!(Page::new("http://[::1]:80").unwrap().host(), "::1");
        for (text, why) in [
            ("shop.example.com/health", BadPage::NoUrl("invalid format".into())),
            ("/health", BadPage::OtherScheme),
            ("ftp://shop/health", BadPage::OtherScheme),
            ("https://user:word@shop/health", BadPage::Login),
        ] {
            assert_eq!(Page::new(text).unwrap_err(), why, "{text}");
        }
        assert!(Page::new("https://sh op/").is_err() && Page::new("https://shop/\n").is_err() && Page::new("").is_err());
    }
}
