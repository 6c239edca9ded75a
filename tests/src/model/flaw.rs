macro_rules! flaws {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// A rule that the model applies wrongly on purpose, to test that the programs detect it.
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub enum Flaw {
            $($(#[$doc])* $name,)*
        }

        impl Flaw {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];
        }
    };
}

flaws! {
    /// Users: any user adds its fields to the one that it covers.
    UsersMix,
    /// Users: a user with the id of the one that it covers replaces it.
    SameIdReplaces,
    /// Users: a user that says it is a supplement replaces what it covers.
    SupplementReplaces,
    /// Users: a user that is written into a layer drops the tags and data of that layer.
    WrittenUserDropsData,
    /// Sessions: a new user drops the session.
    UserDropsSession,
    /// Users: a new user drops the tags, extra and contexts of those outside.
    UserDropsData,
    /// Tags: the outer tag wins.
    OuterTagWins,
    /// Extra: the outer value wins.
    OuterExtraWins,
    /// Extra: a map joins the one outside it.
    ExtraMapsJoin,
    /// Contexts: one replaces that of the same name outside.
    ContextReplacesOuter,
    /// Contexts: the outer value of a key wins.
    OuterContextKeyWins,
    /// Contexts: values that are maps join those outside.
    ContextValuesJoin,
    /// Contexts: `set_context` joins the one of the same name in its layer.
    SetContextJoins,
    /// Contexts: one that a builder is told again joins the one that it was told before.
    ContextSaidAgainJoins,
    /// Removing: `remove_tag` leaves the tag where it is.
    TagStays,
    /// Removing: `remove_extra` leaves the value where it is.
    ExtraStays,
    /// Removing: `remove_context` leaves the context where it is.
    ContextStays,
    /// Removing: what is cleared or removed is taken out of every mutable layer around, too.
    RemovalReachesOutside,
    /// Clearing: a mask inherits.
    MaskInherits,
    /// Clearing: `clear_user()` leaves a mask where it is.
    ClearKeepsMask,
    /// Clearing: a mask hides the tags, extra and contexts outside it.
    MaskHidesData,
    /// Writes: a write outside every isolated scope reaches the global layer.
    NothingRefused,
    /// Writes: one reaches the global layer until the first isolated scope is opened.
    FirstWriteReachesGlobal,
    /// Writes: a write goes to the outermost isolated scope.
    WriteGoesOutermost,
    /// Breadcrumbs: one outside every isolated scope reaches the global layer.
    NoCrumbRefused,
    /// Breadcrumbs: one goes to the outermost isolated scope.
    CrumbGoesOutermost,
    /// Breadcrumbs: all of them are kept.
    BreadcrumbsAreUnbounded,
    /// Breadcrumbs: a full layer keeps what it has, and the new one falls off.
    NewBreadcrumbIsDropped,
    /// Breadcrumbs: of a full layer, the one of the earliest time falls off.
    EarliestBreadcrumbIsDropped,
    /// Breadcrumbs: an error shows those of the nearest mutable layer alone.
    OnlyNearestCrumbs,
    /// Breadcrumbs: an error shows none of the global layer inside an isolated scope.
    NoGlobalCrumbs,
    /// Breadcrumbs: an error shows a layer once for each time that it was entered.
    CrumbsOfEveryEntry,
    /// Breadcrumbs: an error shows them layer by layer.
    CrumbsInOrderOfFrames,
    /// Breadcrumbs: an error shows however many there are.
    ErrorShowsAllCrumbs,
    /// Breadcrumbs: an error shows the oldest of them.
    ErrorShowsOldestCrumbs,
    /// Breadcrumbs: an error that is masked shows none.
    AnonymousHidesBreadcrumbs,
    /// Breadcrumbs: events show them too.
    EventsShowCrumbs,
    /// Breadcrumbs: inside a span whose stack has no isolated scope, an error does not see those of
    /// the one around the entry.
    EntryHidesCrumbs,
    /// Spans: a span has the scope in which it is entered.
    SpanIsNoFrame,
    /// Spans: entering a span replaces the stack even where its scope is on it.
    EntryAlwaysReplaces,
    /// Spans: a write inside a span without an isolated scope goes past the one around it.
    EntryHidesIsolation,
    /// Spans: a span whose stack holds tags or data alone replaces what is current.
    DataIsWorthEntering,
    /// Spans: one whose isolated scope has ended replaces an open one.
    EndedSpanReplaces,
    /// Spans: one gives way to an open isolated scope, although its own is open.
    OpenSpanGivesWay,
    /// Spans: of two requests that have ended, the older one wins.
    OldestRequestWins,
    /// Spans: a span without a parent is a frame like any other.
    RootIsFrame,
    /// Spans: a late record reaches only the span itself.
    LateStaysOutside,
    /// Late identification: a span keeps what it had when it was created.
    NoLateIdentification,
    /// Late identification: a span takes the user of its isolated scope even if it had one.
    LateOverridesUser,
    /// Late identification: a span that was masked takes the user of its isolated scope.
    LateReplacesAnonymous,
    /// Late identification: a span takes nobody whom its isolated scope has lost again.
    LateForgetsCleared,
    /// Late identification: a span takes a user that its isolated scope had lost before it was created.
    LateTakesEarlier,
    /// Late identification: a span takes the first user that its isolated scope was given.
    LateTakesFirst,
    /// Late identification: a span takes nobody who was recorded late on a span around it.
    LateIgnoresSpans,
    /// Late identification: a span takes the tags, extra and contexts of its isolated scope.
    LateTakesData,
    /// Links: nothing says who an isolated scope turned out to be.
    NoLink,
    /// Links: one reaches the records that began after the first user was given.
    LinkReachesLater,
    /// Links: an isolated scope turned out to be its last user.
    LinkTakesLast,
    /// Links: a link has the session of whichever user was first beside one.
    LinkTakesAnySession,
    /// Spawning: what is spawned inherits.
    SpawnInherits,
    /// Spawning: a scope that was captured where nothing was current changes nothing.
    EmptyCaptureInherits,
    /// Peers: a remote user wins over whoever is outside.
    RemoteWins,
    /// Peers: where a remote user does not count, its tags, extra and contexts do not either.
    RemoteLosesData,
    /// Peers: who is written into the scope of a remote user is remote, too.
    WrittenIsRemote,
    /// A record is its frame's even if it says otherwise itself.
    ExplicitLoses,
    /// An error is its frame's even if something else is said of it.
    ReportLoses,
    /// What is said of an error is written into the scope around it.
    ReportIsWritten,
}
