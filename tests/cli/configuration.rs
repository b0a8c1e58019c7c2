//! `quarterdeck config`, and what a bad configuration keeps from starting.

use super::{Case, Exactly, Holds, Nothing, case, check};
use crate::support::program::{Folder, Program};

#[test]
fn a_configuration_is_checked_with_all_its_mistakes() {
    let folder = Folder::new();
    folder.write("good.toml", "regions = [\"us-west-1\"]\nread_only = true\n[apps.h]\n");
    folder.write("bad.toml", "regions = [\"us-west-1a\"]\nread_only = \"no\"\n\n[display]\ntheme = \"solarized\"\n");
    folder.write(".config/quarterdeck/config.toml", "[apps.shop]\n");
    let mistakes = Holds(&[
        "bad.toml:1:12: \"us-west-1a\" is an availability zone",
        "bad.toml:2:13: read_only takes true or false",
        "bad.toml:5:9: there is no theme \"solarized\"",
        "3 mistakes in bad.toml",
    ]);
    let refused = Holds(&["bad.toml:1:12:", "3 mistakes in bad.toml"]);
    check(
        &folder,
        &[],
        &[
            case(
                &["config", "check", "--config", "good.toml"],
                0,
                Exactly("good.toml: 1 app, 1 region, read-only, no mistakes\n"),
                Nothing,
            ),
            case(&["config", "check", "--config", "bad.toml"], 2, Nothing, mistakes),
            case(
                &["config", "check", "--config", "missing.toml"],
                2,
                Nothing,
                Exactly("--config names missing.toml, which is not there: correct the path or leave it out\n"),
            ),
            case(&["config", "check", "--config", "/"], 2, Nothing, Holds(&["/ cannot be read"])),
            case(&["config", "check"], 0, Exactly("~/.config/quarterdeck/config.toml: 1 app, no mistakes\n"), Nothing),
            // A bad file keeps everything from starting that would read it.
            case(&["--config", "bad.toml", "status", "--json"], 2, Nothing, refused),
            Case {
                variables: &[("QUARTERDECK_CONFIG", "missing.toml")],
                ..case(&["config", "check"], 2, Nothing, Holds(&["QUARTERDECK_CONFIG names missing.toml"]))
            },
            Case {
                variables: &[("QUARTERDECK_CONFIG", "good.toml")],
                ..case(&["config", "check"], 0, Holds(&["good.toml: 1 app"]), Nothing)
            },
            Case {
                variables: &[("QUARTERDECK_THEME", "drak"), ("QUARTERDECK_READ_ONLY", "yes")],
                ..case(
                    &["config", "check"],
                    2,
                    Nothing,
                    Holds(&["QUARTERDECK_THEME: ", "\"dark\"", "QUARTERDECK_READ_ONLY: \"yes\" is neither true nor false"]),
                )
            },
            Case {
                variables: &[("XDG_CONFIG_HOME", "/nonexistent")],
                ..case(
                    &["config", "check"],
                    0,
                    Exactly(
                        "no configuration (/nonexistent/quarterdeck/config.toml is not there): everything that can be discovered is shown\n",
                    ),
                    Nothing,
                )
            },
        ],
    );
}

#[test]
fn the_example_is_a_good_configuration_also_with_everything_said() {
    let folder = Folder::new();
    let example = Program::new(&folder, ["config", "example"]).run();
    assert_eq!((example.code, example.stderr.as_str()), (Some(0), ""));
    folder.write("example.toml", &example.stdout);
    // A setting is commented out without a blank after the sign, a remark with one.
    let uncommented: Vec<&str> = example
        .stdout
        .lines()
        .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with([' ', '-']) && !rest.is_empty()).unwrap_or(line))
        .collect();
    assert!(uncommented.iter().filter(|line| line.starts_with('[')).count() >= 6);
    folder.write("said.toml", &uncommented.join("\n"));
    check(
        &folder,
        &[],
        &[
            case(&["config", "check", "--config", "example.toml"], 0, Holds(&["nothing but defaults, no mistakes"]), Nothing),
            case(
                &["config", "check", "--config", "said.toml"],
                0,
                Holds(&["2 accounts, 1 app, 1 tier rule, 1 declared environment", "no mistakes"]),
                Nothing,
            ),
        ],
    );
}
