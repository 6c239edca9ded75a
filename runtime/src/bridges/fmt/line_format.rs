//! The formats that `attributed` accepts.

use tracing_subscriber::fmt::format::{Compact, Full, Json, Pretty};

/// A format of `tracing_subscriber`: [`Full`], [`Compact`], [`Pretty`] or [`Json`].
///
/// The trait is sealed: `tracing_subscriber` formats lines with these four types only.
pub trait LineFormat: sealed::Sealed {
    /// Whether a line is a JSON object.
    const IS_JSON: bool;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! line_formats {
    ($($format:ty: $is_json:literal),*) => {$(
        impl sealed::Sealed for $format {}

        impl LineFormat for $format {
            const IS_JSON: bool = $is_json;
        }
    )*};
}

line_formats!(Full: false, Compact: false, Pretty: false, Json: true);
