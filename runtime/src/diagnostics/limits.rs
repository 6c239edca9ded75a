/// The limits of all values.
///
/// A longer text is truncated at a character boundary. A longer id, email address or name is
/// truncated to its beginning and a 128-bit hash of the whole text, so that different users stay
/// different. A tag with an invalid key is dropped and counted in [`Stats::invalid_tags`].
///
/// Truncated values are counted by kind; [`Stats::truncated_values`] is their sum. The crate also emits
/// one event of level `DEBUG` with the target `whose` for each call site that passes a value past
/// its limit.
///
/// ```
/// let long = "x".repeat(10_000);
/// let user = whose::User::new(&long);
/// assert_eq!(user.id().map(str::len), Some(whose::Limits::ID_BYTES));
/// ```
///
/// [`Stats::truncated_values`]: crate::Stats::truncated_values
/// [`Stats::invalid_tags`]: crate::Stats::invalid_tags
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Limits;

impl Limits {
    /// The maximum length of an id, email address, name, IP address or segment, in bytes of UTF-8.
    pub const ID_BYTES: usize = 256;
    /// The maximum length of a tag key, in characters of `[a-zA-Z0-9_.:-]`.
    pub const TAG_KEY_CHARS: usize = 32;
    /// The maximum length of a tag value, in characters.
    pub const TAG_VALUE_CHARS: usize = 200;
    /// The maximum number of tags of one scope or record.
    pub const TAGS: usize = 50;
    /// The maximum number of actors of one chain; the outermost actors past the limit are left out.
    pub const ACTORS: usize = 8;
    /// The maximum number of attributes of one user.
    pub const ATTRS: usize = 50;
    /// The maximum number of extra values of one scope or record, and of values of one breadcrumb.
    pub const EXTRA: usize = 50;
    /// The maximum number of contexts of one scope or record.
    pub const CONTEXTS: usize = 50;
    /// The maximum number of keys of one context, after the contexts of the same name in several
    /// scopes are merged.
    pub const CONTEXT_KEYS: usize = 200;
    /// The maximum size of an extra value or context, in bytes of JSON.
    pub const DATA_BYTES: usize = 8 * 1024;
    /// The maximum number of breadcrumbs that one isolated scope keeps, and that one error carries.
    pub const BREADCRUMBS: usize = 100;
    /// The maximum number of feature flags that one isolated scope keeps, and that one error carries.
    pub const FLAGS: usize = 100;
    /// The maximum length of the key of a feature flag, and of its value, in bytes of UTF-8.
    pub const FLAG_BYTES: usize = 256;
    /// The maximum length of a field of a span or event, including captured input and output, in
    /// bytes.
    pub const FIELD_BYTES: usize = 8 * 1024;
    /// The maximum number of fields of a [received](crate::ReceivedRecord) record.
    pub const RECEIVED_FIELDS: usize = 256;
    /// The maximum length of a backtrace, in bytes.
    pub const BACKTRACE_BYTES: usize = 32 * 1024;
}
