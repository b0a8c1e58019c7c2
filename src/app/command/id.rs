//! The names of commands.

/// Names a command.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum CommandId {
    /// Show the help.
    Help,
    /// Open the palette.
    Palette,
    /// Narrow what is shown.
    Filter,
    /// Close, clear, go back.
    Escape,
    /// Go back, or quit from the first screen.
    Back,
    /// Cancel; twice offers to quit.
    Cancel,
    /// To the screen before.
    Previous,
    /// Back in the history.
    HistoryBack,
    /// Forward in the history.
    HistoryForward,
    /// Open what is selected.
    Open,
    /// Selection down.
    Down,
    /// Selection up.
    Up,
    /// To the first row.
    First,
    /// To the last row.
    Last,
    /// Half a page down.
    HalfPageDown,
    /// Half a page up.
    HalfPageUp,
    /// A page down.
    PageDown,
    /// A page up.
    PageUp,
    /// To the column on the left.
    ColumnLeft,
    /// To the column on the right.
    ColumnRight,
    /// Choose the columns.
    ChooseColumns,
    /// Choose a view by name.
    Views,
    /// To the next pane.
    NextPane,
    /// To the pane before.
    PreviousPane,
    /// Something with two panes.
    Pane(PaneId),
    /// Mark or unmark.
    Mark,
    /// Mark a range.
    MarkRange,
    /// Unmark everything.
    ClearMarks,
    /// Sort by the selected column, the other way round, by urgency.
    Sort,
    /// Show only what needs a person.
    FaultsOnly,
    /// Fold or unfold every group.
    FoldAll,
    /// Read again now.
    ReadNow,
    /// Log in again where credentials have run out.
    LogIn,
    /// Draw the screen anew.
    Redraw,
    /// Give the terminal back to the shell.
    Suspend,
    /// To the Fleet screen.
    GoFleet,
    /// To the Pending screen.
    GoPending,
    /// To the Promotions screen.
    GoPromotions,
    /// To what is pending for the selected environment's app.
    Pending,
    /// Show only what is one's own.
    Mine,
    /// Take a gate into the choice, or out of it.
    Choose,
    /// To the ship sheet of what waits for the selection; there: approve the chosen gates.
    Approve,
    /// Reject the chosen gates.
    Reject,
    /// Run the failed jobs of a run once more.
    RerunFailed,
    /// Cancel a run.
    CancelRun,
    /// Start a workflow by hand.
    Dispatch,
    /// Show what the selected change changes.
    Diff,
    /// Show how its checks came out.
    Checks,
    /// The pages about what is selected.
    Links,
    /// Start the workflow that runs migrations.
    Migrate,
    /// Cancel the run that is open.
    CancelOpen,
    /// Open a pull request that takes one back.
    Revert,
    /// Deploy a version to an environment, or start the workflow that does.
    Deploy,
    /// Deploy the running version once more.
    Redeploy,
    /// Restart the application servers.
    Restart,
    /// Abort the update that goes on.
    StopUpdate,
    /// Keep other numbers of instances.
    Capacity,
    /// Make every resource of an environment anew.
    Rebuild,
    /// Exchange the CNAMEs of two environments.
    Swap,
    /// Deploy a version to every environment of an app, some at a time.
    Wave,
    /// Act on the selected instance.
    Instance,
    /// A shell on the selected instance.
    Shell,
    /// To the Operations screen.
    GoOperations,
    /// Show what the selected operation has done and written.
    Output,
    /// Follow what the selected operation writes.
    FollowOutput,
    /// Follow the logs of the jobs of the selected run.
    RunLogs,
    /// Pause the selected operation, or go on with it.
    Pause,
    /// Stop the selected operation.
    StopOperation,
    /// Finish an operation that was interrupted.
    Finish,
    /// Put back what an interrupted operation left half done.
    PutBack,
    /// Leave the selected unit out of its operation.
    Skip,
    /// Leave an operation as it is.
    Leave,
    /// Lock an environment, or unlock it.
    Lock,
    /// To the Logs screen.
    GoLogs,
    /// To the logs of what is selected.
    Logs,
    /// Narrow the lines.
    LogFilter,
    /// Turn that around.
    Invert,
    /// To the next line that is found.
    NextHit,
    /// To the one before.
    PreviousHit,
    /// To the next error.
    NextError,
    /// To the one before.
    PreviousError,
    /// Go along with the end, or stay.
    Follow,
    /// A page of lines down.
    LogPageDown,
    /// A page of lines up.
    LogPageUp,
    /// Choose the piece of time that is shown.
    Period,
    /// Set a bookmark.
    Bookmark,
    /// To the next bookmark.
    NextBookmark,
    /// To the one before.
    PreviousBookmark,
    /// All lines around this one.
    Around,
    /// Read a line, whole.
    Detail,
    /// Break long lines.
    Wrap,
    /// Fewer columns.
    Columns,
    /// Local times.
    Zone,
    /// Scroll to the left.
    ScrollLeft,
    /// Scroll to the right.
    ScrollRight,
    /// List the sources.
    Sources,
    /// A larger chart, or none.
    Chart,
    /// Have the screen stand still.
    Still,
    /// Choose what is copied.
    Copy,
    /// Save the screen; on Logs, lines.
    Save,
    /// Switch the mouse off, or on.
    Mouse,
    /// Choose the theme.
    Theme,
    /// What changed.
    GoTimeline,
    /// What changed there.
    TimelineHere,
    /// The change before.
    Before,
    /// All that is known of a change.
    Change,
    /// Which kinds of changes are listed.
    Kinds,
    /// Copy the timeline.
    CopyTimeline,
    /// The properties of the environment.
    Properties,
    /// The value of a property.
    Reveal,
    /// Only properties that differ elsewhere.
    DifferentOnly,
    /// The previews of pull requests.
    GoPreviews,
    /// Only previews that nobody needs any more.
    OrphansOnly,
    /// The page of the pull request.
    PullRequest,
    /// Quit.
    Quit,
}

/// Names what is done with two panes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PaneId {
    /// Open a second one beside this one.
    SplitBeside,
    /// Open a second one below this one.
    SplitBelow,
    /// Give the keys to the other one.
    Switch,
    /// To the left or the upper one.
    First,
    /// To the right or the lower one.
    Second,
    /// Close this one.
    Close,
    /// Close the other one.
    Only,
    /// Show only this one, or both again.
    Zoom,
    /// Make this one larger.
    Grow,
    /// Make this one smaller.
    Shrink,
    /// Make both as large as each other.
    Even,
}

impl CommandId {
    /// Whether it only moves the selection.
    #[must_use]
    pub const fn is_motion(self) -> bool {
        matches!(
            self,
            Self::Down
                | Self::Up
                | Self::First
                | Self::Last
                | Self::HalfPageDown
                | Self::HalfPageUp
                | Self::PageDown
                | Self::PageUp
                | Self::ColumnLeft
                | Self::ColumnRight
        )
    }
}
