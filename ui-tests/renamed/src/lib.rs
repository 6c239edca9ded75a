//! The macros work with `whose` under another name, and through a re-export of this crate.

/// The re-exports of this crate.
pub mod deps {
    pub use attribution as whose;
}

/// A user.
#[derive(Clone, Debug, attribution::AsUser)]
#[whose(crate = attribution)]
pub struct Account {
    /// The id.
    pub id: Id,
    /// The plan. The user has its length as an attribute.
    #[whose(attr, with = str::len)]
    pub plan: String,
}

/// An id.
#[derive(Clone, Debug, attribution::AsId)]
#[whose(crate = crate::deps::whose)]
pub struct Id(pub u32);
