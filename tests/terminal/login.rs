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
    folder.write(".config/quarterdeck/config.toml", configuration);
    let aws = folder.write("bin/aws", AWS);
    std::fs::set_permissions(&aws, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", folder.path().join("bin").display());
    let (endpoint, key, secret) = sim.account();
    let variables = [("PATH", path), ("AWS_ENDPOINT_URL", endpoint), ("SIM_KEY", key), ("SIM_SECRET", secret)];
    Opening::quarterdeck(folder, &[]).with(variables).sized(160, 40).open()
}

fn asks(terminal: &mut Terminal, command: &str) {
    let command = command.to_owned();
    terminal.wait_until("the prompt of the login", move |screen| {
        let text = screen.contents();
        !screen.alternate_screen() && text.contains(&command) && text.contains("MFA code:")
    });
    terminal.assert_given_back();
}

#[tokio::test(flavor = "multi_thread")]
async fn enter_logs_in_again_and_what_there_is_appears() {
    let sim = Sim::built_in("steady").await;
    tokio::task::block_in_place(|| {
        let folder = Folder::new();
        let mut terminal = opened(&folder, &sim, CONFIGURATION);
        terminal.wait_for("⏎ runs `aws sso login --profile work`");
        terminal.send("\r");
        asks(&mut terminal, "aws sso login --profile work");
        // What is typed is its own; a failure stands there to be read until Enter.
        terminal.send("000000\r");
        terminal.wait_for("wrong code");
        terminal.wait_for("Enter goes back to Quarterdeck");
        assert!(!terminal.screen().alternate_screen());
        terminal.send("\r");
        terminal.wait_until("the screen", |screen| screen.alternate_screen() && screen.contents().contains("ended with exit status: 255"));
        terminal.send("\r");
        asks(&mut terminal, "aws sso login --profile work");
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
