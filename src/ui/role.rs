//! What pieces of a screen are: views name these and never a colour.

/// What a piece of the screen is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Role {
    /// Ordinary text.
    Text,
    /// What is read second.
    Faint,
    /// What is read first.
    Strong,
    /// Values whose last reading failed.
    Stale,
    /// The program's name.
    Title,
    /// Column headings.
    Heading,
    /// The heading of the selected column.
    HeadingSelected,
    /// Lines.
    Rule,
    /// The name of an app above its environments.
    Group,
    /// Health: well.
    HealthOk,
    /// Health: well, with something to say.
    HealthInfo,
    /// Health: something is wrong.
    HealthWarning,
    /// Health: users notice.
    HealthDegraded,
    /// Health: users cannot work.
    HealthSevere,
    /// Health: not known.
    HealthUnknown,
    /// What goes on.
    Activity,
    /// A version that differs from its neighbours'.
    Differs,
    /// Something could not be read.
    Fault,
    /// A key that can be pressed.
    Key,
    /// Letters that were searched for.
    Match,
    /// A mark.
    Mark,
    /// The bar beside the selected row.
    Bar,
    /// Laid over the selected row.
    Selected,
    /// A sentence at the bottom.
    Notice,
    /// Where this is not the real cloud, or nothing can be written.
    Badge,
    /// The frame of a dialog.
    Frame,
    /// Where a line of a log comes from: six that are told apart, in turns.
    Source1,
    /// The second.
    Source2,
    /// The third.
    Source3,
    /// The fourth.
    Source4,
    /// The fifth.
    Source5,
    /// The sixth.
    Source6,
    /// Laid over the selected row of a pane that has not the keys.
    SelectedAside,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 33] = [
        Self::Text,
        Self::Faint,
        Self::Strong,
        Self::Stale,
        Self::Title,
        Self::Heading,
        Self::HeadingSelected,
        Self::Rule,
        Self::Group,
        Self::HealthOk,
        Self::HealthInfo,
        Self::HealthWarning,
        Self::HealthDegraded,
        Self::HealthSevere,
        Self::HealthUnknown,
        Self::Activity,
        Self::Differs,
        Self::Fault,
        Self::Key,
        Self::Match,
        Self::Mark,
        Self::Bar,
        Self::Selected,
        Self::Notice,
        Self::Badge,
        Self::Frame,
        Self::Source1,
        Self::Source2,
        Self::Source3,
        Self::Source4,
        Self::Source5,
        Self::Source6,
        Self::SelectedAside,
    ];

    /// Those by which sources of lines are told apart.
    pub const SOURCES: [Self; 6] = [Self::Source1, Self::Source2, Self::Source3, Self::Source4, Self::Source5, Self::Source6];

    /// Its dotted name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Faint => "text.faint",
            Self::Strong => "text.strong",
            Self::Stale => "text.faint.stale",
            Self::Title => "title",
            Self::Heading => "text.faint.heading",
            Self::HeadingSelected => "text.faint.heading.selected",
            Self::Rule => "line",
            Self::Group => "text.strong.group",
            Self::HealthOk => "health.ok",
            Self::HealthInfo => "health.info",
            Self::HealthWarning => "health.warning",
            Self::HealthDegraded => "health.degraded",
            Self::HealthSevere => "health.severe",
            Self::HealthUnknown => "health.unknown",
            Self::Activity => "activity",
            Self::Differs => "version.differs",
            Self::Fault => "fault",
            Self::Key => "key",
            Self::Match => "match",
            Self::Mark => "mark",
            Self::Bar => "bar",
            Self::Selected => "selected",
            Self::Notice => "notice",
            Self::Badge => "badge",
            Self::Frame => "line.frame",
            Self::Source1 => "source.1",
            Self::Source2 => "source.2",
            Self::Source3 => "source.3",
            Self::Source4 => "source.4",
            Self::Source5 => "source.5",
            Self::Source6 => "source.6",
            Self::SelectedAside => "selected.aside",
        }
    }

    /// Whether it colours text that a person reads; lines and bars need no contrast.
    #[must_use]
    pub const fn is_text(self) -> bool {
        !matches!(self, Self::Rule | Self::Frame | Self::Bar | Self::Selected | Self::SelectedAside)
    }
}
