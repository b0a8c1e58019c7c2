//! Pages about environments, as the configuration writes them: an address with places for what tells
//! environments apart.
//!
//! What comes from outside is encoded where it is filled in, so that it stays one part of the address
//! that it was put into. In the name of the host nothing is filled in that is not plainly a name.

use std::fmt;
use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::catalogue::{Selector, Tier};
use super::environment::Environment;
use super::id::AppName;

/// The longest address that is opened.
const LONGEST: usize = 2_048;

/// What an address may hold as it is: the unreserved characters of RFC 3986, section 2.3.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A page about each of some environments.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// What it is called: `errors`.
    pub name: Arc<str>,
    /// Its address.
    pub page: Template,
    /// Only environments of this app.
    pub app: Option<AppName>,
    /// Only environments of this tier.
    pub tier: Option<Tier>,
    /// Which environments.
    pub environments: Selector,
}

impl Link {
    /// The address of the page about this environment; none where there is none, or something in it is not known.
    #[must_use]
    pub fn about(&self, environment: &Environment<'_>) -> Option<String> {
        let group = environment.identity().map_or_else(|| environment.app(), |identity| identity.app.clone());
        let fits = self.environments.fits(&environment.key(), &group)
            && self.app.as_ref().is_none_or(|app| *app == environment.app())
            && self.tier.is_none_or(|tier| tier == environment.tier());
        fits.then(|| self.page.filled(|place| value(environment, place))).flatten()
    }
}

/// Something of an environment that has a place in an address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Placeholder {
    /// The configured app.
    App,
    /// The platform's own grouping: Elastic Beanstalk's application.
    Application,
    /// The environment's name.
    Name,
    /// Its region.
    Region,
    /// Its account; for a plain host the server.
    Account,
    /// Its tier.
    Tier,
    /// The label of what runs.
    Version,
    /// The commit that runs.
    Commit,
    /// The number of the pull request that it is a preview of.
    Pull,
}

impl Placeholder {
    /// Each with the word for it.
    pub const ALL: [(&'static str, Self); 9] = [
        ("app", Self::App),
        ("application", Self::Application),
        ("name", Self::Name),
        ("region", Self::Region),
        ("account", Self::Account),
        ("tier", Self::Tier),
        ("version", Self::Version),
        ("commit", Self::Commit),
        ("pull", Self::Pull),
    ];
}

impl Placeholder {
    /// What stands there for this environment; none where it is not known.
    #[must_use]
    pub fn value(self, environment: &Environment<'_>) -> Option<String> {
        value(environment, self)
    }
}

fn value(environment: &Environment<'_>, place: Placeholder) -> Option<String> {
    let key = environment.key();
    match place {
        Placeholder::App => Some(environment.app().to_string()),
        Placeholder::Application => environment.identity().map(|identity| identity.app.to_string()),
        Placeholder::Name => Some(key.name.to_string()),
        Placeholder::Region => key.region.map(|region| region.to_string()),
        Placeholder::Account => key.account.map(|account| account.to_string()),
        Placeholder::Tier => Some(environment.tier().word().to_owned()),
        Placeholder::Version => environment.version().map(|told| told.value.label.to_string()),
        Placeholder::Commit => environment.version().and_then(|told| told.value.sha).map(|sha| sha.to_string()),
        Placeholder::Pull => environment.identity().and_then(|identity| identity.pull).map(|pull| pull.0.to_string()),
    }
}

/// An address with places in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Template {
    pieces: Vec<Piece>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Piece {
    Text(Arc<str>),
    Of(Placeholder),
}

/// Why a text is no address with places in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TemplateError {
    /// It is no address of a page.
    NoPage,
    /// A name and a password would be shown to everybody who sees the screen.
    Login,
    /// A brace without its other one.
    Brace,
    /// Nothing of an environment is called that.
    Unknown(String),
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPage => {
                f.write_str("this is no page: write its address, such as \"https://errors.example.com/{app}?environment={tier}\"")
            }
            Self::Login => {
                f.write_str("this address carries a user's name or a password, which everybody who sees the screen would see: leave it out")
            }
            Self::Brace => f.write_str("a brace is alone here: places are written {name}, and a brace that is meant itself %7B or %7D"),
            Self::Unknown(word) => {
                let known: Vec<String> = Placeholder::ALL.iter().map(|(word, _)| format!("{{{word}}}")).collect();
                write!(f, "nothing of an environment is called {{{word}}}: there are {}", known.join(", "))
            }
        }
    }
}

impl Template {
    /// Reads an address with places in it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(text: &str) -> Result<Self, TemplateError> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (word, behind) = after.split_once('}').ok_or(TemplateError::Brace)?;
            let known = Placeholder::ALL.iter().find(|(known, _)| *known == word);
            let (_, place) =
                known.ok_or_else(|| if word.contains('{') { TemplateError::Brace } else { TemplateError::Unknown(word.to_owned()) })?;
            pieces.push(Piece::Text(Arc::from(before)));
            pieces.push(Piece::Of(*place));
            rest = behind;
        }
        pieces.push(Piece::Text(Arc::from(rest)));
        let template = Self { pieces };
        if template.pieces.iter().any(|piece| matches!(piece, Piece::Text(text) if text.contains('}'))) {
            return Err(TemplateError::Brace);
        }
        // Whatever is filled in, it is an address if it is one with a letter.
        let example = template.filled(|_| Some("x".to_owned())).ok_or(TemplateError::NoPage)?;
        if authority(&example).contains('@') {
            return Err(TemplateError::Login);
        }
        Ok(template)
    }

    /// The address with what is known of an environment; none where something is not, or would lead elsewhere.
    #[must_use]
    pub fn filled(&self, value: impl Fn(Placeholder) -> Option<String>) -> Option<String> {
        let mut address = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => address.push_str(text),
                Piece::Of(place) => {
                    // A path's own dots lead upwards, encoded or not.
                    let value = value(*place).filter(|value| !matches!(value.as_str(), "" | "." | ".."))?;
                    if is_host(&address) && !is_plain(&value) {
                        return None;
                    }
                    address.extend(utf8_percent_encode(&value, ENCODED));
                }
            }
        }
        is_page(&address).then_some(address)
    }
}

/// Whether an address can be handed to a browser: a page of the web, without anything that is not one's own text.
#[must_use]
pub fn is_page(address: &str) -> bool {
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
    let is_plain =
        |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\' | b'^' | b'{' | b'|' | b'}');
    rest.is_some_and(|rest| !rest.is_empty() && rest.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '['))
        && address.len() <= LONGEST
        && address.bytes().all(is_plain)
}

/// The host of an address, with whatever stands around it before the path.
fn authority(address: &str) -> &str {
    let rest = address.split_once("://").map_or("", |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

/// Whether what follows belongs to the scheme or the host still.
fn is_host(address: &str) -> bool {
    address.split_once("://").is_none_or(|(_, rest)| !rest.contains(['/', '?', '#']))
}

/// Whether a text is plainly a part of a host's name.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(template: &str, value: &str) -> Option<String> {
        Template::read(template).unwrap_or_else(|error| panic!("{template}: {error}")).filled(|_| Some(value.to_owned()))
    }

    #[test]
    fn what_is_filled_in_stays_in_its_place() {
        let query = "https://errors.example.com/?query=release:{commit}&environment={tier}";
        assert_eq!(
            filled(query, "a&b=c d").as_deref(),
            Some("https://errors.example.com/?query=release:a%26b%3Dc%20d&environment=a%26b%3Dc%20d")
        );
        assert_eq!(filled("https://example.com/{name}/x", "../../y").as_deref(), Some("https://example.com/..%2F..%2Fy/x"));
        assert_eq!(filled("https://example.com/{name}", "é\u{202e}").as_deref(), Some("https://example.com/%C3%A9%E2%80%AE"));
        assert_eq!(filled("https://example.com/#{name}", "a-b_c.d~e").as_deref(), Some("https://example.com/#a-b_c.d~e"));
    }

    #[test]
    fn a_host_takes_only_what_is_plainly_a_name() {
        assert_eq!(filled("https://{name}.example.com/", "h-prod").as_deref(), Some("https://h-prod.example.com/"));
        for value in ["evil.example/", "x@evil.example", "evil.example#", "a:80", "a b", ""] {
            assert_eq!(filled("https://{name}.example.com/", value), None, "{value}");
        }
    }

    #[test]
    fn no_value_leads_upwards() {
        assert_eq!(filled("https://example.com/{name}/x", ".."), None);
        assert_eq!(filled("https://example.com/{name}/x", "...").as_deref(), Some("https://example.com/.../x"));
    }

    #[test]
    fn an_unknown_value_makes_no_page() {
        let template = Template::read("https://example.com/{pull}");
        assert_eq!(template.map(|template| template.filled(|_| None)), Ok(None));
    }

    #[test]
    fn what_is_no_template_is_told() {
        for (text, error) in [
            ("https://example.com/{nmae}", TemplateError::Unknown("nmae".to_owned())),
            ("https://example.com/{}", TemplateError::Unknown(String::new())),
            ("https://example.com/{name", TemplateError::Brace),
            ("https://example.com/{a{name}", TemplateError::Brace),
            ("https://example.com/name}", TemplateError::Brace),
            ("ftp://example.com/", TemplateError::NoPage),
            ("{name}://example.com/", TemplateError::NoPage),
            ("https:///{name}", TemplateError::NoPage),
            ("/_status", TemplateError::NoPage),
            ("", TemplateError::NoPage),
            ("https://example.com/a b", TemplateError::NoPage),
            ("https://me:secret@example.com/", TemplateError::Login),
            ("https://{name}@example.com/", TemplateError::Login),
        ] {
            assert_eq!(Template::read(text), Err(error), "{text}");
        }
    }

    #[test]
    fn only_pages_of_the_web_are_opened() {
        for (address, is) in [
            ("https://github.com/o/r/pull/7", true),
            ("http://[::1]:8080/", true),
            ("file:///etc/passwd", false),
            ("https://", false),
            ("https://-x", false),
            ("javascript:alert(1)", false),
            ("https://a.example/\u{1b}[2J", false),
            ("https://a.example/ --flag", false),
            ("https://a.example/\u{202e}", false),
            ("https://a.example/`id`", false),
        ] {
            assert_eq!(is_page(address), is, "{address}");
        }
        assert!(!is_page(&format!("https://a.example/{}", "x".repeat(LONGEST))));
    }
}
