//! Where commands apply.

/// Where a command applies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// On every screen.
    Everywhere,
    /// On the Fleet screen.
    Fleet,
    /// On the Environment screen.
    Environment,
    /// On the Pending screen.
    Pending,
    /// On the Promotions screen.
    Promotions,
    /// On the ship sheet.
    Sheet,
    /// Where changes are listed: on the Pending screen and on the ship sheet.
    Changes,
    /// Where environments are acted on: on the Fleet and on the Environment screen.
    Environments,
    /// Where runs are: on the Pending and Promotions screens and on the ship sheet.
    Runs,
    /// On the Operations screen.
    Operations,
    /// On the Logs screen.
    Logs,
    /// On the Previews screen.
    Previews,
    /// On the Timeline screen.
    Timeline,
    /// On the Properties screen.
    Properties,
    /// Where environments are listed or open: on the Fleet, Environment and Previews screens.
    Listed,
    /// Where a screen has several panes: on the Environment and on the Operations screen.
    Panes,
}

impl Scope {
    /// Whether what applies here applies on the screen with that scope.
    #[must_use]
    pub fn holds(self, screen: Self) -> bool {
        let shared = match self {
            Self::Changes => matches!(screen, Self::Pending | Self::Sheet),
            Self::Environments => matches!(screen, Self::Fleet | Self::Environment),
            Self::Listed => matches!(screen, Self::Fleet | Self::Environment | Self::Previews),
            Self::Runs => matches!(screen, Self::Pending | Self::Promotions | Self::Sheet),
            Self::Panes => matches!(screen, Self::Environment | Self::Operations),
            Self::Everywhere => true,
            Self::Fleet
            | Self::Environment
            | Self::Pending
            | Self::Promotions
            | Self::Sheet
            | Self::Operations
            | Self::Logs
            | Self::Previews
            | Self::Timeline
            | Self::Properties => false,
        };
        shared || self == screen
    }

    /// Whether there is a screen on which what applies here and what applies there both do.
    #[must_use]
    pub fn meets(self, other: Self) -> bool {
        Self::SCREENS.into_iter().any(|screen| self.holds(screen) && other.holds(screen))
    }

    /// As help heads it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::Fleet => "Fleet",
            Self::Environment => "Environment",
            Self::Pending => "Pending",
            Self::Promotions => "Promotions",
            Self::Sheet => "Ship sheet",
            Self::Changes => "Pending and ship sheet",
            Self::Environments => "Fleet and Environment",
            Self::Runs => "Pending, Promotions and ship sheet",
            Self::Operations => "Operations",
            Self::Logs => "Logs",
            Self::Previews => "Previews",
            Self::Timeline => "Timeline",
            Self::Properties => "Properties",
            Self::Listed => "Fleet, Environment and Previews",
            Self::Panes => "Environment and Operations",
        }
    }
}

impl Scope {
    /// Those that are screens.
    pub const SCREENS: [Self; 10] = [
        Self::Fleet,
        Self::Environment,
        Self::Pending,
        Self::Promotions,
        Self::Sheet,
        Self::Operations,
        Self::Logs,
        Self::Previews,
        Self::Timeline,
        Self::Properties,
    ];

    /// Those of several screens.
    pub const SHARED: [Self; 5] = [Self::Panes, Self::Environments, Self::Listed, Self::Changes, Self::Runs];

    /// Every scope, in the order in which they are listed to people.
    pub const ALL: [Self; 16] = [
        Self::Everywhere,
        Self::Fleet,
        Self::Environment,
        Self::Environments,
        Self::Listed,
        Self::Properties,
        Self::Pending,
        Self::Promotions,
        Self::Sheet,
        Self::Changes,
        Self::Runs,
        Self::Operations,
        Self::Logs,
        Self::Timeline,
        Self::Previews,
        Self::Panes,
    ];
}
