//! Which instances ids and filters choose.
//!
//! Owns the filters that there are, and EC2's wildcards.

use super::{tags, vpc, zone};
use crate::aws::{Call, Fault};
use crate::environment::{Environment, Instance, Status};
use crate::wire::query::Params;
use crate::world::World;

/// An instance with its environment, as filters see it.
pub struct Seen<'a> {
    /// The environment.
    pub environment: &'a Environment,
    /// The instance.
    pub instance: &'a Instance,
    /// Its place among the environment's.
    pub index: usize,
}

impl Seen<'_> {
    /// The code and the word of its state.
    pub const fn state(&self) -> (u16, &'static str) {
        if matches!(self.environment.status, Status::Terminating) && !self.instance.in_service {
            (32, "shutting-down")
        } else if self.instance.in_service || self.instance.deployment.is_some() {
            (16, "running")
        } else {
            (0, "pending")
        }
    }

    /// Whether a value of the filter fits; `None` for a filter there is not.
    fn fits(&self, name: &str, values: &[&str]) -> Option<bool> {
        let place = &self.environment.place;
        let any = |is: &str| values.iter().any(|value| glob(value, is));
        Some(match name {
            "instance-state-name" => any(self.state().1),
            "instance-state-code" => any(&self.state().0.to_string()),
            "instance-id" => any(&self.instance.name()),
            "instance-type" => any(&self.environment.settings.instance_type),
            "availability-zone" => any(&zone(&place.region, self.instance.zone)),
            "private-ip-address" => any(&self.instance.private_ip()),
            "ip-address" => any(&self.instance.public_ip()),
            "vpc-id" => any(&vpc(self.environment)),
            "tag-key" => tags(self.environment).iter().any(|(key, _)| any(key)),
            _ => {
                let key = name.strip_prefix("tag:")?;
                tags(self.environment).iter().any(|(known, value)| *known == key && any(value))
            }
        })
    }
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

/// The instances that ids and filters choose.
///
/// # Errors
///
/// When an instance or a filter is not known.
pub fn chosen<'a>(world: &'a World, call: &Call<'_>) -> Result<Vec<Seen<'a>>, Fault> {
    let ids = call.params.list("InstanceId");
    let filters: Vec<Params> = call.params.structures("Filter");
    let mut found = Vec::new();
    for environment in world.of(&call.place).filter(|e| e.listed()) {
        for (index, instance) in environment.instances.iter().enumerate() {
            let seen = Seen { environment, instance, index };
            if !ids.is_empty() && !ids.contains(&instance.name().as_str()) {
                continue;
            }
            if all_fit(&seen, &filters)? {
                found.push(seen);
            }
        }
    }
    for id in ids {
        let known = world.of(&call.place).flat_map(|e| &e.instances).any(|i| i.name() == id);
        if !known {
            let well_formed =
                id.strip_prefix("i-").is_some_and(|hex| matches!(hex.len(), 8 | 17) && hex.bytes().all(|b| b.is_ascii_hexdigit()));
            return Err(if well_formed {
                Fault::new(400, "InvalidInstanceID.NotFound", format!("The instance ID '{id}' does not exist"))
            } else {
                Fault::new(400, "InvalidInstanceID.Malformed", format!("Invalid id: \"{id}\""))
            });
        }
    }
    Ok(found)
}

fn all_fit(seen: &Seen<'_>, filters: &[Params]) -> Result<bool, Fault> {
    for filter in filters {
        let name = filter.get("Name").unwrap_or("");
        match seen.fits(name, &filter.list("Value")) {
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
