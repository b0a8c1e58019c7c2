//! `quarterdeck operations`: what was done and what goes on, and what becomes of what was interrupted.

use clap::{Args, Subcommand, ValueEnum};

use super::super::session::{Session, is_listed};
use super::super::signals::Signals;
use super::super::{Common, Exit, answer, complain, environment_variable, select};
use super::carried::{self, LISTINGS, refuse};
use super::flags::Confirming;
use super::follow::{self, Aim};
use super::{document, listing};
use crate::app::act::Act;
use crate::app::command::CommandId;
use crate::app::event::Effect;
use crate::app::headless;
use crate::app::operations::{Known, Operations, Order};
use crate::app::plans::operation::carry_on::may_change;
use crate::app::plans::operation::may_act;
use crate::app::state::State;
use crate::model::operation::fact::{Answer, Command as Wanted, Spot};
use crate::model::operation::plan::OperationId;
use crate::model::safe_text::safe;
use crate::operations::{Kept, survey};
use crate::ops::clock::Clock as _;
use crate::shell::SystemClock;

/// What is done with operations.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// List them: what needs a person first, then what goes on, then what has ended.
    List {
        /// Print JSON; its shape is fixed.
        #[arg(long)]
        json: bool,
    },
    /// Show one: its steps, how each came out, and what proves it.
    Show {
        /// Which.
        #[command(flatten)]
        which: Which,
        /// Print JSON; its shape is fixed.
        #[arg(long)]
        json: bool,
    },
    /// Carry on one that was interrupted: what goes on there is looked at first, and nothing is begun twice.
    #[command(visible_alias = "finish")]
    Resume {
        /// Which.
        #[command(flatten)]
        which: Which,
        /// How it is confirmed.
        #[command(flatten)]
        confirming: Confirming,
    },
    /// Put back what one that was interrupted has left half done, and end it.
    Undo {
        /// Which.
        #[command(flatten)]
        which: Which,
        /// Confirm it: it stops something.
        #[arg(long)]
        yes: bool,
        /// Print JSON once it has ended; its shape is fixed.
        #[arg(long)]
        json: bool,
    },
    /// End one that was interrupted and leave everything as it is, half done or not, for good.
    Leave {
        /// Which.
        #[command(flatten)]
        which: Which,
        /// Why. It goes into the operation's journal and into the audit log.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Print JSON once it has ended; its shape is fixed.
        #[arg(long)]
        json: bool,
    },
    /// Leave a unit that has not begun out of one that was interrupted, and carry that on.
    Skip {
        /// Which.
        #[command(flatten)]
        which: Which,
        /// The unit: its name as operations show has it, or its environment's where that is unique.
        #[arg(value_name = "UNIT")]
        unit: String,
        /// How it is confirmed; the reason must be given.
        #[command(flatten)]
        confirming: Confirming,
    },
    /// Say what became of a step of which nobody else can tell, and carry the operation on.
    Answer {
        /// Which.
        #[command(flatten)]
        which: Which,
        /// What became of it.
        #[arg(value_enum, value_name = "ANSWER")]
        answer: AnswerArgument,
        /// Which step, where several are asked about: as operations show --json has it.
        #[arg(long, value_name = "STEP")]
        step: Option<String>,
        /// How it is confirmed; the reason, which is how that is known, must be given.
        #[command(flatten)]
        confirming: Confirming,
    },
}

impl Default for Command {
    fn default() -> Self {
        Self::List { json: false }
    }
}

impl Command {
    /// Whether it may carry out an operation.
    pub const fn carries_out(&self) -> bool {
        !matches!(self, Self::List { .. } | Self::Show { .. })
    }
}

/// Which operation.
#[derive(Args, Clone, Debug)]
pub struct Which {
    /// The operation: its id, or as much of its beginning or its end as is unique.
    #[arg(value_name = "ID")]
    id: String,
}

/// What became of a step.
#[derive(ValueEnum, Clone, Copy, Debug)]
pub enum AnswerArgument {
    /// It came about: the operation goes on behind it.
    Done,
    /// It failed, and is left as it is.
    Failed,
    /// It was not begun: it is begun once more.
    Again,
}

impl From<AnswerArgument> for Answer {
    fn from(argument: AnswerArgument) -> Self {
        match argument {
            AnswerArgument::Done => Self::Done,
            AnswerArgument::Failed => Self::Failed,
            AnswerArgument::Again => Self::Again,
        }
    }
}

/// Runs `quarterdeck operations`.
pub async fn run(common: &Common, command: Command) -> Exit {
    let (which, confirming, decision) = match &command {
        Command::List { json } => return list(*json),
        Command::Show { which, json } => return show(which, *json),
        Command::Resume { which, confirming } => (which, confirming.clone(), Decision::Resume),
        Command::Undo { which, yes, json } => (which, Confirming { json: *json, yes: *yes, ..Confirming::default() }, Decision::Undo),
        Command::Leave { which, reason, json } => {
            (which, Confirming { json: *json, reason: Some(reason.clone()), ..Confirming::default() }, Decision::Leave)
        }
        Command::Skip { which, unit, confirming } => (which, confirming.clone(), Decision::Skip(unit)),
        Command::Answer { which, answer, step, confirming } => {
            (which, confirming.clone(), Decision::Answer((*answer).into(), step.as_deref()))
        }
    };
    // Boxed: it is large.
    Box::pin(decide(common, which, &confirming, decision)).await
}

/// Everything that the journals tell.
fn surveyed() -> Result<Operations, Exit> {
    let kept = Kept::usual(&environment_variable).map_err(|why| {
        complain(&why);
        Exit::Failed
    })?;
    let operations = survey(&kept);
    if let Some(why) = &operations.fault {
        complain(&safe(why));
        return Err(Exit::Failed);
    }
    Ok(operations)
}

fn list(json: bool) -> Exit {
    let operations = match surveyed() {
        Ok(operations) => operations,
        Err(exit) => return exit,
    };
    for why in operations.unreadable.values() {
        complain(&safe(why));
    }
    let exit = if operations.unreadable.is_empty() { Exit::Complete } else { Exit::Partial };
    let (order, now) = (operations.in_order(), SystemClock.now());
    let known = || order.iter().filter_map(|id| operations.get(id));
    let text = match (json, exit) {
        (true, _) => document::all(known(), now),
        (false, Exit::Complete) if order.is_empty() => "nothing was done from this machine yet\n".to_owned(),
        (false, _) => listing::table(known(), now),
    };
    if answer(&text) { exit } else { Exit::Failed }
}

fn show(which: &Which, json: bool) -> Exit {
    let operations = match surveyed() {
        Ok(operations) => operations,
        Err(exit) => return exit,
    };
    let known = match meant(&operations, &which.id) {
        Ok(known) => known,
        Err(exit) => return exit,
    };
    let text = if json { document::of(known, SystemClock.now()) } else { listing::whole(known, &operations) };
    if answer(&text) { Exit::Complete } else { Exit::Failed }
}

/// The operation that is meant; else the exit code, and why was said.
fn meant<'o>(operations: &'o Operations, text: &str) -> Result<&'o Known, Exit> {
    let fail = |exit: Exit, why: &str| {
        complain(&safe(why));
        exit
    };
    // What cannot be read may hold the very one that is meant.
    if let Some(why) = operations.doubt() {
        return Err(fail(Exit::Failed, why));
    }
    let fits = |id: &&OperationId| !text.is_empty() && (id.as_str().starts_with(text) || id.as_str().ends_with(text));
    let known = operations.in_order();
    let all: Vec<&OperationId> = known.iter().chain(operations.unreadable.keys()).filter(fits).collect();
    match all.as_slice() {
        [one] => operations.get(one).ok_or_else(|| {
            let why = operations.unreadable.get(*one);
            fail(Exit::Failed, why.map_or("that operation is not known any more", |why| why))
        }),
        [] => Err(fail(Exit::Usage, &format!("there is no operation \"{text}\": see quarterdeck operations for those there are"))),
        several => {
            let ids: Vec<&str> = several.iter().map(|id| id.as_str()).collect();
            Err(fail(Exit::Usage, &format!("\"{text}\" may mean {}", ids.join(" or "))))
        }
    }
}

/// What is wanted of an operation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Decision<'a> {
    Resume,
    Undo,
    Leave,
    /// Leave this unit out, and carry the rest on.
    Skip(&'a str),
    /// Say what became of a step: of this one, where several are asked about.
    Answer(Answer, Option<&'a str>),
}

impl Decision<'_> {
    /// Whether anything may begin after it: stopping and leaving are hindered by nothing.
    const fn begins(self) -> bool {
        matches!(self, Self::Resume | Self::Skip(_) | Self::Answer(..))
    }

    const fn aim(self) -> Aim {
        match self {
            Self::Resume | Self::Skip(_) | Self::Answer(..) => Aim::Done,
            Self::Undo => Aim::PutBack,
            Self::Leave => Aim::Left,
        }
    }
}

/// Has it done, and follows the operation to its end.
async fn decide(common: &Common, which: &Which, confirming: &Confirming, decision: Decision<'_>) -> Exit {
    let Some(settings) = common.settings_or_complain() else { return Exit::Usage };
    let (mut signals, mut session) = (Signals::listen(), Session::open(&settings));
    // Nothing is read for what is not done anyway.
    if let Err(why) = may_act(&session.state, &[]) {
        return refuse(&why);
    }
    let order = tokio::select! {
        order = ordered(&mut session, which, confirming, decision) => order,
        number = signals.next() => {
            complain(&"nothing was sent");
            return Exit::BySignal(number);
        }
    };
    match order {
        Ok(Decided { order, then }) => {
            let id = order.id().clone();
            let effect = headless::order(&mut session.state, order);
            session.perform(effect);
            Box::pin(follow::to_its_end(session, &id, then, (decision.aim(), confirming.json), &mut signals)).await
        }
        Err(exit) => exit,
    }
}

/// What was decided and confirmed.
struct Decided {
    /// What is had done.
    order: Order,
    /// What is wanted of it then, where that has not made it go on: a word about one unit does not lift a pause.
    then: Option<Wanted>,
}

impl From<Order> for Decided {
    fn from(order: Order) -> Self {
        Self { order, then: None }
    }
}

/// The order that follows from what was decided; else the exit code, and why was said.
async fn ordered(session: &mut Session, which: &Which, confirming: &Confirming, decision: Decision<'_>) -> Result<Decided, Exit> {
    // Whose app an environment is, and so whether anything may be changed there, the listings tell.
    let is_known = |state: &State| is_listed(state) && !state.operations.is_unread;
    let is_ready = |state: &State| is_known(state) && (!decision.begins() || carried::is_surveyed(state));
    session.until(LISTINGS, is_ready).await;
    let known = meant(&session.state.operations, &which.id)?;
    let id = known.id().clone();
    may_change(&session.state, known).map_err(|why| refuse(&why))?;
    match decision {
        Decision::Resume => Ok(carry_on(session, &id, confirming).await?.into()),
        Decision::Undo => Ok(agreed(act(session, &id, CommandId::PutBack)?, confirming)?.into()),
        Decision::Leave => {
            let asked = act(session, &id, CommandId::Leave)?;
            Ok(reasoned(session, asked, confirming.reason.as_deref())?.into())
        }
        Decision::Skip(unit) => {
            select_unit(session, &id, unit)?;
            let asked = act(session, &id, CommandId::Skip)?;
            said_and_carried_on(session, &id, asked, confirming).await
        }
        Decision::Answer(answer, step) => {
            let spot = step_meant(session, &id, step)?;
            let asked = headless::ask_how(&session.state, &id, spot, answer);
            said_and_carried_on(session, &id, asked, confirming).await
        }
    }
}

/// What was said about one unit, and that the operation goes on: what is left then begins, so that is planned, shown and
/// confirmed as carrying it on is.
async fn said_and_carried_on(session: &mut Session, id: &OperationId, asked: Act, confirming: &Confirming) -> Result<Decided, Exit> {
    let said = reasoned(session, asked.clone(), confirming.reason.as_deref())?;
    let Some(before) = headless::presume(&mut session.state, &said) else {
        // Nothing is left then: there is nothing to confirm but that.
        return if confirming.plan { Err(without_rest(confirming)) } else { Ok(said.into()) };
    };
    let carried_on = carry_on(session, id, confirming).await;
    headless::forget(&mut session.state, before);
    let Order::Resume(_, then) = carried_on? else { return Err(refuse("that is not possible now")) };
    // With what it was confirmed against, where anything stands in the way.
    let reason = then.as_ref().and_then(|then| then.wish.reason()).map(ToString::to_string);
    let order = reasoned(session, asked, reason.as_deref().or(confirming.reason.as_deref()))?;
    Ok(Decided { order, then })
}

/// What is said in place of a plan that has nothing in it.
fn without_rest(confirming: &Confirming) -> Exit {
    let text = "nothing is left to begin then: the operation ends\n";
    if confirming.json {
        complain(&text.trim_end());
        return Exit::Complete;
    }
    if answer(text) { Exit::Complete } else { Exit::Failed }
}

/// What a command of the Operations screen would do with it.
fn act(session: &mut Session, id: &OperationId, command: CommandId) -> Result<Act, Exit> {
    headless::on_operation(&mut session.state, id, command).map_err(|why| refuse(&why))
}

/// The order to carry it on, once that is shown and confirmed.
async fn carry_on(session: &mut Session, id: &OperationId, confirming: &Confirming) -> Result<Order, Exit> {
    match act(session, id, CommandId::Finish)? {
        Act::Plan(intent) => carried::planned(session, &intent, confirming).await,
        // What is left of it begins: nothing less than a plan confirms that.
        _ => Err(refuse("that is not possible now")),
    }
}

/// The order behind a question that one `y` answers.
fn agreed(act: Act, confirming: &Confirming) -> Result<Order, Exit> {
    let Act::Confirm { question, then: Effect::Operate(order) } = act else { return Err(refuse("that is not possible now")) };
    if !confirming.yes {
        return Err(refuse(&format!("{question} Confirm it with --yes")));
    }
    complain(&safe(&question));
    Ok(*order)
}

/// The order behind a dialog that asks for a reason.
fn reasoned(session: &Session, act: Act, text: Option<&str>) -> Result<Order, Exit> {
    let Act::Reason(reason) = act else { return Err(refuse("that is not possible now")) };
    headless::reasoned(&session.state, *reason, text.unwrap_or_default()).map_err(|why| refuse(&why))
}

/// Selects the unit that is meant.
fn select_unit(session: &mut Session, id: &OperationId, text: &str) -> Result<(), Exit> {
    let Some(known) = session.state.operations.get(id) else { return Err(refuse("that operation is not known any more")) };
    let operation = &known.operation;
    let is_named = |unit: &u32| operation.unit(*unit).is_some_and(|unit| &*unit.name == text);
    let is_at = |unit: &u32| known.environment_of(*unit).is_some_and(|key| select::means(text, key));
    let by_name: Vec<u32> = operation.units().filter(is_named).collect();
    let found = if by_name.is_empty() { operation.units().filter(is_at).collect() } else { by_name };
    let [unit] = found.as_slice() else {
        let names: Vec<&str> = operation.units().filter_map(|unit| Some(&*operation.unit(unit)?.name)).collect();
        complain(&safe(&format!("\"{text}\" is not one unit of it: there are {}", names.join(", "))));
        return Err(Exit::Usage);
    };
    headless::select_unit(&mut session.state, id, *unit);
    Ok(())
}

/// The step that is meant, of those that a person is asked about.
fn step_meant(session: &Session, id: &OperationId, step: Option<&str>) -> Result<Spot, Exit> {
    let questions = session.state.operations.get(id).map(|known| known.operation.questions()).unwrap_or_default();
    let asked: Vec<Spot> = questions.into_iter().map(|(spot, _)| spot).collect();
    let fitting: Vec<Spot> = asked.iter().copied().filter(|spot| step.is_none_or(|step| spot.to_string() == step)).collect();
    match (fitting.as_slice(), asked.is_empty()) {
        ([one], _) => Ok(*one),
        (_, true) => Err(refuse("nobody asks what became of anything there")),
        (_, false) => {
            let names: Vec<String> = asked.iter().map(ToString::to_string).collect();
            complain(&safe(&format!("say which: --step may be {}", names.join(", "))));
            Err(Exit::Usage)
        }
    }
}
