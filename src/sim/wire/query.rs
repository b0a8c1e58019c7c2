//! Parameters in: the flattened form of awsQuery and ec2Query.
//!
//! Owns reading lists (`Names.member.1`, or `Names.1` for EC2) and structures
//! within lists. Never decides what a parameter means.

use std::collections::BTreeMap;

/// More parameters than this are nobody's honest request.
const MOST: usize = 20_000;

/// The parameters of one request, by name.
#[derive(Clone, Debug, Default)]
pub struct Params {
    values: BTreeMap<String, String>,
}

impl Params {
    /// Reads a query string and a form body; the body wins where both name one.
    #[must_use]
    pub fn read(query: &str, form: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(query.as_bytes()).chain(form_urlencoded::parse(form));
        let values = pairs.take(MOST).map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        Self { values }
    }

    /// A parameter that is there and not empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// All of them, in the order of their names.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether the parameter was sent at all, even empty.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// A truth value as clients write it.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true") || value == "1")
    }

    /// The values of a list, in the order of their numbers.
    #[must_use]
    pub fn list(&self, name: &str) -> Vec<&str> {
        let mut found: Vec<(u32, &str)> = self.under(name).filter_map(|(rest, value)| Some((rest.parse().ok()?, value))).collect();
        found.sort_by_key(|&(number, _)| number);
        found.into_iter().map(|(_, value)| value).collect()
    }

    /// The structures of a list, each with its own parameters.
    #[must_use]
    pub fn structures(&self, name: &str) -> Vec<Self> {
        let mut found: BTreeMap<u32, Self> = BTreeMap::new();
        for (rest, value) in self.under(name) {
            let Some((number, member)) = rest.split_once('.') else {
                continue;
            };
            let Ok(number) = number.parse() else { continue };
            let entry = found.entry(number).or_default();
            entry.values.insert(member.to_owned(), value.to_owned());
        }
        found.into_values().collect()
    }

    /// What stands under `name.` with a `member.` in between left out.
    fn under(&self, name: &str) -> impl Iterator<Item = (&str, &str)> {
        let prefix = format!("{name}.");
        let start = prefix.clone();
        self.values.range(start..).map_while(move |(key, value)| {
            let rest = key.strip_prefix(prefix.as_str())?;
            Some((rest.strip_prefix("member.").unwrap_or(rest), value.as_str()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_come_in_order_in_both_forms() {
        let params = Params::read("", b"N.member.10=j&N.member.2=b&N.member.1=a&NX.member.1=no");
        assert_eq!(params.list("N"), ["a", "b", "j"]);
        assert_eq!(Params::read("InstanceId.1=i-1&InstanceId.2=i-2", b"").list("InstanceId"), ["i-1", "i-2"]);
    }

    #[test]
    fn structures_keep_their_members_apart() {
        let params = Params::read("", b"F.1.Name=tag%3Aa&F.1.Value.1=x&F.1.Value.2=y&F.2.Name=b");
        let filters = params.structures("F");
        assert_eq!(filters.len(), 2);
        assert_eq!(filters[0].get("Name"), Some("tag:a"));
        assert_eq!(filters[0].list("Value"), ["x", "y"]);
    }

    #[test]
    fn hostile_input_is_only_odd() {
        for odd in ["%ff%00=%", "N.member.99999999999=a", "N.member.=a", "...", "=", "N.member.1.2.3=a"] {
            let params = Params::read(odd, odd.as_bytes());
            let _ = (params.list("N"), params.structures("N"), params.get(""));
        }
    }
}
