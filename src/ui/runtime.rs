//! The loop: drain, settle, draw if due, sleep until something changes.
//!
//! Owns the terminal and the state. Draws at most once per drain and at most
//! 60 times a second, only when the state asks for it; sleeps until the next
//! moment at which a text on the screen changes by itself. Never waits for
//! anything but events and time: all work is somebody else's, handed on as
//! effects.

use std::future::{Future, poll_fn};
use std::io;
use std::process::ExitStatus;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use crossterm::event::Event as Raw;
use futures_util::{Stream, StreamExt as _};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, sleep_until};

use super::clicks::Clicks;
use super::input::{Input, Reader};
use super::theme::Theme;
use super::{panes, picture};
use crate::app::custom::Ran;
use crate::app::event::{Effect, Event, Program};
use crate::app::saving::Format;
use crate::app::state::State;
use crate::app::update::{is_working, settle, update, work};
use crate::ops::clock::Clock;

/// Writes a frame into a buffer; returns where the cursor stands.
pub type Paint<'a> = dyn FnMut(Rect, &mut Buffer) -> Option<Position> + 'a;

/// What frames are drawn on.
pub trait Console {
    /// Draws one frame.
    ///
    /// # Errors
    /// When the terminal cannot be written to.
    fn draw(&mut self, paint: &mut Paint<'_>) -> io::Result<()>;

    /// Forgets what is on the screen, so that the next frame writes every cell.
    ///
    /// # Errors
    /// When the terminal cannot be written to.
    fn clear(&mut self) -> io::Result<()>;

    /// Columns and rows.
    ///
    /// # Errors
    /// When the terminal does not tell.
    fn size(&self) -> io::Result<(u16, u16)>;

    /// Hands a text to the terminal's clipboard (OSC 52). Whether it takes it, a terminal does not say.
    ///
    /// # Errors
    /// When the terminal cannot be written to.
    fn copy(&mut self, text: &str) -> io::Result<()>;

    /// Takes the mouse, or leaves it to the terminal.
    ///
    /// # Errors
    /// When the terminal cannot be written to.
    fn mouse(&mut self, on: bool) -> io::Result<()>;

    /// Gives the terminal to the shell, and returns when the shell gives it back.
    ///
    /// # Errors
    /// When the terminal cannot be given back or taken again.
    fn suspend(&mut self) -> io::Result<()>;

    /// Lends the terminal to a program, and returns how that ended: the inner error is why it could not be started.
    ///
    /// # Errors
    /// When the terminal cannot be given back or taken again.
    fn lend(&mut self, program: &Program) -> io::Result<io::Result<ExitStatus>>;
}

/// The shortest time between two frames that answers cause.
const BETWEEN_FRAMES: Duration = Duration::from_millis(33);
/// The shortest time between two frames that keys cause: a key does not wait for an answer's frame.
const BETWEEN_KEYS: Duration = Duration::from_micros(16_667);
/// A drain of answers ends after this long: a key may have been pressed.
const DRAIN: Duration = Duration::from_millis(8);
/// The longest sleep, should nothing on the screen ever change.
const LONGEST_SLEEP: u64 = 3_600;

/// What the loop is made of.
pub struct Parts<C, I, P> {
    /// What frames are drawn on.
    pub console: C,
    /// The terminal's events.
    pub input: I,
    /// What comes of effects, and anything else that happens.
    pub answers: UnboundedReceiver<Event>,
    /// Where the present comes from.
    pub clock: Arc<dyn Clock>,
    /// What roles look like.
    pub theme: Theme,
    /// Carries effects out, without waiting for them. Redraw, Lend, Suspend and Quit never get there.
    pub perform: P,
}

/// Takes the terminal and runs until it is quit, or told to end by a signal.
///
/// # Errors
/// When the terminal cannot be taken, or fails.
pub async fn run_in_terminal(
    mut state: State,
    theme: Theme,
    answers: UnboundedReceiver<Event>,
    clock: Arc<dyn Clock>,
    perform: impl FnMut(Effect),
) -> io::Result<State> {
    let mut console = super::term::Term::take(state.mouse)?;
    let (width, height) = console.size()?;
    state.size = crate::app::state::Size { width, height };
    if theme.wants_background() {
        console.ask_background()?;
    }
    let ended = ended_by_signal()?;
    let input = super::term::events();
    run(Parts { console, input, answers, clock, theme, perform }, state, ended).await
}

/// Ends when the program is asked to end from outside.
fn ended_by_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
            () = super::term::interrupted(&mut interrupt) => {}
        }
    })
}

/// Runs until the state is quit, `ended` is, or the input is.
///
/// The first frame is drawn before anything is awaited.
///
/// # Errors
/// When the console fails.
pub async fn run<C, I, P>(parts: Parts<C, I, P>, state: State, ended: impl Future<Output = ()>) -> io::Result<State>
where
    C: Console,
    I: Stream<Item = io::Result<Raw>> + Unpin,
    P: FnMut(Effect),
{
    let mut running = Loop {
        parts,
        state,
        reader: Reader::default(),
        drawn: None,
        frame_after_keys: false,
        wake: None,
        clicks: Clicks::default(),
        quit: false,
    };
    tokio::pin!(ended);
    running.tick();
    running.settle_and_draw()?;
    while !running.quit {
        let due = running.next_frame();
        let wake = due.into_iter().chain(running.wake).min().unwrap_or_else(|| Instant::now() + Duration::from_secs(LONGEST_SLEEP));
        tokio::select! {
            biased;
            () = &mut ended => break,
            raw = running.parts.input.next() => match raw {
                Some(raw) => running.take_input(raw?)?,
                // The terminal is gone.
                None => break,
            },
            Some(event) = running.parts.answers.recv() => running.take(event)?,
            // Between keys and answers; it is done below.
            () = std::future::ready(()), if is_working(&running.state) => {}
            () = sleep_until(wake) => running.woken(),
        }
        running.drain().await?;
        running.work()?;
        running.settle_and_draw()?;
    }
    Ok(running.state)
}

/// How a program ended that the terminal was lent to.
fn told(program: &Program, ended: io::Result<ExitStatus>) -> Result<String, String> {
    let name = program.command.first().map_or("nothing", String::as_str);
    match ended {
        Ok(status) if status.success() => Ok(format!("back from {}", program.name)),
        // A command of a team's own says with it how it went.
        Ok(status) if program.run.is_some() => Err(format!("it ended with {status}")),
        // A shell ends with the exit code of what was last typed into it.
        Ok(status) => Ok(format!("{} ended with {status}", program.name)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(format!("{name} is not on this machine: install it")),
        Err(error) => Err(format!("{name} could not be started: {error}")),
    }
}

struct Loop<C, I, P> {
    parts: Parts<C, I, P>,
    state: State,
    reader: Reader,
    /// When the last frame was drawn, and whether keys caused it.
    drawn: Option<(Instant, bool)>,
    /// Keys were pressed since the last frame.
    frame_after_keys: bool,
    /// When a text on the screen changes by itself.
    wake: Option<Instant>,
    /// What is clicked.
    clicks: Clicks,
    quit: bool,
}

impl<C, I, P> Loop<C, I, P>
where
    C: Console,
    I: Stream<Item = io::Result<Raw>> + Unpin,
    P: FnMut(Effect),
{
    /// Tells the state what time it is, where that is another second than it thinks.
    ///
    /// Whole seconds, so that all ages on the screen change at once.
    fn tick(&mut self) {
        let now = self.parts.clock.now();
        if now.as_second() != self.state.now.as_second() || self.drawn.is_none() {
            for effect in update(&mut self.state, Event::Tick(now)) {
                (self.parts.perform)(effect);
            }
        }
    }

    fn woken(&mut self) {
        self.tick();
        if !self.state.dirty {
            // The timer was a hair ahead of the clock.
            self.wake = Some(Instant::now() + BETWEEN_FRAMES);
        }
    }

    fn take_input(&mut self, raw: Raw) -> io::Result<()> {
        match self.reader.read(raw) {
            Some(Input::App(event)) => {
                self.frame_after_keys = true;
                self.tick();
                if let Some(focus) = self.clicks.focuses(&self.state, &event) {
                    self.take(focus)?;
                }
                let event = self.clicks.aimed(&self.state, &self.parts.theme, event);
                self.take(event)
            }
            Some(Input::Background(colour)) => {
                self.parts.theme = self.parts.theme.on(colour);
                self.state.dirty = true;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn take(&mut self, event: Event) -> io::Result<()> {
        let effects = update(&mut self.state, event);
        effects.into_iter().try_for_each(|effect| self.carry_out(effect))
    }

    /// Does a piece of what is left to do: no key waits for more.
    fn work(&mut self) -> io::Result<()> {
        work(&mut self.state).into_iter().try_for_each(|effect| self.carry_out(effect))
    }

    fn carry_out(&mut self, effect: Effect) -> io::Result<()> {
        match effect {
            Effect::Quit => self.quit = true,
            Effect::Redraw => {
                self.parts.console.clear()?;
                self.state.dirty = true;
            }
            Effect::Copy(text) => self.parts.console.copy(&text)?,
            Effect::Theme(word) => {
                self.parts.theme = self.parts.theme.chosen(&word);
                self.state.dirty = true;
            }
            Effect::Mouse(on) => self.parts.console.mouse(on)?,
            Effect::Picture { format, name } => self.picture(format, name),
            Effect::Suspend => {
                self.parts.console.suspend()?;
                self.come_back()?;
            }
            Effect::Lend(program) => {
                let ended = self.parts.console.lend(&program)?;
                self.come_back()?;
                let told = told(&program, ended);
                self.take(match program.run {
                    Some(run) => Event::Ran(Box::new(Ran { run: *run, ended: told, written: String::new() })),
                    None => Event::Returned(told),
                })?;
            }
            Effect::Attend(_)
            | Effect::ReadNow(_)
            | Effect::Reveal(..)
            | Effect::FindOut(_)
            | Effect::Write(_)
            | Effect::Lock(_)
            | Effect::Operate(_)
            | Effect::Logs(_)
            | Effect::Open(_)
            | Effect::Remember(_)
            | Effect::Prefer(_)
            | Effect::Run(_)
            | Effect::Store { .. }
            | Effect::NoteRan(_) => {
                (self.parts.perform)(effect);
            }
        }
        Ok(())
    }

    /// Has the screen written into a file, as it is drawn once what lies over it is gone.
    fn picture(&mut self, format: Format, name: String) {
        let size = self.state.terminal();
        let mut buffer = Buffer::empty(Rect::new(0, 0, size.width, size.height));
        let _ = panes::draw(&mut self.state, &self.parts.theme, buffer.area, &mut buffer);
        let text = match format {
            Format::Text => picture::text(&buffer),
            Format::Svg => picture::svg(&buffer, &self.parts.theme, "Quarterdeck"),
        };
        (self.parts.perform)(Effect::Store { name, text });
    }

    /// The terminal is ours again: its size may be another, and nothing of ours is on it.
    fn come_back(&mut self) -> io::Result<()> {
        let (width, height) = self.parts.console.size()?;
        self.tick();
        self.take(Event::Resized { width, height })?;
        self.take(Event::Resumed)
    }

    /// What the terminal has told by now. Never waits.
    ///
    /// It is asked as this task, not on behalf of nobody: the terminal library wakes whoever asked
    /// first, and a key would otherwise wait for the next answer or the next second.
    async fn told(&mut self) -> Option<Option<io::Result<Raw>>> {
        poll_fn(|context| match self.parts.input.poll_next_unpin(context) {
            Poll::Ready(raw) => Poll::Ready(Some(raw)),
            Poll::Pending => Poll::Ready(None),
        })
        .await
    }

    /// Takes in everything that is pending, keys first.
    async fn drain(&mut self) -> io::Result<()> {
        let begun = Instant::now();
        while !self.quit {
            match self.told().await {
                Some(Some(raw)) => {
                    self.take_input(raw?)?;
                    continue;
                }
                Some(None) => {
                    self.quit = true;
                    return Ok(());
                }
                None => {}
            }
            if begun.elapsed() >= DRAIN {
                return Ok(());
            }
            match self.parts.answers.try_recv() {
                Ok(event) => self.take(event)?,
                Err(_) => return Ok(()),
            }
        }
        Ok(())
    }

    /// When a frame may be drawn, if one is needed.
    fn next_frame(&self) -> Option<Instant> {
        if !self.state.dirty {
            return None;
        }
        let (at, by_keys) = self.drawn?;
        Some(match (self.frame_after_keys, by_keys) {
            (true, true) => at + BETWEEN_KEYS,
            (true, false) => at,
            (false, _) => at + BETWEEN_FRAMES,
        })
    }

    fn settle_and_draw(&mut self) -> io::Result<()> {
        if self.quit || !self.state.dirty || self.next_frame().is_some_and(|due| due > Instant::now()) {
            return Ok(());
        }
        self.notice_size()?;
        for effect in settle(&mut self.state) {
            self.carry_out(effect)?;
        }
        let (state, theme) = (&mut self.state, &self.parts.theme);
        let (mut changes_in, mut lists) = (None, (None, None));
        self.parts.console.draw(&mut |area, buffer| {
            let shown = panes::draw(state, theme, area, buffer);
            changes_in = shown.changes_in;
            lists = (shown.list, shown.other_list);
            shown.cursor
        })?;
        (self.clicks.list, self.clicks.other_list) = lists;
        self.drawn = Some((Instant::now(), self.frame_after_keys));
        self.frame_after_keys = false;
        self.wake = Some(self.wake_in(changes_in.unwrap_or(LONGEST_SLEEP)));
        self.take(Event::Drawn)
    }

    /// A change of size before the first key is read is told by nobody.
    fn notice_size(&mut self) -> io::Result<()> {
        let (width, height) = self.parts.console.size()?;
        let known = self.state.terminal();
        if (width, height) == (known.width, known.height) { Ok(()) } else { self.take(Event::Resized { width, height }) }
    }

    /// The beginning of the second in which a text changes.
    fn wake_in(&self, seconds: u64) -> Instant {
        let passed = self.parts.clock.now().as_millisecond() - self.state.now.as_second() * 1_000;
        let until = seconds.saturating_mul(1_000).saturating_sub(u64::try_from(passed).unwrap_or(0));
        Instant::now() + Duration::from_millis(until.max(1))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;

    use super::*;
    use crate::app::custom::{Output, Run};

    #[test]
    fn a_status_is_a_fault_of_a_command_and_none_of_a_shell() {
        let run = Run {
            name: "deploy".into(),
            command: vec!["deploy".to_owned()],
            environment: None,
            reads: false,
            output: Output::Terminal,
            seconds: 60,
        };
        let program = |run: Option<Run>| Program {
            name: "deploy".to_owned(),
            command: vec!["deploy".to_owned()],
            run: run.map(Box::new),
            holds: false,
        };
        // What waiting for a process tells has its exit code in the second byte.
        let ended = |code: i32| Ok(ExitStatus::from_raw(code << 8));
        assert_eq!(told(&program(Some(run.clone())), ended(1)), Err("it ended with exit status: 1".to_owned()));
        assert_eq!(told(&program(Some(run)), ended(0)), Ok("back from deploy".to_owned()));
        assert_eq!(told(&program(None), ended(1)), Ok("deploy ended with exit status: 1".to_owned()));
    }
}
