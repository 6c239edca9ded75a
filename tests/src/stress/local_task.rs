//! The steps of a program that stays on its thread and holds guards across an `.await`.

#![expect(
    clippy::await_holding_invalid_type,
    reason = "the programs hold guards across an await"
)]

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use tokio::task::{LocalSet, spawn_local, yield_now};
use whose::{Scope, ScopeExt as _};

use super::frames::ExpectedFrames;
use super::program::{Program, pause};

type LocalFuture<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// A task spawned without a scope, which holds guards while other tasks run.
pub(super) fn run(mut program: Program) -> LocalFuture<'static> {
    Box::pin(async move {
        let frames = ExpectedFrames::default();
        for _ in 0..program.rng.u8(1..4) {
            program.check(&frames);
            guarded(&mut program, &frames, 0).await;
            program.check(&frames);
        }
    })
}

/// Holds a guard across some steps.
fn guarded<'a>(
    program: &'a mut Program,
    frames: &'a ExpectedFrames,
    depth: u32,
) -> LocalFuture<'a> {
    Box::pin(async move {
        let outside = program.span(frames);
        program.keep_own_span(outside, frames);
        let (scope, inside) = program.any_scope(frames);
        let _guard = scope.enter();
        if program.rng.bool() {
            let span = program.span(&inside);
            program.keep_own_span(span, &inside);
        }
        for _ in 0..program.rng.u8(1..4) {
            if program.is_over() {
                return;
            }
            program.check(&inside);
            step(program, &inside, depth).await;
            program.check(&inside);
        }
    })
}

async fn step(program: &mut Program, frames: &ExpectedFrames, depth: u32) {
    match program.rng.u8(0..17) {
        0..3 if depth < 3 => guarded(program, frames, depth + 1).await,
        3 => entered(program, frames, depth).await,
        4 => isolated(program, frames).await,
        5 => spawned(program, frames).await,
        6 => nested(program, &ExpectedFrames::default()),
        13 => nested_in_future(program, frames).await,
        14 => driven(program, frames).await,
        7 => {
            program.block(frames, 1);
            pause().await;
        }
        12 => crossed(program, frames).await,
        11 => lost_guard(program, frames).await,
        8 => out_of_order(program, frames).await,
        9..11 if program.may_nest(frames) => program.part().run(frames.clone()).await,
        _ => yield_now().await,
    }
}

/// Holds an entered span across an `.await`.
async fn entered(program: &mut Program, frames: &ExpectedFrames, depth: u32) {
    let Some((span, inside)) = program.own_span(frames) else {
        return;
    };
    let _entered = span.enter();
    program.check(&inside);
    pause().await;
    program.check(&inside);
    if depth < 3 {
        guarded(program, &inside, depth + 1).await;
    }
    program.check(&inside);
}

/// Exits two spans in the order of their entries: each exit undoes its own entry.
async fn crossed(program: &mut Program, frames: &ExpectedFrames) {
    let Some((span, inside)) = program.own_span(frames) else {
        return;
    };
    let outer = span.enter();
    pause().await;
    program.check(&inside);
    let Some((other, deeper)) = program.own_span(&inside) else {
        return;
    };
    if other.id() == span.id() {
        return;
    }
    let inner = other.enter();
    pause().await;
    program.check(&deeper);
    drop(outer);
    pause().await;
    program.check(match deeper.is(&inside) {
        true => frames,
        false => &deeper,
    });
    drop(inner);
    program.check(frames);
}

/// Holds the guard of an isolated scope across an `.await`.
async fn isolated(program: &mut Program, frames: &ExpectedFrames) {
    let (inside, isolated_scope) = frames.isolated();
    {
        let _guard = Scope::isolated().enter();
        for _ in 0..3 {
            program.write(&inside);
            program.check(&inside);
            pause().await;
            program.check(&inside);
        }
    }
    isolated_scope.end();
}

/// Opens guards before an `.await` and drops them after it in the order of their creation.
async fn out_of_order(program: &mut Program, frames: &ExpectedFrames) {
    let (scope, inside) = program.any_scope(frames);
    let outer = scope.enter();
    if program.rng.bool() {
        pause().await;
        program.check(&inside);
    }
    let (scope, deeper) = program.any_scope(&inside);
    let inner = scope.enter();
    pause().await;
    program.check(&deeper);
    drop(outer);
    program.check(frames);
    pause().await;
    program.check(frames);
    drop(inner);
    program.check(frames);
}

/// A guard inside a scoped future ends at the `.await`: a documented limit.
async fn lost_guard(program: &mut Program, frames: &ExpectedFrames) {
    let (scope, outside) = program.any_scope(frames);
    let lost = async {
        let (scope, data) = program.scope();
        let _guard = scope.enter();
        program.check(&outside.with(data));
        pause().await;
        program.check(&outside);
    };
    lost.with_scope(scope).await;
}

async fn spawned(program: &mut Program, frames: &ExpectedFrames) {
    if !program.may_nest(frames) {
        return;
    }
    let given = frames.captured();
    let task = program.task(&given);
    let ended = match program.rng.u8(0..5) {
        0 => spawn_local(run(task)).await,
        1 => return drop(spawn_local(run(task))),
        2 => {
            let aborted = spawn_local(run(task));
            pause().await;
            return aborted.abort();
        }
        3 => return drop(whose::task::spawn_local(task.run(given))),
        _ => whose::task::spawn_local(task.run(given)).await,
    };
    if let Err(error) = ended {
        program.shared.checker.failed(&error);
    }
}

/// Drives other tasks in a closure. The tasks do not see the closure or the guards of this task;
/// they see `seen`, the scope of the polled future. A future of this task sees all frames. Two
/// tasks complete; the third task holds a guard when the closure ends and is dropped later.
fn nested(program: &mut Program, seen: &ExpectedFrames) {
    let (scope, data) = program.scope();
    let (local_task, running) = local_tasks(program, seen, pause);
    // An empty scope replaces the current stack, so the frames inside are known.
    Scope::detached().in_scope(|| {
        let inside = ExpectedFrames::default().with(data);
        scope.in_scope(|| {
            futures_executor::block_on(local_task.run_until(async {
                while running.get() > 0 {
                    program.check(&inside);
                    pause().await;
                    program.check(&inside);
                }
            }));
            program.check(&inside);
        });
        program.check(&ExpectedFrames::default());
        futures_executor::block_on(local_task.run_until(pause()));
        drop(local_task);
        program.check(&ExpectedFrames::default());
    });
}

/// Two tasks that complete, one task that holds a guard until it is dropped, and the number of the
/// two that still run. The tasks `wait` while they hold their guards.
fn local_tasks<W: Future<Output = ()> + 'static>(
    program: &mut Program,
    seen: &ExpectedFrames,
    wait: fn() -> W,
) -> (LocalSet, Rc<Cell<u32>>) {
    let local_task = LocalSet::new();
    let running = Rc::new(Cell::new(2));
    for ends in [true, true, false] {
        let (mut task, running, seen) = (program.part(), running.clone(), seen.clone());
        local_task.spawn_local(async move {
            guarded_once(&mut task, &seen, ends, wait).await;
            running.set(running.get() - 1);
        });
    }
    (local_task, running)
}

/// A scoped future that drives tasks. The tasks hold guards between polls of the future.
async fn driven(program: &mut Program, frames: &ExpectedFrames) {
    let (scope, data) = program.scope();
    let inside = frames.with(data);
    let (local_task, running) =
        local_tasks(program, &ExpectedFrames::default().with(data), yield_now);
    let driver = async {
        while running.get() > 0 {
            program.check(&inside);
            yield_now().await;
            program.check(&inside);
        }
    };
    local_task.run_until(driver).with_scope(scope).await;
    program.check(frames);
    drop(local_task);
    program.check(frames);
}

/// As [`nested`], inside a scoped future: the driven tasks see its scope.
async fn nested_in_future(program: &mut Program, frames: &ExpectedFrames) {
    let (scope, data) = program.scope();
    let (inside, seen) = (frames.with(data), ExpectedFrames::default().with(data));
    let driver = async {
        program.check(&inside);
        // The first copy leaves the frame local to the thread; the second copy shares the frame.
        program.keep_scope(&inside);
        program.keep_scope(&inside);
        nested(program, &seen);
        program.check(&inside);
    };
    driver.with_scope(scope).await;
}

/// A task that holds one guard and completes only if it `ends`.
async fn guarded_once<W: Future<Output = ()>>(
    program: &mut Program,
    seen: &ExpectedFrames,
    ends: bool,
    wait: fn() -> W,
) {
    program.check(seen);
    let (scope, data) = program.scope();
    let inside = seen.with(data);
    let _guard = scope.enter();
    for _ in 0..3 {
        program.check(&inside);
        wait().await;
    }
    if ends {
        return;
    }
    loop {
        program.check(&inside);
        wait().await;
    }
}
