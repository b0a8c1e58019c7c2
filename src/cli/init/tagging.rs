//! Which tag of a region's machines names environments, and what each value of it stands for.

use std::collections::BTreeMap;

use super::conclude::is_plain;
use super::found::What;
use crate::aws::inventory::FoundMachine;

/// The keys of tags whose values name environments, whatever their capitals.
const ENVIRONMENT_KEYS: [&str; 4] = ["environment", "env", "stage", "tier"];
/// The words of which one is in the key of a tag that numbers a pull request.
const PULL_WORDS: [&str; 3] = ["pr", "pull", "pullrequest"];
/// Where nothing but their own values tells previews from the rest.
const SEVERAL: &str = "These previews have a value of the tag each: another one needs an entry, or a tag that all of them carry.";
/// Where a value is no name.
const RENAMED: &str = "Its value would be a pattern as a name: this one stands for it.";

/// The tag that names environments in a region, and who carries which value of it.
pub struct Tagging<'m> {
    key: String,
    values: BTreeMap<String, Vec<&'m FoundMachine>>,
}

impl<'m> Tagging<'m> {
    /// The key that most machines carry, to the letter.
    pub fn of(machines: &[&'m FoundMachine]) -> Option<Self> {
        let mut keys: BTreeMap<&str, BTreeMap<String, Vec<&'m FoundMachine>>> = BTreeMap::new();
        for machine in machines {
            for (key, value) in &machine.tags {
                let is_one = ENVIRONMENT_KEYS.iter().any(|known| key.eq_ignore_ascii_case(known));
                if is_one && is_plain(value) && !value.contains('=') {
                    keys.entry(key).or_default().entry(value.clone()).or_default().push(machine);
                }
            }
        }
        let carried = |values: &BTreeMap<String, Vec<&FoundMachine>>| values.values().map(Vec::len).sum::<usize>();
        let (key, values) = keys.into_iter().rev().max_by_key(|(_, values)| carried(values))?;
        Some(Self { key: key.to_owned(), values })
    }

    /// The machines that carry it.
    pub fn machines(&self) -> impl Iterator<Item = &'m FoundMachine> {
        self.values.values().flatten().copied()
    }

    /// What each value of it stands for. Where several number pull requests, one tag that all of those machines carry,
    /// and no other does, stands for all of them: a value of their own would name previews that are gone tomorrow.
    pub fn marked(&self) -> Vec<Marked<'m>> {
        let mut marked = Vec::new();
        let mut previews: BTreeMap<String, Vec<(&String, &Vec<&'m FoundMachine>)>> = BTreeMap::new();
        for (value, machines) in &self.values {
            match pull_key(&self.key, machines) {
                Some(key) => previews.entry(key).or_default().push((value, machines)),
                None => marked.push(self.environment(value, machines)),
            }
        }
        for (key, values) in previews {
            let all: Vec<&'m FoundMachine> = values.iter().flat_map(|(_, machines)| machines.iter().copied()).collect();
            let alone = |tag: String, machines: &[&'m FoundMachine], note| Marked {
                what: What::Previews(key.clone()),
                tag,
                machines: machines.to_vec(),
                note,
            };
            match (values.as_slice(), self.common(&key, &all)) {
                ([_, _, ..], Some(tag)) => marked.push(alone(tag, &all, None)),
                (several, _) => marked.extend(
                    several
                        .iter()
                        .map(|(value, machines)| alone(format!("{}={value}", self.key), machines, (several.len() > 1).then_some(SEVERAL))),
                ),
            }
        }
        marked
    }

    fn environment(&self, value: &str, machines: &[&'m FoundMachine]) -> Marked<'m> {
        // In names these two stand for others, and a configuration takes them for a pattern.
        let name = value.replace(['*', '?'], "-");
        let note = (name != value).then_some(RENAMED);
        Marked { what: What::Environment(name), tag: format!("{}={value}", self.key), machines: machines.to_vec(), note }
    }

    /// A tag that these machines carry alike, and none of the others.
    fn common(&self, pull_key: &str, previews: &[&FoundMachine]) -> Option<String> {
        let (first, rest) = previews.split_first()?;
        let is_preview = |machine: &FoundMachine| previews.iter().any(|preview| preview.id == machine.id);
        let carries = |machine: &FoundMachine, key: &str, value: &str| machine.tags.get(key).is_some_and(|told| told == value);
        let fits = |(key, value): &(&String, &String)| {
            let is_own = *key == pull_key || **key == self.key || *key == "Name" || key.starts_with("aws:");
            !is_own
                && is_plain(key)
                && is_plain(value)
                && !key.contains('=')
                && rest.iter().all(|machine| carries(machine, key, value))
                && !self.machines().any(|machine| !is_preview(machine) && carries(machine, key, value))
        };
        first.tags.iter().find(fits).map(|(key, value)| format!("{key}={value}"))
    }
}

/// Machines that are one environment, or previews.
pub struct Marked<'m> {
    /// What they are.
    pub what: What,
    /// The tag that they carry, `key=value`.
    pub tag: String,
    /// The machines.
    pub machines: Vec<&'m FoundMachine>,
    /// Something that a person should know of it.
    pub note: Option<&'static str>,
}

/// The tag that numbers the pull requests of these machines, where all carry one.
fn pull_key(environment_key: &str, machines: &[&FoundMachine]) -> Option<String> {
    let names_pulls = |key: &str| {
        let lower = key.to_ascii_lowercase();
        lower.split(|character: char| !character.is_ascii_alphanumeric()).any(|word| PULL_WORDS.contains(&word))
    };
    let (first, rest) = machines.split_first()?;
    let numbers = |machine: &FoundMachine, key: &str| machine.tags.get(key).is_some_and(|value| value.parse::<u64>().is_ok());
    let fits = |key: &&String| {
        *key != environment_key && is_plain(key) && names_pulls(key) && numbers(first, key) && rest.iter().all(|one| numbers(one, key))
    };
    first.tags.keys().find(fits).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(id: &str, tags: &[(&str, &str)]) -> FoundMachine {
        FoundMachine { id: id.into(), tags: tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect() }
    }

    fn marked(machines: &[FoundMachine]) -> Vec<(String, What, bool)> {
        let machines: Vec<&FoundMachine> = machines.iter().collect();
        let tagging = Tagging::of(&machines).unwrap();
        tagging.marked().into_iter().map(|one| (one.tag, one.what, one.note.is_some())).collect()
    }

    #[test]
    fn previews_with_a_value_each_are_found_by_what_all_of_them_carry() {
        let preview = |id, value, number| machine(id, &[("environment", value), ("pr", number), ("kind", "preview"), ("Name", id)]);
        let machines =
            [preview("a", "pr-12", "12"), preview("b", "pr-13", "13"), machine("c", &[("environment", "production"), ("team", "shop")])];
        assert_eq!(
            marked(&machines),
            [
                ("environment=production".to_owned(), What::Environment("production".to_owned()), false),
                ("kind=preview".to_owned(), What::Previews("pr".to_owned()), false),
            ]
        );
        // What production carries as well tells nothing of previews: then each value has its entry, which says so.
        let without = |id, value, number| machine(id, &[("environment", value), ("pr", number), ("team", "shop")]);
        let machines = [without("a", "pr-12", "12"), without("b", "pr-13", "13"), machines[2].clone()];
        let tags: Vec<(String, bool)> = marked(&machines).into_iter().map(|(tag, _, is_noted)| (tag, is_noted)).collect();
        let expected = [("environment=production", false), ("environment=pr-12", true), ("environment=pr-13", true)];
        assert_eq!(tags, expected.map(|(tag, is_noted)| (tag.to_owned(), is_noted)));
    }

    #[test]
    fn a_value_with_a_star_is_no_pattern_and_a_key_that_is_not_plain_numbers_nothing() {
        let machines = [machine("a", &[("env", "blue*green")]), machine("b", &[("env", "x"), ("pr\n[apps]", "7")])];
        assert_eq!(
            marked(&machines),
            [
                ("env=blue*green".to_owned(), What::Environment("blue-green".to_owned()), true),
                ("env=x".to_owned(), What::Environment("x".to_owned()), false),
            ]
        );
    }
}
