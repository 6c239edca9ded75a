//! The steps of a program that stays on its thread: guards that are held across an `.await`.

use std::future::Future;
use std::pin::Pin;

use fastrand::Rng;
use tokio::task::{spawn_local, yield_now};

use super::task::{self, Storm, user};
use super::truth::{Frame, Truth};

type Program = Pin<Box<dyn Future<Output = ()>>>;

/// How many tasks spawn each other.
const GENERATIONS: u32 = 2;

/// A bare task, which starts with nothing and holds guards while other tasks run.
pub(super) fn run(storm: Storm, mut rng: Rng, generation: u32) -> Program {
    Box::pin(async move {
        let truth = Truth::default();
        for _ in 0..rng.u8(1..5) {
            storm.check(&truth, &mut rng);
            guarded(&storm, &truth, &mut rng, (generation, 0)).await;
            storm.check(&truth, &mut rng);
        }
    })
}

#[expect(
    clippy::await_holding_invalid_type,
    reason = "what is tried here: the guard belongs to its task"
)]
fn guarded<'a>(
    storm: &'a Storm,
    truth: &'a Truth,
    rng: &'a mut Rng,
    (generation, depth): (u32, u32),
) -> Pin<Box<dyn Future<Output = ()> + 'a>> {
    Box::pin(async move {
        let user = user(rng);
        let _guard = whose::user(user).enter();
        let truth = truth.with(Frame::Fixed(user));
        for _ in 0..rng.u8(1..4) {
            if storm.is_over() {
                return;
            }
            storm.check(&truth, rng);
            let child = |rng: &mut Rng| run(storm.clone(), rng.fork(), generation + 1);
            match rng.u8(0..8) {
                0 if depth < 3 => guarded(storm, &truth, rng, (generation, depth + 1)).await,
                1 if generation < GENERATIONS => drop(spawn_local(child(rng)).await),
                2 if generation < GENERATIONS => drop(spawn_local(child(rng))),
                3 => {
                    let inner = task::run(storm.clone(), truth.clone(), rng.fork(), 3);
                    drop(whose::task::spawn_local(inner).await);
                }
                4..6 => task::run(storm.clone(), truth.clone(), rng.fork(), 2).await,
                _ => yield_now().await,
            }
            storm.check(&truth, rng);
        }
    })
}
