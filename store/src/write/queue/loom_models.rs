//! Models of the queue: no wake-up is lost, no item disappears uncounted, in any order of threads.

use std::time::Duration;

use loom::sync::Arc;
use loom::thread;

use super::bounded::NO_DEADLINE;
use super::{Capacity, Queue, WhenFull, Work, WriteState};

/// How often a thread is interrupted where it does not wait. Without a bound, a model takes minutes.
const PREEMPTIONS: usize = 3;

fn model(run: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(PREEMPTIONS);
    builder.check(run);
}

fn queue(items: usize, when_full: WhenFull) -> Arc<Queue<u32>> {
    let bytes = usize::MAX;
    Arc::new(Queue::new(Capacity { items, bytes }, when_full))
}

/// Writes one item a batch until the queue stops.
fn write_all(queue: &Queue<u32>) -> Vec<u32> {
    let mut written = Vec::new();
    let mut batch = Vec::new();
    while let Work::Write { sync } = queue.next_batch(&mut batch, 1) {
        written.append(&mut batch);
        queue.take_loss();
        queue.complete_batch(sync);
    }
    queue.writer_ended(true);
    written
}

fn spawn_writer(queue: &Arc<Queue<u32>>) -> thread::JoinHandle<Vec<u32>> {
    let queue = queue.clone();
    thread::spawn(move || write_all(&queue))
}

fn spawn_push(queue: &Arc<Queue<u32>>, item: u32) -> thread::JoinHandle<()> {
    let queue = queue.clone();
    thread::spawn(move || queue.push(item))
}

#[test]
fn each_item_is_written_once_or_counted_as_dropped() {
    model(|| {
        let queue = queue(1, WhenFull::Drop);
        let writer = spawn_writer(&queue);
        let producer = spawn_push(&queue, 1);
        queue.push(2);
        producer.join().unwrap();
        queue.close(Duration::ZERO);
        let written = writer.join().unwrap();
        assert_eq!(written.len() as u64 + queue.dropped(), 2, "{written:?}");
        assert_ne!(written.first(), written.get(1));
        assert_eq!(queue.waiting(), 0);
    });
}

#[test]
fn items_of_a_batch_are_refused_or_reach_the_disk() {
    model(|| {
        let queue = queue(2, WhenFull::Drop);
        let writer = spawn_writer(&queue);
        let producer = spawn_push(&queue, 1);
        let pushed = queue.push_all(vec![2, 3]);
        if let Some(items) = &pushed {
            assert_eq!(queue.wait_for(items, NO_DEADLINE), WriteState::OnDisk);
        }
        producer.join().unwrap();
        queue.close(Duration::ZERO);
        let written = writer.join().unwrap();
        let of_batch = written.iter().filter(|item| **item > 1).count();
        assert_eq!(of_batch, if pushed.is_some() { 2 } else { 0 });
    });
}

#[test]
fn blocked_producers_are_woken_and_lose_nothing() {
    model(|| {
        let queue = queue(1, WhenFull::Block);
        let writer = spawn_writer(&queue);
        let producer = spawn_push(&queue, 1);
        queue.push(2);
        producer.join().unwrap();
        queue.close(Duration::ZERO);
        let mut written = writer.join().unwrap();
        written.sort_unstable();
        assert_eq!(written, [1, 2]);
        assert_eq!(queue.dropped(), 0);
    });
}

#[test]
fn close_beside_a_push_loses_no_item_uncounted() {
    model(|| {
        let queue = queue(1, WhenFull::Block);
        queue.push(1);
        let producer = spawn_push(&queue, 2);
        let writer = spawn_writer(&queue);
        queue.close(Duration::ZERO);
        producer.join().unwrap();
        let written = writer.join().unwrap();
        assert_eq!(written[0], 1);
        assert_eq!(written.len() as u64 + queue.dropped(), 2);
    });
}

#[test]
fn flush_returns_when_its_items_are_synced() {
    model(|| {
        let queue = queue(4, WhenFull::Drop);
        let writer = spawn_writer(&queue);
        let producer = spawn_push(&queue, 1);
        queue.push(2);
        assert!(queue.flush(NO_DEADLINE).is_complete());
        let state = queue.lock();
        assert!(state.synced >= 1 && !state.items.iter().any(|(item, _)| *item == 2));
        drop(state);
        producer.join().unwrap();
        queue.close(Duration::ZERO);
        assert_eq!(writer.join().unwrap().len(), 2);
    });
}

#[test]
fn shutdown_waits_for_the_last_item() {
    model(|| {
        let queue = queue(4, WhenFull::Drop);
        queue.push(1);
        let writer = spawn_writer(&queue);
        assert!(queue.shutdown(NO_DEADLINE).is_complete());
        assert_eq!(writer.join().unwrap(), [1]);
    });
}

#[test]
fn writer_that_ends_early_wakes_flush_and_producer() {
    model(|| {
        let queue = queue(1, WhenFull::Block);
        queue.push(1);
        let producer = spawn_push(&queue, 2);
        let writer = {
            let queue = queue.clone();
            thread::spawn(move || queue.writer_ended(false))
        };
        let outcome = queue.flush(NO_DEADLINE);
        producer.join().unwrap();
        writer.join().unwrap();
        assert!(!outcome.is_safe());
        assert_eq!(queue.dropped(), 2);
    });
}

#[test]
fn each_dropped_item_is_warned_about_once() {
    model(|| {
        let queue = queue(1, WhenFull::Drop);
        queue.push(1);
        let warner = {
            let queue = queue.clone();
            thread::spawn(move || {
                let reports = std::iter::from_fn(|| queue.next_drop_report(Duration::ZERO));
                reports.map(|report| report.records).sum::<u64>()
            })
        };
        let producer = spawn_push(&queue, 2);
        queue.push(3);
        producer.join().unwrap();
        queue.writer_ended(true);
        assert_eq!(warner.join().unwrap(), 2);
    });
}

#[test]
fn close_wakes_a_blocked_producer() {
    model(|| {
        let queue = queue(1, WhenFull::Block);
        queue.push(1);
        let producer = spawn_push(&queue, 2);
        queue.close(Duration::ZERO);
        producer.join().unwrap();
        assert_eq!((queue.waiting(), queue.dropped()), (1, 1));
    });
}

#[test]
fn batch_that_is_taken_makes_space_before_it_is_complete() {
    model(|| {
        let queue = queue(1, WhenFull::Block);
        queue.push(1);
        let producer = spawn_push(&queue, 2);
        let mut batch = Vec::new();
        queue.next_batch(&mut batch, 1);
        producer.join().unwrap();
        assert_eq!((batch, queue.waiting()), (vec![1], 2));
    });
}

#[test]
fn dropped_item_wakes_the_thread_that_warns() {
    model(|| {
        let queue = queue(1, WhenFull::Drop);
        queue.push(1);
        let warner = {
            let queue = queue.clone();
            thread::spawn(move || queue.next_drop_report(Duration::ZERO))
        };
        queue.push(2);
        assert_eq!(warner.join().unwrap().unwrap().records, 1);
    });
}
