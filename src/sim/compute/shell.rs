//! What a shell on a machine comes to, as far as commands that read go.
//!
//! Owns `docker inspect`, `docker ps`, `cat`, `echo` and `hostname`. Anything
//! else is not found, with 127, as in a shell. Never runs anything real.

use super::machine::{Container, Machine};

/// What a script came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// The exit code of its last command.
    pub code: i32,
    /// What it wrote.
    pub out: String,
    /// What it complained about.
    pub err: String,
}

impl Done {
    fn out(text: impl Into<String>) -> Self {
        Self { code: 0, out: text.into(), err: String::new() }
    }

    fn err(code: i32, text: impl Into<String>) -> Self {
        Self { code, out: String::new(), err: text.into() }
    }
}

/// Runs the lines of a script on a machine.
#[must_use]
pub fn run(machine: &Machine, lines: &[String]) -> Done {
    let mut all = Done::default();
    for line in lines.iter().flat_map(|line| line.lines()).flat_map(|line| line.split(';')) {
        for part in line.split("&&") {
            let words = words(part);
            let Some((program, arguments)) = words.split_first() else { continue };
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let done = command(machine, program, &arguments);
            all.code = done.code;
            all.out.push_str(&done.out);
            all.err.push_str(&done.err);
            if done.code != 0 {
                break;
            }
        }
    }
    all
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
        ("echo", words) => Done::out(format!("{}\n", words.join(" "))),
        ("hostname", []) => Done::out(format!("ip-{}\n", machine.private_ip().replace('.', "-"))),
        ("cat", paths) => cat(machine, paths),
        ("docker", ["ps", options @ ..]) => ps(machine, options),
        ("docker", ["inspect" | "container", options @ ..]) => inspect(machine, options),
        ("docker", [other, ..]) => Done::err(1, format!("docker: '{other}' is not a docker command.\nSee 'docker --help'\n")),
        (other, _) => Done::err(127, format!("sh: line 1: {other}: command not found\n")),
    }
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
mod tests {
    use super::*;
    use crate::environment::Place;
    use crate::moment::Moment;

    fn machine() -> Machine {
        let at = Moment::from_millis(1_800_000_000_000);
        Machine {
            place: Place { account: "1".into(), region: "eu-west-1".into() },
            id: 7,
            reservation: 1,
            zone: 0,
            kind: "t3.micro".into(),
            ami: "ami-1".into(),
            launched: at,
            ended: None,
            power: crate::compute::machine::Power::Running,
            checked: true,
            tags: [].into(),
            container: Some(Container {
                name: "shop".into(),
                image: "1.dkr.ecr.eu-west-1.amazonaws.com/shop".into(),
                tag: "latest".into(),
                digest: Some("sha256:ab".into()),
                commit: "abc".into(),
                started: at,
            }),
            answers: crate::compute::machine::Answers::Well,
            usual: crate::compute::machine::Answers::Well,
            stillborn: false,
            protected: false,
            managed: true,
            files: [("/srv/version".to_owned(), "v7\n".to_owned())].into(),
            turn: 0,
        }
    }

    #[test]
    fn commands_that_read_answer_and_others_are_not_found() {
        let cases = [
            ("cat /srv/version", 0, "v7\n", ""),
            ("cat /srv/none", 1, "", "cat: /srv/none: No such file or directory\n"),
            ("docker inspect --format '{{.Config.Image}}' shop", 0, "1.dkr.ecr.eu-west-1.amazonaws.com/shop:latest\n", ""),
            ("sudo docker inspect -f '{{.Image}}' shop", 0, "sha256:ab\n", ""),
            ("docker inspect --format='{{range .Config.Env}}{{println .}}{{end}}' shop", 0, "GIT_COMMIT=abc\n", ""),
            ("docker inspect --format '{{index .Config.Labels \"org.opencontainers.image.revision\"}}' shop", 0, "abc\n", ""),
            ("docker inspect --format '{{.Image}}' till", 1, "", "Error: No such object: till\n"),
            ("docker inspect --format '{{.Nope}}' shop", 1, "", "template: :1:2: executing \"\" at <.Nope>: map has no entry for key\n"),
            ("docker ps --format '{{.Image}} {{.Names}}'", 0, "1.dkr.ecr.eu-west-1.amazonaws.com/shop:latest shop\n", ""),
            ("rm -rf /", 127, "", "sh: line 1: rm: command not found\n"),
            ("cat /srv/none && echo yes", 1, "", "cat: /srv/none: No such file or directory\n"),
            ("echo a; echo 'b  c'", 0, "a\nb  c\n", ""),
        ];
        for (line, code, out, err) in cases {
            let done = run(&machine(), &[line.to_owned()]);
            assert_eq!((done.code, done.out.as_str(), done.err.as_str()), (code, out, err), "{line}");
        }
    }
}
