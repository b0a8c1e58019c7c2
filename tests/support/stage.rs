//! A console without a terminal: keys in, screens out, through the real loop.
//!
//! Time stands still unless it is told to pass. Nothing here waits.

use std::cell::RefCell;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::process::ExitStatus;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crossterm::event::{Event as Raw, KeyCode, KeyEvent, KeyModifiers};
use futures_util::stream;
use quarterdeck::app::event::{Effect, Event, Program};
use quarterdeck::app::key::{Code, Key};
use quarterdeck::app::state::State;
use quarterdeck::model::clock::Timestamp;
use quarterdeck::ops::clock::Clock;
use quarterdeck::ui::runtime::{Console, Paint, Parts, run};
use quarterdeck::ui::theme::{Role, Theme};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Position;
use ratatui::style::{Color, Modifier, Style};
use tokio::sync::mpsc;

use super::fleet;

/// What is on the stage's screen.
#[derive(Default)]
pub struct Shown {
    pub buffer: Buffer,
    pub cursor: Option<Position>,
    pub frames: usize,
    pub cleared: usize,
    pub suspended: usize,
    /// What the terminal was lent to.
    pub lent: Vec<String>,
    pub copied: Option<String>,
    /// When the mouse was taken (`true`) or left to the terminal.
    pub mouse: Vec<bool>,
}

struct Backdrop {
    terminal: Terminal<TestBackend>,
    size: Rc<RefCell<(u16, u16)>>,
    shown: Rc<RefCell<Shown>>,
}

impl Console for Backdrop {
    fn draw(&mut self, paint: &mut Paint<'_>) -> io::Result<()> {
        let (width, height) = *self.size.borrow();
        self.terminal.backend_mut().resize(width, height);
        let mut cursor = None;
        let Ok(frame) = self.terminal.draw(|frame| cursor = paint(frame.area(), frame.buffer_mut()));
        let mut shown = self.shown.borrow_mut();
        shown.buffer = frame.buffer.clone();
        shown.cursor = cursor;
        shown.frames += 1;
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.shown.borrow_mut().cleared += 1;
        Ok(())
    }

    fn size(&self) -> io::Result<(u16, u16)> {
        Ok(*self.size.borrow())
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        self.shown.borrow_mut().copied = Some(text.to_owned());
        Ok(())
    }

    fn mouse(&mut self, on: bool) -> io::Result<()> {
        self.shown.borrow_mut().mouse.push(on);
        Ok(())
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.shown.borrow_mut().suspended += 1;
        Ok(())
    }

    fn lend(&mut self, program: &Program) -> io::Result<io::Result<ExitStatus>> {
        self.shown.borrow_mut().lent.push(program.command.join(" "));
        Ok(Err(io::Error::from(io::ErrorKind::NotFound)))
    }
}

/// More than the time between two frames.
const FRAME: Duration = Duration::from_millis(40);
/// So often is the loop given a turn: all of them take less than the second in which ages change.
const TURNS: u32 = 4;

struct Standing(AtomicI64);

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// A console that runs.
pub struct Stage {
    clock: Arc<Standing>,
    running: Option<Pin<Box<dyn Future<Output = io::Result<State>>>>>,
    ended: Option<io::Result<State>>,
    input: Option<mpsc::UnboundedSender<Raw>>,
    answers: mpsc::UnboundedSender<Event>,
    shown: Rc<RefCell<Shown>>,
    size: Rc<RefCell<(u16, u16)>>,
    effects: Rc<RefCell<Vec<Effect>>>,
    time: tokio::runtime::Runtime,
}

impl Stage {
    /// A console on this state.
    pub fn on(state: State) -> Self {
        let time = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let size = Rc::new(RefCell::new((state.size.width, state.size.height)));
        let (shown, effects) = (Rc::<RefCell<Shown>>::default(), Rc::<RefCell<Vec<Effect>>>::default());
        let (input, raw) = mpsc::unbounded_channel();
        let (answers, inbox) = mpsc::unbounded_channel();
        let clock = Arc::new(Standing(AtomicI64::new(state.now.as_second())));
        let terminal = Terminal::new(TestBackend::new(state.size.width, state.size.height)).unwrap();
        let raw =
            stream::unfold(raw, |mut raw: mpsc::UnboundedReceiver<Raw>| async move { raw.recv().await.map(|event| (Ok(event), raw)) });
        let asked = Rc::clone(&effects);
        let parts = Parts {
            console: Backdrop { terminal, size: Rc::clone(&size), shown: Rc::clone(&shown) },
            input: Box::pin(raw),
            answers: inbox,
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            theme: lettered(),
            perform: move |effect| asked.borrow_mut().push(effect),
        };
        let running = Some(Box::pin(run(parts, state, std::future::pending())) as Pin<Box<dyn Future<Output = _>>>);
        let mut stage = Self { clock, running, ended: None, input: Some(input), answers, shown, size, effects, time };
        stage.play();
        stage
    }

    /// A console on the rich fleet.
    pub fn rich(width: u16, height: u16) -> Self {
        Self::on(fleet::rich((width, height)))
    }

    /// Lets the loop do all it can, frames included.
    fn play(&mut self) {
        let Some(mut running) = self.running.take() else { return };
        let mut context = Context::from_waker(Waker::noop());
        let mut outcome = Poll::Pending;
        self.time.block_on(async {
            for _ in 0..TURNS {
                outcome = tokio::task::unconstrained(std::future::poll_fn(|_| Poll::Ready(running.as_mut().poll(&mut context)))).await;
                if outcome.is_ready() {
                    return;
                }
                tokio::time::advance(FRAME).await;
            }
        });
        match outcome {
            Poll::Ready(ended) => self.ended = Some(ended),
            Poll::Pending => self.running = Some(running),
        }
    }

    /// Presses keys one after the other, each after the frame that the one before caused.
    /// Names are the app's (`enter`, `ctrl-c`, `space`, `↓`); `'text` types its letters.
    pub fn keys(&mut self, keys: &str) -> &mut Self {
        for key in parse(keys) {
            self.send(Raw::Key(key));
            self.play();
        }
        self
    }

    /// Presses keys all at once, before any of them was drawn.
    pub fn burst(&mut self, keys: &str) -> &mut Self {
        for key in parse(keys) {
            self.send(Raw::Key(key));
        }
        self.play();
        self
    }

    /// Something happens at the terminal.
    pub fn raw(&mut self, raw: Raw) -> &mut Self {
        self.send(raw);
        self.play();
        self
    }

    fn send(&self, raw: Raw) {
        self.input.as_ref().unwrap().send(raw).unwrap();
    }

    /// The window gets another size.
    pub fn resize(&mut self, width: u16, height: u16) -> &mut Self {
        *self.size.borrow_mut() = (width, height);
        self.raw(Raw::Resize(width, height))
    }

    /// The terminal goes away.
    pub fn hang_up(&mut self) -> &mut Self {
        self.input = None;
        self.play();
        self
    }

    /// Something is answered.
    pub fn tell(&mut self, event: Event) -> &mut Self {
        self.answers.send(event).unwrap();
        self.play();
        self
    }

    /// Something is answered, and nothing is done about it yet.
    pub fn queue(&mut self, event: Event) -> &mut Self {
        self.answers.send(event).unwrap();
        self
    }

    /// Does what is queued.
    pub fn settle(&mut self) -> &mut Self {
        self.play();
        self
    }

    /// Time passes, second by second.
    pub fn pass(&mut self, seconds: u64) -> &mut Self {
        for _ in 0..seconds {
            self.clock.0.fetch_add(1, Ordering::SeqCst);
            self.time.block_on(tokio::time::advance(Duration::from_secs(1).saturating_sub(FRAME * TURNS)));
            self.play();
        }
        self
    }

    /// What the effects asked for since the last time.
    pub fn asked(&self) -> Vec<Effect> {
        self.effects.borrow_mut().drain(..).collect()
    }

    /// Whether the loop has ended.
    pub fn has_ended(&self) -> bool {
        self.ended.is_some()
    }

    /// What is on the screen.
    pub fn shown(&self) -> std::cell::Ref<'_, Shown> {
        self.shown.borrow()
    }

    /// The screen as text.
    pub fn text(&self) -> String {
        text(&self.shown().buffer)
    }

    /// One line of the screen.
    pub fn line(&self, row: usize) -> String {
        self.text().lines().nth(row).unwrap_or("").to_owned()
    }

    /// The lines that hold this text.
    pub fn lines_with(&self, part: &str) -> Vec<String> {
        self.text().lines().filter(|line| line.contains(part)).map(str::to_owned).collect()
    }

    /// The row that is selected.
    pub fn selected(&self) -> String {
        self.lines_with("▌").join("\n")
    }

    /// The screen as text, and a map of the roles below it.
    pub fn picture(&self) -> String {
        let shown = self.shown();
        let cursor = shown.cursor.map_or_else(String::new, |at| format!("cursor {},{}\n", at.x, at.y));
        format!("{}\n{}\n{cursor}{}", text(&shown.buffer), legend(&shown.buffer), roles(&shown.buffer))
    }
}

/// The text of a buffer, blanks at the ends of lines left out.
pub fn text(buffer: &Buffer) -> String {
    lines(buffer, |x, y, _| buffer[(x, y)].symbol().to_owned())
}

fn lines(buffer: &Buffer, cell: impl Fn(u16, u16, usize) -> String) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut covered = 0;
        for x in 0..buffer.area.width {
            // The second half of a wide character is no cell of its own.
            if covered > 0 {
                covered -= 1;
                continue;
            }
            let wide = quarterdeck::ui::text::width(buffer[(x, y)].symbol()).max(1);
            covered = wide - 1;
            line.push_str(&cell(x, y, wide));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A letter for each role, in the order of [`Role::ALL`].
const LETTERS: &str = ".-*~QhH_GoiwdSuaDfkmM|▓nb+123456░";

/// A theme that tells roles apart by colours no view could name.
pub fn lettered() -> Theme {
    Theme::custom(|role| {
        let index = u8::try_from(Role::ALL.iter().position(|other| *other == role).unwrap()).unwrap();
        match role {
            Role::Selected => Style::new().bg(Color::Indexed(index)).add_modifier(Modifier::ITALIC),
            Role::SelectedAside => Style::new().bg(Color::Indexed(index)).add_modifier(Modifier::DIM),
            other => Style::new().fg(Color::Indexed(index + u8::from(other == Role::Selected))),
        }
    })
}

/// The letter of the role that a cell is drawn in; a blank for one that nothing was drawn in.
fn letter(buffer: &Buffer, x: u16, y: u16) -> char {
    let cell = &buffer[(x, y)];
    match cell.fg {
        _ if cell.symbol() == " " => ' ',
        Color::Indexed(index) => LETTERS.chars().nth(usize::from(index)).unwrap(),
        _ => ' ',
    }
}

/// A map of the roles; a selected row ends with `▓`, of the pane without the keys with `░`.
pub fn roles(buffer: &Buffer) -> String {
    let map = lines(buffer, |x, y, wide| letter(buffer, x, y).to_string().repeat(wide));
    let selected = |y: usize| {
        let last = buffer[(buffer.area.width - 1, u16::try_from(y).unwrap())].modifier;
        let signs = [(Modifier::ITALIC, "▓"), (Modifier::DIM, "░")];
        signs.into_iter().find(|(modifier, _)| last.contains(*modifier)).map_or("", |(_, sign)| sign)
    };
    map.lines().enumerate().map(|(y, line)| format!("{line}{}\n", selected(y))).collect()
}

/// What the letters of this map mean.
fn legend(buffer: &Buffer) -> String {
    let map = roles(buffer);
    let used = Role::ALL.iter().zip(LETTERS.chars()).filter(|(_, letter)| map.contains(*letter));
    used.map(|(role, letter)| format!("{letter} {}", role.name())).collect::<Vec<_>>().join("  ")
}

fn parse(keys: &str) -> Vec<KeyEvent> {
    let mut parsed = Vec::new();
    for word in keys.split_whitespace() {
        match word.strip_prefix('\'').filter(|text| !text.is_empty()) {
            Some(text) => parsed.extend(text.chars().map(|letter| KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE))),
            None => parsed.push(raw(word.parse().unwrap())),
        }
    }
    parsed
}

/// The key press that a terminal would report for a key.
fn raw(key: Key) -> KeyEvent {
    let code = match key.code {
        Code::Char(character) => KeyCode::Char(character),
        Code::Enter => KeyCode::Enter,
        Code::Esc => KeyCode::Esc,
        Code::Backspace => KeyCode::Backspace,
        Code::Delete => KeyCode::Delete,
        Code::Tab => KeyCode::Tab,
        Code::BackTab => KeyCode::BackTab,
        Code::Up => KeyCode::Up,
        Code::Down => KeyCode::Down,
        Code::Left => KeyCode::Left,
        Code::Right => KeyCode::Right,
        Code::Home => KeyCode::Home,
        Code::End => KeyCode::End,
        Code::PageUp => KeyCode::PageUp,
        Code::PageDown => KeyCode::PageDown,
        Code::F(number) => KeyCode::F(number),
    };
    KeyEvent::new(code, if key.ctrl { KeyModifiers::CONTROL } else { KeyModifiers::NONE })
}
