//! What the counters of a process mean.

/// What a counter of [`StoreHealth::counters`](whose_store::StoreHealth::counters) counts, for a reader.
pub(crate) fn counter_meaning(counter: &str) -> Option<&'static str> {
    Some(match counter {
        "writes.refused" => "a write outside every isolated scope: open a scope for the request",
        "writes.shadowed" => "a write that an inner scope hides",
        "breadcrumbs.refused" => "a breadcrumb outside every isolated scope",
        "guards.across_await" => "a guard that was held across an await",
        "users.replaced" => "another user in the same isolated scope",
        "users.missing" => "a record without the user that the layer requires",
        "spans.conflicting" => "a span of one user that was entered in a request of another user",
        "truncated.ids" => "an id that was too long",
        "truncated.texts" => "a text of a user or a breadcrumb that was too long",
        "truncated.tags" => "a tag that was too long, or one tag too many",
        "truncated.fields" => "a field or a message that was too long",
        "truncated.data" => "an extra value or a context that was too long",
        "tags.invalid" => "a tag with an invalid key",
        "values.failed" => "a value that could not be serialised",
        "sinks.panics" => "a sink that panicked",
        "hooks.panics" => "a hook that panicked",
        "hooks.dropped" => "a record that a hook dropped",
        _ => return None,
    })
}
