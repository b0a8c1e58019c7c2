//! What a shell on a machine comes to.
//!
//! Owns `docker inspect`, `docker ps`, `cat`, `echo` and `hostname`, which read; `mkdir` and
//! `make ecr-deploy`, which say what they would change; `[ -d … ]`, `exit`, `;`, `&&`, `||` and braces. Anything
//! else is not found, with 127, as in a shell. Never runs anything real, and changes nothing itself.

use std::collections::BTreeSet;

use super::machine::{Container, Deploys, Machine};

/// What a script came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// The exit code of its last command.
    pub code: i32,
    /// What it wrote.
    pub out: String,
    /// What it complained about.
    pub err: String,
    /// The folders that it made.
    pub made: BTreeSet<String>,
    /// The tag of the image whose container it started.
    pub started: Option<String>,
    /// It said `exit`.
    exits: bool,
}

impl Done {
    fn out(text: impl Into<String>) -> Self {
        Self { out: text.into(), ..Self::default() }
    }

    fn err(code: i32, text: impl Into<String>) -> Self {
        Self { code, err: text.into(), ..Self::default() }
    }

    /// Takes in what the next command did.
    fn then(&mut self, next: Self) {
        self.code = next.code;
        self.out.push_str(&next.out);
        self.err.push_str(&next.err);
        self.made.extend(next.made);
        self.started = next.started.or_else(|| self.started.take());
        self.exits |= next.exits;
    }
}

/// The command that starts the container of an image in place of the one that runs.
const DEPLOY: [&str; 2] = ["make", "ecr-deploy"];

/// Whether a script starts a container: that takes longer than reading.
#[must_use]
pub fn deploys(lines: &[String]) -> bool {
    lines.iter().any(|line| words(line).windows(2).any(|pair| pair.iter().eq(DEPLOY.iter())))
}

/// Runs the lines of a script on a machine.
#[must_use]
pub fn run(machine: &Machine, lines: &[String]) -> Done {
    let mut all = Done::default();
    for line in lines.iter().flat_map(|line| line.lines()) {
        list(machine, line, &mut all);
    }
    all
}

/// Runs the commands of a line, or of what stands in braces.
fn list(machine: &Machine, line: &str, all: &mut Done) {
    for (runs, part) in pieces(line, ";").iter().flat_map(|chain| parts(chain)) {
        let is_skipped = match runs {
            Runs::Always => false,
            Runs::AfterSuccess => all.code != 0,
            Runs::AfterFailure => all.code == 0,
        };
        if is_skipped || all.exits {
            continue;
        }
        if let Some(within) = part.trim().strip_prefix("{ ").and_then(|part| part.strip_suffix('}')) {
            list(machine, within, all);
            continue;
        }
        let words = words(&part);
        let Some((program, arguments)) = words.split_first() else { continue };
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        all.then(command(machine, program, &arguments));
    }
}

/// When a command of a chain runs, by how the one before it ended.
#[derive(Clone, Copy)]
enum Runs {
    Always,
    AfterSuccess,
    AfterFailure,
}

/// The commands of a chain, each with when it runs.
fn parts(chain: &str) -> Vec<(Runs, String)> {
    let mut parts = Vec::new();
    for (number, alternative) in pieces(chain, "||").into_iter().enumerate() {
        for (within, part) in pieces(&alternative, "&&").into_iter().enumerate() {
            let runs = match (number, within) {
                (0, 0) => Runs::Always,
                (_, 0) => Runs::AfterFailure,
                _ => Runs::AfterSuccess,
            };
            parts.push((runs, part));
        }
    }
    parts
}

/// What stands between separators. What stands in braces is one piece.
fn pieces(text: &str, separator: &str) -> Vec<String> {
    let (mut pieces, mut open) = (Vec::<String>::new(), 0);
    for piece in text.split(separator) {
        match pieces.last_mut().filter(|_| open > 0) {
            Some(whole) => whole.extend([separator, piece]),
            None => pieces.push(piece.to_owned()),
        }
        let braces = piece.split_whitespace().map(|word| i32::from(word == "{") - i32::from(word == "}"));
        open += braces.sum::<i32>();
    }
    pieces
}

/// The words of a line, with quotes taken off.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

fn command(machine: &Machine, program: &str, arguments: &[&str]) -> Done {
    match (program, arguments) {
        ("sudo", [program, arguments @ ..]) => command(machine, program, arguments),
        ("mkdir", arguments) => make_folder(machine, arguments),
        ("[", ["-d", path, "]"]) => Done { code: i32::from(!machine.folders.contains(*path)), ..Done::default() },
        ("make", ["ecr-deploy", variables @ ..]) => deploy(machine, variables),
        ("exit", code) => {
            let code = code.first().and_then(|code| code.parse().ok()).unwrap_or(0);
            Done { code, exits: true, ..Done::default() }
        }
        // What is old is removed by it; nothing here gets old.
        ("find" | "true", _) => Done::default(),
        ("echo", words) => Done::out(format!("{}\n", words.join(" "))),
        ("hostname", []) => Done::out(format!("ip-{}\n", machine.private_ip().replace('.', "-"))),
        ("cat", paths) => cat(machine, paths),
        ("docker", ["ps", options @ ..]) => ps(machine, options),
        ("docker", ["inspect" | "container", options @ ..]) => inspect(machine, options),
        ("docker", [other, ..]) => Done::err(1, format!("docker: '{other}' is not a docker command.\nSee 'docker --help'\n")),
        (other, _) => Done::err(127, format!("sh: line 1: {other}: command not found\n")),
    }
}

fn make_folder(machine: &Machine, arguments: &[&str]) -> Done {
    let (mut made, mut parents, mut mode) = (None, false, false);
    for argument in arguments {
        match *argument {
            "-p" => parents = true,
            "-m" => mode = true,
            _ if mode => mode = false,
            path => made = Some(path.to_owned()),
        }
    }
    let Some(path) = made else { return Done::err(1, "mkdir: missing operand\n") };
    if machine.deploys == Deploys::Full && !machine.folders.contains(&path) {
        return Done::err(1, format!("mkdir: cannot create directory '{path}': No space left on device\n"));
    }
    if !parents && machine.folders.contains(&path) {
        return Done::err(1, format!("mkdir: cannot create directory '{path}': File exists\n"));
    }
    Done { made: [path].into(), ..Done::default() }
}

/// Starts the container of an image: that with the tag `IMAGE_TAG`, or `latest`.
fn deploy(machine: &Machine, variables: &[&str]) -> Done {
    let tag = variables.iter().find_map(|variable| variable.strip_prefix("IMAGE_TAG=")).unwrap_or("latest");
    let Some(container) = &machine.container else { return Done::err(2, "make: *** [Makefile:3: ecr-deploy] Error 1\n") };
    let pulling = format!("docker pull {}:{tag}\n", container.image);
    if machine.deploys == Deploys::Fails {
        let err = String::from("docker: no space left on device\nmake: *** [Makefile:3: ecr-deploy] Error 1\n");
        return Done { code: 2, out: pulling, err, ..Done::default() };
    }
    let out = format!("{pulling}docker stop {0}\ndocker run {0}\n", container.name);
    Done { out, started: Some(tag.to_owned()), ..Done::default() }
}

fn cat(machine: &Machine, paths: &[&str]) -> Done {
    let mut done = Done::default();
    for path in paths.iter().filter(|path| !path.starts_with('-')) {
        match machine.files.get(*path) {
            Some(text) => done.out.push_str(text),
            None => {
                done.code = 1;
                done.err.extend(["cat: ", path, ": No such file or directory\n"]);
            }
        }
    }
    done
}

/// The template of `--format`, and what is named beside it.
fn options<'a>(arguments: &[&'a str]) -> (Option<&'a str>, Vec<&'a str>) {
    let (mut format, mut named) = (None, Vec::new());
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match *argument {
            "--format" | "-f" => format = arguments.next().copied(),
            "inspect" => {}
            other => match other.strip_prefix("--format=") {
                Some(template) => format = Some(template),
                None if other.starts_with('-') => {}
                None => named.push(other),
            },
        }
    }
    (format, named)
}

fn reference(container: &Container) -> String {
    format!("{}:{}", container.image, container.tag)
}

fn ps(machine: &Machine, arguments: &[&str]) -> Done {
    let Some(container) = &machine.container else { return Done::out("") };
    match options(arguments).0 {
        None => Done::out(format!(
            "CONTAINER ID   IMAGE   STATUS   NAMES\n{:012x}   {}   Up   {}\n",
            machine.id >> 16,
            reference(container),
            container.name
        )),
        Some(template) => filled(template, |name| match name {
            ".Image" => Some(reference(container)),
            ".Names" => Some(container.name.to_string()),
            ".ID" => Some(format!("{:012x}", machine.id >> 16)),
            _ => None,
        }),
    }
}

fn inspect(machine: &Machine, arguments: &[&str]) -> Done {
    let (format, named) = options(arguments);
    let mut done = Done::default();
    for name in named {
        let found = machine.container.as_ref().filter(|container| *container.name == *name);
        let Some(container) = found else {
            done.code = 1;
            done.err.extend(["Error: No such object: ", name, "\n"]);
            continue;
        };
        let one = match format {
            None => Done::out(format!("{:#}\n", described(container))),
            Some(template) => filled(template, |name| member(container, name)),
        };
        done.code = done.code.max(one.code);
        done.out.push_str(&one.out);
        done.err.push_str(&one.err);
    }
    done
}

/// What `docker inspect` tells of a container, as far as it says which image runs.
fn described(container: &Container) -> serde_json::Value {
    let digest = container.digest.as_deref().unwrap_or("");
    serde_json::json!([{
        "Name": format!("/{}", container.name),
        "Image": digest,
        "State": { "Status": "running", "Running": true, "StartedAt": container.started.rfc3339() },
        "Config": {
            "Image": reference(container),
            "Env": [format!("GIT_COMMIT={}", container.commit)],
            "Labels": { "org.opencontainers.image.revision": &*container.commit },
        },
    }])
}

/// A member of a container as a template names it.
fn member(container: &Container, name: &str) -> Option<String> {
    let repository_digest = || container.digest.as_ref().map(|digest| format!("{}@{digest}", container.image));
    Some(match name {
        ".Config.Image" => reference(container),
        ".Image" => container.digest.as_deref().unwrap_or("").to_owned(),
        ".Name" => format!("/{}", container.name),
        ".State.Status" => String::from("running"),
        ".State.StartedAt" => container.started.rfc3339(),
        "json .Config.Env" => format!("[\"GIT_COMMIT={}\"]", container.commit),
        "range .Config.Env" => format!("GIT_COMMIT={}", container.commit),
        "index .RepoDigests 0" => repository_digest()?,
        "json .RepoDigests" => serde_json::json!([repository_digest()?]).to_string(),
        other if other.starts_with("index .Config.Labels ") => container.commit.to_string(),
        _ => return None,
    })
}

/// A template with its members filled in, and a line's end.
fn filled(template: &str, member: impl Fn(&str) -> Option<String>) -> Done {
    let (mut out, mut rest) = (String::new(), template);
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let Some((name, next)) = after.split_once("}}") else { break };
        match name.trim() {
            // The body and the end of a loop over what has one element.
            "println ." | "." | "end" => {}
            name => match member(name) {
                Some(text) => out.push_str(&text),
                None => return Done::err(1, format!("template: :1:2: executing \"\" at <{name}>: map has no entry for key\n")),
            },
        }
        rest = next;
    }
    out.push_str(rest);
    out.push('\n');
    Done::out(out)
}

#[cfg(test)]
#[path = "shell_tests.rs"]
mod tests;
