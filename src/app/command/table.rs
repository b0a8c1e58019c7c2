//! The table of all commands.

use super::super::key::{Code, Key};
use super::CommandId as Id;
use super::PaneId;
use super::Scope::{
    Changes, Environment, Environments, Everywhere, Fleet, Listed, Logs, Operations, Panes, Previews, Promotions, Runs, Sheet,
};
use super::{Command, Risk, Scope};

const fn row(
    id: Id,
    name: &'static str,
    keys: &'static [Key],
    scope: Scope,
    hint: Option<(&'static str, u8)>,
    sentence: &'static str,
) -> Command {
    Command { id, name, keys, scope, risk: Risk::Reads, sentence, hint }
}

/// Every command, in the order help lists them.
pub const COMMANDS: &[Command] = &[
    row(
        Id::Open,
        "open",
        &[Key::of(Code::Enter)],
        Everywhere,
        Some(("open", 90)),
        "Open the selected environment, or fold and unfold the selected app.",
    ),
    row(Id::Help, "help", &[Key::char('?')], Everywhere, Some(("help", 100)), "Show the keys of this screen."),
    row(Id::Palette, "palette", &[Key::char(':')], Everywhere, Some(("palette", 60)), "Find a command or an environment by name."),
    row(
        Id::Filter,
        "filter",
        &[Key::char('/')],
        Everywhere,
        Some(("filter", 80)),
        "Narrow what is shown: words and regular expressions, !word for without, region:ca for one column. On Logs: find.",
    ),
    row(Id::Escape, "escape", &[Key::of(Code::Esc)], Everywhere, None, "Close the dialog, then clear the filter, then go back."),
    row(
        Id::Back,
        "back",
        &[Key::char('q')],
        Everywhere,
        Some(("back", 20)),
        "Go back; on Fleet, quit. Of two panes, where nothing is to go back to, close this one.",
    ),
    row(Id::Cancel, "cancel", &[Key::ctrl('c')], Everywhere, None, "Cancel; twice offers to quit."),
    row(Id::Down, "down", &[Key::char('j'), Key::of(Code::Down)], Everywhere, None, "Select the next row."),
    row(Id::Up, "up", &[Key::char('k'), Key::of(Code::Up)], Everywhere, None, "Select the row before."),
    row(Id::First, "first", &[Key::char('g'), Key::of(Code::Home)], Everywhere, None, "Select the first row."),
    row(Id::Last, "last", &[Key::char('G'), Key::of(Code::End)], Everywhere, None, "Select the last row."),
    row(Id::HalfPageDown, "half-page-down", &[Key::ctrl('d')], Everywhere, None, "Move half a page down."),
    row(Id::HalfPageUp, "half-page-up", &[Key::ctrl('u')], Everywhere, None, "Move half a page up."),
    row(Id::PageDown, "page-down", &[Key::of(Code::PageDown), Key::ctrl('f')], Everywhere, None, "Move a page down."),
    row(Id::PageUp, "page-up", &[Key::of(Code::PageUp), Key::ctrl('b')], Everywhere, None, "Move a page up."),
    row(Id::ColumnLeft, "column-left", &[Key::of(Code::Left), Key::char('<')], Fleet, None, "Select the column on the left."),
    row(Id::ColumnRight, "column-right", &[Key::of(Code::Right), Key::char('>')], Fleet, None, "Select the column on the right."),
    row(
        Id::Sort,
        "sort",
        &[Key::char('s')],
        Fleet,
        Some(("sort", 50)),
        "Sort by the selected column; again: the other way round; once more: by urgency.",
    ),
    row(
        Id::FaultsOnly,
        "faults-only",
        &[Key::char('z')],
        Fleet,
        Some(("faults only", 70)),
        "Show only what needs a person: unwell, busy, mixed, or unreadable.",
    ),
    row(
        Id::FoldAll,
        "fold-all",
        &[Key::char('f')],
        Fleet,
        Some(("fold", 40)),
        "Fold every app, or unfold all; a folded app still shows what needs a person.",
    ),
    row(
        Id::ChooseColumns,
        "choose-columns",
        &[Key::char('v')],
        Fleet,
        Some(("columns", 32)),
        "Choose which columns are shown, in which order, and how wide.",
    ),
    row(
        Id::Views,
        "views",
        &[Key::char('w')],
        Fleet,
        Some(("views", 38)),
        "Show the Fleet as saved under a name (filter, order, columns, folds), or save it as it is shown.",
    ),
    row(Id::Mark, "mark", &[Key::char(' ')], Fleet, Some(("mark", 45)), "Mark or unmark the environment."),
    row(Id::MarkRange, "mark-range", &[Key::char('V')], Fleet, None, "Mark from the last marked environment to this one."),
    row(Id::ClearMarks, "clear-marks", &[Key::ctrl('\\')], Fleet, None, "Unmark everything."),
    row(Id::NextPane, "next-pane", &[Key::of(Code::Tab)], Panes, Some(("pane", 85)), "Go to the next pane."),
    row(Id::PreviousPane, "previous-pane", &[Key::of(Code::BackTab)], Panes, None, "Go to the pane before."),
    row(Id::Previous, "previous-screen", &[Key::char('-')], Everywhere, None, "Go to the screen before this one; again: come back."),
    row(Id::HistoryBack, "history-back", &[Key::char('[')], Everywhere, None, "Go back in the history of screens."),
    row(Id::HistoryForward, "history-forward", &[Key::char(']')], Everywhere, None, "Go forward in the history of screens."),
    row(Id::GoFleet, "fleet", &[Key::char('1')], Everywhere, None, "Go to the Fleet screen."),
    row(Id::GoPending, "pending", &[Key::char('2')], Everywhere, None, "Go to the Pending screen: what has not arrived, everywhere."),
    row(Id::GoPromotions, "promotions", &[Key::char('3')], Everywhere, None, "Go to the Promotions screen: what waits for a person."),
    row(
        Id::GoOperations,
        "operations",
        &[Key::char('4')],
        Everywhere,
        None,
        "Go to the Operations screen: what is done from here, and what was interrupted.",
    ),
    row(Id::GoLogs, "logs", &[Key::char('5')], Everywhere, None, "Go to the Logs screen: what was followed last, else the selection."),
    row(Id::GoPreviews, "previews", &[Key::char('7')], Everywhere, None, "Go to the Previews screen: what still runs of pull requests."),
    row(
        Id::Logs,
        "logs-here",
        &[Key::char('l')],
        Listed,
        Some(("logs", 78)),
        "Follow the logs of the selected environment, of the marked ones, or of the whole app, as one stream.",
    ),
    row(
        Id::RunLogs,
        "run-logs",
        &[Key::char('l')],
        Runs,
        Some(("logs", 45)),
        "Follow the jobs of the run: the logs of those that are over, the steps of those that go on.",
    ),
    row(
        Id::Pending,
        "pending-here",
        &[Key::char('u')],
        Environments,
        Some(("pending", 75)),
        "Show what has not arrived in the app of the selected environment.",
    ),
    row(
        Id::Mine,
        "mine",
        &[Key::char('m')],
        Runs,
        Some(("mine", 72)),
        "Show only your own changes; on Promotions, only what you may approve.",
    ),
    row(Id::Choose, "choose", &[Key::char(' ')], Sheet, Some(("choose", 82)), "Take the selected gate into the choice, or out of it."),
    Command {
        risk: Risk::Writes,
        ..row(
            Id::Approve,
            "approve",
            &[Key::char('A')],
            Everywhere,
            Some(("ship sheet", 74)),
            "Show what approving would ship and what stands in the way; there again: approve what is chosen, after a comment and a confirmation.",
        )
    },
    row(Id::Diff, "diff", &[Key::char('d')], Changes, Some(("diff", 66)), "Show what the selected change changes, file by file."),
    row(Id::Checks, "checks", &[Key::char('i')], Changes, Some(("checks", 64)), "Show how the checks of the selected change came out."),
    row(
        Id::Links,
        "links",
        &[Key::char('o')],
        Everywhere,
        Some(("links", 35)),
        "The pages about the selection: run, pull request, console, the environment itself.",
    ),
    row(
        Id::Copy,
        "copy",
        &[Key::char('c')],
        Everywhere,
        Some(("copy", 33)),
        "Choose what is copied: the name, the key, the version, the commit, a link, the row, the table as Markdown; on the ship sheet all of it, on Logs lines (OSC 52: over SSH too).",
    ),
    row(
        Id::Save,
        "save",
        &[Key::ctrl('s')],
        Everywhere,
        None,
        "Save the screen as text or as a picture (SVG), on Logs the lines, into a file that only you can read.",
    ),
    row(
        Id::Mouse,
        "mouse",
        &[Key::ctrl('t')],
        Everywhere,
        None,
        "Switch the mouse off, so that the terminal selects text with it; again: on.",
    ),
    Command {
        risk: Risk::Writes,
        ..row(Id::Reject, "reject", &[Key::char('X')], Sheet, Some(("reject", 86)), "Reject the chosen gates: the jobs behind them fail.")
    },
    Command {
        risk: Risk::Stops,
        ..row(
            Id::CancelRun,
            "cancel-run",
            &[Key::char('X')],
            Promotions,
            Some(("cancel run", 40)),
            "Cancel the selected run; what the platform has begun goes on.",
        )
    },
    Command {
        risk: Risk::Stops,
        ..row(
            Id::CancelOpen,
            "cancel-open-run",
            &[Key::ctrl('x')],
            Sheet,
            Some(("cancel run", 39)),
            "Cancel the run that is open; what the platform has begun goes on.",
        )
    },
    Command {
        risk: Risk::Writes,
        ..row(
            Id::RerunFailed,
            "re-run-failed",
            &[Key::char('F')],
            Runs,
            Some(("re-run failed", 44)),
            "Open the run that is selected; there: run its failed jobs once more, unless a newer run exists.",
        )
    },
    Command {
        risk: Risk::Writes,
        ..row(
            Id::Dispatch,
            "dispatch",
            &[Key::char('D')],
            Runs,
            Some(("dispatch", 42)),
            "Start a workflow of the selection's repository by hand, after its inputs and a plan.",
        )
    },
    Command {
        risk: Risk::Writes,
        ..row(
            Id::Migrate,
            "migrate",
            &[Key::char('M')],
            Changes,
            Some(("migrate", 43)),
            "Start the workflow that runs the app's migrations (migration_workflow in the configuration), after its inputs and a plan.",
        )
    },
    Command {
        risk: Risk::Writes,
        ..row(
            Id::Revert,
            "revert",
            &[Key::char('U')],
            Changes,
            Some(("revert", 41)),
            "Open a pull request that takes the selected change back: the way back is a roll forward.",
        )
    },
    row(
        Id::LogIn,
        "log-in",
        &[Key::ctrl('e')],
        Everywhere,
        Some(("log in", 97)),
        "Log in again where credentials have run out: the terminal is lent to the account's login command.",
    ),
    row(Id::ReadNow, "read-now", &[Key::ctrl('r')], Everywhere, Some(("read now", 30)), "Read again now what this screen shows."),
    Command {
        risk: Risk::Writes,
        ..row(
            Id::Deploy,
            "deploy",
            &[Key::char('D')],
            Environments,
            Some(("deploy", 73)),
            "Deploy a version to the environment, over a target group's instances, or to the marked ones in waves; where a workflow deploys it, start that.",
        )
    },
    Command {
        risk: Risk::Writes,
        ..row(Id::Redeploy, "redeploy", &[Key::char('R')], Environments, Some(("redeploy", 58)), "Deploy the version that runs once more.")
    },
    Command {
        risk: Risk::Writes,
        ..row(
            Id::Restart,
            "restart",
            &[Key::char('B')],
            Environments,
            Some(("restart", 57)),
            "Restart the application servers, or the containers of a plain host.",
        )
    },
    Command {
        risk: Risk::Stops,
        ..row(
            Id::StopUpdate,
            "stop-update",
            &[Key::char('X')],
            Listed,
            Some(("stop the update", 87)),
            "Abort the update that goes on, where the platform says that it can be; end a preview that nobody needs any more.",
        )
    },
    Command {
        risk: Risk::Writes,
        ..row(
            Id::Capacity,
            "capacity",
            &[Key::char('C')],
            Environments,
            Some(("capacity", 14)),
            "Keep other numbers of instances: the fewest and the most.",
        )
    },
    Command {
        risk: Risk::Writes,
        ..row(Id::Rebuild, "rebuild", &[], Environments, None, "Make every resource of the environment anew: what only they hold is gone.")
    },
    Command { risk: Risk::Writes, ..row(Id::Swap, "swap", &[], Environments, None, "Exchange the CNAMEs of two environments.") },
    Command {
        risk: Risk::Writes,
        ..row(
            Id::Wave,
            "wave",
            &[],
            Environments,
            None,
            "Deploy a version to every environment of the app: first what is not production, then a canary, then the rest.",
        )
    },
    Command {
        risk: Risk::Writes,
        ..row(
            Id::Instance,
            "instance",
            &[Key::char('I')],
            Environment,
            Some(("instance", 34)),
            "Act on the selected instance: take it out of its load balancer, put it back, reboot it, have it replaced, end it.",
        )
    },
    Command {
        risk: Risk::Writes,
        ..row(
            Id::Shell,
            "shell",
            &[Key::char('S')],
            Environment,
            Some(("shell", 33)),
            "Log in to the selected instance, over ssh or by Systems Manager: the terminal is lent to it.",
        )
    },
    row(
        Id::Output,
        "output",
        &[Key::char('l')],
        Operations,
        Some(("output", 60)),
        "Show what the operation has done, step by step, and what its steps have written.",
    ),
    row(
        Id::FollowOutput,
        "follow-output",
        &[Key::char('f')],
        Operations,
        None,
        "Follow what the steps of the operation write, as a stream of lines.",
    ),
    Command {
        risk: Risk::Stops,
        ..row(
            Id::Pause,
            "pause",
            &[Key::char('P')],
            Operations,
            Some(("pause, resume", 84)),
            "Begin nothing else; what has begun goes on. Again: go on.",
        )
    },
    Command {
        risk: Risk::Stops,
        ..row(
            Id::StopOperation,
            "stop-operation",
            &[Key::char('X')],
            Operations,
            Some(("stop safely", 86)),
            "Stop it: what is half done is put back, or followed to its end.",
        )
    },
    Command {
        risk: Risk::Writes,
        ..row(
            Id::Finish,
            "finish",
            &[Key::char('F')],
            Operations,
            Some(("finish", 89)),
            "Finish an operation that was interrupted, after a look at what goes on there.",
        )
    },
    Command {
        risk: Risk::Stops,
        ..row(
            Id::PutBack,
            "put-back",
            &[Key::char('U')],
            Operations,
            Some(("put back", 88)),
            "Put back what an interrupted operation left half done, and end it.",
        )
    },
    Command {
        risk: Risk::Writes,
        ..row(Id::Skip, "skip", &[Key::char('S')], Operations, Some(("skip", 50)), "Leave the selected one out, with a reason.")
    },
    Command {
        risk: Risk::Writes,
        ..row(
            Id::Leave,
            "leave",
            &[Key::char('L')],
            Operations,
            Some(("leave as it is", 48)),
            "End it and leave everything as it is, with a reason.",
        )
    },
    Command {
        risk: Risk::Writes,
        ..row(
            Id::Lock,
            "lock",
            &[Key::char('K')],
            Everywhere,
            Some(("lock", 15)),
            "Lock the selected environment, with a reason: what is shipped to it from here needs one, too. Again: unlock it.",
        )
    },
    row(
        Id::LogFilter,
        "filter-lines",
        &[Key::char('&')],
        Logs,
        Some(("filter", 94)),
        "Show only lines with these words or expressions: !word for without, \"two words\", level:warn.",
    ),
    row(Id::Invert, "invert-filter", &[Key::char('!')], Logs, Some(("invert", 38)), "Show what the filter hides, and hide what it shows."),
    row(Id::NextHit, "next-hit", &[Key::char('n')], Logs, Some(("next", 88)), "Go to the next line that the search finds."),
    row(Id::PreviousHit, "previous-hit", &[Key::char('N')], Logs, None, "Go to the line before that the search finds."),
    row(
        Id::NextError,
        "next-error",
        &[Key::char('e')],
        Logs,
        Some(("error", 96)),
        "Go to the next line that says that something went wrong; from the end, to the newest.",
    ),
    row(Id::PreviousError, "previous-error", &[Key::char('E')], Logs, None, "Go to the line before that says that something went wrong."),
    row(Id::Follow, "follow", &[Key::char('f')], Logs, Some(("follow", 76)), "Go along with the end, or stay; G goes to the end, too."),
    row(Id::LogPageDown, "page-of-lines-down", &[Key::char(' ')], Logs, None, "Move a page down."),
    row(Id::LogPageUp, "page-of-lines-up", &[Key::char('b')], Logs, None, "Move a page up."),
    row(
        Id::Period,
        "time",
        &[Key::char('t')],
        Logs,
        Some(("time", 62)),
        "Choose the piece of time that is shown; older lines are looked up.",
    ),
    row(
        Id::Around,
        "around",
        &[Key::char('a')],
        Logs,
        Some(("around", 64)),
        "Set the filter aside to see all lines around this one; again: take it back.",
    ),
    row(Id::Bookmark, "bookmark", &[Key::char('m')], Logs, Some(("mark", 46)), "Set a bookmark on the line, or take it away."),
    row(Id::NextBookmark, "next-bookmark", &[Key::char('\'')], Logs, None, "Go to the next bookmark."),
    row(Id::PreviousBookmark, "previous-bookmark", &[Key::char('"')], Logs, None, "Go to the bookmark before."),
    row(
        Id::Sources,
        "sources",
        &[Key::char('x')],
        Logs,
        Some(("sources", 70)),
        "Choose among the sources: which are followed, which are shown; again: hide the list.",
    ),
    row(Id::Wrap, "wrap", &[Key::char('w')], Logs, Some(("wrap", 56)), "Break long lines, or cut them."),
    row(Id::ScrollRight, "scroll-right", &[Key::of(Code::Right)], Logs, None, "Scroll lines that are cut to the right."),
    row(Id::ScrollLeft, "scroll-left", &[Key::of(Code::Left)], Logs, None, "Scroll them back to the left."),
    row(Id::Columns, "columns", &[Key::char('v')], Logs, Some(("columns", 34)), "Fewer columns before the text, or all again."),
    row(Id::Zone, "zone", &[Key::char('z')], Logs, Some(("local time", 32)), "Show times in this machine's zone, or in UTC."),
    row(
        Id::Chart,
        "histogram",
        &[Key::char('i')],
        Logs,
        Some(("histogram", 36)),
        "A larger histogram of lines and errors, none, or the small one.",
    ),
    row(
        Id::Still,
        "pause-lines",
        &[Key::char('p')],
        Logs,
        Some(("pause", 52)),
        "Have the screen stand still while lines go on being taken in; again: go on.",
    ),
    row(Id::Detail, "line", &[], Logs, None, "Read the line whole: its JSON laid out, and what stands around it. Enter does the same."),
    row(
        Id::Pane(PaneId::SplitBeside),
        "split-beside",
        &[Key::char('v').behind_prefix()],
        Everywhere,
        None,
        "Open a second pane beside this one, with a history of its own. ctrl-w before a key that opens a screen (⏎ l u 1 …) opens it in the other pane.",
    ),
    row(
        Id::Pane(PaneId::SplitBelow),
        "split-below",
        &[Key::char('s').behind_prefix()],
        Everywhere,
        None,
        "Open a second pane below this one; where two are open, put one above the other.",
    ),
    row(
        Id::Pane(PaneId::Switch),
        "switch-pane",
        &[Key::char('w').behind_prefix(), Key::PREFIX.behind_prefix()],
        Everywhere,
        None,
        "Give the keys to the other pane.",
    ),
    row(
        Id::Pane(PaneId::First),
        "first-pane",
        &[Key::of(Code::Left).behind_prefix(), Key::of(Code::Up).behind_prefix()],
        Everywhere,
        None,
        "Give the keys to the left or the upper pane.",
    ),
    row(
        Id::Pane(PaneId::Second),
        "second-pane",
        &[Key::of(Code::Right).behind_prefix(), Key::of(Code::Down).behind_prefix()],
        Everywhere,
        None,
        "Give the keys to the right or the lower pane.",
    ),
    row(
        Id::Pane(PaneId::Close),
        "close-pane",
        &[Key::char('q').behind_prefix()],
        Everywhere,
        None,
        "Close this pane; what it follows ends. q does so too where there is no screen to go back to.",
    ),
    row(Id::Pane(PaneId::Only), "only-pane", &[Key::char('o').behind_prefix()], Everywhere, None, "Close the other pane."),
    row(Id::Pane(PaneId::Zoom), "zoom-pane", &[Key::char('z').behind_prefix()], Everywhere, None, "Show only this pane; again: both."),
    row(
        Id::Pane(PaneId::Grow),
        "grow-pane",
        &[Key::char('>').behind_prefix(), Key::char('+').behind_prefix()],
        Everywhere,
        None,
        "Make this pane larger.",
    ),
    row(
        Id::Pane(PaneId::Shrink),
        "shrink-pane",
        &[Key::char('<').behind_prefix(), Key::char('-').behind_prefix()],
        Everywhere,
        None,
        "Make this pane smaller.",
    ),
    row(
        Id::Pane(PaneId::Even),
        "even-panes",
        &[Key::char('=').behind_prefix()],
        Everywhere,
        None,
        "Make both panes as large as each other.",
    ),
    row(
        Id::OrphansOnly,
        "orphans-only",
        &[Key::char('z')],
        Previews,
        Some(("orphans only", 70)),
        "Show only previews whose pull request is over though they still run; again: all.",
    ),
    row(Id::PullRequest, "pull-request", &[Key::char('u')], Previews, Some(("pull request", 75)), "Open the page of the pull request."),
    row(Id::Theme, "theme", &[], Everywhere, None, "Choose the theme of this session."),
    row(Id::Redraw, "redraw", &[Key::ctrl('l')], Everywhere, None, "Draw the screen anew."),
    row(Id::Suspend, "suspend", &[Key::ctrl('z')], Everywhere, None, "Give the terminal back to the shell; fg returns."),
    row(Id::Quit, "quit", &[], Everywhere, None, "Quit."),
];
