use std::time::Duration;

use super::bounded::NO_DEADLINE;
use super::{Capacity, Queue, QueueItem, WhenFull, Work, WriteState};

impl QueueItem for u32 {
    fn size(&self) -> usize {
        10
    }

    fn time_range(&self) -> (i64, i64) {
        (i64::from(*self), i64::from(*self) + 1)
    }
}

fn queue(items: usize, when_full: WhenFull) -> Queue<u32> {
    let bytes = usize::MAX;
    Queue::new(Capacity { items, bytes }, when_full)
}

fn next(queue: &Queue<u32>) -> Option<(Vec<u32>, bool)> {
    let mut batch = Vec::new();
    match queue.next_batch(&mut batch, 2) {
        Work::Write { sync } => Some((batch, sync)),
        Work::Stop => None,
    }
}

#[test]
fn flush_of_several_batches_syncs_only_the_last() {
    let queue = queue(10, WhenFull::Drop);
    (0..3).for_each(|item| queue.push(item));
    std::thread::scope(|scope| {
        let flush = scope.spawn(|| queue.flush(NO_DEADLINE));
        while queue.lock().sync_requested == 0 {
            std::thread::yield_now();
        }
        assert_eq!(next(&queue), Some((vec![0, 1], false)));
        queue.complete_batch(false);
        assert_eq!(next(&queue), Some((vec![2], true)));
        queue.complete_batch(true);
        assert!(flush.join().unwrap().is_complete());
    });
}

#[test]
fn loss_before_flush_is_reported_once() {
    let queue = queue(10, WhenFull::Drop);
    queue.push(0);
    assert_eq!(next(&queue), Some((vec![0], false)));
    queue.mark_lost();
    queue.complete_batch(false);
    std::thread::scope(|scope| {
        let flush = scope.spawn(|| queue.flush(NO_DEADLINE));
        assert_eq!(
            next(&queue),
            Some((vec![], true)),
            "what was written before needs a sync"
        );
        queue.complete_batch(true);
        assert!(!flush.join().unwrap().is_safe());
    });
    assert!(queue.flush(NO_DEADLINE).is_complete());
}

#[test]
fn writer_that_ends_early_wakes_every_thread() {
    let queue = queue(1, WhenFull::Block);
    queue.push(0);
    std::thread::scope(|scope| {
        let (flush, push) = (
            scope.spawn(|| queue.flush(NO_DEADLINE)),
            scope.spawn(|| queue.push(1)),
        );
        while queue.lock().sync_requested == 0 {
            std::thread::yield_now();
        }
        queue.writer_ended(false);
        assert!(!flush.join().unwrap().is_safe());
        push.join().unwrap();
    });
    assert_eq!(next(&queue), None);
    assert_eq!(queue.dropped(), 2);
}

#[test]
fn dropped_items_are_reported_once_as_one_loss() {
    let queue = queue(1, WhenFull::Drop);
    (0..4).for_each(|item| queue.push(item));
    let loss = queue.take_loss().unwrap();
    assert_eq!((loss.from, loss.to, loss.records), (1, 4, 3));
    assert!(loss.reason.contains("faster than the disk"), "{loss:?}");
    assert_eq!(queue.take_loss(), None);

    let outcome = queue.flush(Duration::ZERO);
    assert_eq!((outcome.is_safe(), outcome.not_taken()), (false, 3));
    assert_eq!(queue.flush(Duration::ZERO).not_taken(), 0);
}

#[test]
fn items_past_byte_limit_drop_until_batch_completes() {
    let capacity = Capacity {
        items: 100,
        bytes: 25,
    };
    let queue = Queue::new(capacity, WhenFull::Drop);
    (0..3_u32).for_each(|item| queue.push(item));
    assert_eq!(queue.dropped(), 1);
    assert_eq!(next(&queue).unwrap().0, [0, 1]);
    queue.push(3);
    assert_eq!(queue.dropped(), 2, "the batch is in memory still");
    queue.complete_batch(false);
    queue.push(4);
    assert_eq!(queue.dropped(), 2);
}

#[test]
fn oversized_item_in_empty_queue_is_accepted() {
    let capacity = Capacity { items: 2, bytes: 1 };
    let queue = Queue::new(capacity, WhenFull::Drop);
    queue.push(0_u32);
    assert_eq!((queue.dropped(), queue.waiting()), (0, 1));
}

#[test]
fn failed_attempt_ends_flush_and_keeps_batch() {
    let queue = queue(10, WhenFull::Drop);
    queue.push(0);
    std::thread::scope(|scope| {
        let flush = scope.spawn(|| queue.flush(NO_DEADLINE));
        while queue.lock().sync_requested == 0 {
            std::thread::yield_now();
        }
        assert_eq!(next(&queue), Some((vec![0], true)));
        queue.set_blocked("the disk is full", true);
        assert!(!flush.join().unwrap().is_safe());
        queue.complete_batch(true);
    });
    assert!(
        queue.flush(NO_DEADLINE).is_complete(),
        "the second attempt wrote it"
    );
}

#[test]
fn drop_report_counts_items_since_last_report() {
    let queue = queue(1, WhenFull::Drop);
    (0..4).for_each(|item| queue.push(item));
    queue.set_blocked("the file is locked", false);
    let report = queue.next_drop_report(Duration::ZERO).unwrap();
    assert_eq!(report.records, 3);
    assert!(report.reason.ends_with("the file is locked"), "{report:?}");
    queue.push(4);
    assert_eq!(queue.next_drop_report(Duration::ZERO).unwrap().records, 1);
    queue.writer_ended(true);
    assert_eq!(queue.next_drop_report(Duration::ZERO), None);
}

#[test]
fn items_are_pushed_together_or_not_at_all() {
    let queue = queue(3, WhenFull::Block);
    assert_eq!(queue.push_all(vec![0, 1]), Some(1..=2));
    assert_eq!(queue.push_all(vec![2, 3]), None);
    assert_eq!((queue.dropped(), queue.waiting()), (0, 2));
    assert_eq!(queue.push_all(vec![4]), Some(3..=3));
    queue.close(Duration::ZERO);
    assert_eq!(queue.push_all(vec![5]), None);
}

#[test]
fn items_past_the_capacity_fit_an_empty_queue() {
    let queue = queue(1, WhenFull::Drop);
    assert_eq!(queue.push_all(vec![0, 1, 2]), Some(1..=3));
    assert_eq!(queue.push_all(vec![3]), None);
}

#[test]
fn wait_for_items_ends_when_they_are_synced_or_lost() {
    let queue = queue(10, WhenFull::Drop);
    let first = queue.push_all(vec![0]).unwrap();
    assert_eq!(queue.wait_for(&first, Duration::ZERO), WriteState::Waiting);
    assert_eq!(next(&queue), Some((vec![0], true)));
    queue.complete_batch(true);
    assert_eq!(queue.wait_for(&first, NO_DEADLINE), WriteState::OnDisk);

    let second = queue.push_all(vec![1]).unwrap();
    assert_eq!(next(&queue), Some((vec![1], true)));
    queue.mark_lost();
    queue.complete_batch(true);
    // A flush of another thread that reports the loss hides it from nobody.
    assert!(!queue.flush(NO_DEADLINE).is_safe());
    assert_eq!(queue.wait_for(&second, NO_DEADLINE), WriteState::Lost);
    assert_eq!(queue.wait_for(&first, NO_DEADLINE), WriteState::Lost);

    // Without an item, the wait is for what was accepted before.
    let nothing = queue.push_all(Vec::new()).unwrap();
    assert_eq!(queue.wait_for(&nothing, NO_DEADLINE), WriteState::OnDisk);
}

#[test]
fn failed_attempt_ends_the_wait_and_keeps_the_items() {
    let queue = queue(10, WhenFull::Drop);
    let items = queue.push_all(vec![0]).unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| queue.wait_for(&items, NO_DEADLINE));
        assert_eq!(next(&queue), Some((vec![0], true)));
        while !waiting.is_finished() {
            queue.set_blocked("the disk is full", true);
            // The wait may begin after the failure, and ask for another attempt.
            std::thread::yield_now();
        }
        assert_eq!(waiting.join().unwrap(), WriteState::Waiting);
    });
    queue.complete_batch(true);
    assert_eq!(queue.wait_for(&items, NO_DEADLINE), WriteState::OnDisk);
}
