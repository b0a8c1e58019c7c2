//! The terminal is lent to a shell on an instance, and comes back whole.

use std::os::unix::fs::PermissionsExt as _;

use crate::support::program::Folder;
use crate::support::pty::Opening;

/// A server that one may log in to.
const CONFIGURATION: &str =
    "[[hosts]]\nname = \"lion-1\"\nssh = \"ops@lion\"\n[[hosts.apps]]\nname = \"wit\"\npath = \"/opt/apps/wit\"\ntier = \"staging\"\n";

/// What stands in for ssh: it reads what is typed, a line at a time as a terminal that was given back has it.
const SSH: &str = "#!/bin/sh\necho \"you are at $*\"\nread line\necho \"heard $line\"\nread line\nexit 3\n";

#[test]
fn what_is_typed_goes_to_the_shell_alone_and_the_screen_comes_back() {
    let folder = Folder::new();
    let configuration = folder.write("config.toml", CONFIGURATION);
    let ssh = folder.write("bin/ssh", SSH);
    std::fs::set_permissions(&ssh, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", folder.path().join("bin").display());
    let variables = [("QUARTERDECK_CONFIG", configuration.to_str().unwrap()), ("PATH", path.as_str())];
    let mut terminal = Opening::quarterdeck(&folder, &[]).with(variables).open();
    terminal.wait_for_fleet();
    terminal.wait_for("wit");
    // A key that is typed before a dialog is drawn does not reach it.
    terminal.send("\r");
    terminal.wait_for("fleet › wit");
    terminal.send("S");
    terminal.wait_until("the shell", |screen| !screen.alternate_screen() && screen.contents().contains("you are at -- ops@lion"));
    terminal.assert_given_back();
    // These would open the help and quit, were they read by anybody else.
    terminal.send("?qq\r");
    terminal.wait_for("heard ?qq");
    terminal.send("\r");
    terminal.wait_until("the screen", |screen| {
        screen.alternate_screen() && screen.contents().contains("ssh -- ops@lion ended with exit status: 3")
    });
    assert!(terminal.screen().contents().contains("fleet › wit") && terminal.screen().bracketed_paste());
    // Keys are read as before.
    terminal.send("?");
    terminal.wait_for("esc closes");
    terminal.send("q");
    terminal.wait_until("the environment", |screen| !screen.contents().contains("esc closes"));
    terminal.send("q");
    terminal.wait_for("fleet › all");
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
}
