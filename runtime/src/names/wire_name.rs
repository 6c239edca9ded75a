//! A field name with its older and foreign spellings.

/// A field: the name that is written, and the other names that are read.
#[derive(Clone, Copy, Debug)]
pub struct WireName {
    /// The name that is written.
    pub name: &'static str,
    /// Names of older conventions and of other tools, the most trustworthy first. Each means the same
    /// as `name`.
    pub aliases: &'static [&'static str],
}

impl WireName {
    /// A field with the name that is written, and the names that are read too.
    #[must_use]
    pub const fn new(name: &'static str, aliases: &'static [&'static str]) -> Self {
        Self { name, aliases }
    }

    /// The name that is written, and then the names that are read.
    #[must_use = "the names are computed when they are read"]
    pub fn spellings(self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }
}

/// Defines a constant for each field: the name that is written, and the names that are also read.
macro_rules! wire_names {
    ($($(#[$doc:meta])* $constant:ident = $name:literal $(, also $($alias:literal)*)?;)*) => {
        $($(#[$doc])* pub const $constant: WireName =
            WireName::new($name, &[$($($alias),*)?]);)*

        /// Every name.
        #[cfg(test)]
        const ALL: &[WireName] = &[$($constant),*];
    };
}

pub(super) use wire_names;
