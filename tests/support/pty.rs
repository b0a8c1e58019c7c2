//! A program in a terminal: a real pseudoterminal, and what a person would see in it.
//!
//! Nothing here waits for time to pass: tests wait for what the screen shows,
//! and give up after a deadline that only a failure meets.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use vt100::{MouseProtocolMode, Parser, Screen};

use super::program::{BINARY, Folder};

/// After this a screen will not come to show what is waited for.
const DEADLINE: Duration = Duration::from_mins(1);

/// Runs a program and then tells how it left the terminal. The program's process is named first.
const WATCHED: &str = r#"
before=$(stty -g)
sh -c 'echo "pid $$."; exec "$@"' sh "$@"
code=$?
after=$(stty -g)
if [ "$before" = "$after" ]; then echo "exit $code, modes restored"; else echo "exit $code, modes left changed: $(stty -a)"; fi
"#;

/// A terminal with a program in it.
pub struct Terminal {
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    output: Receiver<Vec<u8>>,
    parser: Parser,
    /// All that was written, escapes included.
    raw: Vec<u8>,
}

/// What to start in a terminal.
pub struct Opening {
    command: CommandBuilder,
    size: (u16, u16),
}

impl Opening {
    /// A program with an environment that holds nothing at all.
    pub fn bare(folder: &Folder, words: &[&str]) -> Self {
        let mut command = CommandBuilder::from_argv(words.iter().map(Into::into).collect());
        command.env_clear();
        command.cwd(folder.path());
        Self { command, size: (100, 30) }
    }

    /// The binary with these arguments in a common terminal.
    pub fn quarterdeck(folder: &Folder, arguments: &[&str]) -> Self {
        let words: Vec<&str> = std::iter::once(BINARY).chain(arguments.iter().copied()).collect();
        Self::bare(folder, &words).with(folder.variables()).with([("TERM", "xterm-256color")])
    }

    /// The same, under a shell that then tells with what code it ended and whether the terminal's modes are as before.
    pub fn watched(folder: &Folder, arguments: &[&str]) -> Self {
        let words: Vec<&str> = ["/bin/sh", "-c", WATCHED, "sh", BINARY].into_iter().chain(arguments.iter().copied()).collect();
        Self::bare(folder, &words).with(folder.variables()).with([("TERM", "xterm-256color")])
    }

    /// The same with these variables.
    #[must_use]
    pub fn with<N: AsRef<str>, V: AsRef<str>>(mut self, variables: impl IntoIterator<Item = (N, V)>) -> Self {
        variables.into_iter().for_each(|(name, value)| self.command.env(name.as_ref(), value.as_ref()));
        self
    }

    /// The same in a terminal of so many columns and rows.
    #[must_use]
    pub fn sized(self, columns: u16, rows: u16) -> Self {
        Self { size: (columns, rows), ..self }
    }

    /// Starts it.
    pub fn open(self) -> Terminal {
        let (columns, rows) = self.size;
        let pair = native_pty_system().openpty(cells(columns, rows)).unwrap();
        let child = pair.slave.spawn_command(self.command).unwrap();
        // The last writing end has to be the program's, or its end would not be seen.
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = vec![0; 64 * 1024];
            while let Ok(length @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..length].to_vec()).is_err() {
                    return;
                }
            }
        });
        let writer = pair.master.take_writer().unwrap();
        let parser = Parser::new(at_least_one(rows), at_least_one(columns), 0);
        Terminal { master: pair.master, writer, child, output, parser, raw: Vec::new() }
    }
}

fn cells(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

fn at_least_one(length: u16) -> NonZeroU16 {
    NonZeroU16::new(length).unwrap_or(NonZeroU16::MIN)
}

impl Terminal {
    /// What is on the screen now.
    pub fn screen(&self) -> &Screen {
        self.parser.screen()
    }

    /// Everything that was written so far, escapes included.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// Types, pastes, or answers as a terminal would.
    pub fn send(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).unwrap();
        self.writer.flush().unwrap();
    }

    /// Makes the terminal another size, as a person pulls at its corner.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.parser.screen_mut().set_size(at_least_one(rows), at_least_one(columns));
        self.master.resize(cells(columns, rows)).unwrap();
    }

    /// Sends a signal to the program that [`Opening::watched`] started.
    pub fn signal(&self, signal: Signal) {
        let text = String::from_utf8_lossy(&self.raw);
        let (_, rest) = text.split_once("pid ").unwrap();
        let number = rest.split('.').next().unwrap().parse().unwrap();
        kill_process(Pid::from_raw(number).unwrap(), signal).unwrap();
    }

    /// Waits until the screen is as described.
    pub fn wait_until(&mut self, what: &str, shows: impl Fn(&Screen) -> bool) {
        let deadline = Instant::now() + DEADLINE;
        while !shows(self.screen()) {
            if let Err(why) = self.take_output(deadline) {
                panic!("never came about: {what} ({why})\n{}", self.picture());
            }
        }
    }

    /// Waits until a text stands on the screen.
    pub fn wait_for(&mut self, text: &str) {
        self.wait_until(text, |screen| screen.contents().contains(text));
    }

    /// Waits until what was written, escapes included, is as described.
    pub fn wait_for_raw(&mut self, what: &str, holds: impl Fn(&[u8]) -> bool) {
        let deadline = Instant::now() + DEADLINE;
        while !holds(&self.raw) {
            if let Err(why) = self.take_output(deadline) {
                panic!("never was written: {what} ({why})\n{}", self.picture());
            }
        }
    }

    /// Waits until the console shows its fleet: title, rows and footer.
    pub fn wait_for_fleet(&mut self) {
        self.wait_until("the fleet", |screen| {
            let text = screen.contents();
            screen.alternate_screen() && text.contains("QUARTERDECK") && text.contains("ENVIRONMENT") && text.contains("api ")
        });
    }

    /// Waits until the program under [`Opening::watched`] has ended with this code, and holds that it left
    /// the terminal as it found it.
    pub fn wait_for_restored(&mut self, code: i32) {
        self.wait_until("the end", |screen| screen.contents().contains("modes "));
        let text = self.screen().contents();
        assert!(text.contains(&format!("exit {code}, modes restored")), "{}", self.picture());
        self.assert_given_back();
    }

    /// Holds that nothing of what a full-screen program switches on is on.
    pub fn assert_given_back(&self) {
        let screen = self.screen();
        assert!(!screen.alternate_screen(), "the alternate screen is left");
        assert!(!screen.hide_cursor(), "the cursor is shown");
        assert!(!screen.bracketed_paste(), "pastes are no longer bracketed");
        assert_eq!(screen.mouse_protocol_mode(), MouseProtocolMode::None, "the mouse is the terminal's own");
    }

    /// Waits for the program's end.
    pub fn wait_for_end(&mut self) -> ExitStatus {
        let deadline = Instant::now() + DEADLINE;
        loop {
            match self.take_output(deadline) {
                Ok(()) => {}
                Err(RecvTimeoutError::Disconnected) => return self.child.wait().unwrap(),
                Err(RecvTimeoutError::Timeout) => panic!("it never ended\n{}", self.picture()),
            }
        }
    }

    /// Takes the terminal away, as a closed window does, and waits for the program's end.
    pub fn close(self) -> ExitStatus {
        let Self { master, writer, mut child, output, .. } = self;
        drop(writer);
        drop(master);
        // Its reading end ends with the thread that reads.
        drop(output);
        let mut killer = child.clone_killer();
        let (sender, ended) = channel();
        std::thread::spawn(move || sender.send(child.wait().unwrap()));
        ended.recv_timeout(DEADLINE).unwrap_or_else(|why| {
            killer.kill().unwrap();
            panic!("it goes on without a terminal ({why})");
        })
    }

    fn take_output(&mut self, deadline: Instant) -> Result<(), RecvTimeoutError> {
        let bytes = self.output.recv_timeout(deadline.saturating_duration_since(Instant::now()))?;
        self.parser.process(&bytes);
        self.raw.extend(bytes);
        Ok(())
    }

    fn picture(&self) -> String {
        let screen = self.screen();
        format!("alternate screen: {}\n{}", screen.alternate_screen(), screen.contents())
    }
}
