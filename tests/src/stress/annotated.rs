//! Functions with attributes.

use super::frames::ExpectedFrames;
use super::ids::RecordIds;
use super::isolated_scope::{ScopeData, UserSetting};
use super::program::{Program, pause};

/// The data of an attribute with a user.
fn data(user: u32) -> ScopeData {
    ScopeData {
        user: UserSetting::User(user),
        ..ScopeData::default()
    }
}

impl Program {
    pub(super) fn annotated_block(&mut self, frames: &ExpectedFrames, depth: u32) {
        let user = self.user();
        let inside = frames.with(data(user));
        if self.rng.bool() {
            with_user_block(self, user, &inside, depth);
        } else {
            let (expected, late) = self.expect_traced(frames, user);
            traced_block(self, user, &inside, depth, expected, late, self.seed);
        }
    }

    pub(super) async fn annotated(&mut self, frames: &ExpectedFrames) {
        let user = self.user();
        let inside = frames.with(data(user));
        if self.rng.bool() {
            with_user(self, user, &inside).await;
        } else {
            let (expected, late) = self.expect_traced(frames, user);
            let seed = self.seed;
            traced(self, user, &inside, expected, late, seed).await;
        }
    }

    /// The fields of the span of a function with a user.
    fn expect_traced(&self, frames: &ExpectedFrames, user: u32) -> (u64, u64) {
        let created = RecordIds {
            user,
            ..frames.ids()
        };
        self.shared.checker.expect_span(frames, created)
    }
}

#[whose::with_user(id = user)]
fn with_user_block(program: &mut Program, user: u32, inside: &ExpectedFrames, depth: u32) {
    program.block(inside, depth);
}

#[whose::trace(user_id = user, fields(expected = expected, late = late, seed = seed))]
fn traced_block(
    program: &mut Program,
    user: u32,
    inside: &ExpectedFrames,
    depth: u32,
    expected: u64,
    late: u64,
    seed: u64,
) {
    program.block(inside, depth);
}

#[whose::with_user(id = user)]
async fn with_user(program: &mut Program, user: u32, inside: &ExpectedFrames) {
    let part = program.part();
    pause().await;
    part.run(inside.clone()).await;
}

#[whose::trace(user_id = user, fields(expected = expected, late = late, seed = seed))]
async fn traced(
    program: &mut Program,
    user: u32,
    inside: &ExpectedFrames,
    expected: u64,
    late: u64,
    seed: u64,
) {
    let part = program.part();
    pause().await;
    part.run(inside.clone()).await;
}
