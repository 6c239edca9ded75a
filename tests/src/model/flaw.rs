/// A rule that the model gets wrong on purpose, to see whether the programs would notice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Flaw {
    /// Users: any user adds its fields to the one that it covers.
    UsersMix,
    /// Users: a user with the id of the one that it covers replaces it.
    SameIdReplaces,
    /// Users: a user that says it is a supplement replaces what it covers.
    SupplementReplaces,
    /// Sessions: a new user drops the session.
    UserDropsSession,
    /// Tags: the outer tag wins.
    OuterTagWins,
    /// Clearing: a mask inherits.
    MaskInherits,
    /// Clearing: `clear_user()` leaves a mask where it is.
    ClearKeepsMask,
    /// Writes: a write outside every isolated scope always reaches the global layer.
    NothingRefused,
    /// Writes: a write goes to the outermost isolated scope.
    WriteGoesOutermost,
    /// Spans: a span has the scope in which it is entered.
    SpanIsNoFrame,
    /// Spans: entering a span replaces the stack even where its scope is on it.
    EntryAlwaysReplaces,
    /// Spans: a write inside a span without an isolated scope goes past the one around it.
    EntryHidesIsolation,
    /// Spans: a span without a parent is a frame like any other.
    RootIsFrame,
    /// Spans: a late record reaches only the span itself.
    LateStaysOutside,
    /// Late identification: a span keeps what it had when it was created.
    NoLateIdentification,
    /// Late identification: a span takes the user of its isolated scope even if it had one.
    LateOverridesUser,
    /// Late identification: a span that was masked takes the user of its isolated scope.
    LateUnmasks,
    /// Spawning: what is spawned inherits.
    SpawnInherits,
    /// Peers: a remote user wins over whoever is outside.
    RemoteWins,
    /// A record is its frame's even if it says otherwise itself.
    ExplicitLoses,
}

impl Flaw {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::UsersMix,
        Self::SameIdReplaces,
        Self::SupplementReplaces,
        Self::UserDropsSession,
        Self::OuterTagWins,
        Self::MaskInherits,
        Self::ClearKeepsMask,
        Self::NothingRefused,
        Self::WriteGoesOutermost,
        Self::SpanIsNoFrame,
        Self::EntryAlwaysReplaces,
        Self::EntryHidesIsolation,
        Self::RootIsFrame,
        Self::LateStaysOutside,
        Self::NoLateIdentification,
        Self::LateOverridesUser,
        Self::LateUnmasks,
        Self::SpawnInherits,
        Self::RemoteWins,
        Self::ExplicitLoses,
    ];
}
