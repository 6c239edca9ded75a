//! Functions with attributes.

use super::program::{Program, pause};
use super::request::{Says, Slot};
use super::truth::Truth;
use super::who::Who;

/// What an attribute says that names that user.
fn says(user: u32) -> Says {
    Says {
        user: Slot::User(user),
        ..Says::default()
    }
}

impl Program {
    pub(super) fn annotated_block(&mut self, truth: &Truth, depth: u32) {
        let user = self.user();
        let inside = truth.with(says(user));
        if self.rng.bool() {
            with_user_block(self, user, &inside, depth);
        } else {
            let (expected, late) = self.expect_traced(truth, user);
            traced_block(self, user, &inside, depth, expected, late, self.seed);
        }
    }

    pub(super) async fn annotated(&mut self, truth: &Truth) {
        let user = self.user();
        let inside = truth.with(says(user));
        if self.rng.bool() {
            with_user(self, user, &inside).await;
        } else {
            let (expected, late) = self.expect_traced(truth, user);
            let seed = self.seed;
            traced(self, user, &inside, expected, late, seed).await;
        }
    }

    /// The fields of the span of a function that names that user.
    fn expect_traced(&self, truth: &Truth, user: u32) -> (u64, u64) {
        let created = Who {
            user,
            ..truth.who()
        };
        self.shared.tally.expect_span(truth, created)
    }
}

#[whose::with_user(id = user)]
fn with_user_block(program: &mut Program, user: u32, inside: &Truth, depth: u32) {
    program.block(inside, depth);
}

#[whose::trace(user_id = user, fields(expected = expected, late = late, seed = seed))]
fn traced_block(
    program: &mut Program,
    user: u32,
    inside: &Truth,
    depth: u32,
    expected: u64,
    late: u64,
    seed: u64,
) {
    program.block(inside, depth);
}

#[whose::with_user(id = user)]
async fn with_user(program: &mut Program, user: u32, inside: &Truth) {
    let part = program.part();
    pause().await;
    part.run(inside.clone()).await;
}

#[whose::trace(user_id = user, fields(expected = expected, late = late, seed = seed))]
async fn traced(
    program: &mut Program,
    user: u32,
    inside: &Truth,
    expected: u64,
    late: u64,
    seed: u64,
) {
    let part = program.part();
    pause().await;
    part.run(inside.clone()).await;
}
