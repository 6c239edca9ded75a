macro_rules! flaws {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// A rule that the model applies wrongly on purpose, to test that the programs detect it.
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
    /// Users: every user adds its fields to the user outside.
    UsersMix,
    /// Users: a user with the id of the user outside replaces that user.
    SameIdReplaces,
    /// Users: a user marked as a supplement replaces the user outside.
    SupplementReplaces,
    /// Users: a user that is written into a frame drops the tags and data of the frame.
    WrittenUserDropsData,
    /// Sessions: a new user drops the session.
    UserDropsSession,
    /// Conversations: a new user drops the conversation.
    UserDropsConversation,
    /// Conversations: a new session drops the conversation.
    SessionDropsConversation,
    /// Conversations: the outer conversation wins.
    OuterConversationWins,
    /// Actors: an actor acts for another user, too, whom a frame further in names.
    ActorsSurviveUser,
    /// Actors: the actors between two users act for the inner user.
    ActorsBetweenUsersStay,
    /// Actors: the actors outside of the first user act for that user.
    ActorsOfNobodyStay,
    /// Actors: the same user again drops the actors outside.
    SameUserDropsActors,
    /// Actors: a user marked as a supplement drops the actors of the user outside.
    SupplementDropsActors,
    /// Actors: a supplement of no user drops the actors outside.
    SupplementOfNobodyDropsActors,
    /// Actors: an anonymous setting keeps the actors outside.
    AnonymousKeepsActors,
    /// Actors: a user inside an anonymous setting keeps the actors of the anonymous setting.
    AnonymousActorsStay,
    /// Actors: the actors of an inner frame stand behind the actors outside.
    ChainIsOutermostFirst,
    /// Actors: the first actor of a builder acts for the later ones.
    BuilderChainIsReversed,
    /// Actors: a chain past the limit keeps the outermost actors.
    ChainKeepsOutermost,
    /// Actors: a chain has no limit.
    ChainIsUnbounded,
    /// Actors: a written actor acts for the next user of its scope.
    WrittenActorSurvivesUser,
    /// Actors: a supplement that replaces the user of its scope keeps the actors of that user.
    WrittenSupplementKeepsActors,
    /// Actors: the same user, written again, drops the actors of the scope.
    WrittenSameUserDropsActors,
    /// Actors: the first user of a scope drops the actors of the scope.
    FirstWrittenUserDropsActors,
    /// Actors: `clear_user` keeps the actors of the scope.
    ClearedUserKeepsActors,
    /// Actors: the actors of a peer stay where a user is written into the scope of the peer.
    ActorsOfPeerStay,
    /// Actors: `set_actor` adds to the actors of the scope.
    SetActorAdds,
    /// Removal: `clear_actor` removes nothing.
    ActorStays,
    /// Removal: `clear_conversation` removes nothing.
    ConversationStays,
    /// Users: a new user drops the tags, extra and contexts outside.
    UserDropsData,
    /// Tags: the outer tag wins.
    OuterTagWins,
    /// Extra: the outer value wins.
    OuterExtraWins,
    /// Extra: a map merges with the map outside.
    ExtraMapsJoin,
    /// Contexts: a context replaces the context of the same name outside.
    ContextReplacesOuter,
    /// Contexts: the outer value of a key wins.
    OuterContextKeyWins,
    /// Contexts: a value that is a map merges with the map outside.
    ContextValuesJoin,
    /// Contexts: `set_context` merges with the context of the same name in the same frame.
    SetContextJoins,
    /// Contexts: a context that a builder sets again merges with the earlier context.
    ContextSaidAgainJoins,
    /// Removal: `remove_tag` removes nothing.
    TagStays,
    /// Removal: `remove_extra` removes nothing.
    ExtraStays,
    /// Removal: `remove_context` removes nothing.
    ContextStays,
    /// Removal: a clear or removal also changes every outer mutable frame.
    RemovalReachesOutside,
    /// Clearing: an anonymous setting inherits the outer user.
    MaskInherits,
    /// Clearing: `clear_user()` keeps an anonymous setting.
    ClearKeepsMask,
    /// Clearing: an anonymous setting hides the tags, extra and contexts outside.
    MaskHidesData,
    /// Writes: a write outside every isolated scope changes the global frame.
    NothingRefused,
    /// Writes: a write before the first isolated scope opens changes the global frame.
    FirstWriteReachesGlobal,
    /// Writes: a write changes the outermost isolated scope.
    WriteGoesOutermost,
    /// Breadcrumbs: a breadcrumb outside every isolated scope goes to the global frame.
    NoCrumbRefused,
    /// Breadcrumbs: a breadcrumb goes to the outermost isolated scope.
    CrumbGoesOutermost,
    /// Breadcrumbs: a frame keeps all breadcrumbs.
    BreadcrumbsAreUnbounded,
    /// Breadcrumbs: a full frame drops the new breadcrumb.
    NewBreadcrumbIsDropped,
    /// Breadcrumbs: a full frame drops the breadcrumb with the earliest time.
    EarliestBreadcrumbIsDropped,
    /// Breadcrumbs: an error has only the breadcrumbs of the nearest mutable frame.
    OnlyNearestCrumbs,
    /// Breadcrumbs: an error inside an isolated scope has no breadcrumbs of the global frame.
    NoGlobalCrumbs,
    /// Breadcrumbs: an error has the breadcrumbs of a frame once for each entry of the frame.
    CrumbsOfEveryEntry,
    /// Breadcrumbs: the breadcrumbs of an error are in the order of the frames.
    CrumbsInOrderOfFrames,
    /// Breadcrumbs: an error has all breadcrumbs, without a limit.
    ErrorShowsAllCrumbs,
    /// Breadcrumbs: an error has the oldest breadcrumbs.
    ErrorShowsOldestCrumbs,
    /// Breadcrumbs: an anonymous error has no breadcrumbs.
    AnonymousHidesBreadcrumbs,
    /// Breadcrumbs: an event has breadcrumbs too.
    EventsShowCrumbs,
    /// Breadcrumbs: an error inside a span whose stack has no isolated scope lacks the breadcrumbs
    /// of the isolated scope around the entry.
    EntryHidesCrumbs,
    /// Spans: a span has the scope of its entry.
    SpanIsNoFrame,
    /// Spans: entering a span replaces a stack that already contains the scope of the span.
    EntryAlwaysReplaces,
    /// Spans: a write inside a span without an isolated scope does not reach the isolated scope
    /// around the entry.
    EntryHidesIsolation,
    /// Spans: a span whose stack has only tags or data replaces the current stack.
    DataIsWorthEntering,
    /// Spans: a span whose isolated scope has ended replaces an open isolated scope.
    EndedSpanReplaces,
    /// Spans: a span whose isolated scope is open does not replace another open isolated scope.
    OpenSpanGivesWay,
    /// Spans: of two ended requests, the older request wins.
    OldestRequestWins,
    /// Spans: a span without a parent is a frame.
    RootIsFrame,
    /// Spans: a late record reaches only the span itself.
    LateStaysOutside,
    /// Late identification: a span keeps the attribution of its creation.
    NoLateIdentification,
    /// Late identification: a span with a user takes the user of its isolated scope.
    LateOverridesUser,
    /// Late identification: an anonymous span takes the user of its isolated scope.
    LateReplacesAnonymous,
    /// Late identification: a span takes no user that its isolated scope has lost again.
    LateForgetsCleared,
    /// Late identification: a span takes a user that its isolated scope lost before the creation of
    /// the span.
    LateTakesEarlier,
    /// Late identification: a span takes the first user that its isolated scope was given.
    LateTakesFirst,
    /// Late identification: a span takes no user that was recorded late on an outer span.
    LateIgnoresSpans,
    /// Late identification: a span takes the tags, extra and contexts of its isolated scope.
    LateTakesData,
    /// Late identification: a span takes a late user without the actors of that user.
    LateUserWithoutActors,
    /// Late identification: a span takes a user that its isolated scope has lost again without the
    /// actors of that user.
    GivenUserWithoutActors,
    /// Late identification: the actors outside an isolated scope act for a user that the scope has
    /// lost again.
    GivenUserAddsOuterActors,
    /// Late identification: a span without a late user takes the actors of its close.
    LateTakesChain,
    /// Late identification: a user that is recorded late on a span keeps the actors of the creation.
    LateRecordKeepsChain,
    /// Links: no link identifies an isolated scope.
    NoLink,
    /// Links: a link covers the records that began after the first user was given.
    LinkReachesLater,
    /// Links: a link has the last user of its isolated scope.
    LinkTakesLast,
    /// Links: a link has the first session beside any user.
    LinkTakesAnySession,
    /// Links: a link has the first actors beside any user.
    LinkTakesAnyActor,
    /// Links: a link has no actors.
    LinkLosesActor,
    /// Spawning: a spawned body inherits the current stack.
    SpawnInherits,
    /// Spawning: an empty captured scope changes nothing.
    EmptyCaptureInherits,
    /// Peers: a remote user wins over the outer user.
    RemoteWins,
    /// Peers: a remote user that does not count loses its tags, extra and contexts.
    RemoteLosesData,
    /// Peers: the actors of a remote user that does not count stay.
    RemoteActorCounts,
    /// Peers: an actor that is written into the scope of a remote user is remote too.
    WrittenActorIsRemote,
    /// Peers: a user that is written into the scope of a remote user is remote too.
    WrittenIsRemote,
    /// Records: the explicit data of a record does not count.
    ExplicitLoses,
    /// Scores: the data of a score does not count.
    ScoreLoses,
    /// Scores: the data of a score is written into the current scope.
    ScoreIsWritten,
    /// Errors: the data of an error report does not count.
    ReportLoses,
    /// Errors: the data of an error report is written into the current scope.
    ReportIsWritten,
}
