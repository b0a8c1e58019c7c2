//! From a scenario to instances of their own, target groups and addresses.
//!
//! Owns the meaning of those keys.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use toml::Spanned;

use super::compute::{ElasticIpEntry, HealthCheckEntry, ImageRepositoryEntry, InstanceEntry, TargetGroupEntry};
use super::environments::tier_of;
use super::populate::Builder;
use super::{Mistake, Scenario};
use crate::chance::{hash, mix};
use crate::compute::address::Address;
use crate::compute::machine::{Answers, Container, Deploys, Machine, Power};
use crate::compute::scaling::ScalingGroup;
use crate::compute::tagged::Rule;
use crate::compute::target_group::{HealthCheck, Phase, Protocol, Target, TargetGroup};
use crate::environment::{Name, Place};
use crate::github::build::{is_pull, is_repository};
use crate::history::History;
use crate::moment::{DAY, Moment};
use crate::registry::{ARCHITECTURES, Image, ImageRepository};

/// Entries stand for no more than these.
const MOST: u64 = 2_000;

impl Builder<'_> {
    /// Adds everything of the file that Elastic Beanstalk does not manage.
    pub(super) fn compute(&mut self, scenario: &Scenario) -> Result<(), Mistake> {
        for spanned in &scenario.image_repository {
            self.image_repository(spanned)?;
        }
        for spanned in &scenario.target_group {
            self.target_groups(spanned)?;
        }
        for spanned in &scenario.instance {
            let (entry, at) = (spanned.get_ref(), spanned.span().start);
            let Some(region) = &entry.region else {
                return Err(self.source.mistake(at, "an instance needs a `region`"));
            };
            let place = self.place(region, entry.account.as_ref())?;
            let groups = entry.target_groups.iter().map(|name| self.group_named(&place, name)).collect::<Result<Vec<_>, _>>()?;
            let Some(name) = &entry.name else {
                return Err(self.source.mistake(at, "an instance needs a `name`"));
            };
            self.instances(entry, at, &place, name, &groups)?;
        }
        for spanned in &scenario.tagged {
            let entry = spanned.get_ref();
            let place = self.place(&entry.region, entry.account.as_ref())?;
            let key = entry.key.clone().unwrap_or_else(|| String::from("environment"));
            let pull = entry.pull_request.clone().unwrap_or_else(|| String::from("github-pr"));
            self.world.compute.rules.push(Rule { place, app: entry.app.as_str().into(), key, pull });
        }
        // Happenings name what instances make, so those have to be met before.
        self.world.compute.meet();
        for spanned in &scenario.elastic_ip {
            self.elastic_ip(spanned.get_ref())?;
        }
        Ok(())
    }

    fn place(&mut self, region: &Spanned<String>, account: Option<&Spanned<String>>) -> Result<Place, Mistake> {
        let account = self.account(account)?;
        self.enable(region.get_ref());
        Ok(Place { account, region: region.get_ref().as_str().into() })
    }

    /// The target group of that name in a place.
    fn group_named(&self, place: &Place, name: &Spanned<String>) -> Result<usize, Mistake> {
        let mut here = self.world.compute.groups_of(place);
        let found = here.find(|(_, group)| *group.name == **name.get_ref()).map(|(slot, _)| slot);
        found.ok_or_else(|| {
            let sentence = format!("there is no [[target-group]] \"{}\" in {}", name.get_ref(), place.region);
            self.source.mistake(name.span().start, sentence)
        })
    }

    fn target_groups(&mut self, spanned: &Spanned<TargetGroupEntry>) -> Result<(), Mistake> {
        let (entry, at) = (spanned.get_ref(), spanned.span().start);
        let times = entry.times.unwrap_or(1);
        if !(1..=MOST).contains(&times) {
            return Err(self.source.mistake(at, format!("`times` is a number from 1 to {MOST}")));
        }
        for number in 1..=times {
            let name = entry.name.replace("{n}", &number.to_string());
            let slot = self.target_group(entry, &name, at)?;
            let Some(place) = self.world.compute.groups.get(slot).map(|group| group.place.clone()) else { continue };
            for (index, instance) in entry.instance.iter().enumerate() {
                let (of, at) = (instance.get_ref(), instance.span().start);
                if !of.target_groups.is_empty() || of.region.is_some() || of.account.is_some() {
                    let sentence = "an instance of a target group has its place: it takes neither `region`, `account` nor `target_groups`";
                    return Err(self.source.mistake(at, sentence));
                }
                // Several entries without names would share one.
                let usual = if entry.instance.len() > 1 {
                    format!("{name}-{}", char::from(b'a' + u8::try_from(index % 26).unwrap_or(0)))
                } else {
                    name.clone()
                };
                self.instances(of, at, &place, of.name.as_deref().unwrap_or(&usual), &[slot])?;
            }
            if let Some(scaling) = &entry.auto_scaling {
                self.scaling_group(&scaling.replace("{n}", &number.to_string()), slot);
            }
        }
        Ok(())
    }

    /// What is in the target group by now is kept by an Auto Scaling group.
    fn scaling_group(&mut self, name: &str, slot: usize) {
        let Some(group) = self.world.compute.groups.get(slot) else { return };
        let members: Vec<usize> = group.targets.iter().map(|target| target.machine).collect();
        let (place, created) = (group.place.clone(), group.created);
        let desired = members.len();
        let (joining, activities) = (Vec::new(), Vec::new());
        self.world.compute.scaling.push(ScalingGroup {
            place,
            name: name.into(),
            target_group: slot,
            desired,
            members,
            joining,
            activities,
            created,
        });
    }

    fn target_group(&mut self, entry: &TargetGroupEntry, name: &str, at: usize) -> Result<usize, Mistake> {
        let fits = (1..=32).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if !fits || name.starts_with('-') || name.ends_with('-') {
            let sentence = format!("\"{name}\" cannot be a target group: names have 1 to 32 letters, digits and inner hyphens");
            return Err(self.source.mistake(at, sentence));
        }
        let place = self.place(&entry.region, entry.account.as_ref())?;
        if self.world.compute.groups_of(&place).any(|(_, group)| *group.name == *name) {
            return Err(self.source.mistake(at, format!("there are two target groups \"{name}\" in {}", place.region)));
        }
        let protocol = self.protocol(entry.protocol.as_ref(), Protocol::Tcp)?;
        let tier = match &entry.tier {
            None => tier_of(name),
            Some(tier) => self.one_of(tier, &["production", "staging", "development", "preview", "unknown"])?,
        };
        let balancer = entry.load_balancer.as_deref().unwrap_or(name);
        let group = TargetGroup {
            place,
            name: name.into(),
            app: entry.app.as_deref().unwrap_or(name).into(),
            tier: tier.into(),
            protocol,
            port: entry.port.unwrap_or(8000),
            balancer: (!balancer.is_empty()).then(|| balancer.into()),
            check: self.health_check(&entry.health_check, protocol)?,
            delay: entry.deregistration_delay.unwrap_or(300).clamp(0, 3_600),
            created: self.start.plus(self.length(entry.created.as_ref(), -200 * DAY)?),
            tags: entry.tags.clone().into_iter().collect(),
            listed: entry.environment,
            targets: Vec::new(),
            roll: None,
            rolled: None,
            turns: 0,
            history: History::default(),
        };
        self.world.compute.groups.push(group);
        Ok(self.world.compute.groups.len() - 1)
    }

    fn protocol(&self, word: Option<&Spanned<String>>, usual: Protocol) -> Result<Protocol, Mistake> {
        let Some(word) = word else { return Ok(usual) };
        Ok(if self.one_of(word, &["TCP", "HTTP"])? == "TCP" { Protocol::Tcp } else { Protocol::Http })
    }

    fn health_check(&self, entry: &HealthCheckEntry, protocol: Protocol) -> Result<HealthCheck, Mistake> {
        Ok(HealthCheck {
            protocol: self.protocol(entry.protocol.as_ref(), protocol)?,
            path: entry.path.clone().unwrap_or_else(|| String::from("/health")),
            interval: entry.interval.unwrap_or(10).clamp(5, 300),
            timeout: entry.timeout.unwrap_or(5).clamp(2, 120),
            healthy: entry.healthy.unwrap_or(3).clamp(2, 10),
            unhealthy: entry.unhealthy.unwrap_or(3).clamp(2, 10),
            codes: entry.codes.clone().unwrap_or_else(|| String::from(if protocol == Protocol::Tcp { "200-399" } else { "200" })),
        })
    }

    /// Adds the instances of an entry, and registers them.
    fn instances(&mut self, entry: &InstanceEntry, at: usize, place: &Place, name: &str, groups: &[usize]) -> Result<(), Mistake> {
        let count = entry.count.unwrap_or(1);
        if !(1..=MOST).contains(&count) {
            return Err(self.source.mistake(at, format!("`count` is a number from 1 to {MOST}")));
        }
        for number in 1..=count {
            let name = if entry.count.is_some() { format!("{name}-{number}") } else { name.to_owned() };
            let tags = entry.tags.iter().map(|(key, value)| (key.clone(), value.replace("{n}", &number.to_string())));
            let slot = self.machine(&InstanceEntry { tags: tags.collect(), ..entry.clone() }, at, place, &name)?;
            for &group in groups {
                self.registered(entry, group, slot);
            }
        }
        Ok(())
    }

    fn machine(&mut self, entry: &InstanceEntry, at: usize, place: &Place, name: &str) -> Result<usize, Mistake> {
        let number = mix(self.world.seed, hash(&format!("{}/{}/{name}", place.account, place.region)));
        let slot = self.world.compute.machines.len();
        if self.machines.insert(name.to_owned(), slot).is_some() {
            return Err(self.source.mistake(at, format!("there are two instances \"{name}\": happenings could not tell them apart")));
        }
        let launched = self.start.plus(self.length(entry.launched.as_ref(), -20 * DAY)?);
        let deployed = entry.deployed.as_ref().map_or(Ok(launched), |at| Ok(self.start.plus(self.length(Some(at), 0)?)))?;
        let zones = crate::aws::ec2::zones_of(&place.region).len();
        let mut tags: BTreeMap<String, String> = entry.tags.clone();
        tags.entry(String::from("Name")).or_insert_with(|| name.to_owned());
        let answers = self.answers(entry.answers.as_ref())?;
        let container = self.container(entry, place, name, deployed)?;
        self.world.compute.machines.push(Machine {
            place: place.clone(),
            id: number,
            reservation: mix(number, 1),
            zone: u8::try_from(slot % zones.max(1)).unwrap_or(0),
            kind: entry.kind.as_deref().unwrap_or("t3.medium").into(),
            ami: entry.ami.as_deref().map_or_else(|| format!("ami-0{:016x}", mix(hash(&place.region), 5)).into(), Name::from),
            launched,
            ended: None,
            power: if entry.stopped { Power::Stopped } else { Power::Running },
            checked: true,
            tags,
            container,
            answers,
            // What is broken now is not broken for ever: a new container answers well.
            usual: if matches!(answers, Answers::Status(200..=399)) { answers } else { Answers::Well },
            stillborn: false,
            protected: entry.protected,
            managed: entry.managed,
            files: entry.files.clone(),
            folders: BTreeSet::new(),
            deploys: self.deploys(entry.deploys.as_ref())?,
            turn: 0,
        });
        Ok(slot)
    }

    fn deploys(&self, word: Option<&Spanned<String>>) -> Result<Deploys, Mistake> {
        let Some(word) = word else { return Ok(Deploys::default()) };
        Ok(Deploys::read(self.one_of(word, &Deploys::WORDS)?).unwrap_or_default())
    }

    /// What an instance runs.
    fn container(&self, entry: &InstanceEntry, place: &Place, name: &str, started: Moment) -> Result<Option<Container>, Mistake> {
        let Some(commit) = &entry.commit else { return Ok(None) };
        let commit = self.commit_id(commit)?;
        let tag: Name = entry.tag.as_deref().map_or_else(|| Arc::clone(&commit), Name::from);
        let short = entry.image.as_deref().unwrap_or(name);
        let architecture = match &entry.architecture {
            None => None,
            Some(word) => Some(self.one_of(word, &ARCHITECTURES)?),
        };
        let found = self.world.registry.iter().find(|known| *known.name == *short && known.place.account == place.account);
        let built = |image: &&Image| image.commit == commit && image.architecture == architecture;
        let digest = found.and_then(|repository| repository.images.iter().find(built)).map(|image| Arc::clone(&image.digest));
        let image: Name = found.map_or_else(|| short.into(), |repository| repository.uri().into());
        Ok(Some(Container { name: short.into(), image, tag, digest, commit, started }))
    }

    fn image_repository(&mut self, spanned: &Spanned<ImageRepositoryEntry>) -> Result<(), Mistake> {
        let (entry, at) = (spanned.get_ref(), spanned.span().start);
        let place = self.place(&entry.region, entry.account.as_ref())?;
        if self.world.registry.iter().any(|known| known.place == place && *known.name == *entry.name) {
            return Err(self.source.mistake(at, format!("there are two image repositories \"{}\" in {}", entry.name, place.region)));
        }
        let mut repository = ImageRepository {
            place,
            name: entry.name.as_str().into(),
            created: self.start.plus(self.length(entry.created.as_ref(), -300 * DAY)?),
            images: Vec::new(),
            tags: entry.tags.clone().into_iter().collect(),
            index: entry.index,
        };
        for image in &entry.image {
            let commit = self.commit_id(&image.commit)?;
            let own = (!image.untagged).then(|| Arc::clone(&commit));
            let tags: Vec<Name> = own.into_iter().chain(image.tags.iter().map(|tag| tag.as_str().into())).collect();
            repository.push(&commit, &tags, self.start.plus(self.length(Some(&image.pushed), 0)?));
        }
        self.world.registry.push(repository);
        Ok(())
    }

    /// What an instance answers.
    pub(super) fn answers(&self, word: Option<&Spanned<String>>) -> Result<Answers, Mistake> {
        let Some(word) = word else { return Ok(Answers::Well) };
        Answers::read(word.get_ref()).ok_or_else(|| {
            let sentence = format!("\"{}\" is no answer; write well, refused, hangs, untold or a status", word.get_ref());
            self.source.mistake(word.span().start, sentence)
        })
    }

    /// The id of a commit that is named here, or written out.
    pub(super) fn commit_id(&self, named: &Spanned<String>) -> Result<Name, Mistake> {
        let text = named.get_ref();
        if text.len() == 40 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return Ok(text.as_str().into());
        }
        let found = self.commit_place(text).and_then(|(repository, commit)| {
            let history = &self.world.github.repositories.get(repository)?.history;
            Some(Arc::clone(&history.at(commit)?.id))
        });
        found.ok_or_else(|| {
            let sentence = format!(
                "there is no commit \"{text}\"; write the name of a [[repository]], a slash and the `name` of a commit of it, or # and the number of a pull request, or 40 hexadecimal digits"
            );
            self.source.mistake(named.span().start, sentence)
        })
    }

    /// The repository and the commit of `repository/name`, or of `repository#12`: the
    /// head of that pull request.
    pub(super) fn commit_place(&self, text: &str) -> Option<(usize, usize)> {
        let mut repositories = self.world.github.repositories.iter().enumerate();
        repositories.find_map(|(place, repository)| {
            let full = repository.full_name();
            if let Some(pull) = repository.pulls.iter().find(|pull| is_pull(text, &full, pull.number)) {
                return Some((place, pull.head));
            }
            let (of, name) = text.rsplit_once('/')?;
            Some((place, repository.history.named(name).filter(|_| is_repository(of, &full))?))
        })
    }

    /// Registers an instance that has been there for long.
    fn registered(&mut self, entry: &InstanceEntry, group: usize, machine: usize) {
        let Some(of) = self.world.compute.machines.get(machine) else { return };
        let Some(found) = self.world.compute.groups.get_mut(group) else { return };
        let phase = if entry.draining { Phase::Draining } else { found.failure(of).map_or(Phase::Healthy, Phase::Unhealthy) };
        let (port, turn) = (found.port, found.next_turn());
        found.targets.push(Target { machine, port, phase, turn, coming: None });
    }

    fn elastic_ip(&mut self, entry: &ElasticIpEntry) -> Result<(), Mistake> {
        let place = self.place(&entry.region, entry.account.as_ref())?;
        let machine = entry.instance.as_ref().map(|named| self.machine_named(named)).transpose()?;
        let id = mix(self.world.seed, hash(&entry.ip));
        let tags = entry.tags.clone().into_iter().collect();
        self.world.compute.addresses.push(Address { place, id, ip: entry.ip.clone(), machine, tags });
        Ok(())
    }

    /// The instance that is called that here.
    pub(super) fn machine_named(&self, named: &Spanned<String>) -> Result<usize, Mistake> {
        self.machines.get(named.get_ref()).copied().ok_or_else(|| {
            let sentence = format!("there is no instance \"{}\"", named.get_ref());
            self.source.mistake(named.span().start, sentence)
        })
    }

    /// The target group that a happening names: `name`, `name@region` or `name@region@account`.
    pub(super) fn find_group(&self, named: &Spanned<String>) -> Result<usize, Mistake> {
        let text = named.get_ref();
        let mut parts = text.split('@');
        let (name, region, account) = (parts.next().unwrap_or(""), parts.next(), parts.next());
        let fits = |group: &TargetGroup| {
            *group.name == *name
                && region.is_none_or(|region| *group.place.region == *region)
                && account.is_none_or(|account| *group.place.account == *account)
        };
        let found: Vec<usize> =
            self.world.compute.groups.iter().enumerate().filter(|(_, group)| fits(group)).map(|(slot, _)| slot).collect();
        match found.as_slice() {
            [one] => Ok(*one),
            [] => Err(self.source.mistake(named.span().start, format!("there is no target group \"{text}\""))),
            _ => Err(self
                .source
                .mistake(named.span().start, format!("\"{text}\" is several target groups; write name@region or name@region@account"))),
        }
    }
}
