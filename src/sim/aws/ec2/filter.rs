//! Which instances ids and filters choose.
//!
//! Owns the filters that there are, and EC2's wildcards.

use super::seen::Seen;
use super::{vpc, zone};
use crate::aws::{Call, Fault};
use crate::environment::{instance_name, instance_number};
use crate::wire::query::Params;
use crate::world::World;

/// Whether a value of the filter fits; `None` for a filter there is not.
fn fits(seen: &Seen<'_>, name: &str, values: &[&str]) -> Option<bool> {
    let place = seen.place();
    let any = |is: &str| is_any(values, is);
    let any_of = |is: Option<String>| is.is_some_and(|is| any(&is));
    Some(match name {
        "instance-state-name" => any(seen.state().1),
        "instance-state-code" => any(&seen.state().0.to_string()),
        "instance-id" => any(&instance_name(seen.number())),
        "instance-type" => any(seen.kind()),
        "image-id" => any(&seen.ami()),
        "reservation-id" => any(&seen.reservation()),
        "availability-zone" => any(&zone(&place.region, seen.zone())),
        "private-ip-address" => any_of(seen.private_ip()),
        "ip-address" => any_of(seen.public_ip()),
        "vpc-id" => any(&vpc(place)),
        "owner-id" => any(&place.account),
        _ => return tags_fit(&seen.tags(), name, values),
    })
}

/// The same for the filters of tags. Keys and values are as case-exact as EC2's.
#[must_use]
pub fn tags_fit(tags: &[(&str, String)], name: &str, values: &[&str]) -> Option<bool> {
    match name {
        "tag-key" => Some(tags.iter().any(|(key, _)| is_any(values, key))),
        "tag-value" => Some(tags.iter().any(|(_, value)| is_any(values, value))),
        _ => {
            let key = name.strip_prefix("tag:")?;
            Some(tags.iter().any(|(known, value)| *known == key && is_any(values, value)))
        }
    }
}

/// Whether any of a filter's values fits.
#[must_use]
pub fn is_any(values: &[&str], is: &str) -> bool {
    values.iter().any(|value| glob(value, is))
}

/// `*` and `?` in the value of a filter, as EC2 reads them.
fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || Some(c) == text.get(t) => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((back, from)) => {
                    star = Some((back, from + 1));
                    p = back + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|c| *c == '*')
}

/// The instances of a place: those of environments, and those of their own.
pub fn all<'a>(world: &'a World, call: &Call<'_>) -> Vec<Seen<'a>> {
    let listed = world.of(&call.place).filter(|environment| environment.listed());
    let managed = listed.flat_map(|environment| {
        environment.instances.iter().enumerate().map(move |(index, instance)| Seen::Managed { environment, instance, index })
    });
    let machines = world.compute.machines.iter().enumerate().filter(|(_, machine)| machine.place == call.place);
    let own = machines
        .filter(|(_, machine)| machine.listed(world.now))
        .map(|(slot, machine)| Seen::Own { machine, ip: world.compute.public_ip(slot) });
    managed.chain(own).collect()
}

/// The instances that ids and filters choose.
///
/// # Errors
///
/// When an instance or a filter is not known.
pub fn chosen<'a>(world: &'a World, call: &Call<'_>) -> Result<Vec<Seen<'a>>, Fault> {
    let ids = call.params.list("InstanceId");
    if !ids.is_empty() && call.params.has("MaxResults") {
        let sentence = "The parameter instancesSet cannot be used with the parameter maxResults";
        return Err(Fault::new(400, "InvalidParameterCombination", sentence));
    }
    let filters: Vec<Params> = call.params.structures("Filter");
    let mut found = all(world, call);
    if !ids.is_empty() {
        let numbers: Vec<Option<u64>> = ids.iter().map(|id| instance_number(id)).collect();
        for (id, number) in ids.iter().zip(&numbers) {
            if !found.iter().any(|seen| Some(seen.number()) == *number) {
                return Err(unknown(id));
            }
        }
        found.retain(|seen| numbers.contains(&Some(seen.number())));
    }
    let mut chosen = Vec::new();
    for seen in found {
        if all_fit(&filters, |name, values| fits(&seen, name, values))? {
            chosen.push(seen);
        }
    }
    Ok(chosen)
}

/// What is said of an id that nothing has.
#[must_use]
pub fn unknown(id: &str) -> Fault {
    let well_formed = id.strip_prefix("i-").is_some_and(|hex| matches!(hex.len(), 8 | 17) && hex.bytes().all(|b| b.is_ascii_hexdigit()));
    if well_formed {
        Fault::new(400, "InvalidInstanceID.NotFound", format!("The instance ID '{id}' does not exist"))
    } else {
        Fault::new(400, "InvalidInstanceID.Malformed", format!("Invalid id: \"{id}\""))
    }
}

/// Whether all filters fit; of the values of each, one is enough.
///
/// # Errors
///
/// When there is no such filter.
pub fn all_fit(filters: &[Params], fits: impl Fn(&str, &[&str]) -> Option<bool>) -> Result<bool, Fault> {
    for filter in filters {
        let name = filter.get("Name").unwrap_or("");
        match fits(name, &filter.list("Value")) {
            None => return Err(Fault::invalid(format!("The filter '{name}' is invalid"))),
            Some(false) => return Ok(false),
            Some(true) => {}
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_know_wildcards() {
        for (pattern, text, fits) in [
            ("h-*", "h-prod", true),
            ("*prod", "h-prod", true),
            ("h-?rod", "h-prod", true),
            ("h-prod", "h-prod-2", false),
            ("**", "", true),
            ("a*b*c", "aXXbYYc", true),
            ("a*b*c", "aXXbYY", false),
            ("", "a", false),
        ] {
            assert_eq!(glob(pattern, text), fits, "{pattern} {text}");
        }
    }
}
