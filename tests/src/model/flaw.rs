macro_rules! flaws {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// A rule that the model breaks on purpose, to test that random programs detect the flaw.
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub enum Flaw {
            $($(#[$doc])* $name,)*
        }

        impl Flaw {
            /// Every flaw.
            pub const ALL: &[Self] = &[$(Self::$name,)*];
        }
    };
}

flaws! {
    /// Users: any user adds its fields to the outer user.
    UsersMix,
    /// Users: a user with the id of the outer user replaces the outer user.
    SameIdReplaces,
    /// Users: a user that is marked as a supplement replaces the outer user.
    SupplementReplaces,
    /// Users: a written user drops the tags and data of its layer.
    WrittenUserDropsData,
    /// Sessions: a new user drops the session.
    UserDropsSession,
    /// Users: a new user drops the outer tags, extra and contexts.
    UserDropsData,
    /// Tags: the outer tag wins.
    OuterTagWins,
    /// Extra: the outer value wins.
    OuterExtraWins,
    /// Extra: a map merges with the outer map.
    ExtraMapsJoin,
    /// Contexts: a context replaces the outer context of the same name.
    ContextReplacesOuter,
    /// Contexts: the outer value of a key wins.
    OuterContextKeyWins,
    /// Contexts: a map inside a context merges with the outer map.
    ContextValuesJoin,
    /// Contexts: `set_context` merges with the context of the same name in its layer.
    SetContextJoins,
    /// Contexts: a second context of the same name on a builder merges with the first.
    ContextSaidAgainJoins,
    /// Removing: `remove_tag` keeps the tag.
    TagStays,
    /// Removing: `remove_extra` keeps the value.
    ExtraStays,
    /// Removing: `remove_context` keeps the context.
    ContextStays,
    /// Removing: a removal applies to every outer mutable layer too.
    RemovalReachesOutside,
    /// Anonymous: an anonymous setting inherits the user.
    MaskInherits,
    /// Anonymous: `clear_user()` keeps an anonymous setting.
    ClearKeepsMask,
    /// Anonymous: an anonymous setting hides the outer tags, extra and contexts.
    MaskHidesData,
    /// Writes: a write outside every isolated scope reaches the global layer.
    NothingRefused,
    /// Writes: a write reaches the global layer until the first isolated scope is opened.
    FirstWriteReachesGlobal,
    /// Writes: a write goes to the outermost isolated scope.
    WriteGoesOutermost,
    /// Breadcrumbs: a breadcrumb outside every isolated scope reaches the global layer.
    NoCrumbRefused,
    /// Breadcrumbs: a breadcrumb goes to the outermost isolated scope.
    CrumbGoesOutermost,
    /// Breadcrumbs: a layer keeps every breadcrumb.
    BreadcrumbsAreUnbounded,
    /// Breadcrumbs: a full layer drops the new breadcrumb.
    NewBreadcrumbIsDropped,
    /// Breadcrumbs: a full layer drops the breadcrumb with the earliest time.
    EarliestBreadcrumbIsDropped,
    /// Breadcrumbs: an error carries only those of the nearest mutable layer.
    OnlyNearestCrumbs,
    /// Breadcrumbs: inside an isolated scope, an error carries none of the global layer.
    NoGlobalCrumbs,
    /// Breadcrumbs: an error carries those of a layer once for each entry of the layer.
    CrumbsOfEveryEntry,
    /// Breadcrumbs: an error orders breadcrumbs by layer.
    CrumbsInOrderOfFrames,
    /// Breadcrumbs: an error carries every breadcrumb.
    ErrorShowsAllCrumbs,
    /// Breadcrumbs: an error carries the oldest breadcrumbs.
    ErrorShowsOldestCrumbs,
    /// Breadcrumbs: an anonymous error carries none.
    AnonymousHidesBreadcrumbs,
    /// Breadcrumbs: events carry breadcrumbs too.
    EventsShowCrumbs,
    /// Breadcrumbs: inside a span without an isolated scope, an error carries none of the isolated
    /// scope around the entry.
    EntryHidesCrumbs,
    /// Spans: the scope of the entry applies inside a span.
    SpanIsNoFrame,
    /// Spans: an entry replaces the stack even if the scope of the span is on the stack.
    EntryAlwaysReplaces,
    /// Spans: inside a span without an isolated scope, a write misses the scope of the entry.
    EntryHidesIsolation,
    /// Spans: a span whose stack has only tags or data replaces the current stack.
    DataIsWorthEntering,
    /// Spans: a span of an ended request replaces an open request.
    EndedSpanReplaces,
    /// Spans: a span of an open request gives way to another open request.
    OpenSpanGivesWay,
    /// Spans: the older one of two ended requests wins.
    OldestRequestWins,
    /// Spans: a span without a parent is a frame.
    RootIsFrame,
    /// Spans: a late record applies only to the span itself.
    LateStaysOutside,
    /// Late identification: a span keeps the attribution of its creation.
    NoLateIdentification,
    /// Late identification: the user of the isolated scope replaces a user of the span.
    LateOverridesUser,
    /// Late identification: an anonymous span takes the user of its isolated scope.
    LateReplacesAnonymous,
    /// Late identification: a span ignores a user that its isolated scope has cleared.
    LateForgetsCleared,
    /// Late identification: a span takes a user that was cleared before its creation.
    LateTakesEarlier,
    /// Late identification: a span takes the first user of its isolated scope.
    LateTakesFirst,
    /// Late identification: a span ignores a user recorded late on an outer span.
    LateIgnoresSpans,
    /// Late identification: a span takes the tags, extra and contexts of its isolated scope.
    LateTakesData,
    /// Links: no link identifies an isolated scope.
    NoLink,
    /// Links: a link applies to records that began after the first user was set.
    LinkReachesLater,
    /// Links: a link has the last user of the isolated scope.
    LinkTakesLast,
    /// Links: a link has the first session beside any user.
    LinkTakesAnySession,
    /// Spawning: a spawned task inherits the scope.
    SpawnInherits,
    /// Spawning: a scope that was captured with nothing current inherits.
    EmptyCaptureInherits,
    /// Remote: a remote user wins over an outer user.
    RemoteWins,
    /// Remote: a remote scope whose user loses also loses its tags, extra and contexts.
    RemoteLosesData,
    /// Remote: a user that is written into a remote scope is remote.
    WrittenIsRemote,
    /// Records: the user of the frames wins over the explicit data of a record.
    ExplicitLoses,
    /// Records: the data of the frames wins over the data of an error report.
    ReportLoses,
    /// Records: the data of an error report is written into the scope around it.
    ReportIsWritten,
}
