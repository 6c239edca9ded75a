//! In a chain of annotated functions that await each other, each function adds a constant size to
//! the future.

type Result<T> = std::result::Result<T, std::fmt::Error>;

/// Defines a function that returns the sizes of the futures of a chain, in which each function
/// awaits the previous function.
macro_rules! chain {
    ($sizes:ident, $(#[$attr:meta])*) => {
        fn $sizes() -> [usize; 11] {
            async fn leaf(n: u64) -> Result<u64> {
                tokio::task::yield_now().await;
                Ok(n)
            }
            chain!(@level f1 leaf $(#[$attr])*);
            chain!(@level f2 f1 $(#[$attr])*);
            chain!(@level f3 f2 $(#[$attr])*);
            chain!(@level f4 f3 $(#[$attr])*);
            chain!(@level f5 f4 $(#[$attr])*);
            chain!(@level f6 f5 $(#[$attr])*);
            chain!(@level f7 f6 $(#[$attr])*);
            chain!(@level f8 f7 $(#[$attr])*);
            chain!(@level f9 f8 $(#[$attr])*);
            chain!(@level f10 f9 $(#[$attr])*);
            [
                size_of_val(&leaf(1)),
                size_of_val(&f1(1)),
                size_of_val(&f2(1)),
                size_of_val(&f3(1)),
                size_of_val(&f4(1)),
                size_of_val(&f5(1)),
                size_of_val(&f6(1)),
                size_of_val(&f7(1)),
                size_of_val(&f8(1)),
                size_of_val(&f9(1)),
                size_of_val(&f10(1)),
            ]
        }
    };
    (@level $name:ident $inner:ident $(#[$attr:meta])*) => {
        $(#[$attr])*
        async fn $name(n: u64) -> Result<u64> {
            $inner(n).await
        }
    };
}

chain!(plain,);
chain!(with_user, #[whose::with_user("alice")]);
chain!(traced, #[whose::trace]);
chain!(traced_err, #[whose::trace(err)]);
chain!(traced_output, #[whose::trace(output)]);
chain!(traced_both, #[whose::trace(err, output)]);
chain!(traced_user, #[whose::trace(user_id = "alice", err, output)]);
chain!(instrumented, #[tracing::instrument(skip_all)]);
chain!(instrumented_err, #[tracing::instrument(skip_all, err)]);

/// The sizes if each function adds `bytes` to the future of the function that it calls.
fn growing_by(bytes: usize) -> [usize; 11] {
    let leaf = plain()[0];
    std::array::from_fn(|depth| leaf + depth * bytes)
}

#[test]
#[cfg(target_pointer_width = "64")]
fn each_annotated_function_adds_constant_future_size() {
    assert_eq!(plain(), growing_by(16));
    assert_eq!(with_user(), growing_by(40));
    assert_eq!(traced(), growing_by(88));
    assert_eq!(traced_err(), growing_by(88));
    assert_eq!(traced_output(), growing_by(88));
    assert_eq!(traced_both(), growing_by(88));
    assert_eq!(traced_user(), growing_by(88));
}

#[test]
fn ten_traced_functions_add_less_than_ten_instrumented() {
    let over_leaf = |sizes: [usize; 11]| sizes[10] - sizes[0];
    assert!(over_leaf(traced()) < over_leaf(instrumented()));
    assert!(over_leaf(traced_both()) < over_leaf(instrumented_err()));
    assert!(over_leaf(traced_both()) <= 1_300);
}
