//! The columns of the fleet table: what each is called, how much it is worth, how it sorts.

/// A column.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Column {
    /// The environment's name.
    Environment,
    /// Its account, where there is more than one.
    Account,
    /// Its region.
    Region,
    /// What it is for.
    Tier,
    /// How it is.
    Health,
    /// What runs.
    Version,
    /// Since when that runs.
    Age,
    /// How many commits it is behind what feeds it.
    Behind,
    /// How many instances serve, of how many.
    Instances,
    /// Requests per second.
    Requests,
    /// The time within which 99 % of requests were answered.
    P99,
    /// The share of answers that were 5xx.
    Errors,
    /// What goes on, or what is wrong.
    Activity,
}

impl Column {
    /// Every column, from left to right.
    pub const ALL: [Self; 13] = [
        Self::Environment,
        Self::Account,
        Self::Region,
        Self::Tier,
        Self::Health,
        Self::Version,
        Self::Age,
        Self::Behind,
        Self::Instances,
        Self::Requests,
        Self::P99,
        Self::Errors,
        Self::Activity,
    ];

    /// Its heading.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Environment => "ENVIRONMENT",
            Self::Account => "ACCOUNT",
            Self::Region => "REGION",
            Self::Tier => "TIER",
            Self::Health => "HEALTH",
            Self::Version => "VERSION",
            Self::Age => "AGE",
            Self::Behind => "BEHIND",
            Self::Instances => "INST",
            Self::Requests => "REQ/S",
            Self::P99 => "P99",
            Self::Errors => "5XX",
            Self::Activity => "ACTIVITY",
        }
    }

    /// What the filter calls it: `region:ca`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Environment => "name",
            Self::Account => "account",
            Self::Region => "region",
            Self::Tier => "tier",
            Self::Health => "health",
            Self::Version => "version",
            Self::Age => "age",
            Self::Behind => "behind",
            Self::Instances => "instances",
            Self::Requests => "requests",
            Self::P99 => "p99",
            Self::Errors => "errors",
            Self::Activity => "activity",
        }
    }

    /// The column of this word.
    #[must_use]
    pub fn by_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.word() == word)
    }

    /// The width at which nearly everything in it fits, in cells; regions are written out where there is room.
    #[must_use]
    pub const fn usual_width(self) -> u16 {
        match self {
            Self::Environment => 26,
            Self::Account => 12,
            Self::Region => 14,
            Self::Tier | Self::Health => 11,
            Self::Version => 18,
            Self::Age => 4,
            Self::Behind => 9,
            Self::Instances => 6,
            Self::Requests | Self::P99 | Self::Errors => 5,
            Self::Activity => 36,
        }
    }

    /// How much it is worth where room is short: the least worth goes first. 255 never goes.
    #[must_use]
    pub const fn worth(self) -> u8 {
        match self {
            Self::Environment | Self::Region | Self::Health | Self::Version => 255,
            // What is pending is one of the five questions: it goes after all but what a row is known by.
            Self::Behind => 110,
            Self::Activity => 100,
            Self::Instances => 90,
            Self::Account => 85,
            Self::Age => 80,
            Self::Errors => 70,
            Self::P99 => 60,
            Self::Tier => 50,
            Self::Requests => 40,
        }
    }
}

/// How the table is sorted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// What needs a person first.
    Urgency,
    /// By a column.
    By {
        /// Which.
        column: Column,
        /// From the largest to the smallest.
        descending: bool,
    },
}
