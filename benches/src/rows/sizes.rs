//! How many bytes a future grows by, wrapped or under an attribute.

use std::hint::black_box;

use whose::ScopeExt;

use super::ID;
use crate::op::Role;

/// One function.
pub const ONE: &str = "bytes that the future grows by";
/// Ten functions, each of which awaits the one before and returns a `Result`.
pub const TEN: &str = "bytes that the future grows by, ten functions deep";

/// The size of one contender.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// What is wrapped.
    pub case: &'static str,
    /// What wraps.
    pub contender: &'static str,
    /// Whether that is ours.
    pub role: Role,
    /// Bytes beside those of the plain functions.
    pub bytes: usize,
}

/// What the future below holds while it waits.
pub type State = [u64; 5];
/// Any state.
pub const STATE: State = [1, 2, 3, 4, 5];

/// An async function that waits once and holds its state meanwhile.
pub async fn holding(state: State) -> u64 {
    std::future::pending::<()>().await;
    black_box(state).len() as u64
}

/// What fails in the functions that are ten deep: nothing.
pub type Outcome = Result<u64, std::fmt::Error>;

/// The innermost of the functions that are ten deep.
///
/// # Errors
/// Never.
pub async fn leaf(state: State) -> Outcome {
    Ok(holding(state).await)
}

/// Ten async functions under an attribute, each of which awaits the one before; the outermost has the
/// name that is given.
#[macro_export]
macro_rules! ten_deep {
    ($name:ident, $(#[$attr:meta])*) => {
        async fn $name(state: $crate::rows::sizes::State) -> $crate::rows::sizes::Outcome {
            use $crate::rows::sizes::leaf;
            $crate::ten_deep!(@level f1 leaf $(#[$attr])*);
            $crate::ten_deep!(@level f2 f1 $(#[$attr])*);
            $crate::ten_deep!(@level f3 f2 $(#[$attr])*);
            $crate::ten_deep!(@level f4 f3 $(#[$attr])*);
            $crate::ten_deep!(@level f5 f4 $(#[$attr])*);
            $crate::ten_deep!(@level f6 f5 $(#[$attr])*);
            $crate::ten_deep!(@level f7 f6 $(#[$attr])*);
            $crate::ten_deep!(@level f8 f7 $(#[$attr])*);
            $crate::ten_deep!(@level f9 f8 $(#[$attr])*);
            $crate::ten_deep!(@level f10 f9 $(#[$attr])*);
            f10(state).await
        }
    };
    (@level $name:ident $inner:ident $(#[$attr:meta])*) => {
        $(#[$attr])*
        async fn $name(state: $crate::rows::sizes::State) -> $crate::rows::sizes::Outcome {
            $inner(state).await
        }
    };
}

/// The same function under an attribute of ours.
#[whose::with_user(id = ID)]
async fn with_user(state: State) -> u64 {
    std::future::pending::<()>().await;
    black_box(state).len() as u64
}

ten_deep!(plain,);
ten_deep!(with_user_ten, #[whose::with_user(id = ID)]);
ten_deep!(traced_ten, #[whose::trace]);
ten_deep!(failing_ten, #[whose::trace(err)]);
ten_deep!(telling_ten, #[whose::trace(err, output)]);

/// All of them.
#[must_use]
pub fn sizes() -> Vec<Size> {
    let (one, ten) = (size_of_val(&holding(STATE)), size_of_val(&plain(STATE)));
    let ours = |case, contender, bytes| (case, contender, Role::Ours, bytes);
    let sizes = [
        ours(
            ONE,
            "whose with_scope",
            size_of_val(&holding(STATE).with_scope(whose::user(ID))),
        ),
        ours(ONE, "#[whose::with_user]", size_of_val(&with_user(STATE))),
        ours(
            TEN,
            "#[whose::with_user]",
            size_of_val(&with_user_ten(STATE)),
        ),
        ours(TEN, "#[whose::trace]", size_of_val(&traced_ten(STATE))),
        ours(
            TEN,
            "#[whose::trace(err)]",
            size_of_val(&failing_ten(STATE)),
        ),
        ours(
            TEN,
            "#[whose::trace(err, output)]",
            size_of_val(&telling_ten(STATE)),
        ),
    ];
    let sizes = sizes.into_iter();
    #[cfg(feature = "peers")]
    let sizes = {
        let peers = crate::peers::sizes();
        sizes.chain(peers.map(|(case, name, bytes)| (case, name, Role::Peer, bytes)))
    };
    let over = |(case, contender, role, bytes): (&'static str, &'static str, Role, usize)| Size {
        case,
        contender,
        role,
        bytes: bytes.saturating_sub(if case == ONE { one } else { ten }),
    };
    sizes.map(over).collect()
}

#[cfg(all(test, feature = "peers"))]
mod tests {
    use super::*;

    #[test]
    fn future_of_ours_ten_deep_is_smaller_than_that_of_every_peer() {
        let sizes = sizes();
        let of = |role| {
            let all = sizes.iter().filter(move |size| size.case == TEN);
            all.filter(move |size| size.role == role)
                .map(|size| size.bytes)
        };
        assert!(of(Role::Ours).max() < of(Role::Peer).min(), "{sizes:#?}");
    }
}
