//! The terminal: taken, lent, given back, whatever happens in between.
//!
//! Restored by a drop guard and by the panic hook, which then prints the
//! panic. Knows nothing of what is drawn.

use std::io::{self, BufWriter, IsTerminal as _, Stdout, Write as _};
use std::mem::ManuallyDrop;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste, Event};
use crossterm::style::Print;
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, queue};
use futures_util::stream::{self, Stream};
use ratatui::Terminal;
use ratatui::backend::{Backend as _, ClearType, CrosstermBackend};
use tokio::signal::unix::Signal;
use tokio::sync::mpsc::unbounded_channel;

use super::clipboard;
use super::runtime::{Console, Paint};
use crate::app::event::Program;

/// Whether the terminal is ours now: what the panic hook and the guard look at.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Buttons and the wheel, with coordinates of any size. Not the terminal library's own command:
/// that asks for every movement as well, and each would wake this program.
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1000l";

/// A frame of cells with escapes; larger than any, so that a frame is one write.
const FRAME_BYTES: usize = 256 * 1024;

/// Whether standard output is a terminal at all.
#[must_use]
pub fn is_there() -> bool {
    io::stdout().is_terminal()
}

/// How many columns and rows standard output has, where it is a terminal that tells.
#[must_use]
pub fn size() -> Option<(u16, u16)> {
    is_there().then(crossterm::terminal::size)?.ok().filter(|(columns, rows)| *columns > 0 && *rows > 0)
}

/// How many columns standard output has, where it is a terminal.
#[must_use]
pub fn columns() -> Option<usize> {
    let (columns, _) = is_there().then(crossterm::terminal::size)?.ok()?;
    Some(usize::from(columns)).filter(|columns| *columns > 0)
}

/// The terminal while it is ours. Dropping it gives it back.
pub struct Term {
    /// Never dropped: where the terminal is gone, the library's own drop says so on standard
    /// error, which is gone as well, and that panics.
    terminal: ManuallyDrop<Terminal<CrosstermBackend<BufWriter<Stdout>>>>,
    mouse: bool,
}

impl Term {
    /// Takes the terminal that standard output is.
    ///
    /// # Errors
    /// When it cannot be taken.
    pub fn take(mouse: bool) -> io::Result<Self> {
        restore_on_panic();
        // Which colours may be used is for the theme to say: the library would drop those that a
        // person asked for beside NO_COLOR.
        crossterm::style::force_color_output(true);
        take(mouse)?;
        let backend = CrosstermBackend::new(BufWriter::with_capacity(FRAME_BYTES, io::stdout()));
        let terminal = Terminal::new(backend).inspect_err(|_| give_back())?;
        Ok(Self { terminal: ManuallyDrop::new(terminal), mouse })
    }

    /// Asks the terminal which background it has. The answer, if there is one, comes in between keys.
    ///
    /// # Errors
    /// When the terminal cannot be written to.
    pub fn ask_background(&mut self) -> io::Result<()> {
        let out = self.terminal.backend_mut();
        out.write_all(b"\x1b]11;?\x1b\\")?;
        io::Write::flush(out)
    }
}

/// What the terminal tells: keys, pastes, the mouse, sizes.
///
/// Read on a thread of its own, which nothing waits for. The library's own stream reads on the
/// thread that polls it, and where the terminal is gone its reading never returns: the loop would
/// spin for ever, deaf to every signal.
pub fn events() -> impl Stream<Item = io::Result<Event>> + Unpin {
    let (sender, mut events) = unbounded_channel();
    std::thread::spawn(move || {
        loop {
            let event = crossterm::event::read();
            LENDING.wait();
            let is_last = event.is_err();
            if sender.send(event).is_err() || is_last {
                return;
            }
        }
    });
    stream::poll_fn(move |context| events.poll_recv(context))
}

/// Ends when somebody interrupts this program; what was meant for one that had the terminal does not count.
pub async fn interrupted(signals: &mut Signal) {
    while signals.recv().await.is_some() {
        if !LENDING.was_just_over() {
            return;
        }
    }
}

/// Whether the terminal is lent: then nothing of it is read here.
struct Lending {
    state: Mutex<Lent>,
    changed: Condvar,
}

/// How it stands with that.
struct Lent {
    is_out: bool,
    /// The thread that reads keys has seen it.
    is_seen: bool,
    /// When it was last over.
    over: Option<Instant>,
}

static LENDING: Lending = Lending { state: Mutex::new(Lent { is_out: false, is_seen: false, over: None }), changed: Condvar::new() };

/// How long the thread that reads keys may take to see that the terminal is lent.
const SEEN_WITHIN: Duration = Duration::from_secs(2);
/// For how long an interrupt that is heard of after the terminal was lent was meant for who had it.
const MEANT_FOR_OTHERS: Duration = Duration::from_secs(1);

impl Lending {
    fn lock(&self) -> MutexGuard<'_, Lent> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has the thread that reads keys stop: what wakes it is what tells of a change of size.
    fn begin(&self) -> io::Result<()> {
        let mut state = self.lock();
        (state.is_out, state.is_seen) = (true, false);
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::WINCH)?;
        let seen = self.changed.wait_timeout_while(state, SEEN_WITHIN, |state| !state.is_seen);
        drop(seen.unwrap_or_else(PoisonError::into_inner));
        Ok(())
    }

    fn end(&self) {
        let mut state = self.lock();
        (state.is_out, state.over) = (false, Some(Instant::now()));
        drop(state);
        self.changed.notify_all();
    }

    /// Waits while it is lent.
    fn wait(&self) {
        let mut state = self.lock();
        if !state.is_out {
            return;
        }
        state.is_seen = true;
        self.changed.notify_all();
        drop(self.changed.wait_while(state, |state| state.is_out).unwrap_or_else(PoisonError::into_inner));
    }

    fn was_just_over(&self) -> bool {
        self.lock().over.is_some_and(|over| over.elapsed() < MEANT_FOR_OTHERS)
    }
}

impl Drop for Term {
    fn drop(&mut self) {
        give_back();
    }
}

impl Console for Term {
    fn draw(&mut self, paint: &mut Paint<'_>) -> io::Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        let mut cursor = None;
        self.terminal.draw(|frame| {
            cursor = paint(frame.area(), frame.buffer_mut());
            if let Some(position) = cursor {
                frame.set_cursor_position(position);
            }
        })?;
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)
    }

    fn clear(&mut self) -> io::Result<()> {
        // Not `Terminal::clear`: it asks the terminal where the cursor is, and
        // the answer would be taken by whoever reads the keys.
        self.terminal.backend_mut().clear_region(ClearType::All)?;
        // What is now the last frame is an empty one: the next writes every cell.
        self.terminal.swap_buffers();
        Ok(())
    }

    fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        let is_in_tmux = std::env::var_os("TMUX").is_some_and(|value| !value.is_empty());
        let mut out = io::stdout();
        out.write_all(clipboard::sequences(text, is_in_tmux).as_bytes())?;
        out.flush()?;
        if is_in_tmux {
            clipboard::hand_to_tmux(text);
        }
        Ok(())
    }

    fn mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        execute!(io::stdout(), Print(if on { MOUSE_ON } else { MOUSE_OFF }))
    }

    /// Gives the terminal back and stops this process and those with it, as the shell's own
    /// ctrl-z does; takes the terminal again when the shell continues them.
    fn suspend(&mut self) -> io::Result<()> {
        give_back();
        // The whole group, as the kernel would: a script that started this program stops as well.
        rustix::process::kill_current_process_group(rustix::process::Signal::TSTP)?;
        take(self.mouse)?;
        Console::clear(self)
    }

    /// Stands still meanwhile: what happens is taken in once the terminal is back.
    fn lend(&mut self, program: &Program) -> io::Result<io::Result<ExitStatus>> {
        LENDING.begin()?;
        give_back();
        let ended = run(&program.command);
        if program.holds && ended.as_ref().is_ok_and(|status| !status.success()) {
            hold();
        }
        let taken = take(self.mouse);
        LENDING.end();
        taken?;
        Console::clear(self)?;
        Ok(ended)
    }
}

/// Runs a program with the terminal as its own.
fn run(command: &[String]) -> io::Result<ExitStatus> {
    let (program, arguments) = command.split_first().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
    std::process::Command::new(program).args(arguments).status()
}

/// Leaves what a program wrote to be read, until a line is typed: our own screen will lie over it.
fn hold() {
    let mut out = io::stdout();
    // Where nobody can be told, nobody waits.
    if out.write_all(b"\nIt failed. Enter goes back to Quarterdeck.\n").and_then(|()| out.flush()).is_ok() {
        let _ = io::stdin().read_line(&mut String::new());
    }
}

fn take(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    let entered = execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, Hide)
        .and_then(|()| if mouse { execute!(io::stdout(), Print(MOUSE_ON)) } else { Ok(()) });
    entered.inspect_err(|_| give_back())
}

/// Gives the terminal back, once. Errors have nowhere to go: the terminal is what failed.
fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let _ = execute!(io::stdout(), EndSynchronizedUpdate, Print(MOUSE_OFF), DisableBracketedPaste, LeaveAlternateScreen, Show);
        let _ = disable_raw_mode();
    }
}

/// Has a panic give the terminal back before it is printed, or nobody would see it.
///
/// Only one on the thread that owns the screen: a panic elsewhere becomes an
/// event, and the screen goes on; what was wrong then stands in the log alone.
fn restore_on_panic() {
    let owner = std::thread::current().id();
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        tracing::error!("{panic}");
        let ours = std::thread::current().id() == owner;
        if ours {
            give_back();
        }
        if ours || !TAKEN.load(Ordering::SeqCst) {
            before(panic);
        }
    }));
}
