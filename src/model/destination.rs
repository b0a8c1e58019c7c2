//! Where the system's `ssh` connects to: a name that nothing can take for anything else.
//!
//! A destination ends up on a command line, and in the user's own configuration of ssh it may end
//! up in a shell (`ProxyCommand` with `%h`, `%r`). So what is no plain name is refused here.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// `host`, or `user@host`; the host may be an alias of the user's own configuration of ssh.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Destination(Arc<str>);

/// Why a text is no destination.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadDestination {
    /// There is nothing to connect to.
    #[error("it names no host: write host or user@host")]
    Empty,
    /// Some programs would read it as an option.
    #[error("{0} begins with a dash, so that it would be read as an option: write the host's address, or an alias from your ssh_config")]
    Dash(&'static str),
    /// It holds a character that no host and no user has.
    #[error(
        "{part} holds {character:?}: write only letters, digits, dots, dashes and underscores; a port belongs into your ssh_config, or into ssh_options as \"Port=2222\""
    )]
    Character {
        /// Which part of it.
        part: &'static str,
        /// The character.
        character: char,
    },
    /// It is longer than any name.
    #[error("it is longer than a host's name can be (253 characters)")]
    Long,
}

/// No name of the DNS is longer (RFC 1035, section 2.3.4, less the dots of the wire).
const LONGEST: usize = 253;

impl Destination {
    /// Accepts `host` and `user@host`.
    ///
    /// # Errors
    /// When it could be read as an option, holds other characters than names have, or names no host.
    pub fn new(text: &str) -> Result<Self, BadDestination> {
        let (user, host) = text.split_once('@').map_or((None, text), |(user, host)| (Some(user), host));
        if let Some(user) = user {
            check(user, "the user's name", |c| matches!(c, '.' | '_' | '-' | '+'))?;
        }
        // Colons and a percent sign stand in addresses of IPv6: fe80::1%eth0.
        check(host, "the host's name", |c| matches!(c, '.' | '_' | '-' | ':' | '%'))?;
        Ok(Self(Arc::from(text)))
    }

    /// As ssh is given it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn check(name: &str, part: &'static str, beside: impl Fn(char) -> bool) -> Result<(), BadDestination> {
    if name.is_empty() {
        return Err(BadDestination::Empty);
    }
    if name.starts_with('-') {
        return Err(BadDestination::Dash(part));
    }
    if let Some(character) = name.chars().find(|c| !c.is_ascii_alphanumeric() && !beside(*c)) {
        return Err(BadDestination::Character { part, character });
    }
    if name.len() > LONGEST {
        return Err(BadDestination::Long);
    }
    Ok(())
}

impl TryFrom<String> for Destination {
    type Error = BadDestination;

    fn try_from(text: String) -> Result<Self, BadDestination> {
        Self::new(&text)
    }
}

impl From<Destination> for String {
    fn from(destination: Destination) -> Self {
        destination.as_str().to_owned()
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_aliases_and_addresses_are_destinations() {
        for text in ["shop", "deploy@shop.example.com", "10.0.0.1", "root@fe80::1%eth0", "a_b-c", "ci+x@h"] {
            assert_eq!(Destination::new(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn nothing_that_could_be_an_option_or_reach_a_shell_is_a_destination() {
        for text in [
            "-oProxyCommand=touch /tmp/x",
            "-shop",
            "deploy@-oProxyCommand=x",
            "-l@shop",
            "",
            "@shop",
            "deploy@",
            "sh op",
            "shop;id",
            "$(id)",
            "`id`",
            "shop\n",
            "shop\u{1b}[2J",
            "a@b@c",
            "ssh://shop",
            "shöp",
            "\u{202e}pohs",
            &"a".repeat(254),
        ] {
            assert!(Destination::new(text).is_err(), "{text:?}");
        }
        let refused = Destination::new("deploy@-oX").unwrap_err().to_string();
        assert!(refused.starts_with("the host's name begins with a dash"), "{refused}");
        assert!(Destination::new("shop\u{1b}").unwrap_err().to_string().contains("'\\u{1b}'"));
    }
}
