//! Batches, bounds and flushes of a queue, with a sender that the test plays.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use whose::Service;

use crate::queue::{Batch, Queue, QueueLimits, Work};

const LONG: Duration = Duration::from_secs(3_600);
const LIMITS: QueueLimits = QueueLimits {
    queue_bytes: 100,
    batch_records: 3,
    batch_bytes: 10,
    delay: LONG,
};

fn next(queue: &Queue) -> Batch {
    match queue.next_batch(None) {
        Work::Send(batch) => batch,
        other => panic!("{other:?}"),
    }
}

#[test]
fn batch_is_full_at_its_records_or_its_bytes() {
    let queue = Queue::new(LIMITS);
    for _ in 0..7 {
        queue.push(b"ab", None, None);
    }
    let (first, second) = (next(&queue), next(&queue));
    assert_eq!((first.count, first.records.len()), (3, 6));
    assert_eq!((second.number, second.count), (2, 3));
    queue.push(b"123456789", None, None);
    assert_eq!(next(&queue).count, 1, "the next record has no room");
}

#[test]
fn record_larger_than_a_batch_is_a_batch() {
    let queue = Queue::new(LIMITS);
    queue.push(&[7; 60], None, None);
    queue.push(b"a", None, None);
    assert_eq!(next(&queue).records.len(), 60);
}

#[test]
fn full_queue_drops_and_counts_until_a_batch_is_settled() {
    let queue = Queue::new(LIMITS);
    for _ in 0..15 {
        queue.push(b"0123456789", None, None);
    }
    assert_eq!((queue.waiting(), queue.dropped()), (10, 5));
    let batch = next(&queue);
    queue.push(b"0", None, None);
    assert_eq!(
        queue.dropped(),
        6,
        "a batch in flight still needs its memory"
    );
    queue.settle(batch.number, false);
    queue.push(b"0", None, None);
    assert_eq!((queue.waiting(), queue.dropped()), (10, 6));
}

#[test]
fn services_have_batches_of_their_own() {
    let queue = Queue::new(LIMITS);
    let services = [Some(Service::new("a")), Some(Service::new("b")), None];
    for _ in 0..3 {
        for service in &services {
            queue.push(b"a", service.as_ref(), None);
        }
    }
    for service in services {
        let batch = next(&queue);
        assert_eq!((batch.service, batch.count), (service, 3));
    }
}

#[test]
fn flush_waits_for_the_records_before_it_and_reports_a_loss_once() {
    let queue = Arc::new(Queue::new(LIMITS));
    queue.push(b"a", None, None);
    let flush = queue.request_flush();
    queue.push(b"after", None, None);
    let sender = {
        let queue = Arc::clone(&queue);
        thread::spawn(move || {
            let batch = next(&queue);
            assert_eq!(batch.records, b"a", "a sealed batch takes no more records");
            queue.settle(batch.number, true);
        })
    };
    assert!(!queue.wait_flushed(&flush, None).is_safe());
    sender.join().unwrap();
    let flush = queue.request_flush();
    queue.settle(next(&queue).number, false);
    assert!(queue.wait_flushed(&flush, None).is_complete());
}

#[test]
fn flush_returns_where_the_receiver_is_unreachable() {
    let queue = Queue::new(LIMITS);
    queue.push(b"a", None, None);
    let flush = queue.request_flush();
    drop(next(&queue));
    queue.note_unreachable();
    assert!(!queue.wait_flushed(&flush, None).is_safe());
}

#[test]
fn closed_queue_gives_what_waits_and_then_stops() {
    let queue = Queue::new(LIMITS);
    queue.push(b"a", None, None);
    queue.close(LONG);
    queue.push(b"b", None, None);
    assert_eq!(next(&queue).records, b"a");
    queue.settle(1, false);
    assert!(matches!(queue.next_batch(None), Work::Stop));
    assert_eq!(queue.sender_ended(), 0);
    let outcome = queue.wait_ended(None);
    assert_eq!((outcome.is_safe(), outcome.not_taken()), (true, 1));
}

#[test]
fn sender_that_ends_early_loses_what_waits() {
    let queue = Queue::new(LIMITS);
    queue.push(b"a", None, None);
    queue.push(b"b", None, None);
    queue.close(Duration::ZERO);
    drop(next(&queue));
    assert!(queue.should_give_up());
    assert_eq!(queue.sender_ended(), 2);
    assert!(!queue.wait_ended(None).is_safe());
    assert_eq!((queue.waiting(), queue.dropped()), (0, 2));
}

#[cfg(feature = "spool")]
#[test]
fn queue_of_records_on_disk_loses_nothing_at_its_end() {
    let queue = Queue::durable(LIMITS);
    queue.push_stored(2);
    queue.push_stored(5);
    assert_eq!(next(&queue).count, 7);
    queue.push_stored(1);
    let flush = queue.request_flush();
    queue.note_unreachable();
    queue.close(LONG);
    assert!(queue.should_give_up(), "the next process sends the rest");
    assert_eq!(queue.sender_ended(), 0);
    assert!(queue.wait_flushed(&flush, None).is_complete());
    assert!(queue.wait_ended(None).is_complete());
    assert_eq!(queue.waiting(), 8);
}
