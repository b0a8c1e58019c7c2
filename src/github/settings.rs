//! Where GitHub is, and as whom it is asked.

use std::time::Duration;

use http::Uri;

use super::token::Token;
use crate::model::preview::Marks;

/// GitHub's own API.
const HOME: &str = "https://api.github.com";

/// The longest time for a whole answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where GitHub is, and as whom it is asked.
#[derive(Clone, Debug)]
pub struct GitHubSettings {
    /// The base of the REST API: `https://HOST/api/v3` on an enterprise server; `https://api.github.com` where absent.
    pub base: Option<String>,
    /// As whom.
    pub token: Token,
    /// How long a whole answer may take; half of it, how long the making of a connection may.
    pub timeout: Duration,
    /// How pipelines say where previews are.
    pub previews: Marks,
}

impl GitHubSettings {
    /// The configured base, else that of `GITHUB_API_URL`; the token as [`Token::find`] does.
    pub fn find(base: Option<String>, command: Option<Vec<String>>, variable: impl Fn(&str) -> Option<String>) -> Self {
        let base = base.or_else(|| variable("GITHUB_API_URL").filter(|text| !text.trim().is_empty()));
        Self { base, token: Token::find(command, variable), timeout: PATIENCE, previews: Marks::default() }
    }

    /// This base and token, with the usual patience.
    #[must_use]
    pub fn new(base: Option<String>, token: Token) -> Self {
        Self { base, token, timeout: PATIENCE, previews: Marks::default() }
    }
}

/// A base that can be called.
#[derive(Clone, Debug)]
pub struct Base {
    /// Scheme and authority.
    origin: Uri,
    /// All of it, without a slash at its end.
    rest: String,
    graph: String,
}

impl Base {
    /// The base that this text is; none where it is not an http(s) URL without user, password and query.
    pub(crate) fn new(text: Option<&str>) -> Option<Self> {
        let text = text.unwrap_or(HOME).trim().trim_end_matches('/');
        let origin: Uri = text.parse().ok()?;
        let authority = origin.authority()?.as_str();
        let fits = matches!(origin.scheme_str(), Some("http" | "https")) && !authority.contains('@') && origin.query().is_none();
        let rest = text.to_owned();
        // An enterprise server has it beside, not below, the REST API (GitHub Enterprise Server's documentation,
        // "Forming calls with GraphQL").
        let graph = rest.strip_suffix("/api/v3").map_or_else(|| format!("{rest}/graphql"), |host| format!("{host}/api/graphql"));
        fits.then_some(Self { origin, rest, graph })
    }

    /// Where REST begins.
    pub(crate) fn rest(&self) -> &str {
        &self.rest
    }

    /// Where GraphQL is.
    pub(crate) fn graph(&self) -> &str {
        &self.graph
    }

    /// The host, as a person knows it.
    pub(crate) fn host(&self) -> &str {
        self.origin.host().unwrap_or_default()
    }

    /// Whether it is reached without TLS.
    pub(crate) fn is_plain(&self) -> bool {
        self.origin.scheme_str() == Some("http")
    }

    /// Whether a URL leads to the same server: only there the token goes.
    pub(crate) fn holds(&self, url: &Uri) -> bool {
        let same = |other: &Uri| other.authority().map(|authority| authority.as_str().to_ascii_lowercase());
        url.scheme_str() == self.origin.scheme_str() && same(url).is_some() && same(url) == same(&self.origin)
    }

    /// Where a `Location` or a link leads; none where that is another server.
    pub(crate) fn resolve(&self, target: &str) -> Option<String> {
        if target.starts_with('/') && !target.starts_with("//") {
            let (scheme, authority) = (self.origin.scheme_str()?, self.origin.authority()?);
            return Some(format!("{scheme}://{authority}{target}"));
        }
        let url: Uri = target.parse().ok()?;
        self.holds(&url).then(|| target.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn graphql_is_beside_the_rest_api_of_an_enterprise_server() {
        for (base, host, graph) in [
            (None, "api.github.com", "https://api.github.com/graphql"),
            (Some("https://ghe.example.com/api/v3/"), "ghe.example.com", "https://ghe.example.com/api/graphql"),
            (Some("https://api.sub.ghe.com"), "api.sub.ghe.com", "https://api.sub.ghe.com/graphql"),
            (Some("http://127.0.0.1:8080/github"), "127.0.0.1", "http://127.0.0.1:8080/github/graphql"),
        ] {
            let made = Base::new(base).unwrap();
            assert_eq!((made.host(), made.graph()), (host, graph));
        }
        for base in ["", "ghe.example.com", "ftp://x", "https://user:secret@host", "https://host/?x=1"] {
            assert!(Base::new(Some(base)).is_none(), "{base}");
        }
    }

    #[test]
    fn what_leads_to_another_server_leads_nowhere() {
        let base = Base::new(Some("https://ghe.example.com/api/v3")).unwrap();
        assert_eq!(base.resolve("/api/v3/x").as_deref(), Some("https://ghe.example.com/api/v3/x"));
        assert_eq!(base.resolve("https://GHE.example.com/y").as_deref(), Some("https://GHE.example.com/y"));
        for target in ["https://evil.example.com/x", "//evil.example.com/x", "http://ghe.example.com/x", "https://ghe.example.com:1/x", "x"]
        {
            assert_eq!(base.resolve(target), None, "{target}");
        }
    }

    #[test]
    fn the_environment_names_another_server() {
        let settings = GitHubSettings::find(None, None, |name| (name == "GITHUB_API_URL").then(|| "https://h/api/v3".to_owned()));
        assert_eq!(settings.base.as_deref(), Some("https://h/api/v3"));
    }
}
