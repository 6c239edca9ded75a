/// The limits that every value is held to.
///
/// A longer text is cut at a character boundary; a longer id, email or name keeps its head and a
/// 128-bit hash of the whole, so that two users never become one; a tag whose key breaks the rule is dropped and
/// counted in [`Stats::invalid_tags`]. What is cut is counted by kind ([`Stats::cut_values`] is all
/// of it), and named once for each call site in an event of level `DEBUG` with the target `whose`.
///
/// ```
/// let long = "x".repeat(10_000);
/// let user = whose::User::new(&long);
/// assert_eq!(user.id().map(str::len), Some(whose::Limits::ID_BYTES));
/// ```
///
/// [`Stats::cut_values`]: crate::Stats::cut_values
/// [`Stats::invalid_tags`]: crate::Stats::invalid_tags
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Limits;

impl Limits {
    /// The longest id, email, name, IP address or segment, in bytes of UTF-8.
    pub const ID_BYTES: usize = 256;
    /// The longest tag key, in characters of `[a-zA-Z0-9_.:-]`.
    pub const TAG_KEY_CHARS: usize = 32;
    /// The longest tag value, in characters.
    pub const TAG_VALUE_CHARS: usize = 200;
    /// How many tags one place in the program can have.
    pub const TAGS: usize = 50;
    /// How many attributes one user can have.
    pub const ATTRS: usize = 50;
    /// How many extra values one place in the program can have, and how many values one
    /// breadcrumb.
    pub const EXTRA: usize = 50;
    /// How many contexts one place in the program can have.
    pub const CONTEXTS: usize = 50;
    /// How many keys one context can have after those of its name in several layers were joined.
    pub const CONTEXT_KEYS: usize = 200;
    /// The longest extra value or context, in bytes of JSON.
    pub const DATA_BYTES: usize = 8 * 1024;
    /// How many breadcrumbs one mutable layer keeps, and one error sees.
    pub const BREADCRUMBS: usize = 100;
    /// The longest field of a span or event, captured input and output included, in bytes.
    pub const FIELD_BYTES: usize = 8 * 1024;
    /// The longest backtrace, in bytes.
    pub const BACKTRACE_BYTES: usize = 32 * 1024;
}
