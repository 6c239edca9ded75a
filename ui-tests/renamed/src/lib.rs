//! `whose` by another name, and reached through a module of the crate's own.

/// Where a crate keeps what it re-exports.
pub mod deps {
    pub use attribution as whose;
}

/// A user.
#[derive(Clone, Debug, attribution::AsUser)]
#[whose(crate = attribution)]
pub struct Account {
    /// The id.
    pub id: Id,
    /// The plan, by its length.
    #[whose(attr, with = str::len)]
    pub plan: String,
}

/// An id.
#[derive(Clone, Debug, attribution::AsId)]
#[whose(crate = crate::deps::whose)]
pub struct Id(pub u32);
