//! The texts that Elastic Beanstalk collects: the ends of several files, one behind the other.

/// A rule around the name of a file has so many dashes at least.
const RULE: usize = 10;

/// The files in a text, by their paths, each with its lines: a path stands between two rules of dashes.
pub(super) fn sections(text: &str) -> Vec<(&str, Vec<&str>)> {
    let lines: Vec<&str> = text.lines().collect();
    let is_rule = |line: Option<&&str>| line.is_some_and(|line| line.len() >= RULE && line.bytes().all(|byte| byte == b'-'));
    let path = |place: usize| -> Option<&str> {
        let between = is_rule(lines.get(place)) && is_rule(lines.get(place + 2));
        lines.get(place + 1).copied().filter(|path| between && path.starts_with('/'))
    };
    let mut sections: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut place = 0;
    while let Some(line) = lines.get(place) {
        if let Some(path) = path(place) {
            sections.push((path, Vec::new()));
            place += 3;
            continue;
        }
        if let Some((_, section)) = sections.last_mut() {
            section.push(line);
        }
        place += 1;
    }
    // Between two files there are empty lines that are in neither.
    for (_, lines) in &mut sections {
        while lines.last().is_some_and(|line| line.is_empty()) {
            lines.pop();
        }
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_stand_behind_their_paths_between_rules() {
        let text = "\n\n----------------------------------------\n/var/log/nginx/access.log\n----------------------------------------\none\n\
            -----------\ntwo\n\n\n----------------------------------------\n/var/log/web.stdout.log\n----------------------------------------\n\n";
        let expected =
            vec![("/var/log/nginx/access.log", vec!["one", "-----------", "two"]), ("/var/log/web.stdout.log", Vec::<&str>::new())];
        assert_eq!(sections(text), expected);
        assert!(sections("no section\n").is_empty());
    }
}
