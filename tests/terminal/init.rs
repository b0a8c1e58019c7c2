//! `quarterdeck init` and `doctor` where a person sits: what is asked, and what is told of the terminal.

use crate::support::program::Folder;
use crate::support::pty::{Opening, Terminal};
use crate::support::sim::Sim;

fn opened(folder: &Folder, sim: &Sim, arguments: &[&str]) -> Terminal {
    let (endpoint, key, secret) = sim.account();
    let path = std::env::var("PATH").unwrap();
    let variables = [("AWS_ENDPOINT_URL", endpoint), ("AWS_ACCESS_KEY_ID", key), ("AWS_SECRET_ACCESS_KEY", secret), ("PATH", path)];
    Opening::quarterdeck(folder, arguments).with(variables).with([("LANG", "C.UTF-8")]).sized(120, 60).open()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_shows_what_it_would_write_and_writes_it_only_on_a_yes() {
    let sim = Sim::built_in("steady").await;
    tokio::task::block_in_place(|| {
        let folder = Folder::new();
        let file = folder.path().join(".config/quarterdeck/config.toml");
        for answer in ["n\r", "\r"] {
            let mut terminal = opened(&folder, &sim, &["init"]);
            terminal.wait_for("Write this to");
            assert!(terminal.screen().contents().contains("regions = [\"eu-west-1\"]"), "{}", terminal.screen().contents());
            terminal.send(answer);
            terminal.wait_for("nothing was written");
            assert_eq!(terminal.wait_for_end().exit_code(), 4);
            assert!(!file.exists());
        }
        let mut terminal = opened(&folder, &sim, &["init"]);
        terminal.wait_for("Write this to");
        terminal.send("y\r");
        terminal.wait_for("no mistakes");
        assert!(terminal.wait_for_end().success());
        assert!(std::fs::read_to_string(&file).unwrap().contains("regions = [\"eu-west-1\"]"));
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_tells_of_the_terminal_that_it_is_in() {
    let sim = Sim::built_in("steady").await;
    tokio::task::block_in_place(|| {
        let folder = Folder::new();
        folder.write(".config/quarterdeck/config.toml", "regions = [\"eu-west-1\"]\n");
        let mut terminal = opened(&folder, &sim, &["doctor"]);
        for part in ["✔ 120 × 60 cells", "✔ 256 colours", "✔ Unicode, by its locale C.UTF-8", "? whether copying reaches the clipboard"]
        {
            terminal.wait_for(part);
        }
        assert!(terminal.wait_for_end().success(), "{}", terminal.screen().contents());
    });
}
