//! Expired credentials: the terminal is lent to the login command of the profile, and reading goes on.

use std::os::unix::fs::PermissionsExt as _;

use crate::support::program::Folder;
use crate::support::pty::{Opening, Terminal};
use crate::support::sim::Sim;

/// What stands in for the AWS command line: it asks for a code as one with a second factor does, and puts keys in place.
const AWS: &str = r#"#!/bin/sh
echo "aws $*"
printf 'MFA code: '
read code
if [ "$code" != 123456 ]; then echo "wrong code"; exit 255; fi
printf '[work]\naws_access_key_id = %s\naws_secret_access_key = %s\n' "$SIM_KEY" "$SIM_SECRET" > "$HOME/.aws/credentials"
"#;

const CONFIGURATION: &str = "regions = [\"eu-west-1\"]\n[[accounts]]\nprofile = \"work\"\n";

/// A console whose profile is there and has no keys, with `aws` on its path.
fn opened(folder: &Folder, sim: &Sim, configuration: &str) -> Terminal {
    folder.write(".aws/config", "[profile work]\nregion = eu-west-1\n");
    opening(folder, sim, configuration, AWS).open()
}

fn opening(folder: &Folder, sim: &Sim, configuration: &str, aws: &str) -> Opening {
    folder.write(".config/quarterdeck/config.toml", configuration);
    let aws = folder.write("bin/aws", aws);
    std::fs::set_permissions(&aws, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", folder.path().join("bin").display());
    let (endpoint, key, secret) = sim.account();
    let variables = [("PATH", path), ("AWS_ENDPOINT_URL", endpoint), ("SIM_KEY", key), ("SIM_SECRET", secret)];
    Opening::quarterdeck(folder, &[]).with(variables).sized(160, 40)
}

fn asks(terminal: &mut Terminal, command: &str) {
    let command = command.to_owned();
    terminal.wait_until("the prompt of the login", move |screen| {
        let text = screen.contents();
        // Last: what an earlier login has left stands above.
        !screen.alternate_screen() && text.contains(&command) && text.trim_end().ends_with("MFA code:")
    });
    terminal.assert_given_back();
}

#[tokio::test(flavor = "multi_thread")]
async fn enter_logs_in_again_and_what_there_is_appears() {
    let sim = Sim::built_in("steady").await;
    tokio::task::block_in_place(|| {
        let folder = Folder::new();
        let mut terminal = opened(&folder, &sim, CONFIGURATION);
        // Nothing signs on there: a sign-on would have nothing to log in to.
        terminal.wait_for("⏎ runs `aws configure --profile work`");
        terminal.send("\r");
        asks(&mut terminal, "aws configure --profile work");
        // What is typed is its own; a failure stands there to be read until Enter.
        terminal.send("000000\r");
        terminal.wait_for("wrong code");
        terminal.wait_for("Enter goes back to Quarterdeck");
        assert!(!terminal.screen().alternate_screen());
        terminal.send("\r");
        terminal.wait_until("the screen", |screen| screen.alternate_screen() && screen.contents().contains("ended with exit status: 255"));
        terminal.send("\r");
        asks(&mut terminal, "aws configure --profile work");
        terminal.send("123456\r");
        terminal.wait_for_fleet();
        terminal.wait_for("shop-prod");
        terminal.send("q");
        assert!(terminal.wait_for_end().success());
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn the_configuration_names_another_login() {
    let sim = Sim::built_in("steady").await;
    tokio::task::block_in_place(|| {
        let folder = Folder::new();
        let configuration = format!("{CONFIGURATION}login = [\"aws\", \"login\", \"--for me\"]\n");
        let mut terminal = opened(&folder, &sim, &configuration);
        terminal.wait_for("run `aws login --for me`");
        terminal.send("\x05");
        asks(&mut terminal, "aws login --for me");
        terminal.send("123456\r");
        terminal.wait_for("shop-prod");
        terminal.send("q");
        assert!(terminal.wait_for_end().success());
    });
}

/// A world whose role wants a code.
const GUARDED: &str = r#"
[[mfa-role]]
arn = "arn:aws:iam::111122223333:role/guarded"
serial = "arn:aws:iam::111122223333:mfa/kim"
code = "123456"

[[application]]
name = "till"
regions = ["eu-west-1"]

[[environment]]
app = "till"
names = ["till-dev"]
region = "eu-west-1"
version = "v1"
instances = 1
"#;

/// What stands in for the AWS command line asks for a code, and keeps what it gets where that keeps it: botocore calls the
/// file by a hash of role and device (checked against the real one in `tests/conformance/test_command_lines.py`).
const ASKS: &str = r#"#!/bin/sh
echo "aws $*"
printf 'Enter MFA code for arn:aws:iam::111122223333:mfa/kim: '
read code
[ "$code" = 123456 ] || exit 255
mkdir -p "$HOME/.aws/cli/cache"
printf '{"Credentials": {"AccessKeyId": "%s", "SecretAccessKey": "%s", "SessionToken": "t", "Expiration": "2099-01-01T00:00:00UTC"}}' \
  "$SIM_KEY" "$SIM_SECRET" > "$HOME/.aws/cli/cache/c0499b73ac8748128faebc937db316c8c9ff9ade.json"
"#;

/// A console that reads through `reads`, and writes through `guarded`, whose role wants a code.
fn guarded(folder: &Folder, sim: &Sim, accounts: &str) -> Terminal {
    let (_, key, secret) = sim.account();
    folder.write(
        ".aws/config",
        &format!(
            "[profile base]\nregion = eu-west-1\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n\
             [profile guarded]\nregion = eu-west-1\nsource_profile = base\nrole_arn = arn:aws:iam::111122223333:role/guarded\n\
             mfa_serial = arn:aws:iam::111122223333:mfa/kim\n"
        ),
    );
    opening(folder, sim, &format!("regions = [\"eu-west-1\"]\n{accounts}"), ASKS).open()
}

/// Asks for the code at the lent terminal, and gives it.
fn gives_the_code(terminal: &mut Terminal) {
    terminal.wait_until("the prompt for the code", |screen| {
        let text = screen.contents();
        let command = "aws sts get-caller-identity --profile guarded";
        !screen.alternate_screen() && text.contains(command) && text.trim_end().ends_with("mfa/kim:")
    });
    terminal.send("123456\r");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_wants_a_code_is_read_with_what_the_aws_command_line_got_for_it() {
    let sim = Sim::of(GUARDED, 1.0).await;
    tokio::task::block_in_place(|| {
        let folder = Folder::new();
        let mut terminal = guarded(&folder, &sim, "[[accounts]]\nprofile = \"guarded\"\n");
        terminal.wait_for("⏎ runs `aws sts get-caller-identity --profile guarded`");
        terminal.send("\r");
        gives_the_code(&mut terminal);
        terminal.wait_for_fleet();
        terminal.wait_for("till-dev");
        terminal.send("q");
        assert!(terminal.wait_for_end().success());
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_that_waits_for_a_code_goes_on_with_it() {
    let sim = Sim::of(GUARDED, 1.0).await;
    tokio::task::block_in_place(|| {
        let folder = Folder::new();
        let accounts = "[[accounts]]\nname = \"main\"\nprofile = \"base\"\nwrite_profile = \"guarded\"\n";
        let mut terminal = guarded(&folder, &sim, accounts);
        terminal.wait_for_fleet();
        terminal.wait_for("till-dev");
        terminal.send("j\r");
        terminal.wait_for("instances  1");
        terminal.send("B");
        terminal.wait_for("type y");
        terminal.send("y\r");
        terminal.wait_for("ctrl-e log in");
        terminal.send("\x05");
        gives_the_code(&mut terminal);
        terminal.wait_for("succeeded");
        // From Operations over Environment to Fleet, and out.
        terminal.send("q");
        terminal.wait_for("instances  1");
        terminal.send("q");
        terminal.wait_for_fleet();
        terminal.send("q");
        assert!(terminal.wait_for_end().success());
    });
    let calls = sim.get("/_sim/calls").await;
    let count = |operation: &str| calls["calls"].as_array().unwrap().iter().filter(|call| call["operation"] == operation).count();
    assert_eq!(count("RestartAppServer"), 1);
}
